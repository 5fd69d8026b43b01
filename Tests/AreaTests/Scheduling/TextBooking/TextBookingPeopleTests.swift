import Conversations
import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Booking by text: what goes to a person")
struct TextBookingPeopleTests {
    private static let book = "Could I book a yearly check-up?"

    private func take(_ world: TextBookingWorld) async throws {
        let need = try #require(try await world.base.base.needs().first)
        _ = try await world.spine.perform(
            TakeNeed(need: need, messaging: world.base.base.messaging), as: world.base.agent)
    }

    @Test("nothing changes where no visit type lets texts do it", arguments: TestStores.engines)
    func off(engine: Engine) async throws {
        try await TextBookingWorld.with(engine, types: []) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            #expect(try await world.asks() == [])
            #expect(try await world.sent() == [])
            #expect(try await world.needs() == ["new offer-times"])
        }
    }

    @Test("who takes the need has it, before or after the patient was asked", arguments: TestStores.engines)
    func taken(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.base.base.receive(Self.book, from: TextBookingWorld.phone)
            try await take(world)
            try await world.base.settle()
            #expect(try await world.sent() == [])
            #expect(try await world.asks() == ["ended in-hand"])
        }
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            try await take(world)
            try await world.text("1")
            #expect(try await world.visits() == [])
            #expect(try await world.asks() == ["ended in-hand"])
            // The answer is theirs to read.
            #expect(try await world.needs() == ["in-progress answer"])
            #expect(try await world.sent() == ["text-times"])
        }
    }

    @Test("the same number twice books once", arguments: TestStores.engines)
    func twice(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            try await world.base.base.receive("3", from: TextBookingWorld.phone)
            try await world.base.base.receive("3", from: TextBookingWorld.phone)
            try await world.base.settle()
            #expect(try await world.visits().count == 1)
            #expect(try await world.asks() == ["done booked"])
            #expect(try await world.needs() == ["scheduled await-visit"])
            try await world.text("3")
            #expect(try await world.visits().count == 1)
        }
    }

    @Test("a number that others share is never served", arguments: TestStores.engines)
    func shared(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            _ = try await world.base.base.patient("Tomas", "Delgado", phone: TextBookingWorld.phone)
            try await world.text(Self.book)
            #expect(try await world.asks() == [])
            #expect(try await world.sent() == ["shared-number"])
        }
        // It was hers alone when she was asked.
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            _ = try await world.base.base.patient("Tomas", "Delgado", phone: TextBookingWorld.phone)
            try await world.text("1")
            #expect(try await world.visits() == [])
            #expect(try await world.asks() == ["handed-over number"])
        }
    }

    @Test("a sensitive visit ahead is talked of by a person alone", arguments: TestStores.engines)
    func labelled(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            let maria = try await world.maria()
            _ = try await world.visit(maria, "2026-03-05T09:00")
            let label = try #require(Labels.kinds.first?.label.rawValue)
            let visit = try await world.visit(maria, "2026-03-10T09:00")
            try await world.base.world.stores.main.write(world.base.world.tenant) { transaction in
                try transaction.send(
                    "UPDATE appointment SET labels = \(label) WHERE tenant = \(.tenant) AND id = \(visit)")
            }
            try await world.text("I need to cancel my visit")
            #expect(try await world.asks() == ["handed-over labelled"])
            #expect(try await world.sent() == [])
            #expect(try await world.needs() == ["new confirm-cancellation"])
        }
    }

    @Test(
        "what may not be done any more, is about somebody else or is two things at once is a person's",
        arguments: TestStores.engines,
        [
            ("I need to cancel my visit", ["handed-over no-visit"]), ("Can I move my visit?", ["handed-over no-visit"]),
            ("Could I book a check-up for my son?", []),
            ("I need to cancel my visit. Also, I need to move my other visit", []),
        ])
    func notPlain(engine: Engine, ask: (String, [String])) async throws {
        try await TextBookingWorld.with(engine) { world in
            // In an hour; until two hours before it may be changed by text.
            _ = try await world.visit(try await world.maria(), "2026-03-02T09:00")
            try await world.text(ask.0)
            #expect(try await world.asks() == ask.1)
            #expect(try await world.sent() == [])
            #expect(try await world.visits().map(\.status) == ["booked"])
            #expect(try await world.needs().allSatisfy { $0.hasPrefix("new ") })
        }
    }

    @Test(
        "a no, other words, a visit that changed and no answer in a day go to a person",
        arguments: TestStores.engines,
        [
            ("NO", "handed-over declined", "in-progress offer-times"),
            ("Is Dr. Chen there too?", "handed-over said-else", "in-progress answer"),
            ("please call me", "handed-over said-else", "in-progress answer"),
            ("ok sorry, I have a cough", "handed-over said-else", "in-progress answer"),
            ("", "handed-over unanswered", "in-progress offer-times"),
        ])
    func others(engine: Engine, reply: (String, String, String)) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            if reply.0.isEmpty {
                world.base.world.clock.advance(by: .hours(25))
                try await world.base.settle()
            } else {
                try await world.text(reply.0)
            }
            #expect(try await world.asks() == [reply.1])
            #expect(try await world.needs() == [reply.2])
            #expect(try await world.sent() == ["text-times"])
            #expect(try await world.events("text-booking.handed-over") == 1)
            // Nothing is done for a number that comes after all.
            try await world.text("1")
            #expect(try await world.visits() == [])
        }
    }

    @Test(
        "words that may answer somebody who took the need, or asked about another, are theirs",
        arguments: TestStores.engines)
    func theirs(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            try await take(world)
            try await world.text("Friday afternoon")
            #expect(try await world.needs() == ["in-progress answer"])
            #expect(try await world.sent() == ["text-times"])
        }
    }

    @Test("a no to the times says nothing of a visit that waits to be confirmed", arguments: TestStores.engines)
    func noIsOfTimes(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            let visit = try await world.base.book(try await world.maria(), day: "2026-03-12")
            try await world.base.settle()
            try await world.text(Self.book)
            try await world.text("NO")
            #expect(try await world.visits().map(\.status) == ["booked"] && visit.id != 0)
            #expect(try await world.needs() == ["in-progress offer-times"])
            // The question of the confirmation still waits.
            try await world.text("C")
            #expect(try await world.base.count("SELECT COUNT(*) FROM appointment WHERE confirmed_at IS NOT NULL") == 1)
        }
    }

    @Test("a number that came after another prompt confirms nothing", arguments: TestStores.engines)
    func lostNumbers(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            let maria = try await world.maria()
            _ = try await world.visit(maria, "2026-03-05T09:00")
            try await world.text("I need to cancel my visit")
            _ = try await world.base.book(maria, day: "2026-03-12")
            try await world.base.settle()
            try await world.text("1")
            #expect(try await world.visits().map(\.status) == ["booked", "booked"])
            #expect(try await world.base.count("SELECT COUNT(*) FROM appointment WHERE confirmed_at IS NOT NULL") == 0)
            #expect(try await world.asks() == ["handed-over said-else"])
        }
    }

    @Test("a visit that staff moved or cancelled meanwhile is not touched", arguments: TestStores.engines)
    func changed(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            let visit = try await world.visit(try await world.maria(), "2026-03-05T09:00")
            try await world.text("I need to move my visit")
            _ = try await world.spine.perform(
                MoveAppointment(
                    visit, to: .slot(try BookingWorld.question("10:00")), telling: false, desk: world.base.desk),
                as: world.base.agent)
            try await world.text("1")
            #expect(try await world.visits().map(\.start) == ["2026-03-05T10:00"])
            #expect(try await world.asks() == ["handed-over changed"])
        }
    }

    @Test("thanks change nothing while a question waits", arguments: TestStores.engines)
    func courtesy(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            try await world.text("Thank you so much!")
            #expect(try await world.needs() == ["waiting-patient await-reply"])
            try await world.text("1")
            #expect(try await world.asks() == ["done booked"])
        }
    }

    @Test("who has died is not written to", arguments: TestStores.engines)
    func deceased(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.base.base.patient("Maria", "Delgado", phone: TextBookingWorld.phone, deceased: true)
            try await world.text(Self.book)
            #expect(try await world.sent() == [])
            #expect(try await world.visits() == [])
        }
    }

    @Test("after a stop nothing is asked, and it is a person's")
    func withheld() async throws {
        try await TextBookingWorld.with(.sqlite) { world in
            _ = try await world.maria()
            try await world.text("STOP")
            try await world.text(Self.book)
            #expect(try await world.sent() == ["opt-out-confirmation"])
            #expect(try await world.asks() == ["handed-over withheld"])
            #expect(try await world.needs() == ["new offer-times"])
        }
        // The question was still on its way, and is taken back.
        try await TextBookingWorld.with(.sqlite) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            try await world.text("STOP")
            #expect(try await world.asks() == ["handed-over undelivered"])
            #expect(try await world.needs() == ["in-progress offer-times"])
        }
    }

    @Test("CANCEL ends the texts and cancels nothing, and the question is a person's")
    func cancelIsStop() async throws {
        try await TextBookingWorld.with(.sqlite) { world in
            _ = try await world.visit(try await world.maria(), "2026-03-05T09:00")
            try await world.text("I need to cancel my visit")
            try await world.sendAll()
            try await world.text("CANCEL")
            #expect(try await world.visits().map(\.status) == ["booked"])
            let asks = try await world.asks()
            #expect(asks == ["handed-over declined"])
            #expect(try await world.needs() == ["in-progress confirm-cancellation"])
        }
    }

    @Test("what was booked by text can be moved and cancelled by text", arguments: TestStores.engines)
    func fullCircle(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text(Self.book)
            try await world.text("1")
            #expect(try await world.needs() == ["scheduled await-visit"])
            try await world.text("I need to cancel my visit")
            try await world.text("1")
            #expect(try await world.visits().map(\.status) == ["cancelled"])
            // The need that it was booked for wants a time again, as after any cancellation.
            #expect(try await world.needs() == ["in-progress offer-times", "closed completed"])
        }
    }
}
