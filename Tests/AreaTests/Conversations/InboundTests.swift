import Conversations
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("a text that comes in")
struct InboundTests {
    @Test(
        "Maria's one text becomes two needs with facts, a team, a next step and a due time",
        arguments: TestStores.engines)
    func maria(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142", language: "es")
            let outcome = try await world.receive(
                "need to move my knee surgery consult, also my insurance changed", from: "+13035550142")
            #expect(outcome.status == .stored)
            #expect(try await world.openReasons() == ["reschedule", "insurance-change"])
            let rows = try await world.rows(
                "SELECT patient, team, next_step, due_at FROM need WHERE tenant = \(.tenant) ORDER BY id")
            for row in rows {
                #expect(try row["patient"] == maria.raw)
                #expect(try row["team"] == "access-center")
                #expect(try row["due_at"] > TestWorld.start.microseconds)
            }
            let need = try #require(try await world.needs().first)
            #expect(try await world.thread(need) == ["need to move my knee surgery consult, also my insurance changed"])
        }
    }

    @Test("the same message again changes nothing", arguments: TestStores.engines)
    func twice(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            _ = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            _ = try await world.receive("my bill is wrong", from: "+13035550142", id: "SM1")
            let again = try await world.receive("my bill is wrong", from: "+13035550142", id: "SM1")
            #expect(again.status == .duplicate)
            #expect(try await world.world.count("SELECT COUNT(*) FROM message WHERE tenant = \(.tenant)") == 1)
            #expect(try await world.world.count("SELECT COUNT(*) FROM event WHERE kind = 'message.received'") == 1)
        }
    }

    @Test("twenty copies at once are one message", arguments: TestStores.engines)
    func racing(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            _ = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        try await world.receive("refill please", from: "+13035550142", id: "SM\(index % 2)")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await world.world.count("SELECT COUNT(*) FROM message WHERE tenant = \(.tenant)") == 2)
            #expect(try await world.world.count("SELECT COUNT(*) FROM conversation WHERE tenant = \(.tenant)") == 1)
        }
    }

    @Test(
        "a number nobody is known by gets a conversation of its own, and an agent decides who it is",
        arguments: TestStores.engines)
    func stranger(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            try await world.receive("Hello, are you taking new patients?", from: "+13035550199")
            let conversation = try #require(
                try await world.rows("SELECT id, standing, patient FROM conversation").first)
            #expect(try conversation["standing"] == "unknown")
            #expect(try await world.outbound().isEmpty)
            let need = try #require(try await world.needs().first)
            let assigned = try await world.world.spine.perform(
                AssignConversation(conversation: try conversation["id"], person: .new, messaging: world.messaging),
                as: world.agent)
            // Everything opens under the patient now, and the key of the conversation opens nothing any more.
            #expect(try await world.thread(need) == ["Hello, are you taking new patients?"])
            let subjects = try await world.rows(
                """
                SELECT key_subject FROM message WHERE tenant = \(.tenant)
                UNION SELECT key_subject FROM need WHERE tenant = \(.tenant)
                UNION SELECT key_subject FROM need_fact WHERE tenant = \(.tenant)
                UNION SELECT key_subject FROM conversation WHERE tenant = \(.tenant)
                """)
            #expect(subjects.count == 1)
            // The next text from there is that patient's.
            try await world.receive("next Tuesday works", from: "+13035550199")
            #expect(
                try await world.world.count(
                    "SELECT COUNT(*) FROM message WHERE tenant = \(.tenant) AND patient = \(assigned.patient)") == 2)
        }
    }

    @Test("a number of several people is never guessed, and the reply names nobody", arguments: TestStores.engines)
    func shared(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let sofia = try await world.patient("Sofia", "Delgado", phone: "+13035550186")
            _ = try await world.patient("Tomas", "Delgado", phone: "+13035550186")
            try await world.receive("Can you tell me when the appointment is", from: "+13035550186")
            let row = try #require(try await world.rows("SELECT id, standing, patient FROM conversation").first)
            #expect(try row["standing"] == "ambiguous")
            let patient: Int64? = try row["patient"]
            #expect(patient == nil)
            #expect(try await world.outbound() == ["shared-number queued"])
            let need = try #require(try await world.needs().first)
            for text in try await world.thread(need) {
                #expect(!text.contains("Sofia") && !text.contains("Tomas") && !text.contains("Delgado"))
            }
            _ = try await world.world.spine.perform(
                AssignConversation(conversation: try row["id"], person: .patient(sofia), messaging: world.messaging),
                as: world.agent)
            #expect(try await world.thread(need).count == 2)
            // Said once does not mean said for ever: the next text from there is unassigned again.
            try await world.receive("and where do I park?", from: "+13035550186")
            #expect(
                try await world.world.count(
                    "SELECT COUNT(*) FROM conversation WHERE tenant = \(.tenant) AND patient IS NULL") == 1)
        }
    }

    @Test("thanks alone open nothing, a picture alone does", arguments: TestStores.engines)
    func courtesies(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            _ = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            try await world.receive("Thank you!", from: "+13035550142")
            #expect(try await world.needs().isEmpty)
            let picture = MediaSource(url: "https://api.example/media/1", declaredType: "image/jpeg")
            _ = try await world.area.receive(
                InboundText(
                    providerID: "MM1", from: try #require(PhoneNumber("+13035550142")), text: "", media: [picture]),
                tenant: world.world.tenant, spine: world.world.spine)
            #expect(try await world.openReasons() == ["other"])
            #expect(try await world.world.count("SELECT COUNT(*) FROM outbox WHERE kind = 'sms.media'") == 1)
        }
    }
}

