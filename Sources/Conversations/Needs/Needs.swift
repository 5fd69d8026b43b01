package import Kernel
package import StudioAPI
import TimeZones
package import Vault

// Needs: what a person wants done; the unit of work.
//
// - An open need always has a team, one next step and a due time; the schema refuses one without. One person may own
//   it; until somebody takes it, its team does.
// - Taking is compare-and-set: the second taker is told who has it.
// - A need ends by an outcome, never by a reply.
// - Facts are what is known, each with its source and time, so that nobody asks twice.

/// The words of a need, in the writer's own.
package struct NeedText: Sealable {
    package static let sealKind = SealKind(203)
    package let title: String

    package init(title: String) { self.title = title }
    package func pack(into packer: inout Packer) { packer.put(1, title) }
    package init(unpacking fields: Unpacker) throws(Fault) { title = try fields.required(1) }
}

package struct FactText: Sealable {
    package static let sealKind = SealKind(204)
    package let value: String

    package init(value: String) { self.value = value }
    package func pack(into packer: inout Packer) { packer.put(1, value) }
    package init(unpacking fields: Unpacker) throws(Fault) { value = try fields.required(1) }
}

/// A private note beside a need: of a handoff, of a closing, or by itself.
package struct NoteText: Sealable {
    package static let sealKind = SealKind(205)
    package let text: String

    package init(text: String) { self.text = text }
    package func pack(into packer: inout Packer) { packer.put(1, text) }
    package init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }
}

/// The plain columns of a need.
package struct NeedRow: Sendable {
    package let id: ID<Need>
    package let conversation: ID<Conversation>
    package let patient: ID<Patient>?
    package let reason: NeedReason
    package let priority: NeedPriority
    package let stage: NeedStage
    package let owner: ID<User>?
    package let team: String
    package let nextStep: NextStep
    package let dueAt: Instant
    package let openedAt: Instant
    package let firstResponseAt: Instant?
    package let closedAt: Instant?
    package let outcome: NeedOutcome?
    package let version: Int
    package let keySubject: ID<KeySubject>

    package var isOpen: Bool { stage != .closed }
    package var dataOwner: DataSubject { patient.map(DataSubject.patient) ?? .conversation(conversation) }
}

/// Who works on a need and by when, from what is configured.
struct NeedPlan: Sendable {
    let team: String
    let priority: NeedPriority
    let firstDue: Instant
    let resolutionDue: Instant

    /// Teams that take a reason when the tenant has one of that key; the rest goes to the team that takes new needs.
    private static func preferred(_ reason: NeedReason) -> [String] {
        switch reason {
        case .billing, .insuranceChange: ["billing", "financial-counseling"]
        case .refill: ["care-team", "nursing", "nurse-triage"]
        case .reschedule, .cancellation, .newAppointment, .runningLate: ["scheduling", "front-desk", "access"]
        case .directions, .other: []
        }
    }

    static func make(
        _ reason: NeedReason, at now: Instant, _ configuration: Configuration, zones: TimeZoneDatabase
    ) throws -> NeedPlan {
        let team = preferred(reason).lazy.compactMap { configuration.teams[$0] }.first ?? configuration.intakeTeam
        guard let team else {
            throw Fault(
                .unavailable, "need.no-team", "No team takes new needs.",
                remedy: "Apply a blueprint with a team that takesNewNeeds.")
        }
        let priority: NeedPriority = reason == .runningLate ? .urgent : .routine
        let due = try due(team.value, priority, from: now, configuration, zones)
        return NeedPlan(team: team.key, priority: priority, firstDue: due.first, resolutionDue: due.resolution)
    }

    /// When the first answer and the end of a need are due, by its team's service level.
    static func due(
        _ team: TeamDefinition, _ priority: NeedPriority, from now: Instant, _ configuration: Configuration,
        _ zones: TimeZoneDatabase
    ) throws -> (first: Instant, resolution: Instant) {
        guard let level = configuration.serviceLevels[team.serviceLevel], let target = level.targets[priority] else {
            throw Fault(
                .unavailable, "need.no-service-level", "The team has no service level for this priority.",
                remedy: "Publish the service level \(team.serviceLevel).")
        }
        let location = level.location.flatMap { configuration.locations[$0]?.value }
        let zone = try location.map { try zones.zone($0.zone) }
        func at(_ minutes: Int) -> Instant {
            ServiceClock.due(from: now, minutes: minutes, level: level.value, location: location, zone: zone)
        }
        return (at(target.firstResponseMinutes), at(target.resolutionMinutes))
    }
}
