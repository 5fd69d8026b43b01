"""TLS as browsers and programs meet it: versions, renewal without a restart, cookies, and what is refused at the start."""

import http.client
import json
import re
import signal
import ssl
import time

import httpx
import pytest
from cryptography import x509

from support.certificates import Authority, write
from support.processes import BINARY, Running, clean_environment, eventually, free_port, run


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


class Place:
    """A practice that is served over TLS."""

    def __init__(self, practice, authority, folder):
        self.practice, self.authority, self.folder = practice, authority, folder
        self.port = free_port(neighbours=1)
        self.serial = None
        self.renew()
        self.server = Running(
            [BINARY, "serve", *self.flags, *practice.engine.arguments, "--tls-redirect-port", self.port + 1],
            folder / "tls.log", practice.environment(), ready_within=60)

    @property
    def flags(self):
        return ["--data", self.practice.data, "--port", self.port, "--tls-certificate",
                self.folder / "certificate.pem", "--tls-key", self.folder / "key.pem"]

    def renew(self, **days):
        certificate, key, self.serial = self.authority.sign(**days)
        write(self.folder, certificate, key)

    def context(self):
        return ssl.create_default_context(cafile=self.authority.root)

    def connect(self, context=None):
        connection = http.client.HTTPSConnection("localhost", self.port, context=context or self.context(), timeout=20)
        connection.connect()
        return connection

    def greeted(self):
        """The serial number that a new connection is shown."""
        connection = self.connect()
        try:
            return serial(connection)
        finally:
            connection.close()


def serial(connection):
    return x509.load_der_x509_certificate(connection.sock.getpeercert(binary_form=True)).serial_number


def healthy(connection):
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    return answer.status == 200 and answer.read() == b"ok\n"


