"""Calendar programs that people have: libical, by which Evolution, KOrganizer and Cyrus read invitations, and khal."""

import ctypes
import subprocess
from datetime import datetime, timezone


def invitation(letter):
    """The file of an e-mail as it was sent."""
    return next(part for part in letter.walk() if part.get_content_type() == "text/calendar").get_payload(decode=True)


class _Time(ctypes.Structure):
    # struct icaltimetype of libical 3
    _fields_ = [(name, ctypes.c_int) for name in (
        "year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")] + [("zone", ctypes.c_void_p)]


def _libical():
    library = ctypes.CDLL("libical.so.3")
    for name, result, takes in (
            ("icalparser_parse_string", ctypes.c_void_p, [ctypes.c_char_p]),
            ("icalrestriction_check", ctypes.c_int, [ctypes.c_void_p]),
            ("icalcomponent_count_errors", ctypes.c_int, [ctypes.c_void_p]),
            ("icalcomponent_as_ical_string", ctypes.c_char_p, [ctypes.c_void_p]),
            ("icalcomponent_get_method", ctypes.c_int, [ctypes.c_void_p]),
            ("icalcomponent_get_first_real_component", ctypes.c_void_p, [ctypes.c_void_p]),
            ("icalcomponent_get_dtstart", _Time, [ctypes.c_void_p]),
            ("icalcomponent_get_dtend", _Time, [ctypes.c_void_p]),
            ("icaltime_as_timet_with_zone", ctypes.c_long, [_Time, ctypes.c_void_p]),
            ("icalcomponent_free", None, [ctypes.c_void_p])):
        function = getattr(library, name)
        function.restype, function.argtypes = result, takes
    return library


def read_by_libical(data):
    """The first event's beginning and end, seconds UTC, by libical's own reading of the zone that stands in the file.

    Fails for a file that libical finds a fault in, or that breaks the rules of its METHOD (RFC 5546)."""
    library = _libical()
    parsed = library.icalparser_parse_string(data)
    assert parsed, "libical reads nothing of it"
    try:
        kept = library.icalrestriction_check(parsed)
        written = library.icalcomponent_as_ical_string(parsed).decode()
        assert library.icalcomponent_count_errors(parsed) == 0, written
        assert kept == 1, written
        event = library.icalcomponent_get_first_real_component(parsed)
        times = [library.icalcomponent_get_dtstart(event), library.icalcomponent_get_dtend(event)]
        assert all(moment.zone for moment in times), "its zone is not known"
        return tuple(library.icaltime_as_timet_with_zone(moment, moment.zone) for moment in times)
    finally:
        library.icalcomponent_free(parsed)


class Khal:
    """A calendar of its own in khal, a client for the terminal. It shows times as UTC."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "own").mkdir(parents=True)
        (folder / "config").write_text(
            f"[calendars]\n[[own]]\npath = {folder / 'own'}\n[sqlite]\npath = {folder / 'khal.db'}\n"
            "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M\n"
            "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
            "[default]\ndefault_calendar = own\n")

    def _run(self, *words):
        run = subprocess.run(
            ["khal", "-c", self.folder / "config", *words], capture_output=True, text=True, timeout=60,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"})
        assert run.returncode == 0 and "Traceback" not in run.stderr, run.stderr
        return run.stdout

    def take(self, data):
        file = self.folder / "invitation.ics"
        file.write_bytes(data)
        self._run("import", "--batch", str(file))

    def events(self, day):
        """What stands on a day: (uid, beginning, title, whether it is called off)."""
        shown = self._run(
            "list", "--day-format", "", "--format", "{uid}|{start-date-full} {start-time}|{title}|{status}",
            day.isoformat(), "1d")
        lines = [line.split("|") for line in shown.splitlines() if line.count("|") == 3]
        return [
            (uid, datetime.strptime(start, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc), title, "CANCEL" in status)
            for uid, start, title, status in lines]
