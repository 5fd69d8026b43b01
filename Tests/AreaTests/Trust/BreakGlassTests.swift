import App
import Kernel
import People
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Break-glass")
struct BreakGlassTests {
    private static let reason = "She called with chest pain and her own clinic is closed."

    /// Somebody of one place, whom staff without that place do not see.
    private static func faraway(_ world: PageWorld) async throws -> ID<Patient> {
        var person = NewPatient.maria
        person.locations = [LocationKeys.id("denver-northside")]
        return try await world.people.register(person)
    }

    private static func open(
        _ patient: ID<Patient>, _ visitor: Visitor, _ reason: String = reason
    ) async throws -> Answer {
        try await visitor.post("/break-glass", [("patient", patient.text), ("reason", reason)])
    }

    @Test(
        "a record out of reach opens with a reason, says so on every page, and closes by itself",
        arguments: TestStores.engines)
    func story(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await Self.faraway(world)
            let clinician = try await world.signIn("clinician")
            let page = "/patients/\(patient.text)"
            let hidden = try await clinician.get(page)
            #expect(hidden.status == 404)
            #expect(hidden.html.contains("/break-glass?patient=\(patient.text)"))
            #expect(try await !clinician.get("/patients?q=delgado").html.contains(patient.text))

            let opened = try await Self.open(patient, clinician)
            #expect(opened.status == 303)
            #expect(opened.location == page)
            for address in [page, "/", "/patients?q=delgado"] {
                let answer = try await clinician.get(address)
                #expect(answer.status == 200, "\(address)")
                #expect(answer.visible.contains("is open to you for 4 hours more"), "\(address)")
                #expect(answer.html.contains(patient.text), "\(address)")
            }
            // The right widens whom one reaches, not what one may do.
            #expect(try await clinician.get("\(page)/edit").status == 403)
            // Nobody else sees more, and another of the same place does not either.
            let manager = try await world.signIn("clinic-manager")
            #expect(try await manager.get(page).status == 404)

            // Sign-ins end after a quarter of an hour without use.
            for _ in 0..<24 {
                world.clock.advance(by: .minutes(10) - .seconds(1))
                #expect(try await clinician.get(page).status == 200)
            }
            world.clock.advance(by: .seconds(24))
            #expect(try await clinician.get(page).status == 404)
            #expect(try await !clinician.get("/").visible.contains("is open to you"))
        }
    }

    @Test(
        "what is done meanwhile has the purpose emergency, and the officer reviews it once",
        arguments: TestStores.engines)
    func reviewed(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await Self.faraway(world)
            let clinician = try await world.signIn("clinician")
            _ = try await Self.open(patient, clinician)
            _ = try await clinician.get("/patients/\(patient.text)")
            let officer = try await world.signIn("privacy-officer")
            let trail = try await officer.get("/audit?patient=\(patient.text)&purpose=ETREAT&act=patient.read")
            #expect(trail.html.contains("<tr><td><time"))
            let queue = try await officer.get("/break-glass/reviews")
            #expect(queue.visible.contains(Self.reason))
            let action = try #require(queue.html.firstMatch(of: /action="(\/break-glass\/[0-9A-Z]+\/review)"/))
            let address = String(action.output.1)
            let empty = try await officer.post(address, [("outcome", "follow-up"), ("note", "")])
            #expect(empty.status == 422)
            #expect(try await officer.post(address, [("outcome", "nonsense")]).status != 303)
            let done = try await officer.post(
                address, [("outcome", "appropriate"), ("note", "Her clinic confirms it.")])
            #expect(done.status == 303)
            let after = try await officer.get("/break-glass/reviews")
            #expect(after.visible.contains("Her clinic confirms it."))
            #expect(!after.html.contains(address))
            #expect(try await officer.post(address, [("outcome", "appropriate")]).status == 409)
            // The words are sealed: they stand nowhere in the clear.
            let sealed = try await world.platform.installation.database.read(world.tenant) { transaction in
                try transaction.rows("SELECT sealed FROM break_glass WHERE tenant = \(.tenant)")
                    .map { try $0["sealed"] as [UInt8] }
            }
            #expect(sealed.count == 1)
            #expect(!sealed.contains { $0.firstRange(of: Array("chest pain".utf8)) != nil })
        }
    }

    @Test("who opened it ends it before its time, and nobody reviews their own")
    func ended() async throws {
        try await PageWorld.with(.sqlite) { world in
            var person = NewPatient.maria
            person.restricted = true
            let patient = try await world.people.register(person)
            // The blueprint's administrator reaches every place, but no restricted record.
            let administrator = try await world.signIn()
            let page = "/patients/\(patient.text)"
            #expect(try await administrator.get(page).status == 404)
            _ = try await Self.open(patient, administrator)
            #expect(try await administrator.get(page).status == 200)
            let queue = try await administrator.get("/break-glass/reviews")
            let action = try #require(queue.html.firstMatch(of: /action="(\/break-glass\/[0-9A-Z]+\/review)"/))
            let own = try await administrator.post(
                String(action.output.1), [("outcome", "appropriate"), ("note", "")])
            #expect(own.status == 422)
            #expect(try await administrator.post("/break-glass/end", [("patient", patient.text)]).status == 303)
            #expect(try await administrator.get(page).status == 404)
        }
    }

    @Test("without the right a record out of reach answers as one that is not there, and so does opening it")
    func withoutRight() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await Self.faraway(world)
            let absent: ID<Patient> = ID(raw: 4711)
            let manager = try await world.signIn("clinic-manager")
            func page(_ visitor: Visitor, _ id: ID<Patient>) async throws -> String {
                let answer = try await visitor.get("/patients/\(id.text)")
                // The request's own number differs from one to the next.
                let number = answer.html.firstMatch(of: /<span class="mono">([^<]+)</).map { String($0.output.1) } ?? ""
                return "\(answer.status) "
                    + answer.html.replacing(id.text, with: "ID").replacing(number, with: "NUMBER")
            }
            #expect(try await page(manager, patient) == page(manager, absent))
            #expect(try await !page(manager, patient).contains("break-glass"))
            #expect(try await manager.get("/break-glass").status == 403)
            #expect(try await Self.open(patient, manager).status == 403)
            // Also with it the page does not tell whether there is somebody; only opening does, with a record of it.
            let clinician = try await world.signIn("clinician")
            #expect(try await page(clinician, patient) == page(clinician, absent))
            #expect(try await Self.open(absent, clinician).status == 422)
            let officer = try await world.signIn("privacy-officer")
            let tries = try await officer.get("/audit?act=patient.break-glass&outcome=denied")
            #expect(tries.html.contains("<tr><td><time"))
            let short = try await Self.open(patient, clinician, "now")
            #expect(short.status == 422)
            #expect(short.html.contains(">now</textarea>"))
            #expect(try await clinician.get("/patients/\(patient.text)").status == 404)
        }
    }

    @Test(
        "what waits for a review is counted beside the link, for those who may review it", arguments: TestStores.engines
    )
    func counted(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await Self.faraway(world)
            let clinician = try await world.signIn("clinician")
            let officer = try await world.signIn("privacy-officer")
            let administrator = try await world.signIn()
            #expect(try await world.badge("reviews", of: officer) == nil)
            _ = try await Self.open(patient, clinician)
            #expect(try await world.badge("reviews", of: officer) == "1 emergency to review")
            #expect(try await world.badge("reviews", of: administrator) == "1 emergency to review")
            #expect(try await world.badge("reviews", of: clinician) == nil)
            // What is out of a reviewer's reach is not counted, nor what they opened themselves.
            var hidden = NewPatient.maria
            (hidden.family, hidden.mrn, hidden.restricted) = ("Dorset", nil, true)
            let restricted = try await world.people.register(hidden)
            _ = try await Self.open(restricted, administrator)
            #expect(try await world.badge("reviews", of: officer) == "2 emergencies to review")
            #expect(try await world.badge("reviews", of: administrator) == "1 emergency to review")

            let queue = try await officer.get("/break-glass/reviews")
            for action in queue.html.matches(of: /action="(\/break-glass\/[0-9A-Z]+\/review)"/) {
                _ = try await officer.post(String(action.output.1), [("outcome", "appropriate"), ("note", "")])
            }
            #expect(try await world.badge("reviews", of: officer) == nil)
            #expect(try await world.badge("reviews", of: administrator) == nil)
        }
    }
}
