"""Many clients who want the same few times: the load, and who judges afterwards what came of it.

The load runs in processes of its own with plain sockets, so that it asks faster than the servers answer. A client does one
thing after the other. What was not answered is asked again with the same key, of another server when there is one, until
there is an answer: so each act has exactly one outcome, whatever was killed under it.
"""

import asyncio
import json
import multiprocessing
import pathlib
import pickle
import random
import time
from typing import NamedTuple, Optional

LOCATION = "storm-hall"
# Practitioner, and how many visits may overlap.
PEOPLE = {"storm-alder": 1, "storm-birch": 1, "storm-cedar": 2, "storm-dogwood": 1}
# The most visits of a local day; a group counts once.
DAILY = {"storm-dogwood": 4}
ROOMS = 2
# One device that so many visits use at a time, and the minutes that each keeps it afterwards.
DEVICES, DEVICE_AFTER = 2, 15
OPENS, CLOSES, EVERY = 8 * 60, 16 * 60, 15


class VisitType(NamedTuple):
    """What a visit takes beside its practitioner and its patient, and where more of it may not be."""

    minutes: int
    room: bool = False
    device: bool = False
    # How many patients share it.
    places: int = 1
    # The most of a local day at the hall.
    daily: Optional[int] = None
    people: tuple = tuple(PEOPLE)
    # The first start, the end of the starts, and the minutes between two.
    starts: tuple = (OPENS, CLOSES, EVERY)


# What is booked by itself.
ALONE = {
    "storm-visit": VisitType(30), "storm-room": VisitType(30, room=True), "storm-long": VisitType(45, daily=5),
    "storm-device": VisitType(30, device=True),
    "storm-group": VisitType(
        60, device=True, places=3, people=("storm-cedar", "storm-dogwood"), starts=(9 * 60, 11 * 60, 30)),
}
# A trip: the second begins at most so many minutes after the end of the first, with anybody.
FIRST, SECOND, GAP = "storm-first", "storm-second", 60
TYPES = {**ALONE, FIRST: VisitType(30), SECOND: VisitType(30, room=True)}

# Why a time may be refused when somebody else has it, and what of it they have then; None: any of it.
TAKEN = {
    "slot.taken": None, "slot.patient-busy": "patient", "slot.no-room": "room", "slot.no-equipment": "device",
    "slot.group-full": "group", "slot.practitioner-limit": "day", "slot.location-limit": "type-day",
}


def blueprint(folder):
    """Adds the hall, its people, rooms and visits to a folder of definitions."""
    week = "[mon, tue, wed, thu, fri, sat, sun]"
    hours = "{ " + ", ".join(f'{day}: ["08:00-16:00"]' for day in week.strip("[]").split(", ")) + " }"
    parts = [f"""kind: location
key: {LOCATION}
name: Storm Hall
zone: America/Denver
address: {{ lines: [1 Main Street], city: Denver, state: CO, postalCode: "80205" }}
phone: "+13035550119"
openingHours: {hours}
directions: {{ en: The door in the middle., es: La puerta del medio. }}
parking: {{ en: In front., es: Enfrente. }}
calendarOwner: ours
"""]
    parts += [f"""kind: practitioner
key: {key}
name: {{ given: Ada, family: {key.split("-")[1].capitalize()} }}
gender: female
languages: [en]
serviceLines: [primary-care]
templates:
  - {{ location: {LOCATION}, weekdays: {week}, from: "08:00", to: "16:00", overbook: {lanes - 1} }}
""" + (f"dailyLimit: {DAILY[key]}\n" if key in DAILY else "") for key, lanes in PEOPLE.items()]
    parts += [f"""kind: resource
key: storm-room-{number}
names: {{ en: Room {number}, es: Sala {number} }}
type: room
locations: [{LOCATION}]
features: [storm]
""" for number in range(ROOMS)]
    parts.append(f"""kind: resource
key: storm-device
names: {{ en: Device, es: Aparato }}
type: equipment
locations: [{LOCATION}]
features: [storm]
capacity: {DEVICES}
""")
    parts += [f"""kind: visit-type
key: {key}
names: {{ en: Storm visit, es: Visita de prueba }}
minutes: {type.minutes}
startEvery: {type.starts[2]}
modality: in-person
serviceLine: primary-care
practitioners: [{", ".join(type.people)}]
locations: [{LOCATION}]
leadMinutes: 0
horizonDays: 60
appointmentType: ROUTINE
""" + rules(key, type) for key, type in TYPES.items()]
    (pathlib.Path(folder) / "storm.yaml").write_text("---\n".join(parts))


