"""Judges a storm from outside: the log and the tables against what the clients were told.

Two stretches are told apart. A time is *surely* somebody's from when they were told so until they began to give it up. It
is *perhaps* somebody's from the moment that the event of it carries, which is read before anything is written, until they
were told that it was given up. Two that surely have the same time are a double booking; who was refused without anybody
who perhaps had the time was refused falsely.

Everything that may be had only so often at once is a key with a capacity: a cell of somebody's time, of the rooms and of the
device, a place in a group, one of a day's visits. A group has its practitioner's time, its device and its day once, however
many share it. A trip is two visits of one act.
"""

import bisect
import collections
import json

from support.storm import DAILY, DEVICES, FIRST, LOCATION, PEOPLE, ROOMS, SECOND, TAKEN, TYPES, Place

# How long an act whose answer nobody saw may have taken at most: microseconds.
UNSEEN = 60_000_000
HOLD = 300_000_000

FOREVER = 1 << 62


def claims(place, patient, id):
    """What a visit takes: (kind, whose, day, cell), how many may have it at a moment, and who has it: the visit or its
    group."""
    type, date = TYPES[place.type], place.date
    group = ("group", f"{place.type} {place.practitioner} {place.minute}", date, None)
    owner = group if type.places > 1 else id
    for cell in place.cells:
        yield ("person", place.practitioner, date, cell), PEOPLE[place.practitioner], owner
        yield ("patient", patient, date, cell), 1, id
        if type.room:
            yield ("room", None, date, cell), ROOMS, owner
    if type.device:
        for cell in place.device_cells:
            yield ("device", None, date, cell), DEVICES, owner
    if type.places > 1:
        yield group, type.places, id
    if place.practitioner in DAILY:
        yield ("day", place.practitioner, date, None), DAILY[place.practitioner], owner
    if type.daily:
        yield ("type-day", place.type, date, None), type.daily, owner


class Owners:
    """Who has something now; a group has it as long as one of its visits does."""

    def __init__(self):
        self.visits = collections.Counter()

    def change(self, owner, by):
        self.visits[owner] += by
        if not self.visits[owner]:
            del self.visits[owner]

    def __len__(self):
        return len(self.visits)


def double_bookings(acts):
    """Times that more had at a moment than may, by what clients were told."""
    had, stretches = {}, collections.defaultdict(list)

    def take(act):
        for id, place in act.visits:
            assert id not in had, "one visit was made by two requests"
            had[id] = (place, act.patient, act.end)

    def give_up(id, at):
        place, patient, since = had.pop(id)
        for key, capacity, owner in claims(place, patient, id):
            if since < at:
                stretches[key, capacity].append((since, at, owner, id))

    for act in sorted(acts, key=lambda act: act.end):
        if not act.succeeded:
            continue
        if act.kind in ("move", "cancel"):
            for id, _ in act.visits:
                give_up(id, act.start)
        if act.kind in ("book", "trip", "move"):
            take(act)
    for id in list(had):
        give_up(id, FOREVER)
    found = []
    for (key, capacity), spans in stretches.items():
        changes = [(since, 1, owner, id) for since, _, owner, id in spans]
        changes += [(until, -1, owner, id) for _, until, owner, id in spans]
        now = Owners()
        for at, by, owner, id in sorted(changes, key=lambda change: change[:2]):
            now.change(owner, by)
            if by > 0 and len(now) > capacity:
                found.append((key, at, id))
    return found


def torn_trips(trips, made, chains):
    """Trips that are not there as one: a visit without the other, or without the chain that both are in.

    `trips`: the ids of both visits of each that was acknowledged. `made`: visits of trips that were ever there. `chains`: the
    visits of each chain."""
    told, stored = {frozenset(trip) for trip in trips}, [frozenset(chain) for chain in chains]
    found = [trip for trip in told if not trip <= made or trip not in stored]
    found += [chain for chain in stored if chain not in told]
    return found + sorted(made.difference(*told, *stored))


def encode(raw):
    """An id as the doors write it: Crockford base 32, thirteen letters."""
    letters = ""
    for _ in range(13):
        raw, rest = divmod(raw, 32)
        letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[rest] + letters
    return letters


def place_of(body):
    date, time = body["local_start"].split("T")
    return Place(body["visit_type"], body["practitioner"], date, int(time[:2]) * 60 + int(time[3:5]))


