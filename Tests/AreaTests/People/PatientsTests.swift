import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Patients")
struct PatientsTests {
    @Test("a registered patient reads back whole, with each field's source", arguments: TestStores.engines)
    func readsBack(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let id = try await world.register(.maria, directory)
            let summary = try await world.read(id, directory)
            #expect(summary.record.fullName == "Maria Elena Delgado Ruiz")
            #expect(summary.record.initials == "MD")
            #expect(summary.record.birthDate?.iso == "1961-06-14")
            #expect(summary.record.region == "802")
            #expect(summary.mrn == "0048213")
            #expect(summary.contacts.map(\.contact.value) == ["+13035550142", "m.delgado@example.org"])
            #expect(summary.contacts.allSatisfy { $0.source.source == "console" && $0.source.at == TestWorld.start })
            #expect(summary.version == 1)
        }
    }

    @Test("nothing that tells who a patient is stands in the tables", arguments: TestStores.engines)
    func nothingPlain(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            _ = try await world.register(.maria, directory)
            let texts = try await world.stores.main.read(world.tenant) { transaction in
                var texts: [String] = []
                for rows in [
                    try transaction.rows("SELECT * FROM patient"), try transaction.rows("SELECT * FROM contact_point"),
                    try transaction.rows("SELECT * FROM patient_identifier"),
                    try transaction.rows("SELECT * FROM coverage"),
                    try transaction.rows("SELECT * FROM event"),
                ] {
                    for value in rows.flatMap(\.values) {
                        switch value {
                        case .text(let text): texts.append(text.lowercased())
                        case .blob(let bytes): texts.append(String(decoding: bytes, as: UTF8.self).lowercased())
                        default: continue
                        }
                    }
                }
                return texts
            }
            #expect(!texts.isEmpty)
            for secret in [
                "maria", "delgado", "3035550142", "5550142", "1961-06-14", "0048213", "m.delgado", "alder", "80212",
            ] {
                #expect(!texts.contains { $0.contains(secret) }, "\(secret) stands in a table")
            }
        }
    }

    @Test("a patient without a name needs a way to be reached, and every wrong field is told together")
    func validation() async throws {
        try await TestWorld.withPeople(.sqlite) { world, directory in
            await #expect(throws: Fault.self) { try await world.register(NewPatient(), directory) }
            var person = NewPatient.maria
            person.gender = "x"
            person.language = "English!"
            person.email = "nobody"
            person.birthDate = CivilDate(year: 2094, month: 1, day: 1)
            do {
                _ = try await world.register(person, directory)
                Issue.record("a wrong patient was registered")
            } catch let fault as Fault {
                #expect(Set(fault.fields.map(\.path)).isSuperset(of: ["gender", "language", "email"]))
            }
            var reached = NewPatient()
            reached.phones = [PhoneNumber("303 555 0199")].compactMap { $0 }.map { ($0, "mobile") }
            _ = try await world.register(reached, directory)
        }
    }

    @Test("a record number belongs to one patient", arguments: TestStores.engines)
    func recordNumber(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            _ = try await world.register(.maria, directory)
            var other = NewPatient.named("Mateo", "Delgado")
            other.mrn = "48213"
            do {
                _ = try await world.register(other, directory)
                Issue.record("the number was given twice")
            } catch let fault as Fault {
                #expect(fault.category == .conflict)
            }
            #expect(try await world.count("SELECT COUNT(*) FROM patient WHERE tenant = \(.tenant)") == 1)
        }
    }

    @Test("a change needs the version that was read, and keeps every earlier state", arguments: TestStores.engines)
    func versions(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let id = try await world.register(.maria, directory)
            world.clock.advance(by: .hours(1))
            var changes = PatientChanges()
            changes.family = .set("Delgado")
            changes.preferredName = .set(nil)
            let update = UpdatePatient(id, expected: 1, changes: changes, source: "api", directory: directory)
            #expect(try await world.spine.perform(update, as: world.desk).version == 2)
            do {
                _ = try await world.spine.perform(update, as: world.desk)
                Issue.record("a stale change was taken")
            } catch let fault as Fault {
                #expect(fault.code == "patient.changed")
            }
            let summary = try await world.read(id, directory)
            #expect(summary.record.fullName == "Maria Elena Delgado")
            #expect(summary.record.preferredName == nil)
            #expect(summary.record.birthDate?.iso == "1961-06-14")
            #expect(summary.record.sources[.name]?.source == "api")
            let before = try await world.spine.read(.patientRead, as: world.desk) { transaction, access in
                let (_, grant) = try directory.grant(.patientRead, for: id, access: access, in: transaction)
                return try Revisions.read(
                    kind: "patient", id: id.raw, asOf: TestWorld.start + .minutes(30), owner: .patient(id),
                    grant: grant,
                    as: PatientRecord.self, in: transaction)
            }
            #expect(before?.version == 1)
            #expect(before?.value.fullName == "Maria Elena Delgado Ruiz")
        }
    }

    @Test("a patient of another location is not found, and the denial is on the trail", arguments: TestStores.engines)
    func otherLocation(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            var person = NewPatient.maria
            person.locations = [ID(raw: 11)]
            let id = try await world.register(person, directory)
            let elsewhere = world.caller(TestWorld.peopleRights, locations: .only([ID(raw: 12)]))
            do {
                _ = try await world.read(id, directory, as: elsewhere)
                Issue.record("the patient was shown")
            } catch let fault as Fault {
                #expect(fault.category == .notFound)
            }
            let denials = try await world.count(
                "SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant) AND outcome = 'denied'")
            #expect(denials == 1)
            _ = try await world.read(
                id, directory, as: world.caller(TestWorld.peopleRights, locations: .only([ID(raw: 11)])))
        }
    }

    @Test("a number of two patients is marked as shared and leads to both", arguments: TestStores.engines)
    func sharedPhone(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            #expect(try await world.read(maria, directory).contacts.map(\.contact.shared) == [false, false])
            let mateo = try await world.register(.named("Mateo", "Delgado", phone: "303-555-0142"), directory)
            #expect(try await world.read(maria, directory).contacts.map(\.contact.shared) == [true, false])
            let number = try #require(PhoneNumber("3035550142"))
            let vault = world.vault
            let reachable = try await world.stores.main.read(world.tenant) {
                try directory.reachable(at: number, vault: vault, in: $0)
            }
            #expect(Set(reachable) == [maria, mateo])
        }
    }

    @Test("an added contact point is found at once and may not be added twice", arguments: TestStores.engines)
    func addedContact(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let id = try await world.register(.maria, directory)
            let number = try #require(PhoneNumber("720 555 0188"))
            let add = AddContactPoint(id, .phone(number, use: "home"), source: "console", directory: directory)
            #expect(try await world.spine.perform(add, as: world.desk).version == 2)
            let found = try await world.spine.ask(
                FindPatients("0188", limit: 5, today: CivilDate(daysSinceEpoch: 20_500), indexes: directory.indexes),
                as: world.desk)
            #expect(found.hits.map(\.id) == [id])
            do {
                _ = try await world.spine.perform(add, as: world.desk)
                Issue.record("the number was added twice")
            } catch let fault as Fault {
                #expect(fault.code == "patient.contact-known")
            }
        }
    }

    @Test("a preference keeps its source and replaces the one of its kind")
    func preference() async throws {
        try await TestWorld.withPeople(.sqlite) { world, directory in
            let id = try await world.register(.maria, directory)
            for code in ["morning", "afternoon"] {
                _ = try await world.spine.perform(
                    RecordPreference(id, kind: "hours", code: code, note: nil, source: "sms", directory: directory),
                    as: world.desk)
            }
            let record = try await world.read(id, directory).record
            #expect(record.preferences.map(\.code) == ["afternoon"])
            #expect(record.preferences.first?.source.source == "sms")
            await #expect(throws: Fault.self) {
                try await world.spine.perform(
                    RecordPreference(id, kind: "colour", code: "blue", note: nil, source: "sms", directory: directory),
                    as: world.desk)
            }
        }
    }

    @Test("two linked records are one person, and taking the link away restores both", arguments: TestStores.engines)
    func linked(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            let other = try await world.register(.named("Marie", "Delgado", phone: "303 555 0142"), directory)
            _ = try await world.spine.perform(LinkPatients(other, to: maria, directory: directory), as: world.desk)
            let summary = try await world.read(other, directory)
            #expect(summary.set.primary == maria)
            #expect(summary.set.members == [maria, other].sorted())
            #expect(summary.record.fullName == "Maria Elena Delgado Ruiz")
            // The number that both records hold is one person's, so it is not shared, and is listed once.
            #expect(summary.contacts.map(\.contact.shared) == [false, false])
            let number = try #require(PhoneNumber("3035550142"))
            let vault = world.vault
            let reachable = try await world.stores.main.read(world.tenant) {
                try directory.reachable(at: number, vault: vault, in: $0)
            }
            #expect(reachable == [maria])
            do {
                _ = try await world.spine.perform(LinkPatients(maria, to: other, directory: directory), as: world.desk)
                Issue.record("a circle of links was made")
            } catch let fault as Fault {
                #expect(fault.code == "patient.linked")
            }
            _ = try await world.spine.perform(UnlinkPatients(other, directory: directory), as: world.desk)
            #expect(try await world.read(other, directory).record.fullName == "Marie Delgado")
            #expect(try await world.read(maria, directory).set.members == [maria])
        }
    }

    @Test("a restricted record stays hidden behind a linked one", arguments: TestStores.engines)
    func restrictedMember(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            var secret = NewPatient.named("Marie", "Delgado", phone: "720 555 0177")
            secret.restricted = true
            let hidden = try await world.register(secret, directory)
            _ = try await world.spine.perform(LinkPatients(hidden, to: maria, directory: directory), as: world.desk)
            let plain = world.caller(TestWorld.peopleRights)
            let summary = try await world.read(maria, directory, as: plain)
            #expect(summary.set.members == [maria])
            #expect(!summary.contacts.map(\.contact.value).contains("+17205550177"))
            do {
                _ = try await world.read(hidden, directory, as: plain)
                Issue.record("the restricted record was shown")
            } catch let fault as Fault {
                #expect(fault.category == .notFound)
            }
        }
    }

    @Test("the same idempotency key gives the first answer again", arguments: TestStores.engines)
    func idempotent(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let key = try #require(IdempotencyKey("form-1"))
            let command = RegisterPatient(.named("Ana", "Silva"), directory: directory)
            let caller = world.desk
            let first = try await world.spine.perform(command, as: caller, idempotency: (key, [1]))
            let again = try await world.spine.perform(command, as: caller, idempotency: (key, [1]))
            #expect(first == again)
            #expect(try await world.count("SELECT COUNT(*) FROM patient WHERE tenant = \(.tenant)") == 1)
        }
    }
}

extension PatientsTests {
    @Test("a name may be emptied only while there is a way to reach the person")
    func emptiedName() async throws {
        try await TestWorld.withPeople(.sqlite) { world, directory in
            var changes = PatientChanges()
            changes.given = .set(nil)
            changes.family = .set(nil)
            let maria = try await world.register(.maria, directory)
            _ = try await world.spine.perform(
                UpdatePatient(maria, expected: 1, changes: changes, source: "api", directory: directory), as: world.desk
            )
            let ana = try await world.register(.named("Ana", "Silva"), directory)
            await #expect(throws: Fault.self) {
                try await world.spine.perform(
                    UpdatePatient(ana, expected: 1, changes: changes, source: "api", directory: directory),
                    as: world.desk)
            }
        }
    }
}
