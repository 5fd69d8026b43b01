"""Practices in the states that pages are looked at in: full of people, visits and needs; empty; and the pages' list."""

import re
from datetime import date, timedelta

from .doors import Api, Carrier, Console
from .processes import eventually

MARIA = "+13035550142"
FAMILY = "+13035550187"
NEW = "+13035550199"


class Full:
    """A day in the middle: needs in several stages, Maria with a booked visit, a shared phone, visits on the day."""

    def __init__(self, practice):
        self.practice = practice
        self.agent = Console(practice.base, practice.user("access-agent"))
        self.admin = Console(practice.base, practice.user("administrator"))
        with Api(practice.base, practice.key("integration")) as api, Carrier(practice.carrier_base) as carrier:
            self.prepare(api, carrier)

    def prepare(self, api, carrier):
        carrier.text(MARIA, "Hola, necesito mover mi consulta de la rodilla. También cambió mi seguro.")
        carrier.text(FAMILY, "Can we come an hour later on Thursday?")
        carrier.text(NEW, "Hi! Do you take new patients? My son needs a check-up.")
        self.maria = api.get("/api/v1/patients", q="RB-100142")["patients"][0]["id"]
        needs = eventually(
            lambda: (lambda found: found if len(found) >= 3 else None)(
                api.get("/api/v1/needs", filter="team", order="newest")["needs"]), "the needs are there")
        of_maria = [need for need in needs if need.get("patient") == self.maria]
        self.need = next((n for n in of_maria if n["reason"] == "reschedule"), of_maria[0])["id"]
        self.unbooked = next((n["id"] for n in of_maria if n["id"] != self.need), self.need)
        conversation = of_maria[0]["conversation"]
        self.shared = next(
            (n["id"] for n in needs if api.get(f"/api/v1/conversations/{n['conversation']}")["address"] == FAMILY), self.need)
        self.agent.post(f"/needs/{self.need}/owner")
        page = self.agent.get(f"/inbox/{self.need}").text
        intent = re.search(r'name="intent" value="([^"]+)"', page).group(1)
        self.agent.post(
            f"/conversations/{conversation}/messages", need=self.need, intent=intent,
            text="Hola, Maria, soy Ana. Puedo mover esta cita. ¿Qué días le quedan bien? ¿De mañana o de tarde?")
        slots = api.get("/api/v1/slots", visit_type="knee-surgery-consult", limit="3")["slots"]
        place = {name: slots[0][name] for name in ("visitType", "practitioner", "location", "localStart")}
        booked = api.post("/api/v1/appointments", {**place, "patient": self.maria, "need": self.need})
        self.appointment, self.day, self.location = booked["id"], booked["localStart"][:10], booked["location"]
        checkup = api.slots("annual-physical")[0]
        self.slot = "~".join(checkup[name] for name in place)
        self.other = next(p["id"] for p in api.get("/api/v1/patients", limit="20")["patients"] if p["id"] != self.maria)
        eventually(lambda: len(carrier.received(MARIA)) >= 2, "Maria has her texts")
        carrier.text(MARIA, "Sí")
        self.visits(api)

    def visits(self, api):
        """A day with several columns."""
        day = api.get("/api/v1/slots", visit_type="labs", **{"from": self.day, "to": self.day}, limit="200")["slots"]
        hits = api.get("/api/v1/patients", limit="20")["patients"]
        for index, hit in enumerate(hits[:8]):
            slot = day[index * 7 % len(day)] if day else None
            if slot:
                place = {name: slot[name] for name in ("visitType", "practitioner", "location", "localStart")}
                api.send("POST", "/api/v1/appointments", {**place, "patient": hit["id"]})
        # One of a day on which somebody will be away.
        later = {"from": (date.today() + timedelta(days=30)).isoformat(), "to": (date.today() + timedelta(days=50)).isoformat()}
        self.bumped = api.get("/api/v1/slots", visit_type="annual-physical", limit="1", **later)["slots"][0]
        place = {name: self.bumped[name] for name in ("visitType", "practitioner", "location", "localStart")}
        api.post("/api/v1/appointments", {**place, "patient": hits[-1]["id"]})

    def close(self):
        self.agent.http.close()
        self.admin.http.close()

    @property
    def family(self):
        """Maria and somebody else, as the address of the page has them."""
        return f"person={self.maria}&type=labs&person={self.other}&type=labs"

    def person(self):
        """The page of somebody's access."""
        return re.search(r'href="(/users/[0-9A-Z]{13})"', self.admin.get("/users").text).group(1)

    def privacy_request(self):
        """The page of a privacy request, made once, with an agreement and a disclosure on the patient's privacy page."""
        if not getattr(self, "request_page", None):
            # The practice's day may be behind this machine's.
            day, person = (date.today() - timedelta(days=1)).isoformat(), f"/privacy/patients/{self.maria}"
            made = self.admin.post(
                "/privacy/requests", patient=self.maria, kind="access", law="hipaa", received=day, channel="letter",
                asker="patient", text="A copy of everything you have about me", identity="Photo ID seen")
            self.admin.post(f"{person}/restrictions", restriction="person", whom="Jorge Ruiz", note="Her brother")
            self.admin.post(
                f"{person}/disclosures", on=day, recipient="County health department", address="", basis="public-health",
                statute="", why="Reportable illness", what="Name, address and result")
            self.request_page = made.headers["location"]
        return self.request_page

    def erasure(self):
        """The page on which somebody who asked for it is erased, made once."""
        if not getattr(self, "erasure_page", None):
            made = self.admin.post(
                "/privacy/requests", patient=self.maria, kind="erasure", law="gdpr",
                received=(date.today() - timedelta(days=1)).isoformat(), channel="letter", asker="patient",
                text="Delete what you have about me", identity="Photo ID seen")
            self.erasure_page = made.headers["location"] + "/erasure"
        return self.erasure_page

    def absence(self):
        """The list of an absence over the visits of a day, made once: nobody is texted."""
        if not getattr(self, "absence_page", None):
            visit = self.bumped
            made = self.admin.post(
                "/bump", subject=f"practitioner:{visit['practitioner']}", reason="leave",
                **{"from": f"{visit['localStart'][:10]}T00:00", "to": f"{visit['localStart'][:10]}T23:59"})
            self.absence_page = made.headers["location"].split("?")[0]
        return self.absence_page

    def key(self):
        """The page of a program's key."""
        return re.search(r'href="(/keys/[0-9A-Z]{13})"', self.admin.get("/keys").text).group(1)

    def review(self):
        """An access review that has begun, with one line decided."""
        started = self.admin.post("/access-review", 303, name="Spring", due="2030-01-01").headers["location"]
        subject = re.search(r'name="kind" value="user"><input type="hidden" name="subject" value="([^"]+)"',
                            self.admin.get(started).text).group(1)
        self.admin.post(started + "/decision", 303, kind="user", subject=subject, decision="change", note="One site only")
        return started

    def pages(self):
        """Name and address of every page of the console, with what is there to show."""
        return {
            "today": "/", "inbox": "/inbox", "conversation": f"/inbox/{self.need}", "shared-phone": f"/inbox/{self.shared}",
            "patients": "/patients", "search": "/patients?q=del", "new-patient": "/patients/new",
            "patient": f"/patients/{self.maria}", "edit-patient": f"/patients/{self.maria}/edit",
            "schedule": f"/schedule?date={self.day}&location={self.location}",
            "schedule-rooms": f"/schedule?date={self.day}&location={self.location}&by=room",
            "schedule-places": f"/schedule?date={self.day}&location={self.location}&by=location",
            "schedule-week": f"/schedule?date={self.day}&location={self.location}&view=week",
            "schedule-place-week": f"/schedule?date={self.day}&location={self.location}&view=week&by=location",
            "placement": f"/appointments/{self.appointment}/placement?start={self.day}T03:00",
            "arrivals": f"/arrivals?location={self.location}", "wall": f"/arrivals/wall?location={self.location}",
            "appointment": f"/appointments/{self.appointment}", "booking": f"/booking?need={self.need}",
            "booking-best": f"/booking?patient={self.maria}&type=labs&best=yes&access=step-free",
            "booking-nothing-fits": f"/booking?patient={self.maria}&type=labs&sex=other&postcode=00000",
            "booking-free-time": f"/booking?location={self.location}&from={self.day}&to={self.day}&at=09:00&q=del",
            "booking-series": f"/booking/series?patient={self.maria}&slot={self.slot}&count=12",
            "booking-trip": f"/booking/trip?patient={self.maria}&type=annual-physical",
            "booking-family": f"/booking/family?{self.family}&find=yes&mode=one-after-another",
            "booking-family-search": f"/booking/family?person={self.maria}&type=labs&q=del",
            "booked-together": f"/appointments/{self.appointment}/together?missed={self.day}T09:00.practitioner-busy",
            "dashboard": "/dashboard", "events": "/events", "audit": "/audit", "users": "/users",
            "calendar-links": "/schedule/feeds",
            "capacity": "/capacity", "capacity-visits": "/capacity/visits?period=next-12",
            "capacity-sessions": "/capacity/sessions?period=next-4", "capacity-next": "/capacity/availability",
            "capacity-blocks": "/capacity/released-blocks?period=past-12", "capacity-what-if": "/capacity/what-if?demand=20",
            "capacity-overbooking": "/capacity/overbooking?no_show=20",
            "keys": "/keys", "new-key": "/keys/new", "key": self.key(), "outbox": "/outbox",
            "user": self.person(), "security": "/account/security", "second-step": "/account/second-step",
            "passkeys": "/account/second-step/passkeys",
            "consent": "/consent", "consent-ledger": f"/patients/{self.maria}/consent",
            "proxies": f"/patients/{self.maria}/proxies",
            "audit-links": f"/audit/links?patient={self.maria}", "signals": "/audit/signals",
            "break-glass": f"/break-glass?patient={self.maria}", "reviews": "/break-glass/reviews",
            "privacy-request": self.privacy_request(), "privacy-requests": "/privacy/requests",
            "privacy-new": f"/privacy/requests/new?patient={self.maria}", "privacy": f"/privacy/patients/{self.maria}",
            "roles": "/roles", "role": "/roles/clinic-manager", "new-role": "/roles/new",
            "access-review": "/access-review", "review": self.review(),
            "why": f"/patients/{self.maria}/why",
            "legal-holds": f"/legal-holds?patient={self.maria}", "retention": "/retention",
            "record-numbers": "/patients/record-numbers", "look-alikes": "/patients/look-alikes",
            "absences": "/bump", "new-absence": "/bump/new", "absence": self.absence(),
            "public-booking": "/book", "public-times": "/book?type=annual-physical", "erasure": self.erasure(),
            "styleguide": "/styleguide", "problem": "/inbox/0000000000001", **SETUP_PAGES,
        }


