import App
import JSON
import Kernel
import People
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import Vault
import Web

/// It is Monday 2 March 2026, 8:00 in Denver.
@Suite("Who asks for several visits, in the console and at the API")
struct FamilyAskerPageTests {
    private static let asked = "Asked for by Rosa Delgado, parent"

    private func visits(of patient: ID<Patient>, _ world: PageWorld) async throws -> [ID<Appointment>] {
        try await world.people.ids(
            "SELECT id FROM appointment WHERE tenant = \(.tenant) AND patient = \(patient) AND status = 'booked'",
            of: Appointment.self)
    }

    /// The pages of a patient's visits.
    private func histories(of patient: ID<Patient>, _ visitor: Visitor, _ world: PageWorld) async throws -> [String] {
        var pages: [String] = []
        for visit in try await visits(of: patient, world) {
            pages.append(try await visitor.get("/appointments/\(visit.text)").visible)
        }
        return pages
    }

    /// People who come for a blood test, each with who asks for them.
    private func family(_ people: [(patient: ID<Patient>, proxy: String)]) -> String {
        let pairs = people.map { "person=\($0.patient.text)&type=labs&proxy=\($0.proxy)" }
        let how = "from=2026-03-10&to=2026-03-20&mode=one-after-another&find=yes"
        return "/booking/family?\(pairs.joined(separator: "&"))&\(how)"
    }

    @Test(
        "each of a family has their own choice of who asks; who may not is refused for all, and what is booked keeps it",
        arguments: TestStores.engines)
    func booked(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            // For her nobody acts, and she stands before the others.
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            let eva = try await world.people.born("Eva", on: "2018-03-03")
            let rosa = try await world.people.parent("Rosa Delgado", of: leo)
            let omar = try await world.people.parent("Omar Delgado", of: leo, ("2026-03-02", .none))
            let hers = try await world.people.parent("Rosa Delgado", of: eva)
            let visitor = try await world.signIn()
            let unasked = family([(ines, ""), (leo, ""), (eva, "")])
            let page = try await visitor.get(unasked)
            for words in ["Who asks?", "Rosa Delgado, parent", "Omar Delgado, parent (may not today: by custody)"] {
                #expect(page.visible.contains(words), "\(words)")
            }
            #expect(page.html.contains("value=\"\(omar.text)\" disabled"))
            #expect(!page.visible.contains("Asked for by"))
            #expect(try page.form("/booking/family").all("proxy") == ["", "", ""])
            let spanish = try await visitor.get(unasked, .spanish)
            #expect(spanish.visible.contains("Omar Delgado, madre o padre (hoy no puede: por la custodia)"))
            let chosen = family([(ines, ""), (leo, rosa.text), (eva, hers.text)])
            let found = try await visitor.get(chosen)
            #expect(found.visible.contains(Self.asked))
            #expect(try found.form("/booking/family").all("proxy") == ["", rosa.text, hers.text])
            let form = try found.form("/booking/together")
            #expect(form.all("proxy") == ["", rosa.text, hers.text])
            func named(_ proxy: String) -> [(String, String)] {
                form.map { $0 == ("proxy", rosa.text) ? ("proxy", proxy) : $0 }
            }
            let refused = try await visitor.post("/booking/together", named(omar.text))
            #expect(refused.status == 409 && refused.visible.contains("Nothing was booked"))
            #expect(refused.visible.contains("The person who asks for Leo Delgado may not today."))
            // Who may not is not chosen any more; the others are.
            #expect(try refused.form("/booking/family").all("proxy") == ["", "", hers.text])
            #expect(try await visitor.post("/booking/together", named("nonsense")).status == 400)
            #expect(try await visitor.post("/booking/together", named(hers.text)).status == 404)
            for patient in [ines, leo, eva] { #expect(try await visits(of: patient, world).isEmpty) }
            let again = try await visitor.get(chosen)
            let booked = try await visitor.post("/booking/together", try again.form("/booking/together"))
            #expect(booked.status == 303)
            try await world.people.settle()
            for patient in [leo, eva] {
                let told = try await histories(of: patient, visitor, world)
                #expect(told.count == 1 && told.allSatisfy { $0.contains(Self.asked) })
            }
            let own = try await histories(of: ines, visitor, world)
            #expect(own.count == 1 && own.allSatisfy { !$0.contains("Asked for by") })
        }
    }

