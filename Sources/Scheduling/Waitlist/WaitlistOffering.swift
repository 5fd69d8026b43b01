import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault

/// Turns visits that were called off or moved into openings. Replaying the log opens nothing twice.
struct WaitlistOpenings: Sendable {
    static let name = "waitlist-openings"
    let waitlist: WaitlistDesk

    var subscriber: Subscriber {
        Subscriber(
            Self.name, kinds: [.appointment(.cancelled), .appointment(.moved)], permissions: [.appointmentRead]
        ) {
            for event in $0 { try handle(event, $1) }
        }
    }

    /// Why a visit was called off that leaves no time: nobody is there to see anybody.
    private static let closed: Set<String> = ["practitioner", "closed", "external-declined"]

    private func handle(_ event: StoredEvent, _ context: CommandContext) throws {
        let body = event.body
        // Recorded from elsewhere, it is history.
        guard body["source"] == nil, !Self.closed.contains(body["reason"]?.string ?? ""),
            let id = body["appointment"]?.string.flatMap({ ID<Appointment>($0) }),
            let row = try AppointmentStore.find(id, in: context.transaction),
            let place = try left(event, row, context)
        else { return }
        guard place.span.start > context.now.microseconds else { return }
        // Nobody is there to see anybody.
        let isAway = try BumpStore.standing(place.span, in: context.transaction).contains { absence in
            absence.kind == .practitioner && absence.key == place.practitioner
                || absence.kind == .location && absence.key == place.location
        }
        if isAway { return }
        let opening: ID<WaitlistOpening> = context.newID()
        // The number of the move names the place that was left, however late the event is read.
        let placement = body["placement"]?.int.map { Int($0) } ?? row.placement
        guard
            try OfferStore.insert(
                opening, place, appointment: id, placement: placement, patient: row.patient,
                cause: event.kind == .appointment(.moved) ? "moved" : "cancelled", at: context.now,
                in: context.transaction)
        else { return }
        try waitlist.wake([opening], in: context)
    }

    /// Where and when the visit was. A later move of a visit does not change what an earlier one left.
    private func left(
        _ event: StoredEvent, _ row: AppointmentRow, _ context: CommandContext
    ) throws -> Placement? {
        guard event.kind == .appointment(.moved) else { return row.place }
        let body = event.body
        guard let type = body["from_visit_type"]?.string, let practitioner = body["from_practitioner"]?.string,
            let location = body["from_location"]?.string, let local = body["from_local_start"]?.string,
            let zone = body["from_zone"]?.string, let start = body["from_starts_at"]?.int,
            let minutes = body["from_minutes"]?.int
        else { return nil }
        return Placement(
            visitType: type, practitioner: practitioner, location: location, localStart: local, zone: zone,
            timeZoneVersion: row.place.timeZoneVersion,
            span: TimeSpan(start: start, end: start + minutes * DayFrame.minute), labels: row.place.labels)
    }
}

/// Offers an opening to the next who should be asked. Runs when a time came free, when answers are due, when somebody
/// declined and when somebody joined: one timer for each opening.
struct WaitlistOffering: Sendable {
    static let permissions: Set<Permission> = [
        .messageSend, .appointmentRead, .appointmentWrite, .patientRead, .waitlistRead, .waitlistWrite, .needWrite,
    ]
    let waitlist: WaitlistDesk

    var handler: TimerHandler {
        TimerHandler(WaitlistDesk.wave, permissions: Self.permissions) { target, context in
            try look(ID(raw: target), context)
        }
    }

    func look(_ id: ID<WaitlistOpening>, _ context: CommandContext) throws {
        let transaction = context.transaction
        guard let opening = try OfferStore.opening(id, locking: true, in: transaction), opening.state == "open" else {
            return
        }
        try OfferStore.expire(id, at: context.now, in: transaction)
        let policy = try waitlist.policy(context.caller.tenant)
        let last = WaitlistMatching(policy).lastMoment(opening.start)
        guard context.now < last else {
            return try OfferStore.close(id, as: "lapsed", at: context.now, in: transaction)
        }
        let tenant = context.caller.tenant
        // Others were given it, or the room or the last visit of the day that it needs.
        if try waitlist.isTaken(opening, tenant: tenant, at: context.now, in: transaction) {
            return try OfferStore.close(id, as: "taken", at: context.now, in: transaction)
        }
        let reading = try WaitlistReading(
            opening, waitlist, tenant: tenant, now: context.now, .messageSend, context.access, in: transaction)
        let asked = try ask(reading, context)
        if asked.sent > 0 { try OfferStore.countWave(id, in: transaction) }
        try setTimer(id, hasMore: asked.hasMore, until: last, context)
    }