@Suite("answers to prompts and keywords")
struct KeywordTests {
    @Test("a yes confirms the visit that was asked about and is thanked for", arguments: TestStores.engines)
    func confirm(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142", language: "es")
            let visit = try await world.promptedVisit(of: maria)
            try await world.receive("Sí", from: "+13035550142")
            let confirmed: Bool = try #require(
                try await world.world.stores.main.read(world.world.tenant) { try world.book.appointment(visit, in: $0) }
            ).confirmed
            #expect(confirmed)
            #expect(try await world.outbound() == ["reminder queued", "confirmed queued"])
            #expect(try await world.needs().isEmpty)
        }
    }

    @Test(
        "several prompts are asked about by number, without names, and the digit answers", arguments: TestStores.engines
    )
    func several(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            _ = try await world.promptedVisit(of: maria, hour: 9)
            let later = try await world.promptedVisit(of: maria, hour: 14)
            try await world.receive("yes", from: "+13035550142")
            #expect(try await world.outbound().last == "ambiguous-reply queued")
            try await world.receive("2", from: "+13035550142")
            let summary = try await world.world.stores.main.read(world.world.tenant) {
                try world.book.appointment(later, in: $0)
            }
            #expect(summary?.confirmed == true)
        }
    }

    @Test("a no opens a need for a person and cancels nothing", arguments: TestStores.engines)
    func decline(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            let visit = try await world.promptedVisit(of: maria)
            try await world.receive("no", from: "+13035550142")
            #expect(try await world.openReasons() == ["cancellation"])
            let summary = try await world.world.stores.main.read(world.world.tenant) {
                try world.book.appointment(visit, in: $0)
            }
            #expect(summary?.status == "booked")
        }
    }

    @Test("STOP takes back what waits, confirms once, and START undoes it", arguments: TestStores.engines)
    func stop(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            _ = try await world.promptedVisit(of: maria)
            try await world.receive("stop.", from: "+13035550142")
            #expect(try await world.outbound() == ["reminder withdrawn", "opt-out-confirmation queued"])
            try await world.receive("STOP", from: "+13035550142")
            #expect(try await world.outbound().count == 2)
            // Nothing leaves any more: not even an agent's reply.
            let conversation: ID<Conversation> = try #require(
                try await world.rows("SELECT id FROM conversation").first)["id"]
            let reply = try await world.world.spine.perform(
                SendReply(
                    conversation: conversation, need: nil, text: "Hello", language: .english, messaging: world.messaging
                ),
                as: world.agent)
            #expect(reply.withheld == "opted-out")
            try await world.receive("start", from: "+13035550142")
            #expect(try await world.outbound().last == "opt-in-confirmation queued")
            let second = try await world.world.spine.perform(
                SendReply(
                    conversation: conversation, need: nil, text: "Hello", language: .english, messaging: world.messaging
                ),
                as: world.agent)
            #expect(second.withheld == nil)
        }
    }

    @Test("every outbound row carries purpose, consent and decision", arguments: TestStores.engines)
    func reasons(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            _ = try await world.promptedVisit(of: maria)
            try await world.receive("C", from: "+13035550142")
            try await world.receive("help", from: "+13035550142")
            let rows = try await world.rows(
                "SELECT purpose, consent, decision FROM outbox WHERE tenant = \(.tenant) ORDER BY id")
            let consents: [String] = try rows.map { try $0["consent"] }
            #expect(consents.map { String($0.prefix { $0 != ":" }) } == ["implied", "not-required", "keyword"])
            // Each names an entry that stands in the ledger.
            let entries: Set<Int64> = Set(
                try await world.rows("SELECT id FROM contact_consent WHERE tenant = \(.tenant)").map { try $0["id"] })
            for consent in consents {
                let id = try #require(consent.split(separator: ":").last.flatMap { ID<Message>($0) })
                #expect(entries.contains(id.raw), "\(consent)")
            }
            for row in rows {
                let decision: String = try row["decision"]
                #expect(decision.hasPrefix("contact/1:"))
            }
        }
    }
}
