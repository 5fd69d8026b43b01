import App
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import Vault
import Web

@Suite("Page of changed clocks")
struct ZoneChangePageTests {
    /// Puts a visit on the list as a release of the tz data would have.
    private func note(
        _ visit: ID<Appointment>, _ outcome: String, _ patient: ID<Patient>, _ world: PageWorld
    ) async throws {
        _ = try await world.platform.installation.database.write(world.tenant) { transaction in
            // A visit that could not be placed still has the release that placed it.
            try transaction.send(
                """
                UPDATE appointment SET tz_version = \(outcome == "moved" ? "2026f" : "2025b")
                WHERE tenant = \(.tenant) AND id = \(visit)
                """)
            try transaction.send(
                """
                INSERT INTO zone_change (tenant, appointment, to_version, patient, outcome, from_version, from_start_at,
                    to_start_at, found_at)
                SELECT a.tenant, a.id, '2026f', \(patient), \(outcome), '2025b', a.start_at + 3600000000, a.start_at, 1
                FROM appointment a WHERE a.tenant = \(.tenant) AND a.id = \(visit)
                """)
        }
    }

    @Test("who must be told stands on the list until somebody says so; what could not be moved says why")
    func list() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz", phone: "(303) 555-0187"))
            let visitor = try await world.signIn()
            #expect(try await visitor.get("/schedule/zone-changes").visible.contains("Nobody has to be told"))
            let moved = try await world.people.book(maria, day: "2026-03-12")
            let stuck = try await world.people.book(ines, "10:00", day: "2026-03-12")
            try await note(moved, "moved", maria, world)
            try await note(stuck, "conflict", ines, world)
            let page = try await visitor.get("/schedule/zone-changes")
            #expect(
                page.visible.contains("60 minutes earlier") && page.visible.contains("Somebody else has the new time"))
            #expect(page.visible.contains("Maria") && page.visible.contains("Ines Ruiz"))
            #expect(!page.html.contains("zone-changes/\(stuck.text)/telling"), "nothing to tell of what was not moved")
            let address = "/schedule/zone-changes/\(moved.text)/telling"
            let spanish = try await visitor.get("/schedule/zone-changes", .spanish)
            #expect(spanish.visible.contains("60 minutos antes"))
            let told = try await visitor.post(address, try page.form(address))
            #expect(told.status == 303 && told.location == "/schedule/zone-changes?done=zones.told")
            let after = try await visitor.get("/schedule/zone-changes")
            #expect(!after.visible.contains("Maria") && after.visible.contains("Ines Ruiz"))
        }
    }
}
