import JSON
import StudioAPI
import Web

// What the API's description says of needs and conversations.

extension NeedAPI {
    private static func words(_ values: [String]) -> JSONValue {
        ["type": "string", "enum": .array(values.map { .string($0) })]
    }

    private static let id: JSONValue = ["type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{13}$"]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]
    private static let text: JSONValue = ["type": "string"]
    private static let needID = APIOperation.Parameter("id", in: "path", "The need.", required: true, schema: id)
    private static let conversationID = APIOperation.Parameter(
        "id", in: "path", "The conversation.", required: true, schema: id)
    private static let key = APIOperation.Parameter(
        "Idempotency-Key", in: "header", "Two requests with one key are one request.", schema: text)

    private static let plainFields: [(String, JSONValue)] = [
        ("id", id), ("conversation", id), ("patient", id), ("reason", words(NeedReason.allCases.map(\.rawValue))),
        ("priority", words(NeedPriority.allCases.map(\.rawValue))),
        ("stage", words(NeedStage.allCases.map(\.rawValue))),
        ("owner", id), ("team", text), ("nextStep", words(NextStep.allCases.map(\.rawValue))), ("dueAt", instant),
        ("openedAt", instant), ("firstResponseAt", instant), ("closedAt", instant),
        ("outcome", words(NeedOutcome.allCases.map(\.rawValue))), ("version", ["type": "integer"]),
    ]
    private static let always: JSONValue = [
        "id", "conversation", "reason", "priority", "stage", "team", "nextStep", "dueAt", "openedAt", "version",
    ]

    private static func need(_ more: [(String, JSONValue)]) -> JSONValue {
        var properties = JSONObject()
        for (name, schema) in plainFields + more { properties[name] = schema }
        return ["type": "object", "properties": .object(properties), "required": always]
    }

    private static let opened = need([
        ("title", text),
        (
            "facts",
            [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": ["code": text, "value": text, "source": text, "recordedAt": instant],
                    "required": ["code", "value", "source", "recordedAt"],
                ],
            ]
        ),
    ])

    static let listing = APIOperation(
        "listNeeds", tag: "needs", "Needs of a filter, 25 a page.",
        parameters: [
            .init("filter", in: "query", "Which needs.", schema: words(InboxFilter.allCases.map(\.rawValue))),
            .init("order", in: "query", "In which order.", schema: words(InboxOrder.allCases.map(\.rawValue))),
            .init("cursor", in: "query", "`next` of the page before.", schema: text),
        ],
        answer: [
            "type": "object",
            "properties": [
                "needs": [
                    "type": "array",
                    "items": need([("person", text), ("lastMessageAt", instant), ("unread", ["type": "boolean"])]),
                ],
                "next": text,
            ],
            "required": ["needs"],
        ])

    static let one = APIOperation(
        "readNeed", tag: "needs", "A need with its facts.", parameters: [needID], answer: opened)

    static let taking = APIOperation(
        "takeNeed", tag: "needs", "Gives a need that nobody owns to a user; 409 when somebody has it.",
        parameters: [needID, key], body: ["type": "object", "properties": ["owner": id]], answer: opened)

    static let handing = APIOperation(
        "handOffNeed", tag: "needs", "Hands a need to a team or a user.", parameters: [needID, key],
        body: [
            "type": "object",
            "properties": ["team": text, "user": id, "note": text, "version": ["type": "integer"]],
        ],
        answer: opened)

    static let closing = APIOperation(
        "closeNeed", tag: "needs", "Closes a need by its outcome.", parameters: [needID, key],
        body: [
            "type": "object",
            "properties": ["outcome": words(NeedOutcome.allCases.map(\.rawValue)), "note": text],
            "required": ["outcome"],
        ],
        answer: opened)

    static let recording = APIOperation(
        "recordFact", tag: "needs", "Writes down what is known.", parameters: [needID, key],
        body: [
            "type": "object",
            "properties": ["code": words(FactCode.allCases.map(\.rawValue)), "value": text],
            "required": ["code", "value"],
        ],
        answer: opened)

    static let thread = APIOperation(
        "readConversation", tag: "conversations", "A conversation with its newest 100 messages.",
        parameters: [
            conversationID, .init("before", in: "query", "Messages older than this one.", schema: id),
        ],
        answer: [
            "type": "object",
            "properties": [
                "id": id, "channel": text, "patient": id, "standing": words(["known", "unknown", "ambiguous"]),
                "address": text,
                "messages": [
                    "type": "array",
                    "items": [
                        "type": "object",
                        "properties": [
                            "id": id, "direction": words(["in", "out"]), "state": text, "at": instant, "text": text,
                            "sender": id, "language": text, "errorCode": text, "media": ["type": "integer"],
                        ],
                        "required": ["id", "direction", "state", "at", "text", "media"],
                    ],
                ],
            ],
            "required": ["id", "channel", "standing", "address", "messages"],
        ])

    static let sending = APIOperation(
        "sendMessage", tag: "conversations", "Sends a text when the contact policy allows it; 409 says why not.",
        parameters: [conversationID, key],
        body: [
            "type": "object",
            "properties": [
                "text": ["type": "string", "maxLength": 1600], "need": id, "language": text, "template": text,
            ],
            "required": ["text"],
        ],
        status: 202,
        answer: [
            "type": "object",
            "properties": ["id": id, "state": words(["queued", "held"]), "heldUntil": instant],
            "required": ["id", "state"],
        ])
}
