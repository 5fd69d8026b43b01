"""The bump list through the true doors: a place is closed, forty visits get other times from one screen, by text, by
link and by one click; nobody is booked twice, previewers do nothing, of two answers at once one counts."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import httpx
import pytest

from support.awake import awake
from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import Api, Carrier, Console, number
from support.processes import Practice, eventually
from support.scenes import signed_in
from test_waitlist import PREVIEWERS

VISITS = 40
PLACE = "denver-northside"
TYPES = ("labs", "vaccine", "follow-up", "annual-physical")
AHEAD = timedelta(days=21)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request, engine_named, tmp_path_factory):
    """A practice in which nobody sleeps now: at night nobody is asked, and there would be no answers to look at."""
    folder = tmp_path_factory.mktemp("bump")
    made = awake(Practice(engine_named(request.param), folder, patients=20).prepare(), folder, site=False).demo()
    yield made
    made.stop()
    made.close()


@pytest.fixture(scope="module")
def doors(place):
    with Api(place.base, place.key("integration")) as api, Carrier(place.carrier_base) as carrier, \
            Console(place.base, place.user("administrator")) as console:
        yield api, carrier, console


def closed_days():
    """A working week ahead: its first and its last day."""
    first = date.today() + AHEAD
    first += timedelta(days=-first.weekday() % 7)
    return first, first + timedelta(days=4)


def book(api, first, last):
    """Books forty visits of forty people in what is free in these days; their ids and the numbers of their patients."""
    booked, patient = [], None
    for visit_type in TYPES:
        slots = api.get("/api/v1/slots", visit_type=visit_type, location=PLACE, limit=200,
                        **{"from": first.isoformat(), "to": last.isoformat()})["slots"]
        for slot in slots:
            if len(booked) == VISITS:
                return booked
            phone = number(900_000 + len(booked))
            if patient is None:
                name = "".join(chr(97 + int(digit)) for digit in str(len(booked)))
                patient = api.register(f"Bumped{name}", "Osterhout", phone, birthDate="1970-01-05", language="en")
            place = {key: slot[key] for key in ("visitType", "practitioner", "location", "localStart")}
            answer = api.send("POST", "/api/v1/appointments", {**place, "patient": patient})
            if answer.status_code == 201:
                booked.append((answer.json()["id"], phone))
                patient = None
    return booked


@pytest.fixture(scope="module")
def closed(doors):
    """A place that is closed in a week with forty visits: the address of its list, the visits, the first day."""
    api, _, console = doors
    first, last = closed_days()
    booked = book(api, first, last)
    assert len(booked) == VISITS
    form = {"subject": f"location:{PLACE}", "from": f"{first}T00:00", "to": f"{last}T23:59", "reason": "closure",
            "offers": "yes"}
    preview = console.get("/bump/new", params=form).text
    assert int(re.search(r"This affects (\d+) visits", preview).group(1)) >= VISITS
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: console.post("/bump", **form).headers["location"], range(2)))
    assert made[0] == made[1]
    return made[0].split("?")[0], booked, first


def rows(console, address):
    """The lines of the list: name, and what is said of them."""
    page = console.get(address).text
    body = page[page.index('id="bump-visits"'):]
    return [re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]


def looked_at(console, address):
    lines = [line for line in rows(console, address) if "Bumped" in line]
    return lines if len(lines) == VISITS and not [l for l in lines if "Looking for a time" in l] else None


def test_nothing_more_is_offered_there(doors, closed):
    api, _, _ = doors
    _, _, day = closed
    span = {"from": day.isoformat(), "to": (day + timedelta(days=4)).isoformat()}
    for visit_type in TYPES:
        slots = api.slots(visit_type, **span)
        assert not [slot for slot in slots if slot["location"] == PLACE]


def test_forty_visits_are_placed_from_one_screen_and_nobody_is_booked_twice(place, doors, closed):
    api, carrier, console = doors
    address, booked, _ = closed
    eventually(lambda: looked_at(console, address), "a time was looked for for each", seconds=90)
    chosen_by_text(place, console, carrier, address, booked)
    chosen_by_link(place, carrier, booked)
    answer = console.post(address + "/placement")
    assert answer.headers["location"].startswith(address + "?done=bump.")
    eventually(lambda: not [l for l in rows(console, address) if "Bumped" in l and "Move there" in l] or
               console.post(address + "/placement") and None, "all that had a time are placed", seconds=30)
    lines = [line for line in rows(console, address) if "Bumped" in line]
    assert len(lines) == VISITS
    assert sum("Moved" in line for line in lines) >= VISITS * 0.9, "\n".join(lines)
    visits = [api.get(f"/api/v1/appointments/{visit}") for visit, _ in booked]
    spans = sorted((v["practitioner"], v["startsAt"], v["endsAt"]) for v in visits if v["status"] != "cancelled")
    for one, other in zip(spans, spans[1:]):
        assert one[0] != other[0] or one[2] <= other[1], (one, other)


def asked(carrier, phone):
    texts = [m["body"] for m in carrier.received(phone) if "/bumped/" in m["body"]]
    return texts[-1] if texts else None


def chosen_by_text(place, console, carrier, address, booked):
    _, phone = booked[0]
    eventually(lambda: asked(carrier, phone), "the first is asked", seconds=60)
    carrier.text(phone, "1")
    eventually(lambda: [l for l in rows(console, address) if "Chosen by the patient" in l], "the answer counts")


def chosen_by_link(place, carrier, booked):
    _, phone = booked[1]
    text = eventually(lambda: asked(carrier, phone), "the second is asked", seconds=60)
    path = re.search(r"(/bumped/[A-Za-z0-9_-]+)", text).group(1)
    with httpx.Client(base_url=place.base) as http:
        for agent in PREVIEWERS:
            for method in ("GET", "HEAD", "GET"):
                assert http.request(method, path, headers={"User-Agent": agent}).status_code == 200
            assert http.get(path + "/choice", headers={"User-Agent": agent}).status_code == 405
        page = http.get(path).text
        assert "Osterhout" not in page
        choices = re.findall(r'name="choice" value="([0-9A-Z]{13})"', page)
        assert choices
        wanted = [choices[0], choices[-1]]
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(
                lambda choice: httpx.post(place.base + path + "/choice", data={"choice": choice}).headers["location"],
                wanted))
        outcomes = sorted(s.rsplit("=")[-1] for s in said)
        assert outcomes == (["chosen", "gone"] if wanted[0] != wanted[1] else ["chosen", "chosen"])
        assert "Your visit is moved" in http.get(path).text
        altered = path[:-3] + ("A" if path[-3] != "A" else "B") + path[-2:]
        assert http.get(altered).status_code == 404
        assert http.post(altered + "/choice", data={"choice": choices[0]}).status_code == 404


def test_the_pages_are_plain_on_a_phone_and_in_the_dark(place, doors, closed, browser):
    _, carrier, console = doors
    address, booked, day = closed
    form = f"subject=practitioner:elena-alvarez&from={day}T08:00&to={day}T12:00&reason=illness&offers=yes"
    pages = {"absences": "/bump", "new": "/bump/new", "preview": "/bump/new?" + form, "list": address,
             "calls": address + "?show=call", "unknown": "/bumped/AAAA"}
    text = asked(carrier, booked[2][1])
    if text:
        pages["link"] = re.search(r"(/bumped/[A-Za-z0-9_-]+)", text).group(1)
    for size in (WIDE, NARROW):
        for scheme in ("light", "dark"):
            context = browser.context(place.base, size, scheme)
            signed_in(context, console)
            watched = Watched(context)
            watched.expected = (404,)
            problems = []
            for name, page in pages.items():
                watched.page.goto(page)
                problems += [f"{name}: {violation}" for violation in axe_violations(watched.page, scheme == "dark")]
                wider = watched.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wider > 0:
                    problems.append(f"{name}: {wider} px wider than the window")
            context.close()
            assert not problems + watched.complaints, "\n".join(problems + watched.complaints)


def test_an_absence_that_is_withdrawn_gives_its_time_back(doors):
    api, _, console = doors
    day = date.today() + AHEAD + timedelta(days=20)
    while day.weekday() > 3:
        day += timedelta(days=1)
    span = {"from": day.isoformat(), "to": day.isoformat(), "visit_type": "follow-up", "limit": 200}
    before = api.get("/api/v1/slots", **span)["slots"]
    made = console.post("/bump", subject=f"location:{PLACE}", reason="other",
                        **{"from": f"{day}T00:00", "to": f"{day}T23:59"}).headers["location"].split("?")[0]
    closed_then = api.get("/api/v1/slots", **span)["slots"]
    assert not [slot for slot in closed_then if slot["location"] == PLACE]
    console.post(made + "/withdrawal")
    assert api.get("/api/v1/slots", **span)["slots"] == before