# The forms of the scheduling rules, by the shipped blueprint.
SETUP_PAGES = {
    "setup": "/setup", "setup-visits": "/setup/visit-types", "setup-visit": "/setup/visit-types/annual-physical",
    "setup-new-visit": "/setup/visit-types/new", "setup-practitioners": "/setup/practitioners",
    "setup-practitioner": "/setup/practitioners/elena-alvarez", "setup-new-practitioner": "/setup/practitioners/new",
    "setup-resources": "/setup/resources", "setup-resource": "/setup/resources/interpreter-navajo",
    "setup-locations": "/setup/locations", "setup-location": "/setup/locations/denver-northside",
    "setup-retire": "/setup/resources/interpreter-navajo/retirement",
    "setup-retire-refused": "/setup/practitioners/elena-alvarez/retirement",
    "setup-waitlist": "/setup/waitlist", "setup-referrals": "/setup/referrals",
}

EMPTY_PAGES = {
    "consent": "/consent", "privacy": "/privacy/requests?show=closed",
    "schedule-week": "/schedule?date=2026-12-25&location=flagstaff&view=week", "arrivals": "/arrivals?location=flagstaff",
    "today": "/", "inbox": "/inbox", "inbox-mine": "/inbox?filter=mine", "inbox-closed": "/inbox?filter=closed",
    "search": "/patients?q=nobodyhere", "schedule": "/schedule?date=2026-12-25&location=flagstaff", "dashboard": "/dashboard",
    "outbox": "/outbox", "events": "/events", "access-review": "/access-review", "zone-changes": "/schedule/zone-changes",
    "capacity-what-if": "/capacity/what-if", "capacity-missed": "/capacity/visits?part=missed",
}


def signed_in(context, console):
    """Gives a browser the session that a console client has."""
    context.add_cookies([
        {"name": cookie.name, "value": cookie.value, "url": str(console.http.base_url)} for cookie in console.http.cookies.jar])
    return context
