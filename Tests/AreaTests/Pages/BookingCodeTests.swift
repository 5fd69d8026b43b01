import Conversations
import Kernel
import Scheduling
import Spine
import Store
import TestKit
import Testing
import Web

@Suite("The code of a booking in public")
struct BookingCodeTests {
    /// Holds a time and asks for a code; where the booking is, with the form that takes the code.
    private func ask(
        _ world: PageWorld, at time: String, phone: String
    ) async throws -> (
        path: String, form: [(String, String)]
    ) {
        let slot = "annual-physical~elena-alvarez~denver-northside~2026-03-12T\(time)"
        let held = try await world.stranger.post("/book/holds", [("slot", slot), ("type", "annual-physical")])
        let path = try #require(held.location)
        return (path, try await again(world, path, phone))
    }

    private func again(_ world: PageWorld, _ path: String, _ phone: String) async throws -> [(String, String)] {
        let person = [
            ("given", "Nora"), ("family", "Whitfield"), ("birthDate", "1980-04-02"), ("phone", phone), ("agree", "yes"),
        ]
        return try await world.stranger.post("\(path)/person", person).form("\(path)/code")
    }

    /// The code of the newest text.
    private func newest(_ world: PageWorld) async throws -> String {
        let conversations = try await world.people.ids(
            """
            SELECT conversation FROM message WHERE tenant = \(.tenant) AND template = 'booking-code' ORDER BY id DESC
            """, of: Conversation.self)
        let texts = try await world.spine.ask(
            ReadThreadTexts(conversation: try #require(conversations.first), messaging: world.people.messaging),
            as: world.people.caller)
        return try #require(texts.last?.firstMatch(of: /\b([0-9]{6})\b/)).output.1.text
    }

    @Test("it is good for its booking alone, and until the next one is sent", arguments: TestStores.engines)
    func bound(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let first = try await ask(world, at: "09:00", phone: "(303) 555-0171")
            let old = try await newest(world)
            let second = try await ask(world, at: "10:00", phone: "(303) 555-0172")
            let other = try await newest(world)
            func enter(_ code: String, _ path: String, _ form: [(String, String)]) async throws -> Int {
                try await world.stranger.post("\(path)/code", form.with("code", code)).status
            }
            // Of a million codes two may be the same one day.
            try #require(old != other)
            #expect(try await enter(old, second.path, second.form) == 422)
            #expect(try await enter(other, first.path, first.form) == 422)
            let form = try await again(world, first.path, "(303) 555-0171")
            let fresh = try await newest(world)
            try #require(fresh != old)
            #expect(try await enter(old, first.path, form) == 422)
            #expect(try await enter(fresh, first.path, form) == 303)
            #expect(try await enter(other, second.path, second.form) == 303)
            let visits = try await world.people.ids(
                "SELECT id FROM appointment WHERE tenant = \(.tenant)", of: Appointment.self)
            #expect(visits.count == 2)
        }
    }
}
