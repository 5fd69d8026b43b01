import Foundation
import JSON
import Kernel
import People
import PeopleAPI
import Scheduling
import Spine
import Store
import TestKit
import Testing
import Vault
import Web

@Suite("Timeline")
struct TimelineTests {
    /// Something that happened, written as another area would.
    private struct Happen: Command {
        static let permission = Permission.patientWrite
        let events: [NewEvent]

        func run(_ context: CommandContext) throws -> Bool {
            for event in events { context.emit(event) }
            return true
        }
    }

    private func page(
        _ patient: ID<Patient>, _ world: TestWorld, _ directory: PeopleDirectory, group: TimelineWords.Group? = nil,
        limit: Int = 50, after: Cursor? = nil
    ) async throws -> TimelinePage {
        try await world.spine.ask(
            ReadTimeline(
                patient, group: group, after: after, limit: limit, directory: directory, staff: NothingElsewhere()),
            as: world.desk)
    }

    @Test(
        "what happened is told newest first by when it happened, whenever it was recorded",
        arguments: TestStores.engines)
    func order(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            let past = TestWorld.start - .days(300)
            _ = try await world.spine.perform(
                Happen(events: [
                    NewEvent(EventKind("message.received"), patient: maria),
                    NewEvent(EventKind("appointment.completed"), occurredAt: past, patient: maria),
                ]), as: world.desk)
            let kinds = try await page(maria, world, directory).entries.map(\.event.kind.rawValue)
            #expect(kinds == ["message.received", "patient.registered", "appointment.completed"])
        }
    }

    @Test("pages tell everything once", arguments: TestStores.engines)
    func pages(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            let events = (0..<11).map { number in
                NewEvent(
                    EventKind("need.noted"), occurredAt: TestWorld.start - .minutes(number / 3), patient: maria,
                    body: ["number": .int(Int64(number))])
            }
            _ = try await world.spine.perform(Happen(events: events), as: world.desk)
            for size in [1, 2, 5, 12] {
                var seen: [ID<Event>] = []
                var after: Cursor?
                for _ in 0..<20 {
                    let page = try await page(maria, world, directory, limit: size, after: after)
                    seen += page.entries.map(\.event.id)
                    after = page.next
                    if after == nil { break }
                }
                #expect(seen.count == 12 && Set(seen).count == 12, "size \(size)")
            }
        }
    }

    @Test("linked records have one timeline, and a shared event stands on it once", arguments: TestStores.engines)
    func linked(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            let other = try await world.register(.named("Marie", "Delgado"), directory)
            let stranger = try await world.register(.named("John", "Smith"), directory)
            _ = try await world.spine.perform(LinkPatients(other, to: maria, directory: directory), as: world.desk)
            _ = try await world.spine.perform(
                Happen(events: [
                    NewEvent(
                        EventKind("appointment.booked"), patient: stranger,
                        subjects: [.patient(other), .patient(maria)])
                ]), as: world.desk)
            let kinds = try await page(other, world, directory).entries.map(\.event.kind.rawValue)
            #expect(kinds == ["appointment.booked", "patient.linked", "patient.registered", "patient.registered"])
        }
    }

    @Test("a group shows its kinds only")
    func groups() async throws {
        try await TestWorld.withPeople(.sqlite) { world, directory in
            let maria = try await world.register(.maria, directory)
            _ = try await world.spine.perform(
                Happen(
                    events: ["message.sent", "need.opened", "appointment.booked", "consent.given"].map {
                        NewEvent(EventKind($0), patient: maria)
                    }), as: world.desk)
            for (group, kinds) in [
                (TimelineWords.Group.message, ["message.sent"]), (.need, ["need.opened"]),
                (.appointment, ["appointment.booked"]), (.patient, ["consent.given", "patient.registered"]),
            ] {
                let found = try await page(maria, world, directory, group: group).entries.map(\.event.kind.rawValue)
                #expect(found == kinds)
            }
        }
    }

    @Test("a kind without words still reads as a line")
    func unknownKind() {
        #expect(TimelineWords.plain(EventKind("lab.result-received")) == "Lab result received")
        #expect(TimelineWords.look(of: EventKind("lab.result-received")).key == nil)
        #expect(TimelineWords.look(of: EventKind("message.received")).key == "timeline.message.received")
    }

    @Test("every kind with a mark has words in both languages")
    func words() throws {
        let folders = ["People", "Scheduling"].map { "\(ShippedDefinitions.root)/Sources/\($0)/Strings" }
        let catalogue = try Catalogue(folders: folders)
        for look in TimelineWords.looks.values {
            let key = try #require(look.key)
            #expect(catalogue.has(key), "\(key)")
        }
    }

    @Test("every kind of event that the sources write has words for the timeline, or is said to belong to no person")
    func everyKind() throws {
        let root = URL(filePath: ShippedDefinitions.root).appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        var kinds = Set(AppointmentEvent.allCases.map { "appointment." + $0.rawValue })
        kinds.formUnion(ReferralEvent.allCases.map { "referral." + $0.rawValue })
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            // A kind has a dot; what has none wakes the live feed and is on no log.
            for match in text.matches(of: /EventKind\(\s*"([a-z-]+\.[a-z-]+)"/) { kinds.insert(String(match.output.1)) }
        }
        #expect(kinds.count > 40)
        let known = Set(TimelineWords.looks.keys)
        #expect(kinds.subtracting(known).subtracting(TimelineWords.elsewhere).sorted() == [])
        #expect(known.subtracting(kinds).sorted() == [])
        #expect(known.isDisjoint(with: TimelineWords.elsewhere))
    }

    @Test("a reader without the right to the patient sees nothing", arguments: TestStores.engines)
    func hidden(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            var person = NewPatient.maria
            person.restricted = true
            let maria = try await world.register(person, directory)
            let query = ReadTimeline(maria, limit: 10, directory: directory, staff: NothingElsewhere())
            await #expect(throws: Fault.self) {
                try await world.spine.ask(query, as: world.caller(TestWorld.peopleRights))
            }
        }
    }
}
