"""The API as integrators meet it: its description, its errors, idempotency, cursors, scopes."""

import json
import re
import subprocess
import sys

import jsonschema_rs
import pytest
import schemathesis

from support.doors import Api, Console
from support.processes import SLOW, clean_environment, eventually

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def description(sqlite_demo):
    with Api(sqlite_demo.base) as api:
        return api.get("/api/v1/openapi.json")


def test_the_description_is_openapi_3_1_and_names_every_route(sqlite_demo, description):
    assert description["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(description).validate()
    ids = []
    described = set()
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            ids.append(operation["operationId"])
            described.add((method.upper(), path))
            assert operation["summary"] and operation["tags"]
            for schema in schemas_in(operation):
                jsonschema_rs.meta.validate(schema)
            for name in re.findall(r"\{(\w+)\}", path):
                assert any(p["name"] == name and p["in"] == "path" and p["required"]
                           for p in operation.get("parameters", []) + item.get("parameters", [])), (path, name)
    assert len(ids) == len(set(ids))
    routes = json.loads(sqlite_demo.command("routes", "--json").stdout)
    # SCIM describes itself, in its own way.
    assert described == {
        (route["method"], route["path"]) for route in routes
        if route["access"] == "api" and not route["path"].startswith("/scim/")}


def schemas_in(value):
    if isinstance(value, dict):
        if isinstance(value.get("schema"), dict) and "$ref" not in value["schema"]:
            yield value["schema"]
        for child in value.values():
            yield from schemas_in(child)
    elif isinstance(value, list):
        for child in value:
            yield from schemas_in(child)


@pytest.mark.timeout(3_600 if SLOW else 200)
def test_schemathesis_finds_no_server_error_and_no_answer_against_the_description(practice, tmp_path):
    practice.serve()
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{practice.base}/api/v1/openapi.json",
         "--header", f"Authorization: Bearer {practice.key('integration')}", "--seed", "20261122", "--no-color",
         "--max-examples", "1000" if SLOW else "20", "--phases", "examples,fuzzing", "--workers", "2",
         "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance,ignored_auth",
         "--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "30",
         "--warnings", "off", "--no-shrink"],
        capture_output=True, text=True, cwd=tmp_path, env=clean_environment(), timeout=3_500 if SLOW else 190, check=False)
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    print("\n".join(done.stdout.splitlines()[-12:]))


# Errors

@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/api/v1/nothing", 404), ("GET", "/api/v1/patients/0000000000001", 404), ("GET", "/api/v1/patients/x", 404),
    ("PUT", "/api/v1/patients", 405), ("GET", "/api/v1/events?cursor=x", 400), ("GET", "/api/v1/events?limit=0", 400),
    ("GET", "/api/v1/slots", 400), ("GET", "/api/v1/needs?filter=none", 400),
])
def test_errors_are_problem_details(demo, api, method, path, status):
    answer = api.send(method, path, status=status)
    problem(answer, status)


def problem(answer, status):
    assert answer.headers["content-type"] == PROBLEM
    told = answer.json()
    assert told["status"] == status and told["title"] and told["type"].startswith("urn:")
    assert told["instance"].startswith("urn:")
    return told


def test_bad_input_is_told_field_by_field(demo, api):
    answer = api.send("POST", "/api/v1/patients", {"given": "Ada", "birthDate": "never", "phones": ["123"], "nick": 1}, 400)
    fields = {error["path"] for error in problem(answer, 400)["errors"]}
    assert any("birthDate" in field for field in fields) and any("nick" in field for field in fields), fields


# Keys

