"""Self-service from the phone through the true doors: anybody books, a link shows and acts, previewers change nothing."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from support.browser import NARROW, Watched, axe_violations
from support.processes import eventually

PREVIEWERS = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "WhatsApp/2.23.20.0 A",
    "Slackbot-LinkExpanding 1.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Defender-SafeLinks",
]
TYPE = "annual-physical"
ACTS = ("confirmation", "cancellation", "hold", "move", "waiting", "lateness", "checkin", "arrival")


def slots(http):
    """The buttons of times on the public page of a site whose calendar is ours."""
    page = http.get("/book/denver-northside", params={"type": TYPE}).text
    found = list(dict.fromkeys(re.findall(r'name="slot" value="([^"]+)"', page)))
    assert found, page[:2000]
    return found


def hold(http, slot):
    answer = http.post("/book/holds", data={"slot": slot, "type": TYPE})
    assert answer.status_code == 303, answer.text[:600]
    return answer.headers["location"]


def who(phone, given="Nora", family="Whitfield", born="1980-04-02"):
    return {"given": given, "family": family, "birthDate": born, "phone": phone, "agree": "yes"}


def sealed(page):
    return re.search(r'name="person" value="([^"]+)"', page).group(1)


def code(carrier, phone, nth=1):
    """The code of the nth text with one."""
    def read():
        texts = [m["body"] for m in carrier.received(phone)]
        codes = [found.group(1) for text in texts if (found := re.search(r"\b(\d{6})\b", text))]
        return codes if len(codes) >= nth else None

    return eventually(read, "the code arrives", seconds=60)[nth - 1]


def book(http, carrier, slot, person):
    """All the way; every page that was seen, and the link to the visit."""
    path = hold(http, slot)
    first = http.get(path).text
    asked = http.post(f"{path}/person", data=person)
    assert asked.status_code == 200, asked.text[:600]
    form = {"person": sealed(asked.text), "code": code(carrier, person["phone"])}
    wrong = http.post(f"{path}/code", data={**form, "code": "1"})
    assert wrong.status_code == 422
    done = http.post(f"{path}/code", data=form)
    assert done.status_code == 303 and done.headers["location"] == path, done.text[:600]
    last = http.get(path).text
    link = re.search(r'href="(/v/[A-Za-z0-9_-]+)"', last)
    assert link, last[:2000]
    again = http.post(f"{path}/code", data=form)
    assert again.status_code == 303 and http.get(path).text == last
    pages = [first, asked.text, wrong.text, last]
    return [plain(page, path, form["person"], link.group(1)) for page in pages], link.group(1)


def plain(page, path, person, link):
    page = page.replace(path, "/book/steps/…").replace(person, "…").replace(link, "/v/…")
    # The time is chosen, not told of anybody.
    return re.sub(r"\d{1,2}:\d\d(&nbsp;|\s|\u00a0|\u202f)?([AP]M)?", "0:00", page)


def hours(slot):
    hour, minute = slot.rsplit("T", 1)[1].split(":")[:2]
    return int(hour) + int(minute) / 60


def same_day(found):
    """Two times of one day with one person at one place, which do not overlap."""
    for first in found:
        for other in found:
            apart = hours(other) - hours(first)
            if apart >= 1 and first.rsplit("T", 1)[0] == other.rsplit("T", 1)[0]:
                return first, other
    pytest.skip("no two times on one day")


def test_known_or_not_every_answer_is_the_same_and_the_known_get_no_second_record(demo, api, carrier, numbers):
    known, unknown = next(numbers), next(numbers)
    api.register("Nora", "Whitfield", known, birthDate="1980-04-02", language="en")
    with httpx.Client(base_url=demo.base) as one, httpx.Client(base_url=demo.base) as two:
        first, other = same_day(slots(one))
        pages, link = book(one, carrier, first, who(known))
        others, _ = book(two, carrier, other, who(unknown, "Odile", "Vandermeer", "1961-04-05"))
        assert pages == others
        assert len(api.get("/api/v1/patients", q=known)["patients"]) == 1
        made = api.get("/api/v1/patients", q=unknown)["patients"]
        assert len(made) == 1
        for page in (one.get(link).text, two.get("/book").text):
            assert "Whitfield" not in page and "Nora" not in page


def test_previewers_change_nothing_and_the_link_acts(demo, carrier, numbers):
    phone = next(numbers)
    with httpx.Client(base_url=demo.base) as http:
        _, link = book(http, carrier, slots(http)[-1], who(phone, "Piet", "Osterhout", "1975-01-05"))
        before = http.get(link).text
        assert f"{link}/confirmation" in before
        for agent in PREVIEWERS:
            for path in [link, f"{link}/times", f"{link}/move"] + [f"{link}/{act}" for act in ACTS]:
                for method in ("GET", "HEAD", "GET"):
                    answer = http.request(method, path, headers={"User-Agent": agent})
                    assert answer.status_code in (200, 303, 405), f"{method} {path}: {answer.status_code}"
        assert http.get(link).text == before
        foreign = http.post(f"{link}/confirmation", headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403 and http.get(link).text == before
        for _ in range(2):
            assert http.post(f"{link}/confirmation").status_code == 303
        confirmed = http.get(link).text
        assert confirmed != before and f"{link}/confirmation" not in confirmed
        # Another time: held, then taken; the form once more says the same.
        times = http.get(f"{link}/times").text
        slot = re.search(r'name="slot" value="([^"]+)"', times).group(1)
        held = http.post(f"{link}/hold", data={"slot": slot}).headers["location"]
        form = re.search(r'name="hold" value="([^"]+)"', http.get(held).text).group(1)
        for _ in range(2):
            assert http.post(f"{link}/move", data={"hold": form}).headers["location"] == f"{link}?said=moved"
        for _ in range(2):
            assert http.post(f"{link}/cancellation", data={"reason": "ride"}).status_code == 303
        gone = http.get(link)
        assert gone.status_code == 200 and f"{link}/cancellation" not in gone.text
        altered = link[:-4] + ("A" if link[-4] != "A" else "B") + link[-3:]
        bodies = set()
        for wrong in (altered, "/v/" + "A" * 24, "/v/x"):
            answer = http.get(wrong)
            assert answer.status_code == 404
            bodies.add(answer.text.replace(wrong, "/v/…"))
            for act in ACTS:
                assert http.post(f"{wrong}/{act}").status_code == 404
        assert len(bodies) == 1


def test_two_at_once_get_one_time_and_holds_and_codes_are_limited(demo, numbers):
    phone = next(numbers)
    clients = [httpx.Client(base_url=demo.base) for _ in range(6)]
    slot = slots(clients[0])[-2]
    with ThreadPoolExecutor(6) as pool:
        where = list(pool.map(lambda http: http.post("/book/holds", data={"slot": slot, "type": TYPE}), clients))
    assert all(answer.status_code == 303 for answer in where)
    won = [answer.headers["location"] for answer in where if answer.headers["location"].startswith("/book/steps/")]
    assert len(won) == 1
    path, http = won[0], clients[0]
    statuses = [http.post(f"{path}/person", data=who(phone)).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert http.post(f"{path}/release").status_code == 303
    # Free at once for the next.
    assert hold(clients[1], slot).startswith("/book/steps/")
    for client in clients:
        client.close()


def test_the_page_is_framed_by_nobody_unless_the_practice_says_so(demo):
    answer = httpx.get(demo.base + "/book")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_plain_on_a_phone_without_scripts(demo, carrier, numbers, browser, scheme):
    phone = next(numbers)
    problems = []
    for locale in ("en-US", "es-MX"):
        # The judge is a script of its own, so that it runs in a browser that has them.
        context = browser.context(demo.base, NARROW, scheme, locale=locale)
        watched = Watched(context)
        watched.expected = (404, 422)
        page = watched.page

        def look(name):
            problems.extend(f"{locale} {name}: {violation}" for violation in axe_violations(page, scheme == "dark"))
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wider > 0:
                problems.append(f"{locale} {name}: {wider} px wider than the window")

        for name, address in {
            "what": "/book", "place": "/book/denver-northside", "when": f"/book?type={TYPE}",
            "minute": f"/book?type={TYPE}&at=03:00", "no minute": f"/book?type={TYPE}&at=soon",
            "none": f"/book?type={TYPE}&from=2031-01-01", "unknown": "/v/AAAA", "over": "/book/steps/AAAA",
        }.items():
            page.goto(address)
            look(name)
        context.close()
    context = browser.context(demo.base, NARROW, scheme, scripts=False)
    page = context.new_page()
    page.goto("/book")
    page.locator("a.self-type").first.wait_for()
    page.goto(f"/book/denver-northside?type={TYPE}")  # Our own calendar: elsewhere a visit waits for the EHR.
    page.locator("button.slot").last.click()
    page.get_by_label("First name").fill("Rosa")
    page.get_by_label("Last name").fill("Vandermeer")
    page.get_by_label("Date of birth").fill("1970-01-05")
    page.get_by_label("Mobile phone").fill(phone)
    page.get_by_label("You may text me").check()
    page.get_by_role("button", name="Text me a code").click()
    page.get_by_label("Six-digit code").fill(code(carrier, phone))
    page.get_by_role("button", name="Book this visit").click()
    page.get_by_role("link", name="See my visit").click()
    page.get_by_role("button", name="Yes, I will come").click()
    page.get_by_role("heading", name="Thank you, we expect you").wait_for()
    link = re.sub(r"\?.*", "", page.url)
    context.close()
    context = browser.context(demo.base, NARROW, scheme)
    watched = Watched(context)
    page = watched.page
    for name, address in {"visit": link, "times": f"{link}/times", "minute": f"{link}/times?at=03:00"}.items():
        page.goto(address)
        problems.extend(f"{name}: {violation}" for violation in axe_violations(page, scheme == "dark"))
    context.close()
    assert not problems, "\n".join(problems)
