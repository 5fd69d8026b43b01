import Conversations
import Kernel
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("many at once in one conversation")
struct RaceTests {
    /// What may come of an act on a need that others act on too: it is done, or the reason it is not is told.
    private static let told: Set = ["done", "need.taken", "need.owned", "need.closed", "need.open"]

    @Test(
        "answering, taking, handing on, giving back, closing and reopening at once never break a need",
        arguments: TestStores.engines)
    func needs(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            _ = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            try await world.receive("I need to move my visit", from: "+13035550142")
            let need = try #require(try await world.needs().first)
            let conversation: ID<Conversation> = try #require(
                try await world.rows("SELECT id FROM conversation").first)["id"]
            let outcomes = await BookingTests.together(160) { index in
                let caller = index.isMultiple(of: 2) ? world.agent : world.other
                return await faultCode {
                    try await Self.act(index, on: need, in: conversation, as: caller, world)
                } ?? "done"
            }
            #expect(Set(outcomes).subtracting(Self.told).sorted() == [])
            // Each that was done is on the log once, and no answer was written twice.
            let replies = try await world.world.count(
                "SELECT COUNT(*) FROM message WHERE tenant = \(.tenant) AND direction = 'out'")
            #expect(
                try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'message.queued'") == replies)
            #expect(try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'need.responded'") <= 1)
            let closings = try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'need.closed'")
            let openings = try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'need.reopened'")
            #expect((0...1).contains(closings - openings))
            let stage: String = try #require(
                try await world.rows("SELECT stage FROM need WHERE tenant = \(.tenant) AND id = \(need)").first)[
                    "stage"]
            #expect((stage == "closed") == (closings > openings))
        }
    }

    private static func act(
        _ index: Int, on need: ID<Need>, in conversation: ID<Conversation>, as caller: Caller,
        _ world: ConversationsWorld
    ) async throws {
        let spine = world.world.spine
        let messaging = world.messaging
        switch index / 2 % 8 {
        case 0, 1, 2:
            _ = try await spine.perform(
                SendReply(
                    conversation: conversation, need: index.isMultiple(of: 3) ? nil : need, text: "Tuesday at 9?",
                    language: .english, messaging: messaging),
                as: caller)
        case 3: _ = try await spine.perform(TakeNeed(need: need, messaging: messaging), as: caller)
        case 4:
            _ = try await spine.perform(
                CloseNeed(need: need, outcome: .completed, note: "by phone", messaging: messaging), as: caller)
        case 5: _ = try await spine.perform(ReopenNeed(need: need, messaging: messaging), as: caller)
        case 6:
            if index.isMultiple(of: 2) {
                _ = try await spine.perform(ReleaseNeed(need: need, messaging: messaging), as: caller)
            } else {
                _ = try await spine.perform(
                    HandOffNeed(need: need, to: .team("access-center"), note: nil, messaging: messaging), as: caller)
            }
        // Words of courtesy: they open no need of their own when the other is closed.
        default: try await world.receive("thank you", from: "+13035550142", id: "SM-race-\(index)")
        }
    }

    @Test(
        "of two who say whose a conversation is one is heard, and nothing in it stays under another key",
        arguments: TestStores.engines)
    func assigning(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let people = [
                try await world.patient("Sofia", "Delgado", phone: "+13035550186"),
                try await world.patient("Tomas", "Delgado", phone: "+13035550186"),
            ]
            for round in 0..<5 {
                try await world.receive("Can you move the visit, round \(round)", from: "+13035550186")
                let conversation: ID<Conversation> = try #require(
                    try await world.rows("SELECT id FROM conversation WHERE tenant = \(.tenant) AND patient IS NULL")
                        .first)["id"]
                let outcomes = await BookingTests.together(12) { index in
                    await faultCode {
                        if index % 3 == 0 {
                            _ = try await world.world.spine.perform(
                                AssignConversation(
                                    conversation: conversation, person: .patient(people[index % 2]),
                                    messaging: world.messaging),
                                as: world.agent)
                        } else if index % 3 == 1 {
                            try await world.receive("and my bill, \(index)", from: "+13035550186")
                        } else {
                            _ = try await world.world.spine.perform(
                                SendReply(
                                    conversation: conversation, need: nil, text: "One moment", language: .english,
                                    messaging: world.messaging),
                                as: world.agent)
                        }
                    } ?? "done"
                }
                let decisions = outcomes.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
                // Whoever had a conversation of their own at the number takes what was in this one into it, and this
                // one stays for what nobody has assigned.
                #expect(decisions.contains("done"), "\(decisions)")
                #expect(Set(outcomes).subtracting(["done", "conversation.assigned"]).sorted() == [], "round \(round)")
            }
            try await Self.expectOneKeyEach(world)
        }
    }

    /// Every row of a conversation belongs to whom the conversation belongs to, and opens with their key alone.
    private static func expectOneKeyEach(_ world: ConversationsWorld) async throws {
        let strays: [SQL] = [
            """
            SELECT COUNT(*) FROM message m JOIN conversation c ON c.tenant = m.tenant AND c.id = m.conversation
            WHERE m.key_subject <> c.key_subject OR COALESCE(m.patient, 0) <> COALESCE(c.patient, 0)
            """,
            """
            SELECT COUNT(*) FROM need n JOIN conversation c ON c.tenant = n.tenant AND c.id = n.conversation
            WHERE n.key_subject <> c.key_subject OR COALESCE(n.patient, 0) <> COALESCE(c.patient, 0)
            """,
            """
            SELECT COUNT(*) FROM need_fact f JOIN need n ON n.tenant = f.tenant AND n.id = f.need
            WHERE f.key_subject <> n.key_subject
            """,
        ]
        for stray in strays { #expect(try await world.world.count(stray) == 0, "\(stray)") }
        for need in try await world.needs() { #expect(try await !world.thread(need).isEmpty) }
    }
}
