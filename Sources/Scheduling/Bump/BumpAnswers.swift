package import Kernel
import SchedulingAPI
package import Spine
package import Vault

/// What came of an answer. Not a fault: that a time has gone is told kindly.
package struct BumpAnswer: Sendable, Codable, Equatable {
    package enum Outcome: String, Sendable, Codable, CaseIterable {
        /// The visit was moved there.
        case chosen
        /// They want none of the times: they are called.
        case declined
        /// It is held no more, or the visit has another outcome.
        case gone
        /// The time to answer was over.
        case late
    }

    package let outcome: Outcome
}

/// The patient takes one of the times. The first answer counts; the same one twice is one.
package struct ChooseBumped: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<BumpedVisit>
    private let choice: ID<SlotHold>
    private let by: String
    private let bump: BumpDesk

    /// `by`: link, sms.
    package init(_ id: ID<BumpedVisit>, choice: ID<SlotHold>, by: String, bump: BumpDesk) {
        self.id = id
        self.choice = choice
        self.by = by
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> BumpAnswer {
        let row = try bump.visit(id, in: context)
        let choices = try BumpStore.choices(of: [id], in: context.transaction)[id] ?? []
        guard let chosen = choices.first(where: { $0.hold == choice }) else { return BumpAnswer(outcome: .gone) }
        if row.state == "moved", chosen.state == "booked" { return BumpAnswer(outcome: .chosen) }
        guard row.isWaiting else { return BumpAnswer(outcome: .gone) }
        guard let until = row.answerBy, until > context.now else { return BumpAnswer(outcome: .late) }
        guard chosen.isLive(at: context.now) else { return BumpAnswer(outcome: .gone) }
        try bump.place(row, at: choice, by: by, in: context)
        return BumpAnswer(outcome: .chosen)
    }
}

/// The patient wants none of the times, and to be called. They may still choose one while it is held.
package struct DeclineBumped: Command {
    package static let permission = Permission.bumpWrite
    private let id: ID<BumpedVisit>
    private let by: String
    private let bump: BumpDesk

    package init(_ id: ID<BumpedVisit>, by: String, bump: BumpDesk) {
        self.id = id
        self.by = by
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> BumpAnswer {
        let row = try bump.visit(id, in: context)
        guard row.isWaiting else { return BumpAnswer(outcome: .gone) }
        if row.wantsNone { return BumpAnswer(outcome: .declined) }
        try BumpStore.wantsNone(id, by: by, at: context.now, in: context.transaction)
        try Timers.cancel(BumpDesk.asking, target: id.raw, in: context.transaction)
        context.emit(BumpDesk.event(.bumpDeclined, row, [("by", by)]))
        return BumpAnswer(outcome: .declined)
    }
}
