import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

extension TextBookingDesk {
    /// What times are looked for.
    private struct Wanted {
        let type: VisitTypeDefinition
        /// The visit that is moved.
        let visit: AppointmentRow?
        let zone: Zone
    }

    /// Offers the best times for what was said, or, where there is none, the best of all, and says so.
    func offer(_ why: TextOffer, _ served: Served, _ context: CommandContext) throws {
        guard let wanted = try wanted(served, context) else { return try apply(.stopped(.changed), served, context) }
        var slots = try look(wanted, served.row.wish, served, context)
        let fits = !slots.isEmpty
        if !fits, served.row.wish.narrows { slots = try look(wanted, TextTimes(), served, context) }
        if slots.isEmpty { return try apply(.stopped(.noTimes), served, context) }
        let use: TemplateUse = why == .gone ? .textGone : fits ? .textTimes : .textOther
        var question = Question(use: use, what: "time")
        for slot in slots {
            let place = try desk.placement(of: slot, tenant: context.caller.tenant)
            question.choices.append(.init(id: context.newID(), what: .time, slot: slot))
            question.lines.append(try line(place, wanted, served, context))
        }
        question.values = [.visitType: wanted.type.names[language(served)]]
        question.zone = wanted.zone.name
        question.placement = wanted.visit?.placement
        try ask(question, served, context)
    }

    /// What stays as it was need not be said, nor a place where there is one only.
    private func line(
        _ place: Placement, _ wanted: Wanted, _ served: Served, _ context: CommandContext
    ) throws -> String {
        let words = try wording(place, served, context)
        let old = wanted.visit?.place
        let isOnlyPlace = try desk.plans.plan(of: context.caller.tenant).locations.count == 1
        var parts = [words.when]
        if place.practitioner != old?.practitioner { parts.append(words.practitioner) }
        if place.location != old?.location, !isOnlyPlace { parts.append(words.locationName) }
        return parts.joined(separator: ", ")
    }

    private func wanted(_ served: Served, _ context: CommandContext) throws -> Wanted? {
        let plan = try desk.plans.plan(of: context.caller.tenant)
        guard served.row.state.visit != nil else {
            guard let type = served.row.state.visitType.flatMap({ plan.visitTypes[$0] }),
                type.rules.selfService.text, type.rules.selfService.book, let zone = plan.zones.first
            else { return nil }
            return Wanted(type: type, visit: nil, zone: zone)
        }
        guard let row = try visit(served, context), let type = plan.visitTypes[row.place.visitType],
            let zone = plan.zone(ofLocation: row.place.location)
        else { return nil }
        return Wanted(type: type, visit: row, zone: zone)
    }

    // MARK: Looking

    /// The best times, each on a day of its own when that can be.
    private func look(
        _ wanted: Wanted, _ times: TextTimes, _ served: Served, _ context: CommandContext
    ) throws -> [OpenSlot] {
        let transaction = context.transaction
        let plan = try desk.plans.plan(of: context.caller.tenant)
        let today = wanted.zone.civil(at: context.now.microseconds).date
        let from = max(today, times.from ?? today)
        let reach = today.adding(days: min(TextBookingRules.reach, wanted.type.horizonDays))
        let last = min(reach, times.to ?? reach)
        guard from <= last else { return [] }
        let reading = SlotReading(
            type: wanted.type, practitioners: nil, from: from, to: last, patient: served.row.patient,
            need: wanted.visit == nil ? served.row.need : nil, moving: wanted.visit?.id)
        let (bookings, found) = try reading.read(desk, context.now, transaction, context.access)
        var visitor = found
        // A visit that was agreed stays what it was.
        if wanted.visit != nil, wanted.type.patients != .any {
            visitor.isEstablished = wanted.type.patients == .established
        }
        var wish = SlotWish(
            visitType: wanted.type.key, from: from, to: last, weekdays: times.weekdays, hours: times.hours,
            language: visitor.language, known: try known(wanted, served, context), limit: TextBookingRules.tries)
        wish.place = wanted.visit?.place.location
        let isFree = try free(wanted, plan, context)
        let finder = SlotFinder(plan)
        var slots: [OpenSlot] = []
        for _ in 0..<TextBookingRules.looks where slots.count < TextBookingRules.times {
            let best = finder.ranked(
                wish, bookings, visitor: visitor, postcodes: desk.plans.postcodes, now: context.now)
            if let next = best.lazy.map(\.slot).first(where: { !slots.contains($0) && isFree($0) }) {
                slots.append(next)
                wish.besides.insert(next.localStart.date)
            } else {
                // All that is best may not be offered: on to other days.
                let seen = Set(best.map(\.slot.localStart.date)).subtracting(wish.besides)
                if seen.isEmpty { break }
                wish.besides.formUnion(seen)
            }
        }
        return slots.sorted { ($0.span.start, $0.practitioner) < ($1.span.start, $1.practitioner) }
    }

