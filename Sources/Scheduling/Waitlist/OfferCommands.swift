package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import StudioAPI
package import Vault

/// What came of an answer to an offer. Not a fault: that a time has gone is told kindly, and kept.
package struct OfferAnswer: Sendable, Codable, Equatable {
    package enum Outcome: String, Sendable, Codable, CaseIterable {
        case accepted, declined
        /// Somebody was faster, or it is offered no more.
        case gone
        /// The time to answer was over.
        case late
        /// They have another visit at that time.
        case busy
        /// It is there, and may not be had by this patient: `reason` says why.
        case refused
    }

    package let outcome: Outcome
    /// The visit that came of it.
    package let appointment: Int64?
    /// A `SlotRefusal`.
    package var reason: String?
}

/// The rows that an answer is about, locked in one order: opening, offer, entry.
private struct Answering {
    let offer: OfferRow
    let opening: OpeningRow
    let entry: EntryRow
    let client: SchedulingDesk.Client

    init(_ id: ID<WaitlistOffer>, _ waitlist: WaitlistDesk, _ context: CommandContext) throws {
        let transaction = context.transaction
        guard let known = try OfferStore.find(id, in: transaction),
            let opening = try OfferStore.opening(known.opening, locking: true, in: transaction),
            let offer = try OfferStore.find(id, locking: true, in: transaction),
            let entry = try WaitlistStore.find(offer.entry, locking: true, in: transaction)
        else { throw try waitlist.absent("waitlist-offer", in: context) }
        client = try waitlist.client(offer.patient, offer.labels, as: "waitlist-offer", in: context)
        self.offer = offer
        self.opening = opening
        self.entry = entry
    }
}

/// The patient takes the time: it is booked, or their later visit is moved there, in the same transaction. The first who
/// says so has it; the schema knows one acceptance for an opening.
package struct AcceptOffer: Command {
    package static let permission = Permission.waitlistWrite
    private let id: ID<WaitlistOffer>
    private let by: String
    private let waitlist: WaitlistDesk

    /// `by`: link, sms, console, api.
    package init(_ id: ID<WaitlistOffer>, by: String, waitlist: WaitlistDesk) {
        self.id = id
        self.by = by
        self.waitlist = waitlist
    }

    package func run(_ context: CommandContext) throws -> OfferAnswer {
        let rows = try Answering(id, waitlist, context)
        // Said twice, it is one yes.
        if rows.offer.state == "accepted" {
            return OfferAnswer(outcome: .accepted, appointment: rows.offer.appointment?.raw)
        }
        // Said again, it is refused for the same reason.
        if rows.offer.state == "withdrawn", let reason = rows.offer.reason {
            return OfferAnswer(outcome: .refused, appointment: nil, reason: reason)
        }
        guard rows.opening.state == "open", rows.offer.state == "offered", rows.entry.state == "waiting" else {
            let isLate = rows.offer.state == "expired" && rows.opening.state == "open"
            return OfferAnswer(outcome: isLate ? .late : .gone, appointment: nil)
        }
        guard rows.offer.expiresAt > context.now else {
            try OfferStore.expire(rows.opening.id, at: context.now, in: context.transaction)
            return OfferAnswer(outcome: .late, appointment: nil)
        }
        return try take(rows, context)
    }

    private func take(_ rows: Answering, _ context: CommandContext) throws -> OfferAnswer {
        let transaction = context.transaction
        let type = rows.entry.wish.visitType
        let question = try rows.opening.question(type)
        guard try waitlist.isPlace(rows.opening, for: type, tenant: context.caller.tenant, at: context.now) else {
            try OfferStore.close(rows.opening.id, as: "lapsed", at: context.now, in: transaction)
            return OfferAnswer(outcome: .gone, appointment: nil)
        }
        let (wish, later) = try waitlist.wish(
            of: rows.entry, rows.opening, rows.client, .appointmentWrite, transaction, context.access)
        // A later visit that was agreed before their death can be moved by staff; nobody says yes for them.
        if rows.client.plain.deceased { return try refused(.deceased, rows, question, context) }
        // Read before anything is written: whether the time is there is not found out by trying.
        if let refusal = try TimeTaking.refusal(
            of: wish, desk: waitlist.desk, tenant: context.caller.tenant, at: context.now, in: transaction)
        {
            return try refused(refusal, rows, question, context)
        }
        let answer =
            if let later {
                try context.run(
                    MoveAppointment(later.id, to: .slot(question), breakingLinks: true, desk: waitlist.desk))
            } else {
                try context.run(
                    BookAppointment(
                        .slot(question, patient: rows.offer.patient), need: rows.entry.need, desk: waitlist.desk))
            }
        let visit = ID<Appointment>(raw: answer.id)
        // This one first: closing the opening tells all others that it has gone.
        try OfferStore.settle(id, as: "accepted", by: by, appointment: visit, at: context.now, in: transaction)
        try OfferStore.close(rows.opening.id, as: "filled", at: context.now, in: transaction)
        try Timers.cancel(WaitlistDesk.wave, target: rows.opening.id.raw, in: transaction)
        try WaitlistStore.end(
            rows.entry.id, as: "booked", reason: "offer", appointment: visit, at: context.now, in: transaction)
        try waitlist.wake(try OfferStore.withdraw(of: rows.entry.id, in: transaction), in: context)
        context.concerns(.patient(rows.offer.patient))
        context.emit(
            WaitlistDesk.event(
                .waitlistAccepted, rows.entry,
                [("offer", id.text), ("appointment", visit.text), ("by", by), ("moved", later == nil ? "no" : "yes")]))
        return OfferAnswer(outcome: .accepted, appointment: answer.id)
    }

    /// Why they do not have it: the time has gone for everybody, or it is there and not for them.
    private func refused(
        _ refusal: SlotRefusal, _ rows: Answering, _ question: SlotFinder.Question, _ context: CommandContext
    ) throws -> OfferAnswer {
        let transaction = context.transaction
        let tenant = context.caller.tenant
        if refusal == .patientBusy { return OfferAnswer(outcome: .busy, appointment: nil) }
        if try waitlist.isTaken(rows.opening, tenant: tenant, at: context.now, in: transaction) {
            try OfferStore.close(rows.opening.id, as: "taken", at: context.now, in: transaction)
            return OfferAnswer(outcome: .gone, appointment: nil)
        }
        let anybody = TimeWish(question: question, visitor: .unknown, patient: nil)
        let isGone =
            try TimeTaking.refusal(
                of: anybody, desk: waitlist.desk, tenant: tenant, at: context.now, in: transaction) != nil
        // Held, or had by others who wait for another visit: it may come free again.
        if isGone { return OfferAnswer(outcome: .gone, appointment: nil) }
        // From whom something is hidden a paper may be hidden: the patient can still say yes themselves.
        if context.caller.hidden.isEmpty {
            try OfferStore.refuse(id, refusal.rawValue, by: by, at: context.now, in: transaction)
            try waitlist.wake([rows.opening.id], in: context)
        }
        return OfferAnswer(outcome: .refused, appointment: nil, reason: refusal.rawValue)
    }
}

