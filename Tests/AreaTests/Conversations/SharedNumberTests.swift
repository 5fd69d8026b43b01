import Conversations
import ConversationsAPI
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault

@Suite("what goes to a number that several patients share")
struct SharedNumberTests {
    private static let phone = "+13035550186"
    private static let uses: [TemplateUse] = [.confirmation, .pending, .reminder, .cancellation, .reschedule]
    private static let when = "Tue 7 Jul, 9:40 AM"

    /// Each value tells by itself which variable it was.
    private static let values: [String: String] = {
        var values: [String: String] = [:]
        for variable in TemplateVariable.allCases where variable != .patientName && variable != .practice {
            values[variable.rawValue] = "«\(variable.rawValue)»"
        }
        values["when"] = when
        values["practicePhone"] = nil
        values["link"] = "https://riverbend.example/v/abc"
        return values
    }()

    private func send(_ use: TemplateUse, to patient: ID<Patient>, _ world: ConversationsWorld) async throws -> String {
        let template = try #require(try ShippedDefinitions().shipped.template(for: use))
        return try await world.perform { context in
            let outcome = try world.messaging.send(
                MessageRequest(
                    patient: patient, purpose: template.value.purpose.rawValue, template: template.key,
                    values: Self.values, locationZone: "America/Denver"),
                context: context)
            if case .queued = outcome { return "queued" }
            return "\(outcome)"
        }
    }

    /// What was sent to a patient, the oldest first.
    private func texts(of patient: ID<Patient>?, _ world: ConversationsWorld) async throws -> [String] {
        let id: ID<Conversation> = try #require(
            try await world.rows(
                """
                SELECT id FROM conversation
                WHERE tenant = \(.tenant) AND COALESCE(patient, 0) = \(patient ?? ID(raw: 0))
                """
            ).first)["id"]
        return try await world.world.spine.ask(
            ReadThreadTexts(conversation: id, messaging: world.messaging), as: world.agent)
    }

    @Test(
        "nothing the system sends there names the patient or their care, in either language",
        arguments: TestStores.engines)
    func namesNobody(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let sofia = try await world.patient("Sofia", "Delgado", phone: Self.phone)
            let tomas = try await world.patient("Tomas", "Delgado", phone: Self.phone, language: "es")
            for patient in [sofia, tomas] {
                for use in Self.uses { #expect(try await send(use, to: patient, world) == "queued", "\(use)") }
                let sent = try await texts(of: patient, world)
                #expect(sent.count == Self.uses.count)
                for text in sent {
                    #expect(!text.contains("Sofia") && !text.contains("Tomas") && !text.contains("Delgado"), "\(text)")
                    #expect(!text.contains("«"), "\(text)")
                    #expect(text.contains(Self.when), "\(text)")
                }
            }
        }
    }

    @Test("a number of one patient is told whom and what the visit is for", arguments: TestStores.engines)
    func ownNumber(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            for use in Self.uses { #expect(try await send(use, to: maria, world) == "queued") }
            let sent = try await texts(of: maria, world)
            #expect(sent.allSatisfy { $0.contains("Maria") && $0.contains("«visitType»") })
        }
    }

    @Test("a yes from there confirms the visit, and the thanks name nobody", arguments: TestStores.engines)
    func confirmed(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let sofia = try await world.patient("Sofia", "Delgado", phone: Self.phone)
            _ = try await world.patient("Tomas", "Delgado", phone: Self.phone)
            let visit = try await world.promptedVisit(of: sofia)
            try await world.receive("C", from: Self.phone)
            let summary = try await world.world.stores.main.read(world.world.tenant) {
                try world.book.appointment(visit, in: $0)
            }
            #expect(summary?.confirmed == true)
            #expect(try await world.outbound() == ["reminder queued", "confirmed queued"])
            #expect(try await texts(of: nil, world).allSatisfy { !$0.contains("Sofia") && !$0.contains("Delgado") })
        }
    }

    @Test("every message that the practice of the blueprint sends has words for such a number, and no problem")
    func blueprint() throws {
        let shipped = try ShippedDefinitions().shipped
        for template in shipped.messageTemplates.values {
            #expect(template.value.problems().map(\.description) == [])
            if template.use.isAutomatic {
                #expect(template.value.words(toSharedNumber: true) != nil, "\(template.key)")
            }
        }
    }

    @Test("a template without such words goes nowhere near it, and publishing says so")
    func silent() {
        var template = SmallBlueprint.template(.reminder)
        template.variables = [.patientName]
        template.body = LocalizedText("See you, {{patientName}}.", spanish: "Le vemos, {{patientName}}.")
        #expect(template.words(toSharedNumber: true) == nil)
        #expect(template.words(toSharedNumber: false) == template.body)
        #expect(template.problems().map { "\($0.severity) \($0.path)" } == ["warning shared"])
        template.shared = LocalizedText("See you, {{patientName}}.", spanish: "Le vemos.")
        #expect(template.problems().map { "\($0.severity) \($0.path)" } == ["error shared"])
        template.shared = LocalizedText("See you.", spanish: "Le vemos.")
        #expect(template.problems().isEmpty)
        #expect(template.words(toSharedNumber: true) == template.shared)
    }
}
