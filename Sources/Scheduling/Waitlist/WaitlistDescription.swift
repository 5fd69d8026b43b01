import JSON
import Web

/// What the API's description says of the waitlist.
enum WaitlistDescription {
    private static let text: JSONValue = ["type": "string"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let number: JSONValue = ["type": "integer"]
    private static let idSchema: JSONValue = ["type": "string", "minLength": 13, "maxLength": 13]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]
    private static let date: JSONValue = ["type": "string", "format": "date"]
    private static let clock: JSONValue = ["type": "string", "pattern": "^\\d{2}:\\d{2}$"]
    private static let keys: JSONValue = ["type": "array", "items": ["type": "string"]]
    private static let days: JSONValue = [
        "type": "array", "items": ["type": "integer", "minimum": 1, "maximum": 7],
        "description": "ISO weekdays, Monday is 1; empty: any",
    ]
    private static let tag = "Waitlist"
    private static let idempotencyKey = APIOperation.Parameter(
        "Idempotency-Key", in: "header", "The same key with the same body gives the first answer again, for a day",
        schema: ["type": "string", "minLength": 1, "maxLength": 200])

    private static func id(_ what: String) -> APIOperation.Parameter {
        APIOperation.Parameter("id", in: "path", "The id of the \(what)", required: true, schema: idSchema)
    }

    private static func object(_ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        return [
            "type": "object", "required": .array(required.map(JSONValue.string)), "properties": .object(members),
        ]
    }

    private static let wish: [(String, JSONValue)] = [
        ("practitioners", keys), ("locations", keys), ("weekdays", days), ("from", clock), ("to", clock),
        ("earliest", date), ("latest", date), ("noticeHours", number), ("priority", text), ("authorized", flag),
    ]
    private static let made = object([("id", idSchema)], required: ["id"])

    static let list = APIOperation(
        "listWaitlist", tag: tag, "Those who wait, the longest waiting first",
        parameters: [
            .init("visit_type", in: "query", "Key of the visit type", schema: text),
            .init("priority", in: "query", "Key of the priority", schema: text),
            .init("location", in: "query", "Who would come to this location", schema: text),
            .init(
                "limit", in: "query", "At most this many", schema: ["type": "integer", "minimum": 1, "maximum": 200]),
            .init("cursor", in: "query", "The `next` of the page before", schema: text),
        ],
        answer: object(
            [
                (
                    "entries",
                    [
                        "type": "array",
                        "items": object(
                            [("id", idSchema), ("patient", idSchema), ("need", idSchema), ("visitType", text)] + wish
                                + [("joinedAt", instant), ("version", number)],
                            required: [
                                "id", "patient", "visitType", "practitioners", "locations", "weekdays", "noticeHours",
                                "priority", "authorized", "joinedAt", "version",
                            ]),
                    ]
                ), ("next", text),
            ], required: ["entries"]))

    static let join = APIOperation(
        "joinWaitlist", tag: tag, "Puts a patient on the waitlist for a visit type", parameters: [idempotencyKey],
        body: object(
            [("patient", idSchema), ("need", idSchema), ("visitType", text), ("group", text)] + wish,
            required: ["patient", "visitType"]),
        status: 201, answer: made)

    static let change = APIOperation(
        "changeWaitlistEntry", tag: tag, "Says anew what a patient on the waitlist wants; what is left out is no wish",
        parameters: [id("entry"), idempotencyKey], body: object(wish + [("version", number)], required: []),
        answer: made)

    static let leave = APIOperation(
        "leaveWaitlist", tag: tag, "Takes a patient off the waitlist", parameters: [id("entry")], status: 204)

    static let openings = APIOperation(
        "listWaitlistOpenings", tag: tag, "Times that came free and are still to come, with what was offered to whom",
        answer: object(
            [
                (
                    "openings",
                    [
                        "type": "array",
                        "items": object(
                            [
                                ("id", idSchema), ("visitType", text), ("practitioner", text), ("location", text),
                                ("localStart", text), ("zone", text), ("startsAt", instant), ("cause", text),
                                ("state", text), ("openedAt", instant), ("offers", ["type": "array", "items": offer]),
                            ],
                            required: [
                                "id", "visitType", "practitioner", "location", "localStart", "zone", "startsAt",
                                "cause",
                                "state", "openedAt", "offers",
                            ]),
                    ]
                )
            ], required: ["openings"]))

    private static let offer = object(
        [
            ("id", idSchema), ("entry", idSchema), ("patient", idSchema),
            (
                "state",
                [
                    "type": "string",
                    "enum": ["offered", "accepted", "declined", "expired", "gone", "withheld", "withdrawn"],
                ]
            ), ("reason", text), ("offeredAt", instant), ("expiresAt", instant), ("answeredBy", text),
            ("appointment", idSchema),
        ], required: ["id", "entry", "patient", "state", "offeredAt", "expiresAt"])

    static let offerNow = APIOperation(
        "offerOpening", tag: tag, "Offers a time to the next on the list, now", parameters: [id("opening")], status: 204
    )

    static let withdraw = APIOperation(
        "withdrawOpening", tag: tag, "Stops offering a time that came free", parameters: [id("opening")], status: 204)

    private static let outcome = object(
        [
            ("outcome", ["type": "string", "enum": ["accepted", "declined", "gone", "late", "busy", "refused"]]),
            ("appointment", idSchema), ("reason", ["type": "string"]),
        ], required: ["outcome"])

    static let accept = APIOperation(
        "acceptOffer", tag: tag,
        "Takes the time: books it, or moves the patient's later visit there. `gone`: somebody was faster. "
            + "`refused`: the rules of the visit type do not give it to this patient; `reason` is the code of the rule",
        parameters: [id("offer"), idempotencyKey], answer: outcome)

    static let decline = APIOperation(
        "declineOffer", tag: tag, "The patient does not want the time and stays on the list",
        parameters: [id("offer"), idempotencyKey], answer: outcome)
}
