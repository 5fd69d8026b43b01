"""Text that wants to be code: markup and scripts, SQL, header lines, log lines, templates, formulas. It goes in by every
free-text field of every form and of the API, by texts, imports and names; then every page is looked at."""

import csv
import html
import io
import json
import re
import time
import urllib.parse

import httpx
import pytest

from support.attack_forms import NO_TEXT, by_hand, route_of, waiting
from support.attacks import Crawl, raw
from support.browser import Watched
from support.doors import TIMEOUT, Carrier, number
from support.processes import eventually
from support.scenes import signed_in

# Ends attributes, tags, comments, scripts and styles; each way of running sets the same trap.
POLYGLOT = ("xqz\"'><img src=x onerror=__x=1><svg/onload=__x=1></textarea></title></script><script>__x=1</script>"
            "<!--javascript:__x=1 {{csrf}} {{{csrf}}} ${7*7} #{7*7} <%= 7*7 %> [[console.title]]")
SHORT = "xqz<img src=x onerror=__x=1>{{csrf}}"
FORMULA = "=cmd|' /C calc'!A0"
BARE = re.compile(r"<(?:img src=x|svg/onload|script>__x)", re.I)
# Forms that would end what the test stands on.
LEFT_OUT = ("/session", "/keys/{id}/revocation", "/users/{id}/suspension", "/users/{id}/sessions", "/users/{id}/second-step",
            "/account/", "/settings/")


def strings(schema, path=()):
    """The places of a body where its schema takes any text."""
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "object" in kinds:
        for name, inner in schema.get("properties", {}).items():
            yield from strings(inner, (*path, name))
    elif "array" in kinds:
        yield from strings(schema.get("items", {}), (*path, 0))
    elif "string" in kinds and "enum" not in schema:
        yield path
    for choice in schema.get("anyOf", []) + schema.get("oneOf", []):
        yield from strings(choice, path)


def put(value, path, new):
    if not path:
        return new
    if isinstance(path[0], int):
        return [put(value[0] if isinstance(value, list) and value else {}, path[1:], new)]
    value = dict(value) if isinstance(value, dict) else {}
    value[path[0]] = put(value.get(path[0], {}), path[1:], new)
    return value


def operations(attacked):
    document = attacked.key("integration").get("/api/v1/openapi.json")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "operationId" in operation:
                yield method.upper(), path, operation


def by_the_api(attacked):
    """Each text of each body, one at a time; how many there are, and how many were kept."""
    key, tried, taken, bad = attacked.key("triage-nurse"), 0, 0, []
    for method, path, operation in operations(attacked):
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if not schema:
            continue
        for place in strings(schema):
            for text in (POLYGLOT, SHORT):
                good = attacked.target.good(method, path, "api")
                answer = key.send(method, good.path, put(good.fields, place, text))
                tried += 1
                taken += answer.status_code < 300
                if answer.status_code >= 500 or "application/" not in answer.headers.get("content-type", "application/"):
                    bad.append((method, path, place, answer.status_code))
    assert not bad, bad
    return tried, taken


def by_the_forms(attacked, console, crawl):
    """Each form that was found, with the text in all its free fields, then in one at a time; the same form about another
    thing once."""
    tried, taken, bad, known = set(), 0, [], set()
    for form in list(crawl.forms.values()):
        if form.method != "post" or not form.free or any(part in form.name for part in LEFT_OUT):
            continue
        # Long ones differ by how many lines a rule has.
        kind = (route_of(attacked, form.name), *(form.free if len(form.free) <= 12 else ["long"]))
        if kind in known:
            continue
        known.add(kind)
        for fields in [form.free] + [[name] for name in form.free]:
            # One field alone of a long form is tried with one text.
            for text in (POLYGLOT, SHORT)[:1 if len(fields) == 1 and len(form.free) > 12 else 2]:
                values = {**form.fields, "csrf": console.csrf, **{name: text for name in fields}}
                answer = console.http.post(form.action, data=values)
                taken += answer.status_code < 400
                tried.add((form.name, *fields))
                # A file to keep holds a text as it was written.
                is_page = "text/html" in answer.headers.get("content-type", "")
                if answer.status_code >= 500 or (is_page and BARE.search(answer.text)):
                    bad.append((form.name, fields, answer.status_code))
    assert not bad, bad
    return tried, taken


