"""The scheduling rules in the console: every form saved as it stands, changed, refused with words, and published."""

import re
from datetime import datetime
from html import unescape
from html.parser import HTMLParser

from playwright.sync_api import expect

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import Api, Console
from support.scenes import signed_in

KINDS = ["visit-types", "practitioners", "resources", "locations"]


class Form(HTMLParser):
    """What a browser would send of the form `setup-form`, without a button."""

    def __init__(self, page):
        super().__init__()
        self.fields, self.inside, self.select, self.area, self.option = [], False, None, None, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        got = dict(attributes)
        if tag == "form":
            self.inside = got.get("id") == "setup-form"
        elif not self.inside or "name" not in got and tag != "option":
            return
        elif tag == "input":
            if got.get("type") != "checkbox" or "checked" in got:
                self.fields.append((got["name"], got.get("value", "")))
        elif tag == "select":
            self.select, self.option = got["name"], None
        elif tag == "textarea":
            self.area = (got["name"], "")
        elif tag == "option" and self.select and (self.option is None or "selected" in got):
            self.option = got.get("value", "")

    def handle_data(self, data):
        if self.area:
            self.area = (self.area[0], self.area[1] + data)

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select" and self.select:
            self.fields.append((self.select, self.option or ""))
            self.select = None
        elif tag == "textarea" and self.area:
            self.fields.append(self.area)
            self.area = None


def fields(page):
    """By name, each with all its values."""
    found = {}
    for name, value in Form(page).fields:
        if name != "csrf":
            found.setdefault(name, []).append(value)
    return found


def words(page):
    text = re.sub(r"<svg.*?</svg>|<[^>]*>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", unescape(text))


def send(console, path, order, changed=None, status=200, start=None):
    """Sends the form of a page with some fields changed, as a button would."""
    sent = fields(console.get(start or path).text) | {name: value for name, value in (changed or {}).items()}
    return console.post(path, status, **sent, do=order)


def publish(console, path, changed, reason, start=None):
    preview = send(console, path, "check", changed, start=start)
    assert 'value="publish"' in preview.text, words(preview.text)[:800]
    return console.post(path, 303, **(fields(preview.text) | {"reason": reason}), do="publish")


def test_every_shipped_definition_saved_as_it_stands_changes_nothing(admin):
    paths = ["/setup/waitlist", "/setup/referrals"]
    for kind in KINDS:
        found = re.findall(rf'href="(/setup/{kind}/[a-z0-9-]+)"', admin.get(f"/setup/{kind}").text)
        paths += sorted({path for path in found if not path.endswith("/new")})
    assert len(paths) > 25
    for path in paths:
        answer = send(admin, path, "check")
        assert "Nothing is different from what is published" in answer.text, (path, words(answer.text)[:600])


def test_a_visit_type_is_changed_looked_at_and_published_with_who_and_why(admin, place):
    path = "/setup/visit-types/sick-visit"
    preview = send(admin, path, "check", {"minutes": ["25"], "leadMinutes": ["1"], "leadMinutes~unit": ["hours"]})
    said = words(preview.text)
    assert "20 minutes" in said and "25 minutes" in said and "1 hour" in said and "The checker finds nothing wrong" in said
    assert admin.post(path, 422, **fields(preview.text), do="publish").text.count("reason-wrong") >= 1
    back = admin.post(path, 200, **fields(preview.text), do="edit")
    assert fields(back.text)["minutes"] == ["25"]
    done = admin.post(path, 303, **(fields(preview.text) | {"reason": "Winter: more colds"}), do="publish")
    assert done.headers["location"] == f"{path}?done=setup.published"
    with Api(place.base, place.key("integration")) as api:
        slot = api.get("/api/v1/slots", visit_type="sick-visit", limit="1")["slots"][0]
    begins, ends = (datetime.fromisoformat(slot[name].replace("Z", "+00:00")) for name in ("startsAt", "endsAt"))
    assert (ends - begins).total_seconds() == 25 * 60, "it holds at once"
    shown = words(admin.get(path).text)
    assert "Version 2" in shown and "Winter: more colds" in shown
    assert "Published a scheduling rule" in words(admin.get("/audit?act=PublishDefinition").text)
    with Console(place.base, place.user("access-agent")) as agent:
        agent.get("/setup", 403)
        agent.post(path, 403, do="check")


