"""Calendar links through the true door, read by an independent parser."""

import re
from datetime import datetime, timezone

import httpx
import icalendar
import pytest

from support.doors import Console
from support.tables import id_of


def made(console, source):
    """The address of a new link; it is shown once."""
    page = console.post("/schedule/feeds", 200, source=source).text
    address = re.search(r'id="new-feed">([^<]+)<', page).group(1)
    assert address not in console.get("/schedule/feeds").text
    return address[address.index("/calendar/"):]


def sources(console):
    page = console.get("/schedule/feeds").text
    return re.findall(r'<option value="((?:practitioner|location):[^"]+)"', page)


def path_to_end(console):
    return re.search(r'action="(/schedule/feeds/[0-9A-Z]{13}/ending)"', console.get("/schedule/feeds").text).group(1)


@pytest.fixture
def console(demo):
    with Console(demo.base, demo.user("administrator")) as one:
        yield one


def test_a_link_shows_every_visit_at_its_hour_and_no_patient(demo, console):
    visits = {row[0]: (row[1], row[2]) for row in demo.rows(
        "SELECT id, start_at, zone FROM appointment WHERE status IN ('booked', 'arrived', 'fulfilled', 'pending')")}
    found, zones = {}, set()
    for source in [one for one in sources(console) if one.startswith("location:")]:
        address = made(console, source)
        answer = httpx.get(demo.base + address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
        assert answer.content.count(b"\n") == answer.content.count(b"\r\n")
        file = icalendar.Calendar.from_ical(answer.content)
        # By the zone as it stands in the file, whatever this machine believes of it.
        own = {str(zone["TZID"]): zone.to_tz(lookup_tzid=False) for zone in file.walk("VTIMEZONE")}
        for event in file.walk("VEVENT"):
            start = event["DTSTART"]
            local = start.dt
            if "TZID" in start.params:
                local = local.replace(tzinfo=None).replace(tzinfo=own[start.params["TZID"]])
                zones.add(start.params["TZID"])
            assert "RRULE" not in event and str(event["SUMMARY"]) == "Busy"
            assert "ATTENDEE" not in event and "DESCRIPTION" not in event
            found[id_of(str(event["UID"]).split("-")[0].upper())] = local.timestamp()
        console.post(path_to_end(console))
        assert httpx.get(demo.base + address).status_code == 404
    assert len(found) > 20 and len(zones) >= 2
    assert set(found) <= set(visits)
    assert all(visits[visit][0] / 1e6 == moment for visit, moment in found.items())
    # The next months are there, but for the few visits that are more sensitive than this role may see.
    now = datetime.now(timezone.utc).timestamp()
    wanted = {visit for visit, (start, _) in visits.items() if now - 86_400 < start / 1e6 < now + 170 * 86_400}
    assert len(wanted & set(found)) > 0.8 * len(wanted)


def test_a_program_that_has_it_already_is_told_so_and_each_reading_is_on_the_trail(demo, console):
    def readings():
        return demo.rows("SELECT COUNT(*) FROM audit_record WHERE action = 'calendar-feed.read'")[0][0]

    source = next(one for one in sources(console) if one.startswith("practitioner:"))
    address = made(console, source)
    before = readings()
    first = httpx.get(demo.base + address)
    again = httpx.get(demo.base + address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert httpx.get(demo.base + address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert httpx.head(demo.base + address).status_code == 200
    assert readings() == before + 4
    token = address.removeprefix("/calendar/").removesuffix(".ics")
    for wrong in ("AAAA.ics", token[:-1] + ("A" if token[-1] != "A" else "B") + ".ics", "A" * 200, "%00.ics"):
        assert httpx.get(f"{demo.base}/calendar/{wrong}").status_code in (400, 404), wrong
    # The secret stands nowhere: not in the store, not in the logs.
    assert all(token not in log.read_text("utf-8", "replace") for log in demo.logs())
    console.post(path_to_end(console))
    assert httpx.get(demo.base + address).status_code == 404
