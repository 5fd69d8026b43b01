"""A practice that is awake whenever tests run: nobody sleeps now, and at one site it is the middle of the day."""

import re
import shutil
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from support.processes import ROOT

SITE = "never-closed"

# Zones without daylight saving time, round the world, by their hours from UTC.
ZONES = {
    -10: "Pacific/Honolulu", -7: "America/Phoenix", -5: "America/Panama", -3: "America/Fortaleza", 0: "Africa/Abidjan",
    3: "Africa/Nairobi", 5: "Asia/Karachi", 7: "Asia/Bangkok", 9: "Asia/Tokyo", 12: "Pacific/Tarawa",
}
SHIPPED = [ZoneInfo(name) for name in ("America/Denver", "America/Phoenix", "America/Chicago")]


def around(hour, other):
    return min((hour - other) % 24, (other - hour) % 24)


def definitions(zone):
    """The site, and who is there day and night."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    week, hours = ", ".join(days), ", ".join(f'{day}: ["00:00-24:00"]' for day in days)
    return f"""kind: location
key: {SITE}
name: Never Closed
zone: {zone}
address: {{ lines: [1 Main Street], city: Denver, state: CO, postalCode: "80205" }}
phone: "+13035550119"
openingHours: {{ {hours} }}
directions: {{ en: The door in the middle., es: La puerta del medio. }}
parking: {{ en: In front., es: Enfrente. }}
calendarOwner: ours
---
kind: practitioner
key: ada-awake
name: {{ given: Ada, family: Awake }}
gender: female
languages: [en]
serviceLines: [primary-care]
templates:
  - {{ location: {SITE}, weekdays: [{week}], from: "00:00", to: "24:00" }}
"""


def awake(practice, folder, site=True):
    """Publishes to a practice that is set up and does not run; `today` says what day it is at the site."""
    now = datetime.now(timezone.utc)
    offset = min(ZONES, key=lambda hours: around((now.hour + hours) % 24, 10))
    clock = timezone(timedelta(hours=offset))
    hours = [now.astimezone(zone).hour for zone in [*SHIPPED, clock]]
    night = max(range(24), key=lambda hour: min((hour - present) % 24 for present in hours))
    blueprint = folder / "blueprint"
    shutil.copytree(ROOT / "blueprints/primary-care", blueprint)
    policy = blueprint / "consent-policy.yaml"
    text, changed = re.subn(
        r'from: "21:00"\n  to: "08:00"', f'from: "{night:02d}:00"\n  to: "{night:02d}:01"',
        policy.read_text("utf-8"))
    assert changed == 1
    policy.write_text(text, "utf-8")
    if site:
        (blueprint / "awake.yaml").write_text(definitions(ZONES[offset]), "utf-8")
    practice.command("blueprint", "apply", blueprint)
    practice.today = lambda: datetime.now(clock).date()
    return practice
