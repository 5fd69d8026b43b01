import Kernel
import Scheduling
import StudioAPI
import TestKit
import Testing
import TimeZones

@Suite("Waitlist matching")
struct WaitlistMatchingTests {
    private static let now = TestWorld.start
    private let matching = WaitlistMatching(.builtIn)

    private func opening(hours: Int = 72, template: String = "checkup") throws -> OpenedTime {
        OpenedTime(
            practitioner: "ana", location: "north",
            localStart: try #require(CivilDateTime(iso: "2026-03-05T09:00")), start: Self.now + .hours(hours),
            template: template, fitting: ["checkup", "short"])
    }

    private func candidate(
        _ entry: Int64, _ wish: WaitlistWish = WaitlistWish(visitType: "checkup"), rank: Int = 2, group: String = "en",
        joined: Int = 0
    ) -> WaitlistCandidate {
        WaitlistCandidate(
            entry: entry, wish: wish, rank: rank, group: group, joinedAt: Self.now - .days(30) + .minutes(joined))
    }

    private func why(_ candidate: WaitlistCandidate, hours: Int = 72) throws -> WaitlistExclusion? {
        matching.exclusion(of: candidate, try opening(hours: hours), now: Self.now)
    }

    @Test("who asked for something else is kept away by what they asked for")
    func wishes() throws {
        func wish(_ change: (inout WaitlistWish) -> Void) -> WaitlistCandidate {
            var wish = WaitlistWish(visitType: "checkup")
            change(&wish)
            return candidate(1, wish)
        }
        #expect(try why(wish { _ in }) == nil)
        #expect(try why(wish { $0.visitType = "surgery" }) == .otherVisitType)
        #expect(try why(wish { $0.practitioners = ["ben"] }) == .otherPractitioner)
        #expect(try why(wish { $0.practitioners = ["ana", "ben"] }) == nil)
        #expect(try why(wish { $0.locations = ["south"] }) == .otherLocation)
        // 5 March 2026 is a Thursday.
        #expect(try why(wish { $0.weekdays = [1, 5] }) == .otherDay)
        #expect(try why(wish { $0.weekdays = [4] }) == nil)
        #expect(try why(wish { $0.toMinute = 540 }) == .otherHour)
        #expect(try why(wish { $0.fromMinute = 540 }) == nil)
        #expect(try why(wish { $0.fromMinute = 541 }) == .otherHour)
        #expect(try why(wish { $0.earliest = CivilDate(iso: "2026-03-06") }) == .beforeEarliest)
        #expect(try why(wish { $0.latest = CivilDate(iso: "2026-03-04") }) == .afterLatest)
        #expect(try why(wish { $0.noticeMinutes = 73 * 60 }) == .ownNotice)
    }

