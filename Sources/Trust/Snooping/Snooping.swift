package import Kernel

// Signals of snooping: looks that no work explains.
//
// - A look is whatever shows somebody's data: their record or a part of it, the page on which something is begun for
//   them, a copy of it all, and the row of a search that showed a few: birth date, telephone and next visit stand there.
// - A search is for whom it led to: when the same person opened or worked for one of those it showed on that day, it is
//   no look at the others.
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
    package enum Kind: Sendable {
        case work, look
        /// What is asked for before something is done: work with what its request did, a look where it did nothing.
        case start
        /// One of the few whom a search showed; the others have the same record.
        case search
        /// What a search may have been for, and explains no look.
        case aim
    }

    package let record: Int64
    package let user: ID<User>
    package let patient: ID<Patient>
    /// Days since 1970 and the hour, on the practice's clock.
    package let day: Int
    package let hour: Int
    package let kind: Kind
    /// The request it belongs to.
    package let request: Int64

    package init(
        record: Int64, user: ID<User>, patient: ID<Patient>, day: Int, hour: Int, _ kind: Kind, request: Int64 = 0
    ) {
        self.record = record
        self.user = user
        self.patient = patient
        self.day = day
        self.hour = hour
        self.kind = kind
        self.request = request
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
