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

    def go(self, name, among="Administration", heading=None):
        """By the navigation of every page."""
        self.page.get_by_role("navigation", name=among).get_by_role("link", name=re.compile(f"^{name}")).click()
        expect(self.page.get_by_role("heading", name=heading or name, level=1, exact=True)).to_be_visible()

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


CONSENT = {
    "English": dict(
        administration="Administration", main="Main", patients="Patients", ledger="Consent ledger", title="Consent",
        write="Write down what the person says", no="No, do not contact me", channel="Channel", means="Calls",
        purpose="Purpose", everything="Everything", how="How we know", verbal="In person or by phone", go="Add to the ledger",
        done="The no is in the ledger.", history="What was said, newest first", said="No", withdrawals="Recent withdrawals",
        badge="Calls stopped"),
    "Español": dict(
        administration="Administración", main="Principal", patients="Pacientes", ledger="Registro de consentimiento",
        title="Consentimiento", write="Anote lo que dice la persona", no="No, no me contacten", channel="Canal",
        means="Correo electrónico", purpose="Motivo", everything="Todo", how="Cómo lo sabemos", verbal="En persona o por teléfono",
        go="Añadir al registro", done="El no está en el registro.", history="Lo que se dijo, lo más nuevo primero", said="No",
        withdrawals="Retiros recientes", badge="Sin correo"),
}


@pytest.mark.parametrize("language", CONSENT)
def test_a_verbal_no_is_found_written_down_and_seen_with_who_wrote_it(place, morning, browser, language):
    words = CONSENT[language]
    context = browser.context(place.base, WIDE)
    watched = Watched(context)
    watched.sign_in(place.user("privacy-officer"))
    walk, page = Walk(watched), watched.page
    page.get_by_role("region", name="Tools").get_by_label("Language").click()
    page.get_by_role("button", name=language).click()

    # Somebody who is found by name.
    walk.go(words["patients"], words["main"])
    page.get_by_role("main").get_by_role("searchbox").fill(FAMILY)
    page.get_by_role("main").get_by_role("searchbox").press("Enter")
    page.get_by_role("main").get_by_role("link", name=re.compile(FAMILY)).click()
    page.get_by_role("link", name=words["ledger"]).click()
    expect(page.get_by_role("heading", name=words["ledger"], level=1)).to_be_visible()
    expect(page.get_by_text(words["badge"], exact=True)).to_have_count(0)

    form = page.get_by_role("form", name=words["write"])
    form.get_by_label(words["no"]).check()
    form.get_by_label(words["channel"]).select_option(label=words["means"])
    form.get_by_label(words["purpose"]).select_option(label=words["everything"])
    form.get_by_label(words["how"]).select_option(label=words["verbal"])
    form.get_by_role("button", name=words["go"]).click()
    expect(page.get_by_text(words["done"])).to_be_visible()
    newest = walk.region(words["history"]).get_by_role("row").nth(1)
    expect(newest.get_by_role("cell", name=words["means"], exact=True)).to_be_visible()
    expect(newest.get_by_role("cell", name=words["said"], exact=True)).to_be_visible()
    expect(newest).to_contain_text(f"{words['verbal']}, {place.user('privacy-officer')['name']}")
    expect(page.get_by_text(words["badge"], exact=True)).to_be_visible()
    problems = walk.looked_at()

    # And among all that was taken back lately.
    walk.go(words["title"], words["administration"])
    mine = walk.region(words["withdrawals"]).get_by_role("row").filter(has_text=FAMILY).first
    expect(mine).to_contain_text(words["means"])
    expect(mine).to_contain_text(words["verbal"])
    problems += walk.looked_at()
    context.close()
    assert problems + watched.complaints == []


