"""Doing what one may not: each role and each key on every route it has no right to, one's own roles, forged forms,
sessions that are planted, stolen or over, and guessing who and what there is."""

import html
import json
import re
import time

import httpx
import pytest

from support.attacks import ABSENT, ask, from_address, rights
from support.doors import TIMEOUT, Console

ROLES = sorted(rights())
CHANGES = ("POST", "PUT", "PATCH", "DELETE")


def path_of(attacked, route):
    return attacked.target.good(route["method"], route["path"], route["access"])


@pytest.mark.parametrize("role", [role for role in ROLES if role != "integration"])
def test_no_role_does_what_it_has_no_right_to(attacked, role):
    console, owned, problems, refused = attacked.person(role), rights()[role], [], 0
    for route in attacked.routes:
        if route["access"] != "page" or route["permission"] in owned:
            continue
        good = path_of(attacked, route)
        answer = ask(console, route["method"], good.path, good.fields, as_json=False)
        refused += 1
        if answer.status_code not in (403, 404):
            problems.append((route["method"], route["path"], answer.status_code))
        # Saying "HEAD", or overriding the method, opens no other door.
        for headers in ({"X-HTTP-Method-Override": "GET"}, {"X-Original-URL": "/account/security"}):
            again = console.http.request(route["method"], good.path, data={"csrf": console.csrf}, headers=headers)
            if again.status_code not in (403, 404):
                problems.append((route["method"], route["path"], headers, again.status_code))
    assert not problems, problems
    assert refused or role == "administrator"


@pytest.mark.parametrize("role", ROLES)
def test_no_key_does_what_its_role_has_no_right_to(attacked, role):
    key, owned, problems, asked = attacked.key(role), rights()[role], [], 0
    for route in attacked.routes:
        good = path_of(attacked, route)
        if route["access"] == "page":
            # A key is no session.
            if route["method"] == "GET" and key.http.get(good.path).status_code not in (303, 401):
                problems.append((route["path"], "a page answered a key"))
        elif route["access"] == "api" and route["permission"] not in owned:
            asked += 1
            answer = ask(key, route["method"], good.path, good.fields, as_json=True)
            if answer.status_code not in (403, 404):
                problems.append((route["method"], route["path"], answer.status_code))
    assert not problems, problems


def test_nobody_gives_themselves_more(attacked):
    """Fields that a form does not have change nothing: roles, states, tenants."""
    agent = attacked.person("access-agent")
    extra = {"role": "administrator", "roles": "administrator", "state": "active", "tenant": "south", "permissions": "user.manage"}
    before = agent.http.get("/users").status_code
    agent.http.post("/account/password", data={"csrf": agent.csrf, "current": "x" * 12, "new": "short", **extra})
    agent.http.post("/settings/location", data={"csrf": agent.csrf, "location": "flagstaff", **extra})
    answer = agent.http.post("/users", data={"csrf": agent.csrf, "name": "More", "email": "more@clinic.example", **extra})
    assert answer.status_code == 403 and before == 403
    assert agent.http.get("/users").status_code == 403
    assert agent.http.post("/keys", data={"csrf": agent.csrf, "name": "K", "role": "administrator"}).status_code == 403
    assert "more@clinic.example" not in attacked.admin.get("/users").text
    body = {"given": ["Mass"], "family": "Assigned", "id": ABSENT, "tenant": "south", "version": 9, "createdAt": "2000-01-01"}
    answer = attacked.key("integration").send("POST", "/api/v1/patients", body)
    assert answer.status_code == 400, answer.text
    assert {error["path"] for error in answer.json()["errors"]} >= {"id", "tenant", "version"}, answer.text


# Forged requests

def test_no_form_of_another_site_or_session_changes_anything(attacked):
    """Each page route that changes something: no token, an empty one, another session's, a right one from afar."""
    admin, other = attacked.admin, attacked.person("access-agent")
    forged = [
        ("none", {}, {}), ("empty", {"csrf": ""}, {}), ("another session's", {"csrf": other.csrf}, {}),
        ("its header empty", {"csrf": admin.csrf}, {"X-CSRF-Token": ""}),
        ("cross-site", {"csrf": admin.csrf}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}),
    ]
    problems, asked = [], 0
    for route in attacked.routes:
        if route["access"] not in ("page", "account") or route["method"] not in CHANGES:
            continue
        good = path_of(attacked, route)
        fields = {key: value for key, value in good.fields.items() if key != "csrf"}
        for name, given, headers in forged:
            asked += 1
            answer = admin.http.request(route["method"], good.path, data={**fields, **given}, headers=headers)
            if answer.status_code != 403:
                problems.append((route["method"], route["path"], name, answer.status_code))
        # A body whose type needs no preflight, and the token in the address, are no way round.
        answer = admin.http.request(
            route["method"], good.path, content=f"csrf={admin.csrf}", headers={"Content-Type": "text/plain"})
        if answer.status_code not in (403, 415):
            problems.append((route["method"], route["path"], "text/plain", answer.status_code))
        answer = admin.http.request(route["method"], good.path, params={"csrf": admin.csrf})
        if answer.status_code != 403:
            problems.append((route["method"], route["path"], "in the query", answer.status_code))
    assert not problems, problems
    assert asked > 100 and admin.get("/").status_code == 200


