import App
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import Vault

/// What other systems read of the calendar in FHIR: whole, or page by page.
@Suite("The calendar in FHIR")
struct CalendarExchangeTests {
    /// What a search brought, page after page.
    private struct Found {
        var resources: [JSONValue] = []
        /// How many were on each page, and how many each said there are.
        var pages: [Int] = []
        var totals: [Int64?] = []

        var ids: [String] { resources.compactMap { $0["id"]?.string } }
        var statuses: Set<String> { Set(resources.compactMap { $0["status"]?.string }) }

        func starts(_ status: String) -> [String] {
            resources.filter { $0["status"]?.string == status }.compactMap { $0["start"]?.string }
        }
    }

    private func all(_ program: KeyedProgram, _ path: String) async throws -> Found {
        var found = Found()
        var next: String? = path
        while let path = next, found.pages.count < 200 {
            let answer = try await program.get(path)
            #expect(answer.status == 200, "\(path)")
            let bundle = try answer.json
            let resources = (bundle["entry"]?.array ?? []).compactMap { $0["resource"] }
            found.resources += resources
            found.pages.append(resources.count)
            found.totals.append(bundle["total"]?.int)
            let links = bundle["link"]?.array ?? []
            #expect(links.first?["relation"]?.string == "self")
            let link = links.first { $0["relation"]?.string == "next" }?["url"]?.string
            next = try link.map { url in
                let start = try #require(url.firstRange(of: "/fhir/")).lowerBound
                return String(url[start...])
            }
        }
        return found
    }

    /// The address of the slots of Dr. Alvarez in Denver.
    private func slots(_ program: KeyedProgram, _ query: String) async throws -> String {
        let found = try await all(program, "/fhir/Schedule?actor=Practitioner/elena-alvarez")
        #expect(found.totals == [1])
        let id = try #require(found.ids.first)
        return "/fhir/Slot?schedule=Schedule/\(id)&\(query)"
    }

    @Test("slots on one page are counted; on several they are the same in the same order, and nothing is left out")
    func slotPages() async throws {
        try await PageWorld.with(.sqlite) { world in
            _ = try await world.people.book(try await world.people.register(.maria), "09:00")
            let program = try await KeyedProgram.with(["appointment.read"], in: world)
            let week = try await slots(program, "start=ge2026-03-05T09:10:00-07:00&start=lt2026-03-10")
            let whole = try await all(program, week)
            #expect(whole.statuses == ["free", "busy"] && whole.pages.count == 1)
            #expect(whole.totals == [Int64(whole.ids.count)] && Set(whole.ids).count == whole.ids.count)
            // The visit under way at the beginning comes first; what was free before it is not of the stretch.
            #expect(whole.starts("busy") == ["2026-03-05T09:00:00-07:00"])
            for size in [25, whole.ids.count - 1] {
                let paged = try await all(program, week + "&_count=\(size)")
                #expect(paged.ids == whole.ids, "\(size) on a page")
                #expect(paged.pages.dropLast().allSatisfy { $0 == size })
                #expect(paged.pages.count == (whole.ids.count + size - 1) / size)
                #expect(paged.totals.allSatisfy { $0 == nil })
            }
            // More than a page may have: thirty days.
            let month = try await all(program, try await slots(program, "start=ge2026-03-05&start=lt2026-04-04"))
            #expect(month.pages.count > 1 && month.pages.first == 1_000)
            #expect(month.totals.allSatisfy { $0 == nil })
            #expect(Set(month.ids).count == month.ids.count && month.ids.count > 1_000)
            #expect(month.starts("free").last?.hasPrefix("2026-04-0") == true)
            // Without a start, from now on: the pages are of the same week however long they take.
            let open = try await slots(program, "_count=200")
            let first = try await all(program, open)
            #expect(first.pages.count > 1 && Set(first.ids).count == first.ids.count)
            for wrong in ["_count=0", "_count=many", "cursor=abc", "status=dog"] {
                #expect(try await program.get(try await slots(program, wrong)).status == 400, "\(wrong)")
            }
        }
    }

    @Test(
        "what a recorded absence has of the sessions is unavailable, and what is booked there busy",
        arguments: TestStores.engines)
    func absences(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            _ = try await world.people.book(try await world.people.register(.maria), day: "2026-03-12")
            let program = try await KeyedProgram.with(
                ["appointment.read", "bump.read", "bump.write"], in: world)
            let day = try await slots(program, "start=2026-03-12")
            #expect(try await all(program, day).statuses == ["free", "busy"])
            let body =
                #"{"kind":"practitioner","key":"elena-alvarez","from":"2026-03-10T22:00","to":"2026-03-12T16:00","#
                + #""reason":"leave","offer":"no"}"#
            #expect(try await program.post("/api/v1/absences", body).status == 201)
            let found = try await all(program, day)
            #expect(
                found.starts("busy-unavailable") == ["2026-03-12T08:00:00-06:00", "2026-03-12T15:00:00-06:00"])
            let ends = found.resources.filter { $0["status"]?.string == "busy-unavailable" }
                .compactMap { $0["end"]?.string }
            #expect(ends == ["2026-03-12T12:00:00-06:00", "2026-03-12T16:00:00-06:00"])
            #expect(found.starts("busy") == ["2026-03-12T09:00:00-06:00"])
            #expect(found.starts("free").allSatisfy { $0 >= "2026-03-12T16:00:00-06:00" })
            #expect(try await all(program, day + "&status=busy-unavailable").starts("busy-unavailable").count == 2)
            #expect(try await all(program, day + "&status=busy").statuses == ["busy"])
            // It says nothing of a kind of visit.
            #expect(try await all(program, day + "&service-type=follow-up").statuses == ["free"])
        }
    }

    @Test(
        "a patient's visits are found by their dates, however many are newer, and all of them page by page",
        arguments: TestStores.engines)
    func visitPages(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, "09:00")
            let program = try await KeyedProgram.with(["appointment.read"], in: world)
            let path = "/fhir/Appointment?patient=Patient/\(maria.text)"
            #expect(try await all(program, path).totals == [1])
            // As many again as a page may have, each on a day after it; two begin at one moment.
            try await world.platform.installation.database.write(world.tenant) { transaction in
                for number in Int64(1)...501 {
                    let later = max(1, number - 1) * 86_400_000_000
                    try transaction.send(
                        """
                        INSERT INTO appointment (tenant, id, patient, status, visit_type, practitioner, location,
                            local_start, zone, tz_version, start_at, end_at, minutes, placement, version, source,
                            created_at, booked_at)
                        SELECT a.tenant, a.id + \(number), a.patient, a.status, a.visit_type, a.practitioner,
                            a.location, a.local_start, a.zone, a.tz_version, a.start_at + \(later),
                            a.end_at + \(later), a.minutes, a.placement, a.version, a.source, a.created_at,
                            a.booked_at
                        FROM appointment a WHERE a.tenant = \(.tenant) AND a.id = \(visit)
                        """)
                }
            }
            let old = try await all(program, path + "&date=le2026-03-05")
            #expect(old.ids == [visit.text] && old.totals == [1])
            let whole = try await all(program, path)
            #expect(whole.pages == [500, 2] && whole.totals == [nil, nil])
            #expect(whole.ids.last == visit.text && Set(whole.ids).count == 502)
            let paged = try await all(program, path + "&_count=100&date=ge2026-03-06")
            #expect(paged.pages == [100, 100, 100, 100, 100, 1] && paged.ids == Array(whole.ids.dropLast()))
            #expect(try await program.get(path + "&cursor=abc").status == 400)
        }
    }
}