def test_what_was_changed_meanwhile_is_told_and_nothing_is_overwritten(admin):
    path = "/setup/visit-types/vaccine"
    old = fields(admin.get(path).text)
    publish(admin, path, {"bufferAfter": ["10"]}, "Time to watch")
    refused = admin.post(path, 409, **(old | {"minutes": ["15"]}), do="check")
    said = words(refused.text)
    assert "changed meanwhile" in said and "Time to watch" in said and "10 minutes" in said
    assert fields(refused.text)["minutes"] == ["15"], "what was typed is kept"
    kept = admin.post(path, 200, **fields(refused.text), do="rebase")
    assert "Will be" in kept.text and "Kept free after" in words(kept.text)


BAD = [
    ("practitioners/elena-alvarez", {"templates[0].to": ["25:00"]}, "“25:00” is no time of day"),
    ("practitioners/elena-alvarez", {"templates[0].from": ["14:00"]}, "which is not after it begins at 14:00"),
    ("practitioners/elena-alvarez", {"templates[1].from": ["11:00"]}, "It overlaps block 1"),
    ("practitioners/elena-alvarez", {"templates[0].validFrom": ["2026-02-30"]}, "no day of the calendar"),
    ("practitioners/elena-alvarez", {"exceptions[0].lastDay": ["2026-12-01"]}, "The last day is before the first"),
    ("practitioners/elena-alvarez", {"ages.from": ["40"], "ages.under": ["12"]}, "Nobody is at least 40 and under 12"),
    ("practitioners/elena-alvarez", {"templates[0].everyWeeks": ["2"]}, "Choose a day of a week in which it holds"),
    ("practitioners/elena-alvarez", {"npi": ["9000000107"]}, "is no NPI"),
    ("visit-types/sick-visit", {"bufferAfter": ["-5"]}, "“-5” is less than zero"),
    ("visit-types/sick-visit", {"minutes": ["soon"]}, "“soon” is not a whole number"),
    ("visit-types/sick-visit", {"horizonDays": ["99999999999999999999"]}, "is not a whole number"),
    ("visit-types/sick-visit", {"horizonDays": ["9999999999"]}, "is too large"),
    ("visit-types/sick-visit", {"leadMinutes": ["30"], "leadMinutes~unit": ["days"]}, "It can never be booked"),
    ("visit-types/sick-visit", {"rules.startsWithin~from": ["09:00"]}, "Fill in both times, or neither"),
    ("visit-types/sick-visit", {"rules.startsWithin~from": ["09:00"], "rules.startsWithin~to": ["08:00"]}, "It ends before"),
    ("visit-types/sick-visit", {"rules.startsWithin~from": ["02:00"], "rules.startsWithin~to": ["03:00"]}, "never be booked"),
    ("visit-types/sick-visit", {"names.en": [""]}, "Fill this in"),
    ("visit-types/sick-visit", {"names.es": [""]}, "The practice speaks this language"),
    ("visit-types/sick-visit", {"serviceLine": ["none-such"]}, "Choose one from the list"),
    ("resources/northside-procedure-room", {"locations": []}, "A room is at exactly one place"),
    ("resources/northside-procedure-room", {"capacity": ["0"]}, "1 to 200 visits can use it at a time"),
    ("locations/flagstaff", {"openingHours.mon": ["08:00-25:00"]}, "no stretch of a day"),
    ("locations/flagstaff", {"openingHours.mon": ["08:00-12:00, 11:00-13:00"]}, "begins before 08:00-12:00 has ended"),
    ("locations/flagstaff", {"holidays[1].date": ["2026-11-26"]}, "is listed twice"),
    ("locations/flagstaff", {"zone": ["America/Nowhere"]}, "no time zone we know"),
    ("locations/flagstaff", {"phone": ["555"]}, "is no telephone number"),
    ("locations/denver-northside", {"travel[0].minutes": ["900"]}, "A trip takes 0 to 720 minutes"),
    ("waitlist", {"waves[0].withinHours": ["60"]}, "Waves stand in the order of their hours"),
    ("waitlist", {"fairness.points": ["0"]}, "This is 1 to 100 points"),
    ("referrals", {"location": [""]}, "Choose the place by whose opening hours"),
    ("referrals", {"targets.stat.scheduleMinutes": ["1"], "targets.stat.scheduleMinutes~unit": ["minutes"]},
     "The first contact comes before the booking"),
]


def test_bad_input_is_refused_beside_its_field_in_words(admin):
    for path, changed, said in BAD:
        answer = send(admin, f"/setup/{path}", "publish", changed, 422)
        assert said in words(answer.text), (path, changed, words(answer.text)[200:900])
        name = next(iter(changed))
        assert re.search(r'class="wrong" id="f-', answer.text) or 'role="alert"' in answer.text, (path, name)
        typed = next(iter(changed[name]), None)
        if typed and typed != "none-such":
            assert typed in fields(answer.text)[name], "what was typed is kept"


