"""The forms of the console that texts are tried in: those that no crawl meets by itself, and those without a text."""

from .attack_ids import PROXY, REQUEST
from .attacks import ID


def waiting(attacked, patient):
    """Pages with forms that no link leads to, or that something has to wait for. What waits is this test's own."""
    officer = attacked.person("privacy-officer")

    def asked(kind):
        return officer.post("/privacy/requests", patient=patient, kind=kind, **REQUEST).headers["location"]

    access, erasure, refused = asked("access"), asked("erasure"), asked("correction")
    officer.post(f"{refused}/decision", decision="refused", reason="It is right as it is.")
    officer.post("/legal-holds", patient=patient, matter="Case 9", reason="The court asked for it.")
    officer.post(f"/patients/{patient}/proxies", **PROXY)
    review = officer.post("/access-review", name="The year's", due="2030-01-01").headers["location"]
    opener, _ = attacked.newcomer("Greta Glass", "administrator")
    opener.post("/break-glass", patient=attacked.hidden["patients"], reason="She is unconscious in room two.")
    opener.http.close()
    rules = [f"/setup/{name}" for name in ("visit-types/sick-visit", "practitioners/elena-alvarez", "locations/flagstaff")]
    new = [f"/setup/{name}/new" for name in ("visit-types", "practitioners", "resources", "locations")]
    retired = [f"{rule}/retirement" for rule in rules]
    return [*rules, *new, *retired, "/keys/new", "/roles/new", "/legal-holds", access, f"{erasure}/erasure", refused,
            review, "/break-glass/reviews", f"/patients/{patient}/protection", f"/patients/{patient}/proxies",
            f"/privacy/patients/{patient}", f"/referrals/new?patient={patient}", "/bump", "/waitlist", "/setup/resources"]


def by_hand(attacked, patient, texts, bare):
    """Forms that come with a time that is held, with a question of the moment, or with what cannot be made here."""
    key, agent, officer = attacked.key("integration"), attacked.person("access-agent"), attacked.person("privacy-officer")
    slot = key.slots("annual-physical", limit=60)[-1]
    place = {name: slot[name] for name in ("visitType", "practitioner", "location", "localStart")}
    hold = key.post("/api/v1/holds", {**place, "patient": patient})["id"]
    erasure = officer.post("/privacy/requests", patient=patient, kind="erasure", **REQUEST).headers["location"]
    somebody, _ = attacked.newcomer("Nora Newcomer", "front-desk")
    need, user = attacked.target.need, attacked.known["users"]
    forms = [
        (agent, "/appointments", {"hold": hold, "intent": patient, "need": ""}, ["note"]),
        (agent, f"/needs/{need}/facts", {"code": "asked"}, ["value", "code"]),
        (officer, "/audit/signals/ties", {"user": user, "kind": "family"}, ["patient"]),
        (officer, f"{erasure}/erasure", {}, ["number"]),
        (attacked.admin, "/setup/locations/flagstaff/retirement", {}, ["reason"]),
        (attacked.admin, "/setup/practitioners/elena-alvarez/retirement", {}, ["reason"]),
        (somebody, "/account/second-step", {}, ["code"]),
        (somebody, "/account/second-step/confirmation", {}, ["code"]),
        (somebody, "/account/second-step/passkeys", {}, ["name"]),
    ]
    tried, bad = set(), []
    for console, path, fields, free in forms:
        for name in free:
            for text in texts:
                answer = console.http.post(path, data={"csrf": console.csrf, **fields, name: text})
                # A form that is not there, or not for them, was not tried.
                if answer.status_code in (403, 404, 405) or answer.status_code >= 500 or bare.search(answer.text):
                    bad.append((path, name, answer.status_code, answer.text[:300]))
            tried.add((f"POST {ID.sub('{id}', path)}", name))
    somebody.http.close()
    assert not bad, bad
    return tried


# Forms of the console that no text is tried in, and why.
NO_TEXT = {route: reason for reason, routes in {
    "a button alone, or choices, days, hours and ids from lists": """
        /access-review/{id}/completion
        /appointments/{id}/arrival /appointments/{id}/calling /appointments/{id}/cancellation /appointments/{id}/completion
        /appointments/{id}/confirmation /appointments/{id}/no-show /appointments/{id}/placement
        /appointments/{id}/trip-cancellation /arrivals/notices /audit/links/{id}/revocation /audit/signals/ties/removal
        /booking/series /booking/together /break-glass/end /bump /bump/{id}/offering /bump/{id}/placement /bump/{id}/search
        /bump/{id}/visits/{visit}/call /bump/{id}/visits/{visit}/cancellation /bump/{id}/visits/{visit}/placement
        /bump/{id}/withdrawal /conversations/{id}/consent /conversations/{id}/labels /conversations/{id}/patient
        /conversations/{id}/presence /holds /holds/{id}/release /keys/{id}/revocation /keys/{id}/rotation /needs/{id}/owner
        /needs/{id}/reopening /outbox/{id}/resolution /patients/look-alikes/settlement /patients/{id}/protection
        /patients/{id}/protection/care /patients/{id}/proxies/{proxy}/custody
        /privacy/patients/{id}/restrictions/{restriction}/ending /privacy/requests/{id}/assignment
        /privacy/requests/{id}/record /referrals/{id}/owner /retention/{id}/decision /roles/{key}/blueprint /schedule/feeds
        /schedule/feeds/{id}/ending /schedule/zone-changes/{id}/telling /session/end /users/practitioners
        /users/{id}/invitation /users/{id}/restoration /users/{id}/second-step/removal /users/{id}/sessions/ending
        /users/{id}/suspension /users/{id}/work /waitlist /waitlist/entries/{id} /waitlist/entries/{id}/leaving
        /waitlist/offers/{id}/acceptance /waitlist/offers/{id}/refusal /waitlist/openings/{id}/offering
        /waitlist/openings/{id}/withdrawal /account/provider/removal /account/second-step/codes /account/second-step/removal
        /account/second-step/passkeys/{id}/removal /account/sessions/ending /account/sessions/{id}/ending""",
    "passwords, which no page shows": "/account/password",
    "the name of a passkey that a browser alone makes: asked for where it is made, Tests/system/test_passkeys.py": """
        /account/second-step/passkeys/confirmation /account/second-step/passkeys/{id}/name""",
    "the key of a place; other texts are tried in test_no_text_becomes_a_header_or_leads_away": "/settings/location",
}.items() for route in routes.split()}


def route_of(attacked, name):
    """The route that a form's address belongs to; a word of its own comes before a parameter."""
    words = name.split(" ", 1)[1].split("/")
    found = [route["path"] for route in attacked.routes if route["method"] == "POST"
             and len(route["path"].split("/")) == len(words)
             and all(part in ("{id}", word) or part[0:1] == "{" for part, word in zip(route["path"].split("/"), words))]
    return min(found, key=lambda path: path.count("{"), default=name)
