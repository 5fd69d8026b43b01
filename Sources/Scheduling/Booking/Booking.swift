package import Kernel
import SchedulingAPI
import StudioAPI

// Booking: taking time, for minutes (a hold) or for good (an appointment).
//
// The rules:
// - What is taken is a stretch of a resource: the practitioner with the buffers, the patient without them.
// - Whether it is free is read first, so that a refused booking has changed nothing; that two who read at once do not
//   both get it is the schema's work.
// - A hold lasts five minutes. From then on it is as if it did not exist: whoever wants its time takes it away.
// - A new hold of the same person for the same patient takes the place of the one before.
// - While a visit is being moved, its hold takes only what the visit does not have already.

/// A short reservation.
package enum SlotHold {}

/// Something that can be at one place at a time.
package enum BookableResource: Hashable, Sendable {
    case practitioner(String)
    case patient(ID<Patient>)

    /// The number under which its time is kept. Patients have their id, which is positive; what definitions name has the
    /// FNV-1a hash of its kind and key with the sign bit set, so the two never meet.
    package var key: Int64 {
        switch self {
        case .patient(let id): id.raw
        case .practitioner(let key): StableKey.hash("practitioner:" + key)
        }
    }
}

/// A stretch of a resource that somebody wants.
package struct TimeClaim: Hashable, Sendable {
    package let resource: Int64
    package let span: TimeSpan

    package init(_ resource: BookableResource, _ span: TimeSpan) {
        self.resource = resource.key
        self.span = span
    }

    private init(resource: Int64, span: TimeSpan) {
        self.resource = resource
        self.span = span
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
        return rest.map { TimeClaim(resource: resource, span: $0) }
    }

    static func stored(resource: Int64, span: TimeSpan) -> TimeClaim { TimeClaim(resource: resource, span: span) }
}

enum BookingRules {
    /// How long a hold lasts.
    static let holdLifetime: Duration = .minutes(5)

    /// What a slot takes. Practitioners before patients, in every transaction alike, so that two never wait for each other.
    static func claims(_ slot: OpenSlot, _ type: VisitTypeDefinition, patient: ID<Patient>?) -> [TimeClaim] {
        [TimeClaim(.practitioner(slot.practitioner), SlotFinder.padded(slot.span, type))]
            + (patient.map { [TimeClaim(.patient($0), slot.span)] } ?? [])
    }

    static func refused(_ refusal: SlotRefusal) -> Fault {
        Fault(
            .conflict, "slot." + refusal.rawValue, refusal.sentence,
            remedy: "Search again and choose another time.")
    }

    static let taken = Fault(
        .conflict, "slot.taken", "Somebody else has just taken this time.", remedy: "Choose another time.")
    static let patientBusy = Fault(
        .conflict, "slot.patient-busy", "The patient has another visit at this time.", remedy: "Choose another time.")
    static let holdOver = Fault(
        .gone, "hold.over", "The reservation has run out.", remedy: "Choose a time again.")
}
