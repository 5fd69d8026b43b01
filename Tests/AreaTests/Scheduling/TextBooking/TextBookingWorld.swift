import Conversations
import Kernel
import People
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// A practice that serves texts: yearly check-ups may be booked, moved and cancelled, until two hours before. Monday
/// 2 March 2026, 8:00 in Denver; Dr. Alvarez does them on Mondays, Tuesdays and Thursday mornings.
struct TextBookingWorld {
    static let phone = "+13035550142"
    let base: BookingWorld

    struct Visit: Equatable {
        let status: String
        let start: String
        let practitioner: String
        let source: String
        let placement: Int
        let reason: String?
    }

    /// `types`: the visit types that let texts do something.
    static func with(
        _ engine: Engine, types: [String] = ["annual-physical"],
        _ body: @escaping (TextBookingWorld) async throws -> Void
    ) async throws {
        let definitions = try PublishedDefinitions()
        let shipped = try ShippedDefinitions().shipped
        for key in types {
            var type = try #require(shipped.visitTypes[key]).value
            type.rules.selfService = SelfServiceRule(book: type.patients != .established, untilMinutes: 120, text: true)
            // A place whose calendar is ours: elsewhere a visit waits for the EHR.
            type.locations = ["denver-northside"]
            definitions.publish(.visitType(type))
        }
        try await ConversationsWorld.with(engine, definitions: definitions) { base in
            let plans = SchedulePlans(definitions: definitions, timeZones: try ShippedDefinitions.zones())
            let area = Scheduling(
                plans: plans, directory: base.directory, messaging: base.messaging, staff: NothingElsewhere(),
                shell: { _, _, _, _ in View() }, panel: { _, _, _ in nil })
            let desk = SchedulingDesk(plans: plans, directory: base.directory, messaging: base.messaging)
            try await body(TextBookingWorld(base: BookingWorld(base: base, desk: desk, area: area)))
        }
    }

    var spine: Spine { base.world.spine }

    func maria(_ language: String = "en") async throws -> ID<Patient> {
        try await base.base.patient("Maria", "Delgado", phone: Self.phone, language: language)
    }

    /// A text from her, with all that comes of it.
    func text(_ words: String) async throws {
        try await base.base.receive(words, from: Self.phone)
        try await base.settle()
    }

    /// As the carrier would have taken them.
    func sendAll() async throws {
        try await base.world.stores.main.write(base.world.tenant) { transaction in
            try transaction.send("UPDATE message SET state = 'sent' WHERE tenant = \(.tenant) AND state = 'queued'")
            try transaction.send(
                """
                UPDATE outbox SET state = 'accepted', settled_at = \(base.world.clock.now())
                WHERE tenant = \(.tenant) AND state = 'waiting'
                """)
        }
    }

    /// A check-up with Dr. Alvarez that was agreed elsewhere: nothing was sent of it.
    func visit(_ patient: ID<Patient>, _ start: String) async throws -> ID<Appointment> {
        let book = base.base.book
        return try await base.base.perform { context in
            try book.record(
                RecordedVisit(
                    patient: patient, visitType: "annual-physical", practitioner: "elena-alvarez",
                    location: "denver-northside", localStart: start, minutes: 40, status: "booked", leadDays: 7,
                    source: "test"),
                context: context
            ).raw
        }.id()
    }

    // MARK: What came of it

    /// Of everybody, in the order in which they were agreed.
    func visits() async throws -> [Visit] {
        try await base.base.rows(
            """
            SELECT status, local_start, practitioner, source, placement, cancel_reason FROM appointment
            WHERE tenant = \(.tenant) ORDER BY id
            """
        ).map { row in
            Visit(
                status: try row["status"], start: try row["local_start"], practitioner: try row["practitioner"],
                source: try row["source"], placement: try row["placement"], reason: try row["cancel_reason"])
        }
    }

    /// Phase and outcome of what was asked by text, the oldest first.
    func asks() async throws -> [String] {
        try await base.base.rows("SELECT phase, outcome FROM text_booking WHERE tenant = \(.tenant) ORDER BY id").map {
            let phase: String = try $0["phase"]
            let outcome: String? = try $0["outcome"]
            return [phase, outcome].compactMap { $0 }.joined(separator: " ")
        }
    }

    /// Stage, next step and outcome of the needs, the oldest first.
    func needs() async throws -> [String] {
        try await base.base.rows(
            "SELECT stage, next_step, outcome FROM need WHERE tenant = \(.tenant) ORDER BY id"
        ).map { row in
            let stage: String = try row["stage"], step: String = try row["next_step"]
            let outcome: String? = try row["outcome"]
            return stage == "closed" ? "closed \(outcome ?? "")" : "\(stage) \(step)"
        }
    }

    /// The last text in the thread of the first need.
    func lastText() async throws -> String {
        let need = try #require(try await base.base.needs().first)
        return try #require(try await base.base.thread(need).last)
    }

    /// The times of the question that was asked last, by number.
    func offered() async throws -> [SlotFinder.Question] {
        try await base.base.rows(
            """
            SELECT c.visit_type, c.practitioner, c.location, c.local_start FROM text_booking_choice c
            JOIN text_booking b ON b.tenant = c.tenant AND b.id = c.booking AND b.question = c.question
            WHERE c.tenant = \(.tenant) AND c.what = 'time' ORDER BY c.number
            """
        ).map { row in
            let start: String = try row["local_start"]
            return SlotFinder.Question(
                visitType: try row["visit_type"], practitioner: try row["practitioner"],
                location: try row["location"], localStart: try #require(CivilDateTime(iso: start)))
        }
    }

    func sent() async throws -> [String] {
        try await base.base.outbound().compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    func events(_ kind: String) async throws -> Int {
        try await base.count("SELECT COUNT(*) FROM event WHERE kind = \(kind)")
    }
}
