"""The waitlist through the true doors: a time goes out by text, previewers do nothing, the first yes has it."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import httpx
import pytest

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.processes import eventually

PREVIEWERS = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0 A", "TelegramBot (like TwitterBot)", "Twitterbot/1.0", "Slackbot-LinkExpanding 1.0",
    "Mozilla/5.0 (compatible; Google-Safety)", "Mozilla/5.0 (KHTML, like Gecko) Facebot Twitterbot/1.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Defender-SafeLinks",
]
TYPE = "annual-physical"


@pytest.fixture(scope="module")
def demo(wide_awake):
    """At night nothing may be sent, and there would be nothing to see."""
    return wide_awake


def free_slot(api):
    start = date.today() + timedelta(days=10)
    range_ = {"from": start.isoformat(), "to": (start + timedelta(days=60)).isoformat()}
    return api.slots(TYPE, limit=50, **range_)[-1]


def opening(api, numbers, waiting):
    """Somebody books and calls off; `waiting` others wait for that practitioner. Their numbers, and the slot."""
    slot = free_slot(api)
    one = api.register("Odile", "Vandermeer", next(numbers), birthDate="1961-04-05", language="en")
    place = {key: slot[key] for key in ("visitType", "practitioner", "location", "localStart")}
    visit = api.post("/api/v1/appointments", {**place, "patient": one})["id"]
    phones = []
    for index in range(waiting):
        phone = next(numbers)
        patient = api.register(f"Waits{chr(97 + index)}", "Osterhout", phone, birthDate="1970-01-05", language="en")
        api.post("/api/v1/waitlist", {
            "patient": patient, "visitType": TYPE, "practitioners": [slot["practitioner"]],
            "locations": [slot["location"]], "priority": "urgent"})
        phones.append(phone)
    api.post(f"/api/v1/appointments/{visit}/cancellation", {"reason": "patient", "tell": "no"}, status=200)
    return slot, phones


def found(api, slot):
    """The newest opening of that time: it may have been free before."""
    there = [o for o in api.get("/api/v1/waitlist/openings")["openings"]
             if o["localStart"] == slot["localStart"] and o["practitioner"] == slot["practitioner"]]
    return max(there, key=lambda opening: opening["id"], default=None)


def links(api, slot, carrier, phones):
    """The links in the offers: every one arrives within a minute of the cancellation, which has just been answered."""
    end = time.monotonic() + 60
    eventually(lambda: found(api, slot), "the opening is there", seconds=60)

    def read():
        texts = [m["body"] for phone in phones for m in carrier.received(phone) if "/offers/" in m["body"]]
        return texts if len(texts) == len(phones) else None

    texts = eventually(read, "every offer arrives", seconds=max(1, end - time.monotonic()))
    return [re.search(r"(/offers/[A-Za-z0-9_-]+)", text).group(1) for text in texts]


def test_previewers_do_nothing_and_the_first_yes_has_it(demo, api, carrier, numbers):
    slot, phones = opening(api, numbers, 3)
    paths = links(api, slot, carrier, phones)
    with httpx.Client(base_url=demo.base) as http:
        for path in paths:
            for agent in PREVIEWERS:
                for method in ("GET", "HEAD", "GET"):
                    answer = http.request(method, path, headers={"User-Agent": agent})
                    assert answer.status_code == 200
                for act in ("acceptance", "refusal", "leaving"):
                    assert http.get(f"{path}/{act}", headers={"User-Agent": agent}).status_code == 405
        assert {o["state"] for o in found(api, slot)["offers"]} == {"offered"}
        with ThreadPoolExecutor(3) as pool:
            said = list(pool.map(lambda path: httpx.post(demo.base + path + "/acceptance").headers["location"], paths))
        assert sorted(s.rsplit("=")[-1] for s in said) == ["accepted", "gone", "gone"]
        for path in paths:
            assert http.post(path + "/acceptance").status_code == 303
        states = sorted(o["state"] for o in found(api, slot)["offers"])
        assert states.count("accepted") == 1
        altered = paths[0][:-3] + ("A" if paths[0][-3] != "A" else "B") + paths[0][-2:]
        assert http.get(altered).status_code == 404
        assert http.post(altered + "/acceptance").status_code == 404


def test_the_pages_are_plain_on_a_phone_and_in_the_dark(demo, api, agent, carrier, numbers, browser):
    slot, phones = opening(api, numbers, 1)
    pages = {"list": "/waitlist", "openings": "/waitlist/openings", "simulation": "/waitlist/simulation"}
    there = eventually(lambda: found(api, slot), "the opening is there", seconds=60)
    pages["opening"] = f"/waitlist/openings/{there['id']}"
    pages["offer"] = links(api, slot, carrier, phones)[0]
    pages["unknown"] = "/offers/AAAA"
    from support.scenes import signed_in

    for size in (WIDE, NARROW):
        for scheme in ("light", "dark"):
            context = browser.context(demo.base, size, scheme)
            signed_in(context, agent)
            watched = Watched(context)
            watched.expected = (404,)
            problems = []
            for name, address in pages.items():
                watched.page.goto(address)
                problems += [f"{name}: {violation}" for violation in axe_violations(watched.page, scheme == "dark")]
                wider = watched.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wider > 0:
                    problems.append(f"{name}: {wider} px wider than the window")
            context.close()
            assert not problems, "\n".join(problems)
