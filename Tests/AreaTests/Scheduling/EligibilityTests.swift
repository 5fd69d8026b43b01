import Conversations
import ConversationsAPI
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// Who pays, and what has to be asked first: rules of visit types about what the record and the need know.
@Suite("Payers and facts that visit types ask for")
struct EligibilityTests {
    private static let type = "procedure-test"

    private static func asking(_ eligibility: VisitEligibility, _ key: String = type) -> AnyDefinition {
        .visitType(
            VisitTypeDefinition(
                key: key, names: LocalizedText("Procedure"), minutes: 30, serviceLine: "primary-care",
                leadMinutes: 60, horizonDays: 60, rules: VisitRules(eligibility: eligibility)))
    }

    private static func with(
        _ engine: Engine, _ definitions: [AnyDefinition],
        _ body: @escaping (BookingWorld, PublishedDefinitions) async throws -> Void
    ) async throws {
        let published = try PublishedDefinitions()
        for definition in definitions { published.publish(definition) }
        try await BookingWorld.with(engine, definitions: published) { try await body($0, published) }
    }

    // MARK: What is asked

    private func why(
        _ patient: ID<Patient>?, need: ID<Need>? = nil, day: String = "2026-03-09", as caller: Caller? = nil,
        _ world: BookingWorld
    ) async throws -> SlotRefusal? {
        try await world.world.spine.ask(
            AskWhyNot(
                try ThingTests.question("elena-alvarez", day: day), patient: patient, need: need,
                now: world.world.clock.now(), desk: world.desk), as: caller ?? world.agent)
    }

    private func times(
        _ patient: ID<Patient>, need: ID<Need>? = nil, _ world: BookingWorld
    ) async throws -> Int {
        let day = try #require(CivilDate(iso: "2026-03-09"))
        let request = SlotRequest(visitType: Self.type, from: day, to: day, practitioners: ["elena-alvarez"])
        return try await world.world.spine.ask(
            FindSlots(request, patient: patient, need: need, now: world.world.clock.now(), desk: world.desk),
            as: world.agent
        ).count
    }

    private func book(
        _ patient: ID<Patient>, at time: String = "09:00", need: ID<Need>? = nil, type: String = type,
        _ world: BookingWorld
    ) async throws -> ID<Appointment> {
        let question = try ThingTests.question("elena-alvarez", time, type: type)
        return ID(
            raw: try await world.world.spine.perform(
                BookAppointment(.slot(question, patient: patient), need: need, desk: world.desk), as: world.agent
            ).id)
    }

    private func move(
        _ visit: ID<Appointment>, _ time: String, type: String = type, as caller: Caller? = nil,
        _ world: BookingWorld
    ) async throws {
        _ = try await world.world.spine.perform(
            MoveAppointment(
                visit, to: .slot(try ThingTests.question("elena-alvarez", time, type: type)), desk: world.desk),
            as: caller ?? world.agent)
    }

    private func cover(_ patient: ID<Patient>, by payer: String, _ world: BookingWorld) async throws {
        let directory = world.base.directory
        world.world.clock.advance(by: .seconds(1))
        _ = try await world.base.perform { context in
            try directory.cover(patient, by: NewCoverage(payer: payer, source: "api"), context: context)
            return 0
        }
    }

    /// The need that a text opened.
    private func need(_ text: String, _ phone: String, _ world: BookingWorld) async throws -> ID<Need> {
        try await world.base.receive(text, from: phone)
        return try #require(try await world.base.needs().last)
    }

    private func write(
        _ code: FactCode, of need: ID<Need>, as caller: Caller? = nil, _ world: BookingWorld
    ) async throws {
        _ = try await world.world.spine.perform(
            RecordFact(need: need, code: code, value: "Her sister drives.", messaging: world.base.messaging),
            as: caller ?? world.agent)
    }

    private func seer(_ world: BookingWorld) -> Caller {
        world.world.caller(
            ConversationsWorld.agentRights.union(Labels.permissions).union([.labelWrite]), actor: world.agent.actor)
    }

    // MARK: Payers

