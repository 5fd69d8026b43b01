import HTTPTypes
import JSON
import Kernel
import SchedulingAPI
import Spine
import Vault
import Web

extension Scheduling {
    var bumpAPI: [Route] {
        [
            .get("/api/v1/absences", .api(.bumpRead, BumpDescription.list, listAbsences)),
            .post("/api/v1/absences", .api(.bumpWrite, BumpDescription.record, createAbsence)),
        ]
    }

    func listAbsences(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let page = try await request.spine.ask(ListAbsences(now: request.spine.clock.now()), as: caller)
        var json = JSONWriter()
        json.beginObject()
        json.list("absences", page.absences) { absence, json in
            let visits = page.visits[absence.id] ?? []
            json.field("id", absence.id.text)
            json.field("kind", absence.kind.rawValue)
            json.field("key", absence.key)
            json.field("startsAt", Instant(microseconds: absence.span.start).iso8601)
            json.field("endsAt", Instant(microseconds: absence.span.end).iso8601)
            json.field("reason", absence.reason)
            json.field("withdrawn", .bool(absence.state == "withdrawn"))
            json.list("visits", visits) { row, json in
                json.field("appointment", row.appointment.text)
                json.field("state", row.state)
            }
        }
        json.endObject()
        return .json(json.bytes)
    }

    func createAbsence(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = try request.json()
        func text(_ name: String) -> String { body[name]?.string ?? "" }
        let absence = try BumpForm.request(
            kind: text("kind"), key: text("key"), from: text("from"), to: text("to"), reason: text("reason"),
            names: ("kind", "key"))
        let id = try await request.spine.perform(
            RecordAbsence(absence, bump: bump), as: caller, idempotency: try Self.idempotency(request))
        return .json(WaitlistJSON.id(id), status: .created)
    }
}

/// What the API's description says of absences.
enum BumpDescription {
    private static let text: JSONValue = ["type": "string"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let idSchema: JSONValue = ["type": "string", "minLength": 13, "maxLength": 13]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]
    private static let local: JSONValue = [
        "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}$",
        "description": "By the clocks of the place, or of the first place where somebody works",
    ]
    private static let kind: JSONValue = ["type": "string", "enum": ["practitioner", "resource", "location"]]
    private static let reason: JSONValue = [
        "type": "string", "enum": .array(AbsenceReason.allCases.map { .string($0.rawValue) }),
    ]

    private static func object(_ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        return [
            "type": "object", "required": .array(required.map(JSONValue.string)), "properties": .object(members),
        ]
    }

    private static let visit = object(
        [
            ("appointment", idSchema),
            ("state", ["type": "string", "enum": ["waiting", "moved", "cancelled", "kept", "over"]]),
        ], required: ["appointment", "state"])

    private static let absence = object(
        [
            ("id", idSchema), ("kind", kind), ("key", text), ("startsAt", instant), ("endsAt", instant),
            ("reason", reason), ("withdrawn", flag), ("visits", ["type": "array", "items": visit]),
        ], required: ["id", "kind", "key", "startsAt", "endsAt", "reason", "withdrawn", "visits"])

    static let list = APIOperation(
        "listAbsences", tag: "Absences", "Absences that are not over, with the visits on their lists",
        answer: object([("absences", ["type": "array", "items": absence])], required: ["absences"]))

    static let record = APIOperation(
        "recordAbsence", tag: "Absences",
        "Records that somebody is away or something is closed: its time is taken, its visits are put on a list",
        parameters: [
            .init(
                "Idempotency-Key", in: "header",
                "The same key with the same body gives the first answer again, for a day",
                schema: ["type": "string", "minLength": 1, "maxLength": 200])
        ],
        body: object(
            [("kind", kind), ("key", text), ("from", local), ("to", local), ("reason", reason)],
            required: ["kind", "key", "from", "to", "reason"]),
        status: 201, answer: object([("id", idSchema)], required: ["id"]))
}
