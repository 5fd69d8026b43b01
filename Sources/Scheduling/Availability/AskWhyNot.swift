import ConversationsAPI
package import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
package import Store
import StudioAPI
package import TimeZones
package import Vault

/// Asks why one minute is not offered; nil: it is.
package struct AskWhyNot: Query {
    package static let permission = Permission.appointmentRead

    private let question: SlotFinder.Question
    private let patient: ID<Patient>?
    private let need: ID<Need>?
    private let moving: ID<Appointment>?
    private let now: Instant
    private let desk: SchedulingDesk

    /// `moving`: the visit that would be moved there, whose own time is not in its way.
    package init(
        _ question: SlotFinder.Question, patient: ID<Patient>?, need: ID<Need>? = nil,
        moving: ID<Appointment>? = nil, now: Instant, desk: SchedulingDesk
    ) {
        self.question = question
        self.patient = patient
        self.need = need
        self.moving = moving
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> SlotRefusal? {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        guard let type = plan.visitTypes[question.visitType] else {
            // Says which key is not known.
            return try SlotFinder(plan).whyNot(question, .none, now: now)
        }
        let date = question.localStart.date
        let reading = SlotReading(
            type: type, practitioners: [question.practitioner], from: date, to: date, patient: patient, need: need,
            moving: moving)
        let (bookings, found) = try reading.read(desk, now, transaction, access)
        var visitor = found
        // A visit that was agreed stays what it was, whether or not the patient has been here since.
        if moving != nil, type.patients != .any { visitor.isEstablished = type.patients == .established }
        return try SlotFinder(plan).whyNot(question, bookings, visitor: visitor, now: now)
    }
}

/// Asks why a visit type is not offered at a minute, whoever might do it and wherever; nil: somebody can.
package struct AskWhyNobody: Query {
    package static let permission = Permission.appointmentRead

    private let visitType: String
    private let practitioners: Set<String>?
    private let locations: Set<String>?
    private let localStart: CivilDateTime
    private let patient: ID<Patient>?
    private let need: ID<Need>?
    private let moving: ID<Appointment>?
    private let now: Instant
    private let desk: SchedulingDesk

    /// `practitioners`, `locations`: of these alone. `moving`: the visit that would be moved there, whose own time is not
    /// in its way.
    package init(
        visitType: String, practitioners: Set<String>?, locations: Set<String>?, localStart: CivilDateTime,
        patient: ID<Patient>?, need: ID<Need>? = nil, moving: ID<Appointment>? = nil, now: Instant,
        desk: SchedulingDesk
    ) {
        self.visitType = visitType
        self.practitioners = practitioners
        self.locations = locations
        self.localStart = localStart
        self.patient = patient
        self.need = need
        self.moving = moving
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> SlotRefusal? {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let request = SlotRequest(
            visitType: visitType, from: localStart.date, to: localStart.date, practitioners: practitioners,
            locations: locations)
        try FindSlots.check(request, plan)
        guard let type = plan.visitTypes[visitType] else { return nil }
        let reading = SlotReading(
            type: type, practitioners: request.practitioners, from: request.from, to: request.to, patient: patient,
            need: need, moving: moving)
        let (bookings, visitor) = try reading.read(desk, now, transaction, access)
        return try SlotFinder(plan).whyNobody(
            visitType, at: localStart, practitioners: practitioners, locations: locations, bookings, visitor: visitor,
            now: now)
    }
}

/// What a visit type asks for and nobody has written down of a need, in the type's order.
package struct AskMissingFacts: Query {
    package static let permission = Permission.appointmentRead

    private let visitType: String
    private let need: ID<Need>
    private let desk: SchedulingDesk

    package init(_ visitType: String, need: ID<Need>, desk: SchedulingDesk) {
        self.visitType = visitType
        self.need = need
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> [String] {
        guard try desk.messaging.reaches(need, access.caller, Self.permission, in: transaction) else {
            throw Fault.notFound("need")
        }
        guard let type = try desk.plans.plan(of: access.caller.tenant).visitTypes[visitType] else {
            throw SlotFinder.unknown("visit_type")
        }
        var visitor = SlotVisitor.unknown
        visitor.facts = try desk.facts(of: need, for: type, Self.permission, transaction, access)
        return visitor.missingFacts(type)
    }
}

/// Why a room, a device or an interpreter cannot be used at a minute. The raw value ends the texts' keys.
package enum ThingRefusal: String, Sendable, CaseIterable {
    case notHere = "not-here"
    case skippedByClocks = "skipped-by-clocks"
    case outsideHours = "outside-hours"
    case away
    case taken
}

/// Asks why a room, a device or an interpreter cannot be used in the minute that begins then; nil: it can.
package struct AskWhyNotThing: Query {
    package static let permission = Permission.appointmentRead

    private let resource: String
    private let location: String?
    private let localStart: CivilDateTime
    private let now: Instant
    private let desk: SchedulingDesk

    /// `location`: required for what can be used at several places.
    package init(
        _ resource: String, location: String?, localStart: CivilDateTime, now: Instant, desk: SchedulingDesk
    ) {
        self.resource = resource
        self.location = location
        self.localStart = localStart
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> ThingRefusal? {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        guard let index = plan.thingIndex[resource] else { throw SlotFinder.unknown("resource") }
        let thing = plan.things[index]
        let only = thing.definition.locations.count == 1 ? thing.definition.locations.first : nil
        guard let key = location ?? only else { throw Fault.invalid("location", "This is needed.") }
        guard let place = plan.placeIndex[key] else { throw SlotFinder.unknown("location") }
        guard thing.definition.mayBe(at: key) else { return .notHere }
        let frame = DayFrame(zone: plan.places[place].zone, date: localStart.date)
        guard let start = frame.instant(localStart.time.minutesOfDay) else { return .skippedByClocks }
        let span = TimeSpan(start: start, end: start + DayFrame.minute)
        let times = try TakenTimes.read(
            [.thing(resource)], from: span.start, to: span.end, in: transaction)
        let taken = times.bookings(
            plan, people: [], things: [thing.definition], patient: nil, ignoring: [], at: now)
        let refusal = plan.refusal(thing, at: place, frame, span, taken.resources[resource] ?? .none)
        return refusal == .taken && taken.closed[resource] != nil ? .away : refusal
    }
}

extension SchedulePlan {
    /// Where no hours are said, those of the place count.
    func refusal(
        _ thing: Thing, at place: Int, _ frame: DayFrame, _ span: TimeSpan, _ taken: Occupancy
    ) -> ThingRefusal? {
        let day = frame.date.daysSinceEpoch
        let weekday = frame.date.weekday - 1
        let hours = thing.week?[weekday] ?? places[place].hours(day: day, weekday: weekday)
        guard hours.contains(where: { frame.border($0).overlaps(span) }) else { return .outsideHours }
        let isAway = thing.absences.contains { absence in
            absence.firstDay <= day && day <= absence.lastDay && (absence.place.map { $0 == place } ?? true)
                && (absence.allDay || frame.border(absence.minutes).overlaps(span))
        }
        if isAway { return .away }
        return taken.peak(in: span) >= thing.definition.capacity ? .taken : nil
    }
}