@pytest.fixture
def poisoned(attacked):
    """The practice with the text in every place that takes it."""
    if hasattr(attacked, "poisoned"):
        return attacked.poisoned
    phone = number(870_001)
    key = attacked.key("integration")
    patient = key.register(SHORT, POLYGLOT[:100], phone, email="x@example.org", language="en",
                           address={"lines": [SHORT], "city": "<svg/onload=__x=1>", "state": "CO", "postalCode": "80205"},
                           coverage={"payer": SHORT, "plan": FORMULA, "memberId": SHORT}, preferredName=FORMULA)
    for sender in (phone, number(870_002)):
        for text in (POLYGLOT, FORMULA, "STOP <script>__x=1</script>"):
            assert attacked.webhook.text(sender, text).status_code == 200
    eventually(lambda: key.get("/api/v1/needs", filter="team", order="newest")["needs"], "their needs are there")
    start = [f"/patients/{attacked.poison}", f"/patients/{attacked.poison}/edit", f"/patients/{patient}", f"/patients/{patient}/edit", f"/patients/{patient}/consent", f"/booking?patient={patient}",
             f"/break-glass?patient={patient}", f"/audit/links?patient={patient}", "/patients/new", "/account/security", "/users",
             "/outbox", "/consent", "/audit", "/audit/signals", "/break-glass/reviews", "/dashboard", "/events", "/styleguide"]
    agent = attacked.person("access-agent")
    consoles = [attacked.admin, agent]
    attacked.admin.post("/users", None, **{"name": SHORT, "email": '"<img/src=x>"@clinic.example', "role": "front-desk",
                                          "confirm-password": attacked.password})
    officer, more = attacked.person("privacy-officer"), waiting(attacked, patient)
    tried, seen = by_hand(attacked, patient, (POLYGLOT, SHORT), BARE), {}
    for crawl in [Crawl(console, start + more) for console in consoles] + [Crawl(officer, more, most=len(more) + 40)]:
        made, _ = by_the_forms(attacked, crawl.console, crawl)
        tried |= made
        for form in crawl.forms.values():
            seen.setdefault(route_of(attacked, form.name), set()).update(form.free)
    tried_api, taken_api = by_the_api(attacked)
    attacked.poisoned = {"patient": patient, "start": start, "forms": tried, "seen": seen, "api": (tried_api, taken_api)}
    return attacked.poisoned


def test_text_in_every_field_is_never_markup(attacked, poisoned):
    fields = {(name, field) for name, *fields in poisoned["forms"] for field in fields}
    assert len(fields) >= 15, sorted(fields)
    tried, taken = poisoned["api"]
    print(f"{len(fields)} fields of {len({name for name, _ in fields})} forms, {tried} bodies of the API, {taken} taken")
    assert tried >= 60 and taken >= 10, (tried, taken)
    seen, bad = 0, []
    for role in ("administrator", "access-agent", "triage-nurse", "privacy-officer"):
        page = attacked.person(role).get(f"/patients/{attacked.poison}").text
        assert "xqz" in page and not BARE.search(page), role
        crawl = Crawl(attacked.person(role), poisoned["start"], of_each=8)
        for address, answer in crawl.answers.items():
            seen += "xqz" in answer.text
            if answer.headers.get("content-disposition", "").startswith("attachment; filename=\""):
                # A document goes out as it came in, as a file that no browser shows as a page.
                kinds = {"/export": "text/csv; charset=utf-8", "/media/": "image/png"}
                kind = next((kinds[part] for part in kinds if part in address), "application/fhir+json")
                assert answer.headers["content-type"] == kind, address
                continue
            if BARE.search(answer.text) or answer.status_code >= 500:
                bad.append((role, address, answer.status_code))
            # The markup of a template in a text is text: no token came out of it.
            if re.search(r"xqz[^<>]*&gt;[A-Za-z0-9_-]{24}", answer.text) or "$49" in answer.text:
                bad.append((role, address, "a template ran"))
    assert not bad, bad
    assert seen >= 8, f"the text was seen on {seen} pages only"


