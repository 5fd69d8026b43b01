import Interop
import Kernel
import Store
import TestKit
import Testing

@Suite("FHIR import: references") struct FHIRImportReferencesTests {
    @Test(
        "an entry may name a patient who comes later in the bundle, also batches later", arguments: TestStores.engines)
    func forwardInBundle(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let results = (0..<450).map { Sample.observationEntry("o\($0)", of: "urn:uuid:p1") }
            let report = try await world.take(results + [Sample.patientEntry("p1")])
            #expect(report.isClean)
            #expect(report.taken == ["Observation": 450, "Patient": 1])
            #expect(report.accounted == report.entries && report.entries == 451)
            #expect(try await world.isConsistent())
        }
    }

    @Test(
        "a fullUrl that is not the id is followed within its bundle, also backwards over batches",
        arguments: TestStores.engines)
    func fullURL(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let url = "urn:uuid:3F1C2D4E-0000-4000-8000-00000000ABCD"
            let patient = Sample.entry(Sample.patient("p1"), url: url, type: "Patient")
            let before = (0..<401).map { Sample.observationEntry("a\($0)", of: url.lowercased()) }
            let after = (0..<401).map { Sample.observationEntry("b\($0)", of: url) }
            let report = try await world.take(before + [patient] + after)
            #expect(report.isClean)
            #expect(try await world.documents("Observation") == 802)
        }
    }

    @Test("files may come in any order: results before their patients", arguments: TestStores.engines)
    func forwardOverFiles(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let results = (0..<5).map { Sample.observation("o\($0)", of: "Patient/p\($0 % 2)") }.joined(separator: "\n")
            let people = (0..<2).map { Sample.patient("p\($0)", phone: "617-555-014\($0)") }.joined(separator: "\n")
            let report = try await world.take(
                .bytes(Array(results.utf8), name: "Observation.ndjson"),
                .bytes(Array(people.utf8), name: "Patient.ndjson"))
            #expect(report.taken == ["Observation": 5, "Patient": 2])
            #expect(report.files.count == 2 && report.accounted == 7)
            #expect(report.isClean)
        }
    }

    @Test("a file that is named twice is accounted for twice, and taken once", arguments: TestStores.engines)
    func namedTwice(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let results = ImportInput.bytes(
                Array(Sample.observation("o1", of: "Patient/p1").utf8), name: "Observation.ndjson")
            let person = ImportInput.bytes(Array(Sample.patient("p1").utf8), name: "Patient.ndjson")
            let report = try await world.take(results, results, person, person)
            #expect(report.taken == ["Observation": 1, "Patient": 1])
            #expect(report.unchanged == 1 && report.skippedCount == 1)
            #expect(report.entries == 4 && report.accounted == 4)
        }
    }

    @Test(
        "a result whose patient never comes is told with its line, and goes in when the patient does",
        arguments: TestStores.engines)
    func missingPatient(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let result = Array((Sample.observation("o1", of: "Patient/p1") + "\n").utf8)
            let first = try await world.take(.bytes(result, name: "Observation.ndjson"))
            #expect(first.failedCount == 1 && first.accounted == first.entries)
            #expect(first.failures.first?.place.line == 1)
            #expect(first.failures.first?.reason.contains("neither in these files nor known") == true)
            try await world.take(.bytes(Array(Sample.patient("p1").utf8), name: "Patient.json"))
            let again = try await world.take(.bytes(result, name: "Observation.ndjson"))
            #expect(again.taken == ["Observation": 1] && again.isClean)
        }
    }

    @Test(
        "a conditional reference finds who was there, from another file too, before or after",
        arguments: TestStores.engines)
    func conditional(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let visit = [
                Sample.patientEntry("p1"),
                Sample.encounterEntry(
                    "e1", of: "urn:uuid:p1",
                    practitioner: "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999999619",
                    location: "Location?identifier=https://clinic.example|17"),
            ]
            let alone = try await world.take(visit, name: "visit.json")
            #expect(alone.unresolvedReferences == 2)
            let places = try await world.take(
                [Sample.practitionerEntry("d1", npi: "9999999619"), Sample.locationEntry("l1", number: "17")],
                name: "places.json")
            #expect(places.taken == ["Practitioner": 1, "Location": 1])
            #expect(try await world.linked() == ["practitioner Practitioner -", "location Location Riverside Clinic"])
            let later = try await world.take([
                Sample.encounterEntry(
                    "e2", of: "Patient/p1",
                    practitioner: "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999999619",
                    location: "urn:uuid:l1")
            ])
            #expect(later.unresolvedReferences == 0 && later.isClean)
        }
    }

    @Test("ifNoneExist creates once; its other bearer is skipped and stands for both", arguments: TestStores.engines)
    func ifNoneExist(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([Sample.practitionerEntry("d1", npi: "9999999619")], name: "a.json")
            let report = try await world.take(
                [
                    Sample.practitionerEntry("d2", npi: "9999999619"), Sample.patientEntry("p1"),
                    Sample.encounterEntry(
                        "e1", of: "urn:uuid:p1", practitioner: "urn:uuid:d2", location: "urn:uuid:l1"),
                ], name: "b.json")
            #expect(report.skippedCount == 1 && report.isClean)
            #expect(report.skipped.values.first?.places.first?.entry == 0)
            #expect(try await world.externals("Practitioner") == 1)
            #expect(try await world.linked() == ["practitioner Practitioner -"])
        }
    }

    @Test(
        "a conditional patient stands for the one who is there, and the bundle's results go to them",
        arguments: TestStores.engines)
    func conditionalPatient(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            try await world.take([Sample.patientEntry("p1")])
            let report = try await world.take([
                Sample.entry(
                    Sample.patient("p9", mrn: "p1"), url: "urn:uuid:0c6b3d52-17ab-4e62-9d0e-5d7f0a4f11aa",
                    type: "Patient",
                    ifNoneExist: "identifier=http://hospital.example|p1"),
                Sample.observationEntry("o1", of: "urn:uuid:0c6b3d52-17ab-4e62-9d0e-5d7f0a4f11aa"),
                Sample.observationEntry("o2", of: "Patient?identifier=http://hospital.example|p1"),
            ])
            #expect(report.skippedCount == 1 && report.taken == ["Observation": 2])
            #expect(try await world.patients == 1)
        }
    }

    @Test(
        "a Provenance goes to the one patient among its targets; what speaks of nobody is skipped",
        arguments: TestStores.engines)
    func provenance(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let provenance = """
                {"resourceType":"Provenance","id":"v1","target":[{"reference":"urn:uuid:o1"},{"reference":"urn:uuid:p1"}],\
                "recorded":"2021-03-04T10:00:00Z","agent":[{"who":{"display":"Clinic"}}]}
                """
            let lonely =
                "{\"resourceType\":\"Observation\",\"id\":\"n1\",\"status\":\"final\",\"code\":{\"text\":\"Air\"}}"
            let report = try await world.take([
                Sample.entry(provenance, url: "urn:uuid:v1", type: "Provenance"), Sample.patientEntry("p1"),
                Sample.observationEntry("o1", of: "urn:uuid:p1"), Sample.entry(lonely, type: "Observation"),
            ])
            #expect(report.taken == ["Provenance": 1, "Patient": 1, "Observation": 1])
            #expect(report.skipped.keys.sorted() == ["names no patient"])
            #expect(report.isClean)
        }
    }

    @Test("what an import does not do is skipped with its reason", arguments: [TestStores.engines[0]])
    func otherMethods(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            let delete =
                "{\"resource\":\(Sample.patient("p1")),\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/p1\"}}"
            let outcome = Sample.entry("{\"resourceType\":\"OperationOutcome\",\"issue\":[]}", type: "OperationOutcome")
            let report = try await world.take([delete, outcome])
            #expect(report.skippedCount == 2 && report.takenCount == 0 && report.isClean)
            #expect(try await world.patients == 0)
        }
    }
}

extension ImportWorld {
    /// Role, type and plain name of what the visits lead to.
    fileprivate func linked() async throws -> [String] {
        let interop = interop
        return try await world.stores.main.read(world.tenant) { transaction in
            let visits = try transaction.rows(
                "SELECT source_hash FROM clinical_document WHERE tenant = \(.tenant) AND type = 'Encounter'")
            return try visits.flatMap { try interop.participants(of: try $0["source_hash"], in: transaction) }
                .map { "\($0.role) \($0.type) \($0.name ?? "-")" }
        }
    }
}
