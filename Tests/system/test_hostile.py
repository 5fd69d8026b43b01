"""Every route of the route table, and the importer, under hundreds of requests that are wrong in every way we know:
no 5xx, no crash, no hang, and the API's errors are problem details."""

import collections
import concurrent.futures
import json
import os
import random
import re
import urllib.parse

import pytest

from support.doors import Api, Console, Webhook, number
from support.hostile import Good, Line, Mutations
from support.processes import SLOW, eventually, figure

SEED = int(os.environ.get("THROUGHLINE_SEED", "20261122"))
# Of all routes together in the normal suite; of each one in the slow one.
REQUESTS, MUTATIONS = 24_000, 4_000
CONNECTIONS = 12
PROBLEM = "application/problem+json"
SCIM = "application/scim+json"


class Target:
    """What exists to be asked for, and a good request for every route."""

    def __init__(self, practice):
        self.practice = practice
        self.webhook = Webhook(practice)
        self.session = Console(practice.base, practice.user("administrator"))
        self.key = practice.key("integration")
        self.leaving = Console(practice.base, practice.user("front-desk"))
        with Api(practice.base, self.key) as api:
            self.collect(api)

    def collect(self, api):
        phone = number(880_000)
        self.patient = api.register("Hester", "Hostile", phone, birthDate="1971-07-01", language="en")
        parameters = self.webhook.parameters(phone, "Can I move my visit? What does it cost?")
        assert self.webhook.http.post(
            self.webhook.path, data=parameters, headers=self.webhook.headers(parameters)).status_code == 200
        needs = eventually(lambda: api.get("/api/v1/needs", filter="team", order="newest")["needs"], "there is a need")
        self.need, self.conversation = needs[0]["id"], needs[0]["conversation"]
        self.slot = api.get("/api/v1/slots", visit_type="labs", limit="5")["slots"][0]
        place = {name: self.slot[name] for name in ("visitType", "practitioner", "location", "localStart")}
        self.place = place
        self.appointment = api.post("/api/v1/appointments", {**place, "patient": self.patient})["id"]
        other = api.get("/api/v1/slots", visit_type="labs", limit="60")["slots"][-1]
        self.hold = api.post(
            "/api/v1/holds", {name: other[name] for name in place})["id"]

    @property
    def token(self):
        """How forms name the slot."""
        return "~".join(self.place.values())

    def id_for(self, path, name):
        if name == "tenant":
            return self.practice.record["tenant"]
        if name in ("media", "document"):
            return self.patient
        for part, id in (("/patients/", self.patient), ("/needs/", self.need), ("/inbox/", self.need),
                         ("/conversations/", self.conversation), ("/appointments/", self.appointment),
                         ("/holds/", self.hold), ("/outbox/", self.conversation)):
            if part in path:
                return id
        return self.patient

    FIELDS = {
        "POST /api/v1/holds": lambda t: {**t.place, "patient": t.patient},
        "POST /api/v1/appointments": lambda t: {**t.place, "patient": t.patient, "note": "by the window"},
        "POST /api/v1/appointments/{id}/cancellation": lambda t: {"reason": "patient", "tell": "no"},
        "POST /api/v1/appointments/{id}/placement": lambda t: dict(t.place),
        "POST /api/v1/appointments/{id}/answer": lambda t: {"answer": "accepted"},
        "POST /api/v1/trips": lambda t: {"visits": [{**t.place, "patient": t.patient}] * 2},
        "POST /api/v1/series": lambda t: {**t.place, "patient": t.patient, "count": "2", "everyWeeks": "1"},
        "POST /api/v1/appointments/{id}/trip-cancellation": lambda t: {"reason": "patient", "tell": "no"},
        "POST /api/v1/patients": lambda t: {
            "given": ["Hugo"], "family": "Hostile", "birthDate": "1980-01-02", "gender": "male", "language": "en",
            "phones": [{"number": "+12305559999", "use": "mobile"}], "email": "h@example.org", "mrn": "H-1",
            "address": {"lines": ["1 Way"], "city": "Denver", "state": "CO", "postalCode": "80205"},
            "coverage": {"payer": "Harbor Mutual", "plan": "PPO", "memberId": "1"}, "zone": "America/Denver"},
        "PATCH /api/v1/patients/{id}": lambda t: {"preferredName": "Hes", "gender": "female", "flags": [], "zone": None},
        "POST /api/v1/patients/{id}/contact-points": lambda t: {"kind": "phone", "value": "+12305559998", "use": "home"},
        "POST /api/v1/patients/{id}/preferences": lambda t: {"kind": "hours", "code": "mornings", "note": "not early"},
        "POST /api/v1/needs/{id}/owner": lambda t: {"owner": None},
        "POST /api/v1/needs/{id}/handoff": lambda t: {"team": "access", "note": "please", "version": 1},
        "POST /api/v1/needs/{id}/closure": lambda t: {"outcome": "completed", "note": "fine"},
        "POST /api/v1/needs/{id}/facts": lambda t: {"code": "asked", "value": "a move"},
        "POST /api/v1/conversations/{id}/messages": lambda t: {"text": "Hello", "need": t.need, "language": "en"},
        "POST /session": lambda t: {"login": "nobody@example.org", "password": "wrong", "return": "/"},
        "POST /patients": lambda t: {
            "given": "Hanna", "family": "Hostile", "born": "1990-02-03", "sex": "female", "language": "en",
            "phone": "+12305559997", "email": "", "contact": "sms", "consent": "sms", "intent": t.patient},
        "POST /conversations/{id}/messages": lambda t: {"need": t.need, "intent": t.patient, "text": "Hello"},
        "POST /conversations/{id}/patient": lambda t: {"patient": t.patient},
        "POST /needs/{id}/handoff": lambda t: {"to": "team:access", "note": "please"},
        "POST /needs/{id}/closure": lambda t: {"outcome": "completed", "note": "fine"},
        "POST /needs/{id}/facts": lambda t: {"code": "asked", "value": "a move"},
        "POST /appointments": lambda t: {"hold": t.hold, "intent": t.patient, "need": t.need, "note": ""},
        "POST /appointments/{id}/trip-cancellation": lambda t: {"reason": "patient", "tell": "1"},
        "POST /appointments/{id}/cancellation": lambda t: {"reason": "patient", "tell": "1"},
        "POST /booking/series": lambda t: {
            "slot": t.token, "patient": t.patient, "every": "1", "unit": "week", "count": "2", "intent": t.patient,
            "date": t.place["localStart"][:10], "hold": t.hold},
        "POST /booking/together": lambda t: {
            "visit": f"{t.patient}~{t.token}", "person": t.patient, "type": "labs", "intent": t.need, "hold": t.hold},
        "POST /holds": lambda t: {"slot": "|".join(t.place.values()), "need": t.need, "patient": t.patient},
        "POST /outbox/{id}/resolution": lambda t: {"decision": "give-up"},
        "POST /scim/v2/Users": lambda t: {"userName": "hostile@clinic.example", "displayName": "Hostile"},
        "PUT /scim/v2/Users/{id}": lambda t: {"userName": "hostile@clinic.example", "displayName": "Hostile"},
        "PATCH /scim/v2/Users/{id}": lambda t: {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@b.example"}]},
        "PATCH /scim/v2/Groups/{id}": lambda t: {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": "0000000000001"}]}]},
        "POST /roles": lambda t: {"name-en": "Hostile", "scope": "assigned", "purpose": "operations", "permission": "need.read", "version": "0"},
        "POST /access-review": lambda t: {"name": "Spring", "due": "2030-01-01"},
        "POST /keys": lambda t: {"name": "A key", "role": "integration", "roles": "integration"},
        "POST /keys/{id}/rotation": lambda t: {"overlap": "24", "days": "90"},
        "POST /settings/theme": lambda t: {"theme": "dark", "return": "/inbox"},
        "POST /settings/language": lambda t: {"language": "es", "return": "/inbox"},
        "POST /settings/location": lambda t: {"location": "flagstaff", "return": "/inbox"},
    }
    QUERIES = {
        "/api/v1/slots": {"visit_type": "labs", "from": "2026-12-01", "to": "2026-12-09", "limit": "5"},
        "/api/v1/slots/best": {"visit_type": "labs", "from": "2026-12-01", "to": "2026-12-09", "limit": "5"},
        "/api/v1/trips": {"visit_types": "labs", "from": "2026-12-01", "to": "2026-12-04", "limit": "1"},
        "/api/v1/appointments": {"date": "2026-12-01", "location": "denver-northside"},
        "/api/v1/patients": {"q": "hest", "limit": "5"}, "/api/v1/events": {"limit": "5", "kind": "need.opened"},
        "/scim/v2/Users": {"filter": "userName sw \"a\" and active eq true", "count": "5", "attributes": "userName"},
        "/palette": {"q": "hest"}, "/patients": {"q": "303"}, "/schedule": {"date": "2026-12-01", "location": "flagstaff"},
        "/booking": {"type": "labs", "from": "2026-12-01"},
        "/booking/trip": {"type": "annual-physical", "from": "2026-12-01", "to": "2026-12-02"},
        "/booking/family": {"type": "labs", "from": "2026-12-01", "to": "2026-12-02", "find": "yes", "q": "hest"},
    }

    def good(self, method, template, access):
        path = re.sub(r"\{(\w+)\}", lambda match: self.id_for(template, match.group(1)), template)
        headers = [("Host", f"127.0.0.1:{self.practice.port}")]
        fields, kind = {}, ""
        query = self.QUERIES.get(template, {})
        if template == "/api/v1/slots/reason":
            query = {"visit_type": self.place["visitType"], "practitioner": self.place["practitioner"],
                     "location": self.place["location"], "local_start": self.place["localStart"]}
        if template == "/booking":
            query = {**query, "need": self.need}
        if template in ("/booking/series", "/booking/trip"):
            query = {**query, "patient": self.patient, "slot": self.token}
        if template == "/booking/family":
            query = {**query, "person": self.patient}
        if access == "api":
            key = self.practice.key("provisioning") if template.startswith("/scim/") else self.key
            headers.append(("Authorization", f"Bearer {key}"))
        else:
            console = self.leaving if template == "/session/end" else self.session
            headers.append(("Cookie", "; ".join(f"{c.name}={c.value}" for c in console.http.cookies.jar)))
            headers.append(("X-CSRF-Token", console.csrf))
        if method in ("POST", "PUT", "PATCH", "DELETE"):
            fields = self.FIELDS.get(f"{method} {template}", lambda _: {})(self)
            kind = "json" if access == "api" else "form"
        if template.startswith("/hooks/"):
            fields = self.webhook.parameters(number(881_000), "Hello") | {"MessageStatus": "delivered"}
            headers += self.webhook.headers(fields, path).items()
        body = b""
        if kind == "json":
            headers.append(("Content-Type", "application/json"))
            body = json.dumps(fields).encode()
        elif kind == "form":
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            body = urllib.parse.urlencode({k: "" if v is None else v for k, v in fields.items()}).encode()
        return Good(method, path, headers, body, kind, fields, query)


class Signed(Mutations):
    """Webhook requests whose changed fields are signed anew, so that they reach what is behind the signature."""

    def __init__(self, good, seed, webhook):
        super().__init__(good, seed)
        self.webhook = webhook

    def field(self):
        fields = {**self.good.fields, self.dice.choice(list(self.good.fields)): str(self.value())}
        headers = [(n, v) for n, v in self.good.headers if n != "X-Twilio-Signature"]
        headers += self.webhook.headers(fields, self.good.path).items()
        return self.made("signed field", headers=headers, body=urllib.parse.urlencode(fields, errors="surrogatepass").encode())


def attack(job):
    port, good, mutants, is_api = job
    line = Line(port)
    statuses = collections.Counter()
    problems = []
    for mutant in mutants:
        status, headers, body = line.ask(mutant, mutant.wire.split(b" ", 1)[0].decode("latin-1"))
        statuses[status] += 1
        if status == "closed" and not mutant.is_http:
            continue
        # 501 is what SCIM wants of a search over several kinds that is not offered (RFC 7644, 3.4.3).
        bad = not isinstance(status, int) or (status >= 500 and not (status == 501 and good.path.startswith("/scim/")))
        if not bad and is_api and mutant.is_http and status >= 400:
            # Under /scim errors have that standard's form; a changed path may lead elsewhere.
            forms = (PROBLEM, SCIM) if good.path.startswith("/scim/") else (PROBLEM,)
            bad = headers.get("content-type") not in forms
        if bad:
            problems.append((mutant.name, status, mutant.wire[:700], body[:300]))
    line.close()
    return f"{good.method} {good.path}", statuses, problems


@pytest.mark.timeout(7_200 if SLOW else 300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_no_route_fails_under_mutated_requests(practice):
    practice.carrier()
    practice.serve()
    routes = json.loads(practice.command("routes", "--json").stdout)
    assert len(routes) > 40, "the route table is not whole"
    each = MUTATIONS if SLOW else max(40, REQUESTS // len(routes))
    target = Target(practice)
    pid = practice.server.process.pid
    jobs = []
    for route in sorted(routes, key=lambda route: route["path"] == "/session/end"):
        good = target.good(route["method"], route["path"], route["access"])
        seed = f"{SEED} {route['method']} {route['path']}"
        signed = route["path"].startswith("/hooks/")
        mutations = Signed(good, seed, target.webhook) if signed else Mutations(good, seed)
        is_api = route["access"] == "api" or signed
        jobs.append((practice.port, good, mutations.all(each), is_api))
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        results = list(pool.map(attack, jobs))
    statuses = collections.Counter()
    problems = []
    for name, counts, wrong in results:
        statuses.update(counts)
        problems += [(name, *problem) for problem in wrong]
        print(f"{name}: {dict(sorted(counts.items(), key=str))}")
    print(f"{len(routes)} routes × {each} mutations, seed {SEED}, {practice.engine.name}: "
          f"{dict(sorted(statuses.items(), key=str))}")
    figure("hostile", len(routes) * each, "requests", routes=len(routes), seed=SEED, engine=practice.engine.name)
    assert not problems, f"{len(problems)} bad answers:\n" + "\n".join(map(str, problems[:12]))
    assert practice.server.is_running and practice.server.process.pid == pid
    with Api(practice.base, target.key) as api:
        assert api.get(f"/api/v1/patients/{target.patient}")["id"] == target.patient
        metrics = api.http.get("/metrics").text
    assert not re.findall(r'throughline_http_total\{[^}]*status="5(?!01)\d\d?"[^}]*\} [1-9].*', metrics)
    unoffered = re.findall(r'route="([^"]+)",status="501"', metrics)
    assert set(unoffered) <= {"POST /scim/v2/.search"}, unoffered


# The importer

def bundle(dice, index):
    def link(name):
        return f"urn:uuid:{index:08d}-0000-4000-8000-{name:012d}"

    patient = {
        "resourceType": "Patient", "id": f"p{index}", "name": [{"family": f"Import{index}", "given": ["Ivy"]}],
        "birthDate": "1977-05-06", "gender": "female", "telecom": [{"system": "phone", "value": "(303) 555-0171", "use": "home"}],
        "address": [{"line": ["1 Way"], "city": "Denver", "state": "CO", "postalCode": "80205"}],
    }
    encounter = {
        "resourceType": "Encounter", "id": f"e{index}", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": link(1)}, "period": {"start": "2019-03-04T09:00:00-07:00", "end": "2019-03-04T09:30:00-07:00"},
    }
    condition = {
        "resourceType": "Condition", "id": f"c{index}", "subject": {"reference": link(1)},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}], "text": "Diabetes"},
    }
    observation = {
        "resourceType": "Observation", "id": f"o{index}", "status": "final", "subject": {"reference": link(1)},
        "code": {"text": "Weight"}, "valueQuantity": {"value": 70.1, "unit": "kg"},
    }
    entries = [
        {"fullUrl": link(number), "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
        for number, resource in enumerate([patient, encounter, condition, observation], 1)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for at in range(len(value)):
            yield from places(value[at], (*path, at))


def put(value, path, new):
    if not path:
        return new
    value[path[0]] = put(value[path[0]], path[1:], new)
    return value


def mutated_file(dice, index):
    """Name and bytes of a bundle that is wrong in one way."""
    from support.hostile import NASTY_TEXTS, NASTY_VALUES

    value = bundle(dice, index)
    form = dice.randrange(10)
    if form < 5:
        for _ in range(dice.randrange(1, 4)):
            value = put(value, dice.choice(list(places(value))), dice.choice([dice.choice(NASTY_TEXTS), dice.choice(NASTY_VALUES)]))
            if not isinstance(value, dict):
                break
        return "json", json.dumps(value).encode("utf-8", "surrogatepass")
    text = json.dumps(value).encode()
    if form == 5:
        return "json", text[: dice.randrange(len(text))]
    if form == 6:
        changed = bytearray(text)
        for _ in range(dice.randrange(1, 9)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        return "json", bytes(changed)
    if form == 7:
        depth = dice.choice([100, 5_000, 100_000])
        return "json", b'{"resourceType":"Bundle","type":"batch","entry":' + b"[" * depth + b"]" * depth + b"}"
    if form == 8:
        lines = [json.dumps(entry["resource"]).encode() for entry in value["entry"]]
        lines[dice.randrange(len(lines))] = dice.choice([b"{", b"\xff\xfe", b"null", b"[]", b'{"resourceType":1}', b"", b"x" * 70_000])
        return "ndjson", b"\n".join(lines)
    return dice.choice(["json.bz2", "json.gz", "json"]), dice.choice([b"", b"\x00" * 40, text.decode().encode("utf-16"), dice.randbytes(900)])


def has_no_entries(content):
    """Whether these bytes are a bundle with nothing in it, of which there is nothing to tell."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.get("resourceType") == "Bundle" and value.get("entry", []) == []


@pytest.mark.timeout(3_600 if SLOW else 240)
def test_the_importer_takes_broken_files_without_a_crash_and_accounts_for_every_entry(practice, tmp_path):
    count, batch = (5_000, 100) if SLOW else (250, 25)
    dice = random.Random(SEED)
    totals = collections.Counter()
    for first in range(0, count, batch):
        folder = tmp_path / f"batch-{first}"
        folder.mkdir()
        for index in range(first, first + batch):
            ending, content = mutated_file(dice, index)
            (folder / f"{index}.{ending}").write_bytes(content)
        done = practice.command("import", "fhir", folder, "--json", check=False, timeout=120)
        assert done.returncode in (0, 1), f"ended with {done.returncode} on {folder}\n{done.stderr[-2000:]}"
        report = json.loads(done.stdout)
        accounted = (
            sum(report["taken"].values()) + sum(report["updated"].values()) + report["unchanged"]
            + sum(group["count"] for group in report["skipped"]) + report["failedCount"])
        assert accounted >= report["entries"], report
        silent = sum(has_no_entries(file.read_bytes()) for file in folder.iterdir())
        assert report["files"] + len(report["ignoredFiles"]) >= batch - silent, report
        for failure in report["failed"]:
            assert failure["file"] and failure["reason"] and failure["line"] >= 0
        totals.update(entries=report["entries"], failed=report["failedCount"], taken=sum(report["taken"].values()))
    good = tmp_path / "good.json"
    good.write_text(json.dumps(bundle(dice, 10**6)))
    report = json.loads(practice.command("import", "fhir", good, "--json").stdout)
    assert report["failedCount"] == 0 and report["entries"] == 4 and sum(report["taken"].values()) == 4
    print(f"{count} mutated files, seed {SEED}: {dict(totals)}")