    @Test(
        "whose payer is not accepted is offered nothing and booked nothing; no coverage on record refuses nothing",
        arguments: TestStores.engines)
    func payers(engine: Engine) async throws {
        // As on the card, by key, and for who pays alone.
        let rule = VisitEligibility(payers: ["Harbor Mutual", "summit-care", "self-pay"])
        try await Self.with(engine, [Self.asking(rule)]) { world, _ in
            let maria = try await world.patient()
            #expect(try await why(maria, world) == nil)
            let all = try await times(maria, world)
            #expect(all > 0)
            try await cover(maria, by: "Bluepeak", world)
            #expect(try await why(maria, world) == .payerNotAccepted)
            #expect(try await why(nil, world) == nil)
            #expect(try await times(maria, world) == 0)
            let booked = try await world.fault { _ = try await book(maria, world) }
            #expect(booked == "slot.payer-not-accepted")
            let held = try await world.fault {
                _ = try await world.world.spine.perform(
                    HoldSlot(try ThingTests.question("elena-alvarez"), patient: maria, desk: world.desk),
                    as: world.agent)
            }
            #expect(held == "slot.payer-not-accepted")
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
            for payer in ["HARBOR  Mutual", "Summit Care", "Self-pay"] {
                try await cover(maria, by: payer, world)
                #expect(try await why(maria, world) == nil, "\(payer)")
                #expect(try await times(maria, world) == all, "\(payer)")
            }
        }
    }

    @Test(
        "a visit that was agreed is moved whoever pays now; as another visit it is asked",
        arguments: TestStores.engines)
    func moved(engine: Engine) async throws {
        let definitions = [
            Self.asking(VisitEligibility(payers: ["harbor-mutual"], facts: ["ride"])), Self.asking(.everybody, "other"),
        ]
        try await Self.with(engine, definitions) { world, _ in
            let maria = try await world.patient()
            try await cover(maria, by: "Harbor Mutual", world)
            let visit = try await book(maria, world)
            let other = try await book(maria, at: "10:00", type: "other", world)
            try await cover(maria, by: "Bluepeak", world)
            #expect(try await why(maria, world) == .payerNotAccepted)
            try await move(visit, "09:30", world)
            let refused = try await world.fault { try await move(other, "11:00", world) }
            #expect(refused == "slot.payer-not-accepted")
            try await move(other, "11:00", type: "other", world)
        }
    }

    @Test("an authorization is asked of those alone whose payer asks for it", arguments: TestStores.engines)
    func authorization(engine: Engine) async throws {
        let rule = VisitEligibility(authorization: AuthorizationRule(payers: ["Bluepeak"]))
        try await Self.with(engine, [Self.asking(rule)]) { world, _ in
            let maria = try await world.patient()
            #expect(try await why(maria, world) == nil)
            try await cover(maria, by: "Harbor Mutual", world)
            #expect(try await why(maria, world) == nil)
            try await cover(maria, by: "Bluepeak", world)
            #expect(try await why(maria, world) == .authorizationNeeded)
            // The newest coverage of a record counts; the earlier ones are past.
            try await cover(maria, by: "Harbor Mutual", world)
            #expect(try await why(maria, world) == nil)
        }
    }

