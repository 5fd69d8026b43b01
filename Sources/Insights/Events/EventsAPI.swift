import JSON
import Kernel
package import Spine
package import Store
package import Vault
package import Web

/// The log as programs read it: `GET /api/v1/events`, in order of position, by opaque cursor, through the policy. The
/// cursor of the last event read is always given, so a follower never misses and never repeats one.
package enum EventsAPI {
    static let largestPage = 500

    package static let capability = Capability(
        "events",
        routes: [
            .get(
                "/api/v1/events",
                .api(.eventRead, operation) { request, caller in
                    let limit = try limit(request.query["limit"])
                    let vault = try await request.spine.vault(request.tenant)
                    let after =
                        try request.query["cursor"].map {
                            try Cursor($0, for: "events", vault: vault).values.first ?? 0
                        } ?? 0
                    let kind = try request.query["kind"].map(kindName)
                    let page = try await request.spine.ask(
                        ListEvents(after: after, limit: limit, kind: kind, patient: try id(request.query["patient"])),
                        as: caller)
                    return .json(try json(page, vault: vault))
                })
        ],
        permissions: [.eventRead])

    private static func limit(_ text: String?) throws -> Int {
        guard let text else { return 100 }
        guard let limit = Int(text), (1...largestPage).contains(limit) else {
            throw Fault.invalid("limit", "A number from 1 to \(largestPage).")
        }
        return limit
    }

    private static func kindName(_ text: String) throws -> String {
        guard (1...60).contains(text.utf8.count),
            text.utf8.allSatisfy({ (97...122).contains($0) || $0 == 45 || $0 == 46 })
        else {
            throw Fault.invalid("kind", "The name of a kind of event, such as message.received.")
        }
        return text
    }

    private static func id(_ text: String?) throws -> ID<Patient>? {
        guard let text else { return nil }
        guard let id = ID<Patient>(text) else { throw Fault.invalid("patient", "Not an id.") }
        return id
    }

    private static func json(_ page: ListEvents.Page, vault: TenantVault) throws -> [UInt8] {
        var writer = JSONWriter(reserving: page.events.count * 300)
        writer.beginObject()
        writer.list("events", page.events) { event, writer in
            writer.field("id", event.id.text)
            writer.field("kind", event.kind.rawValue)
            writer.field("version", event.version)
            writer.field("occurred_at", event.occurredAt.iso8601)
            writer.field("recorded_at", event.recordedAt.iso8601)
            writer.field("patient", ifPresent: event.patient?.text)
            writer.field("need", ifPresent: event.need?.text)
            writer.field("actor", event.actor.kind + ":" + Crockford.encode(event.actor.raw))
            writer.field("correlation", Crockford.encode(event.correlation))
            writer.field("body", event.body)
        }
        writer.field("cursor", try Cursor(page.reached).text(for: "events", vault: vault))
        writer.field("more", page.more)
        writer.endObject()
        return writer.bytes
    }

    private static let operation = APIOperation(
        "listEvents", tag: "Events", "What happened, in order",
        parameters: [
            .init("cursor", in: "query", "Where the last page ended", schema: ["type": "string"]),
            .init(
                "limit", in: "query", "At most this many", schema: ["type": "integer", "minimum": 1, "maximum": 500]),
            .init("kind", in: "query", "Only this kind", schema: ["type": "string"]),
            .init("patient", in: "query", "Only this patient", schema: ["type": "string"]),
        ],
        answer: [
            "type": "object",
            "required": ["events", "cursor", "more"],
            "properties": [
                "events": [
                    "type": "array",
                    "items": [
                        "type": "object",
                        "required": [
                            "id", "kind", "version", "occurred_at", "recorded_at", "actor", "correlation", "body",
                        ],
                        "properties": [
                            "id": ["type": "string"], "kind": ["type": "string"], "version": ["type": "integer"],
                            "occurred_at": ["type": "string", "format": "date-time"],
                            "recorded_at": ["type": "string", "format": "date-time"],
                            "patient": ["type": "string"], "need": ["type": "string"], "actor": ["type": "string"],
                            "correlation": ["type": "string"], "body": ["type": "object"],
                        ],
                    ],
                ],
                "cursor": ["type": "string"],
                "more": ["type": "boolean"],
            ],
        ])
}

/// A page of the log, with events about patients outside the caller's scope left out before the page is cut. Whose events
/// it shows is on the trail.
package struct ListEvents: Query {
    package static let permission = Permission.eventRead

    package struct Page: Sendable {
        package let events: [StoredEvent]
        /// The position of the last event looked at, shown or not.
        package let reached: Int64
        package let more: Bool
    }

    let after: Int64
    let limit: Int
    let kind: String?
    let patient: ID<Patient>?

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Page {
        var condition: SQL = ""
        if let kind { condition = condition + " AND e.kind = \(kind)" }
        if let patient { condition = condition + " AND e.patient = \(patient)" }
        if !Policy.seesEverything(access.caller) {
            condition =
                condition + " AND "
                + Policy.scope(access.caller, .eventRead, patient: "e.patient", labels: "e.labels", strangers: true)
        }
        let rows = try transaction.rows(
            """
            SELECT p.position, \(EventStore.columns) FROM event_position p
            JOIN event e ON e.tenant = p.tenant AND e.id = p.event
            WHERE p.tenant = \(.tenant) AND p.position > \(after)\(condition) ORDER BY p.position LIMIT \(limit)
            """)
        let events = try rows.map(EventStore.read)
        try note(events, transaction, access)
        let last = try EventStore.lastPosition(in: transaction)
        let more = events.count == limit
        return Page(events: events, reached: more ? events.last?.position ?? last : max(last, after), more: more)
    }

    /// An empty page is on the trail when it was asked for of one patient, as a look at who is not there is.
    private func note(_ events: [StoredEvent], _ transaction: any Transaction, _ access: Access) throws {
        let patients = Set(events.compactMap(\.patient))
        if !patients.isEmpty {
            try access.noteLook(Self.permission, at: patients, in: transaction)
        } else if patient != nil {
            access.noteNothingShown(Self.permission)
        }
    }
}
