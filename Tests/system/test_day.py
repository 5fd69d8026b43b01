"""The day through a real browser: visits moved by mouse and keyboard, a refusal that says why, two browsers that see
each other's change, the views of the schedule, arrivals, and all of it on paper, on a phone and in the dark."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import expect

from support.awake import SITE
from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import Api, Console
from support.scenes import signed_in

TYPE = "annual-physical"


def clock(local):
    """`2026-03-02T14:05` as the console says it: 2:05 PM."""
    hour, minute = int(local[11:13]), local[14:16]
    return f"{(hour + 11) % 12 + 1}:{minute} {'PM' if hour >= 12 else 'AM'}"


def minutes(local):
    return int(local[11:13]) * 60 + int(local[14:16])


class Morning:
    """A half-day of one practitioner with room to move in: two visits, and times that are still free."""

    def __init__(self, api, numbers, after):
        start = date.today() + timedelta(days=after)
        span = {"from": start.isoformat(), "to": (start + timedelta(days=40)).isoformat()}
        slots = api.slots(TYPE, **span)
        groups = {}
        for slot in slots:
            groups.setdefault((slot["practitioner"], slot["location"], slot["localStart"][:10]), []).append(slot)
        self.slots = next(group for group in groups.values() if len(group) >= 8)
        self.practitioner, self.location = self.slots[0]["practitioner"], self.slots[0]["location"]
        self.day = self.slots[0]["localStart"][:10]
        self.api, self.numbers = api, numbers
        self.first = self.book("Orla", self.slots[0])
        self.second = self.book("Petra", self.free()[-1])

    def book(self, given, slot):
        patient = self.api.register(given, "Lindqvist", next(self.numbers), birthDate="1968-02-03", language="en")
        place = {key: slot[key] for key in ("visitType", "practitioner", "location", "localStart")}
        return self.api.post("/api/v1/appointments", {**place, "patient": patient})["id"]

    def free(self):
        return self.api.get(
            "/api/v1/slots", visit_type=TYPE, practitioner=self.practitioner, location=self.location, limit=200,
            **{"from": self.day, "to": self.day})["slots"]

    def start(self, visit):
        return self.api.get(f"/api/v1/appointments/{visit}")["localStart"]

    @property
    def address(self):
        return f"/schedule?date={self.day}&location={self.location}"


def opened(browser, demo, agent, size=None, scheme="light", **more):
    context = browser.context(demo.base, size or WIDE, scheme, **more)
    signed_in(context, agent)
    return Watched(context)


def geometry(page, visit):
    """Where the visit is, its column's top and the height of five minutes."""
    link = page.locator(f'a[data-move="{visit}"]')
    link.scroll_into_view_if_needed()
    return link, link.evaluate("""link => {
        const column = link.closest('.day-slots'), box = link.closest('li').getBoundingClientRect();
        return { x: box.left + box.width / 2, y: box.top, top: column.getBoundingClientRect().top,
                 row: parseFloat(getComputedStyle(column).gridAutoRows), from: Number(column.dataset.from) };
    }""")


def drag(page, visit, local):
    """Drags a visit with the mouse to a time of its own column."""
    _, at = geometry(page, visit)
    grip = 6
    page.mouse.move(at["x"], at["y"] + grip)
    page.mouse.down()
    target = at["top"] + (minutes(local) - at["from"]) / 5 * at["row"] + grip
    page.mouse.move(at["x"], at["y"] + grip + 8)
    page.mouse.move(at["x"], target, steps=6)
    expect(page.locator(".drop-mark")).to_have_text(clock(local))
    page.mouse.up()


def agree(page):
    """Says yes in the dialog, and is back on the schedule."""
    page.locator("#dialog button.primary").click()
    try:
        page.wait_for_url(re.compile("done=appointment.moved"), wait_until="commit", timeout=30_000)
    except TookTooLong as error:
        said = page.locator("#dialog, .toast").all_inner_texts()
        raise AssertionError(f"the visit was not moved: {said}") from error


@pytest.fixture
def morning(api, numbers, request):
    return Morning(api, numbers, 12 + len(request.node.name) % 7)


def near(slots, local):
    """A free time close to another, so that both are on the screen."""
    return min((slot["localStart"] for slot in slots if slot["localStart"] != local),
               key=lambda other: abs(minutes(other) - minutes(local)))


