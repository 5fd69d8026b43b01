"""Sixty-four clients want the same few times of a hall, by two servers on PostgreSQL and one on SQLite, while servers are
killed with SIGKILL and started again. No time is given twice, nobody is refused a time that nobody had, and what was
acknowledged is there, once.

2,500 attempts to take a time on each engine; 1,000,000 with THROUGHLINE_SLOW.
"""

import collections
import datetime
import os
import random
import shutil
import time

import pytest

from support.doors import Api
from support.processes import BINARY, ROOT, SLOW, Running, eventually, figure, free_port
from support.storm import LOCATION, TAKEN, Act, Place, Storm, blueprint, microseconds
from support.storm_judge import FOREVER, Log, double_bookings, false_refusals


ATTEMPTS = int(os.environ.get("THROUGHLINE_ATTEMPTS", "1000000" if SLOW else "2500"))
KILLS = 100 if SLOW else 3
# Seconds; the load ends then, however far it is.
LONGEST = 6_000 if SLOW else 40
CLIENTS = 64
SEED = int(os.environ.get("THROUGHLINE_SEED", "20261122"))


class House:
    """The servers of one practice, each on a port of its own."""

    def __init__(self, practice):
        self.practice = practice
        self.ports = [practice.port] + ([free_port()] if practice.engine.url else [])
        self.servers = [None for _ in self.ports]

    def start(self, index):
        practice = self.practice
        self.servers[index] = Running(
            [BINARY, "serve", "--data", practice.data, "--port", self.ports[index], "--node", index,
             *practice.engine.arguments],
            practice.folder / f"serve-{index}.log", environment=practice.environment(), ready_within=60)

    def start_all(self):
        for index in range(len(self.servers)):
            self.start(index)

    def kill_one(self, dice):
        index = dice.randrange(len(self.servers))
        self.servers[index].kill()
        self.start(index)

    def stop(self):
        for server in self.servers:
            assert server.stop() == 0, server.tail()

    def close(self):
        for server in self.servers:
            if server and server.is_running:
                server.kill()


@pytest.fixture
def house(practice, tmp_path):
    folder = tmp_path / "blueprint"
    shutil.copytree(ROOT / "blueprints/primary-care", folder)
    blueprint(folder)
    practice.command("blueprint", "apply", folder)
    made = House(practice)
    made.start_all()
    yield made
    made.close()


