package import JSON
package import Kernel
package import Store
package import Vault

/// What happened, named as `noun.past-verb`: `message.received`, `appointment.booked`. Frozen once it has been written.
package struct EventKind: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// An event as a command hands it in. The body holds ids and codes, never patient text.
package struct NewEvent: Sendable {
    package var kind: EventKind
    package var version: Int
    /// When it happened; nil: now.
    package var occurredAt: Instant?
    package var patient: ID<Patient>?
    package var need: ID<Need>?
    /// Other patients or things it is also about.
    package var subjects: [DataSubject]
    package var cause: ID<Event>?
    /// Those of what it tells of: it is there for whom that is there.
    package var labels: Labels
    package var body: JSONValue

    package init(
        _ kind: EventKind, version: Int = 1, occurredAt: Instant? = nil, patient: ID<Patient>? = nil,
        need: ID<Need>? = nil, subjects: [DataSubject] = [], cause: ID<Event>? = nil, labels: Labels = [],
        body: JSONValue = [:]
    ) {
        self.kind = kind
        self.version = version
        self.occurredAt = occurredAt
        self.patient = patient
        self.need = need
        self.subjects = subjects
        self.cause = cause
        self.labels = labels
        self.body = body
    }
}

/// An event as it stands in the log.
package struct StoredEvent: Sendable {
    package let position: Int64
    package let id: ID<Event>
    package let kind: EventKind
    package let version: Int
    package let occurredAt: Instant
    package let recordedAt: Instant
    package let patient: ID<Patient>?
    package let need: ID<Need>?
    package let actor: Actor
    package let correlation: Int64
    package let labels: Labels
    package let body: JSONValue
}

