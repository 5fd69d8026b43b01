"""A privacy officer's morning in a browser: by what is written on the pages alone, from the navigation, no address typed."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import Api, Console

FAMILY = "Okonjodal"


@pytest.fixture(scope="module")
def morning(place):
    """What waits: a request for the record, and a record that was opened in an emergency."""
    with Api(place.base, place.key("triage-nurse")) as nurse:
        patient = nurse.register("Nadia", FAMILY, birthDate="1974-02-03", language="en", restricted=True)
    with Console(place.base, place.user("privacy-officer")) as colleague:
        # The practice's day may be behind this machine's.
        colleague.post(
            "/privacy/requests", patient=patient, kind="access", law="hipaa", channel="letter", asker="patient",
            received=(date.today() - timedelta(days=1)).isoformat(), text="A copy of everything", identity="Photo ID seen")
    with Console(place.base, place.user("administrator")) as somebody:
        somebody.get(f"/patients/{patient}", 404)
        somebody.post("/break-glass", patient=patient, reason="She is unconscious in room two.")
        somebody.get(f"/patients/{patient}")
    return patient


class Walk:
    """A page that is gone about in by names alone."""

    def __init__(self, watched):
        self.page = watched.page

    def go(self, name):
        """By the navigation of every page."""
        self.page.get_by_role("navigation", name="Administration").get_by_role("link", name=re.compile(f"^{name}")).click()
        expect(self.page.get_by_role("heading", name=name, level=1, exact=True)).to_be_visible()

    def region(self, name):
        return self.page.get_by_role("region", name=name)

    def looked_at(self):
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return axe_violations(self.page) + ([f"{wider} px too wide"] if wider > 0 else [])


def test_a_privacy_officer_answers_reviews_holds_and_looks(place, morning, browser):
    context = browser.context(place.base, WIDE)
    watched = Watched(context)
    watched.sign_in(place.user("privacy-officer"))
    walk, page = Walk(watched), watched.page

    # A request is found and answered.
    walk.go("Privacy requests")
    page.get_by_role("row").filter(has_text=FAMILY).get_by_role("link", name="Access to the record").click()
    expect(page.get_by_role("heading", name="Access to the record", level=1)).to_be_visible()
    expect(walk.region("Request").first).to_contain_text("A copy of everything")
    answer = walk.region("Answer")
    answer.get_by_label("Reason or note").fill("Sent by letter.")
    answer.get_by_role("button", name="Fulfilled").click()
    expect(walk.region("Answer")).to_have_count(0)
    expect(page.get_by_text("Fulfilled", exact=True).first).to_be_visible()

    # What was opened in an emergency: what was done with it, and a judgement.
    walk.go("Emergency reviews")
    opened = page.get_by_role("region").filter(has_text="unconscious in room two")
    opened.get_by_role("link", name="What was done").click()
    expect(page.get_by_role("heading", name="Audit", level=1, exact=True)).to_be_visible()
    patient = page.get_by_label("Patient’s id").input_value()
    assert patient == morning
    assert page.get_by_role("row").count() > 1
    walk.go("Emergency reviews")
    opened.get_by_label("Note").fill("The ward confirmed it.")
    opened.get_by_role("button", name="It was appropriate").click()
    expect(opened.get_by_role("button", name="It was appropriate")).to_have_count(0)
    expect(opened).to_contain_text("The ward confirmed it.")

    # A hold, for somebody who is found by name.
    walk.go("Legal holds")
    place_one = walk.region("Place a hold")
    place_one.get_by_role("searchbox").fill(FAMILY)
    place_one.get_by_role("searchbox").press("Enter")
    place_one.get_by_role("link", name=re.compile(FAMILY)).click()
    place_one.get_by_label("Matter").fill("Case 26-204")
    place_one.get_by_label("Why must the data be kept?").fill("The court asked for it.")
    place_one.get_by_role("button", name="Place the hold").click()
    hold = page.get_by_role("region", name=re.compile("Case 26-204"))
    expect(hold).to_contain_text(FAMILY)
    expect(hold.get_by_role("button", name="End this hold")).to_be_visible()

    # The trail of that person: what was just done stands on it.
    walk.go("Audit")
    page.get_by_label("Patient’s id").fill(patient)
    page.get_by_label("Patient’s id").press("Enter")
    expect(page.get_by_text("Everything that was done with this record")).to_be_visible()
    acts = page.get_by_role("table").get_by_role("row")
    expect(acts.filter(has_text=re.compile("legal hold", re.I)).first).to_be_visible()
    expect(acts.filter(has_text=re.compile("privacy", re.I)).first).to_be_visible()
    assert walk.looked_at() == []
    context.close()
    assert watched.complaints == []


def test_on_a_phone_the_same_pages_are_found_in_the_menu(place, morning, browser):
    context = browser.context(place.base, NARROW, "dark")
    watched = Watched(context)
    watched.sign_in(place.user("privacy-officer"))
    walk, page = Walk(watched), watched.page
    problems = []
    for name in ("Privacy requests", "Emergency reviews", "Legal holds", "Audit"):
        page.get_by_label("Account", exact=True).click()
        # What waits there may be counted beside it.
        page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
        expect(page.get_by_role("heading", name=name, level=1, exact=True)).to_be_visible()
        problems += [f"{name}: {problem}" for problem in walk.looked_at()]
    context.close()
    assert problems + watched.complaints == []