def rules(key, type):
    """The rules of a visit type as its definition has them."""
    resources = ["{ type: room, features: [storm] }"] if type.room else []
    if type.device:
        resources.append(f"{{ type: equipment, features: [storm], after: {DEVICE_AFTER} }}")
    lines = [f"resources: [{', '.join(resources)}]"] if resources else []
    if type.places > 1:
        lines.append(f"groupSize: {type.places}")
    if type.daily:
        lines.append(f"limits: {{ perLocation: {type.daily} }}")
    if key == FIRST:
        lines.append(f"linked: [{{ visitType: {SECOND}, order: after, maxGapMinutes: {GAP}, sameDay: true }}]")
    return "".join(f"  {line}\n" if index else f"rules:\n  {line}\n" for index, line in enumerate(lines))


class Place(NamedTuple):
    """A time with somebody, at the hall."""

    type: str
    practitioner: str
    date: str
    minute: int

    @property
    def body(self):
        return {"visitType": self.type, "practitioner": self.practitioner, "location": LOCATION,
                "localStart": f"{self.date}T{self.minute // 60:02d}:{self.minute % 60:02d}"}

    @property
    def ends(self):
        return self.minute + TYPES[self.type].minutes

    @property
    def cells(self):
        return range(self.minute // EVERY, self.ends // EVERY)

    @property
    def device_cells(self):
        return range(self.minute // EVERY, (self.ends + DEVICE_AFTER) // EVERY)


class Act(NamedTuple):
    """What a client wanted and was told. Times in microseconds; `start` is that of the first try."""

    kind: str
    start: int
    end: int
    tries: int
    status: int
    code: Optional[str]
    # Of the visit or hold that it is about.
    id: Optional[str]
    patient: str
    place: Optional[Place]
    # Of the hold that became a visit.
    hold: Optional[str] = None
    # Of a trip: the id and the place of its second visit, and which of the two was refused.
    second: Optional[tuple] = None
    where: Optional[str] = None

    @property
    def is_attempt(self):
        return self.kind in ("book", "hold", "move", "trip")

    @property
    def visits(self):
        """The id and the place of each visit that it is about."""
        return [(self.id, self.place)] + ([self.second] if self.second else [])

    @property
    def succeeded(self):
        return self.status in (200, 201, 204)


def microseconds():
    return time.time_ns() // 1_000


class Client:
    """One of the sixty-four."""

    def __init__(self, number, settings, count, acts):
        self.number, self.settings, self.count, self.acts = number, settings, count, acts
        self.dice = random.Random(f"{settings['seed']}/{number}")
        self.addresses = settings["addresses"]
        self.at = number % len(self.addresses)
        self.reader = self.writer = None
        self.visits = []
        self.sent = 0
        self.repeated = 0

    async def run(self):
        while self.count.value < self.settings["attempts"] and time.time() < self.settings["deadline"]:
            choice = self.dice.random()
            if len(self.visits) >= 3 or (self.visits and choice < 0.2):
                await self.cancel(self.visits.pop(self.dice.randrange(len(self.visits))))
            elif self.visits and choice < 0.3:
                await self.move(self.dice.randrange(len(self.visits)))
            elif choice < 0.4:
                await self.hold()
            elif choice < 0.5:
                await self.trip()
            else:
                await self.book()
        self.hang_up()

    # What it does

    async def book(self):
        patients = self.settings["patients"]
        # Mostly for one's own patient; now and then for one for whom others book too.
        patient = self.dice.choice(patients[:8]) if self.dice.random() < 0.2 else patients[self.number]
        place = self.somewhere()
        act = await self.act("book", "/api/v1/appointments", {**place.body, "patient": patient}, patient, place)
        if act.succeeded:
            self.visits.append((patient, act.visits))

    async def trip(self):
        patient, first = self.settings["patients"][self.number], self.somewhere(FIRST)
        starts = range(first.ends, min(first.ends + GAP, CLOSES - TYPES[SECOND].minutes) + 1, EVERY)
        if not starts:
            return
        second = Place(SECOND, self.dice.choice(TYPES[SECOND].people), first.date, self.dice.choice(starts))
        body = {"visits": [{**place.body, "patient": patient} for place in (first, second)]}
        act = await self.act("trip", "/api/v1/trips", body, patient, first, second=(None, second))
        if act.succeeded:
            self.visits.append((patient, act.visits))

    async def hold(self):
        patient, place = self.settings["patients"][self.number], self.somewhere()
        held = await self.act("hold", "/api/v1/holds", {**place.body, "patient": patient}, patient, place)
        if not held.succeeded:
            return
        if self.dice.random() < 0.7:
            act = await self.act("book", "/api/v1/appointments", {"hold": held.id}, patient, place, hold=held.id)
            if act.succeeded:
                self.visits.append((patient, act.visits))
        else:
            await self.act("release", f"/api/v1/holds/{held.id}", None, patient, place, id=held.id, method="DELETE")

    async def move(self, index):
        patient, visits = self.visits[index]
        # What a trip may be moved to hangs on its other visit.
        if len(visits) > 1:
            return
        id, old = visits[0]
        place = self.somewhere(old.type)
        act = await self.act("move", f"/api/v1/appointments/{id}/placement", place.body, patient, place, id=id)
        if act.succeeded:
            self.visits[index] = (patient, act.visits)

    async def cancel(self, wanted):
        patient, visits = wanted
        second = None
        # Of a trip one visit, or both as one act.
        if len(visits) > 1 and self.dice.random() < 0.3:
            self.visits.append((patient, visits[:1]))
            visits = visits[1:]
        elif len(visits) > 1:
            second = visits[1]
        id, place = visits[0]
        door = "trip-cancellation" if second else "cancellation"
        await self.act("cancel", f"/api/v1/appointments/{id}/{door}", {"reason": "patient", "tell": "no"}, patient,
                       place, id=id, second=second)

    def somewhere(self, kind=None):
        kind = kind or self.dice.choice(list(ALONE))
        type = TYPES[kind]
        start, end, every = type.starts
        return Place(kind, self.dice.choice(type.people), self.dice.choice(self.settings["dates"]),
                     self.dice.randrange(start, min(end, CLOSES - type.minutes + 1), every))

    # How it asks

    async def act(self, kind, path, body, patient, place, id=None, hold=None, second=None, method="POST"):
        self.sent += 1
        key = f"{self.settings['name']}-{self.number}-{self.sent}"
        payload = b"" if body is None else json.dumps(body).encode()
        request = (f"{method} {path} HTTP/1.1\r\nHost: storm\r\nAuthorization: Bearer {self.settings['key']}\r\n"
                   f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
                   f"Content-Length: {len(payload)}\r\n\r\n").encode() + payload
        start, tries = microseconds(), 0
        while True:
            tries += 1
            try:
                status, answer = await asyncio.wait_for(self.ask(request), 60)
            except (OSError, EOFError, asyncio.TimeoutError):
                self.hang_up()
                self.at = (self.at + 1) % len(self.addresses)
                await asyncio.sleep(0.02)
                continue
            # A server that is busy or about to stop says so; the same is asked again.
            if status == 503:
                await asyncio.sleep(0.01)
                continue
            break
        self.repeated += tries - 1
        said = json.loads(answer) if answer else {}
        end = microseconds()
        if kind == "trip" and status == 201:
            said, other = said["appointments"]
            second = (other["id"], second[1])
        act = Act(kind, start, end, tries, status, said.get("code"), id or said.get("id"), patient, place, hold,
                  second, said.get("place"))
        self.acts.append(act)
        if act.is_attempt and hold is None:
            with self.count.get_lock():
                self.count.value += 1
        return act

    async def ask(self, request):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.addresses[self.at])
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = 0
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"transfer-encoding":
                raise AssertionError("an answer comes in chunks, which this client does not read")
        return int(lines[0].split()[1]), await self.reader.readexactly(length)

    def hang_up(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def work(numbers, settings, count, place):
    """A process of the load."""
    acts = []

    async def all_of_them():
        await asyncio.gather(*(Client(number, settings, count, acts).run() for number in numbers))

    asyncio.run(all_of_them())
    with open(place, "wb") as file:
        pickle.dump([tuple(act) for act in acts], file)


class Storm:
    """The clients, in as many processes as is said."""

    def __init__(self, folder, settings, clients=64, processes=2):
        context = multiprocessing.get_context("spawn")
        self.count = context.Value("q", 0)
        self.places = [pathlib.Path(folder) / f"storm-{index}.pickle" for index in range(processes)]
        self.processes = [
            context.Process(
                target=work, args=(list(range(index, clients, processes)), settings, self.count, str(place)),
                daemon=True)
            for index, place in enumerate(self.places)]

    def start(self):
        for process in self.processes:
            process.start()

    @property
    def is_over(self):
        return not any(process.is_alive() for process in self.processes)

    def acts(self, within):
        """What all of them were told, once they have ended."""
        told = []
        for process, place in zip(self.processes, self.places):
            process.join(within)
            assert process.exitcode == 0, f"a process of the load ended with {process.exitcode}"
            with open(place, "rb") as file:
                told += [Act(*row) for row in pickle.load(file)]
        return told

    def stop(self):
        for process in self.processes:
            if process.is_alive():
                process.kill()