class Log:
    """What happened at the hall, by the events in their order."""

    def __init__(self, practice):
        rows = practice.rows(
            "SELECT e.kind, e.occurred_at, e.patient, e.body, p.position FROM event e "
            "LEFT JOIN event_position p ON p.tenant = e.tenant AND p.event = e.id WHERE e.kind IN "
            "('appointment.held', 'appointment.booked', 'appointment.moved', 'appointment.cancelled') ORDER BY p.position")
        self.events = []
        for kind, at, patient, body, position in rows:
            body = json.loads(body)
            if body["location"] == LOCATION:
                assert position is not None, "an event has no position"
                self.events.append((kind.split(".")[1], at, encode(patient), body))

    def owners(self, acts):
        """Whose each time perhaps was: (owner, place, patient, since, until)."""
        ended = {}
        for act in acts:
            if act.succeeded and act.kind in ("cancel", "move"):
                for id, place in act.visits:
                    ended[act.kind, id, place] = act.end
            elif act.succeeded and act.kind == "release":
                ended["release", act.id] = act.end
            elif act.succeeded and act.hold:
                ended["release", act.hold] = act.end
        has, had = {}, []
        for kind, at, patient, body in self.events:
            place = place_of(body)
            if kind == "held":
                until = ended.get(("release", body["hold"]), at + HOLD + UNSEEN)
                had.append((body["hold"], place, patient, at, until))
                continue
            id = body["appointment"]
            if kind != "booked":
                old, since = has.pop(id)
                act = ("move", id, place) if kind == "moved" else ("cancel", id, old)
                had.append((id, old, patient, since, ended.get(act, at + UNSEEN)))
            if kind != "cancelled":
                has[id] = (place, at)
        patients = {body.get("appointment"): patient for _, _, patient, body in self.events}
        had += [(id, place, patients[id], since, FOREVER) for id, (place, since) in has.items()]
        return had

    def overbooked(self):
        """Where, reading the events in their order, more visits than may are at one moment."""
        has, there, found = {}, collections.defaultdict(Owners), []
        for kind, _, patient, body in self.events:
            id = body.get("appointment")
            if kind == "held":
                continue
            if kind != "booked":
                for key, _, owner in claims(*has.pop(id), id):
                    there[key].change(owner, -1)
            if kind != "cancelled":
                has[id] = (place_of(body), patient)
                for key, capacity, owner in claims(*has[id], id):
                    there[key].change(owner, 1)
                    if len(there[key]) > capacity:
                        found.append((key, id))
        return found

    @property
    def made(self):
        """How often each visit was booked."""
        return collections.Counter(body["appointment"] for kind, _, _, body in self.events if kind == "booked")

    @property
    def of_trips(self):
        """Visits that are made only as part of a trip."""
        return {body["appointment"] for kind, _, _, body in self.events
                if kind == "booked" and body["visit_type"] in (FIRST, SECOND)}

    @property
    def standing(self):
        """The place of each visit as it is in the end; None: called off."""
        places = {}
        for kind, _, _, body in self.events:
            if kind != "held":
                places[body["appointment"]] = None if kind == "cancelled" else place_of(body)
        return places


def false_refusals(acts, owners):
    """Attempts that were refused though nobody had what they wanted at any moment between their start and their end."""
    by_key = collections.defaultdict(list)
    for id, place, patient, since, until in owners:
        for key, _, owner in claims(place, patient, id):
            by_key[key].append((since, until, owner, id))
    index = {}
    for key, spans in by_key.items():
        spans.sort(key=lambda span: span[:2])
        latest, longest = [], 0
        for _, until, _, _ in spans:
            longest = max(longest, until)
            latest.append(longest)
        index[key] = (spans, [span[0] for span in spans], latest)

    def others(key, act, mine):
        """Those who perhaps had it at a moment of the attempt: neither the visit that moves nor the group it is to join."""
        if key not in index:
            return set()
        spans, begins, latest = index[key]
        found = set()
        at = bisect.bisect_right(begins, act.end) - 1
        while at >= 0 and latest[at] >= act.start:
            since, until, owner, id = spans[at]
            if until >= act.start and id != act.id and owner != mine:
                found.add(owner)
            at -= 1
        return found

    def is_justified(act):
        wanted = act.visits
        # What is refused of a trip is one of its visits, and those before it have their time by then.
        at = 0
        if act.kind == "trip":
            pointers = [f"/visits/{index}" for index in range(len(wanted))]
            if act.where not in pointers:
                return False
            at = pointers.index(act.where)
        earlier = collections.defaultdict(set)
        for index, (_, place) in enumerate(wanted[:at]):
            for key, _, owner in claims(place, act.patient, ("trip", index)):
                earlier[key].add(owner)
        rooms = set()
        for key, capacity, mine in claims(wanted[at][1], act.patient, act.id):
            if TAKEN[act.code] not in (None, key[0]):
                continue
            had = others(key, act, mine) | earlier[key]
            # A visit keeps to one room: two who have a room each, one after the other, leave none for the whole of it.
            if key[0] == "room":
                rooms |= had
                had = rooms
            if len(had) >= capacity:
                return True
        return False

    return [act for act in acts if act.is_attempt and act.code in TAKEN and not is_justified(act)]
