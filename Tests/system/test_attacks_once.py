"""What counts once, tried fifty times at once; and webhooks that come again, late, altered or from somebody else."""

import concurrent.futures
import re
import secrets
import threading
import time

import httpx
import pytest

from support.attacks import from_address
from support.doors import TIMEOUT, Api, Carrier, Console, new_sid, number
from support.processes import eventually
from test_sign_in import SECOND, set_up

MANY = 50


def together(count, act):
    """Runs `act` for 0..<count, all released at one moment."""
    gate = threading.Barrier(count)

    def one(index):
        gate.wait(30)
        return act(index)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def first_step(attacked, person, address):
    http = from_address(attacked.base, address)
    answer = http.post("/session", data={"login": person["email"], "password": person["password"]})
    assert answer.status_code == 303 and SECOND in http.cookies, answer.text[:300]
    token = http.cookies[SECOND]
    http.close()
    return token


@pytest.mark.parametrize("kind", ["recovery code", "code of the app"])
def test_a_code_lets_one_in_of_fifty(attacked, kind):
    console, person = attacked.newcomer(f"Race {kind.split()[0]}", "access-agent")
    app, now, codes = set_up(console)
    code = codes[0] if kind == "recovery code" else app.at(now + 30)
    token = first_step(attacked, person, 21)
    clients = [from_address(attacked.base, 30 + index, cookies={SECOND: token}) for index in range(MANY)]
    answers = together(MANY, lambda index: clients[index].post("/session/second-step", data={"code": code}))
    entered = [answer for answer in answers if "throughline-session=" in answer.headers.get("set-cookie", "")]
    # The others are wrong (422) or, after five, have to wait (429).
    assert len(entered) == 1 and {answer.status_code for answer in answers} <= {303, 422, 429}, [a.status_code for a in answers]
    late = from_address(attacked.base, 22, cookies={SECOND: token}).post("/session/second-step", data={"code": code})
    assert "throughline-session=" not in late.headers.get("set-cookie", "")
    for client in clients:
        client.close()
    console.http.close()


def test_a_first_step_is_void_after_a_new_password_and_cannot_be_altered(attacked):
    console, person = attacked.newcomer("Void Step", "access-agent")
    app, now, codes = set_up(console)
    token = first_step(attacked, person, 23)
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-2], token + "AA", "", "A" * 60):
        with from_address(attacked.base, 24, cookies={SECOND: wrong}) as http:
            answer = http.post("/session/second-step", data={"code": codes[1]})
            assert answer.status_code == 303 and answer.headers["location"] == "/session", wrong
    changed = console.post("/account/password", None, current=person["password"], new="quite another password " + secrets.token_hex(4))
    assert changed.status_code in (200, 303), changed.text[:300]
    with from_address(attacked.base, 25, cookies={SECOND: token}) as http:
        answer = http.post("/session/second-step", data={"code": codes[1]})
        assert answer.headers.get("location") == "/session" and "throughline-session=" not in answer.headers.get("set-cookie", "")
    console.http.close()


def test_an_invitation_is_taken_once(attacked):
    """Fifty people with one link, each with a password of their own: one of them has the account."""
    with Console(attacked.base, attacked.practice.user("administrator")) as admin:
        email = "ina.invited@clinic.example"
        page = admin.post("/users", 200, name="Ina Invited", email=email, role="access-agent").text
    link = re.search(r'id="new-invitation">([^<]+)<', page).group(1)
    passwords = [f"four slow boats at pier {index + 10}" for index in range(MANY)]
    clients = [httpx.Client(timeout=TIMEOUT) for _ in range(MANY)]
    answers = together(MANY, lambda index: clients[index].post(
        link, data={"password": passwords[index], "again": passwords[index]}))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(303) == 1 and set(statuses) == {303, 404}, statuses
    winner = statuses.index(303)
    # With the winner's password somebody signs in, with another's nobody; the link is dead.
    with Console(attacked.base, {"email": email, "password": passwords[winner]}) as console:
        console.get("/account/security")
    loser = passwords[(winner + 1) % MANY]
    with from_address(attacked.base, 26) as http:
        assert http.post("/session", data={"login": email, "password": loser}).status_code == 422
        assert http.get(link).status_code == 404
    used = attacked.practice.rows("SELECT COUNT(*) FROM audit_record WHERE action = 'user.invitation-used'")
    late = clients[0].post(link, data={"password": loser, "again": loser})
    assert late.status_code == 404
    assert attacked.practice.rows("SELECT COUNT(*) FROM audit_record WHERE action = 'user.invitation-used'") == used
    for client in clients:
        client.close()


