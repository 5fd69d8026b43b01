import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// What the machine does by itself: looks for times, calls off what nobody placed, hears what became of a visit.
struct BumpMachine: Sendable {
    static let permissions: Set<Permission> = [
        .messageSend, .appointmentRead, .appointmentWrite, .patientRead, .needWrite, .bumpRead, .bumpWrite,
    ]
    let bump: BumpDesk

    var handlers: [TimerHandler] {
        [
            TimerHandler(BumpDesk.proposing, permissions: Self.permissions) { target, context in
                try propose(ID(raw: target), context)
            },
            TimerHandler(BumpDesk.lapsing, permissions: Self.permissions) { target, context in
                guard let row = try bump.locked(ID(raw: target), in: context.transaction), row.isWaiting else { return }
                guard let visit = try AppointmentStore.find(row.appointment, in: context.transaction),
                    Self.isAhead(visit)
                else { return try bump.settle(row, as: "over", by: "visit", in: context) }
                try bump.cancel(row, by: "machine", in: context)
            },
        ] + BumpAsking(bump: bump).handlers + BumpReplies.handlers(bump)
    }

    var subscribers: [Subscriber] { [following, undelivered] }

    /// The visit was moved, called off or has begun, whoever did it and wherever.
    private var following: Subscriber {
        let kinds: [AppointmentEvent] = [.moved, .cancelled, .arrived, .completed, .noShow]
        return Subscriber("bump-following", kinds: Set(kinds.map(EventKind.appointment)), permissions: Self.permissions)
        {
            for event in $0 { try follow(event, $1) }
        }
    }

    private func follow(_ event: StoredEvent, _ context: CommandContext) throws {
        guard let id = event.body["appointment"]?.string.flatMap({ ID<Appointment>($0) }) else { return }
        let state: String =
            switch event.kind {
            case .appointment(.moved): "moved"
            case .appointment(.cancelled): "cancelled"
            default: "over"
            }
        for known in try BumpStore.waiting(for: id, in: context.transaction) {
            // An event of before the absence says nothing of it.
            guard let row = try bump.locked(known.id, in: context.transaction), row.isWaiting,
                let visit = try AppointmentStore.find(id, in: context.transaction),
                state != "moved" || visit.place.span.start != row.start.microseconds
            else { continue }
            try bump.settle(row, as: state, by: "elsewhere", in: context)
        }
    }

    /// What a patient was asked by did not arrive: they are to be called, and not asked that way again.
    private var undelivered: Subscriber {
        Subscriber("bump-undelivered", kinds: UndeliveredMessage.kinds, permissions: Self.permissions) {
            events, context in
            let reasons = UndeliveredMessage.reasons(events)
            for known in try BumpStore.waiting(askedBy: reasons.keys.sorted(), in: context.transaction) {
                guard let row = try bump.locked(known.id, in: context.transaction), row.isWaiting, !row.wantsNone,
                    let reason = row.message.flatMap({ reasons[$0] })
                else { continue }
                try BumpStore.withhold(row.id, reason: reason, in: context.transaction)
                try Timers.cancel(BumpDesk.asking, target: row.id.raw, in: context.transaction)
            }
        }
    }

    private static func isAhead(_ visit: AppointmentRow) -> Bool {
        visit.status == .pending || visit.status == .booked
    }

    // MARK: Other times

    /// A visit of the list with what it has.
    private struct Line {
        let row: BumpedRow
        let choices: [BumpChoice]
        let live: [BumpChoice]

        init(_ row: BumpedRow, _ choices: [BumpChoice], at now: Instant) {
            self.row = row
            self.choices = choices
            live = choices.filter { $0.isLive(at: now) }
        }

        /// Nothing is held for it, and it was not looked for in vain a short while ago.
        func wantsFirst(at now: Instant) -> Bool {
            guard live.isEmpty else { return false }
            guard let looked = row.lookedAt else { return true }
            return looked + BumpRules.lookAgain <= now || choices.contains { $0.madeAt >= looked }
        }

        var wantsMore: Bool { row.asked == 0 && !row.more && !live.isEmpty }
        var mayBeAsked: Bool { row.asked == 0 && row.more && !live.isEmpty && row.withheld == nil && !row.wantsNone }
    }

