import People
import PeopleAPI
import StudioAPI
import Testing
import TimeZones

@Suite("What a proxy may do on a day")
struct ProxyRulesTests {
    private static let rules = ProxyPolicyDefinition.builtIn
    private static let born = day("2014-03-03")

    private static func day(_ text: String) -> CivilDate {
        CivilDate(iso: text) ?? CivilDate(daysSinceEpoch: 0)
    }

    private static func parent(
        ceiling: ProxyPolicyDefinition.Access = .full, until: String? = nil, _ custody: (String, Custody)...
    ) -> ProxyTerms {
        ProxyTerms(
            basis: .parent, ceiling: ceiling, from: day("2020-01-01"), until: until.map { day($0) },
            custody: custody.map { CustodySpan(from: day($0.0), $0.1) })
    }

    private static func standing(
        _ terms: ProxyTerms, on text: String, _ subject: ProxySubject = ProxySubject(birthDate: born)
    ) -> ProxyStanding {
        ProxyRules.standing(terms, for: subject, rules: rules, on: day(text))
    }

    @Test(
        "a parent's access follows the birthdays and ends with the majority",
        arguments: [
            ("2019-12-31", ProxyStanding(access: .none, reason: .notYet)),
            ("2020-01-01", ProxyStanding(access: .full, reason: nil)),
            ("2026-03-02", ProxyStanding(access: .full, reason: nil)),
            ("2026-03-03", ProxyStanding(access: .limited, reason: .age)),
            ("2032-03-02", ProxyStanding(access: .limited, reason: .age)),
            ("2032-03-03", ProxyStanding(access: .none, reason: .majority)),
        ])
    func birthdays(_ text: String, _ expected: ProxyStanding) {
        #expect(Self.standing(Self.parent(), on: text) == expected)
    }

    @Test("custody narrows it from its day on, and can widen it again")
    func custody() {
        let terms = Self.parent(("2022-05-01", .none), ("2021-05-01", .visiting), ("2023-05-01", .sole))
        #expect(Self.standing(terms, on: "2021-04-30") == ProxyStanding(access: .full, reason: nil))
        #expect(Self.standing(terms, on: "2021-05-01") == ProxyStanding(access: .limited, reason: .custody))
        #expect(Self.standing(terms, on: "2022-05-01") == ProxyStanding(access: .none, reason: .custody))
        #expect(Self.standing(terms, on: "2023-05-01") == ProxyStanding(access: .full, reason: nil))
    }

    @Test("it ends on its day, with death, and for a minor who decides for themselves")
    func ends() {
        #expect(Self.standing(Self.parent(until: "2024-01-01"), on: "2023-12-31").access == .full)
        #expect(Self.standing(Self.parent(until: "2024-01-01"), on: "2024-01-01").reason == .ended)
        let dead = ProxySubject(birthDate: Self.born, isDeceased: true)
        #expect(Self.standing(Self.parent(), on: "2024-01-01", dead).reason == .deceased)
        let free = ProxySubject(birthDate: Self.born, isEmancipated: true)
        #expect(Self.standing(Self.parent(), on: "2024-01-01", free).reason == .emancipated)
    }

