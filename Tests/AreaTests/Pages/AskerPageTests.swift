import App
import JSON
import Kernel
import People
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// It is Monday 2 March 2026, 8:00 in Denver.
@Suite("Who asks for a visit, in the console and at the API")
struct AskerPageTests {
    private static let slot = "annual-physical~elena-alvarez~denver-northside~2026-03-12T09:00"
    private static let refused = "This person may not ask for visits of the patient today"

    private func visits(_ world: PageWorld) async throws -> [ID<Appointment>] {
        try await world.people.ids(
            "SELECT id FROM appointment WHERE tenant = \(.tenant) AND status = 'booked'", of: Appointment.self)
    }

    @Test(
        "the dialog shows who may ask and why others may not, and the visit's history who did",
        arguments: TestStores.engines)
    func booked(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            let rosa = try await world.people.parent("Rosa Delgado", of: leo)
            let omar = try await world.people.parent("Omar Delgado", of: leo, ("2026-03-02", .none))
            let visitor = try await world.signIn()
            let held = try await visitor.post("/holds", [("patient", leo.text), ("slot", Self.slot)])
            let address = try #require(held.location)
            let dialog = try await visitor.get(address)
            for words in ["Who asks?", "Rosa Delgado, parent", "Omar Delgado, parent (may not today: by custody)"] {
                #expect(dialog.visible.contains(words), "\(words)")
            }
            #expect(dialog.html.contains("value=\"\(omar.text)\" disabled"))
            #expect(!dialog.html.contains("value=\"\(rosa.text)\" disabled"))
            let spanish = try await visitor.get(address, .spanish)
            #expect(spanish.visible.contains("Omar Delgado, madre o padre (hoy no puede: por la custodia)"))
            let form = try dialog.form("/appointments").with("note", "Brings the papers")
            let refused = try await visitor.post("/appointments", form.with("proxy", omar.text))
            #expect(refused.status == 409 && refused.visible.contains(Self.refused))
            #expect(refused.html.contains("Brings the papers"), "what was typed stays")
            #expect(try await visits(world).isEmpty)
            let booked = try await visitor.post(
                "/appointments", try refused.form("/appointments").with("proxy", rosa.text))
            #expect(booked.status == 303)
            try await world.people.settle()
            let page = "/appointments/\(try #require(try await visits(world).first).text)"
            #expect(try await visitor.get(page).visible.contains("Asked for by Rosa Delgado, parent"))
            #expect(try await visitor.get(page, .spanish).visible.contains("Lo pidió Rosa Delgado, madre o padre"))
        }
    }

    @Test("a visit is moved and called off for who may ask, and for nobody else")
    func changed() async throws {
        try await PageWorld.with(.sqlite) { world in
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            let rosa = try await world.people.parent("Rosa Delgado", of: leo)
            let omar = try await world.people.parent("Omar Delgado", of: leo, ("2026-03-02", .none))
            let visit = try await world.people.book(leo, day: "2026-03-12")
            let visitor = try await world.signIn()
            let page = "/appointments/\(visit.text)"
            let before = try await visitor.get(page)
            #expect(!before.visible.contains("Asked for by"))
            let slot = Self.slot.replacing("T09:00", with: "T10:00")
            let held = try await visitor.post("/holds", [("moving", visit.text), ("slot", slot)])
            let dialog = try await visitor.get(held.location ?? "")
            let kept = try await visitor.post(
                "/appointments", try dialog.form("/appointments").with("proxy", omar.text))
            #expect(kept.status == 409 && kept.visible.contains(Self.refused))
            let moved = try await visitor.post(
                "/appointments", try kept.form("/appointments").with("proxy", rosa.text))
            #expect(moved.status == 303)
            try await world.people.settle()
            #expect(try await visitor.get(page).visible.contains("Asked for by Rosa Delgado, parent"))
            let cancel = [("reason", "patient"), ("tell", "1")]
            let refused = try await visitor.post("\(page)/cancellation", cancel + [("proxy", omar.text)])
            #expect(refused.status == 409 && refused.visible.contains(Self.refused))
            #expect(try await visitor.post("\(page)/cancellation", cancel + [("proxy", "nonsense")]).status == 400)
            #expect(try await visitor.post("\(page)/cancellation", cancel + [("proxy", rosa.text)]).status == 303)
            #expect(try await visits(world).isEmpty)
        }
    }

    @Test("a patient for whom nobody acts is asked nothing about it")
    func nobody() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let held = try await visitor.post("/holds", [("patient", maria.text), ("slot", Self.slot)])
            let dialog = try await visitor.get(held.location ?? "")
            #expect(dialog.status == 200 && !dialog.visible.contains("Who asks?"))
        }
    }

    @Test("programs name the proxy who asks, and are told why one may not", arguments: TestStores.engines)
    func api(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            let other = try await world.people.born("Eva", on: "2016-03-03")
            let rosa = try await world.people.parent("Rosa Delgado", of: leo)
            let omar = try await world.people.parent("Omar Delgado", of: leo, ("2026-03-02", .none))
            let hers = try await world.people.parent("Rosa Delgado", of: other)
            let program = try await KeyedProgram.with(
                ["appointment.read", "appointment.write", "patient.read"], in: world)
            func book(_ proxy: String) async throws -> KeyedProgram.Answered {
                try await program.post(
                    "/api/v1/appointments",
                    #"{"visitType":"annual-physical","practitioner":"elena-alvarez","location":"denver-northside","#
                        + #""localStart":"2026-03-12T09:00","patient":"\#(leo.text)","proxy":"\#(proxy)"}"#)
            }
            let refused = try await book(omar.text)
            let problem = try refused.json
            #expect(refused.status == 409 && problem["code"]?.string == "proxy.may-not-book")
            #expect(problem["place"]?.string == "proxy")
            #expect(problem["errors"]?.array?.first?["path"]?.string == "proxy")
            #expect(problem["errors"]?.array?.first?["message"]?.string == "Custody does not allow it.")
            #expect(!refused.text.contains("Omar"))
            #expect(try await book("nonsense").status == 400)
            let absent = try await book(hers.text)
            let nothing = try absent.json
            #expect(absent.status == 404 && nothing["code"]?.string == "proxy.not-found")
            #expect(try await visits(world).isEmpty)
            let booked = try await book(rosa.text)
            #expect(booked.status == 201)
            let id = try #require(try booked.json["id"]?.string)
            let cancel = #"{"reason":"patient","proxy":"\#(omar.text)"}"#
            let kept = try await program.post("/api/v1/appointments/\(id)/cancellation", cancel)
            let why = try kept.json
            #expect(kept.status == 409 && why["code"]?.string == "proxy.may-not-book")
            #expect(try await visits(world).count == 1)
        }
    }
}

