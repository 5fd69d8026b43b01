"""Maria's story, from her first text to a kept visit and a closed need: two agents in Chromium, her phone at the
simulated carrier, the API as the witness."""

import re
import time

import pytest
from playwright.sync_api import expect

from support.browser import Watched, axe_violations
from support.doors import Api, Carrier, Console
from support.processes import eventually

MARIA = "+13035550142"
STORY = [
    "message.received", "need.opened", "need.taken", "message.queued", "need.responded", "appointment.held",
    "appointment.booked", "appointment.reminder-planned", "appointment.confirmed", "appointment.arrived",
    "appointment.completed", "need.closed",
]


def test_one_need_from_the_first_text_to_a_kept_visit(demo, browser):
    with Api(demo.base, demo.key("integration")) as api, Carrier(demo.carrier_base) as carrier:
        Story(demo, browser, api, carrier).tell()


class Story:
    def __init__(self, demo, browser, api, carrier):
        self.demo, self.browser, self.api, self.carrier = demo, browser, api, carrier
        self.patient = self.find_maria()
        _, self.cursor = api.events()

    def find_maria(self):
        hits = self.api.get("/api/v1/patients", q="RB-100142")["patients"]
        assert [hit["name"] for hit in hits] == ["Maria Delgado Ruiz"]
        return hits[0]["id"]

    def tell(self):
        self.ana = self.watch("access-agent")
        self.text_appears_without_reload()
        self.ana_takes_it()
        self.a_second_agent_is_refused()
        self.ana_replies_from_a_template()
        self.ana_books()
        self.confirmation_arrives_and_is_answered()
        self.visit_is_kept()
        self.needs_are_closed()
        self.it_all_can_be_seen()
        self.stop_is_honoured_at_once()
        assert not self.ana.complaints, self.ana.complaints
        self.ana.page.context.close()

    def watch(self, role):
        return Watched(self.browser.context(self.demo.base)).sign_in(self.demo.user(role))

    def received(self):
        return self.carrier.received(MARIA)

    # The steps

    def text_appears_without_reload(self):
        page = self.ana.page
        page.goto("/inbox")
        expect(page.locator("[data-live-state]").first).to_have_attribute("data-state", "live")
        page.evaluate("window.notReloaded = true")
        self.carrier.text(MARIA, "Hi, I need to move my knee surgery consult, also my insurance changed")
        row = page.locator("#inbox-list a.need-row", has_text="Maria Delgado Ruiz").first
        expect(row).to_be_visible(timeout=30_000)
        assert page.evaluate("window.notReloaded") is True
        page.locator("#inbox-list a.need-row", has_text="Move a visit").filter(has_text="Maria Delgado Ruiz").first.click()
        expect(page.locator("#need-reason")).to_contain_text(re.compile("knee surgery consult|Move a visit", re.I))
        expect(page.locator("#thread")).to_contain_text("also my insurance changed")
        expect(page.locator("#patient-panel")).to_contain_text("Spanish")
        page.wait_for_url(re.compile(r"/inbox/[0-9A-Z]{13}"))
        self.need = re.search(r"/inbox/([0-9A-Z]{13})", page.url).group(1)
        facts = self.api.get(f"/api/v1/needs/{self.need}")
        assert facts["patient"] == self.patient
        assert facts["reason"] == "reschedule"
        assert facts["team"] and facts["nextStep"] and facts["dueAt"]
        self.conversation = facts["conversation"]

    def ana_takes_it(self):
        """The answer comes after the live event of her own act has refreshed the page: nothing of it may be lost."""
        page = self.ana.page
        page.route("**/needs/*/owner", answered_late)
        page.click('#need-bar button[data-key="t"]')
        expect(page.locator("#need-bar")).to_contain_text("Ana Torres")
        expect(page.locator("#toasts")).to_contain_text(re.compile("yours", re.I))
        page.unroute("**/needs/*/owner")

    def a_second_agent_is_refused(self):
        with Console(self.demo.base, self.demo.user("triage-nurse")) as other:
            refused = other.post(f"/needs/{self.need}/owner", status=409)
            assert "Ana Torres" in refused.text
            refused = other.post(
                f"/conversations/{self.conversation}/messages", status=409, need=self.need, intent=intent(other, self.need),
                text="I will do this one")
            assert "Ana Torres" in refused.text
        assert self.received() == []

    def ana_replies_from_a_template(self):
        page = self.ana.page
        page.locator(".composer-bar summary").click()
        page.locator('.composer-bar a.menu-item[data-insert][lang="es"]', has_text="Me llegó su texto").first.click()
        composer = page.locator("#composer-text")
        expect(composer).to_have_value(re.compile("Maria"))
        text = composer.input_value()
        assert text.startswith("Hola, Maria. Soy Ana"), text
        page.click("button[data-send]")
        self.expect_text(1, text)
        expect(page.locator("#thread .message.out")).to_contain_text("Hola, Maria")

    def ana_books(self):
        page = self.ana.page
        page.click('#need-bar a[data-key="b"]')
        dialog = page.locator("#dialog")
        expect(dialog).to_be_visible()
        dialog.locator("#booking-type").select_option("knee-surgery-consult")
        slot = dialog.locator("button.slot").first
        expect(slot).to_contain_text("Reyes")
        slot.click()
        expect(dialog.locator("[data-hold-until]")).to_be_visible()
        preview = dialog.locator(".preview").inner_text()
        dialog.locator('button[form="booking-confirm"]').click()
        expect(dialog).to_be_hidden()
        confirmation = self.expect_text(2, None)
        assert "Riverbend Health" in confirmation and "Consulta de cirugía de rodilla" in confirmation, confirmation
        assert confirmation.split()[:4] == preview.split()[:4], (confirmation, preview)
        booked = self.api.get(f"/api/v1/patients/{self.patient}")["nextVisit"]
        assert booked["status"] == "booked" and booked["visitType"] == "knee-surgery-consult"
        self.appointment = booked["id"]

    def confirmation_arrives_and_is_answered(self):
        eventually(lambda: self.kinds("appointment.reminder-planned"), "a reminder is planned")
        self.carrier.text(MARIA, "Sí")
        eventually(
            lambda: self.api.get(f"/api/v1/appointments/{self.appointment}")["confirmed"], "the visit is confirmed")
        thanks = self.expect_text(3, None)
        assert thanks.startswith("Gracias, Maria"), thanks

    def visit_is_kept(self):
        page = self.ana.page
        page.goto(f"/appointments/{self.appointment}")
        expect(page.locator(".reminder").first).to_be_visible()
        page.click(f'form[action="/appointments/{self.appointment}/arrival"] button')
        page.click(f'form[action="/appointments/{self.appointment}/completion"] button')
        expect(page.locator(f'form[action="/appointments/{self.appointment}/completion"]')).to_have_count(0)
        assert self.api.get(f"/api/v1/appointments/{self.appointment}")["status"] == "fulfilled"

    def needs_are_closed(self):
        """The visit kept closes its need; what else she wrote about is closed by Ana."""
        need = eventually(
            lambda: (lambda need: need if need["stage"] == "closed" else None)(self.api.get(f"/api/v1/needs/{self.need}")),
            "the kept visit closes its need")
        assert need["outcome"] == "completed"
        assert need["firstResponseAt"] < need["closedAt"]
        other = next(
            need["id"] for need in self.api.get("/api/v1/needs", filter="team")["needs"]
            if need.get("patient") == self.patient and need["reason"] == "insurance-change")
        page = self.ana.page
        page.goto(f"/inbox/{other}")
        page.click('#need-bar details[data-key="e"] summary')
        page.check('#need-bar input[name="outcome"][value="completed"]')
        page.locator('#need-bar form[action$="/closure"] button').click()
        expect(page.locator("#need-bar .need-closed")).to_contain_text("Done")
        assert self.api.get(f"/api/v1/needs/{other}")["outcome"] == "completed"

    def it_all_can_be_seen(self):
        told = [event["kind"] for event in self.about_the_need()]
        assert in_order(STORY, told), f"{STORY}\nnot in this order in\n{told}"
        texts = [message["body"] for message in self.received()]
        assert len(texts) == len(set(texts)) == 3, texts
        timeline = self.api.get(f"/api/v1/patients/{self.patient}/timeline", limit=100)["entries"]
        shown = {entry["kind"] for entry in timeline}
        assert {"message.received", "need.opened", "appointment.booked", "appointment.confirmed", "appointment.arrived",
                "appointment.completed", "need.closed"} <= shown, shown
        page = self.ana.page
        page.goto(f"/patients/{self.patient}")
        assert axe_violations(page) == []
        manager = self.watch("clinic-manager")
        manager.page.goto("/dashboard")
        expect(manager.page.locator("main")).to_contain_text(re.compile("response", re.I))
        links = manager.page.locator('main a[href*="/events"]')
        assert links.count() > 0, "the dashboard's numbers lead to no events"
        links.first.click()
        manager.page.wait_for_url(re.compile("/events"))
        assert not manager.complaints, manager.complaints
        manager.page.context.close()

    def stop_is_honoured_at_once(self):
        # The carrier's own stop list is switched off: what is tested is that we stop.
        self.carrier.faults(optOut=False)
        before = len(self.received())
        self.carrier.text(MARIA, "STOP")
        last = self.expect_text(before + 1, None)
        assert "ALTA" in last or "START" in last, last
        with Console(self.demo.base, self.demo.user("access-agent")) as agent:
            answer = agent.post(
                f"/conversations/{self.conversation}/messages", status=None, need=self.need,
                intent=intent(agent, self.need), text="One more thing")
            assert answer.status_code in (409, 422), answer.status_code
        consents = self.api.get(f"/api/v1/patients/{self.patient}")["consents"]
        assert any(consent["channel"] == "sms" and consent["given"] is False for consent in consents), consents
        self.carrier.text(MARIA, "stop")
        withdrawn = eventually(
            lambda: [event for event in self.api.events(self.cursor)[0] if event["kind"] == "consent.withdrawn"],
            "STOP stands in the log")
        assert withdrawn
        assert len(self.received()) == before + 1, [message["body"] for message in self.received()]

    # Looking

    def expect_text(self, count, text):
        """The count-th text at Maria's phone, which is the newest."""
        got = eventually(lambda: (lambda all: all if len(all) >= count else None)(self.received()), f"text {count} arrives")
        assert len(got) == count, [message["body"] for message in got]
        if text is not None:
            assert got[-1]["body"] == text
        return got[-1]["body"]

    def about_the_need(self):
        events, _ = self.api.events(self.cursor)
        return [event for event in events if event.get("patient") == self.patient]

    def kinds(self, kind):
        return [event for event in self.about_the_need() if event["kind"] == kind]


