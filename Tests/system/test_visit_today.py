"""A visit of today from the phone, at whatever hour the test runs: booked, moved, checked in, without scripts and under
the judge of accessibility; and booking in a frame of another site."""

import datetime
import http.server
import re
import shutil
import ssl
import threading

import httpx
import pytest

from support.browser import NARROW, WIDE, Watched, axe_violations
from support.certificates import Authority, write
from support.doors import Carrier, number
from support.processes import ROOT, Practice, eventually, free_port

PLACE = "any-hour"
ENGINES = ["sqlite", "postgresql"]
VISIT = re.compile(r"/v/[A-Za-z0-9_-]+$")
PHONES = iter(range(870_000, 871_000))

DEFINITIONS = """
kind: location
key: any-hour
name: Any Hour Clinic
zone: ZONE
address:
  lines: [1 Long Day Road]
  city: Denver
  state: CO
  postalCode: "80205"
phone: "+13035550119"
openingHours:
  mon: ["00:00-24:00"]
  tue: ["00:00-24:00"]
  wed: ["00:00-24:00"]
  thu: ["00:00-24:00"]
  fri: ["00:00-24:00"]
  sat: ["00:00-24:00"]
  sun: ["00:00-24:00"]
directions:
  en: The door is open.
  es: La puerta está abierta.
parking:
  en: Park in front.
  es: Estacione enfrente.
calendarOwner: ours
---
kind: practitioner
key: nadia-vesper
name: { prefix: Dr., given: Nadia, family: Vesper, suffix: MD }
gender: female
languages: [en]
serviceLines: [primary-care]
templates:
  - location: any-hour
    weekdays: [mon, tue, wed, thu, fri, sat, sun]
    from: "00:00"
    to: "24:00"
    visitTypes: [walk-in]
---
kind: visit-type
key: walk-in
names: { en: Visit today, es: Cita de hoy }
minutes: 10
startEvery: 10
modality: in-person
serviceLine: primary-care
practitioners: [nadia-vesper]
locations: [any-hour]
leadMinutes: 0
horizonDays: 30
appointmentType: ROUTINE
rules:
  selfService: { book: true }
  checkIn:
    leadMinutes: 1440
    questions:
      - key: changes
        text:
          en: Has your health changed?
          es: ¿Cambió su salud?
        answer: yes-no
        required: true
      - key: pharmacy
        text:
          en: Which pharmacy do you use?
          es: ¿Qué farmacia usa?
        answer: text
    documents:
      - key: visit-texts
        version: 1
        names: { en: Texts about your visits, es: Mensajes sobre sus citas }
        body:
          en: We text you about your visits.
          es: Le enviamos mensajes sobre sus citas.
        purpose: appointment-reminder
"""

# Without summer time: hours from UTC.
ZONES = {"Pacific/Honolulu": -10, "America/Phoenix": -7, "Africa/Abidjan": 0, "Asia/Kolkata": 5, "Asia/Tokyo": 9}


def zone_in_daylight():
    """One where hours of today are left."""
    hour = datetime.datetime.now(datetime.timezone.utc).hour
    return next(zone for zone, ahead in ZONES.items() if 3 <= (hour + ahead) % 24 <= 17)


@pytest.fixture(scope="module", params=ENGINES)
def clinic(request, engine_named, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"today-{request.param}")
    made = Practice(engine_named(request.param), folder, patients=20).prepare()
    blueprint = folder / "blueprint"
    shutil.copytree(ROOT / "blueprints/primary-care", blueprint)
    (blueprint / "any-hour.yaml").write_text(DEFINITIONS.replace("ZONE", zone_in_daylight()))
    made.outer = free_port()
    organization = blueprint / "organization.yaml"
    organization.write_text(organization.read_text() + f'bookingFrames: ["https://localhost:{made.outer}"]\n')
    made.command("blueprint", "apply", blueprint)
    made.carrier().serve(THROUGHLINE_SERVER_LINK_BASE=made.base)
    yield made
    made.close()


@pytest.fixture
def carrier(clinic):
    with Carrier(clinic.carrier_base) as client:
        yield client


def code(carrier, phone):
    def read():
        texts = [found.group(1) for m in carrier.received(phone) if (found := re.search(r"\b(\d{6})\b", m["body"]))]
        return texts[-1] if texts else None

    return eventually(read, "the code arrives", seconds=60)