@pytest.fixture
def place(practice, authority, tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    made = Place(practice, authority, folder)
    yield made
    made.server.stop()


def only(version, ciphers=None):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Without this the client's own library would refuse what the server is to refuse.
    context.set_ciphers(ciphers or "ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


def test_tls_1_2_and_1_3_are_taken_and_older_ones_refused(place):
    assert place.server.address == f"https://127.0.0.1:{place.port}"
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        connection = place.connect(only(version))
        assert connection.sock.version() == name
        assert healthy(connection)
        connection.close()
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError) as refused:
            place.connect(only(version))
        assert "ALERT" in (refused.value.reason or ""), refused.value


def test_ciphers_without_forward_secrecy_or_authentication_are_refused(place):
    good = place.connect(only(ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM"))
    assert good.sock.cipher()[0].startswith("ECDHE-ECDSA-AES")
    good.close()
    for ciphers in ("ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"):
        with pytest.raises(ssl.SSLError):
            place.connect(only(ssl.TLSVersion.TLSv1_2, ciphers))


def test_a_renewed_certificate_greets_new_connections_and_old_ones_go_on(place):
    first = place.serial
    old = place.connect()
    assert serial(old) == first and healthy(old)
    place.renew()
    eventually(lambda: place.greeted() == place.serial, "the renewed certificate", seconds=40)
    assert healthy(old) and serial(old) == first
    # Asked for by a signal it comes at once, and nothing ends.
    place.renew()
    place.server.process.send_signal(signal.SIGHUP)
    eventually(lambda: place.greeted() == place.serial, "the certificate after SIGHUP", seconds=40)
    assert healthy(old)
    old.close()


def test_a_broken_renewal_is_told_and_the_last_certificate_goes_on(place, authority):
    first = place.serial
    certificate, key, _ = authority.sign()
    other = authority.sign()[1]
    for number, (one, two) in enumerate([(b"no certificate", key), (certificate, other), (authority.sign(until=0)[0], key)]):
        told = place.server.log.read_text().count("the last one goes on")
        write(place.folder, one, two)
        eventually(
            lambda: place.server.log.read_text().count("the last one goes on") > told, f"renewal {number} is told",
            seconds=40)
        assert place.greeted() == first
    (place.folder / "certificate.pem").unlink()
    place.server.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert place.greeted() == first
    place.renew()
    eventually(lambda: place.greeted() == place.serial, "the good one after the broken ones", seconds=40)


def test_a_whole_sign_in_runs_over_tls_with_a_cookie_for_this_host_alone(place):
    user = place.practice.user("access-agent")
    with httpx.Client(base_url=f"https://localhost:{place.port}", verify=place.context(), timeout=30) as browser:
        page = browser.get("/session")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        answer = browser.post("/session", data={"login": user["email"], "password": user["password"]})
        assert answer.status_code == 303, answer.text[:400]
        cookies = [c for c in answer.headers.get_list("set-cookie") if "throughline-session" in c]
        assert len(cookies) == 1 and cookies[0].startswith("__Host-throughline-session=")
        parts = {part.strip().lower() for part in cookies[0].split(";")[1:]}
        assert {"secure", "httponly", "path=/"} <= parts and not any(part.startswith("domain") for part in parts)
        home = browser.get("/")
        assert home.status_code == 200 and user["name"] in home.text
        csrf = re.search(r'<meta name="csrf" content="([^"]+)"', home.text).group(1)
        assert browser.post("/session/end", data={"csrf": csrf}).status_code == 303
        assert browser.get("/").status_code == 303


def test_choices_are_kept_for_this_host_alone_and_taken_from_no_other_cookie(place):
    """Theme, language and place: over TLS with the prefix that no subdomain and no plain connection can write."""
    user = place.practice.user("access-agent")
    with httpx.Client(base_url=f"https://localhost:{place.port}", verify=place.context(), timeout=30) as browser:
        assert browser.post("/session", data={"login": user["email"], "password": user["password"]}).status_code == 303
        csrf = re.search(r'<meta name="csrf" content="([^"]+)"', browser.get("/").text).group(1)
        location = re.search(r'name="location" value="(?!all")([^"]+)"', browser.get("/").text).group(1)
        for choice, field, value in (("theme", "theme", "dark"), ("language", "language", "es"), ("place", "location", location)):
            answer = browser.post(f"/settings/{field}", data={"csrf": csrf, field: value, "return": "/"})
            assert answer.status_code == 303, answer.text[:400]
            (cookie,) = answer.headers.get_list("set-cookie")
            assert cookie.startswith(f"__Host-throughline-{choice}={value};"), cookie
            parts = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts, cookie
            assert not any(part.startswith("domain") for part in parts)
        home = browser.get("/").text
        assert re.search(r'<html lang="es"[^>]* data-theme="dark"', home)
    with httpx.Client(base_url=f"https://localhost:{place.port}", verify=place.context(), timeout=30) as other:
        planted = {"Cookie": "throughline-language=es; throughline-theme=dark"}
        page = other.get("/session", headers=planted).text
        assert re.search(r'<html lang="en"[^>]* data-theme="auto"', page)


def test_plain_http_leads_people_on_and_tells_programs(place):
    with httpx.Client(base_url=f"http://localhost:{place.port + 1}", timeout=20) as plain:
        answer = plain.get("/inbox?filter=mine")
        assert answer.status_code == 308
        assert answer.headers["location"] == f"https://localhost:{place.port}/inbox?filter=mine"
        assert "strict-transport-security" not in answer.headers
        for path in ("/api/v1/patients", "/hooks/riverbend/sms", "/fhir/Patient"):
            assert plain.get(path, headers={"Authorization": "Bearer x"}).status_code == 403
        assert plain.post("/session", data={"password": "x"}).status_code == 403
        for host in ("evil.example/@", "a b", "evil.example\\", "<script>"):
            assert plain.get("/", headers={"Host": host}).status_code in (400, 403), host


def test_without_tls_no_browser_is_told_to_insist_on_it(sqlite_demo):
    answer = httpx.get(sqlite_demo.base + "/session", timeout=20)
    assert "strict-transport-security" not in answer.headers


def test_the_doctor_shakes_hands_with_what_runs(place):
    def look():
        done = run(BINARY, "doctor", *place.flags, *place.practice.engine.arguments, "--node", 9, "--json", check=False)
        return {check["id"]: check for check in json.loads(done.stdout)["checks"]}["transmission-security"]

    told = look()
    # This machine does not know the test's authority; everything else is well.
    assert told["status"] == "warning", told
    for words in ("TLS 1.3", "takes TLS 1.2", "refuses TLS 1.1", "refuses ciphers", "does NOT trust", "certificate until"):
        assert words in told["evidence"], told
    place.server.stop()
    told = look()
    assert told["status"] == "failed" and "nobody speaks TLS" in told["evidence"] and told["remedy"], told


REFUSALS = {
    "missing": "cannot be read",
    "mismatch": "not the one of the certificate",
    "expired": "ran out at",
    "not-yet": "holds only from",
    "open key": "open to others",
    "not PEM": "not readable as PEM",
    "no key": "half configured",
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_pair_that_cannot_be_used_ends_the_start_and_says_why(fault, authority, tmp_path):
    data = tmp_path / "data"
    run(BINARY, "init", "--data", data)
    certificate, key, _ = authority.sign()
    mode = 0o644 if fault == "open key" else 0o600
    if fault == "mismatch":
        key = authority.sign()[1]
    if fault == "expired":
        certificate, key, _ = authority.sign(since=-30, until=-1)
    if fault == "not-yet":
        certificate, key, _ = authority.sign(since=10)
    if fault == "not PEM":
        certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    paths = write(tmp_path, certificate, key, mode)
    if fault == "missing":
        paths[0].unlink()
    flags = ["--tls-certificate", paths[0]] + ([] if fault == "no key" else ["--tls-key", paths[1]])
    done = run(
        BINARY, "serve", "--data", data, "--port", free_port(), *flags, check=False, timeout=60,
        environment=clean_environment())
    assert done.returncode == 1, done.stdout + done.stderr
    assert REFUSALS[fault] in done.stderr, done.stderr
