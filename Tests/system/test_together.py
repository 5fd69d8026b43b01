"""Several visits at once, as staff book them on a narrow screen: a series with a date that cannot be had, and a family,
with and without scripts."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from support.browser import NARROW, Watched, axe_violations
from support.doors import Api, Console
from support.scenes import signed_in

TYPE = "labs"
PLACE = ("visitType", "practitioner", "location", "localStart")


@pytest.fixture
def door(sqlite_demo):
    with Api(sqlite_demo.base, sqlite_demo.key("integration")) as client:
        yield client


@pytest.fixture
def opened(sqlite_demo, browser):
    """Opens a narrow window of somebody who has signed in; closes all of them in the end."""
    contexts = []
    with Console(sqlite_demo.base, sqlite_demo.user("access-agent")) as console:
        def open_one(scripts=True):
            contexts.append(signed_in(browser.context(sqlite_demo.base, NARROW, scripts=scripts), console))
            return Watched(contexts[-1])

        yield open_one
        for context in contexts:
            context.close()


def flaws(page, name):
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [f"{name}: {violation}" for violation in axe_violations(page)]
    return found + ([f"{name}: {wider} px wider than the window"] if wider > 0 else [])


def test_a_series_is_repeated_from_a_held_time(door, opened, numbers):
    ahead = date.today() + timedelta(days=9)
    slot = door.slots(TYPE, **{"from": ahead.isoformat(), "to": (ahead + timedelta(days=4)).isoformat()})[3]
    place = {name: slot[name] for name in PLACE}
    day, time = place["localStart"].split("T")
    patient = door.register("Sofia", "Repeatson", next(numbers), birthDate="1971-04-05", language="en")
    other = door.register("Otto", "Repeatson", next(numbers), birthDate="1972-04-05", language="en")
    week_later = (date.fromisoformat(day) + timedelta(days=7)).isoformat()
    # Whether that time is a visit's now or was none before: it cannot be had.
    door.send("POST", "/api/v1/appointments", {**place, "localStart": f"{week_later}T{time}", "patient": other})
    watched = opened()
    page = watched.page
    page.goto(f"/booking?patient={patient}&type={TYPE}&practitioner={place['practitioner']}"
              f"&location={place['location']}&from={day}&to={day}")
    page.locator(f'button.slot[value="{"~".join(place.values())}"]').click()
    page.get_by_role("link", name="Repeat this visit").click()
    page.fill("#series-count", "3")
    page.get_by_role("button", name="Show the dates").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Held for you")
    expect(rows.nth(1)).to_contain_text("Not free")
    problems = flaws(page, "dates")
    page.get_by_role("button", name="Book the ticked dates").click()
    page.wait_for_url(re.compile("/together"))
    expect(page.locator("h1")).to_have_text("Repeated visits")
    expect(page.locator("main")).to_contain_text("Not booked")
    expect(page.get_by_role("link", name=re.compile("Find another time"))).not_to_have_count(0)
    problems += flaws(page, "booked")
    assert not problems + watched.complaints, "\n".join(problems + watched.complaints)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_family_is_found_and_booked_together(door, opened, numbers, scripts):
    family = "Togetherson" if scripts else "Scriptlesson"
    one, two = [door.register(name, family, next(numbers), birthDate="1981-04-05", language="en") for name in ("Una", "Duo")]
    watched = opened(scripts)
    page = watched.page
    problems = []
    page.goto(f"/booking/family?person={one}&type={TYPE}")
    expect(page.locator("main")).to_contain_text("Add at least two people")
    page.fill("#family-q", family)
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator(f'button[name="add"][value="{two}"]').click()
    expect(page.locator('input[name="person"]')).to_have_count(2)
    page.get_by_label("One after the other").check()
    page.get_by_role("button", name="Find times").click()
    book = page.get_by_role("button", name="Book all 2 visits")
    expect(book).not_to_have_count(0)
    if scripts:
        problems += flaws(page, "proposals")
    book.first.click()
    page.wait_for_url(re.compile("/together"))
    for name in ("Una", "Duo"):
        expect(page.locator("tbody")).to_contain_text(f"{name} {family}")
    if scripts:
        problems += flaws(page, "booked")
    assert not problems + watched.complaints, "\n".join(problems + watched.complaints)


def test_each_of_a_family_says_who_asks(sqlite_demo, door, opened, numbers):
    one, two = [door.register(name, "Askerson", next(numbers), birthDate="1981-04-05", language="en") for name in ("Una", "Duo")]
    with Console(sqlite_demo.base, sqlite_demo.user("access-agent")) as console:
        for name, since in (("Pia Askerson", -9), ("Bartholomew Featherstonehaugh-Askerson", 90)):
            begin = (date.today() + timedelta(days=since)).isoformat()
            console.post(f"/patients/{two}/proxies", 303, **{"name": name, "basis": "chosen", "access": "full", "from": begin})
    watched = opened()
    page = watched.page
    page.goto(f"/booking/family?person={one}&type={TYPE}&person={two}&type={TYPE}&mode=one-after-another")
    expect(page.locator("#family-asker-1")).to_have_count(0)
    asker = page.locator("#family-asker-2")
    expect(asker.locator("option[disabled]")).to_contain_text("may not today")
    asker.select_option(label="Pia Askerson, chosen by the patient")
    page.get_by_role("button", name="Find times").click()
    expect(page.locator("main")).to_contain_text("Asked for by Pia Askerson")
    problems = flaws(page, "who asks")
    page.get_by_role("button", name="Book all 2 visits").first.click()
    page.wait_for_url(re.compile("/together"))
    row = page.locator("tbody tr", has_text="Duo Askerson")
    row.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("Asked for by Pia Askerson")
    assert not problems + watched.complaints, "\n".join(problems + watched.complaints)
