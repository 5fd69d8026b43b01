"""Outgoing e-mail against a real mail server: delivery, refusals, a server away, a kill, and stopping by link."""

import os
import re
import shutil
import ssl
import time
from datetime import date, datetime, timedelta

import httpx
import icalendar
import pytest

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.calendars import Khal, invitation, read_by_libical
from support.certificates import Authority, write
from support.doors import Api, Console, accept
from support.mail import Post
from support.processes import ROOT, Practice, eventually
from support.tables import id_of

TYPE = "annual-physical"


def settings(practice, post, **more):
    return {
        "THROUGHLINE_OUTBOUND_ALLOW": f"127.0.0.1:{practice.port + 1},127.0.0.1:{post.port}",
        "THROUGHLINE_SERVER_LINK_BASE": practice.base, "THROUGHLINE_MAIL_HOST": "127.0.0.1",
        "THROUGHLINE_MAIL_PORT": str(post.port), "THROUGHLINE_MAIL_SECURITY": "none",
        "THROUGHLINE_MAIL_FROM": "front-desk@clinic.example", **more}


def without_quiet_hours(practice, folder):
    """But for a minute on the other side of the day."""
    blueprint = folder / "blueprint"
    shutil.copytree(ROOT / "blueprints/primary-care", blueprint)
    policy = blueprint / "consent-policy.yaml"
    hour = f"{(datetime.now().hour + 12) % 24:02d}"
    quiet = f'from: "{hour}:00"\n  to: "{hour}:01"'
    policy.write_text(policy.read_text().replace('from: "21:00"\n  to: "08:00"', quiet))
    practice.command("blueprint", "apply", blueprint)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def mailed(request, engine_named, tmp_path_factory):
    """A practice without quiet hours that sends to a mail server of its own."""
    folder = tmp_path_factory.mktemp(f"mail-{request.param}")
    practice = Practice(engine_named(request.param), folder, patients=20).prepare()
    without_quiet_hours(practice, folder)
    post = Post().start()
    practice.post = post
    practice.serve(**settings(practice, post))
    yield practice
    practice.close()
    post.stop()


@pytest.fixture
def api(mailed):
    with Api(mailed.base, mailed.key("integration")) as client:
        yield client


counter = iter(range(100, 10_000))


def somebody(api, language="en"):
    """A patient with an e-mail address and no number; the id and the address."""
    address = f"reader{next(counter)}@people.example"
    patient = api.post("/api/v1/patients", {
        "given": ["Quirina"], "family": "Zabala", "birthDate": "1970-01-05", "language": language,
        "email": address})["id"]
    return patient, address


def slots(api):
    start = date.today() + timedelta(days=20)
    range_ = {"from": start.isoformat(), "to": (start + timedelta(days=40)).isoformat()}
    return api.slots(TYPE, limit=50, **range_)


def place(slot):
    return {key: slot[key] for key in ("visitType", "practitioner", "location", "localStart")}


def book(api, patient):
    return api.post("/api/v1/appointments", {**place(slots(api)[0]), "patient": patient})


def calendar(letter):
    part = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
    return part.get_param("method"), icalendar.Calendar.from_ical(part.get_payload(decode=True))


def states(practice, patient):
    return [row[0] for row in practice.rows(
        "SELECT m.state FROM message m JOIN conversation c ON c.id = m.conversation AND c.tenant = m.tenant "
        f"WHERE c.medium = 'email' AND m.patient = {id_of(patient)} ORDER BY m.id")]


def test_a_visit_comes_with_an_invitation_that_moves_and_ends_with_it(mailed, api):
    patient, address = somebody(api, "es")
    visit = book(api, patient)
    letter = mailed.post.wait(address)
    assert address in letter["To"]
    assert "front-desk@clinic.example" in letter["From"]
    assert letter["Subject"].startswith("Su cita en ")
    assert letter["Content-Language"] == "es" and letter["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-z]{13}@clinic\.example>", letter["Message-ID"])
    assert letter["Date"].datetime.tzinfo is not None
    text = letter.get_body(("plain",)).get_content()
    assert "Quirina" in text and "Llame al" in text and "Zabala" not in text
    method, file = calendar(letter)
    event = file.walk("VEVENT")[0]
    assert (method, str(file["METHOD"]), int(event["SEQUENCE"])) == ("REQUEST", "REQUEST", 0)
    begins = datetime.fromisoformat(visit["startsAt"].replace("Z", "+00:00"))
    zone = next(z for z in file.walk("VTIMEZONE") if z["TZID"] == event["DTSTART"].params["TZID"])
    local = event["DTSTART"].dt.replace(tzinfo=None)
    assert local.replace(tzinfo=zone.to_tz(lookup_tzid=False)).timestamp() == begins.timestamp()
    assert str(event["ORGANIZER"]) == "mailto:front-desk@clinic.example"
    assert str(event["ATTENDEE"]) == f"mailto:{address}"
    raw = file.to_ical().decode()
    assert "Quirina" not in raw and "hysical" not in raw and "examen" not in raw.lower()
    attached = next(part for part in letter.walk() if part.get_filename() == "visit.ics")
    assert icalendar.Calendar.from_ical(attached.get_payload(decode=True)).walk("VEVENT")[0]["UID"] == event["UID"]

    api.post(f"/api/v1/appointments/{visit['id']}/placement", place(slots(api)[-1]), status=200)
    method, moved = calendar(mailed.post.wait(address, 2))
    after = moved.walk("VEVENT")[0]
    assert method == "REQUEST" and after["UID"] == event["UID"] and int(after["SEQUENCE"]) == 1
    api.post(f"/api/v1/appointments/{visit['id']}/cancellation", {"reason": "patient"}, status=200)
    method, ended = calendar(mailed.post.wait(address, 3))
    last = ended.walk("VEVENT")[0]
    assert method == "CANCEL" and last["UID"] == event["UID"] and int(last["SEQUENCE"]) == 2
    assert str(last["STATUS"]) == "CANCELLED"


