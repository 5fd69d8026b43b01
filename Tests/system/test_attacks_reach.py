"""Reaching what is not meant to be reached, and wearing the machine out: files beside the browser's, addresses inside
the house, bodies that grow when they are read."""

import bz2
import gzip
import http.server
import json
import shutil
import threading
import time
import urllib.parse

import httpx
import pytest

from support.attacks import raw
from support.doors import TIMEOUT, number
from support.processes import BINARY, ROOT, eventually, run

@pytest.fixture
def lone(attacked, engine_named, tmp_path):
    """A fresh installation with one tenant, for what the command line reads."""
    engine = attacked.practice.engine.fresh()
    flags = ["--data", tmp_path / "data", *engine.arguments]
    run(BINARY, "init", *flags, "--json")
    yield lambda *words, timeout=60, ahead=(): run(*ahead, BINARY, *words, *flags, check=False, timeout=timeout)
    engine.drop()


# Files

CLIMBING = [
    "/assets/../../../../etc/passwd", "/assets/..%2f..%2f..%2fetc/passwd", "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/....//....//etc/passwd", "/assets//etc/passwd", "/assets/vendor/../../../config.json", "/assets/js/..\\..\\..\\etc\\passwd",
    "/assets/%c0%ae%c0%ae/etc/passwd", "/assets/js/live.js%00.css", "/assets/js/", "/assets/", "/assets", "/.git/config", "/.env",
    "/assets/../throughline.sqlite", "/../../etc/passwd", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/assets/file:///etc/passwd",
    "/data/throughline.sqlite", "/config.json", "/demo.json", "/assets/js/live.js/", "/assets/js/live.js~", "/api/v1/../../etc/passwd",
]


def test_no_address_climbs_to_a_file(attacked):
    bad = []
    for path in CLIMBING:
        answer = raw(attacked.base, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{attacked.practice.port}\r\nConnection: close\r\n\r\n".encode())
        status = int(answer.split(b" ", 2)[1])
        if status not in (400, 404) or b"root:" in answer or b"SQLite format" in answer or b'"token"' in answer:
            bad.append((path, status, answer[:120]))
    assert not bad, bad
    for method in ("TRACE", "PROPFIND", "OPTIONS", "CONNECT"):
        answer = raw(attacked.base, f"{method} / HTTP/1.1\r\nHost: x\r\nCookie: secret=1\r\nConnection: close\r\n\r\n".encode())
        assert b" 200 " not in answer[:20] and b"secret=1" not in answer, method


def test_what_the_program_is_given_to_read_leads_nowhere_else(lone, tmp_path):
    """Names within what is imported, and names of tenants, make no paths."""
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": "file:///etc/passwd", "resource": {
            "resourceType": "Patient", "id": "../../../../tmp/evil", "name": [{"family": "Climber", "given": ["../../etc"]}],
            "photo": [{"contentType": "image/png", "url": "file:///etc/passwd", "title": "../../x.png"}]}}]}
    (tmp_path / "climb.json").write_text(json.dumps(bundle))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    done = lone("import", "fhir", tmp_path / "climb.json", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["taken"] == {"Patient": 1}, done.stdout + done.stderr
    new = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} - {
        str(path.relative_to(tmp_path)) for path in before}
    assert all(name.startswith(("data/", "data.keys/")) and ".png" not in name and "evil" not in name for name in new), new
    for key in ("../evil", "a/b", "..", ".", "%2e%2e", "a b", "", "A" * 300, "x\n"):
        done = lone("init", "--tenant", key, "--host", "e.example")
        assert done.returncode != 0, key


def test_a_link_out_of_a_blueprint_folder_is_not_followed_into_print(lone, tmp_path):
    """A document that is a link to a secret tells its place, never its content."""
    secret = tmp_path / "secret.txt"
    folder = tmp_path / "blueprint"
    folder.mkdir()
    (folder / "a.yaml").symlink_to(secret)
    for text in ("topsecretvalue", "key: [topsecretvalue\n  : ]\n", "a: topsecretvalue: b", "topsecretvalue: 1\ntopsecretvalue: 2",
                 "a: topsecretvalue\n\tb: c", "root:topsecretvalue:0:0\n- x", "kind: topsecretvalue\nkey: x"):
        secret.write_text(text)
        done = lone("blueprint", "apply", folder)
        assert done.returncode == 1, text
        # Codes that a document states are told; a line that is no document is not.
        assert "topsecretvalue" not in done.stdout + done.stderr or text.startswith("kind:"), (text, done.stderr)


# Addresses