def book(where, carrier, look):
    """From the list of visits to the booked page; `where`: a page, or a frame of one."""
    phone = number(next(PHONES))
    where.locator("a.self-type", has_text="Visit today").click()
    # Not the very next minutes: they pass while somebody types. The first three are the best ones, told twice.
    where.locator("button.slot").nth(8).click()
    where.get_by_label("First name").fill("Rosa")
    look("who")
    where.get_by_label("Last name").fill("Vandermeer")
    where.get_by_label("Date of birth").fill("1970-01-05")
    where.get_by_label("Mobile phone").fill(phone)
    where.get_by_label("You may text me").check()
    where.get_by_role("button", name="Text me a code").click()
    where.get_by_label("Six-digit code").fill("1")
    look("code")
    where.get_by_role("button", name="Book this visit").click()
    where.get_by_text("That is not the code").first.wait_for()
    look("code, wrong")
    where.get_by_label("Six-digit code").fill(code(carrier, phone))
    where.get_by_role("button", name="Book this visit").click()
    where.get_by_role("link", name="See my visit").wait_for()
    look("booked")


def move(page, look):
    page.get_by_role("link", name="Move my visit").click()
    page.locator("button.slot").first.wait_for()
    look("times")
    page.locator("button.slot").nth(5).click()
    page.get_by_role("heading", name="Move your visit here?").wait_for()
    look("move")
    page.get_by_role("button", name="Yes, move my visit").click()


def check_in(page, look):
    page.locator('a[href$="/checkin"]').click()
    page.get_by_label("Member number").wait_for()
    look("check-in, form")
    page.get_by_label("Member number").fill("HM-77")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("This is needed.").first.wait_for()
    page.get_by_text("Say whose number it is.").wait_for()
    look("check-in, errors")
    page.get_by_label("Insurance").fill("Harbor Mutual")
    page.get_by_label("No", exact=True).check()
    page.get_by_label("I have read it and I agree").check()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you, we have it").wait_for()
    look("check-in, given")
    page.get_by_role("button", name="I am here").click()
    page.wait_for_url(VISIT)
    look("here")


def test_a_visit_of_today_is_booked_moved_and_checked_in_without_scripts(clinic, carrier, browser):
    context = browser.context(clinic.base, NARROW, scripts=False)
    page = context.new_page()
    page.goto(f"/book/{PLACE}")
    book(page, carrier, lambda name: None)
    page.get_by_role("link", name="See my visit").click()
    move(page, lambda name: None)
    check_in(page, lambda name: None)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_step_is_plain_on_a_phone(clinic, carrier, browser, scheme):
    context = browser.context(clinic.base, NARROW, scheme)
    watched = Watched(context)
    watched.expected = (422,)
    page = watched.page
    problems = []

    def look(name):
        problems.extend(f"{name}: {violation}" for violation in axe_violations(page))
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            problems.append(f"{name}: {wider} px wider than the window")

    page.goto(f"/book/{PLACE}")
    book(page, carrier, look)
    page.get_by_role("link", name="See my visit").click()
    page.wait_for_url(VISIT)
    look("visit")
    move(page, look)
    check_in(page, look)
    context.close()
    assert not problems and not watched.complaints, "\n".join(problems + watched.complaints)


class Outer(http.server.BaseHTTPRequestHandler):
    """A site of somebody else with the booking page in it."""

    inner = ""

    def do_GET(self):
        frame = f'<iframe title="Book" src="{self.inner}" width="380" height="800"></iframe>'
        page = f"<!doctype html><title>Outer</title>{frame}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def outer(clinic, tmp_path):
    chain, secret, _ = Authority(tmp_path).sign()
    certificate, key = write(tmp_path, chain, secret)
    handler = type("Inner", (Outer,), {"inner": f"{clinic.base}/book/{PLACE}"})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", clinic.outer), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield clinic.outer
    server.shutdown()
    server.server_close()


def test_somebody_books_in_a_frame_of_the_site_that_the_practice_names_and_of_no_other(clinic, carrier, browser, outer):
    answer = httpx.get(f"{clinic.base}/book")
    assert f"frame-ancestors https://localhost:{outer}" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    elsewhere = httpx.get(f"{clinic.base}/session")
    assert "frame-ancestors 'none'" in elsewhere.headers["content-security-policy"]
    context = browser.chromium.new_context(viewport=WIDE, locale="en-US", ignore_https_errors=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    # The one host is the practice's own site, the other is another: no cookie of ours is kept in the frame.
    page.goto(f"https://localhost:{outer}/")
    book(page.frame_locator("iframe"), carrier, lambda name: None)
    assert not [cookie for cookie in context.cookies() if cookie["name"].endswith("throughline-book")]
    page.frame_locator("iframe").get_by_role("link", name="See my visit").click()
    page.wait_for_url(VISIT)
    page.goto(f"https://127.0.0.1:{outer}/")
    page.wait_for_timeout(500)
    assert page.frame_locator("iframe").locator("a.self-type").count() == 0
    context.close()
