package import ConversationsAPI
import JSON
package import Kernel
import PeopleAPI
package import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

extension Messaging {
    // MARK: Opening

    /// Opens a need with its facts; its id.
    func open(
        _ found: NeedClassifier.Found, in conversation: ConversationRow, from message: ID<Message>,
        step: NextStep? = nil, extra: [FoundFact] = [], context: CommandContext
    ) throws -> ID<Need> {
        let configuration = try definitions.configuration(of: context.caller.tenant)
        let plan = try NeedPlan.make(found.reason, at: context.now, configuration, zones: zones)
        let conversation = try label(
            conversation, with: Labels(codes: configuration.teams[plan.team]?.value.labels ?? []), context: context)
        let id: ID<Need> = context.newID()
        let need = NeedStore.NewNeed(
            id: id, conversation: conversation, reason: found.reason, plan: plan,
            nextStep: step ?? found.reason.firstStep,
            title: Self.title(found.words), at: context.now)
        try NeedStore.insert(need, vault: context.vault, in: context.transaction)
        try record(found.facts + extra, on: id, subject: conversation.keySubject, message: message, context: context)
        context.emit(
            .about(
                conversation, .needOpened, need: id,
                [
                    ("reason", .string(found.reason.rawValue)), ("priority", .string(plan.priority.rawValue)),
                    ("team", .string(plan.team)),
                ]))
        return id
    }

    /// Adds what a message says to a need.
    func record(
        _ facts: [FoundFact], on need: ID<Need>, subject: ID<KeySubject>, message: ID<Message>, context: CommandContext
    ) throws {
        for fact in facts {
            try NeedStore.insertFact(
                context.ids.nextRaw(), need: need, code: fact.code.rawValue, value: fact.value, source: "message",
                sourceID: message.raw, subject: subject, at: context.now, vault: context.vault, in: context.transaction)
        }
    }

    /// The writer's words as a title: one line, at most 80 characters, cut at a word.
    static func title(_ words: String) -> String {
        let line = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard let first = line.first else { return line }
        let capital = first.uppercased() + line.dropFirst()
        guard capital.count > 80 else { return capital }
        let cut = capital.prefix(79)
        let word = cut.lastIndex(of: " ").map { cut[..<$0] } ?? cut
        return word + "…"
    }

    // MARK: Moving on

    /// Changes a need's plain columns and tells it when its stage changed.
    func move(
        _ need: NeedRow, _ change: NeedStore.Change, in conversation: ConversationRow, context: CommandContext
    ) throws {
        try NeedStore.update(need, change, at: context.now, in: context.transaction)
        guard let stage = change.stage, stage != need.stage else { return }
        context.emit(
            .about(
                conversation, .needStageChanged, need: need.id,
                [("from", .string(need.stage.rawValue)), ("to", .string(stage.rawValue))]))
    }

    /// The patient wrote again: whoever waited for it is at turn, with a new due time.
    func patientWrote(_ need: NeedRow, in conversation: ConversationRow, context: CommandContext) throws {
        guard need.stage == .waitingPatient,
            let need = try NeedStore.need(need.id, lock: true, in: context.transaction), need.stage == .waitingPatient
        else { return }
        let due = try due(need, context: context)
        try move(
            need, NeedStore.Change(stage: .inProgress, nextStep: .answer, dueAt: due), in: conversation,
            context: context)
    }

    /// A person answered: the first answer is noted once, and the patient is at turn. One that waits for its hour counts
    /// as the first when it leaves (`firstAnswerLeft`).
    func responded(
        to need: NeedRow, in conversation: ConversationRow, leavesNow: Bool, context: CommandContext
    ) throws {
        var change = NeedStore.Change()
        if need.stage != .scheduled {
            change.stage = .waitingPatient
            change.nextStep = .awaitReply
            // By the end the service level allows, or by a new first answer when that is past.
            let end = try NeedStore.resolveBy(need.id, in: context.transaction) ?? need.dueAt
            change.dueAt = try end > context.now ? end : due(need, context: context)
        }
        if leavesNow, need.firstResponseAt == nil { noteFirstAnswer(need, &change, in: conversation, context: context) }
        try move(need, change, in: conversation, context: context)
    }