@pytest.mark.timeout(LONGEST + 1_200)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_no_time_is_given_twice_and_nobody_is_refused_what_is_free(practice, house, tmp_path):
    dice = random.Random(SEED)
    key = practice.key("integration")
    with Api(practice.base, key) as api:
        patients = [api.register(f"Storm{index}", "Tester", birthDate="1980-02-03", language="en")
                    for index in range(CLIENTS)]
    today = datetime.date.today()
    settings = {
        "addresses": house.ports, "key": key, "patients": patients, "seed": SEED, "name": f"storm{microseconds()}",
        "dates": [(today + datetime.timedelta(days=ahead)).isoformat() for ahead in range(3, 6)],
        "attempts": ATTEMPTS, "deadline": time.time() + LONGEST}
    storm = Storm(tmp_path, settings, CLIENTS)
    marks = sorted(dice.randrange(ATTEMPTS // 20, ATTEMPTS) for _ in range(KILLS))
    kills = 0
    started = time.monotonic()
    storm.start()
    try:
        while not storm.is_over:
            if kills < len(marks) and storm.count.value >= marks[kills]:
                house.kill_one(dice)
                kills += 1
            time.sleep(0.01)
        acts = storm.acts(within=60)
    finally:
        storm.stop()
    seconds = time.monotonic() - started

    attempts = [act for act in acts if act.is_attempt and act.hold is None]
    answers = collections.Counter((act.kind, act.status, act.code) for act in acts)
    told = f"{practice.engine.name}, seed {SEED}, {kills} kills in {seconds:.0f} s: {dict(answers)}"
    print(told)
    assert 0 < kills <= KILLS, told
    assert len(attempts) >= (ATTEMPTS if SLOW else 500), told
    unexpected = [act for act in acts if not act.succeeded and act.status != 409]
    assert not unexpected, f"{unexpected[:3]} of {told}"
    refused = [act for act in attempts if not act.succeeded]
    # Each is judged below: a reason that the judge does not know would go by as right.
    unjudged = {act.code for act in refused} - TAKEN
    assert not unjudged, f"refused for {unjudged}: {told}"
    booked = [act for act in acts if act.kind == "book" and act.succeeded]
    assert refused and booked, told

    eventually(lambda: practice.rows("SELECT count(*) FROM event_pending")[0][0] == 0, "every event has its place",
               seconds=120)
    house.stop()
    log = Log(practice)
    doubled = double_bookings(acts)
    assert not doubled, f"{len(doubled)} moments have too many visits by what clients were told: {doubled[:3]}"
    overbooked = log.overbooked()
    assert not overbooked, f"{len(overbooked)} moments have too many visits by the log: {overbooked[:3]}"
    each_is_there_once(practice, log, acts, booked)
    wrong = false_refusals(acts, log.owners(acts))
    assert not wrong, f"{len(wrong)} of {len(refused)} were refused what nobody had: {wrong[:3]}"
    repeated = sum(act.tries - 1 for act in acts)
    figure("booking storm", len(attempts), "attempts", engine=practice.engine.name, servers=len(house.ports),
           clients=CLIENTS, kills=kills, seconds=round(seconds), booked=len(booked), refused=len(refused),
           repeated=repeated, double_bookings=0, false_refusals=0)


def booked(id, start, end, minute, status=201, code=None, person="storm-alder", patient="somebody"):
    place = Place("storm-visit", person, "2026-12-01", minute)
    return Act("book", start, end, 1, status, code, id, patient, place)


def test_the_judge_sees_a_double_booking_and_a_false_refusal():
    first = booked("a", 0, 10, 480)
    assert double_bookings([first, booked("b", 20, 30, 495, patient="another")])
    assert double_bookings([first, booked("b", 20, 30, 495, person="storm-birch")]), "one patient, two visits"
    assert not double_bookings([first, booked("b", 20, 30, 510)])
    gone = first._replace(kind="cancel", start=40, end=50, status=200)
    again = booked("b", 45, 60, 480, patient="another")
    assert not double_bookings([first, gone, again]), "given up from the moment that somebody began to"
    lanes = [booked(id, 0, 10, 480, person="storm-cedar", patient=id) for id in "ab"]
    assert not double_bookings(lanes)
    assert double_bookings([*lanes, booked("c", 20, 30, 480, person="storm-cedar", patient="c")])

    refused = booked(None, 100, 110, 495, status=409, code="slot.taken", patient="another")
    had = ("a", first.place, "somebody", 0, FOREVER)
    assert not false_refusals([refused], [had])
    assert false_refusals([refused], []) == [refused]
    assert false_refusals([refused], [(*had[:4], 99)]) == [refused], "given up before the attempt began"
    assert not false_refusals([refused], [(*had[:4], 105)]), "given up during the attempt"
    assert false_refusals([refused._replace(place=Place("storm-visit", "storm-alder", "2026-12-01", 510))], [had])


def each_is_there_once(practice, log, acts, booked):
    made = log.made
    again = [id for id, count in made.items() if count > 1]
    assert not again, f"{len(again)} visits were booked twice"
    ids = {act.id for act in booked}
    assert len(ids) == len(booked), "two acts were answered with one visit"
    # Every act was repeated until it was answered: what is there without an answer was made twice.
    assert set(made) == ids, (
        f"{len(ids - set(made))} acknowledged visits are gone, {len(set(made) - ids)} are there unasked")
    expected = {}
    for act in sorted(acts, key=lambda act: act.end):
        if act.succeeded and act.kind in ("book", "move"):
            expected[act.id] = act.place
        elif act.succeeded and act.kind == "cancel":
            expected[act.id] = None
    standing = log.standing
    assert standing == expected, "a visit is not where its last acknowledged act left it"
    open_visits = practice.rows(
        f"SELECT count(*) FROM appointment WHERE location = '{LOCATION}' AND status = 'booked'")[0][0]
    assert open_visits == sum(place is not None for place in expected.values())
    overlaps = practice.rows(
        "SELECT count(*) FROM booking_interval a JOIN booking_interval b ON a.tenant = b.tenant AND "
        "a.resource = b.resource AND a.lane = b.lane AND a.start_at < b.start_at AND b.start_at < a.end_at")
    assert overlaps[0][0] == 0
