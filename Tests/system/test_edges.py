"""What is open towards others: limits, addresses that are called, secrets on the command line."""

import json
import time

import httpx
import pytest

from support.doors import Api, Carrier, Console, Webhook
from support.processes import BINARY, Practice, clean_environment, eventually, free_port, run

TIMEOUT = httpx.Timeout(30.0)


@pytest.fixture(scope="module")
def place(engine_named, tmp_path_factory):
    made = Practice(engine_named("sqlite"), tmp_path_factory.mktemp("edges"), patients=20).prepare()
    yield made
    made.close()


@pytest.fixture
def limited(place):
    """Serves with the limits that a test names."""

    def serve(**environment):
        place.serve(THROUGHLINE_RATE_LIMIT_ENABLED="true", **environment)
        return place

    yield serve
    place.stop()


def test_a_key_that_asks_too_often_is_told_when_to_come_again(limited):
    place = limited(THROUGHLINE_RATE_LIMIT_KEY="2/10", THROUGHLINE_RATE_LIMIT_ADDRESS="1/5")
    with Api(place.base, place.key("integration")) as api:
        answers = [api.http.get("/api/v1/events") for _ in range(30)]
        good = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 10 <= len(good) < 25 and len(good) + len(refused) == 30, [answer.status_code for answer in answers]
        assert good[-1].headers["ratelimit-policy"] == '"key";q=10;w=5'
        assert good[-1].headers["ratelimit"].startswith('"key";r=')
        last = refused[-1]
        assert 1 <= int(last.headers["retry-after"]) <= 5
        assert last.headers["ratelimit"].startswith('"key";r=0;t=')
        assert last.json()["code"] == "rate.limit" and last.headers["content-type"] == "application/problem+json"
        # Others are not held up: another key, another door.
        with Api(place.base, place.key("clinician")) as other:
            assert other.http.get("/api/v1/openapi.json").status_code == 200


def test_guessing_keys_and_sessions_counts_for_the_address(limited):
    place = limited(THROUGHLINE_RATE_LIMIT_ADDRESS="1/20", THROUGHLINE_RATE_LIMIT_KEY="100/100")
    key = place.key("integration")
    with Api(place.base, key) as api:
        assert api.http.get("/api/v1/events").status_code == 200
        with httpx.Client(base_url=place.base, timeout=TIMEOUT) as stranger:
            tried = []
            for number in range(40):
                headers = {"Authorization": f"Bearer tl_riverbend_{number:032d}"}
                if number % 2:
                    headers = {"Cookie": f"throughline-session={number:043d}", "Accept": "text/html"}
                # Whoever guesses may say what they like about where they are.
                headers["X-Forwarded-For"] = f"198.51.100.{number}"
                path = "/inbox" if number % 2 else "/api/v1/events"
                tried.append(stranger.get(path, headers=headers).status_code)
            assert set(tried[:10]) <= {401, 303} and tried.count(429) >= 10, tried
            page = stranger.get("/session", headers={"Accept": "text/html"})
            assert page.status_code == 429 and "<h1" in page.text and "retry-after" in page.headers
            # The files of a page cost next to nothing.
            assert stranger.get("/assets/icons.svg").status_code == 200
        # A key that is known to be valid is not shut out by its neighbour.
        assert api.http.get("/api/v1/events").status_code == 200


def test_behind_a_proxy_each_client_counts_for_itself(limited):
    place = limited(
        THROUGHLINE_RATE_LIMIT_ADDRESS="1/3", THROUGHLINE_SERVER_PUBLIC_BASE="https://access.example.org")
    with httpx.Client(base_url=place.base, timeout=TIMEOUT) as proxy:
        for number in range(10):
            answer = proxy.get("/healthz", headers={"X-Forwarded-For": f"198.51.100.{number}"})
            assert answer.status_code == 200
        codes = [
            proxy.get("/healthz", headers={"X-Forwarded-For": f"2001:db8:7:7::{number}"}).status_code
            for number in range(1, 10)
        ]
        assert codes.count(200) in (3, 4) and codes[-1] == 429, codes


