"""Ids that are not one's own, in every route that takes one: another tenant's, a restricted patient's, another
location's, none's, broken ones. Never an answer, never a failure, and forbidden reads like absent."""

import collections
import json
import re

import httpx
import pytest

from support.attack_ids import APART, FIELDS, KINDS, NO_IDS, NOT_MADE, filled, freshly, kinds, made
from support.attacks import ABSENT, MALFORMED, SOUTH, ask, plain
from support.processes import ROOT


@pytest.fixture
def things(attacked):
    return made(attacked)


def id_routes(attacked):
    for route in attacked.routes:
        # For those who may ask why a record is out of reach: it says so of one that is not there too, with 200.
        if route["path"] == "/patients/{id}/why" or route["access"] == "open":
            continue
        if any(kinds(route["path"])):
            yield route["method"], route["path"], route["access"]


def good_fields(attacked, method, template, access):
    given = FIELDS.get(f"{method} {template}")
    return dict(given if given is not None else attacked.target.good(method, template, access).fields)


def pairs(template, ids, own):
    """Addresses of what is out of reach, each beside one that nothing has: all of it, and below what is one's own."""
    of = [kind for kind in kinds(template) if kind]
    yield filled(template, ids), filled(template, {})
    if len(of) == 2 and of[0] in own:
        yield filled(template, {of[0]: own[of[0]], of[1]: ids[of[1]]}), filled(template, {of[0]: own[of[0]]})


def compare(attacked, client, ids, only, fine=(400, 403, 404, 409, 422), own=None):
    """Asks each route for a thing out of reach and for one that is not there: what differs, and the answer of each."""
    problems, answers = [], {}
    for method, template, access in id_routes(attacked):
        if access not in only or [kind for kind in kinds(template) if kind][-1] not in ids:
            continue
        fields = good_fields(attacked, method, template, access)
        for forbidden, absent in pairs(template, ids, own or {}):
            first = plain(ask(client, method, forbidden, fields, as_json=access == "api"))
            second = plain(ask(client, method, absent, fields, as_json=access == "api"))
            answers[method, template] = first[0]
            if first != second:
                problems.append((method, template, "differs", first[0], second[0], first[2][:300], second[2][:300]))
            elif first[0] not in fine:
                problems.append((method, template, "answers", first[0], first[2][:300]))
    return problems, answers


def test_every_parameter_of_every_route_is_listed(attacked):
    """A new route says in KINDS what its parameter is an id of, or in NO_IDS why it is none."""
    found = {route["path"][:match.end()] for route in attacked.routes for match in re.finditer(r"\{\w+\}", route["path"])}
    assert sorted(found ^ (set(KINDS) | set(NO_IDS))) == []
    assert set(APART) <= {route["path"] for route in attacked.routes}


def test_another_tenants_ids_are_nobodys_ids(attacked, things):
    """The stranger may do everything in a tenant of their own."""
    own = {"patients": attacked.stranger_key.register("Sol", "Southerner")}
    stranger = freshly(attacked, attacked.stranger, attacked.stranger_person)
    # 503: a tenant without a blueprint has no inbox yet.
    fine = (400, 403, 404, 409, 422, 503)
    pages, shown = compare(attacked, stranger, things.known, ("page", "account"), fine, own)
    api, told = compare(attacked, attacked.stranger_key, things.known, ("api",), fine, own)
    stranger.http.close()
    assert not pages + api, "\n".join(map(str, pages + api))
    answers = shown | told
    left = {(method, template) for method, template, _ in id_routes(attacked)} - set(answers)
    assert {kind for _, template in left for kind in kinds(template)} <= set(NOT_MADE), sorted(left)
    # Most of them were looked for, and not refused for something else before.
    looked = [route for route, status in answers.items() if status == 404]
    assert len(looked) > len(answers) / 2, collections.Counter(answers.values())


def test_a_restricted_patients_ids_are_nobodys_ids(attacked, things):
    """By those who may do much, but not see restricted patients; also below a person, a conversation … of their own."""
    own = {"patients": attacked.target.patient, "conversations": attacked.target.conversation,
           "absences": things.known["absences"], "referrals": attacked.key("integration").post("/api/v1/referrals", {
               "patient": attacked.target.patient, "kind": "outbound", "serviceLine": "orthopaedics"})["id"]}
    admin = freshly(attacked, attacked.admin, attacked.practice.user("administrator"))
    problems = []
    for client, only in ((attacked.person("access-agent"), ("page",)), (admin, ("page",)),
                         (attacked.key("integration"), ("api",))):
        found, answers = compare(attacked, client, things.hidden, only, own=own)
        assert len(answers) > (20 if only == ("api",) else 60), len(answers)
        problems += found
    admin.http.close()
    assert not problems, "\n".join(map(str, problems))


