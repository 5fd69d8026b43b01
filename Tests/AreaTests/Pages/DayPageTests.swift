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

    /// The addresses that the free times of a grid lead to.
    private func gaps(_ page: Answer) -> [String] {
        page.html.matches(of: #/<li class="gap [^>]*><a href="([^"]*)"/#)
            .map { String($0.output.1).replacing("&amp;", with: "&") }
    }

    @Test(
        "a free time of a room leads to the dialog, which says why the room or its visits cannot be had then",
        arguments: TestStores.engines)
    func reasonsOfRooms(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await ThingReasonTests.take(world)
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let span = "from=2026-03-09&to=2026-03-09"
            let monday = "/schedule?date=2026-03-09&location=denver-northside"
            let words: [Language: (room: String, taken: String, away: String, early: String, visit: String)] = [
                .english: (
                    "Procedure room", "It is taken", "It cannot be used on this day",
                    "It cannot be used at this hour", "No suitable room is free"
                ),
                .spanish: (
                    "Sala de procedimientos", "Está ocupado", "Ese día no se puede usar",
                    "A esta hora no se puede usar", "No hay una sala adecuada libre"
                ),
            ]
            for (language, words) in words {
                let rooms = try await visitor.get("\(monday)&by=room", language)
                let room = "/booking?location=denver-northside&\(span)&at=07:00&thing=northside-procedure-room"
                #expect(gaps(rooms).contains(room) && rooms.visible.contains(": \(words.room)"))
                let week = try await visitor.get("\(monday)&view=week&by=room&room=northside-procedure-room", language)
                #expect(gaps(week).contains(room))
                // Who the visit is for is asked first, and what was pointed at is kept.
                let nobody = try await visitor.get(room, language)
                #expect(try nobody.form("/booking")["thing"] == "northside-procedure-room")
                func page(_ time: String) async throws -> Answer {
                    try await visitor.get(room.replacing("07:00", with: time) + "&patient=\(maria.text)", language)
                }
                let taken = try await page("09:30")
                #expect(taken.status == 200 && taken.visible.contains("\(words.room): \(words.taken)"))
                #expect(taken.visible.contains(words.visit))
                #expect(try taken.form("/booking")["type"] == "joint-injection")
                #expect(try await page("11:30").visible.contains("\(words.room): \(words.away)"))
                #expect(try await page("06:00").visible.contains("\(words.room): \(words.early)"))
                let free = try await page("10:30")
                #expect(free.status == 200 && !free.visible.contains("\(words.room):"))
            }
        }
    }

    @Test(
        "a free time of a place is anyone's; where nobody has a time the dialog says the nearest reason",
        arguments: TestStores.engines)
    func reasonsOfAnyone(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let places = try await visitor.get("/schedule?date=2026-03-09&location=denver-northside&by=location")
            let place = "/booking?location=denver-northside&from=2026-03-09&to=2026-03-09&at=07:00"
            #expect(gaps(places).contains(place))
            let why = [Language.english: "Why not other times?", .spanish: "¿Por qué no otros horarios?"]
            let closed = [Language.english: "The location is closed", .spanish: "El lugar está cerrado"]
            let who = "&patient=\(maria.text)&type=annual-physical"
            let sunday = "from=2026-03-08&to=2026-03-08"
            for language in Language.allCases {
                let title = try #require(why[language]), reason = try #require(closed[language])
                for asked in [
                    // The minute that was pointed at, a day at one place, a day anywhere.
                    place.replacing("07:00", with: "06:10"), "/booking?location=denver-northside&\(sunday)",
                    "/booking?\(sunday)",
                ] {
                    let page = try await visitor.get(asked + who, language)
                    #expect(page.visible.contains(title) && page.visible.contains(reason), "\(asked)")
                }
                // Where there are times nobody asks about the days without any.
                let found = try await visitor.get("/booking?from=2026-03-05&to=2026-03-20\(who)", language)
                #expect(found.html.contains("name=\"slot\"") && !found.visible.contains(title))
            }
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
