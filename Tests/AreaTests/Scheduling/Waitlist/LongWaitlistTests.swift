import App
import Conversations
import ConversationsAPI
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// A practice of 200 practitioners at which many wait: 2,000 people, with THROUGHLINE_SLOW 16,000.
@Suite("Offers with a long waitlist")
struct LongWaitlistTests {
    private static let people = Figures.isSlow ? 16_000 : 2_000
    private static let practitioners = 200

    // MARK: How soon

    @Test(
        "the offers of one and of fifty cancellations at once are queued within a minute",
        arguments: TestStores.engines)
    func soon(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            // Ten in the morning in Denver: nobody of the western states is asleep.
            world.clock.advance(by: .hours(2))
            try await Self.publish(world)
            try await Self.wait(world)
            let desk = world.people.desk
            let visits = try await Self.book(51, desk, world)
            try await world.people.settle()
            let none = try await Self.counts(world)
            #expect(none.openings == 0 && none.offers == 0)
            var freed = 0
            for some in [Array(visits.prefix(1)), Array(visits.dropFirst())] {
                let seconds = try await Self.seconds {
                    try await Self.cancel(some, desk, world)
                    try await world.people.settle()
                }
                freed += some.count
                let now = try await Self.counts(world)
                #expect(now.openings == freed, "\(some.count) at once")
                #expect(now.offers >= freed && now.queued == now.offers, "\(some.count) at once")
                #expect(seconds < 60, "\(some.count) at once")
                Figures.add(
                    "waitlist offers out, 16,000 waiting", (seconds * 100).rounded() / 100, "s",
                    ["engine": engine.rawValue, "cancellations": String(some.count)])
            }
        }
    }

    /// Dr. Alvarez has as many colleagues with her hours as make up the practice.
    private static func publish(_ world: PageWorld) async throws {
        try await world.publish { blueprint in
            guard let one = blueprint.practitioners.first(where: { $0.key == "elena-alvarez" }) else { return }
            for number in blueprint.practitioners.count..<practitioners {
                var other = one
                other.key = "colleague-\(number)"
                other.npi = nil
                // What names its practitioners does not name them.
                for index in other.templates.indices {
                    other.templates[index].visitTypes.removeAll { $0 == "telehealth-follow-up" }
                }
                other.name = PractitionerName(given: "Elena", family: "Alvarez \(number)")
                blueprint.practitioners.append(other)
            }
        }
        let now = try world.platform.definitions.configuration(of: world.tenant).practitioners.count
        try #require(now == practitioners)
    }

    /// Made-up people, all of whom wait: half for anybody at any time, the others with wishes of their own.
    private static func wait(_ world: PageWorld) async throws {
        let generator = PopulationGenerator(
            spine: world.spine, directory: world.people.directory, consents: world.people.messaging, plan: nil,
            recordVisits: { _, _ in 0 }, recordMessages: { _, _ in 0 })
        let made = try await world.spine.run(
            "generate", tenant: world.tenant, permissions: world.platform.permissions, origin: "cli"
        ) { caller in
            let outcome = try await generator.run(count: people, seed: 7, as: caller)
            return (outcome.patients, outcome.patients)
        }
        try #require(made == people)
        let waiting = try await world.people.ids(
            "SELECT id FROM patient WHERE tenant = \(.tenant) ORDER BY id", of: Patient.self)
        let keys = try world.platform.definitions.configuration(of: world.tenant).practitioners.keys.sorted()
        let (ids, now) = (world.spine.ids, world.clock.now())
        for start in stride(from: 0, to: waiting.count, by: 1_000) {
            let some = Array(waiting[start..<min(start + 1_000, waiting.count)])
            _ = try await world.platform.installation.database.write(world.tenant) { transaction in
                for (index, patient) in some.enumerated() {
                    try add(patient, start + index, keys, ids, now, in: transaction)
                }
            }
        }
    }

    /// As `JoinWaitlist` writes it.
    private static func add(
        _ patient: ID<Patient>, _ number: Int, _ practitioners: [String], _ ids: IDSource, _ now: Instant,
        in transaction: any Transaction
    ) throws {
        let isOpen = number.isMultiple(of: 2)
        let type = isOpen || number % 4 == 1 ? "annual-physical" : "follow-up"
        let with = isOpen ? "" : practitioners[number % practitioners.count]
        let at = number.isMultiple(of: 5) ? "denver-northside" : ""
        let days = number % 8 == 3 ? "1 4" : ""
        let from = number % 10 == 7 ? 780 : 0
        let priority = number.isMultiple(of: 50) ? "urgent" : number.isMultiple(of: 5) ? "soon" : "routine"
        let group = number.isMultiple(of: 4) ? "es" : "en"
        try transaction.send(
            """
            INSERT INTO waitlist_entry (tenant, id, patient, state, visit_type, practitioners, locations, weekdays,
                from_minute, to_minute, notice_minutes, priority, group_code, authorized, labels, source, version,
                joined_at)
            VALUES (\(.tenant), \(ids.nextRaw()), \(patient), 'waiting', \(type), \(with), \(at), \(days), \(from),
                1440, 0, \(priority), \(group), \(false), 0, 'console', 1, \(now - .minutes(number + 1)))
            """)
    }

    /// The first time of so many practitioners on Thursday, each with a patient of its own.
    private static func book(
        _ count: Int, _ desk: SchedulingDesk, _ world: PageWorld
    ) async throws -> [ID<Appointment>] {
        let day = try #require(CivilDate(iso: "2026-03-05"))
        let request = SlotRequest(
            visitType: "annual-physical", from: day, to: day, locations: ["denver-northside"])
        let slots = try await world.spine.ask(
            FindSlots(request, now: world.clock.now(), desk: desk), as: world.people.caller)
        var firsts: [String: OpenSlot] = [:]
        for slot in slots where firsts[slot.practitioner] == nil { firsts[slot.practitioner] = slot }
        var visits: [ID<Appointment>] = []
        for key in firsts.keys.sorted().prefix(count) {
            let slot = try #require(firsts[key])
            let patient = try await world.people.register(.named("Greta", "Away"))
            let question = SlotFinder.Question(
                visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
                localStart: slot.localStart)
            let visit = try await world.spine.perform(
                BookAppointment(.slot(question, patient: patient), desk: desk), as: world.people.caller)
            visits.append(ID(raw: visit.id))
        }
        try #require(visits.count == count)
        return visits
    }

    /// All of them at once.
    private static func cancel(
        _ visits: [ID<Appointment>], _ desk: SchedulingDesk, _ world: PageWorld
    ) async throws {
        let spine = world.spine
        try await withThrowingTaskGroup(of: Void.self) { group in
            for visit in visits {
                let caller = world.people.caller
                group.addTask {
                    _ = try await spine.perform(
                        CancelAppointment(visit, reason: .patient, telling: false, desk: desk), as: caller)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Openings that are offered, live offers, and those of them whose message waits in the outbox.
    private static func counts(_ world: PageWorld) async throws -> (openings: Int, offers: Int, queued: Int) {
        try await world.platform.installation.database.read(world.tenant) {
            transaction -> (openings: Int, offers: Int, queued: Int) in
            let openings: Int? = try transaction.value(
                """
                SELECT COUNT(DISTINCT opening) FROM waitlist_offer WHERE tenant = \(.tenant) AND state = 'offered'
                """)
            let offers: Int? = try transaction.value(
                "SELECT COUNT(*) FROM waitlist_offer WHERE tenant = \(.tenant) AND state = 'offered'")
            let queued: Int? = try transaction.value(
                """
                SELECT COUNT(*) FROM waitlist_offer f JOIN outbox o ON o.tenant = f.tenant AND o.target = f.message
                WHERE f.tenant = \(.tenant) AND f.state = 'offered'
                """)
            return (openings ?? 0, offers ?? 0, queued ?? 0)
        }
    }

    private static func seconds(_ work: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await work()
        let time = (clock.now - start).components
        return Double(time.seconds) + Double(time.attoseconds) / 1e18
    }

    // MARK: Who is looked at

    /// More people than are looked at for one opening, whom nobody knows, have waited longer than anybody.
    private static func crowd(with practitioner: String, in world: WaitlistWorld) async throws {
        let base = world.base.world
        _ = try await base.stores.main.write(base.tenant) { transaction in
            try transaction.send(
                """
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001)
                INSERT INTO waitlist_entry (tenant, id, patient, state, visit_type, practitioners, locations, weekdays,
                    from_minute, to_minute, notice_minutes, priority, group_code, authorized, labels, source, version,
                    joined_at)
                SELECT CAST(\(.tenant) AS BIGINT), n.i, n.i, 'waiting', 'annual-physical',
                    CAST(\(practitioner) AS TEXT), '', '', 0, 1440, 0, 'routine', 'en', FALSE, 0, 'console', 1, n.i
                FROM n
                """)
        }
    }

    @Test(
        "however many wait longer for somebody else, or less urgently, who suits a time is offered it",
        arguments: TestStores.engines)
    func behindTheCrowd(engine: Engine) async throws {
        for (practitioner, priority) in [("daniel-okafor", "routine"), ("", "urgent")] {
            try await WaitlistWorld.with(engine) { world in
                let people = try await world.base.patients(2)
                let visit = try await world.base.book(people[0], day: "2026-03-12")
                try await Self.crowd(with: practitioner, in: world)
                let entry = try await world.join(people[1], priority: priority)
                try await world.cancel(visit)
                let offers = try await world.offers()
                #expect(offers.map(\.entry) == [entry] && offers.map(\.state) == ["offered"], "\(priority)")
            }
        }
    }

    /// What is so with the last attempt to write to them, and whether they are tried first again at once.
    private static let attempts: [(reason: String, elsewhere: Bool, otherwise: Bool, hours: Int, tried: Bool)] = [
        ("no-phone", true, true, 1, false), ("no-phone", false, false, 25, true),
        ("opted-out", false, false, 1, false), ("opted-out", true, false, 1, true),
        // What they wait for besides says what may be read at their number, and nothing of this.
        ("shared-number", false, true, 1, true), ("no-template", false, false, 1, true),
    ]

    @Test(
        "who cannot be written to keeps no time from the others, and for a day comes after them all where it may be so again",
        arguments: TestStores.engines, attempts.indices)
    func unreachable(engine: Engine, _ index: Int) async throws {
        let attempt = Self.attempts[index]
        var policy = WaitlistPolicyDefinition.builtIn
        policy.waves = [.init(withinHours: nil, offers: 1, answerMinutes: 90)]
        policy.mostOffers = 1
        let published = try PublishedDefinitions()
        published.publish(.waitlistPolicy(policy))
        try await WaitlistWorld.with(engine, definitions: published) { world in
            let people = try await world.base.patients(4)
            let visits = [
                try await world.base.book(people[0], "09:00", day: "2026-03-12"),
                try await world.base.book(people[1], "10:00", day: "2026-03-12"),
            ]
            // She has no number, and nothing goes by e-mail here.
            let ana = try await world.base.base.reader("ana", "Ruiz", email: "ana@people.example")
            let urgent = try await world.join(ana, priority: "urgent")
            world.base.world.clock.advance(by: .minutes(1))
            let first = try await world.join(people[2])
            try await world.cancel(visits[0])
            #expect(try await world.offers().map(\.entry) == [urgent, first])
            #expect(try await world.offers().map(\.state) == ["withheld", "offered"])
            let base = world.base.world
            _ = try await base.stores.main.write(base.tenant) { transaction in
                try transaction.send(
                    """
                    UPDATE waitlist_offer SET reason = \(attempt.reason)
                    WHERE tenant = \(.tenant) AND state = 'withheld'
                    """)
                if attempt.otherwise {
                    try transaction.send(
                        "UPDATE waitlist_offer SET entry = 1 WHERE tenant = \(.tenant) AND state = 'withheld'")
                }
                if attempt.elsewhere {
                    try transaction.send("UPDATE waitlist_opening SET location = 'away' WHERE tenant = \(.tenant)")
                }
            }
            base.clock.advance(by: .hours(attempt.hours))
            let second = try await world.join(people[3])
            try await world.cancel(visits[1])
            let offers = try await world.offers().dropFirst(2)
            #expect(offers.map(\.entry) == (attempt.tried ? [urgent, second] : [second]))
            #expect(offers.last?.state == "offered")
        }
    }
}
