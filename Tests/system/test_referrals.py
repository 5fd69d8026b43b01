"""Referrals as people and programs meet them: the list of a demo, one worked to its end, FHIR sent twice."""

import uuid

import httpx
import pytest

from support.doors import Api


@pytest.fixture(scope="module")
def api(sqlite_demo):
    with Api(sqlite_demo.base, sqlite_demo.key("integration")) as api:
        yield api


def a_patient(api):
    letters = str.maketrans("0123456789", "ghijklmnop")
    return api.register("Rita", "Referred" + uuid.uuid4().hex[:6].translate(letters))


def post(api, path, body, **more):
    return api.http.post(path, json=body, **more)


def test_a_demo_has_referrals_in_many_stages_and_some_are_late(api):
    listed = api.get("/api/v1/referrals?limit=200")
    assert len(listed["referrals"]) >= 10
    assert len({row["stage"] for row in listed["referrals"]}) >= 5
    assert listed["overdue"] >= 1
    due = [row["dueAt"] for row in listed["referrals"]]
    assert due == sorted(due)


def test_pages_of_the_list_follow_one_another_without_a_gap(api):
    whole = [row["id"] for row in api.get("/api/v1/referrals?limit=200")["referrals"]]
    found, cursor = [], ""
    while True:
        page = api.get("/api/v1/referrals?limit=4" + cursor)
        found += [row["id"] for row in page["referrals"]]
        if "next" not in page:
            break
        cursor = "&cursor=" + page["next"]
    assert found == whole


def test_a_referral_is_worked_to_its_end_by_the_api(api):
    patient = a_patient(api)
    made = post(api, "/api/v1/referrals", {
        "patient": patient, "kind": "outbound", "serviceLine": "orthopaedics", "reason": "A torn meniscus"})
    assert made.status_code == 201, made.text
    path = "/api/v1/referrals/" + made.json()["id"]
    for body, stage in [
        ({"step": "accept"}, "accepted"),
        ({"step": "attempt", "channel": "phone", "outcome": "message-left", "note": "Voicemail"}, "contacting"),
        ({"step": "seen", "place": "as-referred"}, "seen"),
        ({"step": "report"}, "reported"),
    ]:
        answer = post(api, path + "/steps", body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["stage"] == stage
    early = post(api, path + "/steps", {"step": "complete"})
    assert early.status_code == 409 and "not-acknowledged" in early.text
    paper = api.http.post(
        path + "/documents?kind=report", content=b"%PDF-1.4 a report", headers={"Content-Type": "application/pdf"})
    assert paper.status_code == 201, paper.text
    for step in ["acknowledge", "complete"]:
        assert post(api, path + "/steps", {"step": step}).status_code == 200
    shown = api.get(path)
    assert shown["outcome"] == "completed" and "dueAt" not in shown
    assert shown["reason"] == "A torn meniscus" and len(shown["tries"]) == 1 and len(shown["documents"]) == 1


def test_a_service_request_that_is_sent_twice_stands_once(api):
    patient = a_patient(api)
    resource = {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "priority": "urgent",
        "identifier": [{"system": "https://ehr.example/orders", "value": uuid.uuid4().hex}],
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "363679005"}]}],
        "code": {"text": "MRI of the knee"}, "subject": {"reference": "Patient/" + patient},
        "bodySite": [{"text": "Left knee"}],
    }
    headers = {"Content-Type": "application/fhir+json"}
    first = api.http.post("/fhir/ServiceRequest", json=resource, headers=headers)
    assert first.status_code == 201, first.text
    assert first.json()["effect"] == "recorded"
    again = api.http.post("/fhir/ServiceRequest", json=resource, headers=headers)
    assert again.json() == {"referral": first.json()["referral"], "effect": "unchanged"}
    shown = api.get("/api/v1/referrals/" + first.json()["referral"])
    assert shown["kind"] == "order" and shown["category"] == "imaging" and shown["priority"] == "urgent"
    revoked = api.http.post("/fhir/ServiceRequest", json={**resource, "status": "revoked"}, headers=headers)
    assert revoked.json()["effect"] == "closed"


@pytest.mark.parametrize("body", [
    {"resourceType": "ServiceRequest"}, {"resourceType": "Patient", "status": "active"},
    {"resourceType": "ServiceRequest", "status": "active", "subject": {"reference": "Patient/0000000000001"},
     "identifier": [{"value": "x"}]},
    {"resourceType": "ServiceRequest", "status": "active", "subject": "me"}, {"resourceType": ["ServiceRequest"]},
])
def test_a_broken_request_gets_a_clear_answer(api, body):
    answer = api.http.post("/fhir/ServiceRequest", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_without_a_key_nothing_is_told(sqlite_demo):
    assert httpx.get(sqlite_demo.base + "/api/v1/referrals").status_code == 401