def test_another_locations_patient_is_nobody(attacked):
    """The front desk works at one place; this patient belongs to another."""
    nurse = attacked.key("triage-nurse")
    near, far = locations()[:2]
    desk, _ = attacked.newcomer("Dora Desk", "front-desk", location=near)
    seen = {place: nurse.register("Lena", f"Living{place.title().replace('-', '')}", locations=[place]) for place in (near, far)}
    reached = {place: desk.http.get(f"/patients/{patient}").status_code for place, patient in seen.items()}
    assert reached == {near: 200, far: 404}
    problems = []
    for method, template, access in id_routes(attacked):
        if access == "page" and template.startswith("/patients/{id}"):
            fields = good_fields(attacked, method, template, access)
            far_one = {"patients": seen[far], "documented": seen[far]}
            forbidden = plain(ask(desk, method, filled(template, far_one), fields, as_json=False))
            absent = plain(ask(desk, method, filled(template, {}), fields, as_json=False))
            if forbidden != absent or forbidden[0] not in (403, 404):
                problems.append((method, template, forbidden[0], absent[0]))
    assert not problems, problems


def locations():
    return re.findall(r"^key: (\S+)", (ROOT / "blueprints/primary-care/locations.yaml").read_text("utf-8"), re.M)


def test_broken_ids_are_absent_and_never_a_failure(attacked):
    problems = []
    for method, template, access in id_routes(attacked):
        client = attacked.key("integration") if access == "api" else attacked.admin
        fields = good_fields(attacked, method, template, access)
        for broken in MALFORMED:
            path = re.sub(r"\{\w+\}", lambda _: broken, template)
            answer = ask(client, method, path, fields, as_json=access == "api")
            if answer.status_code not in (400, 403, 404, 409, 413, 422) or "x-injected" in answer.headers:
                problems.append((method, path, answer.status_code, answer.text[:200]))
    assert not problems, "\n".join(map(str, problems[:20]))


BODIES = [
    ("POST", "/api/v1/appointments", "patient", "patients"), ("POST", "/api/v1/holds", "patient", "patients"),
    ("POST", "/api/v1/appointments", "need", "needs"), ("POST", "/api/v1/conversations/{id}/messages", "need", "needs"),
    ("POST", "/holds", "patient", "patients"), ("POST", "/holds", "need", "needs"),
    ("POST", "/booking/series", "patient", "patients"), ("POST", "/booking/series", "need", "needs"),
    ("POST", "/appointments", "hold", "holds"), ("POST", "/conversations/{id}/patient", "patient", "patients"),
    ("POST", "/conversations/{id}/messages", "need", "needs"),
]
QUERIES = [
    ("/booking", "need", "needs"), ("/booking", "patient", "patients"), ("/booking", "moving", "appointments"),
    ("/booking/series", "patient", "patients"), ("/booking/series", "need", "needs"),
    ("/booking/series", "hold", "holds"), ("/booking/trip", "patient", "patients"), ("/booking/trip", "hold", "holds"),
    ("/booking/family", "person", "patients"), ("/booking/family", "add", "patients"),
    ("/inbox", "patient", "patients"), ("/patients", "q", "patients"),
    ("/api/v1/events", "patient", "patients"), ("/api/v1/appointments", "patient", "patients"),
]


@pytest.mark.parametrize("who", ["another tenant", "without the right"])
def test_ids_in_bodies_and_queries_are_held_to_the_same(attacked, who):
    console, key = (attacked.stranger, attacked.stranger_key) if who == "another tenant" else (
        attacked.person("access-agent"), attacked.key("integration"))
    problems = []
    for method, template, field, kind in BODIES:
        access = "api" if template.startswith("/api/") else "page"
        client = key if access == "api" else console
        good = attacked.target.good(method, template, access)
        pair = [plain(ask(client, method, good.path, {**good.fields, field: id}, as_json=access == "api"))
                for id in (attacked.hidden[kind], ABSENT)]
        if pair[0] != pair[1] or pair[0][0] >= 500 and client is not attacked.stranger:
            problems.append((method, template, field, pair[0][0], pair[1][0], pair[0][2][:200], pair[1][2][:200]))
    for path, field, kind in QUERIES:
        client = key if path.startswith("/api/") else console
        good = attacked.target.good("GET", path, "api" if path.startswith("/api/") else "page")
        pair = [client.http.get(path, params={**good.query, field: id}) for id in (attacked.hidden[kind], ABSENT)]
        texts = [plain(answer) for answer in pair]
        if texts[0] != texts[1] or texts[0][0] >= 500 and client is not attacked.stranger:
            problems.append((path, field, texts[0][0], texts[1][0], texts[0][2][-300:], texts[1][2][-300:]))
        problems += [(path, field, "names the patient") for answer in pair if "Restricted" in answer.text]
    assert not problems, "\n".join(map(str, problems))


def test_a_session_or_key_of_one_tenant_is_nothing_at_another(attacked):
    cookie = {cookie.name: cookie.value for cookie in attacked.admin.http.cookies.jar}
    with httpx.Client(base_url=attacked.base, cookies=cookie, headers={"Host": SOUTH}) as http:
        answer = http.get("/patients")
        assert answer.status_code == 303 and answer.headers["location"] == "/session"
        # A key names its tenant itself; the host changes nothing.
        key = attacked.practice.key("integration")
        own = http.get(f"/api/v1/patients/{attacked.target.patient}", headers={"Authorization": f"Bearer {key}"})
        assert own.status_code == 200
        swapped = key.replace(f"tl_{attacked.practice.record['tenant']}_", "tl_south_")
        refused = http.get("/api/v1/patients", headers={"Authorization": f"Bearer {swapped}"})
        assert refused.status_code == 401, refused.text
    assert json.loads(refused.text)["status"] == 401