def test_only_a_proxy_that_is_trusted_names_the_client(limited):
    """Whoever reaches the program past its proxy counts as who they are, whatever they say."""
    place = limited(
        THROUGHLINE_RATE_LIMIT_ADDRESS="1/3", THROUGHLINE_SERVER_PUBLIC_BASE="https://access.example.org",
        THROUGHLINE_SERVER_TRUSTED_PROXIES="192.0.2.1,10.0.0.0/24")
    with httpx.Client(base_url=place.base, timeout=TIMEOUT) as stranger:
        codes = [
            stranger.get("/healthz", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code for number in range(10)
        ]
        assert codes.count(200) in (3, 4) and codes[-1] == 429, codes


def test_a_proxy_that_is_no_address_ends_the_start(place):
    for wrong in ("proxy.example.org", "10.0.0.0/33", "127.0.0.1,10.1"):
        done = run(
            BINARY, "doctor", "--data", place.data, check=False,
            environment=clean_environment(THROUGHLINE_SERVER_TRUSTED_PROXIES=wrong))
        assert done.returncode == 1 and "server.trustedProxies" in done.stderr, done.stderr


def test_no_header_says_how_the_program_is_reached(limited):
    """Links in an answer begin as the configuration says, or as the program was asked, whatever a header claims."""
    lies = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Forwarded": "proto=https;host=evil.example"}
    for settings, begin in (({}, None), ({"THROUGHLINE_SERVER_PUBLIC_BASE": "https://access.example.org"}, "https://access.example.org")):
        place = limited(**settings)
        headers = {"Authorization": f"Bearer {place.key('provisioning')}"}
        with httpx.Client(base_url=place.base, headers=headers, timeout=TIMEOUT) as proxy:
            plain = proxy.get("/scim/v2/ServiceProviderConfig")
            told = proxy.get("/scim/v2/ServiceProviderConfig", headers=lies | {"X-Forwarded-Proto": "http" if begin else "https"})
        assert plain.status_code == told.status_code == 200, told.text
        assert told.json()["meta"]["location"].startswith((begin or place.base) + "/scim/v2/")
        assert told.text == plain.text and "evil.example" not in told.text
        place.stop()


def test_a_signed_in_browser_has_a_bucket_of_its_own(limited):
    place = limited(THROUGHLINE_RATE_LIMIT_SESSION="1/20", THROUGHLINE_RATE_LIMIT_ADDRESS="1/30")
    with Console(place.base, place.user("access-agent")) as console:
        codes = [console.http.get("/healthz").status_code for _ in range(40)]
        assert codes[0] == 200 and codes[-1] == 429, codes
    with httpx.Client(base_url=place.base, timeout=TIMEOUT) as other:
        assert other.get("/session").status_code == 200


@pytest.mark.parametrize("text", ["fast", "5", "0/5", "5/0"])
def test_a_limit_that_is_none_is_told(place, text):
    done = run(
        BINARY, "doctor", "--data", place.data, check=False,
        environment=clean_environment(THROUGHLINE_RATE_LIMIT_KEY=text))
    assert done.returncode == 1 and "rateLimit.key" in done.stderr, done.stderr


SMS = {
    "THROUGHLINE_SMS_ACCOUNT": "AC0", "THROUGHLINE_SMS_TOKEN": "t", "THROUGHLINE_SMS_FROM": "+13035550100",
    "THROUGHLINE_SMS_PUBLIC_BASE": "https://access.example.org",
}


@pytest.mark.parametrize(
    "base",
    ["http://169.254.169.254", "https://127.0.0.1", "http://api.carrier.example@10.0.0.1", "https://2130706433",
     "https://[::ffff:127.0.0.1]", "file:///etc/passwd", "https://10.0.0.1:8443"])
def test_an_address_that_may_not_be_called_is_refused_before_anything_begins(place, base):
    done = run(
        BINARY, "serve", "--data", place.data, "--port", free_port(), check=False, timeout=60,
        environment=clean_environment(**SMS, THROUGHLINE_SMS_BASE=base))
    assert done.returncode == 1 and "sms.base" in done.stderr and "outbound.allow" in done.stderr, done.stderr


def test_a_name_is_called_at_the_address_that_was_checked_and_only_when_it_is_allowed(place):
    """The carrier under a name of this machine: a text goes out when the name is allowed, and none when it is not."""
    place.carrier()
    name = f"localhost:{place.port + 1}"
    try:
        with Carrier(place.carrier_base) as carrier:
            for sender, allowed in (("+12305550901", True), ("+12305550902", False)):
                environment = {"THROUGHLINE_SMS_BASE": f"http://{name}"}
                environment["THROUGHLINE_OUTBOUND_ALLOW"] = name if allowed else "sms.internal.example"
                place.serve(**environment)
                with Webhook(place) as webhook:
                    # Whoever opts out is told so, once.
                    assert webhook.text(sender, "STOP").status_code == 200
                if allowed:
                    eventually(lambda number=sender: carrier.received(number), "the confirming text")
                else:
                    time.sleep(3)
                    assert carrier.received(sender) == []
                place.stop()
    finally:
        place.simulator.stop()


def test_a_text_that_nobody_took_goes_out_when_the_carrier_is_back(place):
    """Where nothing listens, nothing was sent: the text is tried again, and is not a doubt for a person to settle."""
    sender = "+12305550903"
    place.serve()
    try:
        with Webhook(place) as webhook:
            assert webhook.text(sender, "STOP").status_code == 200
        time.sleep(12)
        place.carrier()
        with Carrier(place.carrier_base) as carrier:
            eventually(lambda: carrier.received(sender), "the confirming text", seconds=60)
            assert len(carrier.received(sender)) == 1
    finally:
        place.stop()
        place.simulator.stop()


def test_what_is_allowed_is_reported(place):
    environment = clean_environment(
        **SMS, THROUGHLINE_SMS_BASE="https://10.2.0.7:8443", THROUGHLINE_OUTBOUND_ALLOW="10.2.0.0/16,sms.internal.example")
    done = run(BINARY, "doctor", "--data", place.data, "--json", check=False, environment=environment)
    told = {check["id"]: check for check in json.loads(done.stdout)["checks"]}
    assert "10.2.0.0/16" in told["outbound-addresses"]["evidence"]
    assert told["rate-limits"]["status"] == "ok" and "1000/s" in told["rate-limits"]["evidence"]
    assert told["api-keys/riverbend"]["evidence"]
    off = run(
        BINARY, "doctor", "--data", place.data, "--json", check=False,
        environment=clean_environment(THROUGHLINE_RATE_LIMIT_ENABLED="false", THROUGHLINE_OUTBOUND_ALLOW="a b"))
    assert off.returncode == 1 and "outbound.allow" in off.stderr


# Secrets


def options():
    """Every option of every command, as the program itself describes them."""
    described = json.loads(run(BINARY, "--experimental-dump-help").stdout)

    def walk(command, path):
        for argument in command.get("arguments", []):
            names = [name["name"] for name in argument.get("names", [])]
            yield " ".join(path), names, argument.get("kind"), argument.get("valueName", "")
        for sub in command.get("subcommands", []):
            yield from walk(sub, [*path, sub["commandName"]])

    return list(walk(described["command"], ["throughline"]))


def test_no_flag_takes_a_secret():
    found = options()
    assert any("tls-key" in names for _, names, _, _ in found)
    for command, names, kind, value in found:
        if kind != "option":
            continue
        if any(word in name for name in names for word in ("token", "secret", "password", "key", "credential")):
            assert value in ("FILE", "DIR", "KEYSDIR", "FOLDER", "KEY", "PUBLIC"), f"{command} {names} takes {value}"
            # A tenant's KEY is its short name.
            assert value != "KEY" or names == ["tenant"], f"{command} {names}"


@pytest.mark.parametrize(
    "url",
    ["postgres://throughline:s3cret@127.0.0.1/throughline", "postgres:///throughline?host=/tmp&password=s3cret",
     "postgres://throughline:s3cret@/throughline"])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(tmp_path, url):
    done = run(BINARY, "init", "--data", tmp_path / "data", "--database", url, check=False)
    assert done.returncode == 2, done.stderr
    assert "THROUGHLINE_DATABASE_URL" in done.stderr and "s3cret" not in done.stderr + done.stdout
