package import Kernel
package import PeopleAPI
import SchedulingAPI
package import Spine
import StudioAPI
import TimeZones
package import Vault

// Visits that were agreed together.
//
// The rules:
// - Linked visits, and visits of people who come together, are booked as one act: all of them, or none.
// - Those that one visit type links must keep to the links' gaps, days, places and people.
// - A refusal names the visit whose time cannot be had, or whose asker may not ask.
// - Whether those who ask may is decided for each visit, before anything is written.
// - A series is one act too, but a time of it that cannot be had is told with its reason, and the others are booked.
// - A time among them that is held for the patient is taken from its hold.
// - What was booked together can be cancelled together: what is still ahead, and within the reach of who cancels. A
//   visit that they may not see stays as it is, and the answer does not tell that it is there.

/// What a booking of several visits answers.
package struct VisitsAnswer: Sendable, Codable, Equatable {
    /// A time that could not be had.
    package struct Missed: Sendable, Codable, Equatable {
        package let localStart: String
        /// Of the fault: `slot.taken`.
        package let code: String
        package let reason: String
    }

    /// The number that they share.
    package let chain: Int64
    package let booked: [AppointmentAnswer]
    package let missed: [Missed]
}

/// One visit of several.
package struct WantedVisit: Sendable {
    package let question: SlotFinder.Question
    package let patient: ID<Patient>
    /// Who asks for the patient; nil: the patient.
    package let asker: ID<PatientProxy>?

    package init(_ question: SlotFinder.Question, patient: ID<Patient>, asker: ID<PatientProxy>? = nil) {
        self.question = question
        self.patient = patient
        self.asker = asker
    }
}

/// Books visits that belong together, as one act.
package struct BookLinkedVisits: Command {
    package static let permission = Permission.appointmentWrite
    package static let most = 12

    private let visits: [WantedVisit]
    private let hold: ID<SlotHold>?
    private let need: ID<Need>?
    private let desk: SchedulingDesk

    /// Each patient's visits stand together: first the one whose type links the others, then those in the links' order (as
    /// `SlotFinder.steps` has them). Of several patients a visit may come without its links. `hold`: one that may have a time
    /// of theirs. `need`: the first visit's.
    package init(
        _ visits: [WantedVisit], hold: ID<SlotHold>? = nil, need: ID<Need>? = nil, desk: SchedulingDesk
    ) {
        self.visits = visits
        self.hold = hold
        self.need = need
        self.desk = desk
    }

    package func validate() throws {
        guard (2...Self.most).contains(visits.count) else {
            throw Fault.invalid("visits", "From 2 to \(Self.most) visits.")
        }
    }

    package func run(_ context: CommandContext) throws -> VisitsAnswer {
        let steps = try steps(context)
        try checkAskers(context)
        let held = try desk.held(hold, for: visits, in: context)
        let chain: ID<Appointment> = context.newID()
        var booked: [AppointmentAnswer] = []
        for (index, visit) in visits.enumerated() {
            let answer = try Self.naming(index) {
                try BookAppointment(
                    visit.source(held), need: index == 0 ? need : nil, asker: visit.asker, desk: desk
                ).run(context)
            }
            try ChainStore.insert(
                answer, chain: chain.raw, ordinal: index, kind: "linked", in: context.transaction)
            booked.append(answer)
        }
        try check(steps, booked)
        return VisitsAnswer(chain: chain.raw, booked: booked, missed: [])
    }

    private static let pointer = "/visits/"

    /// Which of the visits a refusal is about.
    package static func index(of fault: Fault) -> Int? {
        guard let place = fault.place, place.hasPrefix(pointer) else { return nil }
        return Int(place.dropFirst(pointer.count))
    }

    private static func naming<Value>(_ index: Int, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let fault as Fault where fault.category == .conflict {
            throw Fault(
                .conflict, fault.code, fault.message, remedy: fault.remedy, place: pointer + String(index),
                fields: fault.fields, cause: fault)
        }
    }

    /// Before anything is written: whether each who asks may.
    private func checkAskers(_ context: CommandContext) throws {
        for (index, visit) in visits.enumerated() where visit.asker != nil {
            let client = try desk.client(visit.patient, .appointmentWrite, in: context)
            let type = try desk.visitType(visit.question, in: context)
            try Self.naming(index) {
                try desk.check(asker: visit.asker, for: client, visitType: type.key, in: context)
            }
        }
    }

    /// What the types of each patient's first visit link.
    private func steps(_ context: CommandContext) throws -> [TripStep] {
        let finder = SlotFinder(try desk.plans.plan(of: context.caller.tenant))
        let isFamily = Set(visits.map(\.patient)).count > 1
        var steps: [TripStep] = []
        while steps.count < visits.count {
            let first = steps.count
            let own = visits[first...].prefix { $0.patient == visits[first].patient }
            let chain = finder.steps(of: visits[first].question.visitType)
            if isFamily, own.count == 1 {
                steps.append(chain[0])
            } else if chain.map(\.visitType) == own.map(\.question.visitType) {
                steps += chain.map { step in
                    TripStep(visitType: step.visitType, link: step.link.map { (first + $0.step, $0.rule) })
                }
            } else {
                throw Fault.invalid("visits", "Name each visit and all that its type links, in that order.")
            }
        }
        return steps
    }

    /// Only now it is known how long each visit takes for this patient. What was written is undone with the transaction.
    private func check(_ steps: [TripStep], _ booked: [AppointmentAnswer]) throws {
        let slots = zip(visits, booked).map { visit, answer in
            OpenSlot(
                visitType: answer.visitType, practitioner: answer.practitioner, location: answer.location,
                localStart: visit.question.localStart, span: TimeSpan(start: answer.startsAt, end: answer.endsAt))
        }
        for (index, (step, slot)) in zip(steps, slots).enumerated() {
            guard let link = step.link, !link.rule.holds(slot, slots[link.step]) else { continue }
            throw Fault(
                .conflict, "slot.link-broken", "The visits do not lie as their types ask.",
                remedy: "Search again and choose times that fit together.", place: Self.pointer + String(index))
        }
    }
}

