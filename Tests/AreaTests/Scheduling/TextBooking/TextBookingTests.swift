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

/// A language, what is asked in it, and the lines of the answer.
private let asked: [(String, String, [String])] = [
    (
        "en", "Hi, could I book a yearly check-up on Thursday morning?",
        ["1. Thu 5 Mar, ", "2. Thu 12 Mar, ", "3. Thu 19 Mar, "]
    ),
    (
        "es", "Hola, quiero una cita para el chequeo anual, el jueves por la mañana",
        ["1. jue 5 mar, ", "2. jue 12 mar, ", "3. jue 19 mar, "]
    ),
]

@Suite("Booking by text")
struct TextBookingTests {
    @Test(
        "somebody who asks for a visit is offered three times, and a number books one, for their need",
        arguments: TestStores.engines, asked)
    func books(engine: Engine, words: (String, String, [String])) async throws {
        try await TextBookingWorld.with(engine) { world in
            let (language, ask, lines) = words
            _ = try await world.maria(language)
            try await world.text(ask)
            #expect(try await world.sent() == ["text-times"])
            #expect(try await world.asks() == ["choosing-time"])
            #expect(try await world.needs() == ["waiting-patient await-reply"])
            let said = try await world.lastText()
            for line in lines { #expect(said.contains(line), "\(said)") }
            try await world.text("2")
            let visit = try #require(try await world.visits().first)
            #expect(visit.status == "booked" && visit.source == "sms" && visit.start.hasPrefix("2026-03-12T"))
            #expect(try await world.asks() == ["done booked"])
            #expect(try await world.needs() == ["scheduled await-visit"])
            #expect(try await world.sent() == ["text-times", "confirmation"])
            for kind in ["text-booking.asked", "text-booking.answered", "text-booking.done"] {
                #expect(try await world.events(kind) == 1, "\(kind)")
            }
        }
    }

    @Test(
        "a visit is moved to the number that is chosen, first of all with whom it is, and the need is closed",
        arguments: TestStores.engines,
        [
            ("en", "I need to move my visit to next week, after 9"),
            ("es", "Necesito cambiar mi cita a la próxima semana, después de las 9"),
        ])
    func moves(engine: Engine, words: (String, String)) async throws {
        try await TextBookingWorld.with(engine) { world in
            let maria = try await world.maria(words.0)
            _ = try await world.visit(maria, "2026-03-05T09:00")
            try await world.text(words.1)
            let offered = try await world.offered()
            #expect(offered.count == 3)
            for one in offered {
                #expect("2026-03-09"..."2026-03-15" ~= one.localStart.date.iso)
                #expect(one.localStart.time.minutesOfDay >= 540)
            }
            try await world.text("1")
            let visit = try #require(try await world.visits().first)
            #expect(visit.status == "booked" && visit.placement == 1 && visit.practitioner == "elena-alvarez")
            #expect(visit.start == offered[0].localStart.iso)
            #expect(try await world.visits().count == 1)
            #expect(try await world.needs() == ["closed completed"])
            #expect(try await world.sent() == ["text-times", "reschedule"])
        }
    }

    @Test(
        "a visit is cancelled by its number alone, as by its link",
        arguments: TestStores.engines,
        [
            ("en", "I need to cancel my visit", "2026-03-05T09:00", "patient"),
            ("es", "Quiero cancelar mi cita", "2026-03-02T15:00", "patient-late"),
        ])
    func cancels(engine: Engine, words: (String, String, String, String)) async throws {
        try await TextBookingWorld.with(engine) { world in
            let maria = try await world.maria(words.0)
            _ = try await world.visit(maria, words.2)
            try await world.text(words.1)
            #expect(try await world.sent() == ["text-cancel"])
            #expect(try await world.visits().map(\.status) == ["booked"])
            try await world.text("1")
            let visit = try #require(try await world.visits().first)
            #expect(visit.status == "cancelled" && visit.reason == words.3)
            #expect(try await world.needs() == ["closed completed"])
            #expect(try await world.asks() == ["done cancelled"])
            #expect(try await world.sent() == ["text-cancel", "cancellation"])
        }
    }

    @Test("a yes does not cancel: it goes to a person", arguments: TestStores.engines, ["YES", "ok", "Sí"])
    func yesIsNoCancellation(engine: Engine, word: String) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.visit(try await world.maria(), "2026-03-05T09:00")
            try await world.text("I need to cancel my visit")
            try await world.text(word)
            #expect(try await world.visits().map(\.status) == ["booked"])
            #expect(try await world.asks() == ["handed-over declined"])
            #expect(try await world.needs() == ["in-progress confirm-cancellation"])
            #expect(try await world.sent() == ["text-cancel"])
        }
    }

    @Test("instead of cancelling another time can be found", arguments: TestStores.engines)
    func another(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.visit(try await world.maria(), "2026-03-05T09:00")
            try await world.text("Please cancel my visit")
            try await world.text("2")
            #expect(try await world.sent() == ["text-cancel", "text-times"])
            try await world.text("3")
            let visit = try #require(try await world.visits().first)
            #expect(visit.status == "booked" && visit.placement == 1)
            #expect(try await world.asks() == ["done moved"])
        }
    }

    @Test("of several visits it is asked which one, by when, what and where", arguments: TestStores.engines)
    func which(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            let maria = try await world.maria()
            _ = try await world.visit(maria, "2026-03-05T09:00")
            _ = try await world.visit(maria, "2026-03-10T09:00")
            try await world.text("I want to cancel my visit")
            #expect(try await world.sent() == ["text-which"])
            let said = try await world.lastText()
            #expect(said.contains("1. Thu 5 Mar, 9:00 AM, Yearly check-up, "), "\(said)")
            #expect(said.contains("2. Tue 10 Mar, 9:00 AM, Yearly check-up, "), "\(said)")
            try await world.text("2")
            try await world.text("1")
            #expect(try await world.visits().map(\.status) == ["booked", "cancelled"])
            #expect(try await world.sent() == ["text-which", "text-cancel", "cancellation"])
        }
    }

    @Test("what for is asked when nothing names it, with what this patient may have", arguments: TestStores.engines)
    func asksType(engine: Engine) async throws {
        try await TextBookingWorld.with(engine, types: ["annual-physical", "vaccine", "follow-up"]) { world in
            _ = try await world.maria()
            try await world.text("Can I book an appointment next week?")
            #expect(try await world.sent() == ["text-which"])
            let said = try await world.lastText()
            // Sorted by key; a follow-up is for who has been here before.
            #expect(said.contains("1. Yearly check-up\n2. Vaccine\n") && !said.contains("3."), "\(said)")
            try await world.text("2")
            let offered = try await world.offered()
            #expect(!offered.isEmpty && offered.allSatisfy { $0.visitType == "vaccine" })
            try await world.text("1")
            #expect(try await world.visits().count == 1)
        }
    }

    @Test("a time that has gone meanwhile is said to have gone, and others are offered", arguments: TestStores.engines)
    func gone(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text("Could I book a yearly check-up?")
            let first = try #require(try await world.offered().first)
            let other = try await world.base.patient("Other", number: 143)
            _ = try await world.spine.perform(
                BookAppointment(.slot(first, patient: other), desk: world.base.desk), as: world.base.agent)
            try await world.text("1")
            #expect(try await world.visits().count == 1)
            #expect(try await world.sent().filter { $0.hasPrefix("text") } == ["text-times", "text-gone"])
            #expect(try await world.needs() == ["waiting-patient await-reply"])
            let second = try #require(try await world.offered().first)
            #expect(second.localStart != first.localStart || second.practitioner != first.practitioner)
            try await world.text("1")
            #expect(try await world.visits().map(\.source).sorted() == ["sms", "test"])
        }
    }

    @Test("when nothing fits the words other times are offered, and it is said", arguments: TestStores.engines)
    func nothingFits(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text("Can I book a yearly check-up on a Sunday?")
            #expect(try await world.sent() == ["text-other"])
            #expect(try await world.offered().count == 3)
        }
    }

    @Test("a reply that only says when is a new wish, three rounds in all", arguments: TestStores.engines)
    func newWish(engine: Engine) async throws {
        try await TextBookingWorld.with(engine) { world in
            _ = try await world.maria()
            try await world.text("Can I book a yearly check-up on Thursday morning?")
            try await world.text("Wednesday afternoon?")
            #expect(try await world.sent() == ["text-times", "text-times"])
            for one in try await world.offered() {
                #expect(one.localStart.date.weekday == 3 && one.localStart.time.minutesOfDay >= 720)
            }
            #expect(try await world.needs() == ["waiting-patient await-reply"])
            try await world.text("before noon")
            #expect(try await world.sent().count == 3)
            try await world.text("Thursday")
            #expect(try await world.sent().count == 3)
            #expect(try await world.asks() == ["handed-over said-else"])
        }
    }
}
