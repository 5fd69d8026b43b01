package import Kernel
import SchedulingAPI
import StudioAPI

// Booking: taking time, for minutes (a hold) or for good (an appointment).
//
// The rules:
// - What is taken is a stretch of a resource: the practitioner with the buffers, rooms, devices and interpreters for as
//   long as they are needed, the patient for the visit itself.
// - A resource has lanes: as many as may use it at a moment. What is claimed takes a lane that is free, or several one
//   after the other; no two rows of a lane overlap, by the schema.
// - A group that meets is itself a resource, whose lanes are its places, and the owner of its practitioner's and rooms'
//   time. Who comes takes a place. A group in which nobody has a place any more is as if it did not exist.
// - Whether it is free is read first, so that a refused booking has changed nothing; that two who read at once do not
//   both get it is the schema's work. Who was too late looks again, a few times, for another lane or another room.
// - Claims are written in one order: practitioner, group, things by key, patient. So two never wait for each other.
// - A hold lasts five minutes. From then on it is as if it did not exist: whoever wants its time takes it away.
// - A new hold of the same person for the same patient takes the place of the one before.
// - While a visit is being moved, its hold takes only what the visit does not have already.

/// A short reservation.
package enum SlotHold {}

/// Something that can be at one place at a time.
package enum BookableResource: Hashable, Sendable {
    case practitioner(String)
    case patient(ID<Patient>)
    /// A room, a device or an interpreter.
    case thing(String)
    /// A group that meets: where, when and with whom.
    case group(practitioner: String, visitType: String, location: String, start: Int64)
    /// Whose rules count what others have at the same time: taken for a moment, so that one counts after the other.
    case turn(String)

    /// The number under which its time is kept. Patients have their id, which is positive; what definitions name has the
    /// FNV-1a hash of its kind and key with the sign bit set, so the two never meet.
    package var key: Int64 {
        switch self {
        case .patient(let id): id.raw
        case .practitioner(let key): StableKey.hash("practitioner:" + key)
        case .thing(let key): StableKey.hash("resource:" + key)
        case .group(let practitioner, let visitType, let location, let start):
            StableKey.hash("group:\(practitioner):\(visitType):\(location):\(start)")
        case .turn(let what): StableKey.hash("turn:" + what)
        }
    }
}

/// A stretch of a resource that somebody wants.
package struct TimeClaim: Hashable, Sendable {
    /// What a practitioner's time is taken for.
    struct Visit: Hashable, Sendable {
        let place: Int64
        let visitType: Int64
        let start: Int64
    }

    package let resource: Int64
    package let span: TimeSpan
    /// How many may have it at a moment.
    let lanes: Int
    /// The one it is taken in; nil: any that is free.
    let lane: Int?
    /// The group that takes it; nil: who books.
    let group: Int64?
    let visit: Visit?
    /// Whether it is a place in a group.
    let isSeat: Bool

    package init(_ resource: BookableResource, _ span: TimeSpan) {
        self.init(resource: resource.key, span: span)
    }

    init(
        resource: Int64, span: TimeSpan, lanes: Int = 1, lane: Int? = nil, group: Int64? = nil, visit: Visit? = nil,
        isSeat: Bool = false
    ) {
        self.resource = resource
        self.span = span
        self.lanes = lanes
        self.lane = lane
        self.group = group
        self.visit = visit
        self.isSeat = isSeat
    }

    func with(span: TimeSpan, lane: Int? = nil) -> TimeClaim {
        TimeClaim(
            resource: resource, span: span, lanes: lanes, lane: lane, group: group, visit: visit, isSeat: isSeat)
    }

    /// What is left of it without what is already had.
    func without(_ had: [TimeClaim]) -> [TimeClaim] {
        var rest = [span]
        for claim in had where claim.resource == resource {
            rest = rest.flatMap { span in
                guard span.overlaps(claim.span) else { return [span] }
                return [
                    TimeSpan(start: span.start, end: claim.span.start), TimeSpan(start: claim.span.end, end: span.end),
                ].filter { $0.start < $0.end }
            }
        }
        return rest.map { with(span: $0, lane: lane) }
    }

    /// The claim cut into stretches, each with a lane in which nothing is taken; nil: at some moment there is none. The
    /// lane that stays free longest is taken, so that a visit is cut as rarely as can be.
    func placed(among taken: [TakenInterval]) -> [TimeClaim]? {
        let mine = taken.filter { $0.resource == resource && $0.span.overlaps(span) }
        if mine.isEmpty { return [with(span: span, lane: 0)] }
        var placed: [TimeClaim] = []
        var at = span.start
        while at < span.end {
            var best: (lane: Int, until: Int64)?
            for lane in 0..<lanes {
                let others = mine.filter { $0.lane == lane && $0.span.end > at }
                if others.contains(where: { $0.span.start <= at }) { continue }
                let until = min(span.end, others.map(\.span.start).min() ?? span.end)
                if until > best?.until ?? at { best = (lane, until) }
            }
            guard let best else { return nil }
            placed.append(with(span: TimeSpan(start: at, end: best.until), lane: best.lane))
            at = best.until
        }
        return placed
    }
}

enum BookingRules {
    /// How long a hold lasts.
    static let holdLifetime: Duration = .minutes(5)

    /// How often somebody who was too late looks for another lane or another room.
    static let mostTries = 6

    /// `missing`: what has to be asked first.
    static func refused(_ refusal: SlotRefusal, missing: [String] = []) -> Fault {
        if refusal == .practitionerBusy { return taken }
        if refusal == .patientBusy { return patientBusy }
        return Fault(
            .conflict, "slot." + refusal.rawValue, refusal.sentence(missing: missing),
            remedy: refusal == .factsMissing
                ? "Write it down of the need, then book." : "Search again and choose another time.",
            fields: refusal.fields(missing: missing))
    }

    static let taken = Fault(
        .conflict, "slot.taken", "Somebody else has just taken this time.", remedy: "Choose another time.")
    static let patientBusy = Fault(
        .conflict, "slot.patient-busy", "The patient has another visit at this time.", remedy: "Choose another time.")
    static let holdOver = Fault(
        .gone, "hold.over", "The reservation has run out.", remedy: "Choose a time again.")
}
