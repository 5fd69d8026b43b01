package import StudioAPI

// The simulation of a waitlist: made-up practitioners, people who wait, cancellations and answers, and the same code that
// decides for the practice. It says what share of the time that came free would be filled, and what each guard costs.
//
// What it assumes, all of it stated in its answer:
// - Practitioners sit five to a place and have 18 visits a working day, of which one in ten is called off; a little more
//   than half of those with a day's notice or more.
// - The list is a share of each practitioner's panel of 1,600 and stays as long as it is: who is served is replaced.
// - Two visit types, three quarters of all visits and of all wishes one, one quarter the other, which has to be prepared
//   for and needs an authorization (seven in ten have it).
// - Three in ten would see anybody at their place, the others their own practitioner; some want certain days or hours,
//   and some need notice. The smaller of the two groups, three in ten people, is tied to mornings more often.
// - An offer is accepted with the given chance, independently; the answer comes after a time that is log-normal
//   (sigma 1). At night nobody answers. A yes that comes too late, or second, gets nothing.
// - Six in ten have a later visit, which they leave when they say yes; it is then offered in turn.

package struct WaitlistSimulation: Sendable {
    package struct Inputs: Sendable, Equatable {
        package var practitioners = 200
        package var listShare = 0.05
        package var acceptance = 0.083
        /// Minutes.
        package var replyMedian = 20.0
        package var weeks = 12
        package var seed: UInt64 = 1
        package var policy = WaitlistPolicyDefinition.builtIn

        package init() {}

        package static let panel = 1_600
        package static let visitsPerDay = 18
        package static let cancelled = 0.10
        package static let replySigma = 1.0
        package static let perPlace = 5
        package static let hasLaterVisit = 0.6
    }

    package struct GroupResult: Sendable, Equatable {
        package let group: String
        /// On average over the run.
        package let heads: Double
        package let offers: Int
        package var perHead: Double { heads == 0 ? 0 : Double(offers) / heads }
    }

    package struct Result: Sendable, Equatable {
        package var cancellations = 0
        /// Those with at least 24 hours' notice.
        package var withNotice = 0
        package var filledWithNotice = 0
        package var filledShort = 0
        /// Openings that somebody left who took an earlier time, and how many of them were filled.
        package var cascaded = 0
        package var cascadedFilled = 0
        package var offers = 0
        /// Times that more than one got.
        package var doubleAccepts = 0
        /// Said yes when the time had gone, or when their time to answer was over.
        package var gone = 0
        package var tooLate = 0
        /// Of cancellations with 24 hours' notice, from the cancellation on.
        package var medianMinutesToFill = 0
        package var groups: [GroupResult] = []
        /// The widest distance between groups in offers per hundred people over the days the floor looks back, on any
        /// evening once that many days have passed.
        package var widestGap = 0.0
        /// The same at the end.
        package var lastGap = 0.0

        package var filled: Double { withNotice == 0 ? 0 : Double(filledWithNotice) / Double(withNotice) }
        package var filledShortShare: Double {
            cancellations == withNotice ? 0 : Double(filledShort) / Double(cancellations - withNotice)
        }
        /// Of all cancellations, whatever their notice.
        package var filledOverall: Double {
            cancellations == 0 ? 0 : Double(filledWithNotice + filledShort) / Double(cancellations)
        }
    }

    /// What one guard keeps from being filled: the run with it and the run without it, all else the same.
    package struct GuardCost: Sendable, Equatable {
        package let exclusion: WaitlistExclusion
        /// Whether the policy has it on. One that is off is tried as it is built in.
        package let isOn: Bool
        package let with: Result
        package let without: Result

        /// Points of all cancellations that are filled more without it.
        package var points: Double { (without.filledOverall - with.filledOverall) * 100 }
    }

    package let inputs: Inputs

    package init(_ inputs: Inputs) {
        self.inputs = inputs
    }

    package func run() -> Result {
        var run = SimulatedList(inputs)
        return run.run()
    }

    /// What each guard costs, by one more run: without it when the policy has it on, else with it.
    /// - Parameter result: the run of the policy as it is.
    package func guardCosts(with result: Result) -> [GuardCost] {
        WaitlistExclusion.guards.compactMap { guardCost(of: $0, with: result) }
    }

    /// Nil: it is no guard.
    package func guardCost(of exclusion: WaitlistExclusion, with result: Result) -> GuardCost? {
        var other = inputs
        let isOn = other.policy.guards.switchOff(exclusion)
        guard isOn || other.policy.guards.switchOn(exclusion) else { return nil }
        let changed = WaitlistSimulation(other).run()
        return GuardCost(
            exclusion: exclusion, isOn: isOn, with: isOn ? result : changed, without: isOn ? changed : result)
    }
}

extension WaitlistPolicyDefinition.Guards {
    private static let off = Self(
        noticeHours: 0, sameTemplate: false, prepHours: 0, authorization: false, offersPerDay: 0, quietHours: false)

    /// Switches one off; false: it was off already, or is no guard.
    package mutating func switchOff(_ exclusion: WaitlistExclusion) -> Bool { take(exclusion, of: .off) }

    /// Switches one on with what is built in; false: it was so already, or is no guard.
    package mutating func switchOn(_ exclusion: WaitlistExclusion) -> Bool {
        take(exclusion, of: WaitlistPolicyDefinition.builtIn.guards)
    }

    private mutating func take(_ exclusion: WaitlistExclusion, of other: Self) -> Bool {
        let before = self
        switch exclusion {
        case .notice: noticeHours = other.noticeHours
        case .template: sameTemplate = other.sameTemplate
        case .preparation: prepHours = other.prepHours
        case .authorization: authorization = other.authorization
        case .dailyCap: offersPerDay = other.offersPerDay
        case .quietHours: quietHours = other.quietHours
        default: break
        }
        return self != before
    }
}

/// Chance from a seed: SplitMix64 (Steele, Lea and Flood 2014).
struct SimulatedChance: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 and up, below 1.
    mutating func share() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
    mutating func happens(_ chance: Double) -> Bool { share() < chance }
    mutating func below(_ count: Int) -> Int { count <= 0 ? 0 : Int(next() % UInt64(count)) }

    /// Of a standard normal distribution: twelve shares, less six.
    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += share() }
        return sum
    }
}
