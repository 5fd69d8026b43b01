import App
import JSON
import Kernel
import Scheduling
import Store
import TestKit
import Testing
import TimeZones

@Suite("The words of why a thing cannot be had")
struct ThingReasonTests {
    private static func words(_ refusal: ThingRefusal) -> String {
        switch refusal {
        case .notHere: "It is not at this location"
        case .skippedByClocks: "The clocks change then"
        case .outsideHours: "It cannot be used at this hour"
        case .away: "It cannot be used on this day"
        case .taken: "It is taken"
        }
    }

    /// The procedure room is taken from 9:00 to 10:00 on Monday 9 March 2026, and away from 11:00 to 12:00.
    static func take(_ world: PageWorld) async throws {
        let room = BookableResource.thing("northside-procedure-room").key
        let hour: Int64 = 3_600_000_000
        let zone = try world.platform.zones.zone("America/Denver")
        let midnight = zone.startOfDay(try #require(CivilDate(iso: "2026-03-09")))
        let rows: [(lane: Int, start: Int64, owner: Int64)] = [(0, 9, 7_001), (1_000, 11, 7_002)]
        try await world.platform.installation.database.write(world.tenant) { transaction in
            for row in rows {
                let start = midnight + row.start * hour
                try transaction.execute(
                    """
                    INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                    VALUES (\(.tenant), \(room), \(row.lane), \(start), \(start + hour), \(row.owner))
                    """)
            }
        }
    }

    @Test("staff hear which rule it is, a patient only that the time is not available", arguments: TestStores.engines)
    func words(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await Self.take(world)
            let program = try await KeyedProgram.with(["appointment.read"], in: world)
            let table: [(place: String, time: String, refusal: ThingRefusal?)] = [
                ("flagstaff", "2026-03-09T09:00", .notHere), ("denver-northside", "2026-03-08T02:30", .skippedByClocks),
                ("denver-northside", "2026-03-09T06:00", .outsideHours),
                ("denver-northside", "2026-03-09T09:30", .taken), ("denver-northside", "2026-03-09T11:30", .away),
                ("denver-northside", "2026-03-09T10:30", nil),
            ]
            for line in table {
                let path =
                    "/api/v1/slots/reason?resource=northside-procedure-room&location=\(line.place)"
                    + "&local_start=\(line.time)"
                let staff = try await program.get(path).json
                #expect(staff["offered"]?.bool == (line.refusal == nil), "\(line.time)")
                #expect(staff["code"]?.string == line.refusal?.rawValue, "\(line.time)")
                #expect(staff["reason"]?.string == line.refusal.map(Self.words), "\(line.time)")
                let patient = try await program.get(path + "&audience=patient").json
                #expect(patient["code"]?.string == line.refusal.map { _ in "not-available" }, "\(line.time)")
                #expect(
                    patient["reason"]?.string == line.refusal.map { _ in "This time is not available." },
                    "\(line.time)")
            }
            #expect(Set(table.compactMap(\.refusal)) == Set(ThingRefusal.allCases))
        }
    }
}
