"""Every page, as people of every eye and hand meet it: wide and narrow, light and dark, with a mouse, with the keyboard
alone, and without scripts."""

import re
import time

import pytest
from playwright.sync_api import expect

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import Api, Carrier, Console
from support.processes import ROOT, Practice, eventually
from support.scenes import EMPTY_PAGES, Full, signed_in

LOOKS = [(size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark")]
LOOK_NAMES = [f"{size['width']}-{scheme}" for size, scheme in LOOKS]


@pytest.fixture(scope="module")
def practices(engine_named, tmp_path_factory):
    full = Practice(engine_named("sqlite"), tmp_path_factory.mktemp("full"), patients=120).demo()
    empty = Practice(engine_named("sqlite"), tmp_path_factory.mktemp("empty"), patients=0).demo()
    yield full, empty
    for practice in (full, empty):
        practice.stop()
        practice.close()


@pytest.fixture(scope="module")
def scene(practices):
    made = Full(practices[0])
    yield made
    made.close()


@pytest.fixture(scope="module")
def nobody(practices):
    with Console(practices[1].base, practices[1].user("administrator")) as console:
        yield console


def look_at(browser, base, console, pages, look, expected=()):
    size, scheme = look
    context = browser.context(base, size, scheme)
    if console:
        signed_in(context, console)
    watched = Watched(context)
    watched.expected = expected
    problems = []
    for name, address in pages.items():
        watched.page.goto(address)
        watched.page.wait_for_load_state("load")
        problems += [f"{name}: {violation}" for violation in axe_violations(watched.page, scheme == "dark")]
        wider = watched.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            problems.append(f"{name}: {wider} px wider than the window")
        if re.search(r"\[[a-z]+\.[a-z.-]+\]", watched.page.inner_text("body")):
            problems.append(f"{name}: a text is missing")
    context.close()
    assert not problems + watched.complaints, "\n".join(problems + watched.complaints)


def test_the_themes_differ_in_colours_alone():
    sheets = {file.name: file.read_text() for file in (ROOT / "assets/web/css").glob("*.css")}
    assert sum(sheet.count("light-dark(") for sheet in sheets.values()) > 40
    # What else could tell the themes apart; `data-theme` says which one it is, and nothing more.
    assert [name for name, sheet in sheets.items() if re.search(r"prefers-color-scheme|@container[^{]*style\(", sheet)] == []
    rules = [rule for sheet in sheets.values() for rule in re.findall(r"[^{}]*\[data-theme[^{}]*\{([^}]*)\}", sheet)]
    assert rules and all(re.fullmatch(r"\s*color-scheme: [a-z ]+;\s*", rule) for rule in rules), rules


@pytest.mark.parametrize("look", LOOKS, ids=LOOK_NAMES)
def test_full_pages_pass_axe_and_make_no_complaint(practices, scene, browser, look):
    look_at(browser, practices[0].base, scene.admin, scene.pages(), look, expected=(404,))


@pytest.mark.parametrize("look", LOOKS, ids=LOOK_NAMES)
def test_empty_pages_pass_axe_and_make_no_complaint(practices, nobody, browser, look):
    look_at(browser, practices[1].base, nobody, EMPTY_PAGES, look)


@pytest.mark.parametrize("look", LOOKS, ids=LOOK_NAMES)
def test_the_sign_in_page_passes_axe_also_after_a_wrong_password(practices, browser, look):
    size, scheme = look
    context = browser.context(practices[1].base, size, scheme)
    watched = Watched(context)
    watched.expected = (422,)
    page = watched.page
    page.goto("/session")
    assert axe_violations(page) == []
    page.fill('input[name="login"]', f"nobody{LOOK_NAMES[LOOKS.index(look)]}@example.org")
    page.fill('input[name="password"]', "not this")
    page.click('form[action="/session"] button:not([type=button])')
    expect(page.locator('.notice.red[role="alert"]')).to_be_visible()
    assert page.input_value('input[name="login"]').startswith("nobody")
    assert page.input_value('input[name="password"]') == ""
    assert axe_violations(page) == []
    context.close()
    assert not watched.complaints, watched.complaints


def test_a_wrong_password_keeps_where_one_was_going(practices):
    with Console(practices[1].base) as console:
        answer = console.post("/session", 422, login="nobody-going@example.org", password="wrong", **{"return": "/patients"})
        assert 'name="return" value="/patients"' in answer.text
        assert "www-authenticate" not in answer.headers
        away = console.post("/session", 422, login="nobody-going@example.org", password="wrong",
                            **{"return": "https://elsewhere.example/"})
        assert "elsewhere.example" not in away.text


# Addresses that lead nowhere

NOWHERE = ["/nothing-here", "/patients/nothing/here", "/inbox/0000000000001/nothing"]


@pytest.mark.parametrize("look", LOOKS, ids=LOOK_NAMES)
def test_an_unknown_address_shows_a_page_to_people_signed_in_or_not(practices, nobody, browser, look):
    size, scheme = look
    for console in (None, nobody):
        context = browser.context(practices[1].base, size, scheme)
        if console:
            signed_in(context, console)
        watched = Watched(context)
        watched.expected = (404,)
        for address in NOWHERE:
            assert watched.page.goto(address).status == 404
            expect(watched.page.locator("[data-problem-title]")).to_have_text("This page is not here")
            home = watched.page.locator(".problem .button.primary")
            assert home.get_attribute("href") == ("/" if console else "/session")
            assert axe_violations(watched.page) == []
        context.close()
        assert not watched.complaints, watched.complaints


def test_programs_get_problem_details_and_people_a_page(practices, nobody):
    browser_like = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "es"}
    for path in ("/api/nothing", "/api/v1/nothing", "/api", "/hooks/nothing", "/fhir/Patient"):
        answer = nobody.get(path, 404, headers=browser_like)
        assert answer.headers["content-type"] == "application/problem+json", path
    assert nobody.get("/nothing", 404).headers["content-type"] == "application/problem+json"
    # A form's address opened by itself has no page; a query that cannot be read is no reason to show one as data.
    opened = nobody.get("/needs/0000000000001/owner", 405, headers=browser_like)
    assert opened.headers["allow"] == "POST" and "text/html" in opened.headers["content-type"]
    for path, status in (("/nothing?a=%ff", 404), ("/inbox?filter=%ff", 400)):
        answer = nobody.get(path, status, headers=browser_like)
        assert "text/html" in answer.headers["content-type"] and 'lang="es"' in answer.text, path


@pytest.mark.parametrize("look", LOOKS, ids=LOOK_NAMES)
def test_the_phone_passes_axe(practices, scene, browser, look):
    look_at(browser, practices[0].carrier_base, None, {"phone": "/?handset=%2B13035550142", "empty": "/"}, look)


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[3]], ids=[LOOK_NAMES[0], LOOK_NAMES[3]])
def test_the_booking_dialog_passes_axe_with_times_and_with_one_held(practices, scene, browser, look):
    context = signed_in(browser.context(practices[0].base, *look), scene.agent)
    watched = Watched(context)
    page = watched.page
    page.goto(f"/inbox/{scene.unbooked}")
    page.click('#need-bar a[data-key="b"]')
    dialog = page.locator("#dialog")
    expect(dialog.locator("button.slot").first).to_be_visible()
    assert axe_violations(page) == []
    dialog.locator("button.slot").first.click()
    expect(dialog.locator("[data-hold-until]")).to_be_visible()
    assert axe_violations(page) == []
    dialog.locator('form[action$="/release"] button').click()
    expect(dialog.locator("button.slot").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    context.close()
    assert not watched.complaints, watched.complaints


def test_the_patient_page_and_the_inbox_say_the_same_and_in_words(practices, scene):
    patient, inbox = scene.agent.get(f"/patients/{scene.maria}").text, scene.agent.get(f"/inbox/{scene.need}").text
    assert "Next: ask for the new card" in patient
    spoken = re.sub(r"<[^>]*>", " ", patient)
    assert not re.search(r"capture-coverage|await-visit|await-reply|offer-times|waiting-patient", spoken), spoken
    consents = [
        re.findall(r'<span class="badge [a-z]*">.*?</span>', re.search(r"<dt>Consent</dt>(.*?)</dd>", page, re.S).group(1), re.S)
        for page in (patient, inbox)]
    assert consents[0] == consents[1] != [], consents
    scene.admin.post("/settings/language", language="es", **{"return": "/"})
    try:
        assert "Sigue: pedir la nueva tarjeta" in scene.admin.get(f"/patients/{scene.maria}").text
    finally:
        scene.admin.post("/settings/language", language="en", **{"return": "/"})


def test_a_template_is_whole_or_says_what_it_needs(practices, scene):
    page = scene.agent.get(f"/inbox/{scene.shared}").text
    texts = re.findall(r'data-insert="([^"]*)"', page)
    assert texts and not [text for text in texts if "…" in text or "{{" in text], texts
    assert "Decide first who is writing" in page
    intent = re.search(r'name="intent" value="([^"]+)"', page).group(1)
    conversation = re.search(r'data-composer="([^"]+)"', page).group(1)
    refused = scene.agent.post(
        f"/conversations/{conversation}/messages", 422, need=scene.shared, intent=intent, text="See you on {{when}}.")
    assert "a place that nobody filled in" in refused.text and "See you on {{when}}." in refused.text


# The keyboard

def test_the_console_goes_by_keyboard_alone(practices, scene, browser):
    context = signed_in(browser.context(practices[0].base), scene.agent)
    watched = Watched(context)
    page = watched.page
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("delgado")
    expect(page.locator("#palette-list .option", has_text="Maria Delgado Ruiz").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("RB-100142")
    expect(page.locator("#palette-list .option", has_text="Maria Delgado Ruiz").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/patients/[0-9A-Z]{13}"))
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(re.compile("/inbox"))
    expect(page.locator("#inbox-list a.need-row").first).to_be_visible()
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.getAttribute('href')")
    assert first and second and first != second
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.getAttribute('href')") == first
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/inbox/[0-9A-Z]{13}"))
    page.goto("/patients")
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "patients-q"
    page.keyboard.type("delg")
    expect(page.locator("#patients-results a.row-link", has_text="Maria Delgado Ruiz")).to_be_visible()
    context.close()
    assert not watched.complaints, watched.complaints


def test_enter_in_the_palette_means_what_stands_in_it(practices, scene, browser):
    """Not what an earlier text had found: on a slow line the list comes after the key."""
    context = signed_in(browser.context(practices[0].base), scene.agent)
    watched = Watched(context)
    page = watched.page
    page.goto("/")

    def late(route):
        time.sleep(0.4)
        route.continue_()

    page.route("**/palette?**", late)
    page.keyboard.press("Control+k")
    page.keyboard.type("RB-100142")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/patients/[0-9A-Z]{13}"))
    expect(page.locator("h1")).to_contain_text("Maria Delgado Ruiz")
    page.keyboard.press("Control+k")
    page.keyboard.type("qqzzxx")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/patients\?q=qqzzxx"))
    context.close()
    assert not watched.complaints, watched.complaints


# Without scripts

def test_the_console_works_without_scripts(practices, scene, browser):
    practice = practices[0]
    with Carrier(practice.carrier_base) as carrier, Api(practice.base, practice.key("integration")) as api:
        sender = "+12305557701"
        patient = api.register("Nils", "Scriptless", sender, birthDate="1959-04-01", language="en")
        carrier.text(sender, "I need an appointment for my back")
        need = eventually(
            lambda: [n for n in api.get("/api/v1/needs", filter="team", order="newest")["needs"] if n.get("patient") == patient],
            "the need is there")[0]
        context = browser.context(practice.base, scripts=False)
        watched = Watched(context).sign_in(practice.user("front-desk"))
        page = watched.page
        page.goto("/inbox?order=newest")
        page.locator("#inbox-list a.need-row", has_text="Nils Scriptless").first.click()
        expect(page.locator("#thread")).to_contain_text("appointment for my back")
        page.click('#need-bar button[data-key="t"]')
        expect(page.locator("#need-bar")).to_contain_text("Erin")
        page.fill("#composer-text", "Hello Nils, which day is good for you?")
        page.click("button[data-send]")
        expect(page.locator("#thread .message.out")).to_contain_text("which day is good")
        page.click('#need-bar a[data-key="b"]')
        page.wait_for_url(re.compile("/booking"))
        page.locator("#booking-type").select_option("labs")
        page.get_by_role("button", name="Find times").click()
        page.locator("button.slot").first.click()
        page.locator('button[form="booking-confirm"]').click()
        visit = eventually(lambda: api.get(f"/api/v1/patients/{patient}")["nextVisit"], "the visit is booked")
        assert visit["visitType"] == "labs" and need["conversation"]
        page.goto("/patients")
        page.fill("#patients-q", "Scriptless")
        page.keyboard.press("Enter")
        page.locator("a.row-link", has_text="Nils Scriptless").click()
        expect(page.locator("h1")).to_contain_text("Nils Scriptless")
        page.locator('.patient-top a[href$="/edit"]').click()
        page.fill("#edit-preferred", "Nisse")
        page.fill("#edit-number-1", "NS-1959")
        page.locator("form.panel .button.primary").click()
        expect(page.locator("#patient-details")).to_be_visible()
        expect(page.locator("main")).to_contain_text("NS-1959")
        expect(page.locator("main")).to_contain_text("Nisse")
        texts = eventually(
            lambda: (lambda got: got if len(got) >= 2 else None)(carrier.received(sender)), "both texts arrive")
        assert len(texts) == 2
        context.close()
        assert not watched.complaints, watched.complaints
