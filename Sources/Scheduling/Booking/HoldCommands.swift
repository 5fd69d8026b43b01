import JSON
package import Kernel
import SchedulingAPI
package import Spine
import StudioAPI
package import Vault

/// What a caller gets for a hold.
package struct HoldAnswer: Sendable, Codable, Equatable {
    package let id: Int64
    /// Microseconds UTC.
    package let expiresAt: Int64
    package let localStart: String
    package let zone: String
    package let startsAt: Int64
    package let endsAt: Int64
    package let visitType: String
    package let practitioner: String
    package let location: String
}

/// Keeps a time for a few minutes, while somebody makes up their mind.
package struct HoldSlot: Command {
    package static let permission = Permission.appointmentWrite

    private let desk: SchedulingDesk
    private let question: SlotFinder.Question
    private let patient: ID<Patient>?
    private let need: ID<Need>?
    private let moving: ID<Appointment>?

    /// `moving`: the appointment that is to be moved there; it is then its patient that the time is held for.
    package init(
        _ question: SlotFinder.Question, patient: ID<Patient>?, need: ID<Need>? = nil, moving: ID<Appointment>? = nil,
        desk: SchedulingDesk
    ) {
        self.desk = desk
        self.question = question
        self.patient = patient
        self.need = need
        self.moving = moving
    }

    package func run(_ context: CommandContext) throws -> HoldAnswer {
        let transaction = context.transaction
        let type = try desk.visitType(question, in: context)
        try desk.check(need: need, in: context)
        let visit = try moving.map { try AppointmentChange.row($0, desk: desk, in: context) }
        let moved = visit?.row
        let client = try visit?.client ?? patient.map { try desk.client($0, .appointmentWrite, in: context) }
        // Only now: how a visit stands is told to nobody who may not see it.
        if let moved,
            case .refused(let why) = AppointmentMachine.apply(.move(external: false), to: moved.state(at: context.now))
        {
            throw why.fault
        }
        if let client, moved == nil { try desk.check(client, for: type, in: context) }
        let earlier =
            try client.map { try HoldStore.live(of: $0.id, madeBy: context.caller.actor, in: transaction) } ?? []
        var wish = try desk.wish(
            question, client, need: need ?? moved?.need, moved: moved?.place.visitType, in: context)
        wish.ignoring = Set(earlier.map(\.raw))
        if let moved {
            wish.moving = moved.id.raw
            wish.had = try IntervalStore.owned(by: moved.id.raw, in: transaction)
        }
        let chosen = try TimeTaking.choose(wish, desk: desk, in: context)
        for hold in earlier {
            try IntervalStore.free(hold.raw, in: transaction)
            try HoldStore.end(hold, as: "released", in: transaction)
        }
        let id: ID<SlotHold> = context.newID()
        let expires = context.now + BookingRules.holdLifetime
        let slot = try TimeTaking.take(
            chosen, for: wish, owner: id.raw, patient: client?.id, expires: expires, desk: desk, in: context)
        let place = try desk.placement(of: slot, tenant: context.caller.tenant)
        let hold = HoldRow(
            id: id, patient: client?.id, need: need ?? moved?.need, moving: moving,
            visitType: place.visitType, practitioner: place.practitioner, location: place.location,
            localStart: place.localStart, zone: place.zone, span: place.span, state: "held",
            madeBy: context.caller.actor, expiresAt: expires)
        try HoldStore.insert(hold, at: context.now, in: transaction)
        context.emit(
            .appointment(
                .held, patient: hold.patient, need: hold.need, place,
                [("hold", .string(hold.id.text)), ("expires_at", .string(hold.expiresAt.iso8601))]))
        return HoldAnswer(
            id: hold.id.raw, expiresAt: hold.expiresAt.microseconds, localStart: hold.localStart, zone: hold.zone,
            startsAt: hold.span.start, endsAt: hold.span.end, visitType: hold.visitType,
            practitioner: hold.practitioner, location: hold.location)
    }
}

/// Gives a held time back before it runs out. Nothing happens when it already did.
package struct ReleaseHold: Command {
    package static let permission = Permission.appointmentWrite

    private let id: ID<SlotHold>
    private let desk: SchedulingDesk

    package init(_ id: ID<SlotHold>, desk: SchedulingDesk) {
        self.id = id
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> Bool {
        guard let hold = try HoldStore.find(id, locking: true, in: context.transaction) else {
            throw Fault.notFound("hold")
        }
        if let patient = hold.patient {
            _ = try desk.client(patient, as: "hold", .appointmentWrite, in: context)
        } else if try !desk.reaches(hold, context.caller, in: context.transaction) {
            throw Fault.notFound("hold")
        }
        guard hold.state == "held" else { return false }
        try IntervalStore.free(id.raw, in: context.transaction)
        try HoldStore.end(id, as: "released", in: context.transaction)
        return true
    }
}