class Listener(http.server.BaseHTTPRequestHandler):
    asked = []

    def do_GET(self):
        Listener.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def inside():
    """A service inside the house that nobody outside may make the program call."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Listener.asked.clear()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_picture_of_a_text_fetches_nothing_but_from_the_provider(attacked, inside):
    own = attacked.practice.port + 1
    addresses = [
        f"http://127.0.0.1:{inside}/picture.png", f"http://localhost:{inside}/2010-04-01/x", f"http://[::1]:{inside}/x",
        f"http://127.0.0.1:{own}@127.0.0.1:{inside}/x", f"http://127.0.0.1:{own}.evil.example/x", f"http://2130706433:{inside}/x",
        f"http://0x7f000001:{inside}/x", f"http://127.1:{inside}/x", "file:///etc/passwd", f"//127.0.0.1:{inside}/x",
        "http://169.254.169.254/latest/meta-data/", f"gopher://127.0.0.1:{inside}/_x",
    ]
    last = attacked.practice.rows("SELECT MAX(id) FROM message_media")[0][0] or 0
    sender = number(872_001)
    attacked.key("integration").register("Pia", "Picture", sender, language="en")
    for start in range(0, len(addresses), 6):
        part = addresses[start:start + 6]
        media = {f"MediaUrl{index}": url for index, url in enumerate(part)}
        media |= {f"MediaContentType{index}": "image/png" for index in range(len(part))}
        answer = attacked.webhook.text(sender, "look", NumMedia=str(len(part)), **media)
        assert answer.status_code == 200, answer.text
    rows = lambda: attacked.practice.rows(f"SELECT state, reason FROM message_media WHERE id > {last}")  # noqa: E731
    eventually(lambda: rows() and "waiting" not in dict(rows()), "every picture was refused", seconds=30)
    assert set(rows()) == {("refused", "foreign-address")} and len(rows()) == len(addresses)
    assert Listener.asked == []


def test_no_request_makes_the_program_call_an_address(attacked, inside):
    """Headers and fields that other servers take an address from."""
    address = f"http://127.0.0.1:{inside}/"
    headers = {"X-Forwarded-Host": f"127.0.0.1:{inside}", "X-Original-URL": address, "Referer": address, "Origin": address,
               "Forwarded": f"host=127.0.0.1:{inside}", "X-Forwarded-For": address}
    for path in ("/", f"/patients?return={address}", f"/booking?url={address}", f"/session?return={address}"):
        answer = attacked.admin.http.get(path, headers=headers)
        assert f":{inside}" not in answer.headers.get("location", "")
        if "return=" not in path and "url=" not in path:
            assert f"127.0.0.1:{inside}" not in answer.text, path
    raw(attacked.base, f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{inside}\r\nConnection: close\r\n\r\n".encode())
    raw(attacked.base, f"CONNECT 127.0.0.1:{inside} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    time.sleep(0.3)
    assert Listener.asked == []


# Bombs

def memory(attacked):
    """Kilobytes of memory that the server holds."""
    text = open(f"/proc/{attacked.practice.server.process.pid}/status", encoding="ascii").read()
    return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1])


LAUGHS = ('<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)) + ']><Patient>&j;</Patient>')
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient>&x;</Patient>'


def bombs():
    deep, limit = 120_000, 250_000
    yield "deep lists", "application/json", b"[" * limit
    yield "deep objects", "application/json", b'{"a":' * (limit // 5)
    yield "deep and closed", "application/json", b'{"given":' + b"[" * deep + b"]" * deep + b"}"
    yield "many names", "application/json", json.dumps({f"k{index}": index for index in range(14_000)}).encode()
    yield "one long number", "application/json", b'{"version":' + b"9" * 200_000 + b"}"
    yield "a large exponent", "application/json", b'{"version":1e999999999}'
    yield "escapes", "application/json", b'{"family":"' + b"\\u0041" * 40_000 + b'"}'
    yield "many accents", "application/json", json.dumps({"given": ["e" + "\u0301" * 60_000], "family": "x"}).encode()
    yield "laughs", "application/xml", LAUGHS.encode()
    yield "an outside entity", "application/xml", OUTSIDE.encode()
    yield "an outside entity as JSON", "application/json", OUTSIDE.encode()
    yield "zip", "application/zip", b"PK\x03\x04" + b"\0" * 2_000


def test_no_body_grows_when_it_is_read(attacked):
    key, before, bad = attacked.key("integration"), memory(attacked), []
    for name, kind, body in bombs():
        for path in ("/api/v1/patients", "/api/v1/holds"):
            start = time.monotonic()
            answer = key.http.post(path, content=body, headers={"Content-Type": kind})
            spent = time.monotonic() - start
            if answer.status_code not in (400, 413, 415, 422) or spent > 3 or "root:" in answer.text or "hahaha" in answer.text:
                bad.append((name, path, answer.status_code, round(spent, 1)))
    squeezed = gzip.compress(b'{"given":["' + b"a" * 200_000_000 + b'"]}', 9)
    for coding in ("gzip", "deflate", "br", "gzip, gzip"):
        for path in ("/api/v1/patients", attacked.webhook.path):
            start = time.monotonic()
            answer = key.http.post(path, content=squeezed, headers={"Content-Type": "application/json", "Content-Encoding": coding})
            if answer.status_code not in (400, 403, 413, 415) or time.monotonic() - start > 3:
                bad.append((coding, path, answer.status_code))
    form = urllib.parse.urlencode([(f"f{index}", "x") for index in range(20_000)])
    for path in ("/patients", "/users", "/session"):
        answer = attacked.admin.http.post(path, content=form, headers={
            "Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": attacked.admin.csrf})
        if answer.status_code not in (400, 413):
            bad.append(("fields", path, answer.status_code))
    assert not bad, bad
    assert memory(attacked) - before < 200_000, "the server holds 200 MB more than before"


def test_no_text_makes_a_search_or_a_password_slow(attacked):
    start = time.monotonic()
    for text in ("a" * 4_000, "a " * 2_000, "%" * 2_000, "(" * 2_000, "a\u0301" * 1_500, "1" * 3_000, "9-" * 1_500, "@" * 3_000):
        for path in ("/patients", "/palette"):
            assert attacked.admin.http.get(path, params={"q": text}).status_code in (200, 400, 414)
        assert attacked.key("integration").http.get("/api/v1/patients", params={"q": text}).status_code in (200, 400, 414)
    with httpx.Client(base_url=attacked.base, timeout=TIMEOUT) as client:
        for size in (513, 7_000):
            assert client.post("/session", data={"login": "x@example.org", "password": "p" * size}).status_code == 422
        assert client.post("/session", data={"login": "x@example.org", "password": "p" * 200_000}).status_code == 413
    assert time.monotonic() - start < 20


PACKINGS = {"gz": gzip.compress, "bz2": bz2.compress}


@pytest.mark.parametrize("packing", sorted(PACKINGS))
def test_a_packed_import_that_swells_is_refused_in_little_memory(lone, tmp_path, packing):
    """300 MB of one line in a few hundred KB, read under a limit of memory."""
    pack = PACKINGS[packing]
    line = b'{"resourceType":"Patient","name":[{"family":"' + b"A" * 300_000_000 + b'"}]}\n'
    good = b'{"resourceType":"Patient","id":"after","name":[{"family":"Afterwards","given":["Ok"]}]}\n'
    bomb = tmp_path / f"bomb.ndjson.{packing}"
    bomb.write_bytes(pack(line + good))
    del line
    assert bomb.stat().st_size < 1_000_000
    done = lone("import", "fhir", bomb, "--json", timeout=100, ahead=["bash", "-c", 'ulimit -v 6000000; exec "$@"', "limited"])
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["failedCount"] >= 1 and "attack" in report["failed"][0]["reason"], done.stdout[:600]
    assert "A" * 100 not in done.stdout + done.stderr and report["seconds"] < 30


def test_a_blueprint_that_swells_is_refused(lone, tmp_path):
    """Aliases of aliases: nine lines that are a thousand million when written out."""
    lines = ["kind: role", "key: laugh", "a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]" for n in range(8)]
    bomb = tmp_path / "bomb.yaml"
    bomb.write_text("\n".join(lines) + "\n")
    start = time.monotonic()
    done = lone("blueprint", "apply", bomb)
    assert done.returncode == 1 and time.monotonic() - start < 30, done.stderr[-400:]
    assert "too large or too deep" in done.stderr
    deep = tmp_path / "deep.yaml"
    deep.write_text("kind: role\nkey: deep\nnames: " + "[" * 20_000 + "]" * 20_000 + "\n")
    done = lone("blueprint", "apply", deep)
    assert done.returncode == 1, (done.returncode, done.stderr[-400:])
    assert "deep.yaml" in done.stderr


def test_half_a_file_of_roles_is_not_taken_for_a_whole_one(lone, tmp_path):
    """A document that breaks off takes its file with it: nothing of it is published."""
    folder = tmp_path / "practice"
    shutil.copytree(ROOT / "blueprints/primary-care", folder)
    with open(folder / "roles.yaml", "a", encoding="utf-8") as file:
        file.write("---\nkind: role\nkey: late\nnames: { en: Late\n  es: [\n---\nkind: role\nkey: never\n")
    done = lone("blueprint", "apply", folder)
    assert done.returncode == 1 and "roles.yaml" in done.stderr and "Published" not in done.stdout, done.stdout + done.stderr
    shutil.copy(ROOT / "blueprints/primary-care/roles.yaml", folder / "roles.yaml")
    assert lone("blueprint", "apply", folder).returncode == 0