/// Calls off all that was booked together with a visit, is still ahead and within the caller's reach; this one too.
package struct CancelLinkedVisits: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let reason: CancellationReason
    private let tells: Bool
    private let desk: SchedulingDesk

    /// `telling`: whether the patients get messages about it.
    package init(_ id: ID<Appointment>, reason: CancellationReason, telling: Bool = true, desk: SchedulingDesk) {
        self.id = id
        self.reason = reason
        tells = telling
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> VisitsAnswer {
        // Whether the visit may be seen comes before what belongs to it.
        _ = try AppointmentChange.row(id, desk: desk, in: context)
        let chain = try ChainStore.chain(of: id, in: context.transaction)
        let others = try chain.map { try ChainStore.members(of: $0, in: context.transaction) } ?? []
        var done: [AppointmentAnswer] = []
        for other in Set(others + [id]).sorted() {
            if other != id {
                let visit = try AppointmentChange.reachable(other, desk: desk, in: context)
                guard visit?.status == .pending || visit?.status == .booked else { continue }
            }
            done.append(
                try CancelAppointment(other, reason: reason, telling: tells, desk: desk).run(context))
        }
        return VisitsAnswer(chain: chain ?? 0, booked: done, missed: [])
    }
}

extension LinkedVisit {
    /// Whether a visit lies to the one it belongs to as this says.
    func holds(_ slot: OpenSlot, _ anchor: OpenSlot) -> Bool {
        let gap = order == .before ? anchor.span.start - slot.span.end : slot.span.start - anchor.span.end
        return gap >= Int64(minGapMinutes) * DayFrame.minute && gap <= Int64(maxGapMinutes) * DayFrame.minute
            && (!sameDay || slot.localStart.date == anchor.localStart.date)
            && (!sameLocation || slot.location == anchor.location)
            && (!samePractitioner || slot.practitioner == anchor.practitioner)
    }
}
