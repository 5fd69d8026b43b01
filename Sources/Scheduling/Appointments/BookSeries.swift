package import Kernel
package import PeopleAPI
import SchedulingAPI
package import Spine
import StudioAPI
package import TimeZones
package import Vault

/// Every so many days or weeks, so many times.
package struct SeriesRhythm: Sendable, Equatable {
    package enum Unit: String, Sendable, CaseIterable {
        case week, day

        var days: Int { self == .week ? 7 : 1 }
        /// Half a year apart at most.
        package var largest: Int { 182 / days }
    }

    package static let counts = 2...52

    package let every: Int
    package let unit: Unit
    package let count: Int

    /// Nil: out of range.
    package init?(every: Int, _ unit: Unit, count: Int) {
        guard (1...unit.largest).contains(every), Self.counts.contains(count) else { return nil }
        self.every = every
        self.unit = unit
        self.count = count
    }

    package func dates(from first: CivilDate) -> [CivilDate] {
        (0..<count).map { first.adding(days: $0 * every * unit.days) }
    }
}

/// Books the same visit on several days, at the same wall-clock time each.
package struct BookSeries: Command {
    package static let permission = Permission.appointmentWrite

    private let first: SlotFinder.Question
    private let patient: ID<Patient>
    private let dates: [CivilDate]
    private let hold: ID<SlotHold>?
    private let need: ID<Need>?
    private let asker: ID<PatientProxy>?
    private let desk: SchedulingDesk

    /// `first`: what is booked, and at which time of day. `hold`: one that has a time of the series for this patient; where
    /// it is over or is for something else it does not count. `need`: the first visit's. `asker`: who asks for the
    /// patient; nil: the patient.
    package init(
        _ first: SlotFinder.Question, patient: ID<Patient>, on dates: [CivilDate], hold: ID<SlotHold>? = nil,
        need: ID<Need>? = nil, asker: ID<PatientProxy>? = nil, desk: SchedulingDesk
    ) {
        self.first = first
        self.asker = asker
        self.patient = patient
        self.dates = dates
        self.hold = hold
        self.need = need
        self.desk = desk
    }

    package func validate() throws {
        guard (1...SeriesRhythm.counts.upperBound).contains(dates.count) else {
            throw Fault.invalid("count", "From 1 to \(SeriesRhythm.counts.upperBound) visits.")
        }
        guard zip(dates, dates.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw Fault.invalid("dates", "Each day once, in their order.")
        }
    }

    package func run(_ context: CommandContext) throws -> VisitsAnswer {
        // Whether the patient may be seen comes before what is held for them.
        _ = try desk.client(patient, .appointmentWrite, in: context)
        let visits = dates.map { date in
            WantedVisit(
                SlotFinder.Question(
                    visitType: first.visitType, practitioner: first.practitioner, location: first.location,
                    localStart: CivilDateTime(date: date, time: first.localStart.time)), patient: patient)
        }
        let held = try desk.held(hold, for: visits, in: context)
        let chain: ID<Appointment> = context.newID()
        var booked: [AppointmentAnswer] = []
        var missed: [VisitsAnswer.Missed] = []
        var refused: Fault?
        for (index, visit) in visits.enumerated() {
            do {
                let answer = try BookAppointment(
                    visit.source(held), need: booked.isEmpty ? need : nil, asker: asker, desk: desk
                ).run(context)
                try ChainStore.insert(
                    answer, chain: chain.raw, ordinal: index, kind: "series", in: context.transaction)
                booked.append(answer)
            } catch let fault as Fault where fault.category == .conflict && fault.code.hasPrefix("slot.") {
                // A refusal comes before anything is written, or leaves nothing behind.
                refused = refused ?? fault
                missed.append(
                    .init(localStart: visit.question.localStart.iso, code: fault.code, reason: fault.message))
            }
        }
        if booked.isEmpty, let refused { throw refused }
        return VisitsAnswer(chain: chain.raw, booked: booked, missed: missed)
    }
}
