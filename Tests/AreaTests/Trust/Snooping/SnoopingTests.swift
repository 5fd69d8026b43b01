import App
import Kernel
import Oracles
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Signals of snooping")
struct SnoopingTests {
    private struct Figures {
        var found = 0
        var wrong = 0
        var missed = 0
        var precision: Double { Double(found) / Double(max(1, found + wrong)) }
        var recall: Double { Double(found) / Double(max(1, found + missed)) }

        /// `facts`: what the detector knows of them; nil: everything.
        mutating func add(_ practice: PracticeBehaviour, knowing facts: SnoopingFacts? = nil) {
            var detector = SnoopingDetector(facts ?? practice.facts, firstDay: 20_000)
            practice.acts { detector.add($0) }
            let standing = Set(detector.finish().filter(\.stands).map(\.user))
            let guilty = Set(practice.snoopers.keys)
            found += standing.intersection(guilty).count
            wrong += standing.subtracting(guilty).count
            missed += guilty.subtracting(standing).count
        }
    }

    @Test("two months of 300 staff with three snoopers, eight times: nearly all are found and few others")
    func months() {
        var figures = Figures()
        for seed in 1...8 as ClosedRange<UInt64> { figures.add(PracticeBehaviour(seed: seed, days: 60, snoopers: 3)) }
        print("snooping, 60 days: precision \(figures.precision), recall \(figures.recall)")
        #expect(figures.precision >= 0.85)
        #expect(figures.recall >= 0.85)
    }

    @Test("a year of 300 staff with three snoopers")
    func year() {
        var figures = Figures()
        figures.add(PracticeBehaviour(seed: 1, snoopers: 3))
        print("snooping, a year: precision \(figures.precision), recall \(figures.recall)")
        #expect(figures.recall == 1)
        #expect(figures.precision >= 0.6)
    }

    /// The thresholds were found on seeds 1 to 8; these were first used when the figures of the documentation were taken.
    @Test("years of four practices that nothing was tuned on", arguments: [[1001, 1002, 1003, 1004] as [UInt64]])
    func unseen(_ seeds: [UInt64]) {
        var figures = Figures()
        for seed in seeds { figures.add(PracticeBehaviour(seed: seed, snoopers: 3)) }
        print("snooping, four unseen years: precision \(figures.precision), recall \(figures.recall)")
        // Twelve snoopers; the documentation's figures are 1.0 and 0.92: one missed, and three more who did nothing.
        #expect(figures.recall >= 0.9)
        #expect(figures.precision >= 0.75)
    }

    @Test("what nobody wrote down is not found: with half of the ties fewer stand out, without any the fewest")
    func unwritten() {
        var (half, none) = (Figures(), Figures())
        for seed in 1...8 as ClosedRange<UInt64> {
            let practice = PracticeBehaviour(seed: seed, days: 60, snoopers: 3)
            half.add(practice, knowing: practice.facts(written: 50))
            none.add(practice, knowing: practice.facts(written: 0))
        }
        for (share, figures) in [("half", half), ("none", none)] {
            print("snooping, 60 days, \(share) of the ties: precision \(figures.precision), recall \(figures.recall)")
            #expect(figures.precision >= 0.6)
        }
        // Half of the snoopers look after relatives or coworkers, half after people of note or at night.
        #expect(half.recall > none.recall)
        #expect((0.35...0.6).contains(none.recall))
    }

    @Test("in a practice where nobody snoops hardly anybody stands out")
    func honest() {
        var figures = Figures()
        figures.add(PracticeBehaviour(seed: 5, days: 60, snoopers: 0))
        #expect(figures.wrong <= 1)
    }

    @Test("a look that work explains counts nothing; without work it counts, with its records")
    func explained() {
        var facts = SnoopingFacts()
        let (ana, ben): (ID<User>, ID<User>) = (ID(raw: 1), ID(raw: 2))
        let (own, cousin): (ID<Patient>, ID<Patient>) = (ID(raw: 11), ID(raw: 12))
        facts.ties = [ana: [own: .own, cousin: .family]]
        func signals(_ acts: [(ID<User>, ID<Patient>, Int, Bool)]) -> [SnoopingScore] {
            var detector = SnoopingDetector(facts, firstDay: 100)
            for (number, act) in acts.enumerated() {
                detector.add(
                    SnoopingAct(
                        record: Int64(number), user: act.0, patient: act.1, day: act.2, hour: 10,
                        act.3 ? .work : .look))
            }
            return detector.finish()
        }
        // The work may come after the look, on the same day, or in the week before.
        #expect(signals([(ana, cousin, 100, false), (ana, cousin, 100, true), (ana, cousin, 106, false)]).isEmpty)
        let late = signals([(ana, cousin, 100, true), (ana, cousin, 108, false)])
        #expect(late.first?.signals.map(\.sign) == [.family])
        #expect(late.first?.signals.first?.records == [1])
        // One's own record counts whatever the work.
        #expect(signals([(ana, own, 100, false), (ana, own, 100, true)]).first?.signals.map(\.sign) == [.own])
        #expect(signals([(ben, own, 100, false)]).first?.signals.map(\.sign) == [.coworker])
        #expect(signals([(ben, cousin, 100, false)]).isEmpty)
    }

