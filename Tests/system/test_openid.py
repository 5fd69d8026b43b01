"""Staff who sign in at an identity provider: a real one, and one that lies."""

import http.server
import re
import threading
import time

import httpx
import pyotp
import pytest
from playwright.sync_api import expect

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.doors import TIMEOUT, Console
from support.openid import CLIENT, NAME, Elsewhere, Provider, Traveller, decoded
from support.processes import BINARY, Practice, clean_environment, free_port, run

SESSION = "throughline-session"


@pytest.fixture(scope="module")
def provider():
    made = Provider()
    yield made
    made.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request, engine_named, tmp_path_factory, provider):
    made = Practice(engine_named(request.param), tmp_path_factory.mktemp("openid"), patients=20)
    made.prepare()
    made.serve(**provider.settings(made.record["tenant"], SECOND_STEP="mfa"))
    yield made
    made.stop()
    made.close()


@pytest.fixture(scope="module")
def admin(place):
    with Console(place.base, place.user("administrator")) as console:
        yield console


@pytest.fixture(autouse=True)
def honest(provider):
    yield
    provider.forge = None
    provider.is_down = False
    provider.claimed = None
    provider.redirects = {}


def newcomer(place, admin, provider, name, **claims):
    """Somebody here and at the provider, with the same address; gives the subject there."""
    subject = name.lower().replace(" ", "-")
    email = f"{subject}@clinic.example"
    fields = {"name": name, "email": email, "role": "access-agent"}
    page = admin.post("/users", 200, **fields)
    if 'name="confirm-password"' in page.text:
        admin.post("/users", 200, **fields, **{"confirm-password": place.user("administrator")["password"]})
    provider.person(subject, **({"email": email, "email_verified": True} | claims))
    return subject


def own_page(admin, name):
    return re.search(rf'href="(/users/[0-9A-Z]{{13}})">{name}<', admin.get("/users").text).group(1)


def refused(answer, status=422):
    """A page that says so in words, without a session."""
    assert answer.status_code == status, answer.text[:600]
    assert SESSION not in answer.cookies and 'role="alert"' in answer.text
    return re.search(r'role="alert".*?<strong>([^<]+)<', answer.text, re.S).group(1)


def test_one_signs_in_at_the_provider_and_is_who_one_is_here(place, admin, provider):
    subject = newcomer(place, admin, provider, f"Olivia Open {place.engine.name}")
    with Traveller(place.base) as traveller:
        page = traveller.http.get("/session", params={"return": "/patients"}).text
        assert f"Sign in with {NAME}" in page
        answer = traveller.sign_in(subject)
        assert answer.status_code == 303 and answer.headers["location"] == "/patients"
        assert traveller.http.get("/patients").status_code == 200
        security = traveller.http.get("/account/security").text
        assert f"You can sign in here with your account at {NAME}." in security
    asked, redeemed = provider.asked[-1], provider.redeemed[-1]
    assert asked["response_type"] == "code" and asked["client_id"] == CLIENT and "openid" in asked["scope"]
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len(decoded(asked["state"])) == 32 and len(asked["nonce"]) >= 32
    assert redeemed["authorization"].startswith("Basic ") and "client_secret" not in redeemed
    assert redeemed["redirect_uri"] == f"{place.base}/session/provider/callback"
    # Linked by who one is there: the address does not count any more.
    provider.person(subject, email="changed@elsewhere.example", email_verified=False)
    with Traveller(place.base) as traveller:
        assert traveller.sign_in(subject).headers["location"] == "/patients"
    # Neither the subject nor the address stands in the database.
    for table in ("user_identity", "sign_in_ceremony"):
        assert subject not in str(place.rows(f"SELECT * FROM {table}"))


