import App
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// What the booking dialog and the API say of who pays and of what has to be asked first.
@Suite("Payers and facts at the doors")
struct EligibilityPageTests {
    /// Publishes the check-up anew, for whom it is.
    private func allow(_ eligibility: VisitEligibility, _ world: PageWorld) async throws {
        var blueprint = try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care")
        for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "annual-physical" {
            blueprint.visitTypes[index].rules.eligibility = eligibility
            blueprint.visitTypes[index].rules.selfService.book = false
        }
        let apply = ApplyBlueprint(
            blueprint, zones: Set(world.platform.zones.names), permissions: world.platform.permissions)
        try await world.spine.run(
            "change", tenant: world.tenant, purpose: .systemMaintenance, permissions: world.platform.permissions,
            origin: "cli"
        ) { caller in
            _ = try await world.spine.perform(apply, as: caller)
            return ((), 1)
        }
        try await world.platform.definitions.load(world.tenant)
    }

    private static let wanted =
        "type=annual-physical&practitioner=elena-alvarez&location=denver-northside&from=2026-03-05&to=2026-03-05"

    private func need(of world: PageWorld) async throws -> ID<Need> {
        try await world.people.receive("I would like a check-up, please", from: "+13035550142")
        return try #require(
            try await world.people.ids("SELECT id FROM need WHERE tenant = \(.tenant)", of: Need.self).last)
    }

    @Test(
        "the dialog asks for what has to be known, and offers times once it is written down",
        arguments: TestStores.engines)
    func facts(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            _ = try await world.people.register(.maria)
            let need = try await need(of: world)
            try await allow(VisitEligibility(facts: ["ride", "medication"]), world)
            let visitor = try await world.signIn()
            let address = "/booking?need=\(need.text)&\(Self.wanted)"
            let door = "/needs/\(need.text)/facts"
            var page = try await visitor.get(address)
            #expect(page.status == 200 && !page.html.contains("name=\"slot\""))
            #expect(page.visible.contains("Ask first: Ride, Medicine"))
            let spanish = try await visitor.get(address, .spanish)
            #expect(spanish.visible.contains("Primero hay que preguntar: Transporte, Medicina"))
            for code in ["ride", "medication"] {
                let form = try page.form(door)
                #expect(form["code"] == code)
                let written = try await visitor.post(door, form.with("value", "Her sister knows."))
                #expect(written.status == 303 && written.location?.hasPrefix("/booking?need=") == true)
                page = try await visitor.get(try #require(written.location))
            }
            #expect(page.html.contains("name=\"slot\"") && !page.visible.contains("Ask first"))
            // Nowhere else does the form lead.
            let elsewhere = try await visitor.post(
                door, [("code", "note"), ("value", "One more."), ("return", "https://example.com/booking?x")])
            #expect(elsewhere.location?.hasPrefix("/inbox/\(need.text)") == true)
        }
    }

    @Test("without a need the dialog says what to ask, and refuses nothing", arguments: TestStores.engines)
    func nowhere(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            try await allow(VisitEligibility(facts: ["ride"]), world)
            let page = try await world.signIn().get("/booking?patient=\(maria.text)&\(Self.wanted)")
            #expect(page.visible.contains("Ask first: Ride") && page.visible.contains("There is no need"))
            #expect(page.html.contains("name=\"slot\"") && !page.html.contains("/facts\""))
        }
    }

    @Test(
        "the dialog says whose coverage is not accepted, and that none is on record where one is asked for",
        arguments: TestStores.engines)
    func payers(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let bluepeak = try await world.people.register(.maria)
            let nobody = try await world.people.register(.named("Lin", "Chen"))
            var paid = NewPatient.named("Ada", "Vance")
            paid.coveragePayer = "Harbor Mutual"
            let harbor = try await world.people.register(paid)
            try await allow(VisitEligibility(payers: ["harbor-mutual"]), world)
            let visitor = try await world.signIn()
            let refused = try await visitor.get("/booking?patient=\(bluepeak.text)&\(Self.wanted)")
            #expect(refused.visible.contains("This visit is not booked with this coverage"))
            #expect(!refused.html.contains("name=\"slot\""))
            let unknown = try await visitor.get("/booking?patient=\(nobody.text)&\(Self.wanted)")
            #expect(unknown.visible.contains("This visit asks who pays") && unknown.html.contains("name=\"slot\""))
            let spanish = try await visitor.get("/booking?patient=\(nobody.text)&\(Self.wanted)", .spanish)
            #expect(spanish.visible.contains("Esta visita pregunta quién paga"))
            let fits = try await visitor.get("/booking?patient=\(harbor.text)&\(Self.wanted)")
            #expect(fits.html.contains("name=\"slot\"") && !fits.visible.contains("asks who pays"))
            #expect(!fits.visible.contains("not booked with this coverage"))
            // Nobody books in public what asks who pays.
            let open = try await world.stranger.get("/book")
            #expect(open.status == 200 && !open.html.contains("annual-physical"))
        }
    }

    @Test("the API names the rule and what is missing, in the words of who is told", arguments: TestStores.engines)
    func api(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let need = try await need(of: world)
            let program = try await KeyedProgram.with(
                ["appointment.read", "appointment.write", "need.read", "need.write"], in: world)
            let place =
                "visit_type=annual-physical&practitioner=elena-alvarez&location=denver-northside"
                + "&local_start=2026-03-05T09:00&patient=\(maria.text)"
            let reason = "/api/v1/slots/reason?\(place)&need=\(need.text)"
            let slots =
                "/api/v1/slots?visit_type=annual-physical&from=2026-03-05&to=2026-03-05&patient=\(maria.text)"
                + "&need=\(need.text)"
            let body =
                #"{"visitType":"annual-physical","practitioner":"elena-alvarez","location":"denver-northside","#
                + #""localStart":"2026-03-05T09:00","patient":"\#(maria.text)","need":"\#(need.text)"}"#
            func found() async throws -> Int {
                try await program.get(slots).json["slots"]?.array?.count ?? -1
            }
            #expect(try await found() > 0)
            try await allow(VisitEligibility(payers: ["harbor-mutual"]), world)
            #expect(try await found() == 0)
            let payer = try await program.get(reason).json
            #expect(payer["code"]?.string == "payer-not-accepted")
            let told = try await program.get(reason + "&audience=patient").json
            #expect(told["code"]?.string == "not-for-you")
            #expect(told["reason"]?.string?.contains("overage") == false)
            let refused = try await program.post("/api/v1/appointments", body)
            #expect(try refused.status == 409 && refused.json["code"]?.string == "slot.payer-not-accepted")
            try await allow(VisitEligibility(facts: ["ride"]), world)
            #expect(try await found() == 0)
            let missing = try await program.get(reason).json
            #expect(missing["code"]?.string == "facts-missing")
            #expect(missing["missing"]?.array?.compactMap(\.string) == ["ride"])
            #expect(missing["reason"]?.string?.hasSuffix("booked: ride.") == true)
            let asked = try await program.get(reason + "&audience=patient").json
            #expect(
                asked["reason"]?.string
                    == "Before this visit is booked we have to ask you: how you will get here. Please call us.")
            #expect(
                try await program.post("/api/v1/appointments", body).json["code"]?.string == "slot.facts-missing")
            let written = try await program.post(
                "/api/v1/needs/\(need.text)/facts", #"{"code":"ride","value":"The bus."}"#)
            #expect(written.status == 200)
            #expect(try await found() > 0)
            #expect(try await program.get(reason).json["offered"]?.bool == true)
            #expect(try await program.post("/api/v1/appointments", body).status == 201)
        }
    }
}
