import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault
import Web

@Suite("The consent pages")
struct ConsentPageTests {
    @Test(
        "what a patient says is written down with the recorder's name, and stands on both pages",
        arguments: TestStores.engines)
    func verbal(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let lin = try await world.people.register(.named("Lin", "Chen"))
            let visitor = try await world.signIn()
            let address = "/patients/\(lin.text)/consent"
            let page = try await visitor.get(address)
            let blank = try page.form(address)
            let wrong = try await visitor.post(address, blank)
            #expect(wrong.status == 422)
            #expect(wrong.html.contains("role=\"alert\""))
            let late = try await visitor.post(
                address, blank.with("decision", "given").with("expires", "2020-01-01"))
            #expect(late.status == 422)
            let done = try await visitor.post(
                address,
                blank.with("decision", "withdrawn").with("channel", "sms").with("purpose", "marketing")
                    .with("document", "Texting form 3"))
            #expect(done.status == 303)
            for language in Language.allCases {
                let after = try await visitor.get(address, language)
                #expect(after.visible.contains("Ana Torres"))
                #expect(after.visible.contains("Texting form 3"))
                let overview = try await visitor.get("/consent", language)
                #expect(overview.html.contains("href=\"\(address)\""))
            }
            let shown = try await visitor.get("/patients/\(lin.text)")
            #expect(shown.html.contains("href=\"\(address)\""))
        }
    }

    @Test(
        "the counts of everybody's page are those in reach, also where somebody out of reach shares their number",
        arguments: TestStores.engines)
    func counts(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let lin = try await world.people.register(.named("Lin", "Chen"))
            var hidden = NewPatient.named("Vera", "Holt")
            hidden.restricted = true
            let vera = try await world.people.register(hidden)
            try await world.publish { blueprint in
                for index in blueprint.roles.indices {
                    blueprint.roles[index].permissions.removeAll { $0 == "patient.restricted" }
                    if blueprint.roles[index].key == "administrator" {
                        blueprint.roles[index].permissions.append("patient.restricted")
                    }
                }
            }
            let all = try await world.signIn()
            let officer = try await world.signIn("privacy-officer")
            let empty = try await officer.get("/consent")
            try await Self.say("given", lin, 1, world)
            let before = (all: try await all.get("/consent"), officer: try await officer.get("/consent"))
            #expect(before.officer.visible != empty.visible)
            // At the same number, and for herself.
            try await Self.say("withdrawn", vera, 2, world)
            try await Self.say("withdrawn", vera, 3, world, atNumber: false)
            let after = (all: try await all.get("/consent"), officer: try await officer.get("/consent"))
            #expect(after.all.visible != before.all.visible)
            #expect(after.officer.visible == before.officer.visible)
        }
    }

    /// A word in the ledger, at one number that all share or of the patient's own.
    private static func say(
        _ state: String, _ patient: ID<Patient>, _ id: Int64, _ world: PageWorld, atNumber: Bool = true
    ) async throws {
        let number: [UInt8]? = atNumber ? [1, 2, 3, 4] : nil
        try await world.spine.database.write(world.tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO contact_consent
                    (tenant, id, patient, channel, address_hash, purpose, state, source, recorded_at)
                VALUES (\(.tenant), \(id), \(patient), 'sms', \(number), 'marketing', \(state), 'keyword', 1)
                """)
        }
    }

    @Test("who may not write consent down sees no form, and everybody's page only who may")
    func rights() async throws {
        try await PageWorld.with(.sqlite) { world in
            let lin = try await world.people.register(.named("Lin", "Chen"))
            let manager = try await world.signIn("clinic-manager")
            let address = "/patients/\(lin.text)/consent"
            #expect(try await manager.get("/consent").status == 403)
            #expect(try await manager.post(address, [("decision", "given")]).status == 403)
            let page = try await manager.get(address)
            #expect(page.status != 200 || !page.html.contains("action=\"\(address)\""))
        }
    }
}