    /// Asks the next, and others in place of those who could not have the time or to whom nothing may be sent: how many
    /// were asked, and whether there may be somebody to ask later.
    private func ask(_ reading: WaitlistReading, _ context: CommandContext) throws -> (sent: Int, hasMore: Bool) {
        var decision = reading.matching.decide(
            reading.opened, reading.candidates, asked: reading.asked, waiting: reading.waiting, now: context.now)
        var tallies = reading.tallies
        var sent = 0
        var judged = 0
        while sent < decision.room, judged < WaitlistRules.mostJudged, let next = decision.line.next(tallies) {
            guard let row = reading.entries[next.entry], let plain = reading.plain[row.patient] else { continue }
            judged += 1
            guard try waitlist.couldTake(row, reading.opening, plain, context) else {
                decision.somePass = true  // the room that a visit needs may come free
                continue
            }
            switch try offer(reading, row, by: decision.answerBy, context) {
            case nil:
                sent += 1
                tallies[row.group, default: GroupTally(heads: 1)].offers += 1
            case MessageOutcome.noTemplate: return (sent, true)  // nobody else would get any either
            default: break
            }
        }
        return (sent, decision.hasMore(asked: sent))
    }

    /// Why nothing may be sent, which the row says too; nil: it is sent.
    private func offer(
        _ reading: WaitlistReading, _ entry: EntryRow, by answerBy: Instant, _ context: CommandContext
    ) throws -> String? {
        let opening = reading.opening
        let id: ID<WaitlistOffer> = context.newID()
        let (slot, _) = try waitlist.desk.slot(try opening.question(entry.wish.visitType), in: context)
        let place = try waitlist.desk.placement(of: slot, tenant: context.caller.tenant)
        let zone = try waitlist.desk.plans.timeZones.zone(place.zone)
        let words = VisitWording(
            place, configuration: try waitlist.desk.plans.configuration(of: context.caller.tenant),
            language: Language(tag: reading.plain[entry.patient]?.language ?? "en"), zone: zone, now: context.now)
        var values = words.values
        values[TemplateVariable.link.rawValue] = try waitlist.link(id, context.vault)
        values[TemplateVariable.until.rawValue] = words.dates.dateTime(
            zone.civil(at: answerBy.microseconds), today: words.today)
        let outcome = try waitlist.desk.messaging.send(
            MessageRequest(
                patient: entry.patient, purpose: MessagePurpose.appointmentChange.rawValue,
                template: TemplateUse.waitlistOffer.rawValue, values: values, need: entry.need,
                // A yes by text finds the offer as it finds a visit: by its id (`StoredAppointmentBook`).
                appointment: ID(raw: id.raw), expectsReply: true, locationZone: place.zone,
                location: place.location, mail: MailForm(), labels: place.labels), context: context)
        switch outcome {
        case .withheld(let reason):
            try OfferStore.insert(
                id, opening: opening, entry: entry, state: "withheld", reason: reason, message: nil, until: answerBy,
                at: context.now, in: context.transaction)
            return reason
        case .queued(let message), .held(let message, _):
            var until = answerBy
            if case .held(_, let leaves) = outcome {
                let last = reading.matching.lastMoment(opening.start)
                until = max(answerBy, min(leaves + (answerBy - context.now), last))
            }
            try OfferStore.insert(
                id, opening: opening, entry: entry, state: "offered", reason: nil, message: message, until: until,
                at: context.now, in: context.transaction)
            context.emit(
                WaitlistDesk.event(
                    .waitlistOffered, entry,
                    [("offer", id.text), ("opening", opening.id.text), ("local_start", opening.localStart)]))
            return nil
        }
    }

    /// The next look: when the first answer is due, or when somebody may be asked who may not be asked now.
    private func setTimer(
        _ id: ID<WaitlistOpening>, hasMore: Bool, until last: Instant, _ context: CommandContext
    ) throws {
        let live = try OfferStore.all(of: id, in: context.transaction).filter { $0.state == "offered" }
        let retry = context.now + .minutes(WaitlistRules.retryMinutes)
        // While nobody suits, somebody may join; the end of it is told at the last moment.
        let next = live.map(\.expiresAt).min() ?? (hasMore ? retry : last)
        try Timers.set(
            WaitlistDesk.wave, target: id.raw, due: min(next, last), ids: context.ids, in: context.transaction)
    }
}