def test_open_forms_take_nothing_from_another_site(attacked):
    """Signing somebody in, or choosing for them, from a page of another site."""
    forms = {
        "/session": {"login": attacked.practice.user("front-desk")["email"], "password": attacked.practice.user("front-desk")["password"]},
        "/session/second-step": {"code": "000000"}, "/settings/theme": {"theme": "dark", "return": "/"},
        "/settings/language": {"language": "es", "return": "/"},
    }
    with httpx.Client(base_url=attacked.base, timeout=TIMEOUT) as http:
        for path, fields in forms.items():
            answer = http.post(path, data=fields, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403 and "set-cookie" not in answer.headers, (path, answer.status_code)
    with httpx.Client(base_url=attacked.base) as http:
        answer = http.options("/api/v1/patients", headers={
            "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
        assert "access-control-allow-origin" not in answer.headers and answer.status_code == 405


def test_attempts_to_get_round_controls_are_told_and_fill_no_log(attacked):
    """One line for the first of a kind from an address in a minute, none for the rest, all of them counted."""
    base, admin = attacked.base, attacked.admin

    def counts():
        text = httpx.get(base + "/metrics", timeout=TIMEOUT).text
        return {kind: float(count) for kind, count in re.findall(r'throughline_attempts_total\{kind="([a-z-]+)"\} ([0-9.e+]+)', text)}

    secret = "tl_riverbend_" + "7" * 32
    hook = {"url": attacked.webhook.path, "data": {"Body": "hello", "From": "+13035550199"}}
    attempts = {
        "forged-form": lambda: admin.http.post("/settings/location", data={"csrf": "x", "location": "all"}),
        "foreign-form": lambda: httpx.post(
            base + "/settings/theme", data={"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"}, timeout=TIMEOUT),
        "unsigned-hook": lambda: attacked.webhook.http.post(headers={"X-Twilio-Signature": "AAAA"}, **hook),
        "wrong-key": lambda: httpx.get(base + "/api/v1/events", headers={"Authorization": f"Bearer {secret}"}, timeout=TIMEOUT),
        "made-up-session": lambda: httpx.get(base + "/inbox", headers={"Cookie": "throughline-session=x' OR 1=1"}, timeout=TIMEOUT),
        "dead-link": lambda: httpx.get(base + "/invitations/" + "s3cret" * 6, timeout=TIMEOUT),
        "malformed": lambda: admin.http.post("/settings/theme", content=b"theme=%zz", headers={
            "Content-Type": "application/x-www-form-urlencoded"}),
    }

    def told():
        written = "".join(log.read_text() for log in attacked.practice.logs())
        return [json.loads(line) for line in written.splitlines() if "an attempt to get round a control" in line]

    before, lines_before = counts(), len(told())
    for attempt in attempts.values():
        for _ in range(8):
            assert attempt().status_code in (303, 400, 401, 403, 404)
    after = counts()
    for kind in attempts:
        assert after.get(kind, 0) - before.get(kind, 0) == 8, (kind, before, after)
    lines = told()
    for kind in attempts:
        ours = [line for line in lines if line["kind"] == kind]
        assert ours and {"at", "kind", "route", "tenant", "client", "request"} <= set(ours[-1]), (kind, lines[-20:])
    # Two of a kind where a new minute began meanwhile.
    assert len(lines) - lines_before <= 2 * len(attempts)
    for word in (secret, "s3cret", "+13035550199", "127.0.0.1", "OR 1=1"):
        assert not any(word in str(line) for line in lines), word


def test_no_get_changes_anything(attacked):
    """What changes something takes no GET, also with an override."""
    for route in attacked.routes:
        paths = [other for other in attacked.routes if other["path"] == route["path"] and other["method"] == "GET"]
        if route["method"] in CHANGES and not paths and route["access"] != "api":
            good = path_of(attacked, route)
            answer = attacked.admin.http.get(good.path, params={**good.fields, "csrf": attacked.admin.csrf, "_method": "POST"})
            assert answer.status_code in (404, 405), (route["path"], answer.status_code)


# Sessions

def desk(attacked):
    return attacked.practice.user("clinic-manager")


def test_a_planted_session_is_not_kept(attacked):
    """Who signs in gets a session nobody could know before, and the one before it has ended."""
    user = desk(attacked)
    planted = "A" * 43
    with httpx.Client(base_url=attacked.base, timeout=TIMEOUT, cookies={"throughline-session": planted}) as http:
        answer = http.post("/session", data={"login": user["email"], "password": user["password"]})
        fresh = re.search(r"throughline-session=([^;]+)", answer.headers["set-cookie"]).group(1)
    assert fresh != planted and len(fresh) >= 43
    as_cookie = lambda value: httpx.get(f"{attacked.base}/patients", cookies={"throughline-session": value})  # noqa: E731
    assert as_cookie(planted).status_code == 303 and as_cookie(fresh).status_code == 200
    again = httpx.post(
        f"{attacked.base}/session", cookies={"throughline-session": fresh},
        data={"login": user["email"], "password": user["password"]})
    second = re.search(r"throughline-session=([^;]+)", again.headers["set-cookie"]).group(1)
    assert second != fresh
    assert as_cookie(second).status_code == 200 and as_cookie(fresh).status_code == 303


def test_a_session_cannot_be_made_up_or_carried_in_an_address(attacked):
    cookie = next(c.value for c in attacked.admin.http.cookies.jar if c.name == "throughline-session")
    made_up = [cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), cookie[:-1], cookie + "A", cookie.upper(), "", " " + cookie[1:],
               "%00" * 9, "' OR ''='" * 4]
    for value in made_up:
        answer = httpx.get(f"{attacked.base}/patients", headers={"Cookie": f"throughline-session={value}"})
        assert answer.status_code == 303 and answer.headers["location"] == "/session", value
    for query in (f"?throughline-session={cookie}", f"?session={cookie}", f";throughline-session={cookie}"):
        assert httpx.get(f"{attacked.base}/patients{query}").status_code in (303, 404)
    # The page itself never holds it, so that a script on it could not read it.
    for path in ("/", "/account/security", "/patients"):
        assert cookie not in attacked.admin.get(path).text


def test_a_stolen_session_ends_when_its_owner_signs_out(attacked):
    with Console(attacked.base, desk(attacked)) as owner:
        stolen = {c.name: c.value for c in owner.http.cookies.jar}
        with httpx.Client(base_url=attacked.base, cookies=stolen) as thief:
            assert thief.get("/patients").status_code == 200
            # What is worth most asks for the password, which is in no cookie.
            assert thief.post("/account/password", data={
                "csrf": owner.csrf, "current": "not the password", "new": "another long password"}).status_code == 422
            ended = owner.post("/session/end")
            assert '"cache"' in ended.headers["clear-site-data"] and '"storage"' in ended.headers["clear-site-data"]
            assert thief.get("/patients").status_code == 303
            assert thief.post("/conversations/x/messages", data={"csrf": owner.csrf}).status_code in (401, 403)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(attacked):
    user = desk(attacked)
    answer = httpx.post(f"{attacked.base}/session", data={"login": user["email"], "password": user["password"]})
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said and ("samesite=lax" in said or "samesite=strict" in said) and "path=/" in said
    assert "domain=" not in said


# Guessing

def normal(answer, *words):
    text = answer.text
    for word in words:
        text = text.replace(html.escape(word), "WORD").replace(word, "WORD")
    return answer.status_code, {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}, re.sub(
        r"[0-9A-HJKMNP-TV-Z]{13}", "ID", text)


def test_sign_in_tells_nobody_who_there_is(attacked):
    """A name that somebody has and one that nobody has: the same words after about the same work."""
    known, nobody = desk(attacked)["email"], "zz.nobody@riverbend.example"
    times = {known: [], nobody: []}
    with from_address(attacked.base, 11) as http:
        http.post("/session", data={"login": "warm.up@riverbend.example", "password": "wrong"})
        for turn in range(4):
            answers = []
            for login in (known, nobody):
                start = time.perf_counter()
                answers.append(normal(http.post("/session", data={"login": login, "password": f"wrong {turn}"}), login))
                times[login].append(time.perf_counter() - start)
            assert answers[0] == answers[1]
    quickest = {login: min(seen) for login, seen in times.items()}
    # One Argon2id each: without it the stranger's answer would come in a tenth of the time.
    assert 0.4 < quickest[nobody] / quickest[known] < 2.5, times
    with Console(attacked.base, desk(attacked)):
        pass  # the name's waiting starts anew


def test_tenants_are_not_told_apart_from_none(attacked):
    """By the address of a webhook, by a key's middle, by a host."""
    tenant = attacked.practice.record["tenant"]
    for path in ("sms", "sms/status"):
        for content, kind in (("Body=x", "application/x-www-form-urlencoded"), ("{}", "application/json"), ("%zz", "application/x-www-form-urlencoded")):
            hooks = [httpx.post(f"{attacked.base}/hooks/{name}/{path}", content=content, headers={"Content-Type": kind})
                     for name in (tenant, "south", "nobody")]
            seen = {normal(answer, tenant, "south", "nobody")[::2] for answer in hooks}
            assert len(seen) == 1, [(answer.status_code, answer.text) for answer in hooks]
    keys = [httpx.get(f"{attacked.base}/api/v1/patients", headers={"Authorization": f"Bearer tl_{name}_{'x' * 32}"})
            for name in (tenant, "south", "nobody", "..%2f")]
    seen = {normal(answer)[::2] for answer in keys}
    assert len(seen) == 1, [(answer.status_code, answer.text) for answer in keys]


def test_who_tried_what_is_on_the_trail(attacked):
    """Signing in rightly and wrongly, by a name that somebody has or nobody, and what was refused."""
    user = desk(attacked)
    with from_address(attacked.base, 12) as http:
        http.post("/session", data={"login": user["email"], "password": "wrong"})
        http.post("/session", data={"login": "nobody.here@riverbend.example", "password": "wrong"})
        http.post("/session", data={"login": user["email"], "password": user["password"]})
    attacked.person("front-desk").http.get("/audit")
    attacked.key("privacy-officer").http.get("/api/v1/slots")
    text = attacked.person("privacy-officer").get("/audit/export", params={"format": "ndjson"}).text
    lines = [json.loads(line) for line in text.splitlines()]
    seen = {(line["action"], line["outcome"], line["reason"]) for line in lines}
    assert {("session.begin", "denied", "wrong-credentials"), ("session.begin", "permitted", None)} <= seen
    refused = {line["action"] for line in lines if line["outcome"] == "denied" and line["reason"] == "no-permission"}
    slots = next(route["permission"] for route in attacked.routes if route["path"] == "/api/v1/slots")
    assert {"audit.read", slots} <= refused, refused
    assert all(line["at"].endswith("Z") and line["actor"] and line["origin"] and line["request"] for line in lines)
    # Whoever asked is told with where they are, whatever they say of it; what the program does by itself has no place.
    tries = [line["remote"] for line in lines if line["action"] == "session.begin"]
    assert "127.0.9.12" in tries and set(tries) <= {f"127.0.9.{last}" for last in range(256)} | {"127.0.0.1"}, set(tries)
    assert all(line["remote"] for line in lines if line["origin"] in ("console", "api", "link", "public", "calendar"))
    assert not any(line["remote"] for line in lines if line["origin"] in ("system", "cli", "webhook", "mail"))
    assert user["password"] not in text


def test_a_key_is_not_found_by_its_beginning(attacked):
    key = attacked.practice.key("integration")
    for wrong in (key[:-1], key[:-1] + ("A" if key[-1] != "A" else "B"), key + "A", key.lower(), key.split("_", 2)[2], "tl__" + key):
        answer = httpx.get(f"{attacked.base}/api/v1/patients", headers={"Authorization": f"Bearer {wrong}"})
        assert answer.status_code == 401, wrong
    for header in (f"Basic {key}", key, f"bearer{key}", "Bearer"):
        assert httpx.get(f"{attacked.base}/api/v1/patients", headers={"Authorization": header}).status_code == 401
    assert httpx.get(f"{attacked.base}/api/v1/patients?key={key}&access_token={key}").status_code == 401


def test_patients_and_phones_out_of_reach_are_not_told_apart_from_none(attacked):
    """By search, by registering a number that a hidden patient has, by suggestion."""
    from support.doors import number

    agent, program = attacked.person("access-agent"), attacked.key("integration")
    for query in ("Restricted", "Rhea Restricted", attacked.hidden_phone, attacked.hidden_phone[2:], "05/04/1969"):
        nothing = "Qqzzyx" if query[0] not in "+0123456789" else number(899_999)
        for path in ("/patients", "/palette"):
            pair = [agent.get(path, params={"q": word}) for word in (query, nothing)]
            words = [re.sub(r'value="[^"]*"', "", answer.text.replace(html.escape(word), "WORD"))
                     for answer, word in zip(pair, (query, nothing))]
            assert f"/patients/{attacked.hidden['patients']}" not in words[0] and "Rhea" not in words[0], (path, query)
        assert program.get("/api/v1/patients", q=query)["patients"] == [] or "Rhea" not in str(
            program.get("/api/v1/patients", q=query))
    bodies = []
    for phone in (attacked.hidden_phone, number(899_998)):
        answer = program.send("POST", "/api/v1/patients", {
            "given": ["Probe"], "family": "Guess", "phones": [{"number": phone, "use": "mobile"}]})
        bodies.append((answer.status_code, sorted(answer.json())))
    assert bodies[0] == bodies[1], bodies
