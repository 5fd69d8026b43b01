"""A carrier at its worst: answers lost after the send went out, 5xx, webhooks and receipts repeated, late and out of
order. Nothing is lost or doubled; what cannot be known is parked for a person."""

import collections
import random
import re
import secrets

import pytest

from support.doors import is_outbound
from support.processes import SLOW, eventually

SEED = 20261122


@pytest.fixture(autouse=True)
def well_again(carrier):
    yield
    carrier.faults(**{fault: {"count": 0, "probability": 0} for fault in (
        "loseAnswer", "rejectSend", "delayAnswer", "failDelivery", "loseInbound", "repeatInbound", "reorderInbound",
        "delayInbound", "loseReceipt", "repeatReceipt", "reorderReceipt")})


def conversation_with(api, carrier, sender):
    """A known patient who has written, so that an agent can answer."""
    api.register("Fay", "Faulty", sender, birthDate="1966-06-06", language="en")
    word = secrets.token_hex(4)
    carrier.text(sender, f"Question {word} about my bill")
    for need in eventually(lambda: matching(api, sender), "the conversation is there"):
        return need["conversation"]


def matching(api, sender):
    needs = api.get("/api/v1/needs", filter="team", order="newest")["needs"]
    return [need for need in needs if api.get(f"/api/v1/conversations/{need['conversation']}")["address"] == sender]


def outbound(api, conversation):
    return [m for m in api.get(f"/api/v1/conversations/{conversation}")["messages"] if m["direction"] == "out"]


def send(api, conversation, text):
    return api.post(f"/api/v1/conversations/{conversation}/messages", {"text": text}, 202)["id"]


def state(api, conversation, id):
    return next(message["state"] for message in outbound(api, conversation) if message["id"] == id)


@pytest.mark.parametrize("how", ["close", "silence"])
def test_a_send_whose_answer_is_lost_is_found_again_and_never_repeated(demo, api, carrier, numbers, how):
    if how == "silence" and demo.engine.name != "sqlite" and not SLOW:
        pytest.skip("the long wait is waited once")
    sender = next(numbers)
    conversation = conversation_with(api, carrier, sender)
    carrier.faults(loseAnswer={"count": 1, "as": how})
    text = f"Your answer {secrets.token_hex(4)}"
    id = send(api, conversation, text)
    eventually(lambda: state(api, conversation, id) in ("sent", "delivered"), "it is found at the carrier", seconds=60)
    assert [message["body"] for message in carrier.received(sender)] == [text]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_send_that_was_refused_for_now_goes_out_later_once(demo, api, carrier, numbers, status):
    sender = next(numbers)
    conversation = conversation_with(api, carrier, sender)
    carrier.faults(rejectSend={"count": 2, "status": status})
    text = f"Try again {secrets.token_hex(4)}"
    id = send(api, conversation, text)
    eventually(lambda: state(api, conversation, id) in ("sent", "delivered"), "it leaves in the end", seconds=90)
    assert [message["body"] for message in carrier.received(sender)] == [text]


def test_what_may_have_gone_out_is_parked_and_told_to_a_person_not_repeated(demo, api, agent, carrier, numbers):
    sender = next(numbers)
    conversation = conversation_with(api, carrier, sender)
    carrier.faults(rejectSend={"count": 1, "status": 502})
    text = f"Perhaps {secrets.token_hex(4)}"
    id = send(api, conversation, text)
    eventually(lambda: state(api, conversation, id) == "uncertain", "it is parked", seconds=40)
    assert carrier.received(sender) == []
    assert text in agent.get("/outbox").text
    agent.post(f"/outbox/{id}/resolution", decision="resend")
    eventually(lambda: state(api, conversation, id) in ("sent", "delivered"), "a person had it sent", seconds=40)
    assert [message["body"] for message in carrier.received(sender)] == [text]


def test_a_text_that_cannot_be_delivered_is_told(demo, api, carrier, numbers):
    sender = next(numbers)
    conversation = conversation_with(api, carrier, sender)
    carrier.faults(failDelivery={"count": 1, "status": "undelivered", "errorCode": 30003})
    id = send(api, conversation, "Will not arrive")
    eventually(lambda: state(api, conversation, id) == "failed", "the failure is told")
    failed = next(message for message in outbound(api, conversation) if message["id"] == id)
    assert failed["errorCode"] == "30003"


def test_receipts_repeated_and_out_of_order_end_in_delivered(demo, api, carrier, numbers):
    sender = next(numbers)
    conversation = conversation_with(api, carrier, sender)
    carrier.faults(repeatReceipt={"probability": 0.5}, reorderReceipt={"probability": 0.5}, seed=SEED)
    ids = [send(api, conversation, f"Number {index} {secrets.token_hex(3)}") for index in range(8)]
    eventually(
        lambda: {state(api, conversation, id) for id in ids} == {"delivered"}, "all are delivered", seconds=60)
    bodies = collections.Counter(message["body"] for message in carrier.received(sender))
    assert len(bodies) == 8 and set(bodies.values()) == {1}


def test_texts_repeated_late_and_out_of_order_are_each_there_once(demo, api, carrier, numbers):
    dice = random.Random(SEED)
    senders = [next(numbers) for _ in range(6)]
    carrier.faults(repeatInbound={"probability": 0.4}, reorderInbound={"probability": 0.3}, seed=SEED)
    expected = collections.Counter()
    for index in range(60):
        sender = dice.choice(senders)
        body = f"Late {index} {secrets.token_hex(3)}"
        expected[sender, body] += 1
        carrier.text(sender, body, wait=False)
    eventually(
        lambda: all(message["isSettled"] for sender in senders for message in carrier.messages(sender)),
        "the carrier is done", seconds=60)
    seen = collections.Counter()
    for sender in senders:
        for need in matching(api, sender)[:1]:
            for message in api.get(f"/api/v1/conversations/{need['conversation']}")["messages"]:
                if message["direction"] == "in":
                    seen[sender, message["text"]] += 1
    assert seen == expected


def test_the_carriers_own_view_holds_each_intent_once(demo, carrier):
    """Over all that this run has sent so far, whatever the faults were."""
    intents = collections.Counter(
        re.search(r"intent=(\w+)", message["statusCallback"]).group(1)
        for message in carrier.messages() if is_outbound(message) and message.get("statusCallback"))
    assert intents and max(intents.values()) == 1, intents.most_common(3)
