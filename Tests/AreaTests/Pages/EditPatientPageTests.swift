import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault
import Web

@Suite("Editing a patient's record")
struct EditPatientPageTests {
    private typealias Fields = [(String, String)]

    private func rows(_ world: PageWorld, _ sql: SQL) async throws -> [Row] {
        try await world.spine.database.read(world.tenant) { try $0.rows(sql) }
    }

    /// The record as the API would answer it.
    private func summary(_ world: PageWorld, _ id: ID<Patient>) async throws -> PatientSummary {
        let nothing = NothingElsewhere()
        let sources = PatientSources(
            directory: world.people.directory, messaging: nothing, consents: nothing, appointments: nothing)
        return try await world.spine.ask(
            ReadPatient(id, now: world.clock.now(), sources: sources), as: world.people.caller)
    }

    private func open(_ visitor: Visitor, _ id: ID<Patient>) async throws -> Fields {
        let page = try await visitor.get("/patients/\(id.text)/edit")
        #expect(page.status == 200)
        return try page.form("/patients/\(id.text)")
    }

    @Test(
        "what is typed is saved as one version, is on the timeline in both languages and on the audit trail",
        arguments: TestStores.engines)
    func save(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            var fields = try await open(visitor, maria)
            #expect(
                fields["given"] == "Maria Elena" && fields["family"] == "Delgado Ruiz" && fields["born"] == "1961-06-14"
            )
            #expect(fields.all("phone") == ["(303) 555-0142", ""] && fields.all("number") == ["0048213", ""])
            for (name, value) in [
                ("family", "Delgado"), ("preferred", ""), ("language", "en"), ("interpreter", "yes"),
                ("city", "Aurora"),
                ("payer", "Harbor Mutual"), ("plan", "HMO"), ("member", "HM-1"), ("contact", "phone"),
            ] {
                fields = fields.with(name, value)
            }
            // One number takes the first place, the old one stays behind it, and the address is taken away.
            fields = fields.filter { !["phone", "use", "email"].contains($0.0) }
            fields += [
                ("phone", "(303) 555-0142"), ("use", "home"), ("phone", "303-555-0199"), ("use", "mobile"),
                ("first", "1"),
                ("email", ""), ("number", "RB-7"),
            ]
            let saved = try await visitor.post("/patients/\(maria.text)", fields)
            #expect(saved.status == 303)
            #expect(saved.location == "/patients/\(maria.text)?tab=details&done=patient.updated")
            let record = try await summary(world, maria)
            #expect(record.version == 2)
            #expect(record.record.fullName == "Maria Elena Delgado")
            #expect(record.record.preferredName == nil)
            #expect(record.record.needsInterpreter && record.language == "en" && record.record.city == "Aurora")
            #expect(record.record.addressLines == ["418 Alder Street"])
            #expect(record.contacts.map(\.contact.value) == ["+13035550199", "+13035550142"])
            #expect(record.contacts.map(\.contact.use) == ["mobile", "home"])
            #expect(Set(record.identifiers.map(\.value)) == ["0048213", "RB-7"])
            #expect(record.record.sources[.name]?.source == "console")
            #expect(record.record.sources[.birthDate] == nil)
            try await world.people.settle()
            for (language, changed, coverage) in [
                (Language.english, "Record changed", "coverage"), (.spanish, "Expediente cambiado", "cobertura"),
            ] {
                let timeline = try await visitor.get("/patients/\(maria.text)?tab=timeline", language)
                #expect(timeline.visible.contains(changed) && timeline.visible.contains(coverage))
            }
            let details = try await visitor.get("/patients/\(maria.text)?tab=details")
            #expect(details.visible.contains("Harbor Mutual, HMO, member HM-1"))
            #expect(details.visible.contains("Bluepeak, PPO"))
            let events = try await rows(
                world, "SELECT body FROM event WHERE tenant = \(.tenant) AND kind = 'patient.updated'"
            ).map { row -> String in try row["body"] }
            #expect(events.count == 1)
            for field in ["name", "preferredName", "language", "contacts", "mrn", "coverage"] {
                #expect(events.first?.contains("\"\(field)\"") == true, "\(field)")
            }
            #expect(events.first?.contains("Delgado") == false)
            let audited = try await rows(
                world,
                """
                SELECT 1 FROM audit_record WHERE tenant = \(.tenant) AND action = 'UpdatePatient' AND subject = \(maria)
                """)
            #expect(audited.count == 1)
            let found = try await visitor.get("/patients?q=5550199")
            #expect(found.visible.contains("Maria Elena Delgado"))
            #expect(try await !visitor.get("/patients?q=m.delgado@example.org").visible.contains("Maria Elena"))
        }
    }

    @Test("a form that was not touched changes nothing, whatever the record holds")
    func untouched() async throws {
        try await PageWorld.with(.sqlite) { world in
            // As records of other systems come: digits in a name, a language with its region, no way to be reached.
            var person = NewPatient.named("Abe604", "Frami 345")
            person.language = "es-MX"
            let patient = try await world.people.register(person)
            let visitor = try await world.signIn()
            let fields = try await open(visitor, patient)
            let saved = try await visitor.post("/patients/\(patient.text)", fields)
            #expect(saved.status == 303 && saved.location?.contains("done=") == false)
            #expect(try await summary(world, patient).version == 1)
            // One field more, and the rest of the record is still not judged.
            let more = try await visitor.post("/patients/\(patient.text)", fields.with("preferred", "Abe"))
            #expect(more.status == 303)
            let record = try await summary(world, patient)
            #expect(record.record.preferredName == "Abe" && record.language == "es-MX" && record.version == 2)
        }
    }

    @Test("what is wrong is told beside each field, what was typed stays, and nothing is saved")
    func wrong() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            var fields = try await open(visitor, maria)
            for (name, value) in [("family", "De1gado"), ("born", "2030-01-01"), ("payer", ""), ("city", "Aurora")] {
                fields = fields.with(name, value)
            }
            fields = fields.map { $0 == ("email", "") ? ("email", "nobody") : $0 }
            fields = fields.map { $0 == ("phone", "") ? ("phone", "555") : $0 }
            for (language, family) in [
                (Language.english, "Write the family name without digits."),
                (.spanish, "Escriba el apellido sin números."),
            ] {
                let answer = try await visitor.post("/patients/\(maria.text)", fields, language)
                #expect(answer.status == 422)
                #expect(answer.visible.contains(family))
                let kept = try answer.form("/patients/\(maria.text)")
                #expect(kept["family"] == "De1gado" && kept["born"] == "2030-01-01" && kept["city"] == "Aurora")
                #expect(kept.all("phone").contains("555") && kept.all("email").contains("nobody"))
                for id in [
                    "edit-family-wrong", "edit-born-wrong", "edit-payer-wrong", "edit-phone-2-wrong",
                    "edit-email-2-wrong",
                ] {
                    #expect(answer.html.contains("id=\"\(id)\""), "\(id)")
                    #expect(
                        answer.html.contains("aria-describedby=\"\(id)") || answer.html.contains(" \(id)\""), "\(id)")
                }
            }
            #expect(try await summary(world, maria).version == 1)
        }
    }

    @Test(
        "who was slower sees both values, keeps what was typed, and can save on the new version",
        arguments: TestStores.engines)
    func conflict(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let address = "/patients/\(maria.text)"
            let mine = try await open(visitor, maria).with("family", "Delgado R.").with("payer", "Harbor Mutual")
            let theirs = try await open(visitor, maria).with("family", "Delgado de Ruiz").with("city", "Aurora")
            #expect(try await visitor.post(address, theirs).status == 303)
            let answer = try await visitor.post(address, mine)
            #expect(answer.status == 409)
            #expect(answer.visible.contains("In the record now: Delgado de Ruiz"))
            #expect(answer.visible.contains("Changed meanwhile. Before: Denver"))
            let next = try answer.form(address)
            #expect(next["version"] == "2")
            #expect(next["family"] == "Delgado R." && next["city"] == "Aurora" && next["payer"] == "Harbor Mutual")
            #expect(try await summary(world, maria).record.family == "Delgado de Ruiz")
            #expect(try await visitor.post(address, next).status == 303)
            let record = try await summary(world, maria)
            #expect(record.record.family == "Delgado R." && record.record.city == "Aurora" && record.version == 3)
            // The same press once more: it is saved already.
            #expect(try await visitor.post(address, next).status == 303)
            #expect(try await summary(world, maria).version == 3)
        }
    }

    @Test(
        "a record number of somebody else is refused in its place, at registration too", arguments: TestStores.engines)
    func takenNumber(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            _ = try await world.people.register(.maria)
            let other = try await world.people.register(.named("Ines", "Ruiz"))
            let visitor = try await world.signIn()
            let fields = try await open(visitor, other)
            let answer = try await visitor.post(
                "/patients/\(other.text)", fields.map { $0 == ("number", "") ? ("number", "48213") : $0 })
            #expect(answer.status == 409)
            #expect(answer.html.contains("id=\"edit-number-1-wrong\""))
            #expect(try answer.form("/patients/\(other.text)").all("number") == ["48213", ""])
            #expect(try await summary(world, other).mrn == nil)

            let new = try await visitor.get("/patients/new").form("/patients")
                .with("given", "Ana").with("family", "Soto").with("born", "1990-05-05")
            let refused = try await visitor.post("/patients", new.with("mrn", "48213"))
            #expect(refused.status == 409 && refused.html.contains("id=\"new-mrn-wrong\""))
            #expect(try refused.form("/patients")["given"] == "Ana")
            let taken = try await visitor.post("/patients", new.with("mrn", "RB-77"))
            #expect(taken.status == 303)
            #expect(try await visitor.get("/patients?q=RB-77").visible.contains("Ana Soto"))
        }
    }

    @Test("who may not write records is offered no form and is refused")
    func permission() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let fields = try await open(world.signIn(), maria).with("family", "Other")
            let visitor = try await world.signIn("clinic-manager")
            let page = try await visitor.get("/patients/\(maria.text)")
            #expect(page.status == 200 && !page.html.contains("/edit\""))
            #expect(try await visitor.get("/patients/\(maria.text)/edit").status == 403)
            #expect(try await visitor.post("/patients/\(maria.text)", fields).status == 403)
            #expect(try await summary(world, maria).version == 1)
        }
    }

    @Test("contact points and record numbers of a command are checked together before anything is written")
    func commandRules() async throws {
        try await TestWorld.withPeople(.sqlite) { world, directory in
            let id = try await world.register(.maria, directory)
            var changes = PatientChanges()
            let number = try #require(PhoneNumber("3035550142"))
            changes.contacts = .set([
                .phone(number, use: "mobile"), .phone(number, use: "pager"), .email("nobody"),
            ])
            changes.recordNumbers = .set(["?"])
            changes.coverage = NewCoverage(payer: "", source: "api")
            let command = UpdatePatient(id, expected: nil, changes: changes, source: "api", directory: directory)
            do {
                _ = try await world.spine.perform(command, as: world.desk)
                Issue.record("a wrong change was taken")
            } catch let fault as Fault {
                #expect(
                    fault.fields.map(\.path) == [
                        "contacts[1].use", "contacts[1]", "contacts[2].value", "mrn[0]", "coverage.payer",
                    ])
            }
            #expect(try await world.read(id, directory).version == 1)
        }
    }
}