    @Test("who pays by a record out of reach counts for those who see it", arguments: TestStores.engines)
    func hiddenRecord(engine: Engine) async throws {
        try await Self.with(engine, [Self.asking(VisitEligibility(payers: ["harbor-mutual"]))]) { world, _ in
            let maria = try await world.patient()
            var secret = NewPatient()
            secret.given = ["Zoe"]
            secret.coveragePayer = "Bluepeak"
            secret.labels = .restricted
            let seer = seer(world)
            let made = try await world.world.spine.perform(
                RegisterPatient(secret, directory: world.base.directory), as: seer)
            _ = try await world.world.spine.perform(
                LinkPatients(try #require(made.id), to: maria, directory: world.base.directory), as: seer)
            #expect(try await why(maria, as: seer, world) == .payerNotAccepted)
            #expect(try await why(maria, world) == nil)
        }
    }

    // MARK: Facts

    @Test(
        "a visit is offered for a need once what it asks for is written down, by a text or by us",
        arguments: TestStores.engines)
    func facts(engine: Engine) async throws {
        let rule = VisitEligibility(facts: ["ride", "medication"])
        try await Self.with(engine, [Self.asking(rule)]) { world, _ in
            let maria = try await world.patient()
            let need = try await need("I need a refill of my lisinopril", "+13035550142", world)
            let spine = world.world.spine
            func missing() async throws -> [String] {
                try await spine.ask(AskMissingFacts(Self.type, need: need, desk: world.desk), as: world.agent)
            }
            #expect(try await missing() == ["ride"])
            #expect(try await why(maria, need: need, world) == .factsMissing)
            #expect(try await times(maria, need: need, world) == 0)
            // Without a need nothing is known, and nothing is refused.
            #expect(try await why(maria, world) == nil)
            do {
                _ = try await book(maria, need: need, world)
                Issue.record("booked, though nobody asked")
            } catch let fault as Fault {
                #expect(fault.code == "slot.facts-missing")
                #expect(fault.message == "Something has to be asked before this visit type is booked: ride.")
                #expect(fault.fields.map(\.path) == ["facts.ride"])
            }
            // A time that is held without the need is not had for it either.
            let hold = try await spine.perform(
                HoldSlot(try ThingTests.question("elena-alvarez"), patient: maria, desk: world.desk), as: world.agent)
            let late = try await world.fault {
                _ = try await spine.perform(
                    BookAppointment(.hold(ID(raw: hold.id), patient: nil), need: need, desk: world.desk),
                    as: world.agent)
            }
            #expect(late == "slot.facts-missing")
            try await write(.ride, of: need, world)
            #expect(try await missing() == [])
            #expect(try await why(maria, need: need, day: "2026-03-16", world) == nil)
            _ = try await spine.perform(
                BookAppointment(.hold(ID(raw: hold.id), patient: nil), need: need, desk: world.desk), as: world.agent)
            #expect(
                try await world.count("SELECT COUNT(*) FROM audit_record WHERE action = 'RecordFact'") == 1)
        }
    }

    @Test("what is known of a need out of reach changes no answer", arguments: TestStores.engines)
    func hiddenNeed(engine: Engine) async throws {
        let definitions = [Self.asking(VisitEligibility(facts: ["ride"])), Self.asking(.everybody, "other")]
        try await Self.with(engine, definitions) { world, _ in
            let maria = try await world.patient()
            let need = try await need("I would like to see somebody", "+13035550142", world)
            let seer = seer(world)
            var visits: [ID<Appointment>] = []
            for time in ["08:00", "08:30", "09:00"] {
                visits.append(try await book(maria, at: time, need: need, type: "other", world))
            }
            let conversation = try #require(
                try await world.base.rows("SELECT conversation FROM need WHERE tenant = \(.tenant) AND id = \(need)")
                    .map { try $0["conversation"] as ID<Conversation> }.first)
            _ = try await world.world.spine.perform(
                LabelConversation(conversation, .reproductive, messaging: world.base.messaging), as: seer)
            func asked() async throws -> [String?] {
                [
                    try await world.fault { _ = try await why(maria, need: need, world) },
                    try await world.fault { _ = try await times(maria, need: need, world) },
                    try await world.fault {
                        _ = try await world.world.spine.ask(
                            AskMissingFacts(Self.type, need: need, desk: world.desk), as: world.agent)
                    },
                ]
            }
            let hidden: [String?] = Array(repeating: "need.not-found", count: 3)
            #expect(try await asked() == hidden)
            // As another visit, whose need is that one: whoever sees it is told what is missing, others are not.
            let told = try await world.fault { try await move(visits[0], "10:00", as: seer, world) }
            #expect(told == "slot.facts-missing")
            try await move(visits[1], "10:30", world)
            try await write(.ride, of: need, as: seer, world)
            #expect(try await asked() == hidden)
            try await move(visits[2], "11:00", world)
            try await move(visits[0], "10:00", as: seer, world)
        }
    }

