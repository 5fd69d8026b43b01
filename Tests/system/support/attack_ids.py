"""What the parameters of routes are ids of, one thing of each kind in the practice under attack, and forms that reach the
look for it."""

import re
from datetime import date, timedelta

from .attacks import ABSENT
from .doors import Carrier, Console, number
from .processes import eventually

# By the address up to the parameter.
KINDS = {
    "/account/sessions/{id}": "sessions", "/account/second-step/passkeys/{id}": "passkeys",
    "/keys/{id}": "keys", "/users/{id}": "users", "/scim/v2/Users/{id}": "users",
    "/access-review/{id}": "reviews", "/audit/links/{id}": "links", "/break-glass/{id}": "glasses",
    "/patients/{id}": "patients", "/api/v1/patients/{id}": "patients", "/privacy/patients/{id}": "patients",
    "/patients/{id}/proxies/{proxy}": "proxies", "/patients/{id}/documents/{document}": "documents",
    "/privacy/patients/{id}/restrictions/{restriction}": "restrictions", "/privacy/requests/{id}": "requests",
    "/legal-holds/{id}": "legal-holds", "/retention/{id}": "retention",
    "/api/v1/needs/{id}": "needs", "/needs/{id}": "needs", "/inbox/{id}": "needs",
    "/api/v1/conversations/{id}": "conversations", "/conversations/{id}": "conversations",
    "/conversations/{id}/media/{media}": "media", "/outbox/{id}": "outbox",
    "/holds/{id}": "holds", "/api/v1/holds/{id}": "holds",
    "/appointments/{id}": "appointments", "/api/v1/appointments/{id}": "appointments",
    "/fhir/Appointment/{id}": "appointments", "/schedule/zone-changes/{id}": "appointments",
    "/referrals/{id}": "referrals", "/api/v1/referrals/{id}": "referrals",
    "/referrals/{id}/documents/{document}": "papers", "/schedule/feeds/{id}": "feeds",
    "/waitlist/entries/{id}": "entries", "/api/v1/waitlist/{id}": "entries",
    "/waitlist/openings/{id}": "openings", "/api/v1/waitlist/openings/{id}": "openings",
    "/waitlist/offers/{id}": "offers", "/api/v1/waitlist/offers/{id}": "offers",
    "/bump/{id}": "absences", "/bump/{id}/visits/{visit}": "bumped",
}
# Whole routes whose ids belong to other things than their beginning says.
APART = {
    "/privacy/requests/{id}/erasure": ["erasures"], "/privacy/requests/{id}/certificate": ["erasures"],
    "/patients/{id}/documents/{document}": ["documented", "documents"],
}
# Parameters that are no ids, by the address up to them, and why.
NO_IDS = {
    "/hooks/{tenant}": "the practice's own name, which is public; what is sent there is signed",
    "/scim/v2/ResourceTypes/{id}": "a name of the standard", "/scim/v2/Schemas/{id}": "a name of the standard",
    "/scim/v2/Groups/{id}": "the key of a role or team of one's own configuration",
    "/roles/{key}": "the key of a role of one's own configuration",
    "/fhir/Schedule/{id}": "made of the keys of one's own configuration",
    "/book/{place}": "the key of a place, for the public",
    **{f"/setup/{kind}/{{key}}": "the key of a definition of one's own configuration"
       for kind in ("visit-types", "practitioners", "resources", "locations")},
    **{f"{place}/{{token}}": "sealed or random, no id: made-up, altered and old ones are tried where the link is tested"
       for place in ("/invitations", "/who-looked", "/mail", "/calendar", "/offers", "/bumped", "/v", "/book/steps")},
}
# Kinds of which nothing can be made here, and why. Their routes are asked with malformed and absent ids all the same.
NOT_MADE = {
    "passkeys": "made by a browser alone: Tests/system/test_passkeys.py",
    "retention": "due after years alone: asked with one that is due in Tests/AreaTests/NonInterference",
    "offers": "made by day alone, when the practice may text: used when there are some",
}
# What belongs to the practice and to nobody in it; the rest hangs on the restricted patient.
OF_NOBODY = {"users", "keys", "sessions", "reviews", "feeds", "absences", "openings", "offers", "documented", "documents"}


def kinds(template):
    """The kind of each parameter of a route, in order; None for one that is no id. KeyError: it is in no list."""
    if template in APART:
        return APART[template]
    found = []
    for match in re.finditer(r"\{\w+\}", template):
        place = template[:match.end()]
        found.append(None if place in NO_IDS else KINDS[place])
    return found