def test_the_same_errors_are_told_in_spanish(admin):
    admin.http.cookies.set("throughline-language", "es", domain=admin.http.base_url.host)
    try:
        answer = send(admin, "/setup/practitioners/elena-alvarez", "check", {"templates[1].from": ["11:00"]}, 422)
        assert "Se superpone al bloque 1" in words(answer.text)
        answer = send(admin, "/setup/visit-types/sick-visit", "check", {"minutes": ["pronto"]}, 422)
        assert "no es un número entero" in words(answer.text)
    finally:
        admin.http.cookies.delete("throughline-language", domain=admin.http.base_url.host)


def test_overlapping_leave_is_told_before_it_is_published(admin):
    path = "/setup/practitioners/elena-alvarez"
    longer = send(admin, path, "add:exceptions")
    sent = fields(longer.text) | {
        "exceptions[1].firstDay": ["2026-12-30"], "exceptions[1].lastDay": ["2027-01-04"], "exceptions[1].reason": ["Trip"]}
    preview = admin.post(path, 200, **sent, do="check")
    assert "It overlaps entry 1 of this list" in words(preview.text) and "Worth a look" in preview.text


def test_what_a_change_would_do_to_others_is_told_and_refused(admin):
    answer = send(admin, "/setup/resources/northside-ultrasound", "check", {"features": ["none"]}, None)
    said = words(answer.text)
    assert "What it does to others" in said and re.search(r'href="/setup/visit-types/[a-z-]+#f-rules-resources-', answer.text)


def test_a_new_practitioner_and_visit_type_are_made_from_nothing(admin):
    start = "/setup/practitioners/new"
    page = send(admin, "/setup/practitioners", "add:templates:wed", start=start)
    sent = fields(page.text) | {
        "name.given": ["Ángel"], "name.family": ["Núñez"], "serviceLines": ["laboratory"],
        "templates[0].from": ["08:00"], "templates[0].to": ["12:00"], "templates[0].location": ["flagstaff"]}
    assert sent["templates[0].weekdays"] == ["wed"]
    preview = admin.post("/setup/practitioners", 200, **sent, do="check")
    done = admin.post("/setup/practitioners", 303, **(fields(preview.text) | {"reason": "Joins us"}), do="publish")
    assert done.headers["location"].startswith("/setup/practitioners/angel-nunez?")
    assert "Núñez" in admin.get("/setup/practitioners").text
    empty = send(admin, "/setup/visit-types", "check", status=422, start="/setup/visit-types/new")
    assert words(empty.text).count("Fill this in") >= 2
    made = publish(
        admin, "/setup/visit-types", {
            "names.en": ["Blood pressure"], "names.es": ["Presión arterial"], "minutes": ["15"],
            "serviceLine": ["laboratory"], "practitioners": ["angel-nunez"]}, "Asked for", "/setup/visit-types/new")
    assert made.headers["location"].startswith("/setup/visit-types/blood-pressure?")
    taken = send(
        admin, "/setup/visit-types", "check", {
            "names.en": ["Blood pressure"], "names.es": ["Presión"], "minutes": ["15"], "serviceLine": ["laboratory"]}, 422,
        "/setup/visit-types/new")
    assert "There is one of this name already" in words(taken.text)


def test_rows_are_moved_and_removed_and_keep_what_they_say(admin):
    path = "/setup/waitlist"
    before = fields(admin.get(path).text)
    moved = send(admin, path, "up:priorities:2")
    assert fields(moved.text)["priorities[1].key"] == before["priorities[2].key"]
    removed = admin.post(path, 200, **fields(moved.text), do="remove:priorities:0")
    left = fields(removed.text)
    assert left["priorities~count"] == ["2"] and left["priorities[0].key"] == before["priorities[2].key"]
    preview = admin.post(path, 200, **left, do="check")
    assert before["priorities[0].names.en"][0] in words(preview.text)


