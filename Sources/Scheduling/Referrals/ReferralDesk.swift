import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
import StudioAPI
import TimeZones
import Vault

extension EventKind {
    /// `referral.accepted` and its kind. Bodies: `referral`, `referral_kind`, `stage`, and what the kind adds.
    package static func referral(_ event: ReferralEvent) -> EventKind { EventKind("referral." + event.rawValue) }
}

extension SchedulingDesk {
    /// The rules that hold for a referral: those it began with, or, for a new one, those that are published.
    func referralRules(
        _ kept: ReferralPolicyVersion?, isNew: Bool = false, tenant: ID<Tenant>, in transaction: any Transaction
    ) throws -> (rules: ReferralRules, version: ReferralPolicyVersion?) {
        let configuration = try plans.configuration(of: tenant)
        let published = configuration.referralPolicy
        var policy = ReferralPolicyDefinition.builtIn
        var version = kept
        if isNew, let published {
            policy = published.value
            version = ReferralPolicyVersion(key: published.value.key, version: published.version)
        } else if let kept {
            if let published, published.version == kept.version, published.value.key == kept.key {
                policy = published.value
            } else if case .referralPolicy(let earlier)? = try plans.definitions.definition(
                .referralPolicy, kept.key, version: kept.version, in: transaction)
            {
                policy = earlier
            }
        }
        let location = policy.location.flatMap { configuration.locations[$0]?.value }
        let zone =
            try location.map { try plans.timeZones.zone($0.zone) }
            ?? configuration.organization.map { try plans.timeZones.zone($0.value.zone) }
        return (ReferralRules(policy: policy, location: location, zone: zone), version)
    }

    /// What makes a referral more sensitive than others: its kind of visit, or its service line.
    func referralLabels(visitType: String?, serviceLine: String?, tenant: ID<Tenant>) throws -> Labels {
        var labels = Labels()
        if let visitType { labels.formUnion(try plans.labels(of: visitType, tenant: tenant)) }
        if let serviceLine {
            let line = try plans.configuration(of: tenant).serviceLines[serviceLine]?.value
            labels.formUnion(Labels(codes: line?.labels ?? []))
        }
        return labels
    }

    /// A referral for an act, locked for the rest of the transaction, when the caller may act on it. Absent and out of reach
    /// look alike.
    func referral(_ id: ID<Referral>, in context: CommandContext) throws -> ReferralRow {
        guard let row = try ReferralStore.find(id, locking: true, in: context.transaction) else {
            // As much work as for a hidden one.
            _ = try Policy.scopeRows(of: [ID(raw: 0)], for: context.caller, in: context.transaction)
            throw context.access.absent(.referralWrite, "referral")
        }
        do {
            _ = try client(row.patient, .referralWrite, labels: row.labels, in: context)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("referral")
        }
        return row
    }

    /// A referral with a grant for its patient.
    func referral(
        _ id: ID<Referral>, _ transaction: any Transaction, _ access: Access
    ) throws -> (row: ReferralRow, grant: Grant) {
        guard let row = try ReferralStore.find(id, in: transaction) else {
            _ = try Policy.scopeRows(of: [ID(raw: 0)], for: access.caller, in: transaction)
            throw access.absent(.referralRead, "referral")
        }
        let scope = try Policy.scopeRows(of: [row.patient], for: access.caller, in: transaction)[row.patient] ?? []
        do {
            let grant = try access.grant(
                .referralRead, for: PatientSet(row.patient), scope: scope, labels: row.labels)
            return (row, grant)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("referral")
        }
    }
}

/// What comes with an input besides the input.
struct ReferralDetails {
    var appointment: ID<Appointment>?
    /// Of a time elsewhere.
    var scheduledAt: Instant?
    var seenPlace: SeenPlace?
    /// When it happened, when that was not now.
    var at: Instant?
    var until: String?
    var channel: ContactChannel?
    var outcome: ContactOutcome?
    /// The new sealed part, when it changes.
    var content: Sealed<ReferralContent>?
}

/// An input applied to a row: the one place where the state machine meets the store.
enum ReferralChange {
    /// Kind of the timer that tells when a moment has passed.
    static let timer = "referral-clock"

    struct Done {
        let row: ReferralRow
        let changed: Bool
    }