/// The log: append-only, the spine of timelines, journeys, webhooks, the live UI and every metric.
package enum EventStore {
    package static let migrations = [migration, labels]

    private static let labels = Migration(
        "2026-11-25.spine.event-labels", ["ALTER TABLE event ADD COLUMN labels BIGINT NOT NULL DEFAULT 0"])

    private static let migration = Migration(
        "2026-11-22.spine.events",
        [
            """
            CREATE TABLE event (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, schema_version BIGINT NOT NULL,
                occurred_at BIGINT NOT NULL, recorded_at BIGINT NOT NULL, patient BIGINT, need BIGINT,
                actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, correlation BIGINT NOT NULL, cause BIGINT,
                body TEXT NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX event_patient ON event (tenant, patient, id) WHERE patient IS NOT NULL",
            "CREATE INDEX event_need ON event (tenant, need, id) WHERE need IS NOT NULL",
            "CREATE INDEX event_kind ON event (tenant, kind, occurred_at)",
            """
            CREATE TABLE event_subject (
                tenant BIGINT NOT NULL, kind TEXT NOT NULL, subject BIGINT NOT NULL, event BIGINT NOT NULL,
                PRIMARY KEY (tenant, kind, subject, event))
            """,
            """
            CREATE TABLE event_position (
                tenant BIGINT NOT NULL, position BIGINT NOT NULL, event BIGINT NOT NULL,
                PRIMARY KEY (tenant, position))
            """,
            "CREATE UNIQUE INDEX event_position_event ON event_position (tenant, event)",
            """
            CREATE TABLE event_pending (
                tenant BIGINT NOT NULL, event BIGINT NOT NULL, PRIMARY KEY (tenant, event))
            """,
        ])

    /// Appends events in the transaction that made them happen.
    package static func append(
        _ events: [NewEvent], by caller: Caller, ids: IDSource, at now: Instant, in transaction: any Transaction
    ) throws -> [ID<Event>] {
        try events.map { event in
            let id: ID<Event> = ids.next()
            var writer = JSONWriter()
            writer.value(event.body)
            let body = String(decoding: writer.bytes, as: UTF8.self)
            try transaction.send(
                """
                INSERT INTO event (tenant, id, kind, schema_version, occurred_at, recorded_at, patient, need,
                    actor_kind, actor, correlation, cause, labels, body)
                VALUES (\(.tenant), \(id), \(event.kind.rawValue), \(event.version), \(event.occurredAt ?? now), \(now),
                    \(event.patient), \(event.need), \(caller.actor.kind), \(caller.actor.raw), \(caller.correlation),
                    \(event.cause), \(event.labels.rawValue), \(body))
                """)
            for subject in event.subjects {
                try transaction.send(
                    """
                    INSERT INTO event_subject (tenant, kind, subject, event)
                    VALUES (\(.tenant), \(subject.kind), \(subject.raw), \(id)) ON CONFLICT DO NOTHING
                    """)
            }
            try place(id, in: transaction)
            return id
        }
    }

    /// One writer commits in insertion order, so the position is given at once; several do not, and the sequencer
    /// gives it after the commit.
    private static func place(_ id: ID<Event>, in transaction: any Transaction) throws {
        if transaction.engine.commitsInInsertionOrder {
            try transaction.send(
                """
                INSERT INTO event_position (tenant, position, event)
                VALUES (\(.tenant),
                    (SELECT COALESCE(MAX(position), 0) + 1 FROM event_position WHERE tenant = \(.tenant)), \(id))
                """)
        } else {
            try transaction.send("INSERT INTO event_pending (tenant, event) VALUES (\(.tenant), \(id))")
        }
    }

    /// Gives the events about something the labels it has now: what was told of it becomes as sensitive as it is.
    package static func label(_ subject: DataSubject, _ labels: Labels, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE event SET labels = \(labels.rawValue) WHERE tenant = \(.tenant) AND id IN (
                SELECT s.event FROM event_subject s
                WHERE s.tenant = \(.tenant) AND s.kind = \(subject.kind) AND s.subject = \(subject.raw))
            """)
    }

    /// Events after a position, in order, at most `limit`.
    package static func after(
        _ position: Int64, limit: Int, in transaction: any Transaction
    ) throws -> [StoredEvent] {
        try transaction.rows(following(position, limit: limit)).map(read)
    }

    /// Those of some kinds among the next `limit` events, how many there were in all, and the position of the last.
    static func next(
        _ kinds: Set<EventKind>?, after position: Int64, limit: Int, in transaction: any Transaction
    ) throws -> (wanted: [StoredEvent], count: Int, last: Int64) {
        var found: (wanted: [StoredEvent], count: Int, last: Int64) = ([], 0, position)
        try transaction.forEach(following(position, limit: limit)) { row in
            found.count += 1
            found.last = try row.value(at: 0)
            // Most are for others, and reading one whole is dear.
            if let kinds, !kinds.contains(EventKind(try row["kind"])) { return }
            found.wanted.append(try read(row))
        }
        return found
    }

    private static func following(_ position: Int64, limit: Int) -> SQL {
        """
        SELECT p.position, \(columns) FROM event_position p JOIN event e ON e.tenant = p.tenant AND e.id = p.event
        WHERE p.tenant = \(.tenant) AND p.position > \(position) ORDER BY p.position LIMIT \(limit)
        """
    }

    package static func lastPosition(in transaction: any Transaction) throws -> Int64 {
        try transaction.value("SELECT COALESCE(MAX(position), 0) FROM event_position WHERE tenant = \(.tenant)") ?? 0
    }

    /// The columns `read` wants, with the event aliased `e`; put the position first.
    package static let columns: SQL = """
        e.id, e.kind, e.schema_version, e.occurred_at, e.recorded_at, e.patient, e.need, e.actor_kind, e.actor,
        e.correlation, e.labels, e.body
        """

    package static func read(_ row: Row) throws -> StoredEvent {
        let kind: String = try row["kind"]
        let body: String = try row["body"]
        let actorKind: String = try row["actor_kind"]
        guard let actor = Actor(kind: actorKind, raw: try row["actor"]) else {
            throw Fault(.internalError, "event.actor", "An event names an unknown kind of actor.")
        }
        return StoredEvent(
            position: try row.value(at: 0), id: try row["id"], kind: EventKind(kind),
            version: try row["schema_version"],
            occurredAt: try row["occurred_at"], recordedAt: try row["recorded_at"], patient: try row["patient"],
            need: try row["need"], actor: actor, correlation: try row["correlation"],
            labels: Labels(rawValue: try row["labels"]), body: try JSONValue(parsing: body))
    }
}