def answered_late(route):
    answer = route.fetch(max_redirects=0)
    time.sleep(1.5)
    route.fulfill(response=answer)


def intent(console, need):
    """The id that the page gives a message before it is written, so that a repeated form is one message."""
    found = re.search(r'name="intent" value="([^"]+)"', console.get(f"/inbox/{need}").text)
    return found.group(1) if found else "0000000000001"


def in_order(wanted, told):
    rest = iter(told)
    return all(kind in rest for kind in wanted)


@pytest.mark.parametrize("body", ["Hi", ""])
def test_a_webhook_that_is_not_signed_right_changes_nothing(demo, webhook, api, numbers, body):
    _, cursor = api.events()
    parameters = webhook.parameters(next(numbers), body)
    for headers in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "AAAA"},
                    webhook.headers({**parameters, "Body": body + "!"})):
        answer = webhook.http.post(webhook.path, data=parameters, headers=headers)
        assert answer.status_code == 403, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert api.events(cursor)[0] == []


def test_a_message_that_comes_twice_is_one_message(webhook, api, numbers):
    sender = next(numbers)
    _, cursor = api.events()
    parameters = webhook.parameters(sender, "Where do I park?")
    for _ in range(3):
        answer = webhook.http.post(webhook.path, data=parameters, headers=webhook.headers(parameters))
        assert answer.status_code == 200, answer.text
    with_it = eventually(lambda: of_kind("need.opened", api.events(cursor)[0]), "the need is in the log")
    assert len(with_it) == 1
    assert len(of_kind("message.received", api.events(cursor)[0])) == 1


def of_kind(kind, events):
    return [event for event in events if event["kind"] == kind]
