import Conversations
import ConversationsAPI
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("needs and their owners")
struct NeedTests {
    private func opened(_ world: ConversationsWorld) async throws -> ID<Need> {
        _ = try await world.patient("Maria", "Delgado", phone: "+13035550142")
        try await world.receive("I need to move my visit", from: "+13035550142")
        return try #require(try await world.needs().first)
    }

    @Test("of many who take a need at once one gets it, and the others are told who", arguments: TestStores.engines)
    func race(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let need = try await opened(world)
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for index in 0..<8 {
                    let caller = index.isMultiple(of: 2) ? world.agent : world.other
                    group.addTask {
                        await faultCode {
                            _ = try await world.world.spine.perform(
                                TakeNeed(need: need, messaging: world.messaging), as: caller)
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            // Taking what is already one's own is no conflict: the four of the winner succeed.
            #expect(outcomes.filter { $0 == nil }.count == 4)
            #expect(outcomes.filter { $0 == "need.taken" }.count == 4)
            #expect(try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'need.taken'") == 1)
        }
    }

    @Test("who answers takes the need; somebody else is refused it", arguments: TestStores.engines)
    func answering(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let need = try await opened(world)
            let conversation: ID<Conversation> = try #require(
                try await world.rows("SELECT id FROM conversation").first)["id"]
            let reply = SendReply(
                conversation: conversation, need: need, text: "Tuesday at 9?", language: .english,
                messaging: world.messaging)
            _ = try await world.world.spine.perform(reply, as: world.agent)
            let row = try #require(
                try await world.rows(
                    "SELECT owner, stage, next_step, first_response_at FROM need WHERE tenant = \(.tenant)"
                ).first)
            #expect(try row["owner"] == world.agent.actor.raw)
            #expect(try row["stage"] == "waiting-patient")
            let answered: Instant? = try row["first_response_at"]
            #expect(answered == world.world.clock.now())
            let refused = await faultCode { _ = try await world.world.spine.perform(reply, as: world.other) }
            #expect(refused == "need.owned")
            // The patient writes: it is the agent's turn again.
            try await world.receive("Tuesday is fine", from: "+13035550142")
            let after = try #require(
                try await world.rows("SELECT stage, next_step FROM need WHERE tenant = \(.tenant)").first)
            #expect(try after["stage"] == "in-progress")
            #expect(try after["next_step"] == "answer")
        }
    }

    @Test("an open need without team, next step or due time cannot be stored", arguments: TestStores.engines)
    func invariant(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let need = try await opened(world)
            let broken: [SQL] = [
                "UPDATE need SET team = '' WHERE id = \(need)", "UPDATE need SET next_step = '' WHERE id = \(need)",
                "UPDATE need SET due_at = 0 WHERE id = \(need)", "UPDATE need SET due_at = NULL WHERE id = \(need)",
                "UPDATE need SET stage = 'closed' WHERE id = \(need)",
                "UPDATE need SET outcome = 'completed' WHERE id = \(need)",
            ]
            for statement in broken {
                let code = await faultCode {
                    _ = try await world.world.stores.main.write(world.world.tenant) { try $0.execute(statement) }
                }
                #expect(code == "store.check" || code == "store.notNull", "\(statement)")
            }
        }
    }

    @Test("a need moves with its visit and is closed by its completion", arguments: TestStores.engines)
    func visit(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let need = try await opened(world)
            func tell(_ kind: NeedAppointmentChange.Kind) async throws {
                _ = try await world.perform { context in
                    try world.messaging.appointmentChanged(
                        NeedAppointmentChange(
                            kind: kind, need: need, appointment: ID(raw: 9), startsAt: context.now + .days(2)),
                        context: context)
                    return true
                }
            }
            try await tell(.booked)
            #expect(try await stage(world) == "scheduled")
            try await tell(.cancelled)
            #expect(try await stage(world) == "in-progress")
            try await tell(.booked)
            try await tell(.completed)
            #expect(try await stage(world) == "closed")
            // What comes late changes nothing.
            try await tell(.noShow)
            #expect(try await stage(world) == "closed")
            let outcome: String = try #require(try await world.rows("SELECT outcome FROM need").first)["outcome"]
            #expect(outcome == "completed")
        }
    }

    private func stage(_ world: ConversationsWorld) async throws -> String {
        try #require(try await world.rows("SELECT stage FROM need WHERE tenant = \(.tenant)").first)["stage"]
    }

    @Test("the inbox shows each filter its needs, and hides what the caller may not see", arguments: TestStores.engines)
    func inbox(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let need = try await opened(world)
            try await world.receive("hello, is this the clinic?", from: "+13035550199")
            func rows(_ filter: InboxFilter, _ caller: Caller) async throws -> Int {
                try await world.world.spine.ask(
                    ReadInbox(
                        filter: filter, order: .due, now: world.world.clock.now(), messaging: world.messaging,
                        book: world.book),
                    as: caller
                ).rowCount
            }
            #expect(try await rows(.team, world.agent) == 2)
            #expect(try await rows(.unassigned, world.agent) == 2)
            #expect(try await rows(.mine, world.agent) == 0)
            _ = try await world.world.spine.perform(TakeNeed(need: need, messaging: world.messaging), as: world.agent)
            #expect(try await rows(.mine, world.agent) == 1)
            #expect(try await rows(.mine, world.other) == 0)
            _ = try await world.world.spine.perform(
                CloseNeed(need: need, outcome: .completed, note: "done by phone", messaging: world.messaging),
                as: world.agent)
            #expect(try await rows(.closed, world.agent) == 1)
            #expect(try await rows(.team, world.agent) == 1)
            // Somebody of a place the patient does not belong to sees only the stranger.
            _ = try await world.world.stores.main.write(world.world.tenant) {
                try $0.execute("UPDATE patient_scope SET location = 5 WHERE tenant = \(.tenant)")
            }
            let elsewhere = world.world.caller(ConversationsWorld.agentRights, locations: .only([ID(raw: 6)]))
            #expect(try await rows(.closed, elsewhere) == 0)
            #expect(try await rows(.team, elsewhere) == 1)
            let hidden = await faultCode {
                _ = try await world.world.spine.perform(
                    ReopenNeed(need: need, messaging: world.messaging), as: elsewhere)
            }
            #expect(hidden == "need.not-found")
        }
    }
}

@Suite("what became of a message")
struct ReceiptTests {
    @Test(
        "receipts in any order, twice or for nobody leave a message where the furthest one says",
        arguments: TestStores.engines)
    func receipts(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            _ = try await world.promptedVisit(of: maria)
            let message: ID<Message> = try #require(
                try await world.rows("SELECT id FROM message WHERE direction = 'out'").first)["id"]
            let channel = world.world.caller(.messageReceive)
            func tell(_ status: String, _ intent: ID<Message>?, _ sid: String = "SM77") async throws -> Bool {
                try await world.world.spine.perform(
                    RecordDeliveryReceipt(
                        intent: intent, providerID: sid, status: status, errorCode: nil, messaging: world.messaging),
                    as: channel)
            }
            #expect(try await tell("delivered", message))
            #expect(try await !tell("sent", message))
            #expect(try await !tell("delivered", message))
            #expect(try await !tell("failed", nil))
            #expect(try await !tell("delivered", nil, "SM-of-somebody-else"))
            #expect(try await world.outbound() == ["reminder delivered"])
            #expect(try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'message.delivered'") == 1)
        }
    }
}
