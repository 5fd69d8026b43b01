import JSON
import Web

/// What the API's description says of slots, holds and appointments.
enum SchedulingDescription {
    private static let text: JSONValue = ["type": "string"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let idSchema: JSONValue = ["type": "string", "minLength": 13, "maxLength": 13]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]
    private static let date: JSONValue = ["type": "string", "format": "date"]
    private static let local: JSONValue = [
        "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}$",
        "description": "Wall-clock time at the location",
    ]
    private static let tag = "Appointments"
    private static let idempotencyKey = APIOperation.Parameter(
        "Idempotency-Key", in: "header", "The same key with the same body gives the first answer again, for a day",
        schema: ["type": "string", "minLength": 1, "maxLength": 200])
    private static let id = APIOperation.Parameter(
        "id", in: "path", "The id of the appointment or hold", required: true, schema: idSchema)

    private static func object(_ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        return [
            "type": "object", "required": .array(required.map(JSONValue.string)), "properties": .object(members),
        ]
    }

    private static let place: [(String, JSONValue)] = [
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
    static let appointment = object(
        placed + [
            ("id", idSchema), ("patient", idSchema), ("need", idSchema), ("status", status), ("confirmed", flag),
            ("pendingExternal", flag), ("minutes", ["type": "integer"]), ("version", ["type": "integer"]),
        ],
        required: placedNames + ["id", "patient", "status", "confirmed", "pendingExternal", "minutes", "version"])

    static let slots = APIOperation(
        "findSlots", tag: tag, "Times that can be booked, the earliest first",
        parameters: [
            .init("visit_type", in: "query", "Key of the visit type", required: true, schema: text),
            .init("practitioner", in: "query", "Key of a practitioner; all when left out", schema: text),
            .init("location", in: "query", "Key of a location; all when left out", schema: text),
            .init("from", in: "query", "First local day; today when left out", schema: date),
            .init("to", in: "query", "Last local day, at most 100 later; two weeks when left out", schema: date),
            .init("patient", in: "query", "Whose own visits are avoided", schema: idSchema),
            .init(
                "limit", in: "query", "At most this many", schema: ["type": "integer", "minimum": 1, "maximum": 1000]),
        ],
        answer: object(
            [("tzVersion", text), ("slots", ["type": "array", "items": object(placed, required: placedNames)])],
            required: ["tzVersion", "slots"]))

    static let reason = APIOperation(
        "explainSlot", tag: tag, "Why a time is not offered",
        parameters: [
            .init("visit_type", in: "query", "Key of the visit type", required: true, schema: text),
            .init("practitioner", in: "query", "Key of the practitioner", required: true, schema: text),
            .init("location", in: "query", "Key of the location", required: true, schema: text),
            .init("local_start", in: "query", "Wall-clock time at the location", required: true, schema: local),
            .init("patient", in: "query", "Whose own visits count too", schema: idSchema),
        ],
        answer: object([("offered", flag), ("code", text), ("reason", text)], required: ["offered"]))

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
        "Books a visit: from a hold (`hold`), or straight from a slot (its four fields and `patient`)",
        parameters: [idempotencyKey],
        body: object(
            place + [("hold", idSchema), ("patient", idSchema), ("need", idSchema), ("note", text)], required: []),
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
    static let complete = act("completeAppointment", "The visit is over")
    static let miss = act("missAppointment", "The patient did not come")

    static let cancel = APIOperation(
        "cancelAppointment", tag: tag, "Calls a visit off and gives its time back", parameters: [id, idempotencyKey],
        body: object(
            [
                ("reason", ["type": "string", "enum": ["patient", "practitioner", "closed", "mistake"]]),
                (
                    "tell",
                    ["type": "string", "enum": ["yes", "no"], "description": "Whether the patient is told; yes"]
                ),
            ], required: ["reason"]),
        answer: appointment)

    static let move = APIOperation(
        "moveAppointment", tag: tag, "Moves a visit, as one act: to a hold made for it, or to a slot",
        parameters: [id, idempotencyKey], body: object(place + [("hold", idSchema)], required: []), answer: appointment)

    static let answerExternally = APIOperation(
        "answerAppointment", tag: tag, "What the owner of the calendar (an EHR) answered",
        parameters: [id, idempotencyKey],
        body: object([("answer", ["type": "string", "enum": ["accepted", "declined"]])], required: ["answer"]),
        answer: appointment)

    private static func act(_ name: String, _ summary: String) -> APIOperation {
        APIOperation(name, tag: tag, summary, parameters: [id, idempotencyKey], answer: appointment)
    }
}
