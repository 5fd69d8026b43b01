"""Judges a storm from outside: the log and the tables against what the clients were told.

Two stretches are told apart. A time is *surely* somebody's from when they were told so until they began to give it up. It
is *perhaps* somebody's from the moment that the event of it carries, which is read before anything is written, until they
were told that it was given up. Two that surely have the same time are a double booking; who was refused without anybody
who perhaps had the time was refused falsely.
"""

import bisect
import collections
import json

from support.storm import LOCATION, PEOPLE, ROOMS, TAKEN, Place

# How long an act whose answer nobody saw may have taken at most: microseconds.
UNSEEN = 60_000_000
HOLD = 300_000_000

FOREVER = 1 << 62


def keys(place, patient):
    """What a visit takes, each with how many may have it at a moment: (resource, day, cell)."""
    for cell in place.cells:
        yield (place.practitioner, place.date, cell), PEOPLE[place.practitioner]
        yield (patient, place.date, cell), 1
        if place.needs_room:
            yield ("room", place.date, cell), ROOMS


def double_bookings(acts):
    """Times that more had at a moment than may, by what clients were told."""
    had, stretches = {}, collections.defaultdict(list)

    def give_up(id, at):
        place, patient, since = had.pop(id)
        for key, capacity in keys(place, patient):
            stretches[key, capacity].append((since, at, id))

    for act in sorted(acts, key=lambda act: act.end):
        if not act.succeeded:
            continue
        if act.kind == "book":
            assert act.id not in had, "one visit was made by two requests"
            had[act.id] = (act.place, act.patient, act.end)
        elif act.kind == "move":
            give_up(act.id, act.start)
            had[act.id] = (act.place, act.patient, act.end)
        elif act.kind == "cancel":
            give_up(act.id, act.start)
    for id in list(had):
        give_up(id, FOREVER)
    found = []
    for (key, capacity), spans in stretches.items():
        ends = sorted([(since, 1, id) for since, until, id in spans if since < until]
                      + [(until, -1, id) for since, until, id in spans if since < until], key=lambda end: end[:2])
        now = 0
        for at, change, id in ends:
            now += change
            if now > capacity:
                found.append((key, at, id))
    return found


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
                ended[act.kind, act.id, act.place] = act.end
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
        has, there, found = {}, collections.Counter(), []
        for kind, _, patient, body in self.events:
            id = body.get("appointment")
            if kind == "held":
                continue
            if kind != "booked":
                for key, _ in keys(*has.pop(id)):
                    there[key] -= 1
            if kind != "cancelled":
                has[id] = (place_of(body), patient)
                for key, capacity in keys(*has[id]):
                    there[key] += 1
                    if there[key] > capacity:
                        found.append((key, id))
        return found

    @property
    def made(self):
        """How often each visit was booked."""
        return collections.Counter(body["appointment"] for kind, _, _, body in self.events if kind == "booked")

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
    for owner, place, patient, since, until in owners:
        for key, _ in keys(place, patient):
            by_key[key].append((since, until, owner))
    index = {}
    for key, spans in by_key.items():
        spans.sort()
        latest, longest = [], 0
        for _, until, _ in spans:
            longest = max(longest, until)
            latest.append(longest)
        index[key] = (spans, [since for since, _, _ in spans], latest)

    def others(key, act):
        """Those who perhaps had it at a moment of the attempt."""
        if key not in index:
            return set()
        spans, begins, latest = index[key]
        found = set()
        at = bisect.bisect_right(begins, act.end) - 1
        while at >= 0 and latest[at] >= act.start:
            since, until, owner = spans[at]
            if until >= act.start and owner != act.id:
                found.add(owner)
            at -= 1
        return found

    def is_justified(act):
        rooms = set()
        for key, capacity in keys(act.place, act.patient):
            had = others(key, act)
            # A visit keeps to one room: two who have a room each, one after the other, leave none for the whole of it.
            if key[0] == "room":
                rooms |= had
                had = rooms
            if len(had) >= capacity:
                return True
        return False

    return [act for act in acts if act.is_attempt and act.code in TAKEN and not is_justified(act)]
