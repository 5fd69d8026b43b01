import Kernel
import SchedulingAPI
package import Spine
import Store
import StudioAPI
package import TimeZones
package import Vault

// The bump list: somebody is away, or something is closed, and the visits that this touches get another time.
//
// The rules:
// - An absence is of a practitioner, of a room or a device, or of a whole place, from one moment to another. It takes
//   their time in every lane, so nothing is offered or booked there from then on; holds that lie in it are ended.
// - Every visit that is still to come and lies in it is on the list, the most urgent first: by the patient's open
//   referral and the kind of visit, then by days waited, then by how often they were bumped before, then by start.
// - The visit stays booked until it has another outcome: moved, called off, or kept because the absence was withdrawn.
//   Whatever door that comes through, the list hears of it. When all have one, the list closes itself.
// - For each visit the machine holds the best other time it finds, by the ranking of the slot search, the practitioner
//   it was with and the place it was at before others; when all have one, up to two more. No two share a moment. They
//   are held for two days and then looked for anew.
// - Where the absence says so, the patient is asked which of them they want, by text or by e-mail: a text with its
//   number, or the page of the link, takes one. Who does not answer is asked once more. Who still does not, wants none of them,
//   cannot be written to or was not reached, or for whom no time was found, is to be called.
// - A visit that another list has as well is given times and asked about by the older one alone.
// - Two hours before its start a visit that still waits is called off by the practice, and the patient is told.

/// Somebody away, or something closed.
package enum ScheduleAbsence {}
/// One visit on the list of an absence.
package enum BumpedVisit {}

extension Permission {
    package static let bumpRead = Permission("bump.read")
    /// To record an absence and to work its list. To move or to call off a visit takes `appointment.write` as well.
    package static let bumpWrite = Permission("bump.write")
}

extension EventKind {
    /// Other times were looked for.
    package static let bumpProposed = EventKind("bump.proposed")
    package static let bumpOffered = EventKind("bump.offered")
    /// The time to answer the last text is over.
    package static let bumpUnanswered = EventKind("bump.unanswered")
    /// The patient wants none of the times, and to be called.
    package static let bumpDeclined = EventKind("bump.declined")
    /// Somebody called the patient.
    package static let bumpCalled = EventKind("bump.called")
}

enum BumpRules {
    static let holdFor: Duration = .hours(48)
    /// When a visit for which nothing was found is looked at again.
    static let lookAgain: Duration = .hours(24)
    /// How many visits one round of the machine looks at.
    static let round = 8
    /// How many times a patient may choose from.
    static let choices = 3
    /// How many times are tried for one visit.
    static let tries = 8
    /// How far ahead other times are looked for, in days.
    static let reach = 60
    /// The longest absence, in days.
    static let longest = 92
    static let mostVisits = 500
    /// How often a patient is asked.
    static let texts = 2

    /// When a visit that still waits is called off: two hours before it, or, when that has nearly come, half an hour
    /// from now, but always while the patient can still be told.
    static func lapse(start: Instant, now: Instant) -> Instant {
        let usual = start - .hours(2)
        if usual >= now + .minutes(30) { return usual }
        return max(now, min(now + .minutes(30), start - .minutes(5)))
    }

    /// Until when a patient who is asked now may answer: six hours, or a third of what is left when that is less, and
    /// half an hour at least. Nil: there is no time left to ask.
    static func answerBy(now: Instant, lapse: Instant, held: Instant) -> Instant? {
        let third = Duration.microseconds((lapse - now).microseconds / 3)
        let until = min(now + max(.minutes(30), min(.hours(6), third)), lapse - .minutes(5), held)
        return until >= now + .minutes(10) ? until : nil
    }

    /// 0 is the most urgent.
    static func urgency(_ priority: String?) -> Int {
        switch priority {
        case "stat": 0
        case "asap": 1
        case "urgent": 2
        default: 3
        }
    }

    /// The same by what kind of visit it is: acute ones are coded as emergencies or walk-ins, or are booked for the days
    /// to come alone.
    static func urgency(_ type: VisitTypeDefinition?) -> Int {
        guard let type else { return 3 }
        switch type.appointmentType {
        case .emergency: return 1
        case .walkIn: return 2
        case .checkup, .followUp, .routine: return type.horizonDays <= acuteDays ? 2 : 3
        }
    }

    private static let acuteDays = 14

    struct Candidate {
        let id: ID<Appointment>
        let urgency: Int
        let bookedAt: Instant
        let bumps: Int
        let start: Int64
    }

    static func ordered(_ candidates: [Candidate], now: Instant) -> [Candidate] {
        func key(_ candidate: Candidate) -> (Int, Int, Int, Int64, Int64) {
            let days = Int((now - candidate.bookedAt).microseconds / 86_400_000_000)
            return (candidate.urgency, -days, -candidate.bumps, candidate.start, candidate.id.raw)
        }
        return candidates.sorted { key($0) < key($1) }
    }
}

/// Why somebody is away. The raw value ends the text's key.
package enum AbsenceReason: String, Sendable, CaseIterable {
    case illness, leave, training, maintenance, closure, other
}

/// Who or what is away, from when to when, by the clocks of a place.
package struct AbsenceRequest: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case practitioner, resource, location }

    package let kind: Kind
    package let key: String
    package let from: CivilDateTime
    package let to: CivilDateTime
    package let reason: AbsenceReason
    /// Whether patients are asked which other time they want.
    package let offers: Bool

    package init(
        kind: Kind, key: String, from: CivilDateTime, to: CivilDateTime, reason: AbsenceReason, offers: Bool = true
    ) {
        self.offers = offers
        self.kind = kind
        self.key = key
        self.from = from
        self.to = to
        self.reason = reason
    }

    /// The absence as moments, or everything that is wrong with it.
    func resolved(_ plan: SchedulePlan, now: Instant) throws -> (span: TimeSpan, zone: Zone) {
        var fields: [Fault.Field] = []
        let zone: Zone? =
            switch kind {
            case .practitioner:
                plan.practitioner(key).flatMap { $0.templates.first.flatMap { plan.zone(ofLocation: $0.location) } }
            case .resource: plan.resource(key).flatMap { $0.locations.first.flatMap { plan.zone(ofLocation: $0) } }
            case .location: plan.zone(ofLocation: key)
            }
        guard let zone = zone ?? (exists(plan) ? plan.zones.first : nil) else {
            throw Fault.invalid("key", "Not a known practitioner, room, device or place.")
        }
        let span = TimeSpan(start: zone.instant(of: from), end: zone.instant(of: to))
        if span.start >= span.end { fields.append(.init("to", "The end is not after the beginning.")) }
        if span.end <= now.microseconds { fields.append(.init("to", "This is over already.")) }
        if span.end - span.start > Int64(BumpRules.longest) * 86_400_000_000 {
            fields.append(.init("to", "At most \(BumpRules.longest) days."))
        }
        if !fields.isEmpty { throw Fault.invalid(fields) }
        return (span, zone)
    }

    private func exists(_ plan: SchedulePlan) -> Bool {
        switch kind {
        case .practitioner: plan.practitioner(key) != nil
        case .resource: plan.resource(key) != nil
        case .location: plan.location(key) != nil
        }
    }
}
