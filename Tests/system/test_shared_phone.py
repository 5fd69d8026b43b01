"""A number that several people share is never guessed: the message waits for a person, the answer names nobody."""

import re

from support.processes import eventually

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082")


def test_a_shared_number_waits_for_a_person_and_the_answer_names_nobody(demo, api, agent, carrier, numbers):
    shared = next(numbers)
    ids = [api.register(given, "Quillfeather", shared, birthDate=born, language="en")
           for given, born in (("Odalys", "1984-08-02"), ("Bertram", "2011-05-21"))]
    carrier.text(shared, "We need to move the visit on Tuesday please")
    need = eventually(lambda: need_at(api, shared), "a need is opened")
    assert "patient" not in need and need["nextStep"] == "decide-person"
    answers = eventually(lambda: carrier.received(shared), "the answer arrives")
    assert len(answers) == 1
    assert not re.search("Odalys|Bertram|Quillfeather", answers[0]["body"], re.I), answers[0]["body"]
    for id in ids:
        kinds = {entry["kind"] for entry in api.get(f"/api/v1/patients/{id}/timeline")["entries"]}
        assert "message.received" not in kinds
    page = agent.get(f"/inbox/{need['id']}").text
    assert "Odalys" in page and "Bertram" in page
    agent.post(f"/conversations/{need['conversation']}/patient", patient=ids[0])
    decided = api.get(f"/api/v1/needs/{need['id']}")
    assert decided["patient"] == ids[0]
    kinds = {entry["kind"] for entry in api.get(f"/api/v1/patients/{ids[0]}/timeline")["entries"]}
    assert "conversation.assigned" in kinds
    assert any(m["text"].startswith("We need to move") for m in
               api.get(f"/api/v1/conversations/{decided['conversation']}")["messages"])
    kinds = {entry["kind"] for entry in api.get(f"/api/v1/patients/{ids[1]}/timeline")["entries"]}
    assert not {"message.received", "conversation.assigned"} & kinds


def test_a_number_nobody_knows_becomes_a_new_person_only_by_a_person(demo, api, agent, carrier, numbers):
    unknown = next(numbers)
    carrier.text(unknown, "Hello, I am new in town. Can I get an appointment?")
    need = eventually(lambda: need_at(api, unknown), "a need is opened")
    assert "patient" not in need
    agent.post(f"/conversations/{need['conversation']}/patient", patient="new", status=None)
    changed = api.get(f"/api/v1/needs/{need['id']}")
    page = agent.get(f"/inbox/{need['id']}")
    assert page.status_code == 200
    assert changed["stage"] != "closed"


def test_a_picture_is_sealed_and_served_as_an_attachment_only(demo, api, agent, carrier, numbers):
    sender = next(numbers)
    api.register("Imogen", "Thistlewood", sender, birthDate="1990-01-05", language="en")
    carrier.text(sender, "My new insurance card", picture=("card.png", PNG, "image/png"))
    need = eventually(lambda: need_at(api, sender), "a need is opened")
    href = eventually(
        lambda: re.search(r'href="(/conversations/[0-9A-Z]+/media/[0-9A-Z]+)"', agent.get(f"/inbox/{need['id']}").text),
        "the picture is shown").group(1)
    answer = agent.get(href)
    assert answer.content == PNG
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]


def need_at(api, address):
    for need in api.get("/api/v1/needs", filter="team", order="newest")["needs"]:
        if api.get(f"/api/v1/conversations/{need['conversation']}")["address"] == address:
            return need
    return None