    /// Who knows the patient: of a visit that is moved, whom it was with.
    private func known(_ wanted: Wanted, _ served: Served, _ context: CommandContext) throws -> Set<String> {
        if let visit = wanted.visit { return [visit.place.practitioner] }
        let visits = try AppointmentStore.visits(
            of: served.client.set.members, limit: 20, for: context.caller, in: context.transaction)
        return Set(visits.filter { $0.status == .fulfilled }.map(\.place.practitioner))
    }

    /// Whether a time that is open may be offered: with notice enough, another than the visit has, and one that keeps
    /// to the visits it belongs to.
    private func free(
        _ wanted: Wanted, _ plan: SchedulePlan, _ context: CommandContext
    ) throws -> (OpenSlot) -> Bool {
        let earliest = (context.now + TextBookingRules.notice).microseconds
        guard let row = wanted.visit else { return { $0.span.start >= earliest } }
        let others = try Belonging.others(row, for: context.caller, in: context.transaction)
        return { slot in
            slot.span.start >= earliest && slot.span.start != row.place.span.start
                && Belonging.broken(slot, others, plan).isEmpty
        }
    }

    // MARK: Doing it

    /// Books, or moves, to the time that was chosen. When it has gone others are offered.
    func take(_ served: Served, _ context: CommandContext) throws {
        let row = served.row
        guard let answer = row.answer, let slot = try TextBookingStore.choice(answer, in: context.transaction)?.slot,
            try wanted(served, context) != nil
        else { return try apply(.stopped(.changed), served, context) }
        let desk = desk
        guard
            let done = try unlessTaken(
                context,
                { () -> AppointmentAnswer in
                    guard let visit = row.state.visit else {
                        return try context.run(
                            BookAppointment(
                                .slot(slot, patient: row.patient), need: row.need, source: "sms", desk: desk))
                    }
                    return try context.run(MoveAppointment(visit, to: .slot(slot), by: "sms", desk: desk))
                })
        else { return try apply(.gone, served, context) }
        try finish(row, row.state.visit == nil ? "booked" : "moved", ID(raw: done.id), context)
        // Where an EHR owns the calendar nothing stands yet, and somebody watches over it. A visit that is booked has
        // moved the need on; of one that was moved there is nothing left to do.
        if done.status == AppointmentStatus.pending.rawValue {
            try desk.messaging.needsPerson(row.need, context: context)
        } else if row.state.visit != nil {
            try desk.messaging.served(row.need, context: context)
        }
    }

    func cancel(_ served: Served, _ context: CommandContext) throws {
        guard let row = try visit(served, context) else { return try apply(.stopped(.changed), served, context) }
        _ = try context.run(CancelByLink(id: row.id, reason: nil, by: "sms", desk: desk))
        try finish(served.row, "cancelled", row.id, context)
        try desk.messaging.served(served.row.need, context: context)
    }

    /// Nil: the time cannot be had any more, nor when its practitioner or place is there no more; nothing was changed.
    private func unlessTaken<Value>(_ context: CommandContext, _ body: () throws -> Value) throws -> Value? {
        do {
            return try context.transaction.savepoint(body)
        } catch let fault as Fault
            where fault.category == .conflict && fault.code.hasPrefix("slot.") || fault.code == "schedule.unknown"
        {
            return nil
        }
    }
}
