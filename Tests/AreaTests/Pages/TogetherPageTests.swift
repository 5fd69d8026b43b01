import App
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

@Suite("Several visits at once, in the console")
struct TogetherPageTests {
    private static let first = "annual-physical~elena-alvarez~denver-northside~2026-03-12T09:00"

    private func visits(_ world: PageWorld) async throws -> Int {
        try await world.people.ids(
            "SELECT id FROM appointment WHERE tenant = \(.tenant) AND status = 'booked'", of: Appointment.self
        ).count
    }

    private func heldTimes(_ world: PageWorld) async throws -> Int {
        try await world.people.ids(
            "SELECT id FROM slot_hold WHERE tenant = \(.tenant) AND state = 'held'", of: SlotHold.self
        ).count
    }

    /// The fields of the first form that is posted there.
    private func posted(_ page: Answer, to action: String) throws -> [(String, String)] {
        let start = try #require(page.html.firstRange(of: " method=\"post\" action=\"\(action)\""), "no form there")
        let rest = Answer(
            status: page.status, location: nil, html: String(page.html[start.lowerBound...]), address: page.address)
        return try rest.form(action)
    }

    private func link(_ pattern: Regex<(Substring, Substring)>, _ page: Answer) throws -> String {
        String(try #require(page.html.firstMatch(of: pattern)).output.1).replacing("&amp;", with: "&")
    }

    /// Somebody else takes a time that a form names.
    private func take(_ token: String, for patient: ID<Patient>, _ world: PageWorld) async throws {
        let parts = token.split(separator: "~").map(String.init)
        let question = SlotFinder.Question(
            visitType: parts[1], practitioner: parts[2], location: parts[3],
            localStart: try #require(CivilDateTime(iso: parts[4])))
        _ = try await world.spine.perform(
            BookAppointment(.slot(question, patient: patient), desk: world.people.desk), as: world.people.caller)
    }

    private func expectPlain(_ address: String, _ visitor: Visitor, _ world: PageWorld) async throws {
        let reader = RawCodes(
            world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
        for language in Language.allCases {
            let page = try await visitor.get(address, language)
            #expect(page.status == 200, "\(address)")
            #expect(reader.found(in: page.visible) == [], "\(address)")
        }
    }

    @Test(
        "a held time is repeated: every date with its time or why not, one taken out, the rest booked once",
        arguments: TestStores.engines)
    func series(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            _ = try await world.people.book(ines, "09:00", day: "2026-03-19")
            let visitor = try await world.signIn()
            let held = try await visitor.post("/holds", [("patient", maria.text), ("slot", Self.first)])
            let dialog = try await visitor.get(held.location ?? "")
            let address = try link(#/href="(\/booking\/series\?[^"]*)"/#, dialog) + "&count=4"
            try await expectPlain(address, visitor, world)
            let page = try await visitor.get(address)
            #expect(page.visible.contains("4 dates, free now: 3") && page.visible.contains("Held for you"))
            #expect(page.visible.contains("The practitioner is booked"))
            let form = try posted(page, to: "/booking/series")
            #expect(form.all("date") == ["2026-03-12", "2026-03-26", "2026-04-02"])
            #expect(form.all("refused") == ["2026-03-19T09:00.practitioner-busy"])
            let chosen = form.filter { $0 != ("date", "2026-03-26") }
            let booked = try await visitor.post("/booking/series", chosen)
            let result = try #require(booked.location)
            #expect(booked.status == 303 && result.contains("/together?done=together.series&missed=2026-03-19"))
            #expect(try await visits(world) == 3)
            #expect(try await heldTimes(world) == 0)
            // The same form again books nothing more and leads to the same page.
            let again = try await visitor.post("/booking/series", chosen)
            #expect(again.location == result)
            #expect(try await visits(world) == 3)
            try await expectPlain(result, visitor, world)
            let shown = try await visitor.get(result)
            for text in ["Series booked.", "Repeated visits", "2 visits", "Not booked", "The practitioner is booked"] {
                #expect(shown.visible.contains(text), "\(text)")
            }
            let other = try link(#/href="(\/booking\?patient=[^"]*)"/#, shown)
            #expect(other.contains("from=2026-03-19&to=2026-03-19&at=09%3A00"))
            #expect(try await visitor.get(other).status == 200)
        }
    }

    @Test("a series of which nothing can be had any more, or nothing was ticked, books nothing and says so")
    func seriesRefused() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            let visitor = try await world.signIn()
            let address = "/booking/series?patient=\(maria.text)&slot=\(Self.first)&count=2"
            let form = try posted(try await visitor.get(address), to: "/booking/series")
            let none = try await visitor.post("/booking/series", form.filter { $0.0 != "date" })
            #expect(none.status == 400 && none.visible.contains("Tick at least one date."))
            for day in form.all("date") { _ = try await world.people.book(ines, "09:00", day: day) }
            let gone = try await visitor.post("/booking/series", form)
            #expect(gone.status == 409 && gone.visible.contains("Nothing was booked"))
            #expect(gone.visible.contains("The practitioner is booked") && gone.visible.contains("free now: 0"))
            #expect(try await visits(world) == 2)
            // Too many, and too far apart: what was typed stays, and nothing is looked for.
            for more in ["&every=27", "&count=53", "&count=x", "&unit=day&every=183"] {
                let page = try await visitor.get("/booking/series?patient=\(maria.text)&slot=\(Self.first)\(more)")
                #expect(page.status == 200 && page.visible.contains("2 to 52 visits"))
                #expect(!page.html.contains("name=\"date\""))
            }
            let days = try await visitor.get("\(address)&unit=day&every=7")
            #expect(try posted(days, to: "/booking/series").all("refused").count == 2)
        }
    }

    @Test(
        "a check-up is booked with its draw, all or none; a refusal names the visit whose time is gone",
        arguments: TestStores.engines)
    func trip(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            let visitor = try await world.signIn()
            let dialog = try await visitor.get(
                "/booking?patient=\(maria.text)&type=annual-physical&location=denver-northside&from=2026-03-10")
            let address = try link(#/href="(\/booking\/trip\?[^"]*)"/#, dialog)
            try await expectPlain(address, visitor, world)
            let page = try await visitor.get(address)
            for text in ["Fasting blood draw", "nothing to eat before", "Soonest", "20 hours to 14 days before"] {
                #expect(page.visible.contains(text), "\(text)")
            }
            let form = try posted(page, to: "/booking/together")
            #expect(form.all("visit").count == 2)
            let draw = try #require(form.all("visit").last)
            #expect(draw.contains("~fasting-labs~"))
            try await take(draw, for: ines, world)
            let refused = try await visitor.post("/booking/together", form)
            #expect(refused.status == 409 && refused.visible.contains("Nothing was booked"))
            #expect(refused.visible.contains(/Fasting blood draw, [^:]*:\d\d [AP]M: The practitioner is booked/))
            #expect(try await visits(world) == 1)
            let fresh = try posted(refused, to: "/booking/together")
            #expect(fresh.all("visit").count == 2 && fresh.all("visit").last != draw)
            let booked = try await visitor.post("/booking/together", fresh)
            let result = try #require(booked.location)
            #expect(booked.status == 303 && result.hasSuffix("/together?done=together.booked"))
            #expect(try await visitor.post("/booking/together", fresh).location == result)
            #expect(try await visits(world) == 3)
            try await expectPlain(result, visitor, world)
            let shown = try await visitor.get(result)
            #expect(shown.visible.contains("Booked together") && shown.visible.contains("Yearly check-up"))
            #expect(shown.visible.contains("Fasting blood draw"))
            let visit = try link(#/href="(\/appointments\/[0-9A-Z]{13})"/#, shown)
            #expect(try await visitor.get(visit).visible.contains("Show all that was booked together"))
        }
    }

    @Test("a time that is held is among the trips that are proposed, and is taken from its hold")
    func heldTrip() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let held = try await visitor.post("/holds", [("patient", maria.text), ("slot", Self.first)])
            let dialog = try await visitor.get(held.location ?? "")
            let address = try link(#/href="(\/booking\/trip\?[^"]*)"/#, dialog)
            // Of that day the times of the one who is held: the hold is in nobody's way.
            let page = try await visitor.get(address + "&to=2026-03-12&practitioner=elena-alvarez")
            let token = "\(maria.text)~\(Self.first)"
            let start = try #require(page.html.firstRange(of: "name=\"visit\" value=\"\(token)\""))
            #expect(page.html[..<start.lowerBound].contains("name=\"hold\""))
            let draw = try #require(
                page.html[start.upperBound...].firstMatch(of: /name="visit" value="([^"]*~fasting-labs~[^"]*)"/))
            let hold = try #require(held.location?.split(separator: "=").last)
            let booked = try await visitor.post(
                "/booking/together",
                [("patient", maria.text), ("visit", token), ("visit", String(draw.output.1)), ("hold", String(hold))])
            #expect(booked.status == 303)
            #expect(try await visits(world) == 2)
            #expect(try await heldTimes(world) == 0)
        }
    }

    @Test("a family is found, seen one after the other, and booked all or none")
    func family() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            let other = try await world.people.register(.named("Lin", "Chen"))
            let visitor = try await world.signIn()
            let dialog = try await visitor.get("/booking?patient=\(maria.text)&type=annual-physical")
            let address = try link(#/href="(\/booking\/family\?[^"]*)"/#, dialog)
            try await expectPlain(address, visitor, world)
            #expect(try await visitor.get(address).visible.contains("Add at least two people"))
            let nobody = try await visitor.get("\(address)&q=nobodyhere")
            #expect(nobody.visible.contains("Nobody else fits."))
            let found = try await visitor.get("\(address)&q=ruiz")
            #expect(found.html.contains("name=\"add\" value=\"\(ines.text)\""))
            // Who is on the list already is not found again.
            #expect(!found.html.contains("name=\"add\" value=\"\(maria.text)\""))
            let asked = try found.form("/booking/family").map { "\($0.0)=\(FormFields.encode($0.1))" }
            let added = try await visitor.get("/booking/family?\(asked.joined(separator: "&"))&add=\(ines.text)")
            let both = try added.form("/booking/family")
            #expect(both.all("person") == [maria.text, ines.text])
            #expect(both.all("type") == ["annual-physical", "annual-physical"])
            let pairs = both.filter { !["from", "to", "mode", "q"].contains($0.0) }
                .map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
            let how = "&from=2026-03-10&to=2026-03-20&mode=one-after-another&find=yes"
            let search = "/booking/family?\(pairs)\(how)"
            try await expectPlain(search, visitor, world)
            let page = try await visitor.get(search)
            #expect(page.visible.contains("Book all 4 visits"))
            let form = try posted(page, to: "/booking/together")
            #expect(form.all("visit").map { $0.prefix(13) } == [maria, maria, ines, ines].map { $0.text[...] })
            try await take(form.all("visit")[2], for: other, world)
            let refused = try await visitor.post("/booking/together", form)
            #expect(refused.status == 409)
            let said = /Ines Ruiz: Yearly check-up, [^:]*:\d\d [AP]M: The practitioner is booked/
            #expect(refused.visible.contains(said))
            #expect(try await visits(world) == 1)
            let fresh = try posted(refused, to: "/booking/together")
            let booked = try await visitor.post("/booking/together", fresh)
            let result = try #require(booked.location)
            #expect(booked.status == 303)
            #expect(try await visitor.post("/booking/together", fresh).location == result)
            #expect(try await visits(world) == 5)
            let shown = try await visitor.get(result)
            #expect(shown.visible.contains("4 visits") && shown.visible.contains("Ines Ruiz"))
            let left = try await visitor.get("\(search)&remove=\(maria.text)")
            #expect(try left.form("/booking/family").all("person") == [ines.text])
        }
    }

