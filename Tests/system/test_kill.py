"""The server is killed with SIGKILL at random moments under load. What it had acknowledged is there, once; what it had
shown is in the audit trail; what it was to send went out once.

20 kills by default (10 on each engine), 2,000 with THROUGHLINE_SLOW.
"""

import collections
import os
import random
import threading
import time

import httpx
import pytest

from support.doors import Api, Carrier, Webhook, is_outbound, new_sid, number
from support.processes import SLOW, eventually, figure

KILLS = 1_000 if SLOW else 10
SEED = int(os.environ.get("THROUGHLINE_SEED", "20261122"))
SENDERS = 40
PATIENTS = 12
VISITS = ["labs", "vaccine", "annual-physical", "sick-visit"]


class Acknowledged:
    """What the clients were told, with a lock."""

    def __init__(self):
        self.lock = threading.Lock()
        self.texts = {}
        self.bookings = {}
        self.reads = collections.Counter()
        self.refused = collections.Counter()

    def note(self, change):
        with self.lock:
            change(self)


class Load:
    """Clients that go on whether the server is there or not."""

    def __init__(self, practice, patients, known):
        self.practice, self.patients, self.known = practice, patients, known
        self.key = practice.key("integration")
        self.end = threading.Event()
        self.threads = [threading.Thread(target=self.loop, args=(work, index), daemon=True)
                        for work in (self.text, self.book, self.read) for index in range(3)]
        self.problems = []

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.end.set()
        for thread in self.threads:
            thread.join(90)
            assert not thread.is_alive(), "a client hangs"

    def loop(self, work, index):
        dice = random.Random(f"{SEED}/{work.__name__}/{index}")
        webhook = Webhook(self.practice)
        http = httpx.Client(
            base_url=self.practice.base, headers={"Authorization": f"Bearer {self.key}"}, timeout=httpx.Timeout(30))
        with webhook, http:
            while not self.end.is_set():
                try:
                    work(dice, webhook, http)
                except httpx.TransportError:
                    time.sleep(0.02)
                except Exception as error:  # kept, and told by the test
                    self.problems.append(repr(error))
                    return

    def text(self, dice, webhook, _):
        sid = new_sid()
        sender = number(900_000 + dice.randrange(SENDERS))
        body = f"Text {sid} about my bill"
        parameters = webhook.parameters(sender, body, sid)
        # The provider repeats what was not answered: so does this.
        for _ in range(3):
            try:
                answer = webhook.http.post(webhook.path, data=parameters, headers=webhook.headers(parameters))
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.is_success:
                self.known.note(lambda known: known.texts.__setitem__(sid, sender))
                return
            self.known.note(lambda known: known.refused.update([f"text {answer.status_code}"]))

    def book(self, dice, _, http):
        visit = dice.choice(VISITS)
        found = http.get("/api/v1/slots", params={"visit_type": visit, "limit": "60"})
        if found.status_code != 200:
            self.known.note(lambda known: known.refused.update([f"slots {found.status_code}"]))
            return
        slots = found.json()["slots"]
        if not slots:
            return
        slot = dice.choice(slots)
        patient = dice.choice(self.patients[: PATIENTS // 2])
        body = {name: slot[name] for name in ("visitType", "practitioner", "location", "localStart")}
        answer = http.post(
            "/api/v1/appointments", json={**body, "patient": patient}, headers={"Idempotency-Key": new_sid()})
        if answer.status_code == 201:
            made = answer.json()
            self.known.note(lambda known: known.bookings.__setitem__(made["id"], made))
            if dice.random() < 0.5:
                http.post(f"/api/v1/appointments/{made['id']}/cancellation", json={"reason": "patient", "tell": "no"})
        else:
            self.known.note(lambda known: known.refused.update([f"book {answer.status_code}"]))
            assert answer.status_code < 500 or answer.status_code == 503, answer.text[:300]

    def read(self, dice, _, http):
        # These are only read, so that every record about them is of a read.
        patient = dice.choice(self.patients[PATIENTS // 2 :])
        answer = http.get(f"/api/v1/patients/{patient}")
        if answer.status_code == 200 and answer.json()["id"] == patient:
            self.known.note(lambda known: known.reads.update([patient]))


@pytest.mark.timeout(7_200 if SLOW else 420)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_what_was_acknowledged_outlives_random_kills(practice):
    dice = random.Random(SEED)
    known = Acknowledged()
    practice.carrier("--seed", SEED)
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        patients = [
            api.register(f"Kill{index}", "Tester", number(910_000 + index), birthDate="1980-02-03", language="en")
            for index in range(PATIENTS)
        ]
    audited_before = audited(practice, patients)
    load = Load(practice, patients, known)
    load.start()
    started = time.monotonic()
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.15, 1.4))
        practice.server.kill()
        practice.serve(ready_within=60)
    time.sleep(1)
    load.stop()
    seconds = time.monotonic() - started
    assert not load.problems, load.problems
    assert known.texts and known.bookings and known.reads, "the load did nothing"
    settle(practice)
    with Api(practice.base, practice.key("integration")) as api, Carrier(practice.carrier_base) as carrier:
        texts_are_there_once(api, known)
        bookings_are_there(api, practice, known)
        nothing_went_out_twice(practice, carrier)
    practice.stop()
    reads_are_audited(practice, patients, audited_before, known)
    no_time_is_given_twice(practice)
    verified = practice.command("audit", "verify", "--json")
    assert '"whole":true' in verified.stdout.replace(" ", ""), verified.stdout
    print(f"{KILLS} kills in {seconds:.0f} s on {practice.engine.name}, seed {SEED}: {len(known.texts)} texts, "
          f"{len(known.bookings)} bookings, {sum(known.reads.values())} reads acknowledged; "
          f"not acknowledged: {dict(known.refused)}")
    figure("kill", KILLS, "kills", engine=practice.engine.name, texts=len(known.texts), bookings=len(known.bookings))


def settle(practice):
    """Until nothing is left to send: everything is sent, or parked for a person."""
    waiting = "SELECT count(*) FROM message WHERE direction = 'out' AND state = 'queued'"
    eventually(lambda: practice.rows(waiting)[0][0] == 0, "every message leaves or is parked", seconds=90, pause=0.5)


def texts_are_there_once(api, known):
    conversations = {}
    cursor = None
    while True:
        page = api.get("/api/v1/needs", filter="team", cursor=cursor)
        for need in page["needs"]:
            conversations[need["conversation"]] = None
        cursor = page.get("next")
        if not cursor:
            break
    seen = collections.Counter()
    place = {}
    for conversation in conversations:
        before = None
        while True:
            page = api.get(f"/api/v1/conversations/{conversation}", before=before)
            for message in page["messages"]:
                if message["direction"] == "in" and message["text"].startswith("Text SM"):
                    sid = message["text"].split()[1]
                    seen[sid] += 1
                    place[sid] = page["address"]
            if len(page["messages"]) < 100:
                break
            before = page["messages"][0]["id"]
    missing = [sid for sid in known.texts if seen[sid] == 0]
    doubled = [sid for sid, count in seen.items() if count > 1]
    assert not missing, f"{len(missing)} of {len(known.texts)} acknowledged texts are gone"
    assert not doubled, f"{len(doubled)} texts are there twice"
    assert all(place[sid] == sender for sid, sender in known.texts.items()), "a text is with another number"


def bookings_are_there(api, practice, known):
    for id, made in known.bookings.items():
        found = api.get(f"/api/v1/appointments/{id}")
        for field in ("patient", "practitioner", "location", "localStart", "startsAt"):
            assert found[field] == made[field]


def nothing_went_out_twice(practice, carrier):
    """Each message of ours stands at most once at the carrier; what is not there is told to be failed, withdrawn,
    waiting for its hour, or uncertain."""
    sent = [message for message in carrier.messages() if is_outbound(message)]
    intents = collections.Counter(message["statusCallback"] for message in sent)
    doubled = [callback for callback, count in intents.items() if count > 1]
    assert not doubled, f"sent twice: {doubled[:5]}"
    # The sample data's past messages were never attempted.
    ours = practice.rows(
        "SELECT count(*) FROM message WHERE direction = 'out' AND state IN ('sent', 'delivered') "
        "AND attempted_at IS NOT NULL")[0][0]
    assert ours <= len(sent), f"{ours} are said to be sent, {len(sent)} are at the carrier"


def audited(practice, patients):
    """How often each patient was read through the API, as the trail has it. Ids are Crockford base 32."""
    rows = practice.rows(
        "SELECT subject, count(*) FROM audit_record WHERE subject_kind = 'patient' AND outcome = 'permitted' "
        "GROUP BY subject")
    counts = {subject: count for subject, count in rows}
    listed = practice.rows("SELECT patient, count(*) FROM audit_subject GROUP BY patient")
    for subject, count in listed:
        counts[subject] = counts.get(subject, 0) + count
    return {patient: counts.get(decode(patient), 0) for patient in patients}


def decode(text):
    value = 0
    for character in text:
        value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(character)
    return value


def reads_are_audited(practice, patients, before, known):
    after = audited(practice, patients)
    for patient in patients:
        assert after[patient] - before[patient] >= known.reads[patient], (
            f"{patient} was shown {known.reads[patient]} times, the trail has {after[patient] - before[patient]}")


def no_time_is_given_twice(practice):
    """Looked at past the product: no two open visits of a practitioner, or of a patient, share a moment."""
    rows = practice.rows(
        "SELECT practitioner, patient, start_at, end_at FROM appointment WHERE status IN ('pending', 'booked', 'arrived')")
    for column in (0, 1):
        for one in {row[column] for row in rows}:
            spans = sorted((row[2], row[3]) for row in rows if row[column] == one)
            for (_, end), (start, _) in zip(spans, spans[1:]):
                assert end <= start, "two visits share a moment"
    overlaps = practice.rows(
        "SELECT count(*) FROM booking_interval a JOIN booking_interval b ON a.tenant = b.tenant AND "
        "a.resource = b.resource AND a.lane = b.lane AND a.start_at < b.start_at AND b.start_at < a.end_at")
    assert overlaps[0][0] == 0