    @Test("what is not known is decided against access")
    func unknown() {
        let nobody = ProxySubject(birthDate: nil)
        #expect(
            Self.standing(Self.parent(), on: "2024-01-01", nobody) == .init(access: .none, reason: .birthDateUnknown))
        let agent = ProxyTerms(basis: .agent, ceiling: .full, from: Self.day("2020-01-01"))
        #expect(Self.standing(agent, on: "2024-01-01", nobody).access == .full)
    }

    @Test("a guardian of an adult goes on, a parent does not")
    func adults() {
        let guardian = ProxyTerms(basis: .guardian, ceiling: .full, from: Self.day("2020-01-01"))
        #expect(Self.standing(guardian, on: "2033-01-01").access == .full)
        #expect(Self.standing(Self.parent(), on: "2033-01-01").access == .none)
    }

    @Test("somebody born on 29 February has the birthday on 1 March in other years")
    func leapDay() {
        let leap = ProxySubject(birthDate: Self.day("2012-02-29"))
        #expect(Self.standing(Self.parent(), on: "2024-02-28", leap).access == .full)
        #expect(Self.standing(Self.parent(), on: "2024-02-29", leap).access == .limited)
        #expect(Self.standing(Self.parent(), on: "2030-02-28", leap).access == .limited)
        #expect(Self.standing(Self.parent(), on: "2030-03-01", leap).access == .none)
    }

    @Test("confidential care of a minor is closed to parents, and open to an agent")
    func confidential() {
        let rules = ProxyPolicyDefinition(
            key: "x", names: LocalizedText("X", spanish: "X"), majority: 18, stages: [.init(age: 0, access: .full)],
            confidentialFrom: 13)
        func decide(_ terms: ProxyTerms, _ text: String) -> ProxyDecision {
            ProxyRules.decide(
                .seeRecord, confidential: true, terms, for: ProxySubject(birthDate: Self.born), rules: rules,
                on: Self.day(text))
        }
        #expect(decide(Self.parent(), "2027-03-02") == .permit)
        #expect(decide(Self.parent(), "2027-03-03") == .deny(.confidential))
        #expect(
            decide(ProxyTerms(basis: .agent, ceiling: .full, from: Self.day("2020-01-01")), "2027-03-03") == .permit)
    }

    @Test("who only visits the child is told of visits, and asks for none")
    func visiting() {
        let terms = Self.parent(("2021-05-01", .visiting), ("2022-05-01", .joint))
        func decide(_ act: ProxyAct, _ text: String) -> ProxyDecision {
            ProxyRules.decide(
                act, terms, for: ProxySubject(birthDate: Self.born), rules: Self.rules, on: Self.day(text))
        }
        #expect(decide(.book, "2021-04-30") == .permit)
        #expect(decide(.book, "2021-05-01") == .deny(.custody))
        #expect(decide(.seeVisits, "2021-05-01") == .permit)
        #expect(decide(.book, "2022-05-01") == .permit)
        // Also when the age of the child is what holds them back first.
        let teen = Self.parent(("2026-03-03", .visiting))
        let decision = ProxyRules.decide(
            .book, teen, for: ProxySubject(birthDate: Self.born), rules: Self.rules, on: Self.day("2027-01-01"))
        #expect(decision == .deny(.custody))
    }

    @Test("the next change told is the first day on which the standing is another, over thousands of random terms")
    func nextChange() {
        var random = SystemlessRandom(state: 20_261_122)
        func some(_ first: Int, _ last: Int) -> CivilDate {
            CivilDate(daysSinceEpoch: first + Int(random.next() % UInt64(last - first)))
        }
        for round in 0..<2_000 {
            let born = some(14_000, 20_000)
            let subject = ProxySubject(
                birthDate: random.next() % 10 == 0 ? nil : born, isEmancipated: random.next() % 10 == 0)
            let from = some(18_000, 22_000)
            let terms = ProxyTerms(
                basis: ProxyBasis.allCases[Int(random.next() % 4)],
                ceiling: [.limited, .full][Int(random.next() % 2)], from: from,
                until: random.next() % 2 == 0 ? some(22_000, 26_000) : nil,
                custody: (0..<Int(random.next() % 4)).map { _ in
                    CustodySpan(from: some(18_000, 25_000), Custody.allCases[Int(random.next() % 4)])
                })
            let today = some(17_000, 24_000)
            let now = ProxyRules.standing(terms, for: subject, rules: Self.rules, on: today)
            let told = ProxyRules.nextChange(terms, for: subject, rules: Self.rules, after: today)
            var found: CivilDate?
            for ahead in 1...9_000 where found == nil {
                let then = today.adding(days: ahead)
                if ProxyRules.standing(terms, for: subject, rules: Self.rules, on: then) != now { found = then }
            }
            #expect(told?.day == found, "round \(round): \(terms) \(subject) on \(today.iso)")
        }
    }
}

/// The same numbers on each run.
private struct SystemlessRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
