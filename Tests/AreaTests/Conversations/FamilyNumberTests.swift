import Conversations
import ConversationsAPI
import Kernel
import People
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// It is Monday 2 March 2026, 8:00 in Denver.
@Suite("what goes to a number that a family shares")
struct FamilyNumberTests {
    private static let phone = "+13035550186"
    private static let care = "«check-up»"

    private static let values: [String: String] = {
        var values = ConversationsWorld.visitWords
        values["visitType"] = care
        return values
    }()

    /// What came of a message, and whether it names the patient and their care.
    private struct Said: Equatable {
        let outcome: String
        let isNamed: Bool
    }

    private func send(
        _ use: TemplateUse = .reminder, to patient: ID<Patient>, _ name: String, labels: Labels = [],
        _ world: ConversationsWorld
    ) async throws -> Said {
        let template = try #require(try ShippedDefinitions().shipped.template(for: use))
        let before = try await texts(of: patient, world)
        let outcome = try await world.perform(as: world.everySight) { context in
            let outcome = try world.messaging.send(
                MessageRequest(
                    patient: patient, purpose: template.value.purpose.rawValue, template: template.key,
                    values: Self.values, locationZone: "America/Denver", labels: labels),
                context: context)
            switch outcome {
            case .queued: return "queued"
            case .held: return "held"
            case .withheld(let reason): return reason
            }
        }
        let after = try await texts(of: patient, world)
        func named(_ texts: [String]) -> Int { texts.count { $0.contains(name) && $0.contains(Self.care) } }
        func silent(_ texts: [String]) -> Int { texts.count { !$0.contains(name) && !$0.contains(Self.care) } }
        // All of it or nothing: a name without the care, or the care without a name, is neither.
        #expect(named(after) + silent(after) == before.count + 1)
        return Said(outcome: outcome, isNamed: named(after) > named(before))
    }

    /// What was sent to a patient.
    private func texts(of patient: ID<Patient>?, _ world: ConversationsWorld) async throws -> [String] {
        let rows = try await world.rows(
            """
            SELECT id FROM conversation WHERE tenant = \(.tenant) AND COALESCE(patient, 0) = \(patient ?? ID(raw: 0))
            """)
        guard let row = rows.first else { return [] }
        return try await world.world.spine.ask(
            ReadThreadTexts(conversation: try row["id"], messaging: world.messaging), as: world.everySight)
    }

    @Test(
        "a mother is told of her small child's visit by name; of hers, and beside a third person, nobody is named",
        arguments: TestStores.engines)
    func family(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let rosa = try await world.born("Rosa", on: "1990-01-01", phone: Self.phone)
            let leo = try await world.born("Leo", on: "2019-06-01", phone: Self.phone)
            // Nobody acts for him yet.
            #expect(try await send(to: leo, "Leo", world) == Said(outcome: "queued", isNamed: false))
            _ = try await world.parent("Rosa Delgado", of: leo)
            // Written down by name alone she is not known to be who is reached there.
            #expect(try await send(to: leo, "Leo", world).isNamed == false)
            _ = try await world.parent("Rosa Delgado", of: leo, person: rosa)
            for use in [TemplateUse.confirmation, .reminder, .cancellation, .reschedule] {
                #expect(try await send(use, to: leo, "Leo", world) == Said(outcome: "queued", isNamed: true), "\(use)")
            }
            // He does not act for her, and none of hers tells of him.
            #expect(try await send(to: rosa, "Rosa", world).isNamed == false)
            #expect(try await texts(of: rosa, world).allSatisfy { !$0.contains("Leo") && !$0.contains("Rosa") })
            #expect(try await texts(of: leo, world).allSatisfy { !$0.contains("Rosa") })
            _ = try await world.born("Ines", on: "1980-01-01", phone: Self.phone)
            #expect(try await send(to: leo, "Leo", world) == Said(outcome: "queued", isNamed: false))
        }
    }

    @Test(
        "from the eighteenth birthday on nobody is named, nor in what waits over night for its morning",
        arguments: TestStores.engines)
    func birthday(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let rosa = try await world.born("Rosa", on: "1990-01-01", phone: Self.phone)
            let leo = try await world.born("Leo", on: "2008-03-03", phone: Self.phone)
            _ = try await world.parent("Rosa Delgado", of: leo, person: rosa)
            world.world.clock.advance(by: .hours(12))
            #expect(try await send(to: leo, "Leo", world) == Said(outcome: "queued", isNamed: true))
            // At ten in the evening it is quiet: the text is read in the morning, when he is of age.
            world.world.clock.advance(by: .hours(2))
            #expect(try await send(to: leo, "Leo", world) == Said(outcome: "held", isNamed: false))
            world.world.clock.advance(by: .hours(10))
            #expect(try await send(to: leo, "Leo", world) == Said(outcome: "queued", isNamed: false))
        }
    }

    @Test(
        "a parent without custody, a labelled visit and a labelled record name nobody; who visits the child is told",
        arguments: TestStores.engines)
    func entitled(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let rosa = try await world.born("Rosa", on: "1990-01-01", phone: Self.phone)
            let omar = try await world.born("Omar", on: "1990-01-01", phone: "+13035550187")
            let leo = try await world.born("Leo", on: "2019-06-01", phone: Self.phone)
            let eva = try await world.born("Eva", on: "2019-06-01", phone: "+13035550187")
            _ = try await world.parent("Rosa Delgado", of: leo, person: rosa, ("2026-03-02", .visiting))
            _ = try await world.parent("Omar Delgado", of: eva, person: omar, ("2026-03-02", .none))
            #expect(try await send(to: leo, "Leo", world).isNamed)
            #expect(try await send(to: eva, "Eva", world).isNamed == false)
            #expect(try await send(to: leo, "Leo", labels: .reproductive, world).isNamed == false)
            #expect(try await send(to: leo, "Leo", world).isNamed)
            try await world.world.stores.main.write(world.world.tenant) {
                try Policy.setLabels(.minor, of: leo, in: $0)
            }
            #expect(try await send(to: leo, "Leo", world).isNamed == false)
        }
    }

    @Test("what comes back from there is nobody's, and is thanked without a name", arguments: TestStores.engines)
    func reply(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let rosa = try await world.born("Rosa", on: "1990-01-01", phone: Self.phone)
            let leo = try await world.born("Leo", on: "2019-06-01", phone: Self.phone)
            _ = try await world.parent("Rosa Delgado", of: leo, person: rosa)
            _ = try await world.promptedVisit(of: leo)
            #expect(try await texts(of: leo, world).contains { $0.contains("Leo") })
            try await world.receive("C", from: Self.phone)
            #expect(try await world.outbound() == ["reminder queued", "confirmed queued"])
            let thanks = try await texts(of: nil, world)
            #expect(!thanks.isEmpty && thanks.allSatisfy { !$0.contains("Leo") && !$0.contains("Rosa") })
        }
    }
}
