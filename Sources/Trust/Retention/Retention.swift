package import Kernel
package import PeopleAPI
import Store
package import StudioAPI
import TimeZones
package import Vault
package import Web

// Retention: data are kept as long as the schedule says, and no longer.
//
// - The schedule is a definition (`retention`). What it has no rule for is kept.
// - A patient's records are due so many years after the last sign of them: a visit, a word in either direction, the
//   registration; for who was a minor, so many years after coming of age when that is later. Only the year of birth is
//   plain, so a minor comes of age at its end. With an open need or a visit to come nobody is due. Whose year of birth
//   nobody knows is disposed of by nobody but a person.
// - A stranger's conversation is due so many days after its last message, when no need in it is open.
// - What is due is put on the list, and a person decides; or it is disposed of, as the rule says. Right before that it is
//   looked at once more. It is the same disposal as by hand, with its certificate; a legal hold stops it.
// - A round is bounded, and a recorded run. Everybody is gone over once a day.

extension Permission {
    package static let retentionReview = Permission("retention.review")
}

/// Phantom type for an entry of the list.
package enum RetentionItem {}

/// Where retention looks for signs of people.
package struct RetentionSources: Sendable {
    let directory: any PatientDirectory
    let roll: any PatientRoll
    let histories: [any ActivityHistory]
    let strangers: any StrangerConversations

    package init(
        directory: any PatientDirectory, roll: any PatientRoll, histories: [any ActivityHistory],
        strangers: any StrangerConversations
    ) {
        self.directory = directory
        self.roll = roll
        self.histories = histories
        self.strangers = strangers
    }
}

package enum RetentionTables {
    package static let capability = Capability(
        "retention", schema: [migration],
        tables: [
            TableRule(
                "retention_item", .none(reason: "ids and moments; goes with whom it names"),
                disposal: .deleteWhere { target in
                    [
                        "subject_kind = 'patient' AND subject IN \(list: target.patients)",
                        "subject_kind = \(target.subject.kind) AND subject = \(target.subject.raw)",
                    ]
                }),
            TableRule("retention_scan", .none(reason: "how far the daily look has come")),
        ], permissions: [.retentionReview])

    static let migration = Migration(
        "2026-11-23.trust.retention",
        [
            """
            CREATE TABLE retention_item (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL,
                subject_kind TEXT NOT NULL CHECK (subject_kind IN ('patient', 'conversation')),
                subject BIGINT NOT NULL, due_at BIGINT NOT NULL, found_at BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'held', 'kept', 'failed')),
                decided_by BIGINT, decided_at BIGINT, kept_until BIGINT, error TEXT, PRIMARY KEY (tenant, id),
                CHECK ((state = 'kept') = (kept_until IS NOT NULL)))
            """,
            "CREATE UNIQUE INDEX retention_item_subject ON retention_item (tenant, subject_kind, subject)",
            "CREATE INDEX retention_item_state ON retention_item (tenant, state, due_at, id)",
            """
            CREATE TABLE retention_scan (
                tenant BIGINT NOT NULL, data TEXT NOT NULL, place BIGINT NOT NULL, begun_at BIGINT NOT NULL,
                finished_at BIGINT, PRIMARY KEY (tenant, data))
            """,
        ])
}

/// When somebody's data are due. Pure: a table of cases tests it.
package enum RetentionRule {
    /// So many years later, by the calendar in UTC; the 29th of February becomes the 1st of March.
    package static func years(_ count: Int, after moment: Instant) -> Instant {
        let days = moment.seconds >= 0 ? moment.seconds / 86_400 : (moment.seconds - 86_399) / 86_400
        let date = CivilDate(daysSinceEpoch: Int(days))
        let parts = date.iso.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return moment + .days(count * 366) }
        let later =
            CivilDate(year: parts[0] + count, month: parts[1], day: parts[2])
            ?? CivilDate(year: parts[0] + count, month: 3, day: 1)
        guard let later else { return moment + .days(count * 366) }
        return moment + .days(later.daysSinceEpoch - date.daysSinceEpoch)
    }

    /// - Parameters:
    ///   - last: the last sign of the person.
    ///   - birthYear: nil when nobody knows it.
    package static func due(
        _ rule: RetentionDefinition.Rule, majorityAge: Int, last: Instant, birthYear: Int?
    ) -> Instant {
        let general = years(rule.afterYears ?? 100, after: last)
        guard let birthYear, let after = rule.afterMajorityYears,
            let adult = CivilDate(year: birthYear + majorityAge + 1, month: 1, day: 1)
        else { return general }
        let grown = years(after, after: Instant(seconds: Int64(adult.daysSinceEpoch) * 86_400))
        return max(general, grown)
    }
}