def test_a_visit_is_dragged_and_another_browser_sees_it_at_once(demo, agent, browser, morning):
    watched, other = opened(browser, demo, agent), opened(browser, demo, agent)
    page = watched.page
    other.page.goto(morning.address)
    expect(other.page.locator("[data-live-state]").first).to_have_attribute("data-state", "live")
    page.goto(morning.address)
    before = morning.start(morning.first)
    target = near(morning.free(), before)
    drag(page, morning.first, target)
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Orla Lindqvist")
    assert morning.start(morning.first) == before
    dialog.locator("#placement-confirm input[name=tell]").uncheck()
    agree(page)
    assert morning.start(morning.first) == target
    for each in (page, other.page):
        expect(each.locator(f'a[data-move="{morning.first}"] .visit-time')).to_have_text(clock(target))
    assert "done=" not in other.page.url
    assert not watched.complaints and not other.complaints
    page.context.close()
    other.page.context.close()


def test_a_drop_on_a_taken_time_says_why_and_moves_nothing(demo, agent, browser, morning):
    watched = opened(browser, demo, agent)
    page = watched.page
    before = morning.start(morning.first)
    neighbour = morning.book("Runa", next(
        slot for slot in morning.free() if slot["localStart"] == near(morning.free(), before)))
    page.goto(morning.address)
    drag(page, morning.first, morning.start(neighbour))
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("The practitioner is booked")
    assert dialog.locator("#placement-confirm").count() == 0
    dialog.locator("a[data-close-dialog]").click()
    expect(dialog).not_to_be_visible()
    assert morning.start(morning.first) == before
    assert not watched.complaints
    page.context.close()


@pytest.mark.parametrize(("by", "name"), [("room", "Procedure room"), ("location", "Northside Clinic")])
def test_a_free_time_of_a_room_or_a_place_leads_to_why_it_is_not_offered(demo, agent, browser, api, numbers, by, name):
    """With scripts it opens the dialog, without them a page of its own; wide and narrow, in both languages."""
    patient = api.register("Runa", "Lindqvist", next(numbers), birthDate="1968-02-03", language="en")
    day = date.today() + timedelta(days=9)
    day += timedelta(days=(1 - day.weekday()) % 7)
    grid = f"/schedule?date={day.isoformat()}&location=denver-northside&by={by}"
    watched = opened(browser, demo, agent)
    watched.page.goto(grid)
    free = watched.page.get_by_role("link", name=re.compile(f"^Book .*: {name}$")).first
    address = free.get_attribute("href")
    free.click()
    expect(watched.page.locator("#dialog #booking-q")).to_be_visible()
    watched.page.context.close()
    # Before anybody is there, so that the reason is the same whatever is booked.
    early = re.sub(r"at=\d\d:\d\d", "at=05:15", address) + f"&patient={patient}"
    early += "" if by == "room" else f"&type={TYPE}"
    says = {
        "en-US": ("Why not other times?", "The location is closed", "Procedure room: It cannot be used at this hour"),
        "es-MX": ("¿Por qué no otros horarios?", "El lugar está cerrado",
                  "Sala de procedimientos: A esta hora no se puede usar"),
    }
    for size, scripts, locale in ((WIDE, True, "en-US"), (NARROW, False, "es-MX"), (NARROW, True, "en-US")):
        watched = opened(browser, demo, agent, size, scripts=scripts, locale=locale)
        page = watched.page
        page.goto(early)
        title, closed, thing = says[locale]
        why = page.locator("details.why", has_text=title)
        why.locator("summary").click()
        for reason in [closed] + ([thing] if by == "room" else []):
            expect(why.get_by_text(reason)).to_be_visible()
        if scripts:
            # From its top: a bar that stays in place covers half of something wherever else one is.
            page.evaluate("scrollTo(0, 0)")
            assert not axe_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert not watched.complaints
        page.context.close()


def test_a_visit_is_moved_by_keyboard(demo, agent, browser, morning):
    watched = opened(browser, demo, agent)
    page = watched.page
    page.goto(morning.address)
    before = morning.start(morning.first)
    target = near(morning.free(), before)
    link = page.locator(f'a[data-move="{morning.first}"]')
    link.focus()
    page.keyboard.press("m")
    expect(page.locator("#drag-say")).to_contain_text("Orla Lindqvist")
    page.keyboard.press("Escape")
    expect(page.locator(".drop-mark")).to_have_count(0)
    page.keyboard.press("m")
    steps = (minutes(target) - minutes(before)) // 5
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
    expect(page.locator("#drag-say")).to_contain_text(clock(target))
    page.keyboard.press("Enter")
    agree(page)
    assert morning.start(morning.first) == target
    assert not watched.complaints
    page.context.close()


def test_without_scripts_a_visit_is_moved_by_the_dialog_as_a_page(demo, agent, browser, morning):
    watched = opened(browser, demo, agent, scripts=False)
    page = watched.page
    page.goto(f"{morning.address}&visit={morning.first}")
    page.locator(f'#schedule-side a[href="/booking?moving={morning.first}"]').click()
    expect(page.locator("h1")).to_contain_text("Move")
    page.goto(f"{morning.address}&view=week&practitioner={morning.practitioner}")
    expect(page.locator("#schedule-grid")).to_contain_text("Orla Lindqvist")
    page.context.close()


