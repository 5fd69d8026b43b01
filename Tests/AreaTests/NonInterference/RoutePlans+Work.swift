import HTTPTypes
import Web

/// Conversations, visits, and what the practice watches itself with.
extension RoutePlans {
    private static let filters = ["mine", "team", "unassigned", "waiting", "closed"]

    private static func lists(_ path: String) -> [Template] {
        [.get(path)]
            + filters.flatMap { filter in
                ["due", "newest", "oldest"].map { .get("\(path)?filter=\(filter)&order=\($0)") }
            }
    }

    static let conversations: [String: [Template]] = [
        "GET /inbox": lists("/inbox"),
        "GET /inbox/{id}": [.get("/inbox/<need>"), .get("/inbox/<need>?filter=closed&order=newest")],
        "GET /conversations/{id}": [.get("/conversations/<conversation>")],
        "GET /conversations/{id}/labels": [.get("/conversations/<conversation>/labels")],
        "POST /conversations/{id}/labels": [.form("/conversations/<conversation>/labels")],
        "GET /conversations/{id}/media/{media}": [.get("/conversations/<conversation>/media/<media>")],
        "POST /conversations/{id}/messages": [
            .form("/conversations/<conversation>/messages", [("text", "We will call you."), ("need", "<need>")]),
            .form("/conversations/<conversation>/messages", [("text", "")]),
        ],
        "POST /conversations/{id}/presence": [.form("/conversations/<conversation>/presence")],
        "POST /conversations/{id}/patient": [
            .form("/conversations/<conversation>/patient", [("patient", "<patient>")]),
            .form("/conversations/<conversation>/patient", [("patient", "")]),
        ],
        "POST /conversations/{id}/consent": [
            .form(
                "/conversations/<conversation>/consent",
                [("message", "<message>"), ("decision", "keep"), ("need", "<need>")])
        ],
        "POST /needs/{id}/owner": [.form("/needs/<need>/owner")],
        "POST /needs/{id}/handoff": [
            .form("/needs/<need>/handoff", [("to", "user:<user>"), ("note", "Yours")]),
            .form("/needs/<need>/handoff", [("to", "")]),
        ],
        "POST /needs/{id}/closure": [
            .form("/needs/<need>/closure", [("outcome", "elsewhere")]), .form("/needs/<need>/closure"),
        ],
        "POST /needs/{id}/reopening": [.form("/needs/<need>/reopening")],
        "POST /needs/{id}/facts": [
            .form("/needs/<need>/facts", [("code", "ride"), ("value", "Bus")]),
            .form(
                "/needs/<need>/facts",
                [("code", "ride"), ("value", "Bus"), ("return", "/booking?need=<need>&type=annual-physical")]),
        ],
        "GET /api/v1/needs": lists("/api/v1/needs"),
        "GET /api/v1/needs/{id}": [.get("/api/v1/needs/<need>")],
        "POST /api/v1/needs/{id}/owner": [.json("/api/v1/needs/<need>/owner", #"{"owner":"<user>"}"#)],
        "POST /api/v1/needs/{id}/handoff": [
            .json("/api/v1/needs/<need>/handoff", #"{"user":"<user>","note":"Yours"}"#)
        ],
        "POST /api/v1/needs/{id}/closure": [.json("/api/v1/needs/<need>/closure", #"{"outcome":"elsewhere"}"#)],
        "POST /api/v1/needs/{id}/facts": [
            .json("/api/v1/needs/<need>/facts", #"{"code":"ride","value":"Bus"}"#)
        ],
        "GET /api/v1/conversations/{id}": [
            .get("/api/v1/conversations/<conversation>"),
            // Any id bounds by its moment, whatever it is of.
            .get("/api/v1/conversations/<conversation>?before=\(Known.nobody)"),
        ],
        "POST /api/v1/conversations/{id}/messages": [
            .json("/api/v1/conversations/<conversation>/messages", #"{"text":"We call you.","need":"<need>"}"#)
        ],
        "GET /outbox": [.get("/outbox")],
        "POST /outbox/{id}/resolution": [
            .form("/outbox/<message>/resolution", [("decision", "give-up")]), .form("/outbox/<message>/resolution"),
        ],
        "POST /hooks/{tenant}/sms": [.form("/hooks/clinic/sms", [("From", "+19285550150"), ("Body", "Hi")])],
        "POST /hooks/{tenant}/sms/status": [.form("/hooks/clinic/sms/status", [("MessageSid", "SM1")])],
    ]

    private static let slot = "annual-physical~elena-alvarez~denver-northside~2026-03-26T08:00"
    private static let linked = "fasting-labs~joan-whitaker~denver-northside~2026-03-24T08:00"
    private static let slotFields =
        #""visitType":"annual-physical","practitioner":"elena-alvarez","location":"denver-northside","#
        + #""localStart":"2026-03-26T08:00""#

    static let scheduling: [String: [Template]] = [
        "GET /schedule": [
            .get("/schedule"), .get("/schedule?date=2026-03-05"),
            .get("/schedule?date=2026-03-05&location=denver-northside&visit=<appointment>"),
            .get("/schedule?date=2026-03-05&location=flagstaff"), .get("/schedule?date=2026-03-05&location=el-paso"),
            .get("/schedule?date=2026-03-06&location=flagstaff&visit=<appointment>"),
            .get("/schedule?date=2026-03-05&location=flagstaff&by=room"),
            .get("/schedule?date=2026-03-05&location=denver-northside&by=location"),
            .get("/schedule?date=2026-03-05&location=flagstaff&view=week"),
            .get("/schedule?date=2026-03-05&location=denver-northside&view=week&practitioner=elena-alvarez"),
            .get("/schedule?date=2026-03-05&location=flagstaff&view=week&by=location"),
        ],
        "GET /booking": [
            .get("/booking"), .get("/booking?patient=<patient>&type=annual-physical"),
            .get("/booking?need=<need>"), .get("/booking?moving=<appointment>"), .get("/booking?hold=<hold>"),
            .get("/booking?patient=<patient>&moving=<appointment>"), .get("/booking?patient=<patient>&need=<need>"),
            .get("/booking?q=Quillfeather"), .get("/booking?q=ma"),
        ],
        "POST /holds": [
            .form("/holds", [("slot", slot), ("patient", "<patient>")]),
            .form("/holds", [("slot", slot), ("need", "<need>")]),
            .form("/holds", [("slot", slot), ("moving", "<appointment>")]),
            .form("/holds", [("slot", slot), ("patient", "<patient>"), ("need", "<need>")]),
        ],
        "POST /holds/{id}/release": [.form("/holds/<hold>/release")],
        "GET /booking/series": [
            .get("/booking/series?patient=<patient>&slot=\(slot)&count=3"),
            .get("/booking/series?need=<need>&slot=\(slot)&count=3"),
            .get("/booking/series?patient=<patient>&slot=\(slot)&hold=<hold>&count=3"),
        ],
        "POST /booking/series": [
            .form(
                "/booking/series",
                [("slot", slot), ("patient", "<patient>"), ("count", "3"), ("date", "2026-03-26"), ("hold", "<hold>")]),
            .form("/booking/series", [("slot", slot), ("need", "<need>"), ("count", "3"), ("date", "2026-03-26")]),
        ],
        "GET /booking/trip": [
            .get("/booking/trip?patient=<patient>&type=annual-physical&from=2026-03-12&to=2026-03-13"),
            .get("/booking/trip?need=<need>&type=annual-physical&from=2026-03-12&to=2026-03-13"),
            .get("/booking/trip?patient=<patient>&from=2026-03-12&to=2026-03-13&hold=<hold>"),
        ],
        "GET /booking/family": [
            .get("/booking/family"), .get("/booking/family?person=<patient>&type=annual-physical&q=Quillfeather"),
            .get("/booking/family?add=<patient>"),
            .get("/booking/family?person=<patient>&type=sick-visit&find=yes&from=2026-03-12&to=2026-03-13"),
        ],
        "POST /booking/together": [
            .form("/booking/together", [("visit", "<patient>~\(slot)"), ("visit", "<patient>~\(linked)")]),
            .form(
                "/booking/together",
                [
                    ("visit", "<patient>~\(slot)"), ("visit", "<patient>~\(linked)"), ("person", "<patient>"),
                    ("type", "annual-physical"), ("hold", "<hold>"),
                ]),
        ],
        "GET /appointments/{id}/together": [
            .get("/appointments/<appointment>/together"),
            .get("/appointments/<appointment>/together?missed=2026-03-19T09:00.practitioner-busy"),
        ],
        "GET /appointments/{id}": [.get("/appointments/<appointment>")],
        "POST /appointments": [.form("/appointments", [("hold", "<hold>"), ("note", "")])],
        "POST /appointments/{id}/confirmation": [.form("/appointments/<appointment>/confirmation")],
        "POST /appointments/{id}/arrival": [.form("/appointments/<appointment>/arrival")],
        "POST /appointments/{id}/completion": [.form("/appointments/<appointment>/completion")],
        "POST /appointments/{id}/no-show": [.form("/appointments/<appointment>/no-show")],
        "POST /appointments/{id}/cancellation": [
            .form("/appointments/<appointment>/cancellation", [("reason", "patient")]),
            .form("/appointments/<appointment>/cancellation"),
        ],
        "POST /appointments/{id}/trip-cancellation": [
            .form("/appointments/<appointment>/trip-cancellation", [("reason", "patient")]),
            .form("/appointments/<appointment>/trip-cancellation"),
        ],
        "GET /api/v1/slots": [
            .get("/api/v1/slots?visit_type=annual-physical&from=2026-03-05&to=2026-03-20"),
            .get("/api/v1/slots?visit_type=annual-physical&from=2026-03-05&to=2026-03-20&patient=<patient>"),
            .get("/api/v1/slots?visit_type=annual-physical&from=2026-03-05&to=2026-03-20&need=<need>"),
        ],
        "GET /api/v1/slots/reason": [
            .get(
                "/api/v1/slots/reason?visit_type=annual-physical&practitioner=elena-alvarez"
                    + "&location=denver-northside&local_start=2026-03-05T08:00&patient=<patient>"),
            .get(
                "/api/v1/slots/reason?visit_type=annual-physical&practitioner=elena-alvarez"
                    + "&location=denver-northside&local_start=2026-03-05T08:00&need=<need>"),
        ],
        "GET /api/v1/slots/best": [
            .get("/api/v1/slots/best?visit_type=annual-physical&from=2026-03-05&to=2026-03-20&patient=<patient>"),
            .get("/api/v1/slots/best?visit_type=annual-physical&from=2026-03-05&to=2026-03-20&need=<need>"),
        ],
        "GET /api/v1/trips": [
            .get("/api/v1/trips?visit_types=annual-physical&from=2026-03-05&to=2026-03-20&patients=<patient>")
        ],
        "POST /api/v1/trips": [
            .json(
                "/api/v1/trips",
                "{\"visits\":[{\(slotFields),\"patient\":\"<patient>\"},{\(slotFields),\"patient\":\"<patient>\"}]}")
        ],
        "POST /api/v1/series": [
            .json("/api/v1/series", "{\(slotFields),\"patient\":\"<patient>\",\"count\":\"2\",\"everyWeeks\":\"1\"}")
        ],
        "POST /api/v1/appointments/{id}/trip-cancellation": [
            .json("/api/v1/appointments/<appointment>/trip-cancellation", #"{"reason":"patient","tell":"no"}"#)
        ],
        "POST /api/v1/holds": [
            .json("/api/v1/holds", "{\(slotFields),\"patient\":\"<patient>\"}"),
            .json("/api/v1/holds", "{\(slotFields),\"need\":\"<need>\"}"),
            .json("/api/v1/holds", "{\(slotFields),\"moving\":\"<appointment>\"}"),
            .json("/api/v1/holds", "{\(slotFields),\"patient\":\"<patient>\",\"need\":\"<need>\"}"),
        ],
        "DELETE /api/v1/holds/{id}": [.json("/api/v1/holds/<hold>", "{}", .delete)],
        "GET /api/v1/appointments": ["denver-northside", "flagstaff", "el-paso", "nowhere"].flatMap { place in
            ["2026-03-05", "2026-03-06", "2026-03-09"].map {
                .get("/api/v1/appointments?date=\($0)&location=\(place)")
            }
        },
        "POST /api/v1/appointments": [
            .json("/api/v1/appointments", "{\(slotFields),\"patient\":\"<patient>\"}"),
            .json("/api/v1/appointments", "{\(slotFields),\"patient\":\"<patient>\",\"need\":\"<need>\"}"),
            .json("/api/v1/appointments", #"{"hold":"<hold>"}"#),
            .json("/api/v1/appointments", #"{"patient":"<patient>","hold":"<hold>"}"#),
        ],
        "GET /api/v1/appointments/{id}": [.get("/api/v1/appointments/<appointment>")],
        "POST /api/v1/appointments/{id}/confirmation": [.json("/api/v1/appointments/<appointment>/confirmation", "{}")],
        "POST /api/v1/appointments/{id}/arrival": [.json("/api/v1/appointments/<appointment>/arrival", "{}")],
        "POST /api/v1/appointments/{id}/completion": [.json("/api/v1/appointments/<appointment>/completion", "{}")],
        "POST /api/v1/appointments/{id}/no-show": [.json("/api/v1/appointments/<appointment>/no-show", "{}")],
        "POST /api/v1/appointments/{id}/cancellation": [
            .json("/api/v1/appointments/<appointment>/cancellation", #"{"reason":"patient"}"#),
            .json("/api/v1/appointments/<appointment>/cancellation", #"{"reason":"rain"}"#),
        ],
        "POST /api/v1/appointments/{id}/placement": [
            .json("/api/v1/appointments/<appointment>/placement", "{\(slotFields)}"),
            .json("/api/v1/appointments/<appointment>/placement", #"{"hold":"<hold>"}"#),
        ],
        "POST /api/v1/appointments/{id}/answer": [
            .json("/api/v1/appointments/<appointment>/answer", #"{"answer":"accepted"}"#)
        ],
    ]

    static let trust: [String: [Template]] = [
        "GET /session": [.get("/session"), .get("/session?return=/patients/<patient>")],
        "POST /session": [
            .form("/session", [("login", "nobody@clinic.example"), ("password", "not the password")], slow: true)
        ],
        "GET /session/second-step": [.get("/session/second-step")],
        "POST /session/second-step": [.form("/session/second-step", [("code", "123456")])],
        "POST /session/end": [.form("/session/end")],
        "GET /account/security": [.get("/account/security")],
        "POST /account/password": [
            .form("/account/password", [("current", "x"), ("new", "another long password")], slow: true)
        ],
        "POST /account/sessions/ending": [.form("/account/sessions/ending")],
        "POST /account/sessions/{id}/ending": [.form("/account/sessions/<session>/ending")],
        "GET /account/second-step": [.get("/account/second-step")],
        "POST /account/second-step": [.form("/account/second-step", [("code", "123456")])],
        "POST /account/second-step/confirmation": [
            .form("/account/second-step/confirmation", [("password", "x")], slow: true)
        ],
        "POST /account/second-step/codes": [.form("/account/second-step/codes")],
        "POST /account/second-step/removal": [.form("/account/second-step/removal")],
        "GET /users": [.get("/users")],
        "POST /users": [
            .form(
                "/users", [("name", "Ada Low"), ("email", "ada@clinic.example"), ("role", "front-desk")], slow: true),
            .form("/users", [("name", "")]),
        ],
        "GET /users/practitioners": [.get("/users/practitioners")],
        "POST /users/practitioners": [
            .form("/users/practitioners", [("user", "<user>"), ("practitioner", "nobody")]),
            .form("/users/practitioners", [("user", "<user>"), ("practitioner", "")]),
        ],
        "GET /users/{id}": [.get("/users/<user>")],
        "POST /users/{id}/sessions/ending": [.form("/users/<user>/sessions/ending")],
        "POST /users/{id}/suspension": [.form("/users/<nobody>/suspension")],
        "POST /users/{id}/restoration": [.form("/users/<user>/restoration")],
        "POST /users/{id}/second-step/removal": [.form("/users/<user>/second-step/removal")],
        "POST /keys": [.form("/keys", [("name", "A machine"), ("role", "integration")]), .form("/keys")],
        "POST /keys/{id}/revocation": [.form("/keys/<key>/revocation")],
        "GET /audit": [
            .get("/audit"), .get("/audit?patient=<patient>"), .get("/audit?act=read"), .get("/audit?outcome=denied"),
        ],
        "GET /audit/export": [
            .get("/audit/export?format=csv"), .get("/audit/export?format=ndjson&patient=<patient>"),
            .get("/audit/export"),
        ],
        "GET /audit/links": [.get("/audit/links"), .get("/audit/links?patient=<patient>")],
        "POST /audit/links": [
            .form("/audit/links", [("patient", "<patient>"), ("days", "30")]),
            .form("/audit/links", [("patient", "x")]),
        ],
        "POST /audit/links/{id}/revocation": [.form("/audit/links/<link>/revocation")],
        "GET /who-looked/{token}": [.get("/who-looked/<patient>")],
        "GET /audit/signals": [
            .get("/audit/signals"), .get("/audit/signals?patient=<patient>"), .get("/audit/signals?q=ma"),
        ],
        "POST /audit/signals/ties": [
            .form("/audit/signals/ties", [("patient", "<patient>"), ("user", "<user>"), ("kind", "family")])
        ],
        "POST /audit/signals/ties/removal": [
            .form("/audit/signals/ties/removal", [("patient", "<patient>"), ("user", "<user>")])
        ],
        "GET /break-glass": [.get("/break-glass"), .get("/break-glass?patient=<patient>")],
        "POST /break-glass": [
            .form("/break-glass", [("patient", "<patient>"), ("reason", "He cannot speak and is in pain.")])
        ],
        "POST /break-glass/end": [.form("/break-glass/end", [("patient", "<patient>")])],
        "GET /break-glass/reviews": [.get("/break-glass/reviews")],
        "POST /break-glass/{id}/review": [
            .form("/break-glass/<glass>/review", [("outcome", "appropriate"), ("note", "")]),
            .form("/break-glass/<glass>/review", [("outcome", "follow-up"), ("note", "")]),
        ],
    ]
}
