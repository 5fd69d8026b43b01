"""Passkeys in a real browser, with the authenticator that its own tools pretend to have."""

import base64
import re

import pytest
from playwright.sync_api import expect

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import Console, accept


@pytest.fixture
def named(place):
    """Under a name: browsers allow no passkeys under a number."""
    return place.base.replace("127.0.0.1", "localhost")


def newcomer(admin, place, name):
    email = f"{name.lower().replace(' ', '.')}@clinic.example"
    fields = {"name": name, "email": email, "role": "access-agent"}
    page = admin.post("/users", 200, **fields)
    if 'name="confirm-password"' in page.text:
        page = admin.post("/users", 200, **fields, **{"confirm-password": place.user("administrator")["password"]})
    return {"email": email, "password": accept(page)}


class Authenticator:
    """Chromium's virtual authenticator (WebDriver's WebAuthn, through the browser's own protocol)."""

    def __init__(self, context, page):
        self.tools = context.new_cdp_session(page)
        self.tools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                   "isUserVerified": True, "automaticPresenceSimulation": True}
        self.id = self.tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self):
        return self.tools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def verifies(self, whether):
        self.tools.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": whether})

    def rewind(self, count):
        """What a copy of the key does that was made some uses ago."""
        credential = self.credentials()[0] | {"signCount": count}
        self.tools.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})
        self.tools.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})


def add_passkey(page, name):
    page.goto("/account/security")
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.get_by_label("Name")).to_be_visible()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url(lambda url: "/account/security" in url)


def by_passkey(page):
    page.goto("/session")
    page.get_by_role("button", name="Sign in with a passkey").click()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_of_it_in_a_browser(place, admin, named, browser, size, scheme):
    person = newcomer(admin, place, f"Petra {scheme} {size['width']}")
    context = browser.context(named, size, scheme)
    watched = Watched(context)
    page = watched.page
    authenticator = Authenticator(context, page)
    watched.sign_in(person)
    add_passkey(page, "My phone")
    expect(page.locator("td", has_text="My phone").first).to_be_visible()
    assert len(authenticator.credentials()) == 1
    assert axe_violations(page) == []
    page.goto("/account/second-step/passkeys")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_text("This device has a passkey for you already.")).to_be_visible()

    page.goto("/account/security")
    page.get_by_text("Rename").first.click()
    page.locator(".passkey-name input[name=name]").fill("My new phone")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("td", has_text="My new phone").first).to_be_visible()
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0

    # Out, and in again without a name and a password.
    context.clear_cookies()
    page.goto("/session")
    assert axe_violations(page) == []
    by_passkey(page)
    expect(page).to_have_url(f"{named}/")
    page.goto("/account/security")
    expect(page.locator("td", has_text="My new phone").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Remove")).first.click()
    expect(page).to_have_url(re.compile("/account/security"))
    expect(page.get_by_text("You have no passkey yet.")).to_be_visible()
    context.clear_cookies()
    watched.expected = (422,)
    by_passkey(page)
    expect(page.locator('.notice.red[role="alert"]')).to_have_text(re.compile("That passkey did not work"))
    assert axe_violations(page) == []
    context.close()
    assert not watched.complaints, watched.complaints


def test_a_device_that_does_not_check_its_person_gives_none(place, admin, named, browser):
    person = newcomer(admin, place, "Vera Verified")
    context = browser.context(named)
    watched = Watched(context)
    page = watched.page
    authenticator = Authenticator(context, page)
    watched.sign_in(person)
    add_passkey(page, "Careless")
    context.clear_cookies()
    authenticator.verifies(False)
    by_passkey(page)
    expect(page.get_by_text("The browser did not give a passkey. Try again.")).to_be_visible()
    authenticator.verifies(True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{named}/")
    context.close()


def test_a_copy_is_found_and_blocked(place, admin, named, browser):
    person = newcomer(admin, place, "Clara Copied")
    context = browser.context(named)
    watched = Watched(context)
    page = watched.page
    authenticator = Authenticator(context, page)
    watched.sign_in(person)
    add_passkey(page, "Copied")
    for _ in range(2):
        context.clear_cookies()
        by_passkey(page)
        expect(page).to_have_url(f"{named}/")
    context.clear_cookies()
    authenticator.rewind(1)
    for _ in range(2):
        by_passkey(page)
        expect(page.locator('.notice.red[role="alert"]')).to_be_visible()
    page.goto("/session")
    page.fill('input[name="login"]', person["email"])
    page.fill('input[name="password"]', person["password"])
    page.click('form[action="/session"] button')
    page.wait_for_url(lambda url: not url.endswith("/session"))
    page.goto("/account/security")
    expect(page.get_by_text("Blocked: a copy was used")).to_be_visible()
    assert axe_violations(page) == []
    context.close()


def test_without_scripts_or_a_name_the_pages_say_so(place, admin, browser):
    context = browser.context(place.base, scripts=False)
    page = context.new_page()
    page.goto("/session")
    assert page.locator("form[data-passkey]").count() == 0
    page.fill('input[name="login"]', place.user("clinic-manager")["email"])
    page.fill('input[name="password"]', place.user("clinic-manager")["password"])
    page.click('form[action="/session"] button')
    page.goto("/account/second-step/passkeys")
    expect(page.get_by_text("Not under this address")).to_be_visible()
    context.close()
    context = browser.context(place.base.replace("127.0.0.1", "localhost"), scripts=False)
    page = context.new_page()
    page.goto("/session")
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    page.fill('input[name="login"]', place.user("clinic-manager")["email"])
    page.fill('input[name="password"]', place.user("clinic-manager")["password"])
    page.click('form[action="/session"] button')
    page.goto("/account/second-step/passkeys")
    expect(page.get_by_text("This browser cannot make passkeys")).to_be_visible()
    context.close()


def test_an_answer_that_was_seen_on_the_way_is_no_use(place, admin, named, browser):
    """What the form sent is sent again, in the same browser and in another one."""
    person = newcomer(admin, place, "Rhea Replay")
    context = browser.context(named)
    watched = Watched(context)
    page = watched.page
    Authenticator(context, page)
    watched.sign_in(person)
    add_passkey(page, "Seen")
    context.clear_cookies()
    seen = []
    page.on("request", lambda request: seen.append(request) if request.url.endswith("/session/passkey") else None)
    by_passkey(page)
    expect(page).to_have_url(f"{named}/")
    fields = seen[0].post_data
    cookies = {one["name"]: one["value"] for one in context.cookies() if one["name"] == "throughline-sign-in"}
    assert cookies and len(base64.urlsafe_b64decode(cookies["throughline-sign-in"] + "==")) == 24
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with Console(named) as console:
        for given in (cookies, {}):
            answer = console.http.post("/session/passkey", content=fields, headers=headers, cookies=given)
            assert answer.status_code == 422 and "throughline-session" not in answer.cookies
    context.close()
