import JSON
import StudioAPI
import Web

/// What the API's description says of slots, holds and appointments.
enum SchedulingDescription {
    static let text: JSONValue = ["type": "string"]
    static let flag: JSONValue = ["type": "boolean"]
    static let idSchema: JSONValue = ["type": "string", "minLength": 13, "maxLength": 13]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]
    private static let date: JSONValue = ["type": "string", "format": "date"]
    static let local: JSONValue = [
        "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}$",
        "description": "Wall-clock time at the location",
    ]
    static let tag = "Appointments"
    static let idempotencyKey = APIOperation.Parameter(
        "Idempotency-Key", in: "header", "The same key with the same body gives the first answer again, for a day",
        schema: ["type": "string", "minLength": 1, "maxLength": 200])
    static let id = APIOperation.Parameter(
        "id", in: "path", "The id of the appointment or hold", required: true, schema: idSchema)

    static func object(_ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        return [
            "type": "object", "required": .array(required.map(JSONValue.string)), "properties": .object(members),
        ]
    }

    static let place: [(String, JSONValue)] = [
        ("visitType", text), ("practitioner", text), ("location", text), ("localStart", local),
    ]
    private static let placed: [(String, JSONValue)] =
        place + [
            ("zone", text), ("startsAt", instant), ("endsAt", instant),
        ]
    private static let placedNames = placed.map(\.0)

    private static let status: JSONValue = [
        "type": "string", "description": "FHIR Appointment.status",
        "enum": ["pending", "booked", "arrived", "fulfilled", "cancelled", "noshow"],
    ]
    private static let cancelReason: JSONValue = [
        "type": "string",
        "description": .string(
            "Why it was called off: practitioner, closed, mistake, external-declined; or patient, with late where it "
                + "was so and what they said: patient-late, patient-late-ride"),
    ]
    private static let missedReason: JSONValue = [
        "type": "string", "enum": .array(MissedReason.allCases.map { .string($0.rawValue) }),
        "description": "Why the patient did not come, as far as anybody has said",
    ]
    private static let retaken: JSONValue = [
        "type": "string", "enum": ["all", "part", "none", "over"],
        "description":
            "Of an arrival after a no-show: what of its time nobody else has by now; over: nothing is left of it",
    ]
    private static let missing: JSONValue = [
        "type": "array",
        "items": ["type": "string", "enum": .array(ResourceType.allCases.map { .string($0.rawValue) })],
        "description":
            "Of an arrival after a no-show: the kinds of things the visit needs of which none is free by now",
    ]
    static let appointment = object(
        placed + [
            ("id", idSchema), ("patient", idSchema), ("need", idSchema), ("status", status), ("confirmed", flag),
            ("pendingExternal", flag), ("minutes", ["type": "integer"]), ("version", ["type": "integer"]),
            ("cancelReason", cancelReason), ("missedReason", missedReason), ("timeRetaken", retaken),
            ("thingsMissing", missing),
        ],
        required: placedNames + ["id", "patient", "status", "confirmed", "pendingExternal", "minutes", "version"])

    static let asker: JSONValue = [
        "type": "string", "minLength": 13, "maxLength": 13,
        "description": .string(
            "The id of the proxy who asks for the patient (`readProxies`); the patient when left out. Who may not today "
                + "is refused with proxy.may-not-book and the reason"),
    ]

    static let slots = APIOperation(
        "findSlots", tag: tag, "Times that can be booked, the earliest first",
        parameters: [
            .init("visit_type", in: "query", "Key of the visit type", required: true, schema: text),
            .init("practitioner", in: "query", "Key of a practitioner; all when left out", schema: text),
            .init("location", in: "query", "Key of a location; all when left out", schema: text),
            .init("from", in: "query", "First local day; today when left out", schema: date),
            .init("to", in: "query", "Last local day, at most 100 later; two weeks when left out", schema: date),
            .init("patient", in: "query", "Whose own visits are avoided", schema: idSchema),
            .init("need", in: "query", "What is known of it counts", schema: idSchema),
            .init(
                "limit", in: "query", "At most this many", schema: ["type": "integer", "minimum": 1, "maximum": 1000]),
        ],
        answer: object(
            [("tzVersion", text), ("slots", ["type": "array", "items": object(placed, required: placedNames)])],
            required: ["tzVersion", "slots"]))

    private static let hours: [APIOperation.Parameter] = [
        .init("weekdays", in: "query", "Days with commas: mon,thu", schema: text),
        .init("hours", in: "query", "Stretches of a day in which it begins, with commas: 08:00-12:00", schema: text),
    ]

    private static let range: [APIOperation.Parameter] = [
        .init("from", in: "query", "First local day; today when left out", schema: date),
        .init("to", in: "query", "Last local day; four weeks when left out", schema: date),
    ]

    static let best = APIOperation(
        "findBestSlots", tag: tag, "Times that can be booked, the best for a wish first, each with what speaks for it",
        parameters: [
            .init("visit_type", in: "query", "Key of the visit type", required: true, schema: text),
            .init("practitioners", in: "query", "Keys with commas", schema: text),
            .init("locations", in: "query", "Keys with commas", schema: text),
            .init("sex", in: "query", "Of the practitioner", schema: text),
            .init("accessibility", in: "query", "What the place must have, with commas", schema: text),
            .init(
                "language", in: "query", "That the practitioner should speak; the patient's when left out", schema: text
            ),
            .init("postcode", in: "query", "From which distance is measured", schema: text),
            .init("radius_km", in: "query", "No further than this", schema: ["type": "integer", "minimum": 1]),
            .init("patient", in: "query", "Whose own visits are avoided", schema: idSchema),
            .init("need", in: "query", "What is known of it counts", schema: idSchema),
            .init(
                "limit", in: "query", "At most this many", schema: ["type": "integer", "minimum": 1, "maximum": 200]),
        ] + hours + range,
        answer: object(
            [
                ("tzVersion", text),
                (
                    "slots",
                    [
                        "type": "array",
                        "items": object(
                            placed + [
                                ("points", ["type": "integer"]),
                                (
                                    "reasons",
                                    [
                                        "type": "array",
                                        "items": object(
                                            [("code", text), ("number", ["type": "integer"])], required: ["code"]),
                                    ]
                                ),
                            ], required: placedNames + ["points", "reasons"]),
                    ]
                ),
            ],
            required: ["tzVersion", "slots"]))

    static let trips = APIOperation(
        "findTrips", tag: tag,
        "Times for several visits: a visit type with what is linked to it, or those of people who come together; each "
            + "person's visit is followed by what it links; days and hours are of everybody's own visit",
        parameters: [
            .init("visit_types", in: "query", "Keys with commas, one for each person", required: true, schema: text),
            .init("patients", in: "query", "Ids with commas, in the same order", schema: text),
            .init(
                "mode", in: "query", "Of several people: parallel (also when left out) or one-after-another",
                schema: text),
            .init(
                "within_minutes", in: "query", "From the first one's beginning to the last one's end; 180",
                schema: ["type": "integer", "minimum": 5, "maximum": 1440]),
            .init("limit", in: "query", "At most this many", schema: ["type": "integer", "minimum": 1, "maximum": 20]),
        ] + hours + range,
        answer: object(
            [
                ("tzVersion", text),
                // False: the search gave up before everything was tried, and there may be more.
                ("isWhole", flag),
                (
                    "trips",
                    [
                        "type": "array",
                        "items": object(
                            [
                                (
                                    "visits",
                                    [
                                        "type": "array",
                                        "items": object(
                                            placed + [("person", ["type": "integer"])],
                                            required: placedNames + ["person"]),
                                    ]
                                )
                            ],
                            required: ["visits"]),
                    ]
                ),
            ], required: ["tzVersion", "isWhole", "trips"]))

    static let reason = APIOperation(
        "explainSlot", tag: tag, "Why a time is not offered",
        parameters: [
            .init("visit_type", in: "query", "Key of the visit type; not with `resource`", schema: text),
            .init("practitioner", in: "query", "Key of the practitioner; anybody when left out", schema: text),
            .init("location", in: "query", "Key of the location; anywhere when left out", schema: text),
            .init("resource", in: "query", "Key of a room, device or interpreter, instead of a visit", schema: text),
            .init(
                "audience", in: "query", "staff, or patient for the words that may be told to one", schema: text),
            .init("local_start", in: "query", "Wall-clock time at the location", required: true, schema: local),
            .init("patient", in: "query", "Whose own visits count too", schema: idSchema),
            .init("need", in: "query", "What is known of it counts", schema: idSchema),
        ],
        answer: object(
            [
                ("offered", flag), ("code", text), ("reason", text),
                (
                    "missing",
                    [
                        "type": "array", "items": text,
                        "description": "Of facts-missing: codes of what has to be written down of the need first",
                    ]
                ),
            ], required: ["offered"]))

    static let hold = APIOperation(
        "holdSlot", tag: tag, "Keeps a time for five minutes", parameters: [idempotencyKey],
        body: object(
            place + [("patient", idSchema), ("need", idSchema), ("moving", idSchema)], required: place.map(\.0)),
        status: 201,
        answer: object(
            placed + [("id", idSchema), ("expiresAt", instant)], required: placedNames + ["id", "expiresAt"]))

    static let release = APIOperation(
        "releaseHold", tag: tag, "Gives a held time back", parameters: [id], status: 204)

    static let book = APIOperation(
        "bookAppointment", tag: tag,
        "Books a visit: from a hold (`hold`), or straight from a slot (its four fields and `patient`). `joins` names the "
            + "visit that it belongs to, as that one's type links it",
        parameters: [idempotencyKey],
        body: object(
            place + [
                ("hold", idSchema), ("patient", idSchema), ("need", idSchema), ("note", text),
                ("joins", idSchema), ("proxy", asker),
            ], required: []),
        status: 201, answer: appointment)

    static let read = APIOperation("readAppointment", tag: tag, "One visit", parameters: [id], answer: appointment)

    static let list = APIOperation(
        "listAppointments", tag: tag, "The visits of a day at a location, by start",
        parameters: [
            .init("date", in: "query", "The local day", required: true, schema: date),
            .init("location", in: "query", "Key of the location", required: true, schema: text),
        ],
        answer: object([("appointments", ["type": "array", "items": appointment])], required: ["appointments"]))

    static let confirm = act("confirmAppointment", "The patient said yes")
    static let arrive = act("arriveAppointment", "Checks the patient in")
    static let callIn = act("callInAppointment", "Calls in a patient who has checked in")
    static let complete = act("completeAppointment", "The visit is over")
    static let miss = APIOperation(
        "missAppointment", tag: tag,
        "The patient did not come. Said again with a reason it keeps the reason; without a body none is kept",
        parameters: [id, idempotencyKey], body: object([("reason", missedReason)], required: []), answer: appointment)

    static let cancel = APIOperation(
        "cancelAppointment", tag: tag, "Calls a visit off and gives its time back", parameters: [id, idempotencyKey],
        body: object(
            [
                ("reason", ["type": "string", "enum": ["patient", "practitioner", "closed", "mistake"]]),
                (
                    "tell",
                    ["type": "string", "enum": ["yes", "no"], "description": "Whether the patient is told; yes"]
                ),
                ("proxy", asker),
            ], required: ["reason"]),
        answer: appointment)

    static let move = APIOperation(
        "moveAppointment", tag: tag,
        "Moves a visit, as one act: to a hold made for it, or to a slot. Where it would not lie to the visits it belongs to "
            + "as their types ask, it is refused with slot.link-broken",
        parameters: [id, idempotencyKey],
        body: object(
            place + [
                ("hold", idSchema),
                (
                    "anyway",
                    ["type": "string", "enum": ["yes", "no"], "description": "Also where a link would be broken; no"]
                ),
                ("proxy", asker),
            ], required: []),
        answer: appointment)

    static let answerExternally = APIOperation(
        "answerAppointment", tag: tag, "What the owner of the calendar (an EHR) answered",
        parameters: [id, idempotencyKey],
        body: object([("answer", ["type": "string", "enum": ["accepted", "declined"]])], required: ["answer"]),
        answer: appointment)

    private static func act(_ name: String, _ summary: String) -> APIOperation {
        APIOperation(name, tag: tag, summary, parameters: [id, idempotencyKey], answer: appointment)
    }
}
