"""Signing in, as a person with an authenticator app does it, and losing access. `pyotp` is the app."""

import html
import re
import threading
import time

import httpx
import pyotp
import pytest
from playwright.sync_api import expect

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import TIMEOUT, Console, accept
from support.processes import SLOW, eventually

SECOND = "throughline-second-step"


def newcomer(admin, place, name, role="access-agent"):
    """Adds somebody and gives who they are to sign in as."""
    email = f"{name.lower().replace(' ', '.')}@clinic.example"
    fields = {"name": name, "email": email, "role": role}
    page = admin.post("/users", 200, **fields)
    if 'name="confirm-password"' in page.text:
        page = admin.post("/users", 200, **fields, **{"confirm-password": place.user("administrator")["password"]})
    return {"email": email, "password": accept(page)}


def set_up(console):
    """Turns the second step on: the app, the time of its first code, the recovery codes."""
    page = console.get("/account/second-step").text
    app = pyotp.parse_uri(html.unescape(re.search(r'id="app-address">([^<]+)<', page).group(1)))
    assert app.secret == re.search(r'id="app-secret">([^<]+)<', page).group(1).replace(" ", "")
    assert (app.digits, app.interval) == (6, 30) and app.name and app.issuer
    token = re.search(r'name="token" value="([^"]+)"', page).group(1)
    now = int(time.time())
    shown = console.post("/account/second-step", 200, token=token, code=app.at(now)).text
    codes = re.findall(r'<li><code class="mono">([^<]+)<', shown)
    assert len(set(codes)) == 10
    return app, now, codes


def password_step(place, person, status=303):
    http = httpx.Client(base_url=place.base, timeout=TIMEOUT)
    answer = http.post("/session", data={"login": person["email"], "password": person["password"], "return": "/patients"})
    assert answer.status_code == status, answer.text[:400]
    return http, answer


def test_a_code_is_asked_for_and_counts_once(place, admin):
    person = newcomer(admin, place, "Olga Once")
    with Console(place.base, person) as console:
        app, first, codes = set_up(console)
        assert console.get("/account/second-step", 303).headers["location"] == "/account/security"
    http, answer = password_step(place, person)
    assert answer.headers["location"].startswith("/session/second-step") and SECOND in http.cookies
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert http.get("/patients").headers["location"] == "/session"
    assert http.get(answer.headers["location"]).status_code == 200
    code = lambda text: http.post("/session/second-step", data={"code": text, "return": "/patients"})  # noqa: E731
    assert code(app.at(first)).status_code == 422, "used when it was turned on"
    entered = code(app.at(first + 30))
    assert entered.status_code == 303 and entered.headers["location"] == "/patients"
    assert http.get("/patients").status_code == 200
    again, _ = password_step(place, person)
    replay = again.post("/session/second-step", data={"code": app.at(first + 30)})
    assert replay.status_code == 422
    recovered = again.post("/session/second-step", data={"code": codes[4].lower()})
    assert recovered.status_code == 303
    third, _ = password_step(place, person)
    assert third.post("/session/second-step", data={"code": codes[4]}).status_code == 422
    for client in (http, again, third):
        client.close()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_of_it_in_a_browser(place, admin, browser, size, scheme):
    person = newcomer(admin, place, f"Bea {scheme} {size['width']}")
    context = browser.context(place.base, size, scheme)
    watched = Watched(context)
    watched.expected = (422,)
    page = watched.page

    def sign_in():
        page.goto("/session")
        page.fill('input[name="login"]', person["email"])
        page.fill('input[name="password"]', person["password"])
        page.click('form[action="/session"] button')

    sign_in()
    page.goto("/account/security")
    assert axe_violations(page) == []
    page.get_by_role("link", name="Set up the second step").click()
    expect(page.locator("svg.qr-code path")).to_be_visible()
    assert axe_violations(page) == []
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0
    app = pyotp.TOTP(page.inner_text("#app-secret").replace(" ", ""))
    page.fill("#app-code", "000000")
    page.get_by_role("button", name="Turn the second step on").click()
    expect(page.locator('.notice.red[role="alert"]')).to_be_visible()
    now = int(time.time())
    page.fill("#app-code", app.at(now))
    page.get_by_role("button", name="Turn the second step on").click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    assert axe_violations(page) == []
    context.clear_cookies()
    sign_in()
    expect(page).to_have_url(re.compile("/session/second-step"))
    assert axe_violations(page) == []
    page.fill('input[name="code"]', "000000")
    page.keyboard.press("Enter")
    expect(page.locator('.notice.red[role="alert"]')).to_be_visible()
    page.fill('input[name="code"]', app.at(now + 30))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/$"))
    context.close()
    assert not watched.complaints, watched.complaints


