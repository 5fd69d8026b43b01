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

@Suite("Bump list of a large practice")
struct BumpManyTests {
    /// The shipped practice, and a hundred people more who do its check-ups from the first day on.
    private static func crowded() throws -> PublishedDefinitions {
        let definitions = try PublishedDefinitions()
        let hours = try #require(ClockRange("08:00-17:00"))
        for number in 0..<100 {
            definitions.publish(
                .practitioner(
                    PractitionerDefinition(
                        key: "person-\(number)", name: PractitionerName(given: "Ada", family: "Lund"),
                        serviceLines: ["primary-care"],
                        templates: [
                            AvailabilityTemplate(
                                location: "denver-northside",
                                weekdays: [.monday, .tuesday, .wednesday, .thursday, .friday], from: hours.from,
                                to: hours.to)
                        ])))
        }
        return definitions
    }

    @Test(
        "the times to choose from lie on days of their own, however many there are on the first",
        arguments: TestStores.engines)
    func ownDays(engine: Engine) async throws {
        try await BumpWorld.with(engine, definitions: try Self.crowded()) { world in
            _ = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            _ = try await world.record(try world.request())
            try await world.base.settle()
            let line = try #require(try await world.lines().first)
            #expect(line.choices.count == 3)
            let days = try await world.base.base.rows(
                """
                SELECT DISTINCT SUBSTR(h.local_start, 1, 10) FROM bump_choice c
                JOIN slot_hold h ON h.tenant = c.tenant AND h.id = c.hold
                WHERE c.tenant = \(.tenant) AND h.state = 'held'
                """)
            #expect(days.count == 3)
        }
    }
}
