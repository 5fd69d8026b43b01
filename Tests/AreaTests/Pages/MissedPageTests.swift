import App
import JSON
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// Thursday 5 March 2026, 9:10: the visit of 9:00 was missed.
@Suite("Visits that were missed")
struct MissedPageTests {
    private static let board = "/arrivals?location=denver-northside"

    private static func with(
        _ engine: Engine = .sqlite, _ body: @escaping (PageWorld, ID<Patient>, ID<Appointment>) async throws -> Void
    ) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria)
            world.clock.advance(by: .days(3) + .hours(1) + .minutes(10))
            try await body(world, maria, visit)
        }
    }

    @Test(
        "why somebody did not come is said with it or later, and shown on the visit, the board and in capacity",
        arguments: TestStores.engines)
    func reasons(engine: Engine) async throws {
        try await Self.with(engine) { world, _, visit in
            let visitor = try await world.signIn()
            let address = "/appointments/\(visit.text)"
            let missed = try await visitor.post("\(address)/no-show", [])
            #expect(missed.location == "\(address)?done=appointment.no-show")
            let before = try await visitor.get(address)
            #expect(before.visible.contains("Say why") && !before.visible.contains("Why they did not come"))
            let list = "/capacity/visits?period=next-4&part=missed"
            #expect(try await visitor.get(list).visible.contains("Did not come"))
            let said = try await visitor.post("\(address)/no-show", [("reason", "transport")])
            #expect(said.location == "\(address)?done=appointment.no-show-reason")
            let after = try await visitor.get(said.location ?? "")
            #expect(
                after.visible.contains("Reason kept.") && after.visible.contains("Why they did not come No transport"))
            #expect(try await visitor.get(address, .spanish).visible.contains("Por qué no vino Sin transporte"))
            #expect(try await visitor.get(Self.board).visible.contains("No transport"))
            let counted = try await visitor.get(list)
            #expect(counted.visible.contains("No transport: 1"))
            #expect(counted.visible.contains("Did not come: No transport"))
            #expect(try await visitor.post("\(address)/no-show", [("reason", "hail")]).status == 400)
            #expect(try await visitor.get(address).visible.contains("No transport"))
        }
    }

    @Test("programs say and read why somebody did not come; FHIR says it too")
    func program() async throws {
        try await Self.with { world, _, visit in
            let program = try await KeyedProgram.with(
                ["appointment.read", "appointment.write", "capacity.read"], in: world)
            let address = "/api/v1/appointments/\(visit.text)"
            #expect(try await program.post("\(address)/no-show", #"{"reason":"hail"}"#).status == 400)
            #expect(try await program.post("\(address)/no-show", #"{"because":"hail"}"#).status == 400)
            let missed = try await program.post("\(address)/no-show", #"{"reason":"weather"}"#)
            #expect(try missed.status == 200 && missed.json["status"]?.string == "noshow")
            #expect(try missed.json["missedReason"]?.string == "weather")
            // Said again without a reason, it stays.
            let again = try await program.post("\(address)/no-show")
            #expect(try again.status == 200 && again.json["missedReason"]?.string == "weather")
            #expect(try again.json["version"] == missed.json["version"])
            #expect(try await program.get(address).json["missedReason"]?.string == "weather")
            let use = try await program.get("/api/v1/capacity/use?period=next-4").json
            let reasons = use["total"]?["missedReasons"]?.array
            #expect(reasons?.count == 1 && reasons?.first?["reason"]?.string == "weather")
            #expect(reasons?.first?["count"]?.int == 1)
            let resource = try await program.get("/fhir/Appointment/\(visit.text)").json
            #expect(resource["cancelationReason"]?["coding"]?.array?.first?["code"]?.string == "oth-weath")
            // Who comes after all was not missed.
            let arrived = try await program.post("\(address)/arrival")
            #expect(try arrived.json["timeRetaken"]?.string == "all" && arrived.json["missedReason"] == nil)
        }
    }

    @Test("from a missed visit one click leads to another time for the same patient", arguments: TestStores.engines)
    func rebooking(engine: Engine) async throws {
        try await Self.with(engine) { world, maria, visit in
            let visitor = try await world.signIn()
            let pages = [
                Self.board, "/schedule?date=2026-03-05&location=denver-northside&visit=\(visit.text)",
                "/appointments/\(visit.text)",
            ]
            let link =
                "/booking?patient=\(maria.text)&type=annual-physical&practitioner=elena-alvarez"
                + "&location=denver-northside"
            let href = "href=\"" + link.replacing("&", with: "&amp;") + "\""
            for page in pages { #expect(try await !visitor.get(page).html.contains(href), "\(page)") }
            #expect(try await visitor.post("/appointments/\(visit.text)/no-show", []).status == 303)
            for page in pages {
                let answer = try await visitor.get(page)
                #expect(answer.html.contains(href) && answer.visible.contains("Book another time"), "\(page)")
                #expect(try await visitor.get(page, .spanish).visible.contains("Reservar otra hora"), "\(page)")
            }
            let booking = try await visitor.get(link)
            let form = try booking.form("/booking")
            #expect(booking.status == 200 && form["patient"] == maria.text && form["type"] == "annual-physical")
            #expect(form["practitioner"] == "elena-alvarez" && form["location"] == "denver-northside")
            let clinician = try await world.signIn("clinician")
            let looking = try await clinician.get("/appointments/\(visit.text)")
            #expect(!looking.visible.contains("Book another time") && !looking.html.contains(href))
        }
    }

    @Test("where the time was given away the check-in goes through, and says so")
    func givenAway() async throws {
        try await Self.with { world, _, visit in
            let visitor = try await world.signIn()
            let address = "/appointments/\(visit.text)"
            #expect(try await visitor.post("\(address)/no-show", []).status == 303)
            let key = BookableResource.practitioner("elena-alvarez").key
            let now = world.clock.now()
            try await world.platform.installation.database.write(world.tenant) { transaction in
                try transaction.send(
                    """
                    INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                    VALUES (\(.tenant), \(key), 0, \(now), \(now + .minutes(60)), 77)
                    """)
            }
            let arrived = try await visitor.post("\(address)/arrival", [])
            #expect(arrived.location == "\(address)?done=appointment.arrived-time-none")
            let page = try await visitor.get(arrived.location ?? "")
            #expect(page.visible.contains("The time has been given away meanwhile."))
            #expect(page.visible.contains("time was given away"))
            #expect(try await visitor.get(address, .spanish).visible.contains("ya es de otra persona"))
            #expect(try await visitor.post("\(address)/completion", []).status == 303)
            #expect(try await !visitor.get(address).visible.contains("time was given away"))
        }
    }

    /// A visit that needs a room and a device, and when it begins.
    private static func injection(_ world: PageWorld) async throws -> (visit: ID<Appointment>, start: Instant) {
        let maria = try await world.people.register(.maria)
        let (desk, caller) = (world.people.desk, world.people.caller)
        let from = try #require(CivilDate(iso: "2026-03-09"))
        let request = SlotRequest(
            visitType: "joint-injection", from: from, to: from.adding(days: 14), practitioners: ["priya-natarajan"])
        let found = try await world.spine.ask(
            FindSlots(request, now: world.clock.now(), desk: desk), as: caller)
        let slot = try #require(found.first)
        let question = SlotFinder.Question(
            visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
            localStart: slot.localStart)
        let booked = try await world.spine.perform(
            BookAppointment(.slot(question, patient: maria), desk: desk), as: caller)
        try await world.people.settle()
        return (ID(raw: booked.id), Instant(microseconds: slot.span.start))
    }

    @Test("where no room is free for a late patient the check-in goes through, and says so")
    func withoutRoom() async throws {
        try await PageWorld.with(.sqlite) { world in
            let (visit, start) = try await Self.injection(world)
            world.clock.set(start + .minutes(5))
            let later = try await world.signIn()
            let address = "/appointments/\(visit.text)"
            #expect(try await later.post("\(address)/no-show", []).status == 303)
            let room = BookableResource.thing("northside-procedure-room").key
            let now = world.clock.now()
            try await world.platform.installation.database.write(world.tenant) { transaction in
                try transaction.send(
                    """
                    INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                    VALUES (\(.tenant), \(room), 0, \(now), \(now + .minutes(60)), 77)
                    """)
            }
            let arrived = try await later.post("\(address)/arrival", [])
            #expect(arrived.location == "\(address)?done=appointment.arrived-no-room")
            let page = try await later.get(arrived.location ?? "")
            #expect(page.visible.contains("Checked in. No room is free for the visit any more."))
            #expect(page.visible.contains("No room is free for this visit any more"))
            #expect(!page.visible.contains("No device is free"))
            #expect(try await later.get(address, .spanish).visible.contains("Ya no hay una sala libre para esta cita"))
        }
    }
}
