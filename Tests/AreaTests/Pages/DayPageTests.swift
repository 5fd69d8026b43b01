import App
import Kernel
import PeopleAPI
import SchedulingAPI
import Store
import TestKit
import Testing
import Vault
import Web

@Suite("Pages of the day")
struct DayPageTests {
    private let day = "date=2026-03-05&location=denver-northside"

    private func placement(_ visit: ID<Appointment>, _ query: String) -> String {
        "/appointments/\(visit.text)/placement?\(query)&back=/schedule?date%3D2026-03-05"
    }

    @Test("a week of a practitioner has a column for each day, a place's week a row for each practitioner")
    func weeks() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            _ = try await world.people.book(maria)
            let visitor = try await world.signIn()
            let week = try await visitor.get("/schedule?\(day)&view=week&practitioner=elena-alvarez")
            #expect(week.status == 200 && week.visible.contains("Delgado Ruiz"))
            for name in ["Monday 2 Mar", "Tuesday 3 Mar", "Wednesday 4 Mar", "Thursday 5 Mar", "Friday 6 Mar"] {
                #expect(week.visible.contains(name), "\(name)")
            }
            #expect(!week.visible.contains("Saturday 7 Mar"))
            let other = try await visitor.get("/schedule?\(day)&view=week&practitioner=daniel-okafor")
            #expect(!other.visible.contains("Delgado Ruiz"))
            let table = try await visitor.get("/schedule?\(day)&view=week&by=location", .spanish)
            #expect(table.status == 200 && table.visible.contains("Elena Alvarez"))
            // The table counts; it names nobody.
            #expect(!table.visible.contains("Delgado Ruiz") && table.visible.contains("1 cita"))
            for wrong in ["view=month", "by=nobody", "view=week&practitioner=nobody", "view=week&by=room&room=nothing"]
            {
                #expect(try await visitor.get("/schedule?\(day)&\(wrong)").status == 200, "\(wrong)")
            }
        }
    }

    @Test("rooms have the visits that are in them, and all places stand side by side")
    func roomsAndPlaces() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            _ = try await world.people.book(maria)
            let visitor = try await world.signIn()
            let rooms = try await visitor.get("/schedule?\(day)&by=room")
            #expect(rooms.visible.contains("Procedure room") && rooms.visible.contains("Ultrasound"))
            // A check-up needs neither.
            #expect(!rooms.visible.contains("Delgado Ruiz"))
            #expect(!rooms.html.contains("data-drop"))
            let places = try await visitor.get("/schedule?\(day)&by=location")
            #expect(places.visible.contains("Delgado Ruiz") && places.html.contains("data-drop"))
        }
    }

    @Test(
        "the drop is asked about, moved by the ordinary command, and refused with its reason",
        arguments: TestStores.engines)
    func placement(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let visit = try await world.people.book(try await world.people.register(.maria))
            _ = try await world.people.book(try await world.people.register(.named("Ines", "Ruiz")), "10:00")
            let visitor = try await world.signIn()
            let grid = try await visitor.get("/schedule?\(day)")
            #expect(grid.html.contains("data-move=\"\(visit.text)\""))
            let same = "practitioner=elena-alvarez&location=denver-northside"
            let taken = try await visitor.get(placement(visit, "\(same)&start=2026-03-05T10:00"))
            #expect(taken.status == 200 && taken.visible.contains("The practitioner is booked"))
            #expect(!taken.html.contains("placement-confirm"))
            let spanish = try await visitor.get(placement(visit, "\(same)&start=2026-03-05T10:00"), .spanish)
            #expect(spanish.visible.contains("La cita no se puede cambiar a esa hora"))
            let away = try await visitor.get(placement(visit, "\(same)&start=2026-03-04T09:00"))
            #expect(!away.html.contains("placement-confirm"))
            let address = "/appointments/\(visit.text)/placement"
            let ask = try await visitor.get(placement(visit, "\(same)&start=2026-03-05T11:00"))
            #expect(ask.visible.contains("Delgado Ruiz"))
            let form = try ask.form(address)
            let moved = try await visitor.post(address, form)
            #expect(moved.status == 303)
            #expect(moved.location == "/schedule?date=2026-03-05&done=appointment.moved")
            let start = try await world.platform.installation.database.read(world.tenant) { transaction in
                try transaction.row(
                    "SELECT local_start FROM appointment WHERE tenant = \(.tenant) AND id = \(visit)"
                ).map { row -> String in try row.value(at: 0) }
            }
            #expect(start == "2026-03-05T11:00")
            // Somebody else moved it meanwhile.
            let stale = try await visitor.post(
                address, form.with("start", "2026-03-05T08:00").with("intent", "0000000000002"))
            #expect(stale.status == 409 && stale.visible.contains("Somebody else changed this visit meanwhile"))
            #expect(try await visitor.get(placement(visit, "\(same)&start=soon")).status == 400)
        }
    }

    @Test("a board on which nobody is expected says so, and has no bar without counts")
    func nobodyExpected() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn()
            let board = "/arrivals?location=denver-northside"
            let words = [
                Language.english: "Nobody comes to Northside Clinic today",
                .spanish: "Hoy no viene nadie a Northside Clinic",
            ]
            for (language, words) in words {
                let empty = try await visitor.get(board, language)
                #expect(empty.visible.contains(words))
                #expect(!empty.html.contains("schedule-counts") && !empty.html.contains("arrivals-behind"))
            }
            _ = try await world.people.book(try await world.people.register(.maria))
            world.clock.advance(by: .days(3))
            let day = try await (try await world.signIn()).get(board)
            #expect(day.html.contains("schedule-counts") && day.html.contains("arrivals-behind"))
        }
    }

    @Test("arrivals: checked in, called in, completed with one click each, and the screen names nobody")
    func arrivals() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visit = try await world.people.book(try await world.people.register(.maria))
            let late = try await world.people.book(try await world.people.register(.named("Ines", "Ruiz")), "10:00")
            world.clock.advance(by: .days(3) + .minutes(55))
            var visitor = try await world.signIn()
            let board = "/arrivals?location=denver-northside"
            let before = try await visitor.get(board)
            #expect(before.status == 200 && before.visible.contains("Delgado Ruiz"))
            let address = "/appointments/\(visit.text)"
            #expect(before.html.contains("action=\"\(address)/arrival\""))
            #expect(!before.html.contains("action=\"\(address)/calling\""))
            #expect(try await visitor.post("\(address)/calling", []).status == 409)
            #expect(try await visitor.post("\(address)/arrival", []).status == 303)
            let wall = try await visitor.get("/arrivals/wall?location=denver-northside")
            let number = try #require(wall.html.firstMatch(of: /<strong>([A-Z][0-9]{3})<\/strong>/)).output.1.text
            #expect(!wall.visible.contains("Maria") && !wall.visible.contains("Delgado"))
            world.clock.advance(by: .minutes(12))
            visitor = try await world.signIn()
            let waiting = try await visitor.get(board)
            #expect(waiting.visible.contains("waiting 12 minutes") && waiting.visible.contains(number))
            #expect(waiting.visible.contains("about"))
            #expect(try await visitor.post("\(address)/calling", []).status == 303)
            let called = try await visitor.get(board, .spanish)
            #expect(called.visible.contains("En consulta"))
            #expect(try await visitor.post("\(address)/completion", []).status == 303)
            #expect(try await visitor.get(board).visible.contains("Completed"))
            // Twelve past ten: the other is late, and can be marked as missed or given another time.
            world.clock.advance(by: .minutes(65))
            visitor = try await world.signIn()
            let after = try await visitor.get(board)
            #expect(after.visible.contains("12 minutes late"))
            #expect(after.html.contains("action=\"/appointments/\(late.text)/no-show\""))
            #expect(after.html.contains("/booking?moving=\(late.text)"))
        }
    }

    @Test("who may only look is offered no act, and a place out of reach is not told of a delay")
    func rights() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visit = try await world.people.book(try await world.people.register(.maria))
            world.clock.advance(by: .days(3) + .minutes(55))
            let visitor = try await world.signIn()
            let none = try await visitor.post(
                "/arrivals/notices", [("location", "denver-northside"), ("practitioner", "elena-alvarez")])
            #expect(none.location == "/arrivals?location=denver-northside&done=arrivals.nobody")
            let unknown = try await visitor.post(
                "/arrivals/notices", [("location", "nowhere"), ("practitioner", "elena-alvarez")])
            #expect(unknown.status == 404)
            #expect(try await world.stranger.get("/arrivals").location == "/session")
            #expect(visit.raw != 0)
        }
    }
}