    /// One time for everybody before anybody gets a second one to choose from.
    private func propose(_ id: ID<ScheduleAbsence>, _ context: CommandContext) throws {
        let transaction = context.transaction
        guard let absence = try BumpStore.absence(id, locking: true, in: transaction), absence.state == "open" else {
            return
        }
        let waiting = try BumpStore.waiting(on: id, in: transaction)
        // The last may have gone with its patient's record.
        if waiting.isEmpty { return try BumpStore.closeIfDone(id, at: context.now, in: transaction) }
        let leading = try BumpStore.leading(waiting.map(\.appointment), in: transaction)
        let choices = try BumpStore.choices(of: waiting.map(\.id), in: transaction)
        let lines = waiting.filter { leading[$0.appointment]?.visit == $0.id }.map {
            Line($0, choices[$0.id] ?? [], at: context.now)
        }
        if lines.isEmpty { return }
        let first = lines.filter { $0.wantsFirst(at: context.now) }
        let more = absence.offers && first.count < BumpRules.round ? lines.filter(\.wantsMore) : []
        let wanting = (first + more).prefix(BumpRules.round)
        for line in wanting {
            let isFirst = line.live.isEmpty
            let wanted = isFirst ? 1 : BumpRules.choices - line.live.count
            let found = try look(line.row, wanted: wanted, besides: line.live, context)
            for hold in found {
                try BumpStore.insert(hold, for: line.row, at: context.now, in: transaction)
            }
            // In vain: later than whatever was found before.
            let looked = found.isEmpty && isFirst ? context.now + .microseconds(1) : context.now
            try BumpStore.looked(line.row.id, more: !isFirst, at: looked, in: transaction)
            if isFirst { context.emit(BumpDesk.event(.bumpProposed, line.row, [("times", String(found.count))])) }
        }
        if absence.offers {
            for line in lines where line.mayBeAsked {
                guard try Timers.due(BumpDesk.asking, target: line.row.id.raw, in: transaction) == nil else { continue }
                try Timers.set(
                    BumpDesk.asking, target: line.row.id.raw, due: context.now, ids: context.ids, in: transaction)
            }
        }
        try Timers.set(
            BumpDesk.proposing, target: id.raw, due: next(lines, hasMore: !wanting.isEmpty, context.now),
            ids: context.ids, in: transaction)
    }

    /// At once while there is something to do; otherwise when a time runs out, or when nothing was found a day ago.
    private func next(_ lines: [Line], hasMore: Bool, _ now: Instant) -> Instant {
        if hasMore { return now }
        let due = lines.map { line in
            line.live.map(\.expiresAt).max() ?? (line.row.lookedAt ?? now) + BumpRules.lookAgain
        }.min()
        return max(due ?? now + BumpRules.lookAgain, now + .minutes(1))
    }

    /// The best times that can be held, each on a day of its own when that can be.
    private func look(
        _ row: BumpedRow, wanted: Int, besides live: [BumpChoice], _ context: CommandContext
    ) throws -> [HoldRow] {
        let desk = bump.desk
        let transaction = context.transaction
        let plan = try desk.plans.plan(of: context.caller.tenant)
        guard let visit = try AppointmentStore.find(row.appointment, in: transaction), Self.isAhead(visit),
            let type = plan.visitTypes[visit.place.visitType], let zone = plan.zone(ofLocation: visit.place.location)
        else { return [] }
        let today = zone.civil(at: context.now.microseconds).date
        let last = today.adding(days: min(BumpRules.reach, type.horizonDays))
        let client = try desk.client(visit.patient, .appointmentWrite, labels: visit.place.labels, in: context)
        let reading = SlotReading(
            type: type, practitioners: nil, from: today, to: last, patient: visit.patient, moving: visit.id)
        let (bookings, found) = try reading.read(desk, context.now, transaction, context.access)
        var visitor = found
        if type.patients != .any { visitor.isEstablished = type.patients == .established }
        var wish = SlotWish(
            visitType: type.key, from: today, to: last, language: visitor.language,
            known: [visit.place.practitioner], limit: BumpRules.tries)
        wish.place = visit.place.location
        wish.besides = Set(live.compactMap { CivilDateTime(iso: $0.place.localStart)?.date })
        let finder = SlotFinder(plan)
        var held: [HoldRow] = []
        var tried: Set<OpenSlot> = []
        while held.count < wanted {
            let had = held.count
            let best = finder.ranked(
                wish, bookings, visitor: visitor, postcodes: desk.plans.postcodes, now: context.now)
            for slot in best.map(\.slot) where held.count == had && tried.count < BumpRules.tries {
                guard tried.insert(slot).inserted, let hold = try hold(slot, visit, client, context) else { continue }
                held.append(hold)
                wish.besides.insert(slot.localStart.date)
            }
            if held.count == had { break }
        }
        return held
    }

    /// Nil: the time cannot be had after all.
    private func hold(
        _ slot: OpenSlot, _ visit: AppointmentRow, _ client: SchedulingDesk.Client, _ context: CommandContext
    ) throws -> HoldRow? {
        let desk = bump.desk
        let question = SlotFinder.Question(
            visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
            localStart: slot.localStart)
        var wish = try desk.wish(question, client, need: nil, moved: visit.place.visitType, in: context)
        wish.moving = visit.id.raw
        wish.had = try IntervalStore.owned(by: visit.id.raw, in: context.transaction)
        let id: ID<SlotHold> = context.newID()
        let expires = context.now + BumpRules.holdFor
        do {
            let chosen = try TimeTaking.choose(wish, desk: desk, in: context)
            let taken = try TimeTaking.take(
                chosen, for: wish, owner: id.raw, patient: client.id, expires: expires, desk: desk, in: context)
            let place = try desk.placement(of: taken, tenant: context.caller.tenant)
            let hold = HoldRow(
                id: id, patient: client.id, need: visit.need, moving: visit.id, visitType: place.visitType,
                practitioner: place.practitioner, location: place.location, localStart: place.localStart,
                zone: place.zone, span: place.span, state: "held", madeBy: context.caller.actor, expiresAt: expires)
            try HoldStore.insert(hold, at: context.now, in: context.transaction)
            return hold
        } catch let fault as Fault where fault.category == .conflict {
            return nil
        }
    }
}