def test_the_states_that_other_pages_lack_pass_axe(place, admin, browser):
    """With errors, before it is published, and changed meanwhile; the pages as they stand are in test_pages."""
    looks = {"sqlite": (WIDE, "dark"), "postgresql": (NARROW, "light")}
    for size, scheme in [looks[place.engine.name]]:
        context = browser.context(place.base, size, scheme)
        signed_in(context, admin)
        watched = Watched(context)
        watched.expected = (409, 422)
        page, problems = watched.page, []

        def look(name):
            problems.extend(f"{name}: {violation}" for violation in axe_violations(page))
            wider = page.evaluate("document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth")
            assert wider <= 0, f"{name}: {wider} px wider than the window"

        page.goto("/setup/visit-types/sick-visit")
        page.fill('[name="minutes"]', "soon")
        page.click('.setup-foot button[value="check"]')
        expect(page.locator('.notice.red[role="alert"] a')).to_have_attribute("href", "#f-minutes")
        look("errors")
        page.fill('[name="minutes"]', "35")
        page.click('.setup-foot button[value="check"]')
        expect(page.locator("#setup-changes")).to_be_visible()
        look("preview")
        page.evaluate("document.querySelector('[name=version]').value = '0'")
        page.fill('[name="reason"]', "Colds")
        page.click('button[value="publish"]')
        expect(page.locator('button[value="rebase"]')).to_be_visible()
        look("changed meanwhile")
        context.close()
        assert not problems + watched.complaints, "\n".join(problems + watched.complaints)


def test_a_block_is_added_and_published_without_scripts_on_a_phone(place, admin, browser):
    context = browser.context(place.base, NARROW, scripts=False)
    signed_in(context, admin)
    page = context.new_page()
    page.goto("/setup/practitioners/daniel-okafor")
    page.click('button[value="add:templates:sun"]')
    row = page.locator("details.setup-row[open]").last
    count = int(page.input_value('input[name="templates~count"]')) - 1
    row.locator(f'[name="templates[{count}].from"]').fill("10:00")
    row.locator(f'[name="templates[{count}].to"]').fill("12:00")
    row.locator(f'[name="templates[{count}].location"]').select_option("denver-northside")
    page.click('.setup-foot button[value="check"]')
    expect(page.locator("#setup-changes")).to_be_visible()
    expect(page.locator(".notice.amber")).to_contain_text("is not open all of 10:00-12:00 on Sunday")
    page.fill('[name="reason"]', "Sundays as a trial")
    page.click('button[value="publish"]')
    expect(page.locator("#setup-history")).to_be_visible()
    expect(page.locator(".setup-day").last).to_contain_text("10:00–12:00")
    context.close()


def test_a_resource_is_retired_and_put_back_in_a_browser(place, admin, browser):
    """Without scripts in one theme, with them in the other."""
    path = "/setup/resources/northside-procedure-room"
    looks = {"sqlite": (WIDE, "dark", True), "postgresql": (NARROW, "light", False)}
    size, scheme, scripts = looks[place.engine.name]
    context = browser.context(place.base, size, scheme, scripts=scripts)
    signed_in(context, admin)
    page = context.new_page()
    # A visit type needs the room: what refuses leads to its field.
    page.goto(path)
    page.click(f'a[href="{path}/retirement"]')
    expect(page.locator("h1")).to_contain_text("Procedure room")
    expect(page.locator('.notice.red a[href^="/setup/visit-types/joint-injection#"]')).to_have_count(1)
    expect(page.locator("button.danger")).to_have_count(0)
    path = "/setup/resources/interpreter-navajo"
    page.goto(path)
    page.click(f'a[href="{path}/retirement"]')
    page.click("button.danger")
    expect(page.locator("#reason-wrong")).to_be_visible()
    page.fill('[name="reason"]', "The service has ended")
    page.click("button.danger")
    expect(page.locator("#setup-retired")).to_be_visible()
    row = page.locator('[aria-labelledby="setup-retired"] tbody tr')
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Navajo interpreter")
    expect(row).to_contain_text("The service has ended")
    expect(page.locator("body")).to_contain_text("Retired. It is no longer offered.")
    if scripts:
        assert not axe_violations(page)
    row.locator("a").click()
    expect(page.locator(".notice.amber")).to_contain_text("The service has ended")
    if scripts:
        assert not axe_violations(page)
    page.click('.setup-foot button[value="check"]')
    expect(page.locator("#setup-changes")).to_be_visible()
    page.fill('[name="reason"]', "Signed again")
    page.click('button[value="publish"]')
    expect(page.locator("#setup-history")).to_be_visible()
    expect(page.locator(f'a[href="{path}/retirement"]')).to_be_visible()
    shown = words(admin.get(path).text)
    assert "Version 3" in shown and "Version 2, retired" in shown and "Signed again" in shown
    assert "setup-retired" not in admin.get("/setup/resources").text
    context.close()
