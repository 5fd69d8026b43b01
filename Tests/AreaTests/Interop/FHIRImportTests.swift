import Interop
import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

@Suite("FHIR import") struct FHIRImportTests {
    @Test(
        "a patient comes in with name, phone, record number, language and the zone of the state",
        arguments: TestStores.engines)
    func patient(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let report = try await world.take([Sample.patientEntry("p1")])
            #expect(report.taken == ["Patient": 1])
            #expect(report.isClean && report.accounted == 1)
            let card = try #require(try await world.cards().first)
            #expect(card.name == "Ana Rivera")
            #expect(card.mrn == "p1")
            #expect(card.language == "es")
            #expect(card.birthDate == CivilDate(iso: "1980-02-29"))
            #expect(card.phones.map(\.number) == [PhoneNumber("6175550142")])
            #expect(card.zone == "America/New_York")
            #expect(try await world.events("patient.imported") == 1)
            #expect(try await world.isConsistent())
        }
    }

    @Test("imported again, the same files change nothing", arguments: TestStores.engines)
    func idempotent(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let entries = [
                Sample.practitionerEntry("d1", npi: "9999999619"), Sample.locationEntry("l1", number: "17"),
                Sample.patientEntry("p1"), Sample.observationEntry("o1", of: "urn:uuid:p1"),
                Sample.encounterEntry("e1", of: "urn:uuid:p1", practitioner: "urn:uuid:d1", location: "urn:uuid:l1"),
                Sample.billEntry("b1", of: "urn:uuid:p1", payer: "Harbor Mutual", on: "2021-01-02"),
            ]
            let first = try await world.take(entries)
            #expect(first.takenCount == entries.count)
            let before = try await world.state()
            world.world.clock.advance(by: .hours(1))
            let second = try await world.take(entries)
            #expect(second.unchanged == entries.count && second.accounted == entries.count)
            #expect(try await world.state() == before)
        }
    }

    @Test(
        "content that changed at its source is updated, and a field changed here is left alone",
        arguments: TestStores.engines)
    func update(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([Sample.patientEntry("p1"), Sample.observationEntry("o1", of: "urn:uuid:p1")])
            let id = try #require(try await world.cards().first?.id)
            var changes = PatientChanges()
            changes.birthDate = .set(CivilDate(iso: "1981-03-01"))
            let clerk = world.world.caller(.patientWrite, .patientRestricted)
            _ = try await world.world.spine.perform(
                UpdatePatient(id, expected: nil, changes: changes, source: "console", directory: world.directory),
                as: clerk)
            world.world.clock.advance(by: .hours(1))
            let report = try await world.take([
                Sample.patientEntry("p1", family: "Rivera Soto", phone: "617-555-0199"),
                Sample.observationEntry("o1", of: "urn:uuid:p1", value: "6.9"),
            ])
            #expect(report.updated == ["Patient": 1, "Observation": 1])
            let card = try #require(try await world.cards().first)
            #expect(card.name == "Ana Rivera Soto")
            #expect(card.phones.map(\.number) == [PhoneNumber("6175550199")])
            #expect(card.birthDate == CivilDate(iso: "1981-03-01"))
            #expect(try await world.patients == 1)
            #expect(try await world.documents("Observation") == 1)
            #expect(try await world.isConsistent())
        }
    }

    @Test("one event is told per patient and run, however many results come", arguments: TestStores.engines)
    func events(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let results = (0..<30).map { Sample.observationEntry("o\($0)", of: "urn:uuid:p1") }
            try await world.take([Sample.patientEntry("p1")] + results)
            #expect(try await world.events("patient.imported") == 1)
            try await world.take((30..<60).map { Sample.observationEntry("o\($0)", of: "Patient/p1") })
            #expect(try await world.events("patient.imported") == 2)
            #expect(try await world.documents("Observation") == 60)
        }
    }

    @Test("a broken entry fails alone with file, entry and line, and the rest goes in", arguments: TestStores.engines)
    func broken(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let report = try await world.take([
                Sample.patientEntry("p1"),
                "{\"resource\":{\"resourceType\":\"Observation\",\"id\":\"bad\",\"code\":{\"coding\":5},\"subject\":{\"reference\":\"urn:uuid:p1\"}}}",
                "{\"resource\":{\"resourceType\":\"Observation\",\"id\":\"worse\",\"status\":tru}}",
                Sample.observationEntry("o1", of: "urn:uuid:p1"),
                "{\"resource\":{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"reference\":\"urn:uuid:nobody\"}}}",
            ])
            #expect(report.taken == ["Patient": 1, "Observation": 1])
            #expect(report.failures.map(\.place.entry).sorted { ($0 ?? 0) < ($1 ?? 0) } == [1, 2, 4])
            #expect(report.failures.map(\.place.line).sorted() == [6, 7, 9])
            #expect(report.failures.allSatisfy { $0.place.file == "bundle.json" && !$0.reason.isEmpty })
            #expect(report.failures.contains { $0.reason.contains("Observation.code.coding") })
            #expect(report.accounted == report.entries && report.entries == 5)
            #expect(try await world.isConsistent())
        }
    }

    @Test("an entry the store refuses fails alone, and its batch goes in", arguments: TestStores.engines)
    func refusedByRules(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([Sample.patientEntry("p1")])
            let tooLong = String(repeating: "x", count: 120)
            let report = try await world.take([
                Sample.patientEntry("p2", family: tooLong),
                Sample.entry(Sample.patient("p3", mrn: "p1"), url: "urn:uuid:p3", type: "Patient"),
                Sample.patientEntry("p4", phone: "617-555-0177"), Sample.observationEntry("o1", of: "urn:uuid:p4"),
            ])
            #expect(report.taken == ["Patient": 1, "Observation": 1])
            #expect(
                report.failures.map(\.reason).sorted() == [
                    "another patient already has this medical record number", "family: At most 100 letters.",
                ])
            #expect(try await world.patients == 2)
            #expect(try await world.isConsistent())
        }
    }

    @Test("the newest bill names the coverage, and NO_INSURANCE means self-pay", arguments: TestStores.engines)
    func coverage(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([
                Sample.patientEntry("p1"),
                Sample.billEntry("b2", of: "urn:uuid:p1", payer: "Harbor Mutual", on: "2021-05-01"),
                Sample.billEntry("b1", of: "urn:uuid:p1", payer: "Old Payer", on: "2019-05-01"),
            ])
            #expect(try await world.cards().first?.coverage == "Harbor Mutual")
            try await world.take([Sample.billEntry("b3", of: "Patient/p1", payer: "NO_INSURANCE", on: "2022-01-01")])
            #expect(try await world.cards().first?.coverage == "Self-pay")
            try await world.take([Sample.billEntry("b0", of: "Patient/p1", payer: "Ancient Payer", on: "2001-01-01")])
            #expect(try await world.cards().first?.coverage == "Self-pay")
        }
    }

    @Test("the same id from another sender is another record", arguments: TestStores.engines)
    func sources(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([Sample.patientEntry("p1")], source: "north")
            let other = Sample.entry(
                Sample.patient("p1", family: "Wu", mrn: "n-17"), url: "urn:uuid:p1", type: "Patient")
            let report = try await world.take([other], source: "south")
            #expect(report.taken == ["Patient": 1])
            #expect(try await world.patients == 2)
        }
    }

    @Test(
        "a person who died comes in as deceased, and a phone that cannot be dialled is noted",
        arguments: TestStores.engines)
    func deceased(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let entry = Sample.entry(
                Sample.patient(
                    "p1", phone: "555-168-4021", more: ",\"deceasedDateTime\":\"2020-01-02T03:04:05+01:00\""),
                url: "urn:uuid:p1", type: "Patient")
            let report = try await world.take([entry])
            let card = try #require(try await world.cards().first)
            #expect(card.deceased && card.phones.isEmpty)
            #expect(report.notes.values.reduce(0, +) == 1)
        }
    }

    @Test("no id of the source and nothing of a record stands readable in the store", arguments: TestStores.engines)
    func sealed(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([
                Sample.entry(Sample.patient("secret-id-17"), url: "urn:uuid:secret-id-17", type: "Patient"),
                Sample.observationEntry("obs-id-4711", of: "urn:uuid:secret-id-17"),
            ])
            let state = try await world.state().joined()
            for text in ["secret-id-17", "obs-id-4711", "Rivera", "Hemoglobin", "5550142", "12 Elm"] {
                #expect(!state.contains(text))
                #expect(!state.contains("\(Array(text.utf8))".dropFirst().dropLast()))
            }
        }
    }

    @Test("every write names its patients on the audit trail, under a recorded run", arguments: TestStores.engines)
    func audited(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([Sample.patientEntry("p1"), Sample.observationEntry("o1", of: "urn:uuid:p1")])
            let id = try #require(try await world.cards().first?.id)
            let registered = try await world.world.count(
                """
                SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant) AND actor_kind = 'system'
                    AND action = 'TakePatient' AND subject = \(id)
                """)
            let shelved = try await world.world.count(
                """
                SELECT COUNT(*) FROM audit_record r WHERE r.tenant = \(.tenant) AND r.actor_kind = 'system'
                    AND r.action = 'patient.import' AND (r.subject = \(id) OR EXISTS (SELECT 1 FROM audit_subject s
                        WHERE s.tenant = r.tenant AND s.audit = r.id AND s.patient = \(id)))
                """)
            #expect(registered == 1 && shelved == 1)
            let runs = try await world.world.count(
                "SELECT COUNT(*) FROM system_run WHERE tenant = \(.tenant) AND name = 'import-fhir' AND outcome = 'done' AND items = 2"
            )
            #expect(runs == 1)
        }
    }
}