def test_calendar_programs_take_it_in_move_it_and_call_it_off(mailed, api, tmp_path):
    patient, address = somebody(api)
    visit = book(api, patient)
    client = Khal(tmp_path / "khal")

    def beginning(text):
        return datetime.fromisoformat(text.replace("Z", "+00:00"))

    def received(number):
        data = invitation(mailed.post.wait(address, number))
        client.take(data)
        return read_by_libical(data)

    starts = beginning(visit["startsAt"])
    first, end = received(1)
    assert first == starts.timestamp() and 10 <= (end - first) / 60 <= 120
    uid, shown, title, over = client.events(starts.date())[0]
    assert (shown, over) == (starts, False) and title and "hysical" not in title
    moved = api.post(f"/api/v1/appointments/{visit['id']}/placement", place(slots(api)[-1]), status=200)
    then = beginning(moved.get("startsAt") or api.get(f"/api/v1/appointments/{visit['id']}")["startsAt"])
    assert received(2)[0] == then.timestamp() and then != starts
    assert [(one[0], one[1]) for one in client.events(then.date())] == [(uid, then)]
    assert then.date() == starts.date() or client.events(starts.date()) == []
    api.post(f"/api/v1/appointments/{visit['id']}/cancellation", {"reason": "patient"}, status=200)
    assert received(3)[0] == then.timestamp()
    assert [(one[0], one[3]) for one in client.events(then.date())] == [(uid, True)]


def test_what_the_server_refuses_fails_and_what_it_puts_off_goes_later(mailed, api):
    patient, address = somebody(api)
    mailed.post.answers[address] = ["rcpt 550 no such mailbox"]
    book(api, patient)
    eventually(lambda: states(mailed, patient) == ["failed"], "the refusal is told")
    assert mailed.post.letters(address) == []
    codes = mailed.rows(f"SELECT error_code FROM message WHERE patient = {id_of(patient)} AND direction = 'out'")
    assert [row[0] for row in codes] == ["smtp-550"]
    patient, address = somebody(api)
    mailed.post.answers[address] = ["rcpt 451 try later", "data 452 disk full"]
    book(api, patient)
    mailed.post.wait(address)
    eventually(lambda: states(mailed, patient) == ["sent"], "it is sent")
    time.sleep(1)
    assert len(mailed.post.letters(address)) == 1


def test_what_may_have_been_taken_waits_for_a_person(mailed, api):
    patient, address = somebody(api)
    mailed.post.answers[address] = ["drop"]
    book(api, patient)
    eventually(lambda: states(mailed, patient) == ["uncertain"], "nobody knows")
    time.sleep(3)
    assert len(mailed.post.letters(address)) == 1
    with httpx.Client(base_url=mailed.base) as http:
        assert http.get("/readyz").status_code == 200


def free_time(api, readers):
    """Somebody calls a visit off for which the readers wait; the time that came free."""
    slot = slots(api)[0]
    other, _ = somebody(api)
    visit = api.post("/api/v1/appointments", {**place(slot), "patient": other})["id"]
    for patient in readers:
        api.post("/api/v1/waitlist", {
            "patient": patient, "visitType": TYPE, "practitioners": [slot["practitioner"]],
            "locations": [slot["location"]]})
    api.post(f"/api/v1/appointments/{visit}/cancellation", {"reason": "patient", "tell": "no"}, status=200)
    return slot


def offers(practice, patient):
    return [tuple(row) for row in practice.rows(
        f"SELECT state, reason, answered_by FROM waitlist_offer WHERE patient = {id_of(patient)} ORDER BY id")]