def test_a_privacy_officer_writes_a_tie_down_and_reviews_who_may_do_what(place, morning, browser):
    context = browser.context(place.base, WIDE)
    watched = Watched(context)
    watched.sign_in(place.user("privacy-officer"))
    walk, page = Walk(watched), watched.page
    name = place.user("access-agent")["name"]

    # Whose relative somebody is; taken away again, since it closes the record to that colleague.
    walk.go("Audit")
    page.get_by_role("link", name="Looks that stand out").click()
    expect(page.get_by_role("heading", name="Looks that stand out", level=1)).to_be_visible()
    ties = walk.region("Staff and people close to them")
    ties.get_by_role("searchbox").fill(FAMILY)
    ties.get_by_role("searchbox").press("Enter")
    ties.get_by_role("link", name=re.compile(FAMILY)).click()
    ties.get_by_label("Who").select_option(label=name)
    ties.get_by_label("How close").select_option(label="A relative")
    ties.get_by_role("button", name="Write it down").click()
    tie = ties.get_by_role("row").filter(has_text=name)
    expect(tie).to_contain_text("A relative")
    expect(tie).to_contain_text(morning)
    problems = walk.looked_at()
    tie.get_by_role("button", name="Remove").click()
    expect(ties.get_by_role("row").filter(has_text=name)).to_have_count(0)

    # A review of what everybody may do, with a first line decided.
    walk.go("Access review")
    page.get_by_text("Start a review").first.click()
    page.get_by_label("Name").fill("Rights of the winter")
    page.get_by_label("Done by").fill((date.today() + timedelta(days=30)).isoformat())
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="Rights of the winter", level=1)).to_be_visible()
    lines = walk.region("Lines")
    expect(lines.get_by_role("heading")).to_contain_text("0 of")
    line = lines.get_by_role("row").filter(has_text=place.user("access-agent")["email"])
    line.get_by_text("Decide").click()
    line.get_by_label("Note").fill("Talked about it.")
    line.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Your decision is kept.")).to_be_visible()
    expect(lines.get_by_role("heading")).to_contain_text("1 of")
    expect(line).to_contain_text("Kept")
    expect(line).to_contain_text(place.user("privacy-officer")["name"])
    expect(line).to_contain_text("Talked about it.")
    # Nobody decides about themselves.
    own = lines.get_by_role("row").filter(has_text="Somebody else decides about your own access.").first
    expect(own).to_contain_text(place.user("privacy-officer")["name"])
    problems += walk.looked_at()
    context.close()
    assert problems + watched.complaints == []


def test_an_administrator_invites_somebody_and_changes_what_roles_may(place, browser):
    context = browser.context(place.base, WIDE)
    watched = Watched(context)
    watched.sign_in(place.user("administrator"))
    walk, page = Walk(watched), watched.page
    who = f"Wilma Walker {place.engine.name}"

    # Invited with one role.
    walk.go("Users and keys", heading="Users")
    page.get_by_text("Add somebody").first.click()
    page.get_by_label("Name").fill(who)
    page.get_by_label("E-mail address").fill("wilma.walker@clinic.example")
    page.get_by_role("group", name="Roles").get_by_label("Front desk").check()
    page.get_by_role("group", name="Works at").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_text("can come in now.")).to_be_visible()
    problems = walk.looked_at()

    # And given another one: told in the history of that account.
    walk.region("Users").get_by_role("link", name=who).click()
    expect(page.get_by_role("heading", name=who, level=1)).to_be_visible()
    move = walk.region("Roles and locations")
    move.get_by_label("Clinician").check()
    move.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds at once.")).to_be_visible()
    expect(walk.region("Access")).to_contain_text("Clinician")
    told = walk.region("History").get_by_role("row").filter(has_text="Roles or locations changed")
    expect(told).to_contain_text("Given: Clinician")
    expect(told).to_contain_text(place.user("administrator")["name"])
    problems += walk.looked_at()

    # One right more for the whole role: said beside the blueprint, and kept as a version.
    walk.go("Roles")
    page.get_by_role("link", name="Front desk").click()
    expect(page.get_by_role("heading", name="Front desk", level=1)).to_be_visible()
    expect(page.get_by_text("Differs from the blueprint")).to_have_count(0)
    page.get_by_label("See the dashboard").check()
    page.get_by_role("button", name="Save the role").click()
    expect(page.get_by_text("The role is saved. It holds at once.")).to_be_visible()
    expect(page.get_by_label("See the dashboard")).to_be_checked()
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="See the dashboard")).to_be_visible()
    newest = walk.region("Versions").get_by_role("row").nth(1)
    expect(newest).to_contain_text(place.user("administrator")["name"])
    problems += walk.looked_at()

    # Both stand on the trail.
    walk.go("Audit")
    rows = page.get_by_role("table").get_by_role("row").filter(has_text=place.user("administrator")["name"])
    for act in ("Changed a role", "Changed somebody’s roles or locations", "Added a user"):
        expect(rows.get_by_role("cell", name=act, exact=True).first).to_be_visible()
    problems += walk.looked_at()
    # As it was, for what else is tried here.
    walk.go("Roles")
    page.get_by_role("link", name="Front desk").click()
    page.get_by_role("button", name="Go back to the blueprint").click()
    expect(page.get_by_text("Differs from the blueprint")).to_have_count(0)
    context.close()
    assert problems + watched.complaints == []


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
