import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault

/// What patients are told of the times that are held for them: one message in each run, for a conversation that begins
/// with it takes keys that are made before.
struct BumpAsking: Sendable {
    let bump: BumpDesk

    var handlers: [TimerHandler] {
        [
            TimerHandler(BumpDesk.asking, permissions: BumpMachine.permissions) { target, context in
                try ask(ID(raw: target), context)
            },
            TimerHandler(BumpDesk.telling, permissions: BumpMachine.permissions) { target, context in
                try tell(ID(raw: target), context)
            },
        ]
    }

    // MARK: Which time?

    /// Asks, or asks once more. Nobody is asked at night, when the message would lie until the morning: the question waits
    /// instead, and with it the time to answer.
    private func ask(_ id: ID<BumpedVisit>, _ context: CommandContext) throws {
        let transaction = context.transaction
        guard let row = try bump.locked(id, in: transaction), row.isWaiting, !row.wantsNone, row.withheld == nil,
            let absence = try BumpStore.absence(row.absence, in: transaction), absence.state == "open", absence.offers,
            let visit = try AppointmentStore.find(row.appointment, in: transaction),
            let plain = try bump.desk.directory.plain(of: [row.patient], in: transaction)[row.patient]
        else { return }
        if let answerBy = row.answerBy, answerBy > context.now {
            return try Timers.set(
                BumpDesk.asking, target: id.raw, due: answerBy, ids: context.ids, in: transaction)
        }
        guard row.asked < BumpRules.texts else {
            return context.emit(BumpDesk.event(.bumpUnanswered, row))
        }
        // Made-up people are not written to.
        if visit.source == "generated" { return try BumpStore.withhold(id, reason: "generated", in: transaction) }
        let live = (try BumpStore.choices(of: [id], in: transaction)[id] ?? []).filter { $0.isLive(at: context.now) }
        guard let held = live.map(\.expiresAt).min() else { return }
        let now = try QuietTimes(
            bump.desk, location: visit.place.location, zone: visit.place.zone, tenant: context.caller.tenant,
            for: .bumpOffer, .messageSend, context.access, in: transaction
        ).end(for: plain, from: context.now, last: row.lapseAt)
        guard let until = BumpRules.answerBy(now: now, lapse: row.lapseAt, held: held) else {
            return try BumpStore.withhold(id, reason: "too-late", in: transaction)
        }
        if now > context.now {
            return try Timers.set(BumpDesk.asking, target: id.raw, due: now, ids: context.ids, in: transaction)
        }
        let outcome = try bump.desk.messaging.send(
            try offer(row, visit, plain, live, until, context), context: context)
        switch outcome {
        case .withheld(let reason): try BumpStore.withhold(id, reason: reason, in: transaction)
        case .queued(let message), .held(let message, _):
            try BumpStore.asked(id, by: message, until: until, at: context.now, in: transaction)
            try Timers.set(BumpDesk.asking, target: id.raw, due: until, ids: context.ids, in: transaction)
            context.emit(BumpDesk.event(.bumpOffered, row, [("times", String(live.count))]))
        }
    }

    private func offer(
        _ row: BumpedRow, _ visit: AppointmentRow, _ plain: PatientPlain, _ choices: [BumpChoice], _ until: Instant,
        _ context: CommandContext
    ) throws -> MessageRequest {
        let words = try words(visit.place, plain, context)
        var lines: [String] = []
        // An e-mail is read by others too, and nobody reads a number that is sent back: neither numbers stand in it nor
        // who sees the patient.
        var unnumbered: [String] = []
        for (index, choice) in choices.enumerated() {
            let other = try self.words(choice.place, plain, context)
            // What stays as it was need not be said.
            let place = choice.place.location == visit.place.location ? "" : ", \(other.locationName)"
            let person = choice.place.practitioner == visit.place.practitioner ? "" : ", \(other.practitioner)"
            lines.append("\(index + 1). \(other.when)\(person)\(place)")
            unnumbered.append("– \(other.when)\(place)")
        }
        var values = words.values
        values[TemplateVariable.choices.rawValue] = lines.joined(separator: "\n")
        values[TemplateVariable.link.rawValue] = try bump.link(row.id, context.vault)
        values[TemplateVariable.until.rawValue] = words.dates.dateTime(
            words.zone.civil(at: until.microseconds), today: words.today)
        return MessageRequest(
            patient: row.patient, purpose: MessagePurpose.appointmentChange.rawValue,
            template: TemplateUse.bumpOffer.rawValue, values: values, need: visit.need, locationZone: visit.place.zone,
            location: visit.place.location,
            mail: MailForm(values: [TemplateVariable.choices.rawValue: unnumbered.joined(separator: "\n")]),
            choices: choices.map { ID(raw: $0.hold.raw) }, labels: visit.place.labels)
    }

    // MARK: It stays

    /// The absence was withdrawn: the visit stays, and what was offered for it is taken back.
    private func tell(_ id: ID<BumpedVisit>, _ context: CommandContext) throws {
        guard let row = try BumpStore.find(id, in: context.transaction), row.state == "kept",
            let visit = try AppointmentStore.find(row.appointment, in: context.transaction),
            visit.status == .booked || visit.status == .pending,
            try BumpStore.waiting(for: visit.id, in: context.transaction).isEmpty,
            let plain = try bump.desk.directory.plain(of: [row.patient], in: context.transaction)[row.patient]
        else { return }
        _ = try bump.desk.messaging.send(
            MessageRequest(
                patient: row.patient, purpose: MessagePurpose.appointmentChange.rawValue,
                template: TemplateUse.bumpKept.rawValue, values: try words(visit.place, plain, context).values,
                need: visit.need, locationZone: visit.place.zone, location: visit.place.location, mail: MailForm(),
                labels: visit.place.labels), context: context)
    }

    private func words(_ place: Placement, _ plain: PatientPlain, _ context: CommandContext) throws -> VisitWording {
        VisitWording(
            place, configuration: try bump.desk.plans.configuration(of: context.caller.tenant),
            language: Language(tag: plain.language), zone: try bump.desk.plans.timeZones.zone(place.zone),
            now: context.now)
    }
}