def filled(template, ids):
    """The address with these ids, each by its kind, and ids that nothing has for the others."""
    left = iter(kinds(template))
    return re.sub(r"\{\w+\}", lambda match: ids.get(next(left)) or ABSENT, template)


def text_of(number):
    """An id as addresses hold it: Crockford's base 32."""
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> shift & 31] for shift in range(60, -5, -5))


YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
REQUEST = {"law": "gdpr", "received": YESTERDAY, "channel": "letter", "asker": "patient", "text": "Mine", "identity": "Seen"}
DISCLOSURE = {"on": YESTERDAY, "recipient": "County Health", "basis": "public-health", "what": "A report", "why": "Measles"}
PROXY = {"name": "Pia Vance", "basis": "chosen", "access": "limited", "from": YESTERDAY}


class Made:
    """One of everything, made by the practice's own doors; its ids are read past the product."""

    def __init__(self, attacked):
        self.attacked = attacked
        self.practice = attacked.practice
        self.patient = attacked.hidden["patients"]
        self.nurse = attacked.key("triage-nurse")
        self.officer = attacked.person("privacy-officer")
        self.hidden = dict(attacked.hidden)
        self.known = dict(attacked.known)
        self.of_patient()
        self.of_practice()
        self.known.update(self.hidden)

    def newest(self, table, where="1 = 1"):
        found = eventually(lambda: self.practice.rows(f"SELECT MAX(id) FROM {table} WHERE {where}")[0][0],
                           f"{table} holds one", seconds=60)
        return text_of(found)

    def of_patient(self):
        """What hangs on the restricted patient."""
        officer, patient, made = self.officer, self.patient, self.hidden
        officer.post(f"/patients/{patient}/proxies", **PROXY)
        made["proxies"] = self.newest("patient_proxy")
        made["requests"] = officer.post(
            "/privacy/requests", patient=patient, kind="access", **REQUEST).headers["location"].split("/")[-1]
        made["erasures"] = officer.post(
            "/privacy/requests", patient=patient, kind="erasure", **REQUEST).headers["location"].split("/")[-1]
        officer.post(f"/privacy/patients/{patient}/restrictions", restriction="person", whom="Jorge Ruiz", note="")
        made["restrictions"] = self.newest("privacy_restriction")
        officer.post("/legal-holds", patient=patient, matter="Case 9", reason="The court asked for it.")
        made["legal-holds"] = self.newest("legal_hold")
        officer.post("/audit/links", 200, patient=patient, days="7")
        made["links"] = self.newest("access_link")
        made["referrals"] = self.nurse.post("/api/v1/referrals", {
            "patient": patient, "kind": "outbound", "serviceLine": "orthopaedics", "reason": "A torn meniscus"})["id"]
        paper = self.nurse.http.post(f"/api/v1/referrals/{made['referrals']}/documents?kind=request",
                                     content=b"%PDF-1.4 a request", headers={"Content-Type": "application/pdf"})
        assert paper.status_code == 201, paper.text
        made["papers"] = self.newest("referral_document")
        self.nurse.post("/api/v1/waitlist", {"patient": patient, "visitType": "labs", "priority": "soon"})
        made["entries"] = self.newest("waitlist_entry")
        self.picture()
        self.glass()
        self.bumped()

    def picture(self):
        from test_shared_phone import PNG

        with Carrier(self.practice.carrier_base) as carrier:
            carrier.text(self.attacked.hidden_phone, "My card", picture=("card.png", PNG, "image/png"))
        self.hidden["media"] = self.newest("message_media", "state = 'stored'")

    def glass(self):
        """Somebody for whom the patient is out of reach opens the record in an emergency."""
        console, _ = self.attacked.newcomer("Gale Glass", "administrator")
        console.post("/break-glass", patient=self.patient, reason="She is unconscious in room two.")
        console.http.close()
        self.hidden["glasses"] = self.newest("break_glass")

    def bumped(self):
        """A visit of the patient on a day on which its practitioner will be away."""
        later = {"from": (date.today() + timedelta(days=40)).isoformat(), "to": (date.today() + timedelta(days=60)).isoformat()}
        slot = self.nurse.slots("annual-physical", limit=20, **later)[-1]
        place = {name: slot[name] for name in ("visitType", "practitioner", "location", "localStart")}
        self.nurse.post("/api/v1/appointments", {**place, "patient": self.patient})
        day = slot["localStart"][:10]
        self.attacked.admin.post("/bump", subject=f"practitioner:{slot['practitioner']}", reason="leave",
                                 **{"from": f"{day}T00:00", "to": f"{day}T23:59"})
        self.known["absences"] = self.newest("schedule_absence")
        self.hidden["bumped"] = self.newest("bump_visit")

    def of_practice(self):
        from test_waitlist import opening

        opening(self.nurse, iter([number(890_700), number(890_701)]), 1)
        started = self.officer.post("/access-review", 303, name="The year's", due="2030-01-01").headers["location"]
        self.known["reviews"] = re.search(r"[0-9A-Z]{13}", started).group(0)
        self.attacked.admin.post("/schedule/feeds", None, source="location:denver-northside")
        self.known["feeds"] = self.newest("calendar_feed")
        patient, document = self.practice.rows("SELECT patient, id FROM clinical_document ORDER BY id DESC LIMIT 1")[0]
        self.known["documented"], self.known["documents"] = text_of(patient), text_of(document)
        self.known["openings"] = self.newest("waitlist_opening")
        offers = self.practice.rows("SELECT MAX(id) FROM waitlist_offer")[0][0]
        if offers:
            self.known["offers"] = text_of(offers)


