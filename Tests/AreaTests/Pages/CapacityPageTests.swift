import App
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Store
import TestKit
import Testing
import Web

@Suite("Pages of capacity")
struct CapacityPageTests {
    @Test("a figure leads to its visits, a visit to its page; reading them is on the patient's trail")
    func figures() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, day: "2026-03-05")
            let visitor = try await world.signIn()
            let page = try await visitor.get("/capacity?period=next-4")
            #expect(page.status == 200 && page.visible.contains("Time used"))
            let link = "/capacity/visits?period=next-4&amp;practitioner=elena-alvarez&amp;part=booked"
            #expect(page.html.contains(link))
            let visits = try await visitor.get(link.replacing("&amp;", with: "&"))
            #expect(visits.html.contains("/appointments/\(visit.text)") && visits.visible.contains("1 visit"))
            let audit = try await visitor.get("/audit?act=capacity.read&patient=\(maria.text)")
            #expect(audit.visible.contains("Looked at capacity"))
            let sessions = try await visitor.get("/capacity/sessions?period=next-4&practitioner=elena-alvarez")
            #expect(sessions.html.contains("/schedule?date=2026-03-05&amp;location=denver-northside"))
        }
    }

    @Test("what is wrong with a what-if is told by field, in both languages, and nothing is played")
    func problems() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            _ = try await world.people.book(maria, day: "2026-03-05")
            let visitor = try await world.signIn()
            let played = try await visitor.get("/capacity/what-if?demand=50")
            #expect(played.status == 200 && played.visible.contains("Week by week"))
            for wrong in ["type=follow-up", "demand=1000", "practitioner=elena-alvarez&weekday=1", "away=nobody"] {
                for language in Language.allCases {
                    let page = try await visitor.get("/capacity/what-if?\(wrong)", language)
                    #expect(page.status == 422 && page.html.contains("role=\"alert\""), "\(wrong)")
                    #expect(!page.html.contains("what-if-by-week"))
                }
            }
            #expect(try await visitor.get("/capacity/overbooking?starts=0").status == 422)
        }
    }

    @Test("who may not read capacity finds neither page nor entry")
    func rights() async throws {
        try await PageWorld.with(.sqlite) { world in
            let clinician = try await world.signIn("clinician")
            #expect(try await clinician.get("/capacity").status == 403)
            #expect(!(try await clinician.get("/").html.contains("href=\"/capacity\"")))
            let manager = try await world.signIn("clinic-manager")
            #expect(try await manager.get("/").html.contains("href=\"/capacity\""))
        }
    }
}