def views(morning):
    base = morning.address
    return {
        "day": base, "rooms": f"{base}&by=room", "places": f"{base}&by=location",
        "week": f"{base}&view=week&practitioner={morning.practitioner}", "room-week": f"{base}&view=week&by=room",
        "place-week": f"{base}&view=week&by=location", "arrivals": f"/arrivals?location={morning.location}",
        "wall": f"/arrivals/wall?location={morning.location}",
        "placement": f"/appointments/{morning.first}/placement?start={morning.day}T03:00",
    }


def test_every_view_is_plain_wide_and_narrow_light_and_dark(sqlite_demo, browser, numbers):
    with Api(sqlite_demo.base, sqlite_demo.key("integration")) as api, \
            Console(sqlite_demo.base, sqlite_demo.user("access-agent")) as agent:
        morning = Morning(api, numbers, 14)
        for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
            watched = opened(browser, sqlite_demo, agent, size, scheme)
            problems = []
            for name, address in views(morning).items():
                watched.page.goto(address)
                problems += [f"{name}: {found}" for found in axe_violations(watched.page)]
                wider = watched.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wider > 0:
                    problems.append(f"{name}: {wider} px wider than the window")
            watched.page.context.close()
            assert not problems + watched.complaints, "\n".join(problems + watched.complaints)


def test_views_show_the_same_visit_in_their_own_way(demo, agent, morning):
    base = morning.address
    assert "Orla Lindqvist" in agent.get(f"{base}&view=week&practitioner={morning.practitioner}").text
    assert "Orla Lindqvist" in agent.get(f"{base}&by=location").text
    table = agent.get(f"{base}&view=week&by=location").text
    assert "Lindqvist" not in table and "week-table" in table
    # Every state is said in words and by an icon, not by its colour alone.
    grid = agent.get(base).text
    visits = re.findall(r'<li class="visit visit-state [^>]*>.*?</li>', grid, re.S)
    assert visits
    for one in visits:
        assert re.search(r"icons\.svg#\w", one) and re.search(r"</svg><span>[^<]+</span>", one)


def test_the_day_and_the_week_print_black_on_white_without_chrome(demo, agent, browser, morning):
    watched = opened(browser, demo, agent, scheme="dark")
    page = watched.page
    for address in (morning.address, f"{morning.address}&view=week&practitioner={morning.practitioner}",
                    f"{morning.address}&view=week&by=location"):
        page.goto(address)
        expect(page.locator(".print-foot")).not_to_be_visible()
        page.emulate_media(media="print")
        for gone in (".side", ".top", ".schedule-side", ".schedule-pick", "[data-print]"):
            expect(page.locator(gone).first).not_to_be_visible()
        foot = page.locator(".print-foot")
        expect(foot).to_contain_text("Printed by")
        expect(foot).to_contain_text("As of")
        expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
        expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        assert len(page.pdf()) > 2_000
        page.emulate_media(media="screen")
    assert not watched.complaints
    page.context.close()


def test_arrivals_follow_a_visit_of_today(wide_awake, browser, numbers):
    """Somebody is booked for today; they come, are called in and go, and the wall says so without their name."""
    with Api(wide_awake.base, wide_awake.key("integration")) as api, \
            Console(wide_awake.base, wide_awake.user("access-agent")) as agent:
        today = wide_awake.today().isoformat()
        slot = next(s for s in api.slots("sick-visit", **{"from": today, "to": today}) if s["location"] == SITE)
        patient = api.register("Solveig", "Lindqvist", next(numbers), birthDate="1975-06-07", language="en")
        place = {key: slot[key] for key in ("visitType", "practitioner", "location", "localStart")}
        visit = api.post("/api/v1/appointments", {**place, "patient": patient})["id"]
        watched, wall = opened(browser, wide_awake, agent), opened(browser, wide_awake, agent)
        page = watched.page
        wall.page.goto(f"/arrivals/wall?location={SITE}")
        page.goto(f"/arrivals?location={SITE}")
        page.locator(f'form[action="/appointments/{visit}/arrival"] button').click()
        page.locator(f'form[action="/appointments/{visit}/calling"]').wait_for()
        expect(wall.page.locator("#wall")).to_contain_text(re.compile(r"[A-Z]\d{3}"))
        assert "Solveig" not in wall.page.content()
        page.locator(f'form[action="/appointments/{visit}/calling"] button').click()
        expect(wall.page.locator("#wall .called")).not_to_have_count(0)
        page.locator(f'form[action="/appointments/{visit}/completion"] button').click()
        expect(page.locator("#arrivals-board")).to_contain_text("Completed")
        assert not watched.complaints and not wall.complaints
        page.context.close()
        wall.page.context.close()
