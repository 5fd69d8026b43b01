import Kernel
import Spine
import Store
import Vault

/// Every SQL statement of the timeline.
enum TimelineStore {
    /// Where a page begins: strictly before this event, by the time it happened.
    struct Place: Sendable, Equatable {
        let occurredAt: Instant
        let event: Int64
    }

    /// Events of a person before a place, newest first by when they happened, those that name them beside another
    /// patient among them.
    static func page(
        of set: PatientSet, group: TimelineWords.Group?, before place: Place?, limit: Int, for caller: Caller,
        in transaction: any Transaction
    ) throws -> [StoredEvent] {
        var condition: SQL = " AND \(Policy.seen(caller, .patientRead, patient: "e.patient", labels: "e.labels"))"
        if let place {
            condition =
                condition
                + " AND (e.occurred_at < \(place.occurredAt) OR (e.occurred_at = \(place.occurredAt) AND e.id < \(place.event)))"
        }
        if let group { condition = condition + kinds(group) }
        let own = try transaction.rows(
            """
            SELECT 0 AS position, \(EventStore.columns) FROM event e
            WHERE e.tenant = \(.tenant) AND \(PatientsStore.among(set.members, "e.patient"))\(condition)
            ORDER BY e.occurred_at DESC, e.id DESC LIMIT \(limit)
            """)
        let shared = try transaction.rows(
            """
            SELECT 0 AS position, \(EventStore.columns) FROM event_subject s
            JOIN event e ON e.tenant = s.tenant AND e.id = s.event
            WHERE s.tenant = \(.tenant) AND s.kind = 'patient' AND \(PatientsStore.among(set.members, "s.subject"))\(condition)
            ORDER BY e.occurred_at DESC, e.id DESC LIMIT \(limit)
            """)
        let events = try (own + shared).map(EventStore.read)
        if shared.isEmpty { return events }
        var seen: Set<ID<Event>> = []
        let ordered = events.filter { seen.insert($0.id).inserted }
            .sorted { ($0.occurredAt, $0.id) > ($1.occurredAt, $1.id) }
        return Array(ordered.prefix(limit))
    }

    private static func kinds(_ group: TimelineWords.Group) -> SQL {
        switch group {
        case .message: " AND e.kind LIKE 'message.%'"
        case .appointment: " AND e.kind LIKE 'appointment.%'"
        case .need: " AND e.kind LIKE 'need.%'"
        case .referral: " AND e.kind LIKE 'referral.%'"
        case .patient: " AND (e.kind LIKE 'patient.%' OR e.kind LIKE 'consent.%')"
        }
    }
}