def made(attacked):
    """Made once for each practice under attack."""
    if not hasattr(attacked, "one_of_each"):
        attacked.one_of_each = Made(attacked)
    return attacked.one_of_each


def freshly(attacked, console, person):
    """A session as new as can be, so that no page stops to ask whether it is really them."""
    fresh = Console(attacked.base)
    fresh.http.headers.update({name: console.http.headers[name] for name in ("Host",) if name in console.http.headers})
    answer = fresh.http.post("/session", data={"login": person["email"], "password": person["password"]})
    assert answer.status_code == 303, answer.text[:400]
    fresh.csrf = re.search(r'<meta name="csrf" content="([^"]+)"', fresh.get("/account/security").text).group(1)
    return fresh


# Forms and bodies with which a handler comes as far as to look for the thing.
FIELDS = {
    "POST /users/{id}/access": {"name": "X Y", "email": "x@clinic.example", "role": "front-desk", "version": "1"},
    "POST /users/{id}/work": {"to": "own"},
    "POST /account/second-step/passkeys/{id}/name": {"name": "Another"},
    "POST /access-review/{id}/decision": {"kind": "user", "subject": ABSENT, "decision": "keep"},
    "POST /break-glass/{id}/review": {"outcome": "appropriate", "note": "It was."},
    "POST /patients/{id}/protection": {"label-vip": "1", "version": "1"},
    "POST /patients/{id}/protection/consent": {"decision": "given", "label": "substance-use"},
    "POST /patients/{id}/protection/care": {"user": ABSENT, "days": "30"},
    "POST /legal-holds/{id}/release": {"note": "The claim was settled."},
    "POST /retention/{id}/decision": {"decision": "keep", "years": "2"},
    "POST /privacy/requests/{id}/assignment": {"assigned": ABSENT},
    "POST /privacy/requests/{id}/extension": {"reason": "The archive is far away."},
    "POST /privacy/requests/{id}/decision": {"decision": "refused", "reason": "It was given already."},
    "POST /privacy/requests/{id}/disagreement": {"statement": "It was not."},
    "POST /privacy/requests/{id}/record": {"language": "en"},
    "POST /privacy/requests/{id}/erasure": {"number": "x"},
    "POST /privacy/patients/{id}/restrictions": {"restriction": "payer", "whom": "Blue Mesa Health"},
    "POST /privacy/patients/{id}/disclosures": DISCLOSURE,
    "POST /privacy/patients/{id}/disclosed-record": DISCLOSURE,
    "POST /patients/{id}/proxies": PROXY, "POST /api/v1/patients/{id}/proxies": PROXY,
    "POST /patients/{id}/proxies/{proxy}/custody": {"custody": "joint", "from": YESTERDAY},
    "POST /patients/{id}/proxies/{proxy}/end": {"reason": "He has moved away."},
    "POST /referrals/{id}/steps": {"step": "accept"}, "POST /api/v1/referrals/{id}/steps": {"step": "accept"},
    "POST /referrals/{id}/owner": {"owner": ""}, "POST /api/v1/referrals/{id}/owner": {"owner": None},
    "POST /referrals/{id}/description": {"priority": "urgent"},
    "POST /api/v1/referrals/{id}/description": {"priority": "urgent"},
    "POST /waitlist/entries/{id}": {"weekday": "2", "notice": "4"},
    "PATCH /api/v1/waitlist/{id}": {"weekdays": [1, 3], "noticeHours": 4, "priority": "soon"},
    "POST /appointments/{id}/placement": {"start": "2030-03-12T03:00"},
}