def test_an_offer_of_the_waitlist_comes_with_a_link_that_takes_the_time(mailed, api):
    patient, address = somebody(api, "es")
    lost, broken = somebody(api)
    mailed.post.answers[broken] = ["rcpt 550 no such mailbox"]
    slot = free_time(api, [lost, patient])
    letter = mailed.post.wait(address, seconds=60)
    assert letter["Subject"].startswith("Quedó libre una hora en ")
    text = letter.get_body(("plain",)).get_content()
    assert "antes de" in text and "Responda" not in text and "Zabala" not in text
    link = re.search(r"(https?://\S+/offers/[A-Za-z0-9_-]+)", text).group(1)
    # Who cannot be reached is offered nothing, long before the time to answer is over.
    eventually(lambda: offers(mailed, lost) == [("withheld", "undelivered", None)], "the offer is taken back")
    with httpx.Client() as http:
        for method in ("GET", "HEAD", "GET"):
            assert http.request(method, link).status_code == 200
        assert http.get(f"{link}/acceptance").status_code == 405
        assert offers(mailed, patient) == [("offered", None, None)]
        assert http.post(f"{link}/acceptance").headers["location"].endswith("said=accepted")
        assert http.post(f"{link}/acceptance").status_code == 303
    assert offers(mailed, patient) == [("accepted", None, "link")]
    visits = mailed.rows(
        f"SELECT local_start FROM appointment WHERE patient = {id_of(patient)} AND status = 'booked'")
    assert [row[0] for row in visits] == [slot["localStart"]]
    # The visit is confirmed by e-mail in turn, with a link of its own.
    booked = mailed.post.wait(address, count=2).get_body(("plain",)).get_content()
    assert re.search(r"https?://\S+/v/[A-Za-z0-9_-]+", booked)


def test_an_emergency_is_told_to_those_who_may_review_it(mailed, api):
    """Who, when and where to review it, nothing of the patient; not to who opened it, nor to who does not reach it."""
    officer, administrator = (mailed.user(role)["email"] for role in ("privacy-officer", "administrator"))
    reason = "She called with chest pain."
    with Console(mailed.base, mailed.user("administrator")) as console:
        page = console.post("/users", 200, name="Cleo Clinician", email="cleo@clinic.example", role="clinician",
                            location="flagstaff")
        cleo = {"email": "cleo@clinic.example", "password": accept(page)}
        # The administrator sees no restricted records; the officer does.
        first = api.register("Quirina", "Hiddenwell", restricted=True)
        console.post("/break-glass", patient=first, reason=reason)
    mailed.post.wait(officer)
    second = api.register("Quirina", "Farwell", restricted=True, locations=["denver-northside"])
    with Console(mailed.base, cleo) as console:
        console.post("/break-glass", patient=second, reason=reason)
    letter = mailed.post.wait(officer, count=2)
    text = letter.get_body(("plain",)).get_content()
    assert "Cleo Clinician" in text and f"{mailed.base}/break-glass/reviews" in text
    assert letter["Subject"] == "A record was opened in an emergency" and letter["List-Unsubscribe"] is None
    for told in mailed.post.letters(officer):
        for word in ("Quirina", "Hiddenwell", "Farwell", first, second, reason):
            assert word not in told.as_string() and word not in told.get_body(("plain",)).get_content()

    def outcomes():
        return [tuple(row) for row in mailed.rows(
            "SELECT o.state, o.reason FROM outbox o WHERE o.kind = 'break-glass-notice' ORDER BY o.id")]

    eventually(lambda: not {"waiting", "sending"} & {state for state, _ in outcomes()}, "each is settled")
    refused = [reason for state, reason in outcomes() if state != "accepted"]
    assert refused and set(refused) == {"out-of-reach"}, outcomes()
    assert mailed.post.letters(administrator) == [] and len(mailed.post.letters(officer)) == 2


def test_a_server_that_was_away_gets_each_message_once(mailed, api):
    mailed.post.stop()
    readers = [somebody(api) for _ in range(3)]
    for patient, _ in readers:
        book(api, patient)
    time.sleep(2)
    assert all(states(mailed, patient) == ["queued"] for patient, _ in readers)
    mailed.post.start()
    for _, address in readers:
        mailed.post.wait(address, seconds=40)
    for patient, address in readers:
        eventually(lambda: states(mailed, patient) == ["sent"], "it is sent")
        assert len(mailed.post.letters(address)) == 1


def test_a_killed_server_sends_nothing_twice(mailed, api):
    patient, address = somebody(api)
    mailed.post.answers[address] = ["hang"]
    book(api, patient)
    first = mailed.post.wait(address)
    mailed.server.kill()
    mailed.serve(**settings(mailed, mailed.post))
    time.sleep(5)
    assert len(mailed.post.letters(address)) == 1
    assert states(mailed, patient) in (["queued"], ["uncertain"])
    if os.environ.get("THROUGHLINE_SLOW"):
        eventually(lambda: states(mailed, patient) == ["uncertain"], "a person decides", seconds=90)
        assert [letter["Message-ID"] for letter in mailed.post.letters(address)] == [first["Message-ID"]]