/// Somebody whose data are due.
struct DueSubject: Sendable, Equatable {
    let subject: DataSubject
    let dueAt: Instant
    /// Whether a rule may dispose of it without a person.
    let isCertain: Bool
}

/// Finds what is due. Plain columns only: nothing is opened.
struct RetentionLook: Sendable {
    let sources: RetentionSources
    let schedule: RetentionDefinition
    let now: Instant

    /// Of these patients, those who stand for a person whose records are due.
    func due(_ patients: [ID<Patient>], in transaction: any Transaction) throws -> [DueSubject] {
        guard let rule = schedule.rule(for: .patientRecords) else { return [] }
        let border = cutoff(rule)
        // Most fall out here, by a few questions for all of them.
        var last = try activity(of: patients, in: transaction)
        let busy = try open(of: patients, in: transaction)
        var due: [DueSubject] = []
        for patient in patients where (last[patient] ?? patient.madeAt) < border && !busy.contains(patient) {
            let set = try sources.directory.set(of: patient, in: transaction)
            guard set.primary == patient else { continue }
            let others = set.members.filter { $0 != patient }
            if !others.isEmpty {
                if try !open(of: others, in: transaction).isEmpty { continue }
                last.merge(try activity(of: others, in: transaction)) { max($0, $1) }
            }
            let plain = try sources.directory.plain(of: set.members, in: transaction)
            if plain.isEmpty { continue }
            let sign = set.members.map { last[$0] ?? $0.madeAt }.max() ?? patient.madeAt
            // The latest birth that any of the linked records tells.
            let births = plain.values.compactMap(\.birthYear)
            let at = RetentionRule.due(
                rule, majorityAge: schedule.majorityAge ?? 18, last: sign, birthYear: births.max())
            if at <= now {
                due.append(DueSubject(subject: .patient(patient), dueAt: at, isCertain: !births.isEmpty))
            }
        }
        return due
    }

    /// Until when the schedule asks for a person's records; nil: it does not, or no longer. What is open in them plays no
    /// part: it keeps a schedule from disposing of somebody, not a patient from asking for it.
    func asks(for set: PatientSet, in transaction: any Transaction) throws -> Instant? {
        guard let rule = schedule.rule(for: .patientRecords) else { return nil }
        let last = try activity(of: set.members, in: transaction)
        let births = try sources.directory.plain(of: set.members, in: transaction).values.compactMap(\.birthYear)
        let at = RetentionRule.due(
            rule, majorityAge: schedule.majorityAge ?? 18, last: last.values.max() ?? now, birthYear: births.max())
        return at > now ? at : nil
    }

    /// The latest sign after which a patient can be due.
    func cutoff(_ rule: RetentionDefinition.Rule) -> Instant {
        // A day to spare for leap years: who is inside is looked at exactly.
        RetentionRule.years(-(rule.afterYears ?? 100), after: now) + .days(1)
    }

    func strangers(
        after place: ID<Conversation>?, limit: Int, in transaction: any Transaction
    ) throws -> [DueSubject] {
        guard let days = schedule.rule(for: .unknownConversations)?.afterDays else { return [] }
        return try sources.strangers.quiet(since: now - .days(days), after: place, limit: limit, in: transaction).map {
            DueSubject(subject: .conversation($0.id), dueAt: $0.lastMessageAt + .days(days), isCertain: true)
        }
    }

    /// Whether it is due still.
    func isDue(_ subject: DataSubject, in transaction: any Transaction) throws -> Bool {
        switch subject {
        case .patient(let patient): return try !due([patient], in: transaction).isEmpty
        case .conversation(let id):
            return try strangers(after: ID(raw: id.raw - 1), limit: 1, in: transaction).first?.subject == subject
        case .user, .practitioner, .tenant: return false
        }
    }

    private func activity(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> [ID<Patient>: Instant] {
        var last = Dictionary(patients.map { ($0, $0.madeAt) }, uniquingKeysWith: { first, _ in first })
        for history in sources.histories {
            last.merge(try history.lastActivity(of: patients, in: transaction)) { max($0, $1) }
        }
        return last
    }

    private func open(of patients: [ID<Patient>], in transaction: any Transaction) throws -> Set<ID<Patient>> {
        try sources.histories.reduce(into: []) { try $0.formUnion($1.open(of: patients, in: transaction)) }
    }
}