def test_unknown_unverified_suspended_and_taken_people_get_the_same_answer(place, admin, provider):
    engine = place.engine.name
    provider.person("nobody-here", email="nobody@clinic.example", email_verified=True)
    unverified = newcomer(place, admin, provider, f"Una Unverified {engine}", email_verified=False)
    suspended = newcomer(place, admin, provider, f"Sam Suspended {engine}")
    linked = newcomer(place, admin, provider, f"Lee Linked {engine}")
    away = newcomer(place, admin, provider, f"Ava Away {engine}")
    with Traveller(place.base) as traveller:
        assert traveller.sign_in(linked).status_code == 303
    with Traveller(place.base) as traveller:
        assert traveller.sign_in(away).status_code == 303
        for name in (f"Sam Suspended {engine}", f"Ava Away {engine}"):
            admin.post(f"{own_page(admin, name)}/suspension")
        assert traveller.http.get("/patients").headers["location"] == "/session"
    # Another person there with the address of somebody who is linked already.
    provider.person("impostor", email=provider.people[linked]["email"], email_verified=True)
    pages = set()
    for subject in ("nobody-here", unverified, suspended, away, "impostor"):
        with Traveller(place.base) as traveller:
            answer = traveller.sign_in(subject)
            assert refused(answer) == f"{NAME} let you in, but we cannot", subject
            pages.add(answer.text)
    assert len(pages) == 1


def test_accounts_that_the_provider_made_are_found_and_come_back_without_their_old_ways_in(place, provider):
    engine = place.engine.name
    headers = {"Authorization": f"Bearer {place.key('provisioning')}"}
    with httpx.Client(base_url=f"{place.base}/scim/v2", headers=headers, timeout=TIMEOUT) as scim:

        def account(name, **more):
            answer = scim.post(
                "/Users", json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name} | more)
            assert answer.status_code == 201, answer.text
            return answer.json()["id"]

        def signs_in(subject):
            with Traveller(place.base) as traveller:
                answer = traveller.sign_in(subject)
                if answer.status_code != 303:
                    assert refused(answer) == f"{NAME} let you in, but we cannot"
                return answer.status_code == 303

        # By the address, in whatever case it was told, and by what the provider calls somebody without one.
        email = f"Paula.{engine}@clinic.example"
        paula = account(email)
        provider.person(f"first-paula-{engine}-0001", email=email.lower(), email_verified=True)
        assert signs_in(f"first-paula-{engine}-0001")
        subject = f"opaque-subject-{engine}-0002"
        account(f"pedro-{engine}", externalId=subject)
        provider.person(subject)
        assert signs_in(subject)
        # The one of them and the address of the other: nobody.
        mixed = f"opaque-subject-{engine}-0003"
        account(f"first-{engine}", externalId=mixed)
        account(f"second-{engine}@clinic.example")
        provider.person(mixed, email=f"second-{engine}@clinic.example", email_verified=True)
        assert not signs_in(mixed)
        # A short one may be anybody's number in another program.
        account(f"numbered-{engine}", externalId=f"1001-{engine[:4]}")
        provider.person(f"1001-{engine[:4]}")
        assert not signs_in(f"1001-{engine[:4]}")
        # Deleted and made again with the same address: it may be another person's by now.
        assert scim.delete(f"/Users/{paula}").status_code == 204
        assert not signs_in(f"first-paula-{engine}-0001")
        assert account(email) == paula
        provider.person(f"second-paula-{engine}-0004", email=email.lower(), email_verified=True)
        assert signs_in(f"second-paula-{engine}-0004")
        assert not signs_in(f"first-paula-{engine}-0001")