def test_an_idempotency_key_has_one_effect(attacked):
    key, body = secrets.token_hex(12), {"given": ["Once"], "family": "Only" + "".join(secrets.choice("abcdefgh") for _ in range(9)), "language": "en"}
    clients = [Api(attacked.base, attacked.practice.key("integration")) for _ in range(MANY)]
    answers = together(MANY, lambda index: clients[index].send("POST", "/api/v1/patients", body, key=key))
    assert {answer.status_code for answer in answers} == {201}, [answer.status_code for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    hits = clients[0].get("/api/v1/patients", q=body["family"])["patients"]
    assert len(hits) == 1
    other = clients[0].send("POST", "/api/v1/patients", {**body, "given": ["Other"]}, key=key)
    assert other.status_code in (409, 422)
    # Another caller's key of the same text is another promise.
    nurse = attacked.key("triage-nurse").send("POST", "/api/v1/patients", {**body, "given": ["Nurse"]}, 201, key=key)
    assert nurse.json()["id"] != answers[0].json()["id"]
    for client in clients:
        client.http.close()


def test_a_time_is_booked_once(attacked):
    key = attacked.key("integration")
    slot = key.get("/api/v1/slots", visit_type="labs", limit="120")["slots"][-1]
    place = {name: slot[name] for name in ("visitType", "practitioner", "location", "localStart")}
    people = [key.register("Bo", f"Booker{index}") for index in range(MANY)]
    clients = [Api(attacked.base, attacked.practice.key("integration")) for _ in range(MANY)]
    answers = together(MANY, lambda index: clients[index].send("POST", "/api/v1/appointments", {**place, "patient": people[index]}))
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    for client in clients:
        client.http.close()


def test_a_link_of_a_patient_ends_and_cannot_be_made_up(attacked):
    officer = attacked.person("privacy-officer")
    page = officer.post("/audit/links", 200, patient=attacked.target.patient, days="7").text
    address = re.search(r"/who-looked/([A-Za-z0-9_-]+)", page).group(1)
    with httpx.Client(base_url=attacked.base, timeout=TIMEOUT) as http:
        assert http.get(f"/who-looked/{address}").status_code == 200
        gone = http.get("/who-looked/" + "A" * len(address))
        assert gone.status_code in (404, 410)
        for wrong in (address[:-1] + ("A" if address[-1] != "A" else "B"), address[:-4], address + "A", address.swapcase()):
            answer = http.get(f"/who-looked/{wrong}")
            assert (answer.status_code, answer.text) == (gone.status_code, gone.text), wrong
        assert http.get(f"/who-looked/{address}", headers={"Host": "south.example"}).status_code == gone.status_code
        link = re.search(r'action="(/audit/links/[0-9A-Z]{13}/revocation)"', officer.get("/audit/links").text).group(1)
        officer.post(link)
        assert http.get(f"/who-looked/{address}").text == gone.text


# Webhooks

def messages(attacked, sender):
    key = attacked.key("integration")
    for need in key.get("/api/v1/needs", filter="team", order="newest")["needs"]:
        found = key.get(f"/api/v1/conversations/{need['conversation']}")
        if found["address"] == sender:
            return found["messages"]
    return []


def test_a_webhook_that_comes_fifty_times_is_one_message(attacked):
    sender = number(871_001)
    attacked.key("integration").register("Rita", "Replay", sender, language="en")
    parameters = attacked.webhook.parameters(sender, "Can I move my visit?")
    headers = attacked.webhook.headers(parameters)
    send = lambda _: httpx.post(attacked.base + attacked.webhook.path, data=parameters, headers=headers, timeout=60)  # noqa: E731
    assert {answer.status_code for answer in together(MANY, send)} == {200}
    eventually(lambda: messages(attacked, sender), "it is there")
    time.sleep(0.3)
    assert send(0).status_code == 200
    assert [message["text"] for message in messages(attacked, sender) if message["direction"] == "in"] == ["Can I move my visit?"]


def test_a_webhook_that_was_altered_or_moved_is_refused(attacked):
    hook, sender = attacked.webhook, number(871_002)
    good = hook.parameters(sender, "Stop")
    signed = hook.headers(good)["X-Twilio-Signature"]
    other = hook.parameters(sender, "Stop", sid=new_sid())
    tries = [
        ("no signature", hook.path, good, {}), ("empty", hook.path, good, {"X-Twilio-Signature": ""}),
        ("another message", hook.path, other, {"X-Twilio-Signature": signed}),
        ("another sender", hook.path, {**good, "From": number(871_003)}, {"X-Twilio-Signature": signed}),
        ("a parameter more", hook.path, {**good, "MediaUrl0": "http://127.0.0.1/"}, {"X-Twilio-Signature": signed}),
        ("a query", hook.path + "?x=1", good, {"X-Twilio-Signature": signed}),
        ("as a receipt", hook.path + "/status", good, {"X-Twilio-Signature": signed}),
        ("at another tenant", "/hooks/south/sms", good, {"X-Twilio-Signature": signed}),
        ("cut", hook.path, good, {"X-Twilio-Signature": signed[:-2]}),
        ("in other letters", hook.path, good, {"X-Twilio-Signature": signed.swapcase()}),
    ]
    for name, path, fields, headers in tries:
        answer = httpx.post(attacked.base + path, data=fields, headers=headers, timeout=30)
        assert answer.status_code == 403, (name, answer.status_code)
    assert messages(attacked, sender) == []


def test_an_old_receipt_turns_nothing_back(attacked):
    """Receipts carry no time, so an old one may come again: what was delivered stays so."""
    key, sender = attacked.key("integration"), number(871_004)
    key.register("Rex", "Receipt", sender, language="en")
    assert attacked.webhook.text(sender, "A question").status_code == 200
    need = eventually(lambda: [n for n in key.get("/api/v1/needs", filter="team", order="newest")["needs"]
                               if key.get(f"/api/v1/conversations/{n['conversation']}")["address"] == sender], "it is there")[0]
    conversation = need["conversation"]
    id = key.post(f"/api/v1/conversations/{conversation}/messages", {"text": "An answer"}, 202)["id"]

    def sent():
        found = next(m for m in key.get(f"/api/v1/conversations/{conversation}")["messages"] if m["id"] == id)
        return found if found["state"] == "delivered" else None

    eventually(sent, "it was delivered", seconds=60)
    with Carrier(attacked.practice.carrier_base) as carrier:
        sid = next(message["sid"] for message in carrier.received(sender) if message["body"] == "An answer")
    path = attacked.webhook.path + "/status"
    for status in ("queued", "sent", "failed", "undelivered", "nonsense"):
        fields = {"MessageSid": sid, "MessageStatus": status, "AccountSid": attacked.webhook.account}
        answer = httpx.post(f"{attacked.base}{path}?intent={id}", data=fields,
                            headers={"X-Twilio-Signature": attacked.webhook.validator.compute_signature(
                                f"{attacked.base}{path}?intent={id}", fields)})
        assert answer.status_code in (204, 400), (status, answer.text)
    assert sent()