    @Test("each guard names itself, and lets pass when it is switched off")
    func guards() throws {
        func changed(_ change: (inout WaitlistCandidate) -> Void) -> WaitlistCandidate {
            var candidate = candidate(1)
            change(&candidate)
            return candidate
        }
        let short = candidate(1, WaitlistWish(visitType: "short"))
        let cases: [(WaitlistExclusion, WaitlistCandidate, Int)] = [
            (.notice, candidate(1), 3), (.template, short, 72),
            (.preparation, changed { $0.needsPreparation = true }, 20),
            (.authorization, changed { $0.needsAuthorization = true }, 72),
            (.dailyCap, changed { $0.offersToday = 3 }, 72), (.quietHours, changed { $0.isQuiet = true }, 72),
        ]
        #expect(Set(cases.map(\.0)) == Set(WaitlistExclusion.guards))
        for (expected, candidate, hours) in cases {
            #expect(try why(candidate, hours: hours) == expected)
            var policy = WaitlistPolicyDefinition.builtIn
            let isOff = policy.guards.switchOff(expected)
            #expect(isOff)
            let other = WaitlistMatching(policy)
            #expect(other.exclusion(of: candidate, try opening(hours: hours), now: Self.now) == nil, "\(expected)")
        }
        #expect(
            try why(
                changed {
                    $0.needsAuthorization = true; $0.hasAuthorization = true
                }) == nil)
    }

    private func order(
        _ people: [WaitlistCandidate], _ tallies: [String: GroupTally], most: Int
    ) -> [Int64] {
        var line = WaitlistLine(people, points: matching.policy.fairness.points)
        return line.next(most, tallies)
    }

    @Test("of one group the more urgent are asked first, then who had fewer offers, then who has waited longest")
    func order() {
        var known = candidate(5, joined: 0)
        known.offers = 2
        let people = [
            candidate(1, joined: 30), candidate(2, joined: 10), candidate(3, rank: 0, joined: 90),
            candidate(4, rank: 1, joined: 60), known,
        ]
        let order = order(people, ["en": GroupTally(heads: 5, offers: 0)], most: 10)
        #expect(order == [3, 4, 2, 1, 5])
    }

    @Test(
        "a group that is behind by more than the floor goes before the order of priorities, but not before the urgent")
    func floor() {
        let people = [
            candidate(1, rank: 1, group: "en"), candidate(2, rank: 2, group: "es"),
            candidate(3, rank: 0, group: "en"),
        ]
        let even = ["en": GroupTally(heads: 1_000, offers: 500), "es": GroupTally(heads: 1_000, offers: 500)]
        #expect(order(people, even, most: 3) == [3, 1, 2])
        let apart = ["en": GroupTally(heads: 1_000, offers: 600), "es": GroupTally(heads: 1_000, offers: 500)]
        #expect(order(people, apart, most: 3) == [3, 2, 1])
    }

    @Test("whatever the people, groups of one priority that have somebody left stay within the floor")
    func fairness() {
        var seed: UInt64 = 7
        func draw(_ count: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % count
        }
        for round in 0..<40 {
            var people: [WaitlistCandidate] = []
            var tallies = ["en": GroupTally(heads: 100 + draw(400)), "es": GroupTally(heads: 100 + draw(400))]
            for index in 0..<200 {
                people.append(
                    candidate(Int64(index), rank: 1 + draw(2), group: draw(3) == 0 ? "es" : "en", joined: draw(900)))
            }
            let order = order(people, tallies, most: 60)
            #expect(Set(order).count == 60, "round \(round)")
            for entry in order { tallies[people[Int(entry)].group]?.offers += 1 }
            let gap = abs((tallies["en"]?.rate ?? 0) - (tallies["es"]?.rate ?? 0))
            #expect(gap <= Double(matching.policy.fairness.points), "round \(round)")
        }
    }

    @Test("to whom nothing could be sent comes after all others, however urgent, and is asked when nobody else is left")
    func last() {
        var urgent = candidate(1, rank: 0)
        urgent.wasUnreached = true
        var usual = candidate(2, rank: 2, joined: -900)
        usual.wasUnreached = true
        let people = [urgent, usual, candidate(3, rank: 2, joined: 5), candidate(4, rank: 1, joined: 9)]
        #expect(order(people, [:], most: 9) == [4, 3, 1, 2])
        var line = WaitlistLine(people, points: 2)
        #expect(line.next([:])?.entry == 4 && line.next([:])?.entry == 3 && !line.isEmpty)
        #expect(line.next([:])?.entry == 1 && line.next([:])?.entry == 2 && line.isEmpty)
        #expect(line.next([:]) == nil)
    }

    @Test("no more are asked than the wave has room for, and none beyond the most of an opening")
    func waves() throws {
        let people = (0..<100).map { candidate(Int64($0), joined: $0) }
        func asked(_ before: Int, waiting: Int, hours: Int) throws -> Int {
            var decision = matching.decide(
                try opening(hours: hours), people, asked: before, waiting: waiting, now: Self.now)
            return decision.line.next(decision.room, [:]).count
        }
        #expect(try asked(0, waiting: 0, hours: 72) == 10)
        #expect(try asked(0, waiting: 0, hours: 24) == 12)
        #expect(try asked(0, waiting: 0, hours: 6) == 16)
        #expect(try asked(10, waiting: 9, hours: 72) == 1)
        #expect(try asked(10, waiting: 10, hours: 72) == 0)
        #expect(try asked(75, waiting: 0, hours: 72) == 5)
        #expect(try asked(80, waiting: 0, hours: 72) == 0)
    }

    @Test("the time to answer never reaches past the notice")
    func answerBy() {
        let start = Self.now + .hours(4) + .minutes(10)
        #expect(matching.wave(start, now: Self.now).answerBy == Self.now + .minutes(10))
        #expect(matching.wave(Self.now + .hours(72), now: Self.now).answerBy == Self.now + .minutes(90))
    }

    @Test("the policy as built in has no problems, and a wrong one is told by its place")
    func policy() {
        #expect(WaitlistPolicyDefinition.builtIn.problems().isEmpty)
        var wrong = WaitlistPolicyDefinition.builtIn
        wrong.waves[0].withinHours = 99
        wrong.waves[2].withinHours = 50
        wrong.mostOffers = 0
        wrong.priorities.append(wrong.priorities[0])
        let paths = Set(wrong.problems().map(\.path))
        #expect(paths.isSuperset(of: ["waves", "waves[1].withinHours", "mostOffers", "priorities[3]"]))
    }
}
