"""Booking by text through the true doors: a patient texts in their own words, gets numbers and answers with one; the
visit is booked, moved and cancelled by rules, and what is not plain stays in the inbox."""

import re

import pytest

from support.awake import awake
from support.doors import Api, Carrier, number
from support.processes import Practice, eventually

TYPE = "annual-physical"
NUMBERS = iter(range(883_000, 884_000))
WORDS = {
    "en": ("Hi, could I book a yearly check-up?", "I need to move my visit", "I need to cancel my visit",
           "Yearly check-up"),
    "es": ("Hola, quiero una cita para el chequeo anual", "Necesito cambiar mi cita", "Quiero cancelar mi cita",
           "Chequeo anual"),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request, engine_named, tmp_path_factory):
    """A practice that is awake and lets texts do what they may with yearly check-ups, where the calendar is ours."""
    folder = tmp_path_factory.mktemp("text-booking")
    made = awake(Practice(engine_named(request.param), folder, patients=20).prepare(), folder, site=False)
    types = folder / "blueprint/visit-types.yaml"
    head, found, tail = types.read_text("utf-8").partition(f"key: {TYPE}\n")
    assert found
    tail, changed = re.subn("selfService: { book: true,", "selfService: { text: true, book: true,", tail, count=1)
    assert changed == 1
    types.write_text(f"{head}{found}locations: [denver-northside]\n{tail}", "utf-8")
    made.command("blueprint", "apply", folder / "blueprint")
    made.demo()
    yield made
    made.stop()
    made.close()


@pytest.fixture(scope="module")
def doors(place):
    with Api(place.base, place.key("integration")) as api, Carrier(place.carrier_base) as carrier:
        yield api, carrier


def texts(carrier, phone):
    return [message["body"] for message in carrier.received(phone)]


def ask(carrier, phone, words, has):
    """Texts, and waits for the answer that holds something."""
    before = len(texts(carrier, phone))
    carrier.text(phone, words)
    return eventually(
        lambda: next((text for text in texts(carrier, phone)[before:] if has in text), None),
        f"{words!r} is answered with {has!r}", seconds=30)


def visit(api, patient):
    return api.get(f"/api/v1/patients/{patient}")["nextVisit"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_visit_is_booked_moved_and_cancelled_by_numbers(doors, language):
    api, carrier = doors
    book, move, cancel, name = WORDS[language]
    phone = number(next(NUMBERS))
    patient = api.register("Rosa", "Vandermeer", phone, birthDate="1970-01-05", language=language)
    offer = ask(carrier, phone, book, "\n1. ")
    assert "\n2. " in offer and "\n3. " in offer and name in offer and "Rosa" in offer, offer
    # The notice of it has come too: a number that waits for an answer would be taken from its question by a newer one.
    ask(carrier, phone, "2", name)
    booked = eventually(lambda: visit(api, patient), "the visit is on the schedule", seconds=30)
    assert booked["status"] == "booked" and booked["visitType"] == TYPE, booked
    day = api.get("/api/v1/slots", visit_type=TYPE, limit=200, **{
        "from": booked["localStart"][:10], "to": booked["localStart"][:10]})["slots"]
    assert not [slot for slot in day if slot["localStart"] == booked["localStart"]
                and slot["practitioner"] == booked["practitioner"]]

    offer = ask(carrier, phone, move, "\n1. ")
    assert visit(api, patient)["startsAt"] == booked["startsAt"]
    ask(carrier, phone, "1", name)
    moved = eventually(
        lambda: (now := visit(api, patient)) and now["startsAt"] != booked["startsAt"] and now, "it is moved",
        seconds=30)
    assert moved["id"] == booked["id"] and moved["status"] == "booked", offer

    question = ask(carrier, phone, cancel, "\n2. ")
    assert visit(api, patient)["status"] == "booked", question
    carrier.text(phone, "1")
    eventually(
        lambda: api.get(f"/api/v1/appointments/{booked['id']}")["status"] == "cancelled", "it is cancelled", seconds=30)
    assert visit(api, patient) is None
    # An event has its place in the log a moment after it happened.
    kinds = eventually(
        lambda: (all_ := [event["kind"] for event in api.events(patient=patient)[0]]).count("text-booking.done") == 3
        and all_, "the log tells of all three", seconds=30)
    assert "text-booking.handed-over" not in kinds, kinds


def test_what_is_not_plain_is_left_to_a_person(doors):
    api, carrier = doors
    phone = number(next(NUMBERS))
    patient = api.register("Otto", "Vandermeer", phone, birthDate="1970-01-05", language="en")
    carrier.text(phone, "Could I book a check-up for my son?")
    need = eventually(
        lambda: [n for n in api.get("/api/v1/needs", filter="team")["needs"] if n.get("patient") == patient],
        "the need is there", seconds=30)[0]
    assert need["reason"] == "new-appointment" and need["nextStep"] == "offer-times", need
    other = number(next(NUMBERS))
    asking = api.register("Olga", "Vandermeer", other, birthDate="1970-01-05", language="en")
    ask(carrier, other, "Can I book a yearly check-up next week?", "\n1. ")
    carrier.text(other, "Is there anything with my usual doctor?")
    eventually(
        lambda: [n for n in api.get("/api/v1/needs", filter="team")["needs"]
                 if n.get("patient") == asking and n["nextStep"] == "answer"], "a person has it", seconds=30)
    carrier.text(other, "1")
    # What comes after that is nobody's but theirs.
    ask(carrier, phone, "HELP", "")
    assert visit(api, asking) is None and visit(api, patient) is None
    assert not [text for text in texts(carrier, phone) if "\n1. " in text]
