import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

// Answers by text: the number of a time, or no.
//
// - The message numbers its times; the reader of replies knows each by the id of its hold, and asks the book of visits for
//   it (`StoredAppointmentBook`), as it does for an offer of the waitlist.
// - The answer is written down with the message, and done a moment later by a timer of its own, with rights of its own.
// - Who chose a time that is held no more is told so: they wait for it.

enum BumpReplies {
    static let choice = "bump-choice"
    static let no = "bump-no"

    /// A time that waits for an answer, as a visit that is proposed; nil: there is none by this id.
    static func proposed(
        _ id: ID<Appointment>, in transaction: any Transaction
    ) throws -> AppointmentSummary? {
        let hold = ID<SlotHold>(raw: id.raw)
        guard let visit = try BumpStore.visit(choosing: hold, in: transaction),
            let row = try BumpStore.find(visit, in: transaction), row.isWaiting,
            let choice = try BumpStore.choices(of: [visit], in: transaction)[visit]?.first(where: { $0.hold == hold }),
            choice.state == "held"
        else { return nil }
        let place = choice.place
        return AppointmentSummary(
            id: id, patient: row.patient, need: nil, status: "proposed", confirmed: false, pendingExternal: false,
            localStart: place.localStart, zone: place.zone, startsAt: Instant(microseconds: place.span.start),
            endsAt: Instant(microseconds: place.span.end), minutes: place.minutes, visitType: place.visitType,
            practitioner: place.practitioner, location: place.location)
    }

    /// Whether it was such a time: then the answer is kept, to be acted on at once.
    static func keep(_ id: ID<Appointment>, _ timer: String, context: CommandContext) throws -> Bool {
        guard let visit = try BumpStore.visit(choosing: ID(raw: id.raw), in: context.transaction) else { return false }
        // A no is one, whichever of the times it is read of.
        let target = timer == no ? visit.raw : id.raw
        try Timers.set(timer, target: target, due: context.now, ids: context.ids, in: context.transaction)
        return true
    }

    static func handlers(_ bump: BumpDesk) -> [TimerHandler] {
        [
            TimerHandler(choice, permissions: BumpMachine.permissions) { target, context in
                let hold = ID<SlotHold>(raw: target)
                guard let visit = try BumpStore.visit(choosing: hold, in: context.transaction) else { return }
                let answer = try context.run(ChooseBumped(visit, choice: hold, by: "sms", bump: bump))
                if answer.outcome != .chosen { try tell(visit, bump, context) }
            },
            TimerHandler(no, permissions: BumpMachine.permissions) { target, context in
                let visit = ID<BumpedVisit>(raw: target)
                guard try BumpStore.find(visit, in: context.transaction) != nil else { return }
                _ = try context.run(DeclineBumped(visit, by: "sms", bump: bump))
            },
        ]
    }

    /// That the time is held no more. What the policy withholds is not sent; the page of the link says the same.
    private static func tell(_ id: ID<BumpedVisit>, _ bump: BumpDesk, _ context: CommandContext) throws {
        guard let row = try BumpStore.find(id, in: context.transaction),
            let visit = try AppointmentStore.find(row.appointment, in: context.transaction)
        else { return }
        _ = try bump.desk.messaging.send(
            MessageRequest(
                patient: row.patient, purpose: MessagePurpose.reply.rawValue,
                template: TemplateUse.bumpGone.rawValue, values: [:], locationZone: visit.place.zone,
                location: visit.place.location, labels: visit.place.labels), context: context)
    }
}