@Suite("A family that comes together")
struct HouseholdPageTests {
    private func proposed(_ people: [ID<Patient>], _ visitor: Visitor) async throws -> Answer {
        let pairs = people.map { "person=\($0.text)&type=annual-physical" }.joined(separator: "&")
        return try await visitor.get("/booking/family?\(pairs)")
    }

    @Test(
        "those for whom somebody may ask today are one press away; whose right has ended, and who acts, are not",
        arguments: TestStores.engines)
    func household(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let rosa = try await world.people.born("Rosa", on: "1985-01-01")
            let omar = try await world.people.born("Omar", on: "1985-01-01")
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            let eva = try await world.people.born("Eva", on: "2016-03-03")
            let teo = try await world.people.born("Teo", on: "2008-03-03")
            for child in [leo, teo] {
                _ = try await world.people.parent("Rosa Delgado", of: child, person: rosa)
                _ = try await world.people.parent("Omar Delgado", of: child, person: omar)
            }
            _ = try await world.people.parent("Rosa Delgado", of: eva, person: rosa, ("2026-03-02", .none))
            let visitor = try await world.signIn()
            let page = try await proposed([rosa], visitor)
            #expect(page.visible.contains("They act for"))
            for (child, isThere) in [(leo, true), (teo, true), (eva, false), (omar, false)] {
                #expect(page.html.contains("name=\"add\" value=\"\(child.text)\"") == isThere)
            }
            let both = try await visitor.get("\(page.address)&add=\(leo.text)")
            #expect(try both.form("/booking/family").all("person") == [rosa.text, leo.text])
            #expect(!both.html.contains("name=\"add\" value=\"\(leo.text)\""))
            #expect(!both.html.contains(omar.text))
            // Of a child nobody who acts for it is proposed.
            let alone = try await proposed([leo], visitor)
            #expect(!alone.visible.contains("They act for") && !alone.html.contains(rosa.text))
            // It is sixteen hours to midnight: Teo comes of age.
            world.clock.advance(by: .hours(16) - .microseconds(1))
            let before = try await proposed([rosa], try await world.signIn())
            #expect(before.html.contains("name=\"add\" value=\"\(teo.text)\""))
            world.clock.advance(by: .microseconds(1))
            let after = try await proposed([rosa], try await world.signIn())
            #expect(!after.html.contains(teo.text) && !after.visible.contains("Teo"))
            #expect(after.html.contains("name=\"add\" value=\"\(leo.text)\""))
        }
    }

    @Test("a child whom the reader may not see is not proposed")
    func hidden() async throws {
        try await PageWorld.with(.sqlite) { world in
            let rosa = try await world.people.born("Rosa", on: "1985-01-01")
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            _ = try await world.people.parent("Rosa Delgado", of: leo, person: rosa)
            try await world.spine.database.write(world.tenant) { try Policy.setLabels(.restricted, of: leo, in: $0) }
            let page = try await proposed([rosa], try await world.signIn())
            #expect(page.status == 200 && !page.visible.contains("They act for") && !page.html.contains(leo.text))
        }
    }
}