    /// A person's answer that had to wait has left.
    func firstAnswerLeft(_ message: ThreadStore.Outbound, context: CommandContext) throws {
        guard message.isByUser, let id = message.need,
            let need = try NeedStore.need(id, lock: true, in: context.transaction), need.isOpen,
            need.firstResponseAt == nil
        else { return }
        var change = NeedStore.Change()
        noteFirstAnswer(need, &change, in: message.conversation, context: context)
        try move(need, change, in: message.conversation, context: context)
    }

    private func noteFirstAnswer(
        _ need: NeedRow, _ change: inout NeedStore.Change, in conversation: ConversationRow, context: CommandContext
    ) {
        change.firstResponseAt = context.now
        context.emit(
            .about(
                conversation, .needResponded, need: need.id,
                [("seconds", .int((context.now - need.openedAt).components.seconds))]))
    }

    func due(_ need: NeedRow, context: CommandContext) throws -> Instant {
        let configuration = try definitions.configuration(of: context.caller.tenant)
        guard let team = configuration.teams[need.team] ?? configuration.intakeTeam else { return need.dueAt }
        return try NeedPlan.due(team.value, need.priority, from: context.now, configuration, zones).first
    }

    func close(
        _ need: NeedRow, _ outcome: NeedOutcome, in conversation: ConversationRow, context: CommandContext
    ) throws {
        guard try NeedStore.close(need.id, outcome: outcome, at: context.now, in: context.transaction) else {
            throw Fault(.conflict, "need.closed", "This need is already closed.")
        }
        context.emit(
            .about(
                conversation, .needClosed, need: need.id,
                [
                    ("outcome", .string(outcome.rawValue)), ("reason", .string(need.reason.rawValue)),
                    ("seconds", .int((context.now - need.openedAt).components.seconds)),
                ]))
    }

    // MARK: For other areas

    package func appointmentChanged(_ change: NeedAppointmentChange, context: CommandContext) throws {
        let transaction = context.transaction
        guard let need = try NeedStore.need(change.need, lock: true, in: transaction), need.isOpen,
            let conversation = try ThreadStore.conversation(need.conversation, in: transaction)
        else { return }
        // A labelled visit makes the talk about it as sensitive.
        let talk = try label(conversation, with: change.labels, context: context)
        var moved = NeedStore.Change()
        moved.appointment = change.appointment
        switch change.kind {
        case .booked:
            moved.stage = .scheduled
            moved.nextStep = .awaitVisit
            moved.dueAt = max(change.startsAt, context.now)
        case .confirmed, .arrived:
            moved.dueAt = max(change.startsAt, context.now)
        case .completed:
            // The visit that was wanted has happened: that is the outcome.
            return try close(need, .completed, in: talk, context: context)
        case .cancelled:
            moved.stage = .inProgress
            moved.nextStep = .offerTimes
            moved.dueAt = try due(need, context: context)
        case .noShow:
            moved.stage = .inProgress
            moved.nextStep = .answer
            moved.dueAt = try due(need, context: context)
        }
        try move(need, moved, in: talk, context: context)
    }

    package func openNeeds(
        of patients: PatientSet, grant: Grant, in transaction: any Transaction
    ) throws -> Asked<[NeedSummary]> {
        try NeedStore.open(of: patients.members, limit: 50, for: grant.caller, in: transaction).map { needs in
            try summaries(needs, grant: grant, in: transaction)
        }
    }

    private func summaries(
        _ needs: [(need: NeedRow, sealed: Sealed<NeedText>)], grant: Grant, in transaction: any Transaction
    ) throws -> [NeedSummary] {
        let names = try staff.names(of: Array(Set(needs.compactMap(\.need.owner))), in: transaction)
        return try needs.compactMap { need, sealed in
            guard grant.covers(need.dataOwner) else { return nil }
            let text = try sealed.open(grant, of: need.dataOwner, id: need.id.raw, subject: need.keySubject)
            return NeedSummary(
                id: need.id, patient: need.patient, reason: need.reason.rawValue, title: text.title,
                stage: need.stage.rawValue, priority: need.priority.rawValue, owner: need.owner,
                ownerName: need.owner.flatMap { names[$0]?.name }, team: need.team, nextStep: need.nextStep.rawValue,
                dueAt: need.dueAt, openedAt: need.openedAt)
        }
    }
}