def test_nothing_that_came_from_outside_gets_into_a_header(mailed, api):
    for wild in ("maria@people.example\r\nBcc: eve@evil.example", "maria@people.example\nX: 1", "a b@people.example"):
        answer = api.send("POST", "/api/v1/patients", {"given": ["Maria"], "family": "Zabala", "email": wild})
        assert answer.status_code in (400, 422), answer.text
    # What a record may hold and a header may not: nothing is written to it.
    odd = "eve@evil.example>,<maria@people.example".replace("@evil", ".evil")
    patient = api.post("/api/v1/patients", {"given": ["Maria"], "family": "Zabala", "email": odd})["id"]
    before = len(mailed.post.seen)
    book(api, patient)
    time.sleep(2)
    assert states(mailed, patient) == []
    assert len(mailed.post.seen) == before


def test_one_click_stops_e_mail_at_once_and_opening_the_link_does_not(mailed, api):
    patient, address = somebody(api)
    visit = book(api, patient)
    letter = mailed.post.wait(address)
    link = re.fullmatch(r"<(.+)>", letter["List-Unsubscribe"]).group(1)
    assert link in letter.get_body(("plain",)).get_content()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with httpx.Client() as http:
        for method in ("GET", "HEAD", "GET"):
            assert http.request(method, link).status_code == 200
        assert "Stop e-mail" in http.get(link).text
        began = time.monotonic()
        answer = http.post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200, answer.text
        api.post(f"/api/v1/appointments/{visit['id']}/cancellation", {"reason": "patient"}, status=200)
        assert time.monotonic() - began < 1
        assert "E-mail is stopped" in http.get(link).text
        altered = link[:-3] + ("A" if link[-3] != "A" else "B") + link[-2:]
        assert http.get(altered).status_code == 404 and http.post(altered).status_code == 404
    time.sleep(3)
    assert len(mailed.post.letters(address)) == 1


def test_the_page_that_stops_e_mail_is_plain_on_a_phone_and_in_the_dark(mailed, api, browser):
    patient, address = somebody(api)
    book(api, patient)
    link = re.fullmatch(r"<(.+)>", mailed.post.wait(address)["List-Unsubscribe"]).group(1)
    path, problems = link.removeprefix(mailed.base), []
    for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
        context = browser.context(mailed.base, size, scheme)
        watched = Watched(context)
        watched.expected = (404,)
        watched.page.goto(path)
        for state in ("open", "stopped", "unknown"):
            problems += [f"{state}: {violation}" for violation in axe_violations(watched.page)]
            wider = watched.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wider > 0:
                problems.append(f"{state}: {wider} px wider than the window")
            if state == "open":
                watched.page.click("main form button")
                watched.page.get_by_role("heading", name="E-mail is stopped").wait_for()
            elif state == "stopped":
                watched.page.click("main form button")
                watched.page.get_by_role("heading", name="Stop e-mail from us?").wait_for()
                watched.page.goto("/mail/AAAA")
        context.close()
    assert not problems, "\n".join(problems)


def test_tls_and_sign_in_are_kept_to(engine_named, tmp_path):
    authority = Authority(tmp_path)
    pair = authority.sign()
    certificate, key = write(tmp_path, pair[0], pair[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    password = tmp_path / "password"
    password.write_text("a secret of the mail server\n")
    password.chmod(0o600)
    post = Post(context, ("front", "a secret of the mail server")).start()
    plain = Post().start()
    practice = Practice(engine_named("sqlite"), tmp_path / "practice", patients=20)
    try:
        practice.prepare()
        without_quiet_hours(practice, tmp_path)
        secure = {
            "THROUGHLINE_MAIL_SECURITY": "starttls", "THROUGHLINE_MAIL_AUTHORITIES": str(authority.root),
            "THROUGHLINE_MAIL_USER": "front", "THROUGHLINE_MAIL_PASSWORD_FILE": str(password)}
        # A server that speaks no TLS gets nothing, not even a name.
        practice.serve(**settings(practice, plain, **secure))
        with Api(practice.base, practice.key("integration")) as api:
            patient, address = somebody(api)
            book(api, patient)
            time.sleep(2)
            assert plain.seen == [] and states(practice, patient) == ["queued"]
        practice.stop()
        practice.serve(**settings(practice, post, **secure))
        letter = post.wait(address)
        assert address in letter["To"]
        assert post.sessions[0].ssl is not None and post.sessions[0].authenticated
    finally:
        practice.close()
        post.stop()
        plain.stop()