    @Test("neither rule opens a record, and neither is read where no rule asks", arguments: TestStores.engines)
    func trail(engine: Engine) async throws {
        let quiet = VisitEligibility(payers: ["harbor-mutual"], facts: ["ride"])
        try await Self.with(engine, [Self.asking(.everybody)]) { world, published in
            let maria = try await world.patient()
            let need = try await need("I need a ride to my visit", "+13035550142", world)
            try await cover(maria, by: "Harbor Mutual", world)
            func records(_ rule: VisitEligibility) async throws -> Int {
                published.publish(Self.asking(rule))
                let sql: SQL = "SELECT COUNT(*) FROM audit_record"
                let before = try await world.count(sql)
                #expect(try await why(maria, need: need, world) == nil)
                return try await world.count(sql) - before
            }
            let without = try await records(.everybody)
            #expect(try await records(quiet) == without)
            #expect(try await records(VisitEligibility(sexes: [.female])) > without)
        }
    }

    // MARK: The waitlist

    @Test(
        "time that came free is offered to nobody whose payer is not accepted or who has to be asked first",
        arguments: TestStores.engines)
    func waitlist(engine: Engine) async throws {
        try await Self.with(engine, [Self.asking(.everybody)]) { base, published in
            let rights = ConversationsWorld.agentRights.union([.waitlistRead, .waitlistWrite])
            let world = WaitlistWorld(
                base: base, waitlist: WaitlistDesk(base.desk, publicBase: "https://clinic.example"),
                agent: base.world.caller(rights, actor: base.agent.actor))
            let people = try await base.patients(4)
            try await cover(people[1], by: "Bluepeak", base)
            try await cover(people[3], by: "Harbor Mutual", base)
            let unasked = try await need("I would like to come in", "+13035551002", base)
            func join(_ index: Int, need: ID<Need>? = nil) async throws -> ID<WaitlistEntry> {
                let request = WaitlistRequest(WaitlistWish(visitType: Self.type), need: need)
                return ID(
                    raw: try await world.spine.perform(
                        JoinWaitlist(people[index], request, waitlist: world.waitlist), as: world.agent))
            }
            let visit = try await world.spine.perform(
                BookAppointment(.slot(try ThingTests.question("elena-alvarez"), patient: people[0]), desk: base.desk),
                as: world.agent)
            _ = try await join(1)
            _ = try await join(2, need: unasked)
            let fits = try await join(3)
            published.publish(Self.asking(VisitEligibility(payers: ["harbor-mutual"], facts: ["ride"])))
            try await world.cancel(visit)
            let offers = try await world.offers()
            #expect(offers.map(\.entry) == [fits] && offers.map(\.state) == ["offered"])
            #expect(try await world.accept(offers[0].id).outcome == .accepted)
            // Nor is anybody put on the list for it.
            let other = try await base.patient("Lin", number: 2_001)
            try await cover(other, by: "Bluepeak", base)
            let request = WaitlistRequest(WaitlistWish(visitType: Self.type))
            let refused = try await base.fault {
                _ = try await world.spine.perform(
                    JoinWaitlist(other, request, waitlist: world.waitlist), as: world.agent)
            }
            #expect(refused == "slot.payer-not-accepted")
            let asked = WaitlistRequest(WaitlistWish(visitType: Self.type), need: unasked)
            do {
                _ = try await world.spine.perform(
                    JoinWaitlist(people[0], asked, waitlist: world.waitlist), as: world.agent)
                Issue.record("on the list, though nobody asked")
            } catch let fault as Fault {
                #expect(fault.code == "slot.facts-missing" && fault.fields.map(\.path) == ["facts.ride"])
            }
        }
    }

    // MARK: The checker

    @Test("a blueprint asks for nothing that cannot be written down, and the codes are those that can")
    func codes() {
        #expect(VisitEligibility.factCodes == Set(FactCode.allCases.map(\.rawValue)))
        func problems(_ facts: [String]) -> [String] {
            ThingTests.procedure(VisitRules(eligibility: VisitEligibility(facts: facts))).problems().map(\.path)
        }
        #expect(problems(FactCode.allCases.map(\.rawValue)) == [])
        #expect(problems(["ride", "shoe-size"]) == ["rules.eligibility.facts[1]"])
        for rule in [VisitEligibility(payers: ["harbor-mutual"]), VisitEligibility(facts: ["ride"])] {
            var type = ThingTests.procedure(VisitRules(eligibility: rule))
            type.rules.selfService.book = true
            #expect(!type.isPublic)
        }
    }
}
