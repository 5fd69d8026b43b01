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
                guard let row = try BumpStore.find(ID(raw: target), locking: true, in: context.transaction),
                    row.state == "waiting"
                else { return }
                guard let visit = try AppointmentStore.find(row.appointment, in: context.transaction),
                    Self.isAhead(visit)
                else { return try bump.settle(row, as: "over", by: "visit", in: context) }
                try bump.cancel(row, by: "machine", in: context)
            },
        ]
    }

    /// The visit was moved, called off or has begun, whoever did it and wherever.
    var subscriber: Subscriber {
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
        for row in try BumpStore.waiting(for: id, in: context.transaction) {
            // An event of before the absence says nothing of it.
            guard let visit = try AppointmentStore.find(id, in: context.transaction),
                state != "moved" || visit.place.span.start != row.start.microseconds
            else { continue }
            try bump.settle(row, as: state, by: "elsewhere", in: context)
        }
    }

    private static func isAhead(_ visit: AppointmentRow) -> Bool {
        visit.status == .pending || visit.status == .booked
    }

    // MARK: Other times

    private func propose(_ id: ID<ScheduleAbsence>, _ context: CommandContext) throws {
        let transaction = context.transaction
        guard let absence = try BumpStore.absence(id, locking: true, in: transaction), absence.state == "open" else {
            return
        }
        let waiting = try BumpStore.waiting(on: id, in: transaction)
        let wanting = waiting.filter { row in
            guard !row.isHeld(at: context.now) else { return false }
            guard let looked = row.lookedAt else { return true }
            return row.hold != nil || looked + BumpRules.holdFor <= context.now
        }
        for row in wanting.prefix(BumpRules.round) {
            let hold = try look(row, context)
            try BumpStore.propose(row.id, hold, at: context.now, in: transaction)
        }
        if waiting.isEmpty { return }
        let next =
            wanting.count > BumpRules.round
            ? context.now
            : try BumpStore.waiting(on: id, in: transaction).map { $0.heldUntil ?? context.now + BumpRules.holdFor }
                .min() ?? context.now + BumpRules.holdFor
        try Timers.set(BumpDesk.proposing, target: id.raw, due: next, ids: context.ids, in: transaction)
    }

    /// The best time that can be held; nil: there is none.
    private func look(_ row: BumpedRow, _ context: CommandContext) throws -> HoldRow? {
        let desk = bump.desk
        let transaction = context.transaction
        let plan = try desk.plans.plan(of: context.caller.tenant)
        guard let visit = try AppointmentStore.find(row.appointment, in: transaction), Self.isAhead(visit),
            let type = plan.visitTypes[visit.place.visitType], let zone = plan.zone(ofLocation: visit.place.location)
        else { return nil }
        if let old = row.hold { try HoldStore.end(old, as: "expired", in: transaction) }
        let today = zone.civil(at: context.now.microseconds).date
        let last = today.adding(days: min(BumpRules.reach, type.horizonDays))
        let client = try desk.client(visit.patient, .appointmentWrite, labels: visit.place.labels, in: context)
        let reading = SlotReading(
            type: type, practitioners: nil, from: today, to: last, patient: visit.patient, moving: visit.id)
        let (bookings, found) = try reading.read(desk, context.now, transaction, context.access)
        var visitor = found
        if type.patients != .any { visitor.isEstablished = type.patients == .established }
        let wish = SlotWish(
            visitType: type.key, from: today, to: last, language: visitor.language,
            known: [visit.place.practitioner], limit: 200)
        let ranked = SlotFinder(plan).ranked(
            wish, bookings, visitor: visitor, postcodes: desk.plans.postcodes, now: context.now)
        func weight(_ slot: RankedSlot) -> (Int, Int64) {
            let place = slot.slot.location == visit.place.location ? 0 : BumpRules.otherPlace
            return (slot.points + place, slot.slot.span.start)
        }
        for slot in ranked.sorted(by: { weight($0) < weight($1) }).prefix(BumpRules.tries) {
            if let hold = try hold(slot.slot, visit, client, context) { return hold }
        }
        return nil
    }

    /// Nil: the time cannot be had after all.
    private func hold(
        _ slot: OpenSlot, _ visit: AppointmentRow, _ client: SchedulingDesk.Client, _ context: CommandContext
    ) throws -> HoldRow? {
        let desk = bump.desk
        let question = SlotFinder.Question(
            visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
            localStart: slot.localStart)
        var wish = try desk.wish(question, client, need: nil, moved: true, in: context)
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