    @Test("the officer sees who looked at their own record, with the records behind it", arguments: TestStores.engines)
    func page(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let clinician = try await world.signIn("clinician")
            let user = try #require(
                try await world.people.ids(
                    "SELECT id FROM user_account WHERE tenant = \(.tenant) AND roles = 'clinician'", of: User.self
                ).first)
            let officer = try await world.signIn("privacy-officer")
            let empty = try await officer.get("/audit/signals")
            #expect(empty.status == 200)
            let noted = try await officer.post(
                "/audit/signals/ties", [("user", user.text), ("kind", "own"), ("patient", patient.text)])
            #expect(noted.status == 303)
            _ = try await clinician.get("/patients/\(patient.text)")
            world.clock.advance(by: .minutes(1))
            _ = try await officer.get("/patients/\(patient.text)")
            let page = try await officer.get("/audit/signals")
            #expect(page.visible.contains("Their own record: 1 times"))
            #expect(page.visible.contains("looked at a record, Patient \(patient.text)"))
            #expect(page.visible.contains("Coworkers: 1 times"))

            let wrong = try await officer.post(
                "/audit/signals/ties", [("user", user.text), ("kind", "own"), ("patient", "nobody")])
            #expect(wrong.status == 422)
            let removed = try await officer.post(
                "/audit/signals/ties/removal", [("user", user.text), ("patient", patient.text)])
            #expect(removed.status == 303)
            #expect(try await !officer.get("/audit/signals").visible.contains("Their own record: 1 times"))
            #expect(try await clinician.get("/audit/signals").status == 403)
        }
    }

    @Test(
        "people of note are those labelled so, not everybody whose record is sensitive", arguments: TestStores.engines)
    func peopleOfNote(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            func register(_ family: String, _ labels: Labels) async throws -> ID<Patient> {
                var person = NewPatient.maria
                (person.family, person.mrn, person.phones, person.email) = (family, nil, [], nil)
                person.labels = labels
                return try await world.people.register(person)
            }
            let caseload = [
                try await register("Abbott", .behaviouralHealth), try await register("Castle", .minor),
            ]
            let clinician = try await world.signIn("clinician")
            let officer = try await world.signIn("privacy-officer")
            for patient in caseload { #expect(try await clinician.get("/patients/\(patient.text)").status == 200) }
            let quiet = try await officer.get("/audit/signals")
            #expect(!quiet.visible.contains("people of note"))

            let famous = try await register("Dorset", [.behaviouralHealth, .vip])
            _ = try await clinician.get("/patients/\(famous.text)")
            let page = try await officer.get("/audit/signals")
            #expect(page.visible.contains("Restricted records and people of note: 1 times"))
            #expect(page.visible.contains("looked at a record, Patient \(famous.text)"))
        }
    }

    @Test(
        "who begins to stand out is found once a day and counted until the officer looks", arguments: TestStores.engines
    )
    func watch(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let clinician = try await world.user("clinician")
            let tie = [("user", clinician.text), ("kind", "own"), ("patient", patient.text)]
            /// A look at their own record on one more day, and the work of that day. Nobody opens their own record once
            /// it is known for theirs, so it is not until the evening.
            func day() async throws {
                world.clock.advance(by: .hours(24))
                let look = try await world.signIn("clinician").get("/patients/\(patient.text)")
                #expect(look.status == 200)
                let officer = try await world.signIn("privacy-officer")
                #expect(try await officer.post("/audit/signals/ties", tie).status == 303)
                try await Self.round(world)
                #expect(try await officer.post("/audit/signals/ties/removal", tie).status == 303)
            }
            func told() async throws -> String? {
                try await world.badge("signals", of: try await world.signIn("privacy-officer"))
            }
            try await day()
            #expect(try await told() == nil)
            // Two days make three points.
            try await day()
            #expect(try await told() == "1 person whose looks stand out")
            #expect(try await world.badge("signals", of: try await world.signIn("clinician")) == nil)
            // A second round on one day does nothing, and another officer has not seen it by this one's looking.
            let officer = try await world.signIn("privacy-officer")
            #expect(try await officer.get("/audit/signals").status == 200)
            try await Self.round(world)
            #expect(try await told() == nil)
            #expect(try await world.badge("signals", of: try await world.signIn()) == "1 person whose looks stand out")
            // More of it is told again.
            try await day()
            #expect(try await told() == "1 person whose looks stand out")
        }
    }

    private static func round(_ world: PageWorld) async throws {
        let work = try #require(
            world.platform.capabilities.flatMap(\.recurring).first { $0.name == "snooping-watch" })
        #expect(try await work.run(world.spine, world.tenant) == 0)
    }
}
