package import Kernel

// Signals of snooping: looks that no work explains.
//
// - A look is explained when the same person does some work for the patient on that day or in the week before.
// - Without work, a look at somebody one is close to counts: a relative, somebody at one's address, a coworker, a VIP.
//   One's own record counts in any case: staff read theirs as patients do.
// - A day with far more unexplained looks than the practice is used to counts, and so do looks in hours in which this
//   person does not work.
// - What happens to everybody now and then counts little: points are the improbability of so many such looks, given how
//   often they happen in this practice and how much this person looks at all. Three points in thirty days: an ordinary
//   person has a month like this about once in ten thousand.
// - They say where to look, never what somebody did: behind each number stand the records of the trail.

/// How a patient stands to a member of the staff, as the practice has written down.
package enum StaffTie: String, Sendable, CaseIterable {
    case own, family, address
}

/// What was odd about a look.
package enum SnoopingSign: String, Sendable, CaseIterable {
    case own, family, address, coworker, vip, volume, hours

    /// Points for each, where it is no matter of chance; nil: as improbable as it is.
    var fixed: Double? {
        switch self {
        case .own, .volume: 1.5
        case .family, .address, .coworker, .vip, .hours: nil
        }
    }
}

/// What is known about patients and staff. Everything else about them stays sealed.
package struct SnoopingFacts: Sendable {
    package var ties: [ID<User>: [ID<Patient>: StaffTie]] = [:]
    package var vips: Set<ID<Patient>> = []

    package init() {}

    /// Patients who work here, with who they are.
    var staff: [ID<Patient>: ID<User>] {
        var staff: [ID<Patient>: ID<User>] = [:]
        for (user, ties) in ties {
            for (patient, tie) in ties where tie == .own { staff[patient] = user }
        }
        return staff
    }
}

/// One act on the trail: somebody looked at a patient, or did something for them.
package struct SnoopingAct: Sendable {
    package let record: Int64
    package let user: ID<User>
    package let patient: ID<Patient>
    /// Days since 1970 and the hour, on the practice's clock.
    package let day: Int
    package let hour: Int
    package let isWork: Bool

    package init(record: Int64, user: ID<User>, patient: ID<Patient>, day: Int, hour: Int, isWork: Bool) {
        self.record = record
        self.user = user
        self.patient = patient
        self.day = day
        self.hour = hour
        self.isWork = isWork
    }
}

/// One number of a member of the staff, with the first records behind it.
package struct SnoopingSignal: Sendable, Equatable {
    package let sign: SnoopingSign
    /// Patients on days; for `volume` and `hours`, days.
    package var count: Int
    /// How many would be usual.
    package var expected: Double
    package var points: Double
    package var records: [Int64]
}

/// What stands out about somebody over thirty days.
package struct SnoopingScore: Sendable, Equatable {
    package let user: ID<User>
    package var points: Double
    package var signals: [SnoopingSignal]

    /// From here on the privacy officer is asked to look.
    package static let threshold = 3.0

    package var stands: Bool { points >= Self.threshold }
}