    @Test("who lacks the right is refused; of somebody at another place there is as little as of nobody")
    func outOfReach() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria)
            _ = try await world.spine.database.write(world.tenant) { transaction in
                try transaction.execute(
                    "UPDATE patient_scope SET location = 5 WHERE tenant = \(.tenant) AND patient = \(maria)")
            }
            let officer = try await world.signIn("privacy-officer")
            let desk = try await frontDesk(world)
            let nobody = ID<Patient>(raw: 77)
            func addresses(_ patient: ID<Patient>, _ visit: ID<Appointment>) -> [String] {
                [
                    "/booking/series?patient=\(patient.text)&slot=\(Self.first)",
                    "/booking/trip?patient=\(patient.text)&type=annual-physical",
                    "/booking/family?person=\(patient.text)&type=annual-physical",
                    "/booking/family?add=\(patient.text)", "/appointments/\(visit.text)/together",
                ]
            }
            for (hidden, absent) in zip(addresses(maria, visit), addresses(nobody, ID(raw: 78))) {
                #expect(try await officer.get(hidden).status == 403, "\(hidden)")
                let one = try await desk.get(hidden), none = try await desk.get(absent)
                #expect(one.status == 404 && Self.told(one) == Self.told(none), "\(hidden)")
            }
            func series(_ patient: ID<Patient>) async throws -> Answer {
                try await desk.post(
                    "/booking/series",
                    [("patient", patient.text), ("slot", Self.first), ("count", "2"), ("date", "2026-03-12")])
            }
            func trip(_ patient: ID<Patient>) async throws -> Answer {
                let draw = "fasting-labs~joan-whitaker~denver-northside~2026-03-10T08:00"
                return try await desk.post(
                    "/booking/together",
                    [("visit", "\(patient.text)~\(Self.first)"), ("visit", "\(patient.text)~\(draw)")])
            }
            let acts: [(ID<Patient>) async throws -> Answer] = [series, trip]
            for act in acts {
                let hidden = try await act(maria), absent = try await act(nobody)
                #expect(hidden.status == 404 && Self.told(hidden) == Self.told(absent))
            }
            #expect(try await visits(world) == 1)
        }
    }

    /// What is told, but for the request's number.
    private static func told(_ answer: Answer) -> String {
        answer.visible.replacing(/[0-9A-HJKMNP-TV-Z]{13}/, with: "ID")
    }

    /// Somebody at the front desk of one place.
    private func frontDesk(_ world: PageWorld) async throws -> Visitor {
        let hash = try await Password.hash(PageWorld.password)
        let platform = world.platform
        try await world.spine.run(
            "set-up", tenant: world.tenant, purpose: .systemMaintenance, permissions: platform.permissions,
            origin: "cli"
        ) { caller in
            _ = try await world.spine.perform(
                AddUser(
                    email: "front-desk@clinic.example", displayName: "Dora Desk", roles: ["front-desk"],
                    locations: ["flagstaff"], passwordHash: hash), as: caller)
            return ((), 1)
        }
        return try await world.signIn("front-desk")
    }
}