    @Test("a family for whom nobody acts is asked nothing about it")
    func nobody() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            let page = try await world.signIn().get(family([(maria, ""), (ines, "")]))
            #expect(page.status == 200 && page.visible.contains("Book all 2 visits"))
            #expect(!page.visible.contains("Who asks?"))
        }
    }

    @Test("a visit that brings confidential care with it is closed to a parent from the age of the policy")
    func confidential() async throws {
        try await PageWorld.with(.sqlite) { world in
            let eva = try await world.people.born("Eva", on: "2010-06-01")
            let leo = try await world.people.born("Leo", on: "2018-06-01")
            _ = try await world.people.parent("Rosa Delgado", of: eva)
            _ = try await world.people.parent("Omar Delgado", of: leo)
            let people = [eva, leo].map { "person=\($0.text)&type=annual-physical" }.joined(separator: "&")
            let before = try await world.signIn().get("/booking/family?\(people)")
            #expect(before.visible.contains("Rosa Delgado, parent") && !before.visible.contains("may not today"))
            try await world.publish { blueprint in
                for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "fasting-labs" {
                    blueprint.visitTypes[index].labels = ["reproductive"]
                }
            }
            let page = try await world.signIn().get("/booking/family?\(people)")
            #expect(page.visible.contains("Rosa Delgado, parent (may not today: confidential care)"))
            #expect(page.visible.contains("Omar Delgado, parent") && !page.visible.contains("Omar Delgado, parent ("))
        }
    }

    @Test("who asks for a visit asks for all that belongs to it", arguments: TestStores.engines)
    func trip(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            let rosa = try await world.people.parent("Rosa Delgado", of: leo)
            let omar = try await world.people.parent("Omar Delgado", of: leo, ("2026-03-02", .none))
            let visitor = try await world.signIn()
            let address =
                "/booking/trip?patient=\(leo.text)&type=annual-physical&location=denver-northside&from=2026-03-10"
            let unasked = try await visitor.get(address)
            #expect(unasked.visible.contains("Who asks?") && !unasked.visible.contains("Asked for by"))
            let closed = try await visitor.get("\(address)&proxy=\(omar.text)")
            #expect(try closed.form("/booking/together").all("proxy").isEmpty)
            let page = try await visitor.get("\(address)&proxy=\(rosa.text)")
            #expect(page.visible.contains(Self.asked))
            let form = try page.form("/booking/together")
            #expect(form["proxy"] == rosa.text && form.all("visit").count == 2)
            let refused = try await visitor.post("/booking/together", form.with("proxy", omar.text))
            #expect(refused.status == 409)
            #expect(refused.visible.contains("This person may not ask for visits of the patient today"))
            #expect(try await visits(of: leo, world).isEmpty)
            let again = try await visitor.get("\(address)&proxy=\(rosa.text)")
            #expect(try await visitor.post("/booking/together", try again.form("/booking/together")).status == 303)
            try await world.people.settle()
            let told = try await histories(of: leo, visitor, world)
            #expect(told.count == 2 && told.allSatisfy { $0.contains(Self.asked) })
        }
    }

    @Test(
        "programs name who asks for each visit, and are told for which one it may not be",
        arguments: TestStores.engines)
    func api(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let leo = try await world.people.born("Leo", on: "2016-03-03")
            let eva = try await world.people.born("Eva", on: "2018-03-03")
            let rosa = try await world.people.parent("Rosa Delgado", of: leo)
            let hers = try await world.people.parent("Rosa Delgado", of: eva)
            let omar = try await world.people.parent("Omar Delgado", of: eva, ("2026-03-02", .none))
            let program = try await KeyedProgram.with(
                ["appointment.read", "appointment.write", "patient.read"], in: world)
            func visit(_ time: String, _ patient: ID<Patient>, _ proxy: String) -> String {
                #"{"visitType":"annual-physical","practitioner":"elena-alvarez","location":"denver-northside","#
                    + #""localStart":"2026-03-12T\#(time)","patient":"\#(patient.text)","proxy":"\#(proxy)"}"#
            }
            func book(_ proxy: String) async throws -> KeyedProgram.Answered {
                let visits = [visit("09:00", leo, rosa.text), visit("10:00", eva, proxy)].joined(separator: ",")
                return try await program.post("/api/v1/trips", "{\"visits\":[\(visits)]}")
            }
            let refused = try await book(omar.text)
            let problem = try refused.json
            #expect(refused.status == 409 && problem["code"]?.string == "proxy.may-not-book")
            #expect(problem["place"]?.string == "/visits/1")
            #expect(problem["errors"]?.array?.first?["path"]?.string == "proxy")
            #expect(problem["errors"]?.array?.first?["message"]?.string == "Custody does not allow it.")
            #expect(!refused.text.contains("Omar"))
            #expect(try await book("nonsense").status == 400)
            // Somebody else's proxy is as absent as one that nobody has.
            let absent = try await book(rosa.text)
            let nothing = try absent.json
            #expect(absent.status == 404 && nothing["code"]?.string == "proxy.not-found")
            for patient in [leo, eva] { #expect(try await visits(of: patient, world).isEmpty) }
            #expect(try await book(hers.text).status == 201)
            try await world.people.settle()
            let visitor = try await world.signIn()
            for patient in [leo, eva] {
                let told = try await histories(of: patient, visitor, world)
                #expect(told.count == 1 && told.allSatisfy { $0.contains(Self.asked) })
            }
        }
    }
}
