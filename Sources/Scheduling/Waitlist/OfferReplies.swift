import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

// Yes and no by text.
//
// - A message with an offer asks for a reply as a reminder does; the reader of replies knows it by the offer's id, and
//   asks the book of visits for it (`StoredAppointmentBook`).
// - The answer is written down with the message, and done a moment later by a timer of its own, with rights of its own.
// - A yes that came too late is answered: somebody waits for it.

enum OfferReplies {
    static let yes = "waitlist-yes"
    static let no = "waitlist-no"

    /// An offer that waits for an answer, as a visit that is proposed; nil: there is none by this id.
    static func proposed(
        _ id: ID<Appointment>, in transaction: any Transaction
    ) throws -> AppointmentSummary? {
        guard let offer = try OfferStore.find(ID(raw: id.raw), in: transaction), offer.state == "offered",
            let opening = try OfferStore.opening(offer.opening, in: transaction),
            let entry = try WaitlistStore.find(offer.entry, in: transaction)
        else { return nil }
        return AppointmentSummary(
            id: id, patient: offer.patient, need: entry.need, status: "proposed", confirmed: false,
            pendingExternal: false, localStart: opening.localStart, zone: opening.zone, startsAt: opening.start,
            endsAt: Instant(microseconds: opening.span.end), minutes: opening.minutes,
            visitType: entry.wish.visitType, practitioner: opening.practitioner, location: opening.location)
    }

    /// Whether it was an offer: then the answer is kept, to be acted on at once.
    static func keep(_ id: ID<Appointment>, _ timer: String, context: CommandContext) throws -> Bool {
        guard try OfferStore.find(ID(raw: id.raw), in: context.transaction) != nil else { return false }
        try Timers.set(timer, target: id.raw, due: context.now, ids: context.ids, in: context.transaction)
        return true
    }

    static func handlers(_ waitlist: WaitlistDesk) -> [TimerHandler] {
        [
            TimerHandler(yes, permissions: WaitlistOffering.permissions) { target, context in
                let id = ID<WaitlistOffer>(raw: target)
                guard try OfferStore.find(id, in: context.transaction) != nil else { return }
                let answer = try context.run(AcceptOffer(id, by: "sms", waitlist: waitlist))
                if answer.outcome != .accepted { try tell(answer.outcome, of: id, waitlist, context) }
            },
            TimerHandler(no, permissions: WaitlistOffering.permissions) { target, context in
                let id = ID<WaitlistOffer>(raw: target)
                guard let offer = try OfferStore.find(id, in: context.transaction), offer.state != "accepted" else {
                    return
                }
                _ = try context.run(DeclineOffer(id, by: "sms", waitlist: waitlist))
            },
        ]
    }

    /// That the time has gone, to who wanted it; when it is there and not for them, whom to call.
    private static func tell(
        _ outcome: OfferAnswer.Outcome, of id: ID<WaitlistOffer>, _ waitlist: WaitlistDesk, _ context: CommandContext
    ) throws {
        guard let offer = try OfferStore.find(id, in: context.transaction),
            let visit = try proposedPlace(offer, waitlist, context),
            let plain = try waitlist.desk.directory.plain(of: [offer.patient], in: context.transaction)[offer.patient]
        else { return }
        let words = VisitWording(
            visit, configuration: try waitlist.desk.plans.configuration(of: context.caller.tenant),
            language: Language(tag: plain.language), zone: try waitlist.desk.plans.timeZones.zone(visit.zone),
            now: context.now)
        let isGone = outcome == .gone || outcome == .late
        // What the policy withholds is not sent; the page of the link says the same.
        _ = try waitlist.desk.messaging.send(
            MessageRequest(
                patient: offer.patient,
                purpose: (isGone ? MessagePurpose.reply : .serviceNotice).rawValue,
                template: (isGone ? TemplateUse.waitlistGone : .help).rawValue, values: words.values,
                locationZone: visit.zone,
                location: visit.location, labels: visit.labels), context: context)
    }

    private static func proposedPlace(
        _ offer: OfferRow, _ waitlist: WaitlistDesk, _ context: CommandContext
    ) throws -> Placement? {
        guard let opening = try OfferStore.opening(offer.opening, in: context.transaction),
            let entry = try WaitlistStore.find(offer.entry, in: context.transaction)
        else { return nil }
        return Placement(
            visitType: entry.wish.visitType, practitioner: opening.practitioner, location: opening.location,
            localStart: opening.localStart, zone: opening.zone, timeZoneVersion: waitlist.desk.plans.timeZones.version,
            span: opening.span,
            labels: try waitlist.desk.plans.labels(of: entry.wish.visitType, tenant: context.caller.tenant))
    }
}