class Stream(threading.Thread):
    """A live stream read until its server ends it."""

    def __init__(self, console):
        super().__init__(daemon=True)
        self.cookies = dict(console.http.cookies)
        self.base = console.http.base_url
        self.text, self.ended = "", None
        self.start()

    def run(self):
        with httpx.Client(base_url=self.base, cookies=self.cookies, timeout=None) as http:
            with http.stream("GET", "/live") as answer:
                for part in answer.iter_text():
                    self.text += part
        self.ended = time.monotonic()


def seconds_until_it_ends(place, admin, act, name):
    """How long the stream of somebody goes on whose access is taken away. Their next request is refused whatever it takes."""
    person = newcomer(admin, place, name)
    with Console(place.base, person) as console:
        stream = Stream(console)
        eventually(lambda: "event: change" in stream.text, "the stream has begun")
        users = admin.get("/users").text
        address = re.findall(r'href="(/users/[0-9A-Z]{13})">([^<]+)<', users)
        mine = next(where for where, shown in address if shown.startswith(name))
        assert console.get("/patients").status_code == 200
        start = time.monotonic()
        admin.post(f"{mine}/{act}")
        assert console.get("/patients", 303).headers["location"] == "/session"
        eventually(lambda: stream.ended, "the stream has ended")
        assert "event: ended" in stream.text
        return stream.ended - start


@pytest.mark.parametrize("act", ["sessions/ending", "suspension"])
def test_access_that_is_taken_away_is_gone_within_a_second(place, admin, act):
    """What else runs on this machine makes one slow, not three after each other; the slow tests give it one try."""
    times = []
    for turn in ("One",) if SLOW else ("One", "Two", "Three"):
        times.append(seconds_until_it_ends(place, admin, act, f"Lea {turn} {act.split('/')[0]}"))
        if times[-1] < 1.0:
            return
    assert min(times) < 1.0, times


def test_a_page_that_is_open_leaves_when_its_session_ends(place, admin, browser):
    person = newcomer(admin, place, "Paula Page")
    context = browser.context(place.base)
    watched = Watched(context)
    watched.sign_in(person)
    watched.page.goto("/patients")
    expect(watched.page.locator('[data-live-state][data-state="live"]')).to_be_attached()
    mine = re.search(r'href="(/users/[0-9A-Z]{13})">Paula Page<', admin.get("/users").text).group(1)
    admin.post(f"{mine}/sessions/ending")
    expect(watched.page).to_have_url(re.compile("/session$"))
    context.close()


def test_waiting_tells_nothing_about_who_there_is(place, admin):
    """The last one: the address has fewer tries left after it."""
    known = newcomer(admin, place, "Wanda Waits")["email"]
    answers = {}
    for login in (known, "nobody.at.all@clinic.example"):
        with httpx.Client(base_url=place.base, timeout=TIMEOUT) as http:
            seen = [http.post("/session", data={"login": login, "password": f"wrong {n}"}) for n in range(7)]
        answers[login] = [(a.status_code, a.headers.get("retry-after") is not None, a.text.replace(login, "NAME")) for a in seen]
    first, second = answers.values()
    assert first == second
    assert [status for status, _, _ in first] == [422] * 5 + [429] * 2


def test_a_form_of_another_site_or_without_its_token_changes_nothing(place, admin):
    fields = {"email": "forged@riverbend.example", "name": "Forged Person", "role": "front-desk"}
    for given, headers in (
        ({}, {}), ({"csrf": ""}, {}), ({"csrf": "A" * len(admin.csrf)}, {}), ({"csrf": admin.csrf[:-1]}, {}),
        ({"csrf": admin.csrf}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        answer = admin.http.post("/users", data=fields | given, headers=headers)
        assert answer.status_code == 403, (given, headers, answer.status_code)
    assert "Forged Person" not in admin.get("/users").text
    # With its token the same form does what it says.
    newcomer(admin, place, "Honest Person", "front-desk")
    assert "Honest Person" in admin.get("/users").text