def test_each_form_is_tried_or_says_why_not(attacked, poisoned):
    """A new form of the console fails here until a text was tried in it, or NO_TEXT says why there is none."""
    forms = {route["path"] for route in attacked.routes if route["method"] == "POST" and route["access"] in ("page", "account")}
    assert len(forms) > 100
    tried = {route_of(attacked, name) for name, *_ in poisoned["forms"]}
    assert sorted(forms - tried) == sorted(NO_TEXT)
    # What is excused has indeed no field for a text, wherever it was met.
    assert not {path: free for path, free in poisoned["seen"].items() if path in NO_TEXT and free}


def test_no_script_of_a_text_runs_in_a_browser(attacked, poisoned, browser):
    context = signed_in(browser.context(attacked.base), attacked.person("access-agent"))
    dialogs, watched = [], Watched(context)
    watched.expected = (404, 422, 403)
    watched.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    crawl = Crawl(attacked.person("access-agent"), poisoned["start"], of_each=2, most=40)
    hit = [address for address, text in crawl.pages.items() if "xqz" in text][:12]
    assert len(hit) >= 4
    for address in hit:
        watched.page.goto(address)
        watched.page.wait_for_load_state("load")
        assert watched.page.evaluate("typeof window.__x") == "undefined", address
        assert watched.page.locator('img[src="x"]').count() == 0, address
    assert not dialogs
    # Of what is kept in the browser there is the last address, which holds ids only.
    kept = watched.page.evaluate("({...localStorage, ...sessionStorage})")
    assert set(kept) <= {"htmx-current-path-for-history"}, kept
    assert all("xqz" not in value for value in kept.values())
    # The policy would stop what escaping let through: inline code does not run, from nowhere.
    watched.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=__x=1>')")
    watched.page.wait_for_timeout(200)
    assert watched.page.evaluate("typeof window.__x") == "undefined"
    context.close()


def test_every_answer_is_of_its_stated_kind_and_framed_by_the_policy(attacked, poisoned):
    key = attacked.key("integration")
    for answer in (key.http.get(f"/api/v1/patients/{poisoned['patient']}"), key.http.get("/api/v1/patients", params={"q": "<script>"})):
        assert answer.headers["content-type"].startswith(("application/json", "application/problem+json"))
        json.loads(answer.text)
    for path in ("/", "/session", "/nowhere", "/assets/js/live.js", "/healthz", "/api/v1/patients"):
        answer = attacked.admin.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "base-uri 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == ("public, max-age=300" if path.startswith("/assets/") else "no-store")
        assert re.match(r"text/[a-z]+; charset=utf-8|application/(problem\+)?json", answer.headers["content-type"])
        # Over plain HTTP a browser has to ignore it: test_tls.py sees that it is sent over TLS.
        assert "strict-transport-security" not in answer.headers