def test_no_key_a_wrong_key_and_a_foreign_tenant_are_refused(demo):
    good = demo.key("integration")
    for key in (None, "tl_riverbend_" + "A" * 40, good[:-1] + ("A" if good[-1] != "A" else "B"), "x"):
        with Api(demo.base, key) as api:
            answer = api.send("GET", "/api/v1/patients")
            assert answer.status_code == 401, (key, answer.text)
            problem(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")
    with Api(demo.base, good.replace("riverbend", "elsewhere")) as api:
        assert api.send("GET", "/api/v1/patients").status_code in (401, 404)


@pytest.mark.parametrize(("role", "method", "path", "allowed"), [
    ("privacy-officer", "GET", "/api/v1/events", True), ("privacy-officer", "GET", "/api/v1/needs", False),
    ("privacy-officer", "POST", "/api/v1/patients", False), ("front-desk", "GET", "/api/v1/events", False),
    ("front-desk", "GET", "/api/v1/patients?q=maria", True), ("clinician", "POST", "/api/v1/patients", False),
    ("clinic-manager", "GET", "/api/v1/events", True), ("integration", "GET", "/api/v1/events", True),
])
def test_a_key_opens_what_its_role_may_and_nothing_else(demo, role, method, path, allowed):
    with Api(demo.base, demo.key(role)) as api:
        answer = api.send(method, path, {"given": ["No"], "family": "Body"} if method == "POST" else None)
        if allowed:
            assert answer.status_code == 200, answer.text
        else:
            problem(answer, 403)


# Idempotency

def test_a_repeated_request_gives_the_first_answer_and_another_body_is_refused(demo, api, numbers):
    body = {"given": ["Ida"], "family": "Potent", "phones": [next(numbers)]}
    first = api.send("POST", "/api/v1/patients", body, 201, key="ida-1-" + demo.engine.name)
    again = api.send("POST", "/api/v1/patients", body, 201, key="ida-1-" + demo.engine.name)
    assert again.json() == first.json()
    other = api.send("POST", "/api/v1/patients", {**body, "family": "Other"}, key="ida-1-" + demo.engine.name)
    problem(other, 422)
    found = [hit for hit in api.get("/api/v1/patients", q="Potent")["patients"] if hit["name"] == "Ida Potent"]
    assert len(found) == 1


def test_a_booking_that_is_asked_for_twice_is_booked_once(demo, api, numbers):
    patient = api.register("Twice", "Asked", next(numbers), birthDate="1970-01-01", language="en")
    slot = api.get("/api/v1/slots", visit_type="labs", limit="5")["slots"][0]
    body = {name: slot[name] for name in ("visitType", "practitioner", "location", "localStart")} | {"patient": patient}
    first = api.send("POST", "/api/v1/appointments", body, 201, key="book-" + patient)
    again = api.send("POST", "/api/v1/appointments", body, 201, key="book-" + patient)
    assert first.json()["id"] == again.json()["id"]
    taken = api.send("POST", "/api/v1/appointments", body)
    problem(taken, 409)


# Cursors

def test_cursors_are_opaque_complete_and_of_their_list_only(demo, api):
    whole, last = api.events()
    paged, cursor = [], None
    while True:
        page = api.get("/api/v1/events", cursor=cursor, limit=37)
        paged += page["events"]
        cursor = page["cursor"]
        if not page["more"]:
            break
    ids = [event["id"] for event in paged]
    assert len(ids) == len(set(ids)) and ids[: len(whole)] == [event["id"] for event in whole]
    assert not re.fullmatch(r"\d+", cursor)
    changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    problem(api.send("GET", f"/api/v1/events?cursor={changed}"), 400)
    problem(api.send("GET", f"/api/v1/needs?cursor={cursor}"), 400)


def test_events_hold_ids_and_codes_only(demo, api, numbers):
    _, cursor = api.events()
    api.register("Zephyrine", "Quockerwodger", next(numbers), birthDate="1951-11-09")
    events = eventually(lambda: api.events(cursor)[0], "the registration is in the log")
    text = json.dumps(events)
    for secret in ("Zephyrine", "Quockerwodger", "1951", "555"):
        assert secret not in text


def trail(demo, after):
    """The records of who looked at events and figures, with how many patients each names."""
    return demo.rows(
        "SELECT r.id, r.actor_kind, r.outcome, count(s.patient) FROM audit_record r"
        " LEFT JOIN audit_subject s ON s.tenant = r.tenant AND s.audit = r.id"
        f" WHERE r.action = 'event.read' AND r.id > {after} GROUP BY r.id, r.actor_kind, r.outcome ORDER BY r.id")


def test_whose_events_and_figures_are_read_is_on_the_trail(demo, api, numbers, webhook):
    phone = next(numbers)
    patient = api.register("Eva", "Watched", phone, birthDate="1961-01-02")
    assert webhook.text(phone, "I need a visit for my knee").status_code == 200
    eventually(lambda: demo.rows("SELECT count(*) FROM need_progress WHERE patient IS NOT NULL")[0][0], "the need is counted")
    eventually(lambda: api.get("/api/v1/events", patient=patient)["events"], "the registration is in the log")
    newest = demo.rows("SELECT max(id) FROM audit_record")[0][0]
    shown = api.get("/api/v1/events", limit=500)["events"]
    api.get("/api/v1/events", patient=patient)
    assert not api.get("/api/v1/events", patient="0000000000001")["events"]
    looks = trail(demo, newest)
    assert [look[1:3] for look in looks] == [("key", "permitted")] * 3, looks
    assert looks[0][3] == len({event["patient"] for event in shown if "patient" in event}), looks
    assert [look[3] for look in looks[1:]] == [1, 0], looks
    with Console(demo.base, demo.user("clinic-manager")) as manager:
        assert "<td" in manager.get("/events?measure=open").text
    opened = [look for look in trail(demo, newest) if look[1] == "user"]
    assert len(opened) == 1 and opened[0][3] > 0, opened
