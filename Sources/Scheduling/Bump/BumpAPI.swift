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
        var fields = QueryFields(request.query)
        let limit = fields.number("limit", 1...50) ?? 20
        let text = fields.text("cursor")
        try fields.check()
        let vault = try await request.spine.vault(request.tenant)
        let from = try text.map { try Cursor($0, for: "absences", vault: vault).values }
        let page = try await request.spine.ask(
            ListAbsences(
                now: request.spine.clock.now(), from: from.flatMap { $0.count == 2 ? ($0[0], $0[1]) : nil },
                limit: limit + 1), as: caller)
        let shown = Array(page.absences.prefix(limit))
        var json = JSONWriter()
        json.beginObject()
        if page.absences.count > limit, let last = shown.last {
            json.field("next", try Cursor(last.span.start, last.id.raw).text(for: "absences", vault: vault))
        }
        json.list("absences", shown) { absence, json in
            let visits = page.visits[absence.id] ?? []
            json.field("id", absence.id.text)
            json.field("kind", absence.kind.rawValue)
            json.field("key", absence.key)
            json.field("startsAt", Instant(microseconds: absence.span.start).iso8601)
            json.field("endsAt", Instant(microseconds: absence.span.end).iso8601)
            json.field("reason", absence.reason)
            json.field("offer", absence.offers ? "yes" : "no")
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
        var body = QueryFields(try request.json(), ["kind", "key", "from", "to", "reason", "offer"])
        let (kind, key, from) = (body.text("kind") ?? "", body.text("key") ?? "", body.text("from") ?? "")
        let (to, reason, offer) = (body.text("to") ?? "", body.text("reason") ?? "", body.text("offer") ?? "yes")
        if offer != "yes", offer != "no" { body.note("offer", "One of yes, no.") }
        let absence = try BumpForm.request(
            kind: kind, key: key, from: from, to: to, reason: reason, offers: offer == "yes", names: ("kind", "key"),
            besides: body.problems)
        let id = try await request.spine.perform(
            RecordAbsence(absence, bump: bump), as: caller, idempotency: try Self.idempotency(request))
        return .json(WaitlistJSON.id(id), status: .created)
    }
}

/// What the API's description says of absences.
enum BumpDescription {
    private static let text: JSONValue = ["type": "string"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let choice: JSONValue = [
        "type": "string", "enum": ["yes", "no"],
        "description": "Whether patients are asked by text or e-mail which other time they want; yes when not said",
    ]
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
            ("reason", reason), ("offer", choice), ("withdrawn", flag), ("visits", ["type": "array", "items": visit]),
        ], required: ["id", "kind", "key", "startsAt", "endsAt", "reason", "offer", "withdrawn", "visits"])

    static let list = APIOperation(
        "listAbsences", tag: "Absences", "Absences that are not over, with the visits on their lists",
        parameters: [
            .init(
                "limit", in: "query", "At most so many, 20 when not said", schema: ["type": "integer", "maximum": 50]),
            .init("cursor", in: "query", "From where the answer before ended", schema: text),
        ],
        answer: object(
            [("next", text), ("absences", ["type": "array", "items": absence])], required: ["absences"]))

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
            [("kind", kind), ("key", text), ("from", local), ("to", local), ("reason", reason), ("offer", choice)],
            required: ["kind", "key", "from", "to", "reason"]),
        status: 201, answer: object([("id", idSchema)], required: ["id"]))
}
