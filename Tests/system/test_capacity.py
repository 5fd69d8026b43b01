"""Capacity as people and programs meet it, and the calendar in FHIR as an independent reader understands it."""

import re
import uuid
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.appointmentresponse import AppointmentResponse
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.schedule import Schedule
from fhir.resources.R4B.slot import Slot

from support.doors import Api, Console


@pytest.fixture(scope="module")
def api(sqlite_demo):
    with Api(sqlite_demo.base, sqlite_demo.key("integration")) as api:
        yield api


@pytest.fixture(scope="module")
def admin(sqlite_demo):
    console = Console(sqlite_demo.base, sqlite_demo.user("administrator"))
    yield console
    console.http.close()


def a_visit(api):
    """Somebody new with a visit that is ahead: patient, visit."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    patient = api.register("Cato", "Capacity" + uuid.uuid4().hex[:6].translate(letters))
    slot = api.slots("annual-physical")[-1]
    place = {name: slot[name] for name in ("visitType", "practitioner", "location", "localStart")}
    return patient, api.post("/api/v1/appointments", {**place, "patient": patient})


# What is used, and what that is made of


def test_time_is_counted_and_each_week_is_part_of_the_whole(api):
    use = api.get("/api/v1/capacity/use", period="next-4")
    assert use["complete"] and use["total"]["offeredMinutes"] > 0
    for name in ("weeks", "practitioners", "locations"):
        assert sum(row["offeredMinutes"] for row in use[name]) == use["total"]["offeredMinutes"]
        assert sum(row["bookedMinutes"] for row in use[name]) == use["total"]["bookedMinutes"]
    past = api.get("/api/v1/capacity/use", period="past-12")["total"]
    assert past["missed"]["of"] > 0 and past["missed"]["low"] <= past["missed"]["count"] / past["missed"]["of"] <= past["missed"]["high"]


def test_a_booked_visit_is_in_the_count_at_once(api):
    before = api.get("/api/v1/capacity/use", period="next-12")["total"]["visits"]
    _, visit = a_visit(api)
    ahead = date.fromisoformat(visit["localStart"][:10]) < date.today() + timedelta(weeks=11)
    assert api.get("/api/v1/capacity/use", period="next-12")["total"]["visits"] == before + (1 if ahead else 0)


def test_wrong_choices_are_told_by_name(api):
    answer = api.http.get("/api/v1/capacity/use", params={"period": "soon", "location": "nowhere"})
    assert answer.status_code == 422 or answer.status_code == 400
    assert {"period", "location"} <= set(re.findall(r"period|location", answer.text))
    answer = api.http.get("/api/v1/capacity/what-if", params={"type": "annual-physical", "minutes": "1"})
    assert answer.status_code in (400, 422) and "minutes" in answer.text


def test_figures_open_into_their_visits_and_sessions(admin):
    page = admin.get("/capacity?period=past-12").text
    links = set(re.findall(r'href="(/capacity/(?:visits|sessions)[^"]*)"', page.replace("&amp;", "&")))
    assert any("part=missed" in link for link in links) and any("/sessions" in link for link in links)
    for link in sorted(links)[:6]:
        assert admin.get(link).status_code == 200
    visits = admin.get("/capacity/visits?period=past-12").text
    assert re.search(r'href="/appointments/[0-9A-Z]{13}"', visits)


def test_who_has_no_part_in_it_finds_no_page(sqlite_demo):
    agent = Console(sqlite_demo.base, sqlite_demo.user("access-agent"))
    assert agent.http.get("/capacity").status_code in (403, 404)
    assert "/capacity" not in agent.get("/").text
    agent.http.close()


# What if


def test_twelve_weeks_are_played_through_the_same_way_twice(api):
    first = api.get("/api/v1/capacity/what-if", demand="50")
    assert len(first["before"]["weeks"]) == 12 and first["demandFromVisits"] > 0
    again = api.get("/api/v1/capacity/what-if", demand="50")
    if again["demandFromVisits"] == first["demandFromVisits"]:
        assert again == first
    asked = [sum(week["asked"] for week in first[run]["weeks"]) for run in ("before", "after")]
    assert asked[1] > asked[0] > 0
    assert {group["language"] for group in first["after"]["groups"]} >= {"en", "es"}


def test_more_visits_may_overlap_where_more_stay_away(api):
    few = api.get("/api/v1/capacity/overbooking", no_show="5", budget="10")["most"]
    many = api.get("/api/v1/capacity/overbooking", no_show="40", budget="10")["most"]
    assert many > few


def test_the_page_says_which_field_is_wrong_and_keeps_the_rest(admin):
    answer = admin.http.get("/capacity/what-if", params={"practitioner": "elena-alvarez", "weekday": "5", "demand": "10"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and 'value="10"' in answer.text


# FHIR


def test_schedules_and_their_slots_are_valid_and_can_be_booked(api):
    bundle = api.http.get("/fhir/Schedule", headers={"Accept": "application/fhir+json"})
    assert bundle.headers["content-type"].startswith("application/fhir+json")
    schedules = Bundle.model_validate(bundle.json())
    assert schedules.total == len(schedules.entry) > 1
    busy, free = 0, []
    for entry in bundle.json()["entry"]:
        schedule = entry["resource"]
        Schedule.model_validate(schedule)
        assert Schedule.model_validate(api.get(f"/fhir/Schedule/{schedule['id']}")).id == schedule["id"]
        start = date.today() + timedelta(days=1)
        query = [("schedule", "Schedule/" + schedule["id"]), ("start", f"ge{start}"), ("start", f"lt{start + timedelta(days=14)}")]
        slots = api.http.get("/fhir/Slot", params=query).json()
        Bundle.model_validate(slots)
        for found in slots["entry"]:
            slot = found["resource"]
            Slot.model_validate(slot)
            begins, ends = (datetime.fromisoformat(slot[name]) for name in ("start", "end"))
            assert begins < ends and begins.tzinfo
            busy += slot["status"] == "busy"
            if slot["status"] == "free":
                free.append((schedule, slot))
    assert free and busy
    ids = [slot["id"] for _, slot in free]
    assert len(ids) == len(set(ids))
    # What FHIR offers is what the API offers.
    schedule, slot = next((s, f) for s, f in free if f["serviceType"][0]["coding"][0]["code"] == "annual-physical")
    practitioner = next(a["reference"].split("/")[1] for a in schedule["actor"] if a["reference"].startswith("Practitioner/"))
    day = slot["start"][:10]
    own = api.get("/api/v1/slots", visit_type="annual-physical", practitioner=practitioner, **{"from": day, "to": day})["slots"]
    assert slot["start"][:16] in {one["localStart"][:16] for one in own}


def test_a_search_of_several_pages_is_the_whole_one_in_parts(api):
    schedule = api.get("/fhir/Schedule")["entry"][0]["resource"]["id"]
    start = date.today() + timedelta(days=4)
    query = [("schedule", "Schedule/" + schedule), ("start", f"ge{start}"), ("start", f"lt{start + timedelta(days=7)}")]

    def read(url, params=None):
        bundle = api.http.get(url, params=params).json()
        Bundle.model_validate(bundle)
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        return [entry["resource"]["id"] for entry in bundle.get("entry", [])], links.get("next"), bundle.get("total")

    whole, more, total = read("/fhir/Slot", query)
    assert more is None and total == len(whole) > 60
    found, more, total = read("/fhir/Slot", query + [("_count", "50")])
    assert len(found) == 50 and total is None
    while more:
        address = urlsplit(more)
        page, more, total = read(f"{address.path}?{address.query}")
        assert page and total is None
        found += page
    assert found == whole


def test_a_visit_is_a_valid_appointment_and_is_found_by_its_patient(api):
    patient, visit = a_visit(api)
    resource = api.get("/fhir/Appointment/" + visit["id"])
    read = Appointment.model_validate(resource)
    assert read.status == "booked" and read.minutesDuration * 60 == (read.end - read.start).total_seconds()
    assert resource["start"][:16] == visit["localStart"][:16]
    actors = {part["actor"]["reference"].split("/")[0]: part["status"] for part in resource["participant"]}
    assert actors == {"Patient": "needs-action", "Practitioner": "accepted", "Location": "accepted"}
    day = visit["localStart"][:10]
    found = api.get("/fhir/Appointment", patient="Patient/" + patient, date="ge" + day)
    assert Bundle.model_validate(found).total == 1 and found["entry"][0]["resource"]["id"] == visit["id"]
    assert api.get("/fhir/Appointment", patient=patient, date="lt2020-01-01")["total"] == 0
    assert api.http.get("/fhir/Appointment", params={"patient": "0000000000001"}).status_code == 404
    assert api.http.get("/fhir/Appointment/0000000000001").status_code == 404
    assert api.http.get("/fhir/Appointment").status_code in (400, 422)


def answer(api, visit, patient, status):
    resource = {
        "resourceType": "AppointmentResponse", "appointment": {"reference": "Appointment/" + visit["id"]},
        "actor": {"reference": "Patient/" + patient}, "participantStatus": status}
    AppointmentResponse.model_validate(resource)
    return api.http.post("/fhir/AppointmentResponse", json=resource, headers={"Content-Type": "application/fhir+json"})


def test_answers_confirm_and_call_off_a_visit(api):
    patient, visit = a_visit(api)

    def now():
        return api.get("/fhir/Appointment/" + visit["id"])

    made = answer(api, visit, patient, "tentative")
    assert made.status_code == 201, made.text
    AppointmentResponse.model_validate(made.json())
    assert now()["participant"][0]["status"] == "needs-action"
    for _ in range(2):
        assert answer(api, visit, patient, "accepted").status_code == 201
    assert now()["participant"][0]["status"] == "accepted"
    for _ in range(2):
        assert answer(api, visit, patient, "declined").status_code == 201
    gone = now()
    Appointment.model_validate(gone)
    assert gone["status"] == "cancelled" and gone["cancelationReason"]["coding"][0]["code"] == "pat"
    assert gone["participant"][0]["status"] == "declined"
    assert answer(api, visit, patient, "accepted").status_code == 409


def test_answers_of_others_and_broken_ones_change_nothing(api):
    patient, visit = a_visit(api)
    assert answer(api, visit, "0000000000001", "declined").status_code in (400, 422)
    assert answer(api, {"id": "0000000000001"}, patient, "declined").status_code == 404
    for body in ({}, {"resourceType": "AppointmentResponse"}, {"resourceType": "Appointment"}):
        refused = api.http.post("/fhir/AppointmentResponse", json=body)
        assert refused.status_code in (400, 422), refused.text
    broken = api.http.post(
        "/fhir/AppointmentResponse", content=b"{", headers={"Content-Type": "application/fhir+json"})
    assert broken.status_code in (400, 422)
    assert api.get("/fhir/Appointment/" + visit["id"])["status"] == "booked"


def test_no_key_no_calendar(sqlite_demo):
    for path in ("/fhir/Schedule", "/fhir/Slot", "/fhir/Appointment", "/api/v1/capacity/use"):
        assert httpx.get(sqlite_demo.base + path).status_code == 401
