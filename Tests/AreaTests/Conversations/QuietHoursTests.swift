import Conversations
import ConversationsAPI
import Kernel
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("texts by night")
struct QuietHoursTests {
    private static let phone = "+13035550142"

    /// Half past nine in the evening in Denver: the patient writes.
    private func atNight(_ world: ConversationsWorld) async throws -> ID<Patient> {
        let maria = try await world.patient("Maria", "Delgado", phone: Self.phone)
        world.world.clock.advance(by: .hours(13) + .minutes(30))
        try await world.receive("I need to move my visit", from: Self.phone)
        return maria
    }

    private func reply(_ world: ConversationsWorld) async throws -> ReplyOutcome {
        let conversation: ID<Conversation> = try #require(
            try await world.rows("SELECT id FROM conversation").first)["id"]
        return try await world.world.spine.perform(
            SendReply(
                conversation: conversation, need: try await world.needs().first, text: "Tuesday at 9?",
                language: .english, messaging: world.messaging),
            as: world.agent)
    }

    /// What becomes of a message of the system's own: queued, held, or why it was withheld.
    private func notice(
        _ purpose: String, _ template: String, of patient: ID<Patient>, _ world: ConversationsWorld
    ) async throws -> String {
        try await world.perform { context in
            let outcome = try world.messaging.send(
                MessageRequest(
                    patient: patient, purpose: purpose, template: template, values: ConversationsWorld.visitWords,
                    locationZone: "America/Denver"),
                context: context)
            switch outcome {
            case .queued: return "queued"
            case .held(_, let until): return until == TestWorld.start + .days(1) ? "held" : "held till \(until)"
            case .withheld(let reason): return reason
            }
        }
    }

    @Test(
        "who has just written is answered at once and told of the visit; half an hour later both wait till eight",
        arguments: TestStores.engines)
    func answering(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await atNight(world)
            world.world.clock.advance(by: .minutes(20))
            #expect(try await reply(world).heldUntil == nil)
            #expect(try await notice("appointment-confirmation", "confirmation", of: maria, world) == "queued")
            #expect(try await notice("appointment-reminder", "reminder", of: maria, world) == "held")
            #expect(try await notice("appointment-change", "cancellation", of: maria, world) == "held")
            world.world.clock.advance(by: .minutes(11))
            #expect(try await notice("appointment-confirmation", "confirmation", of: maria, world) == "held")
            #expect(try await reply(world).heldUntil == (TestWorld.start + .days(1)).microseconds)
        }
    }

    @Test("a keyword is answered whatever the hour", arguments: TestStores.engines)
    func keywords(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            _ = try await atNight(world)
            world.world.clock.advance(by: .hours(3))
            try await world.receive("HELP", from: Self.phone)
            #expect(try await world.outbound() == ["help queued"])
            try await world.receive("STOP", from: Self.phone)
            #expect(try await world.outbound().last == "opt-out-confirmation queued")
        }
    }

    @Test(
        "an answer that waits for the morning is the first answer when it leaves, not when it was written",
        arguments: TestStores.engines)
    func firstAnswer(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            _ = try await atNight(world)
            world.world.clock.advance(by: .hours(1))
            let message = try await reply(world).message
            func need() async throws -> Row {
                try #require(
                    try await world.rows(
                        "SELECT stage, first_response_at, opened_at FROM need WHERE tenant = \(.tenant)"
                    )
                    .first)
            }
            let waiting = try await need()
            #expect(try waiting["stage"] == "waiting-patient")
            let none: Instant? = try waiting["first_response_at"]
            #expect(none == nil)
            #expect(try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'need.responded'") == 0)
            world.world.clock.advance(by: .hours(10))
            for status in ["sent", "delivered"] {
                _ = try await world.world.spine.perform(
                    RecordDeliveryReceipt(
                        intent: ID(raw: message), providerID: "SM-night", status: status, errorCode: nil,
                        messaging: world.messaging),
                    as: world.world.caller(.messageReceive))
            }
            let answered: Instant? = try await need()["first_response_at"]
            #expect(answered == world.world.clock.now())
            #expect(try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'need.responded'") == 1)
        }
    }
}
