package import Kernel
import PeopleAPI
package import SchedulingAPI
package import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

/// Referrals as other areas may ask of them and bring them in.
package struct StoredReferrals: ReferralBook, ReferralIntake {
    private let desk: SchedulingDesk

    package init(desk: SchedulingDesk) {
        self.desk = desk
    }

    package func referrals(
        of patients: PatientSet, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [ReferralSummary] {
        try ReferralStore.of(patients.members, limit: limit, for: caller, in: transaction).map(\.summary)
    }

    package func receive(
        _ received: ReceivedReferral, context: CommandContext
    ) throws -> ReceivedReferral.Taken? {
        guard let kind = ReferralKind(rawValue: received.kind), let status = ReferralStatus(rawValue: received.status)
        else { throw Fault.invalid("status", "Not a status of a request.") }
        let hash = RecordReferral.hash(received.identifier, context.vault)
        if let row = try ReferralStore.find(source: hash, in: context.transaction) {
            guard row.patient == received.patient else {
                throw Fault(.conflict, "referral.identifier", "Another referral has this identifier.")
            }
            _ = try desk.referral(row.id, in: context)
            return try update(row, received, status, context)
        }
        guard status.isOpen else { return nil }
        // Nothing is followed for somebody who died but what came back.
        let plain = try desk.directory.plain(of: [received.patient], in: context.transaction)[received.patient]
        if plain?.deceased ?? false, kind != .result { return nil }
        var new = NewReferral(patient: received.patient, kind: kind, source: received.source)
        new.category = received.category.flatMap(OrderCategory.init(rawValue:))
        if kind == .order, new.category == nil { new.category = .procedure }
        new.isDraft = status == .draft
        new.priority = NeedPriority(rawValue: received.priority) ?? .routine
        new.code = received.code
        new.codeSystem = received.codeSystem
        new.content = content(received)
        if new.content.what == nil, new.code == nil { new.content.what = "ServiceRequest" }
        new.expiresOn = day(received.expiresOn)
        new.identifier = received.identifier
        new.receivedAt = received.authoredAt
        new.labels = received.labels
        let answer = try context.run(RecordReferral(new, desk: desk))
        return ReceivedReferral.Taken(id: ID(raw: answer.id), effect: .recorded)
    }

    /// What looks like a day of the calendar and is none says nothing.
    private func day(_ text: String?) -> String? { text.flatMap { CivilDate(iso: $0)?.iso } }

    private func content(_ received: ReceivedReferral) -> ReferralContent {
        var content = ReferralContent()
        content.what = received.codeText.map { String($0.prefix(ReferralContent.longestName)) }
        content.reason = received.reason.map { String($0.prefix(ReferralContent.longestText)) }
        content.requesterName = received.requesterName.map { String($0.prefix(ReferralContent.longestName)) }
        content.performerName = received.performerName.map { String($0.prefix(ReferralContent.longestName)) }
        return content
    }

    /// What the source says now: its words, its priority, and whether it still wants it. What was done here stays done.
    private func update(
        _ row: ReferralRow, _ received: ReceivedReferral, _ status: ReferralStatus, _ context: CommandContext
    ) throws -> ReceivedReferral.Taken {
        if row.stage == .closed { return ReceivedReferral.Taken(id: row.id, effect: .unchanged) }
        let outcome: ReferralOutcome? =
            switch status {
            case .revoked: .cancelledByRequester
            case .enteredInError: .enteredInError
            case .draft, .active, .onHold, .completed: nil
            }
        // What the requester takes back after the patient was seen, or with a visit booked, is for a person to undo.
        if let outcome, case .changed = ReferralMachine.apply(.close(outcome), to: row.state) {
            _ = try ReferralChange.apply(.close(outcome), to: row, ReferralDetails(), desk: desk, in: context)
            return ReceivedReferral.Taken(id: row.id, effect: .closed)
        }
        var new = row
        new.priority = NeedPriority(rawValue: received.priority) ?? row.priority
        new.expiresOn = day(received.expiresOn) ?? row.expiresOn
        new.code = received.code ?? row.code
        new.codeSystem = received.codeSystem ?? row.codeSystem
        if row.status == .draft, status == .active { new.status = .active }
        let told = content(received)
        var isNew = new.priority != row.priority || new.expiresOn != row.expiresOn || new.code != row.code
        isNew = isNew || new.status != row.status
        new.sealed = try desk.rewrite(row, in: context) { content in
            let before = content
            content.what = told.what ?? content.what
            content.reason = told.reason ?? content.reason
            content.requesterName = told.requesterName ?? content.requesterName
            content.performerName = told.performerName ?? content.performerName
            isNew = isNew || content != before
        }
        guard isNew else { return ReceivedReferral.Taken(id: row.id, effect: .unchanged) }
        new.version += 1
        try ReferralChange.write(
            &new, from: row, new.status == row.status ? .described : .activated, desk: desk, in: context)
        return ReceivedReferral.Taken(id: row.id, effect: .updated)
    }
}
