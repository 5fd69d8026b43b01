import JSON
package import Kernel
package import PeopleAPI
package import Spine
package import Store
package import Vault

/// One line of a timeline.
package struct TimelineEntry: Sendable {
    package let event: StoredEvent
    /// The name of the person of the staff who did it, when one did.
    package let actorName: String?

    package var look: TimelineLook { TimelineWords.look(of: event.kind) }

    /// The visit it is about, when its body names one.
    package var appointment: ID<Appointment>? { event.body["appointment"]?.string.flatMap { ID($0) } }
}

/// A page of a timeline and the place of the next one.
package struct TimelinePage: Sendable {
    package let entries: [TimelineEntry]
    package let next: Cursor?
}

/// Reads what happened with a person, newest first.
package struct ReadTimeline: Query {
    package static let permission = Permission.patientRead
    package static let cursorList = "timeline"
    package static let largestPage = 100

    private let patient: ID<Patient>
    private let group: TimelineWords.Group?
    private let after: Cursor?
    private let limit: Int
    private let directory: PeopleDirectory
    private let staff: any StaffDirectory

    package init(
        _ patient: ID<Patient>, group: TimelineWords.Group? = nil, after: Cursor? = nil, limit: Int,
        directory: PeopleDirectory, staff: any StaffDirectory
    ) {
        self.patient = patient
        self.group = group
        self.after = after
        self.limit = min(max(1, limit), Self.largestPage)
        self.directory = directory
        self.staff = staff
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> TimelinePage {
        let (set, _) = try directory.grant(.patientRead, for: patient, access: access, in: transaction)
        return try Self.page(
            of: set, group: group, after: after, limit: limit, staff: staff, caller: access.caller,
            in: transaction)
    }

    /// The same for a person whose grant is already at hand.
    static func page(
        of set: PatientSet, group: TimelineWords.Group?, after: Cursor?, limit: Int, staff: any StaffDirectory,
        caller: Caller, in transaction: any Transaction
    ) throws -> TimelinePage {
        let place = after.flatMap { cursor in
            cursor.values.count == 2
                ? TimelineStore.Place(occurredAt: Instant(microseconds: cursor.values[0]), event: cursor.values[1])
                : nil
        }
        let events = try TimelineStore.page(
            of: set, group: group, before: place, limit: limit + 1, for: caller, in: transaction)
        let shown = events.prefix(limit)
        let users = shown.compactMap { event -> ID<User>? in
            if case .user(let user) = event.actor { user } else { nil }
        }
        let names = users.isEmpty ? [:] : try staff.names(of: Array(Set(users)), in: transaction)
        let entries = shown.map { event -> TimelineEntry in
            guard case .user(let user) = event.actor else { return TimelineEntry(event: event, actorName: nil) }
            return TimelineEntry(event: event, actorName: names[user]?.name)
        }
        let last = events.count > limit ? shown.last : nil
        return TimelinePage(entries: entries, next: last.map { Cursor($0.occurredAt.microseconds, $0.id.raw) })
    }
}