def test_a_formula_in_a_name_is_text_in_an_export(attacked):
    console, person = attacked.newcomer("=HYPERLINK(1)", "front-desk")
    console.http.close()
    officer = attacked.person("privacy-officer")
    with httpx.Client(base_url=attacked.base, timeout=TIMEOUT) as http:
        http.post("/session", data={"login": person["email"], "password": "wrong again"})
    text = officer.get("/audit/export", params={"format": "csv"}).text
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) > 20
    cells = [cell for row in rows[1:] for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t") or cell.startswith("-") and len(cell) > 1]


# SQL

SQL = ["'", "''", "\\", "' OR '1'='1", "'; DROP TABLE patient; --", "1; SELECT pg_sleep(3)", "' UNION SELECT 1,2,3 --",
       "%' AND 1=0 UNION SELECT name FROM sqlite_master --", "\" OR \"\"=\"", "x' AND (SELECT COUNT(*) FROM user_account) > 0 --",
       "%", "_", "%%%%", "1e400", "$1", "?1", "/*", "*/", "NULL", "\u02bc OR 1=1", "MATCH x NEAR", "a* OR b*", "\"a", "NOT", "x^2"]


def counts(attacked):
    return {table: attacked.practice.rows(f'SELECT COUNT(*) FROM "{table}"')[0][0]
            for table in ("patient", "user_account", "need", "appointment", "api_key")}


def test_no_text_is_part_of_a_statement(attacked):
    """Each query parameter that the API and the pages know: never a failure, never slower, never more than nothing."""
    before = counts(attacked)
    key, console, slow, bad, tried = attacked.key("integration"), attacked.admin, [], [], 0
    asked = [(key, path, parameter["name"]) for method, path, operation in operations(attacked) if method == "GET"
             for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    asked += [(console, path, name) for path, names in {
        "/patients": ["q", "cursor"], "/palette": ["q"], "/inbox": ["filter", "order", "q", "cursor", "patient"],
        "/schedule": ["date", "location", "practitioner"], "/booking": ["type", "location", "q", "from", "at", "practitioner"],
        "/booking/series": ["slot", "every", "count", "hold"], "/booking/trip": ["type", "location", "practitioner", "from"],
        "/booking/family": ["q", "person", "type", "location", "within"],
        "/audit": ["who", "action", "patient", "outcome", "from", "to", "purpose", "before"], "/events": ["kind", "cursor", "after"],
        "/dashboard": ["period", "location"], "/consent": ["channel", "purpose", "cursor"], "/outbox": ["state"],
    }.items() for name in names]
    for client, path, name in asked:
        access = "api" if client is key else "page"
        good = attacked.target.good("GET", path, access)
        for text in SQL:
            start = time.monotonic()
            answer = client.http.get(good.path, params={**good.query, name: text})
            tried += 1
            if time.monotonic() - start > 2.5:
                slow.append((path, name, text))
            # What was asked for may be shown again, as text or in the address of a link.
            shown = html.unescape(answer.text)
            for form in (text, urllib.parse.quote(text, safe=""), urllib.parse.quote(text), urllib.parse.quote_plus(text)):
                shown = shown.replace(form, "")
            if answer.status_code >= 500 or re.search(r"(?i)syntax error|sqlite|postgres|near \"", shown):
                bad.append((path, name, text, answer.status_code))
    for text in ("' OR '1'='1", "%", "_", "a* OR b*", "x' OR 1=1 --"):
        assert key.get("/api/v1/patients", q=text)["patients"] == [], text
    assert tried > 600 and not slow and not bad, (tried, slow[:9], bad[:9])
    assert counts(attacked) == before


# Header lines

CRLF = ["/inbox\r\nX-Injected: 1", "/inbox%0d%0aX-Injected:%201", "/inbox\nSet-Cookie: a=b", "//evil.example", "https://evil.example",
        "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:__x=1", "/%0d%0aLocation:%20//evil.example",
        "/inbox\u2028X-Injected: 1", "http:evil.example", "/@evil.example\r\n\r\n<html>"]


def test_no_text_becomes_a_header_or_leads_away(attacked):
    user = attacked.practice.user("access-agent")
    bad = []

    def look(what, answer):
        place = answer.headers.get("location", "/")
        # The decoded line break is what an attacker needs; percent-encoded it stays within the address.
        if "x-injected" in answer.headers or not re.fullmatch(r"/(?![/\\])[\x21-\x7e]*|/", place):
            bad.append((what, place))
        if any(cookie.startswith("a=b") for cookie in answer.headers.get_list("set-cookie")):
            bad.append((what, "a cookie"))

    for target in CRLF:
        with httpx.Client(base_url=attacked.base, timeout=TIMEOUT) as http:
            look(("session", target), http.post("/session", data={
                "login": user["email"], "password": user["password"], "return": target}))
            look(("theme", target), http.post("/settings/theme", data={"theme": "dark", "return": target}))
            look(("language", target), http.post("/settings/language", data={"language": "en", "return": target}))
        admin = attacked.admin
        look(("location", target), admin.post("/settings/location", None, location="flagstaff", **{"return": target}))
        look(("place", target), admin.post("/settings/location", None, location=target))
        hold = attacked.target.hold
        look(("hold", target), attacked.person("access-agent").post(f"/holds/{hold}/release", None, **{"return": target}))
        look(("done", target), admin.http.get("/inbox", params={"done": target, "return": target}))
        look(("path", target), admin.http.get("/" + urllib.parse.quote(target, safe="%")))
    assert not bad, bad


@pytest.mark.parametrize("line", [
    b"Cookie: throughline-session=a\r\n b: c", b"X-Forwarded-Host: evil.example", b"Host: evil.example\r\nHost: other.example",
    b"Content-Length: 0\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Content-Length: 4\r\nContent-Length: 40", b"Content-Length : 5"])
def test_a_request_is_never_read_as_two(attacked, line):
    """What a proxy and a server could read apart: at most one answer, and the smuggled one never has an effect."""
    smuggled = b"0\r\n\r\nGET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + line + b"\r\n\r\n" + smuggled
    answer = raw(attacked.base, request)
    assert answer.count(b"HTTP/1.1 ") <= 1 and b"evil.example" not in answer, answer[:400]


# Log lines

def test_a_line_of_the_log_stays_one_line(attacked):
    lure = '\n{"at":"2026-01-01T00:00:00Z","level":"error","message":"forged"}\r\nforged'
    with httpx.Client(base_url=attacked.base, timeout=TIMEOUT) as http:
        http.post("/session", data={"login": lure, "password": lure}, headers={"User-Agent": "x\x1b[2Jforged"})
        http.get("/" + urllib.parse.quote(lure))
        http.get("/api/v1/patients", headers={"Authorization": "Bearer tl_x_" + "A" * 30}, params={"q": lure})
        http.post(f"/hooks/{urllib.parse.quote(lure, safe='')}/sms", data={"Body": lure})
    attacked.key("integration").send("POST", "/api/v1/patients", {"given": [lure], "family": lure, "birthDate": lure})
    attacked.webhook.text(number(870_003), lure)
    log = (attacked.practice.folder / "serve.log").read_text("utf-8", "replace")
    for line in log.splitlines():
        if not line.startswith("ready "):
            entry = json.loads(line)
            assert entry["at"] and entry["level"] and entry["message"] and entry["message"] != "forged", line
    assert "\x1b" not in log and POLYGLOT[:20] not in log


# Templates

def test_a_text_is_no_template(attacked):
    """What looks like a template goes out as it came in: to the phone, to the page, to the API."""
    key, sender = attacked.key("integration"), number(870_004)
    key.register("Tess", "Template", sender, language="en")
    text = "{{patient}} {{#needs}}x{{/needs}} {{{csrf}}} {{> console/top}} [[inbox.title]] %s %@ ${x}"
    assert attacked.webhook.text(sender, "hello " + text).status_code == 200

    def conversation():
        needs = key.get("/api/v1/needs", filter="team", order="newest")["needs"]
        found = [key.get(f"/api/v1/conversations/{need['conversation']}") for need in needs[:12]]
        return next((one for one in found if one["address"] == sender), None)

    found = eventually(conversation, "the text is there")
    assert [message["text"] for message in found["messages"] if message["direction"] == "in"] == ["hello " + text]
    # A place that nobody filled in does not leave; what other languages would fill in is text.
    refused = key.send("POST", f"/api/v1/conversations/{found['id']}/messages", {"text": text}, 422)
    assert refused.json()["code"] == "message.unfilled"
    text = "[[inbox.title]] %s %@ %n ${7*7} #{7*7} <%= 7*7 %> $(id) `id` \\(secret)"
    key.post(f"/api/v1/conversations/{found['id']}/messages", {"text": text}, 202)
    with Carrier(attacked.practice.carrier_base) as carrier:
        eventually(lambda: text in [message["body"] for message in carrier.received(sender)], "it goes out as it is")
