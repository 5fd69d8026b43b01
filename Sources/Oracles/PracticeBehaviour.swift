package import Kernel
import TestKit
package import Trust

/// A year of a practice's acts, made up from a seed: who looks at whom and what they do. It knows who snoops and how;
/// the detector, which the product's target holds, cannot see this target.
package struct PracticeBehaviour {
    package enum Habit: CaseIterable {
        /// Looks after relatives and people at the same address.
        case kin
        /// Follows a few coworkers.
        case coworkers
        /// Curious about people of note.
        case famous
        /// Goes through records at night.
        case trawl
    }

    package let snoopers: [ID<User>: Habit]
    package let facts: SnoopingFacts
    private let staff: Int
    private let days: Int
    private let patients: Int64
    private let kin: [ID<User>: [ID<Patient>]]
    private let coworkers: [ID<Patient>]
    private let famous: [ID<Patient>]
    private let nightShift: Set<ID<User>>
    private let seed: UInt64

    package init(seed: UInt64, staff: Int = 300, days: Int = 365, snoopers count: Int) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        self.staff = staff
        self.days = days
        let patients = Int64(staff) * 100
        self.patients = patients
        func someone() -> ID<Patient> { ID(raw: Int64.random(in: 1_000_000..<1_000_000 + patients, using: &random)) }
        var facts = SnoopingFacts()
        var kin: [ID<User>: [ID<Patient>]] = [:]
        var coworkers: [ID<Patient>] = []
        var night: Set<ID<User>> = []
        for number in 0..<staff {
            let user: ID<User> = ID(raw: Int64(number) + 1)
            // Half of the staff are patients here, and most of those have relatives who are.
            if Bool.random(using: &random) {
                let own = someone()
                facts.ties[user, default: [:]][own] = .own
                coworkers.append(own)
                for tie in [StaffTie.family, .family, .address] where Int.random(in: 0..<3, using: &random) > 0 {
                    let relative = someone()
                    facts.ties[user, default: [:]][relative] = tie
                    kin[user, default: []].append(relative)
                }
            }
            if Int.random(in: 0..<20, using: &random) == 0 { night.insert(user) }
        }
        let famous = (0..<max(8, staff / 10)).map { _ in someone() }
        facts.vips = Set(famous)
        var snoopers: [ID<User>: Habit] = [:]
        let able = kin.keys.sorted().filter { !night.contains($0) }.shuffled(using: &random)
        for (index, user) in able.prefix(count).enumerated() {
            snoopers[user] = Habit.allCases[(index + Int(seed)) % 4]
        }
        self.facts = facts
        self.kin = kin
        self.coworkers = coworkers
        self.famous = famous
        self.snoopers = snoopers
        nightShift = night
    }

    /// What the detector is told where only so many of a hundred ties were ever written down.
    package func facts(written percent: Int) -> SnoopingFacts {
        var random = SeededGenerator(seed: seed &+ 177)
        var some = SnoopingFacts()
        some.vips = facts.vips
        for user in facts.ties.keys.sorted() {
            for (patient, tie) in (facts.ties[user] ?? [:]).sorted(by: { $0.key < $1.key })
            where Int.random(in: 0..<100, using: &random) < percent {
                some.ties[user, default: [:]][patient] = tie
            }
        }
        return some
    }

    /// Every act, in the order of days.
    package func acts(_ body: (SnoopingAct) -> Void) {
        var random = SeededGenerator(seed: seed &+ 77)
        var record: Int64 = 0
        func act(_ user: ID<User>, _ patient: ID<Patient>, _ day: Int, _ hour: Int, work: Bool) {
            record += 1
            body(
                SnoopingAct(
                    record: record, user: user, patient: patient, day: day, hour: hour % 24, work ? .work : .look))
        }
        for day in 20_000..<20_000 + days {
            let isWeekend = day % 7 > 4
            // Now and then everybody works through a recall list.
            let isRecall = Int.random(in: 0..<45, using: &random) == 0
            for number in 0..<staff {
                let user: ID<User> = ID(raw: Int64(number) + 1)
                let atNight = nightShift.contains(user)
                let works = Int.random(in: 0..<10, using: &random) < (isWeekend ? 1 : 8)
                if works {
                    let start = atNight ? 21 : Int.random(in: 7...9, using: &random)
                    for _ in 0..<Int.random(in: isRecall ? 40...60 : 12...32, using: &random) {
                        // Overtime happens.
                        let late = Int.random(in: 0..<400, using: &random) == 0
                        let hour = late ? 21 : start + Int.random(in: 0..<8, using: &random)
                        let patient = anyone(user, &random)
                        act(user, patient, day, hour, work: false)
                        // Some looks lead to nothing: a wrong name, a call that was not answered.
                        if Int.random(in: 0..<100, using: &random) < (isRecall ? 92 : 85) {
                            act(user, patient, day, hour, work: true)
                        }
                    }
                }
                if let habit = snoopers[user] { snoop(habit, user, day, works, &random, act) }
            }
        }
    }

    /// Whom work brings: mostly anybody, now and then somebody of note, a coworker or a relative who rings up.
    private func anyone(_ user: ID<User>, _ random: inout SeededGenerator) -> ID<Patient> {
        switch Int.random(in: 0..<4_000, using: &random) {
        case 0..<12: famous.randomElement(using: &random) ?? ID(raw: 1)
        case 12..<24: coworkers.randomElement(using: &random) ?? ID(raw: 1)
        case 24..<26: kin[user]?.randomElement(using: &random) ?? ID(raw: 1_000_000)
        default: ID(raw: Int64.random(in: 1_000_000..<1_000_000 + patients, using: &random))
        }
    }

    private func snoop(
        _ habit: Habit, _ user: ID<User>, _ day: Int, _ works: Bool, _ random: inout SeededGenerator,
        _ act: (ID<User>, ID<Patient>, Int, Int, Bool) -> Void
    ) {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        func look(_ patient: ID<Patient>?, _ hour: Int) { if let patient { act(user, patient, day, hour, false) } }
        switch habit {
        case .kin: if works, chance(20) { look(kin[user]?.randomElement(using: &random), 12) }
        case .coworkers:
            if works, chance(25) { look(coworkers.randomElement(using: &random), 13) }
        case .famous:
            if works, chance(25) { look(famous.randomElement(using: &random), 15) }
        case .trawl:
            guard chance(20) else { return }
            for _ in 0..<Int.random(in: 8...25, using: &random) {
                look(ID(raw: Int64.random(in: 1_000_000..<1_000_000 + patients, using: &random)), 23)
            }
        }
    }
}
