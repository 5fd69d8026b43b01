import App
import Kernel
import People
import PeopleAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

@Suite("Who looked at me")
struct AccessReportTests {
    /// The path of a link that an officer has made.
    private static func share(
        _ patient: ID<Patient>, by officer: Visitor, days: String = "30"
    ) async throws -> String {
        let answer = try await officer.post("/audit/links", [("patient", patient.text), ("days", days)])
        #expect(answer.status == 200)
        let link = try #require(answer.html.firstMatch(of: /id="new-link">([^<]+)</))
        let text = String(link.output.1)
        return String(text[try #require(text.firstRange(of: "/who-looked/")).lowerBound...])
    }

    private static func stranger(_ world: PageWorld) -> Visitor {
        Visitor(server: world.server, cookie: "nobody", csrf: "")
    }

    @Test(
        "without signing in the patient sees who looked, in plain words and both languages, and nothing of the record",
        arguments: TestStores.engines)
    func shown(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let officer = try await world.signIn()
            _ = try await officer.get("/patients/\(patient.text)")
            let path = try await Self.share(patient, by: officer)
            let stranger = Self.stranger(world)
            let english = try await stranger.get(path)
            #expect(english.status == 200)
            #expect(english.html.contains("<html lang=\"en\""))
            for words in ["Administrator", "All locations", "ooked at your record", "to run the clinic", "Today"] {
                #expect(english.visible.contains(words), "\(words)")
            }
            let spanish = try await stranger.get(path, .spanish)
            #expect(spanish.html.contains("<html lang=\"es\""))
            #expect(spanish.visible.contains("iró su expediente"))
            for answer in [english, spanish] {
                let found = RawCodes(
                    world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant)
                ).found(in: answer.visible)
                #expect(found == [])
                for secret in ["Maria", "Delgado", patient.text, "Ana Torres"] {
                    #expect(!answer.html.contains(secret), "\(secret)")
                }
            }
            // Opening it is on the trail, as the patient's own act, and is not told back as a look.
            let trail = try await officer.get("/audit?act=own-access.read&patient=\(patient.text)")
            #expect(trail.html.matches(of: /<tr><td><time/).count == 2)
            #expect(!english.visible.contains("You"))
        }
    }

    @Test("who cares for patients looked to care for them, unless another role of theirs says otherwise")
    func care() async throws {
        try await PageWorld.with(.sqlite) { world in
            let (patient, other) = (
                try await world.people.register(.maria), try await world.people.register(.named("Lin", "Chen"))
            )
            let clinician = try await world.signIn("clinician")
            #expect(try await clinician.get("/patients/\(patient.text)").status == 200)
            let (email, hash) = ("two-roles@clinic.example", try await Password.hash(PageWorld.password))
            _ = try await world.spine.perform(
                AddUser(
                    email: email, displayName: "Rita Vega", roles: ["clinician", "clinic-manager"], locations: nil,
                    passwordHash: hash), as: world.everywhere())
            guard case .session(let token) = try await world.attempt(email, PageWorld.password) else {
                throw Fault(.internalError, "test", "nobody could sign in")
            }
            #expect(try await world.visitor(token).get("/patients/\(other.text)").status == 200)
            let officer = try await world.signIn()
            let stranger = Self.stranger(world)
            for (language, role, why) in [
                (.english, "Clinician", "to care for you"), (.spanish, "Personal clínico", "para atenderle"),
            ] as [(Language, String, String)] {
                let shown = try await stranger.get(try await Self.share(patient, by: officer), language)
                #expect(shown.visible.contains(role) && shown.visible.contains(why), "\(role)")
                let mixed = try await stranger.get(try await Self.share(other, by: officer), language)
                #expect(mixed.visible.contains(role) && !mixed.visible.contains(why), "\(role)")
            }
        }
    }

    @Test("staff are named only where the practice has decided so")
    func named() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            let officer = try await world.signIn()
            _ = try await officer.get("/patients/\(patient.text)")
            let path = try await Self.share(patient, by: officer)
            var blueprint = try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care")
            blueprint.organizations[0].namesStaffToPatients = true
            let apply = ApplyBlueprint(
                blueprint, zones: Set(world.platform.zones.names), permissions: world.platform.permissions)
            _ = try await world.spine.perform(apply, as: world.people.caller)
            try await world.platform.definitions.load(world.tenant)
            let answer = try await Self.stranger(world).get(path)
            #expect(answer.visible.contains("Ana Torres, Administrator"))
        }
    }

    @Test("a link that ran out, was revoked, was altered or never was looks the same", arguments: TestStores.engines)
    func ended(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let officer = try await world.signIn()
            let revoked = try await Self.share(patient, by: officer)
            let stranger = Self.stranger(world)
            let list = try await officer.get("/audit/links")
            let action = try #require(list.html.firstMatch(of: /action="(\/audit\/links\/[^"]+\/revocation)"/))
            #expect(try await officer.post(String(action.output.1), []).status == 303)
            #expect(try await officer.post(String(action.output.1), []).status == 404)

            let short = try await Self.share(patient, by: officer, days: "7")
            #expect(try await stranger.get(short).status == 200)
            world.clock.advance(by: .days(7) - .seconds(1))
            #expect(try await stranger.get(short).status == 200)
            world.clock.advance(by: .seconds(1))

            var altered = Array(short.utf8)
            altered[20] = altered[20] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            var pages: Set<String> = []
            for path in [revoked, short, String(decoding: altered, as: UTF8.self), "/who-looked/AAAA"] {
                let answer = try await stranger.get(path)
                #expect(answer.status == 404)
                // The form that chooses a language knows its own path; this page has none.
                pages.insert(answer.html)
            }
            #expect(pages.count == 1)
            #expect(try await stranger.post(revoked, []).status == 405)
        }
    }

    @Test("only who may, for patients they may see, and never for one that is not there")
    func refusals() async throws {
        try await PageWorld.with(.sqlite) { world in
            let officer = try await world.signIn()
            for id in [ID<Patient>(raw: 4711).text, "nonsense"] {
                let answer = try await officer.post("/audit/links", [("patient", id), ("days", "30")])
                #expect(answer.status == 422)
                #expect(answer.visible.contains("There is no such patient"))
            }
            // The administrator of the blueprint has no right to restricted records.
            var hidden = NewPatient.maria
            hidden.restricted = true
            let patient = try await world.people.register(hidden)
            let answer = try await officer.post("/audit/links", [("patient", patient.text), ("days", "30")])
            #expect(answer.status == 422)
            let manager = try await world.signIn("clinic-manager")
            #expect(try await manager.get("/audit/links").status == 403)
            let days = try await world.people.register(.named("Lin", "Chen"))
            let long = try await officer.post("/audit/links", [("patient", days.text), ("days", "4000")])
            #expect(long.status == 400 || long.status == 422)
        }
    }
}