/// The patient does not want the time; they stay on the list, and the next is asked.
package struct DeclineOffer: Command {
    package static let permission = Permission.waitlistWrite
    private let id: ID<WaitlistOffer>
    private let by: String
    private let waitlist: WaitlistDesk

    package init(_ id: ID<WaitlistOffer>, by: String, waitlist: WaitlistDesk) {
        self.id = id
        self.by = by
        self.waitlist = waitlist
    }

    package func run(_ context: CommandContext) throws -> OfferAnswer {
        let rows = try Answering(id, waitlist, context)
        let answer = OfferAnswer(outcome: .declined, appointment: nil)
        if rows.offer.state == "accepted" {
            throw Fault(
                .conflict, "waitlist.accepted", "The time was taken already.", remedy: "Cancel the visit instead.")
        }
        guard rows.offer.state == "offered" else { return answer }
        try OfferStore.settle(id, as: "declined", by: by, at: context.now, in: context.transaction)
        if rows.opening.state == "open" { try waitlist.wake([rows.opening.id], in: context) }
        context.emit(WaitlistDesk.event(.waitlistDeclined, rows.entry, [("offer", id.text), ("by", by)]))
        return answer
    }
}

/// The opening, locked, when the caller may act for whose visit left it. Absent and out of reach look alike.
private func reach(
    _ id: ID<WaitlistOpening>, _ waitlist: WaitlistDesk, _ context: CommandContext
) throws -> OpeningRow {
    guard let opening = try OfferStore.opening(id, locking: true, in: context.transaction) else {
        throw try waitlist.absent("waitlist-opening", in: context)
    }
    _ = try waitlist.client(opening.patient, opening.labels, as: "waitlist-opening", in: context)
    return opening
}

/// Offers a time that came free to the next, now. It happens by itself too; the machine asks, so that nobody is passed over
/// whom the caller cannot see.
package struct OfferOpening: Command {
    package static let permission = Permission.waitlistWrite
    private let id: ID<WaitlistOpening>
    private let waitlist: WaitlistDesk

    package init(_ id: ID<WaitlistOpening>, waitlist: WaitlistDesk) {
        self.id = id
        self.waitlist = waitlist
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let opening = try reach(id, waitlist, context)
        guard opening.state == "open", opening.start > context.now else { throw WaitlistFaults.closed }
        try waitlist.wake([id], in: context)
        return true
    }
}

/// Stops offering a time that came free. Nothing happens when it is over already.
package struct WithdrawOpening: Command {
    package static let permission = Permission.waitlistWrite
    private let id: ID<WaitlistOpening>
    private let waitlist: WaitlistDesk

    package init(_ id: ID<WaitlistOpening>, waitlist: WaitlistDesk) {
        self.id = id
        self.waitlist = waitlist
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let opening = try reach(id, waitlist, context)
        guard opening.state == "open" else { return false }
        try OfferStore.close(id, as: "withdrawn", at: context.now, in: context.transaction)
        try Timers.cancel(WaitlistDesk.wave, target: id.raw, in: context.transaction)
        return true
    }
}