LIES = {
    "nonce": lambda claims, header: claims.update(nonce="another"),
    "no-nonce": lambda claims, header: claims.pop("nonce"),
    "audience": lambda claims, header: claims.update(aud="another"),
    "party": lambda claims, header: claims.update(aud=[CLIENT, "another"]),
    "issuer": lambda claims, header: claims.update(iss="https://evil.example"),
    "expired": lambda claims, header: claims.update(exp=int(time.time()) - 120),
    "old": lambda claims, header: claims.update(iat=int(time.time()) - 3600),
    "none": lambda claims, header: header.update(alg="none"),
    "symmetric": lambda claims, header: header.update(alg="HS256"),
    "unknown-key": lambda claims, header: header.update(kid="nobody's"),
    "critical": lambda claims, header: header.update(crit=["b64"]),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_the_statement_is_found(place, admin, provider, lie):
    subject = newcomer(place, admin, provider, f"Lia {lie.title()} {place.engine.name}")
    provider.forge = lambda claims, header: None
    with Traveller(place.base) as traveller:
        assert traveller.sign_in(subject).status_code == 303, "signed by the key beside, it is right"
    provider.forge = LIES[lie]
    with Traveller(place.base) as traveller:
        assert "did not work" in refused(traveller.sign_in(subject))


def test_the_way_back_counts_once_and_in_the_browser_that_left(place, admin, provider):
    subject = newcomer(place, admin, provider, f"Rita Replay {place.engine.name}")
    with Traveller(place.base) as traveller, Traveller(place.base) as thief:
        address = traveller.agree(traveller.leave(), subject)
        thief.leave()
        assert refused(thief.come_back(address)) == "This sign-in cannot go on"
        assert refused(traveller.come_back(address)) == "This sign-in cannot go on", "used up"
        address = traveller.agree(traveller.leave(), subject)
        assert traveller.come_back(address).status_code == 303
        assert refused(traveller.come_back(address)) == "This sign-in cannot go on"
        for query in ("", "?state=abc&code=x", "?code=x", "?error=access_denied", f"?state={'A' * 43}&code=x"):
            assert refused(traveller.http.get("/session/provider/callback" + query)) == "This sign-in cannot go on"
        # An answer that names another provider (RFC 9207), and a code that nobody gave.
        address = traveller.agree(traveller.leave(), subject)
        assert refused(traveller.come_back(address + "&iss=https%3A%2F%2Fevil.example"))
        address = traveller.agree(traveller.leave(), subject)
        assert "did not work" in refused(traveller.come_back(re.sub("code=[^&]+", "code=made-up", address)))
        left = traveller.leave()
        denied = traveller.agree(left, subject, "deny")
        if "state=" not in denied:
            # This provider leaves it out of a refusal; RFC 6749, 4.1.2.1 wants it there.
            denied += "&state=" + re.search("state=([^&]+)", left).group(1)
        assert refused(traveller.come_back(denied)) == f"You did not sign in with {NAME}"


def test_no_session_begins_by_a_link_of_another_site(place, provider):
    """A link, a picture or a mail leads to the sign-in page at most; its button goes on, in browsers old and new."""
    host = place.base.split("://")[1]
    foreign = [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {},
        {"Sec-Fetch-Site": "cross-site", "Referer": f"{place.base}/session"}, {"Referer": "https://evil.example/"},
        {"Referer": f"http://evil.example/{place.base}/session"}, {"Referer": f"{place.base}.evil.example/"},
        {"Referer": f"{place.base}1/session"}, {"Referer": f"https://{host}/session"},
    ]
    before = len(provider.asked)
    for headers in foreign:
        with Traveller(place.base) as traveller:
            answer = traveller.http.get("/session/provider", params={"return": "/patients"}, headers=headers)
            assert answer.status_code == 303 and answer.headers["location"] == "/session?return=%2Fpatients", headers
            assert "set-cookie" not in answer.headers
            assert f"Sign in with {NAME}" in traveller.http.get(answer.headers["location"]).text
    assert len(provider.asked) == before
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Referer": f"{place.base}/session?return=%2F"}):
        with Traveller(place.base) as traveller:
            answer = traveller.http.get("/session/provider", params={"return": "/patients"}, headers=headers)
            assert answer.headers["location"].startswith(provider.issuer), headers


def test_nobody_is_led_elsewhere(place, admin, provider):
    subject = newcomer(place, admin, provider, f"Rory Redirect {place.engine.name}")
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        with Traveller(place.base) as traveller:
            assert traveller.sign_in(subject, back).headers["location"] == "/"


def test_new_keys_at_the_provider_are_taken(place, admin, provider):
    subject = newcomer(place, admin, provider, f"Kira Keys {place.engine.name}")
    for _ in range(2):
        with Traveller(place.base) as traveller:
            assert traveller.sign_in(subject).status_code == 303
        provider.renew_keys()
        # Looked for anew at most every five seconds.
        time.sleep(5.5)


def test_without_the_provider_the_password_goes_on(place, admin, provider):
    subject = newcomer(place, admin, provider, f"Dora Down {place.engine.name}")
    with Traveller(place.base) as traveller:
        address = traveller.agree(traveller.leave(), subject)
        provider.is_down = True
        answer = traveller.come_back(address)
        assert refused(answer, 503) == f"{NAME} cannot be reached" and 'name="password"' in answer.text
    with Console(place.base, place.user("administrator")) as console:
        console.get("/patients")
    provider.is_down = False
    # And from the beginning: a server that has not read the provider's addresses yet.
    provider.is_down = True
    place.stop()
    place.serve(**provider.settings(place.record["tenant"], SECOND_STEP="mfa"))
    with httpx.Client(base_url=place.base, timeout=TIMEOUT) as http:
        assert refused(http.get("/session/provider", headers={"Sec-Fetch-Site": "same-origin"}), 503) == f"{NAME} cannot be reached"
    with Console(place.base, place.user("administrator")) as console:
        console.get("/patients")


@pytest.fixture
def forgetful(place, provider):
    """Serves anew: what was known of the provider is forgotten, before and after."""

    def again():
        place.stop()
        place.serve(**provider.settings(place.record["tenant"], SECOND_STEP="mfa"))

    yield again
    again()


def test_metadata_that_name_another_issuer_are_refused_and_told(place, provider, forgetful):
    log = place.folder / "serve.log"
    for claimed in ("https://evil.example", provider.issuer + "/", provider.issuer.upper()):
        provider.claimed = claimed
        forgetful()
        before, asked = len(log.read_text()), len(provider.asked)
        with Traveller(place.base) as traveller:
            answer = traveller.http.get("/session/provider", headers={"Sec-Fetch-Site": "same-origin"})
            assert refused(answer, 503) == f"{NAME} cannot be reached"
            assert traveller.http.get("/patients").headers["location"] == "/session"
        told = [line for line in log.read_text()[before:].splitlines() if "openid.issuer" in line]
        assert len(told) == 1 and "name another issuer than the configured one" in told[0], claimed
        assert len(provider.asked) == asked, "nobody was sent there"


def test_no_answer_leads_the_program_elsewhere(place, admin, provider, forgetful):
    """Each address of the provider that the program calls answers with a redirect to one that it may call as well."""
    subject = newcomer(place, admin, provider, f"Rick Redirected {place.engine.name}")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        elsewhere = f"http://localhost:{server.server_address[1]}"
        Elsewhere.asked.clear()
        for path in ("/.well-known/openid-configuration", "/jwks", "/oauth2/token"):
            provider.redirects = {path: elsewhere + path}
            forgetful()
            with Traveller(place.base) as traveller:
                if path.startswith("/.well-known"):
                    answer = traveller.http.get("/session/provider", headers={"Sec-Fetch-Site": "same-origin"})
                else:
                    answer = traveller.sign_in(subject)
                assert refused(answer, 503) == f"{NAME} cannot be reached", path
        assert httpx.get(elsewhere + "/self", timeout=TIMEOUT).status_code == 200
        assert Elsewhere.asked == ["/self"]
        server.shutdown()


def test_it_confirms_who_one_is_when_it_has_just_asked(place, admin, provider):
    subject = newcomer(place, admin, provider, f"Cora Confirms {place.engine.name}")
    other = newcomer(place, admin, provider, f"Otto Other {place.engine.name}")
    with Traveller(place.base) as traveller:
        assert traveller.sign_in(other).status_code == 303
    with Traveller(place.base) as traveller:
        traveller.sign_in(subject)
        leave = lambda: traveller.http.get("/account/confirmation/provider").headers["location"]  # noqa: E731
        address = leave()
        assert "prompt=login" in address and "max_age=0" in address
        wrong = "/account/security?problem=not-confirmed"
        for who, ago, to in ((other, 0, wrong), (subject, 900, wrong), (subject, 0, "/account/security?done=account.confirmed")):
            provider.forge = lambda claims, header, ago=ago: claims.update(auth_time=int(time.time()) - ago)
            assert traveller.come_back(traveller.agree(leave(), who)).headers["location"] == to
        provider.forge = lambda claims, header: claims.pop("auth_time", None)
        assert traveller.come_back(traveller.agree(leave(), subject)).headers["location"] == wrong


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_of_it_in_a_browser(place, admin, provider, browser, size, scheme):
    subject = newcomer(place, admin, provider, f"Bo {scheme.title()} {size['width']} {place.engine.name}")
    context = browser.context(place.base, size, scheme)
    watched = Watched(context)
    page = watched.page
    page.goto("/session?return=/patients")
    assert axe_violations(page) == []
    page.get_by_role("link", name=f"Sign in with {NAME}").click()
    page.wait_for_url(lambda url: url.startswith(provider.issuer))
    page.fill('input[name="sub"]', subject)
    page.click('button[type="submit"]:not([value="deny"])')
    expect(page).to_have_url(f"{place.base}/patients")
    page.goto("/account/security")
    expect(page.get_by_text(f"You can sign in here with your account at {NAME}.")).to_be_visible()
    assert axe_violations(page) == []
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0
    context.close()
    complaints = [one for one in watched.complaints if provider.issuer not in one]
    assert not complaints, complaints


def test_a_second_step_there_counts_when_the_configuration_says_so(place, admin, provider):
    subject = newcomer(place, admin, provider, f"Stella Step {place.engine.name}")
    with Traveller(place.base) as traveller:
        traveller.sign_in(subject)
        page = traveller.http.get("/account/second-step").text
        csrf = re.search(r'<meta name="csrf" content="([^"]+)"', page).group(1)
        app = pyotp.TOTP(re.search(r'id="app-secret">([^<]+)<', page).group(1).replace(" ", ""))
        token = re.search(r'name="token" value="([^"]+)"', page).group(1)
        shown = traveller.http.post("/account/second-step", data={"csrf": csrf, "token": token, "code": app.now()})
        assert shown.status_code == 200 and "recovery-codes" in shown.text
    with Traveller(place.base) as traveller:
        answer = traveller.sign_in(subject)
        assert answer.headers["location"] == "/session/second-step?return=%2Fpatients"
        assert SESSION not in answer.cookies
    for methods, to in ((["pwd"], "/session/second-step?return=%2Fpatients"), (["pwd", "mfa"], "/patients")):
        provider.forge = lambda claims, header, methods=methods: claims.update(amr=methods)
        with Traveller(place.base) as traveller:
            assert traveller.sign_in(subject).headers["location"] == to


def test_what_is_half_configured_is_refused_by_name(tmp_path, provider):
    data = tmp_path / "data"
    run(BINARY, "init", "--data", data, "--tenant", "half")
    half = clean_environment(**provider.settings("half", CLIENT_SECRET=None))
    told = run(BINARY, "serve", "--data", data, "--port", free_port(), environment=half, check=False, timeout=60)
    assert told.returncode != 0 and "half configured" in told.stdout + told.stderr