    static func apply(
        _ input: ReferralInput, to row: ReferralRow, _ details: ReferralDetails, desk: SchedulingDesk,
        in context: CommandContext
    ) throws -> Done {
        switch ReferralMachine.apply(input, to: row.state) {
        case .refused(let refusal): throw refusal.fault
        case .unchanged: return Done(row: row, changed: false)
        case .changed(let state, let event):
            // The same visit again.
            if case .schedule(true) = input, row.stage == .scheduled, row.appointment == details.appointment {
                return Done(row: row, changed: false)
            }
            var new = changed(row, to: state, input, details, at: context.now)
            new.version = row.version + 1
            try write(&new, from: row, event, details, desk: desk, in: context)
            return Done(row: new, changed: true)
        }
    }

    /// Writes a row that has changed, sets its clock, and tells it.
    static func write(
        _ new: inout ReferralRow, from row: ReferralRow, _ event: ReferralEvent,
        _ details: ReferralDetails = ReferralDetails(), desk: SchedulingDesk, in context: CommandContext
    ) throws {
        let rules = try desk.referralRules(row.policy, tenant: context.caller.tenant, in: context.transaction).rules
        setClock(of: &new, by: rules)
        guard try ReferralStore.update(new, from: row.version, in: context.transaction) else {
            throw Fault(
                .conflict, "referral.changed", "Somebody else changed this referral meanwhile.",
                remedy: "Look at it again.")
        }
        try setTimer(of: new, in: context)
        context.emit(told(event, new, details))
    }

    static func setClock(of row: inout ReferralRow, by rules: ReferralRules) {
        let next = rules.next(of: row)
        if row.dueAt != next?.due { row.overdueAt = nil }
        row.clock = next?.clock
        row.dueAt = next?.due
    }

    static func setTimer(of row: ReferralRow, in context: CommandContext) throws {
        if let due = row.dueAt, row.overdueAt == nil {
            try Timers.set(timer, target: row.id.raw, due: due, ids: context.ids, in: context.transaction)
        } else {
            try Timers.cancel(timer, target: row.id.raw, in: context.transaction)
        }
    }

    static func told(_ event: ReferralEvent, _ row: ReferralRow, _ details: ReferralDetails = .init()) -> NewEvent {
        var body = JSONObject()
        body["referral"] = .string(row.id.text)
        body["referral_kind"] = .string(row.kind.rawValue)
        body["stage"] = .string(row.stage.rawValue)
        if let line = row.serviceLine { body["service_line"] = .string(line) }
        if event == .closed, let outcome = row.outcome { body["outcome"] = .string(outcome.rawValue) }
        if event == .scheduled, let visit = row.appointment { body["appointment"] = .string(visit.text) }
        if event == .overdue, let clock = row.clock { body["clock"] = .string(clock.rawValue) }
        if let channel = details.channel { body["channel"] = .string(channel.rawValue) }
        if let outcome = details.outcome { body["attempt"] = .string(outcome.rawValue) }
        return NewEvent(.referral(event), patient: row.patient, labels: row.labels, body: .object(body))
    }

    private static func changed(
        _ row: ReferralRow, to state: ReferralState, _ input: ReferralInput, _ details: ReferralDetails, at now: Instant
    ) -> ReferralRow {
        var new = row
        new.status = state.status
        new.stage = state.stage
        new.vain = state.vain
        new.outcome = state.outcome
        if let content = details.content { new.sealed = content }
        if state.status != .onHold { new.heldUntil = nil }
        switch input {
        case .accept: new.acceptedAt = now
        case .attempt:
            new.attempts += 1
            new.firstContactAt = row.firstContactAt ?? now
        case .schedule(let own):
            new.acceptedAt = row.acceptedAt ?? now
            new.appointment = own ? details.appointment : nil
            new.scheduledAt = details.scheduledAt
            new.hold = nil
        case .loseVisit: new.returnedAt = now
        case .see:
            new.acceptedAt = row.acceptedAt ?? now
            new.seenAt = details.at ?? now
            new.seenPlace = details.seenPlace ?? .asReferred
        case .report:
            new.reportedAt = details.at ?? now
            // What has a report took place.
            if row.kind != .result, row.seenAt == nil {
                new.seenAt = details.at ?? now
                new.seenPlace = details.seenPlace ?? .asReferred
            }
        case .acknowledge: new.acknowledgedAt = now
        case .hold: new.heldUntil = details.until
        case .close, .decline:
            new.closedAt = now
            new.hold = nil
        case .reopen:
            new.closedAt = nil
            new.acknowledgedAt = nil
            new.returnedAt = now
            new.scheduledAt = nil
            new.appointment = nil
            // A referral begins anew; of a result there is only the looking at it.
            if row.kind != .result {
                new.seenAt = nil
                new.seenPlace = nil
                new.reportedAt = nil
            } else {
                new.reportedAt = now
            }
            new.acceptedAt = row.acceptedAt ?? now
        case .activate, .resume: break
        }
        return new
    }
}
