import JSON
import StudioAPI
import Web

/// What the API's description says of referrals.
enum ReferralDescription {
    private static let tag = "Referrals"
    private static let text: JSONValue = ["type": "string"]
    private static let id: JSONValue = ["type": "string", "minLength": 13, "maxLength": 13]
    private static let day: JSONValue = ["type": "string", "format": "date"]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]
    private static let number: JSONValue = ["type": "integer"]
    private static let key = APIOperation.Parameter(
        "Idempotency-Key", in: "header", "The same key with the same body gives the first answer again, for a day",
        schema: ["type": "string", "minLength": 1, "maxLength": 200])
    private static let named = APIOperation.Parameter(
        "id", in: "path", "The id of the referral", required: true, schema: id)

    private static func codes<Code: CaseIterable & RawRepresentable>(_: Code.Type) -> JSONValue
    where Code.RawValue == String {
        ["type": "string", "enum": .array(Code.allCases.map { .string($0.rawValue) })]
    }

    private static func object(_ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        return [
            "type": "object", "required": .array(required.map(JSONValue.string)), "properties": .object(members),
        ]
    }

    private static let plain: [(String, JSONValue)] = [
        ("id", id), ("patient", id), ("kind", codes(ReferralKind.self)), ("category", codes(OrderCategory.self)),
        ("status", codes(ReferralStatus.self)), ("stage", codes(ReferralStage.self)),
        ("priority", codes(NeedPriority.self)), ("serviceLine", text), ("visitType", text), ("performer", text),
        ("requester", text), ("code", text), ("codeSystem", text),
        ("authorization", codes(ReferralAuthorization.self)), ("authorizedFrom", day), ("authorizedTo", day),
        ("expiresOn", day), ("source", text), ("owner", id), ("attempts", number), ("receivedAt", instant),
        ("firstContactAt", instant), ("appointment", id), ("scheduledAt", instant), ("seenAt", instant),
        ("seenPlace", codes(SeenPlace.self)), ("reportedAt", instant), ("acknowledgedAt", instant),
        ("heldUntil", day), ("clock", codes(ReferralClock.self)), ("dueAt", instant),
        ("outcome", codes(ReferralOutcome.self)), ("closedAt", instant), ("version", number),
    ]
    private static let always = [
        "id", "patient", "kind", "status", "stage", "priority", "authorization", "source", "attempts", "receivedAt",
        "version",
    ]
    private static let sealed: [(String, JSONValue)] = [
        ("what", text), ("reason", text), ("requesterName", text), ("performerName", text),
        ("authorizationNumber", text), ("identifier", text), ("ending", text), ("finding", text),
        (
            "tries",
            [
                "type": "array",
                "items": object(
                    [
                        ("at", instant), ("channel", codes(ContactChannel.self)),
                        ("outcome", codes(ContactOutcome.self)), ("note", text),
                    ], required: ["at", "channel", "outcome"]),
            ]
        ),
        (
            "documents",
            [
                "type": "array",
                "items": object(
                    [("id", id), ("kind", text), ("mediaType", text), ("size", number), ("addedAt", instant)],
                    required: ["id", "kind", "mediaType", "size", "addedAt"]),
            ]
        ),
    ]
    private static let answer = object(
        [("id", id), ("stage", codes(ReferralStage.self)), ("version", number), ("changed", ["type": "boolean"])],
        required: ["id", "stage", "version", "changed"])

    static let list = APIOperation(
        "listReferrals", tag: tag, "Referrals, orders and results that somebody has to follow, by what is due first",
        parameters: [
            .init("show", in: "query", "Which; open ones when left out", schema: codes(ReferralFilter.Show.self)),
            .init("kind", in: "query", "One kind alone", schema: codes(ReferralKind.self)),
            .init("serviceLine", in: "query", "Key of a service line", schema: text),
            .init("owner", in: "query", "Whose", schema: id),
            .init(
                "limit", in: "query", "At most this many", schema: ["type": "integer", "minimum": 1, "maximum": 200]),
            .init("cursor", in: "query", "Where the page before ended", schema: text),
        ],
        answer: object(
            [
                ("referrals", ["type": "array", "items": object(plain, required: always)]), ("overdue", number),
                ("next", text),
            ], required: ["referrals", "overdue"]))

    static let read = APIOperation(
        "readReferral", tag: tag, "One referral with who was tried and which papers there are", parameters: [named],
        answer: object(plain + sealed, required: always + ["tries", "documents"]))

    private static let writable: [(String, JSONValue)] = [
        ("patient", id), ("kind", codes(ReferralKind.self)), ("category", codes(OrderCategory.self)),
        ("draft", ["type": "string", "enum": ["yes", "no"]]), ("priority", codes(NeedPriority.self)),
        ("serviceLine", text), ("visitType", text), ("performer", text), ("requester", text), ("performerName", text),
        ("requesterName", text), ("what", text), ("reason", text), ("code", text), ("codeSystem", text),
        ("authorization", codes(ReferralAuthorization.self)), ("authorizationNumber", text), ("authorizedFrom", day),
        ("authorizedTo", day), ("expiresOn", day), ("identifier", text), ("identifierSystem", text),
        ("receivedOn", day),
    ]

    static let record = APIOperation(
        "recordReferral", tag: tag,
        "Writes down a referral, an order or a result; one of the same identifier is given back as it is",
        parameters: [key], body: object(writable, required: ["patient", "kind"]), status: 201, answer: answer)

    static let step = APIOperation(
        "stepReferral", tag: tag, "Takes a referral one step on; what it was already changes nothing",
        parameters: [named, key],
        body: object(
            [
                (
                    "step",
                    [
                        "type": "string",
                        "enum": [
                            "activate", "accept", "decline", "attempt", "elsewhere", "seen", "report", "acknowledge",
                            "hold", "resume", "complete", "close", "reopen",
                        ],
                    ]
                ),
                ("reason", text), ("channel", codes(ContactChannel.self)), ("outcome", text), ("note", text),
                ("place", codes(SeenPlace.self)), ("on", day), ("finding", text), ("until", day), ("version", text),
            ], required: ["step"]), answer: answer)

    static let assign = APIOperation(
        "assignReferral", tag: tag, "Gives a referral to somebody; without an owner, to nobody",
        parameters: [named, key], body: object([("owner", id)], required: []), answer: answer)

    static let describe = APIOperation(
        "describeReferral", tag: tag, "Changes priority, authorization or expiry; what is left out stays as it is",
        parameters: [named, key],
        body: object(
            [
                ("priority", codes(NeedPriority.self)), ("authorization", codes(ReferralAuthorization.self)),
                ("authorizationNumber", text), ("authorizedFrom", day), ("authorizedTo", day), ("expiresOn", day),
            ], required: []), answer: answer)

    static let file = APIOperation(
        "fileReferralDocument", tag: tag,
        "Keeps a paper with a referral: the body is the file itself, a JPEG, PNG, GIF, WebP or PDF of at most 16 MiB",
        parameters: [
            named, key,
            .init(
                "kind", in: "query", "What came with it, or what came back",
                schema: ["type": "string", "enum": ["request", "report"]]),
        ], status: 201, answer: object([("id", id)], required: ["id"]))
}
