import FHIR
import Interop
import JSON
import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Vault
import Web

/// A tenant into which records can be imported, with a look at what stands there afterwards.
struct ImportWorld: Sendable {
    let world: TestWorld
    let directory = PeopleDirectory()
    let interop: Interop

    init(_ world: TestWorld) {
        self.world = world
        interop = Interop(directory: directory, documents: DocumentShelf())
    }

    static func with(_ engine: Engine, _ body: (ImportWorld) async throws -> Void) async throws {
        let migrations =
            People.schema
            + Interop(directory: PeopleDirectory(), documents: DocumentShelf())
            .capabilities.flatMap(\.schema)
        try await TestWorld.with(engine, migrations: migrations) { try await body(ImportWorld($0)) }
    }

    @discardableResult
    func take(_ inputs: ImportInput..., source: String = "fhir") async throws -> ImportReport {
        try await interop.importer(spine: world.spine).run(inputs, tenant: world.tenant, source: source)
    }

    /// Imports a transaction bundle of these entries.
    @discardableResult
    func take(_ entries: [String], name: String = "bundle.json", source: String = "fhir") async throws -> ImportReport {
        try await take(.bytes(Sample.bundle(entries), name: name), source: source)
    }

    var patients: Int {
        get async throws { try await world.count("SELECT COUNT(*) FROM patient WHERE tenant = \(.tenant)") }
    }

    func documents(_ type: String) async throws -> Int {
        try await world.count("SELECT COUNT(*) FROM clinical_document WHERE tenant = \(.tenant) AND type = \(type)")
    }

    func externals(_ type: String) async throws -> Int {
        try await world.count("SELECT COUNT(*) FROM external_resource WHERE tenant = \(.tenant) AND type = \(type)")
    }

    func events(_ kind: String) async throws -> Int {
        try await world.count("SELECT COUNT(*) FROM event WHERE tenant = \(.tenant) AND kind = \(kind)")
    }

    /// Everybody who was imported, opened.
    func cards() async throws -> [PatientCard] {
        let directory = directory
        let caller = world.caller(Set(Permission.fields).union([.patientRead, .patientRestricted]))
        return try await world.spine.read(.patientRead, as: caller) { transaction, access in
            let rows = try transaction.rows("SELECT id FROM patient WHERE tenant = \(.tenant) ORDER BY id")
            let ids: [ID<Patient>] = try rows.map { try $0["id"] }
            let scopes = try Policy.scopeRows(of: ids, for: access.caller, in: transaction)
            let grant = try access.grant(.patientRead, forList: ids.map { (patient: $0, scope: scopes[$0] ?? []) })
            let cards = try directory.cards(of: ids, grant: grant, in: transaction)
            return ids.compactMap { cards[$0] }
        }
    }

    /// What of the store a repeated import must leave alone, table by table.
    func state() async throws -> [String] {
        try await world.stores.main.read(world.tenant) { transaction in
            var lines: [String] = []
            func add(_ sql: SQL) throws { lines += try transaction.rows(sql).map { "\($0.values)" } }
            try add("SELECT id, version, updated_at, sealed FROM patient WHERE tenant = \(.tenant) ORDER BY id")
            try add("SELECT id, patient, term, sealed FROM contact_point WHERE tenant = \(.tenant) ORDER BY id")
            try add("SELECT id, patient, term, sealed FROM patient_identifier WHERE tenant = \(.tenant) ORDER BY id")
            try add("SELECT id, patient, payer, sealed FROM coverage WHERE tenant = \(.tenant) ORDER BY id")
            try add(
                "SELECT id, patient, source_hash, content_hash, sealed FROM clinical_document WHERE tenant = \(.tenant) ORDER BY id"
            )
            try add(
                "SELECT id, source_key, content_hash, sealed FROM external_resource WHERE tenant = \(.tenant) ORDER BY id"
            )
            try add(
                "SELECT identifier, record, patient FROM external_identifier WHERE tenant = \(.tenant) ORDER BY identifier, record"
            )
            try add(
                "SELECT document, role, place, target FROM clinical_link WHERE tenant = \(.tenant) ORDER BY document, role, place"
            )
            try add(
                "SELECT source_key, patient, content_hash, run, coverage_at FROM imported_patient WHERE tenant = \(.tenant) ORDER BY source_key"
            )
            try add("SELECT id, kind, patient FROM event WHERE tenant = \(.tenant) ORDER BY id")
            return lines
        }
    }

    /// Every document, contact and number has its patient, and every imported patient its record and shelf.
    func isConsistent() async throws -> Bool {
        let orphans: [SQL] = [
            "SELECT COUNT(*) FROM clinical_document d WHERE d.tenant = \(.tenant) AND NOT EXISTS (SELECT 1 FROM imported_patient i WHERE i.tenant = d.tenant AND i.patient = d.patient)",
            "SELECT COUNT(*) FROM imported_patient i WHERE i.tenant = \(.tenant) AND NOT EXISTS (SELECT 1 FROM patient p WHERE p.tenant = i.tenant AND p.id = i.patient AND p.key_subject = i.key_subject)",
            "SELECT COUNT(*) FROM imported_patient i WHERE i.tenant = \(.tenant) AND NOT EXISTS (SELECT 1 FROM clinical_document d WHERE d.tenant = i.tenant AND d.source_hash = i.source_key AND d.content_hash = i.content_hash)",
            "SELECT COUNT(*) FROM patient p WHERE p.tenant = \(.tenant) AND NOT EXISTS (SELECT 1 FROM imported_patient i WHERE i.tenant = p.tenant AND i.patient = p.id)",
            "SELECT COUNT(*) FROM clinical_link l WHERE l.tenant = \(.tenant) AND NOT EXISTS (SELECT 1 FROM clinical_document d WHERE d.tenant = l.tenant AND d.source_hash = l.document AND d.patient = l.patient)",
            "SELECT COUNT(*) FROM patient p WHERE p.tenant = \(.tenant) AND NOT EXISTS (SELECT 1 FROM term t WHERE t.tenant = p.tenant AND t.id = p.id)",
        ]
        for sql in orphans where try await world.count(sql) != 0 { return false }
        return true
    }
}

/// Entries of bundles, as text, so that a test can also break them.
enum Sample {
    static func bundle(_ entries: [String]) -> [UInt8] {
        Array(
            "{\n\"resourceType\": \"Bundle\",\n\"type\": \"transaction\",\n\"entry\": [\n\(entries.joined(separator: ",\n"))\n]\n}"
                .utf8)
    }

    static func entry(_ resource: String, url: String? = nil, type: String, ifNoneExist: String? = nil) -> String {
        let fullURL = url.map { "\"fullUrl\":\"\($0)\"," } ?? ""
        let condition = ifNoneExist.map { ",\"ifNoneExist\":\"\($0)\"" } ?? ""
        return "{\(fullURL)\"resource\":\(resource),\"request\":{\"method\":\"POST\",\"url\":\"\(type)\"\(condition)}}"
    }

    static func patient(
        _ id: String, family: String = "Rivera", given: String = "Ana", phone: String = "617-555-0142",
        mrn: String? = nil,
        more: String = ""
    ) -> String {
        """
        {"resourceType":"Patient","id":"\(id)","identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/\
        CodeSystem/v2-0203","code":"MR"}]},"system":"http://hospital.example","value":"\(mrn ?? id)"}],"name":[{"use":\
        "official","family":"\(family)","given":["\(given)"]}],"telecom":[{"system":"phone","value":"\(phone)","use":"home"}],\
        "gender":"female","birthDate":"1980-02-29","address":[{"line":["12 Elm Street"],"city":"Lowell","state":"MA",\
        "postalCode":"01850","country":"US"}],"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":\
        "es"}]}}]\(more)}
        """
    }

    static func patientEntry(_ id: String, family: String = "Rivera", phone: String = "617-555-0142") -> String {
        entry(patient(id, family: family, phone: phone), url: "urn:uuid:\(id)", type: "Patient")
    }

    static func observation(_ id: String, of patient: String, value: String = "7.4") -> String {
        """
        {"resourceType":"Observation","id":"\(id)","status":"final","code":{"coding":[{"system":"http://loinc.org","code":\
        "4548-4","display":"Hemoglobin A1c"}]},"subject":{"reference":"\(patient)"},"effectiveDateTime":\
        "2021-03-04T10:00:00+01:00","valueQuantity":{"value":\(value),"unit":"%"}}
        """
    }

    static func observationEntry(_ id: String, of patient: String, value: String = "7.4") -> String {
        entry(observation(id, of: patient, value: value), url: "urn:uuid:\(id)", type: "Observation")
    }

    static func encounterEntry(_ id: String, of patient: String, practitioner: String, location: String) -> String {
        entry(
            """
            {"resourceType":"Encounter","id":"\(id)","status":"finished","class":{"code":"AMB"},"type":[{"coding":[{"system":\
            "http://snomed.info/sct","code":"185345009","display":"Encounter for symptom"}]}],"subject":{"reference":\
            "\(patient)"},"participant":[{"individual":{"reference":"\(practitioner)"}}],"period":{"start":\
            "2021-03-04T10:00:00+01:00"},"location":[{"location":{"reference":"\(location)"}}]}
            """, url: "urn:uuid:\(id)", type: "Encounter")
    }

    static func practitionerEntry(_ id: String, npi: String, conditional: Bool = true) -> String {
        entry(
            """
            {"resourceType":"Practitioner","id":"\(id)","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":\
            "\(npi)"}],"name":[{"family":"Okafor","given":["Chidi"]}]}
            """, url: "urn:uuid:\(id)", type: "Practitioner",
            ifNoneExist: conditional ? "identifier=http://hl7.org/fhir/sid/us-npi|\(npi)" : nil)
    }

    static func locationEntry(_ id: String, number: String) -> String {
        entry(
            """
            {"resourceType":"Location","id":"\(id)","identifier":[{"system":"https://clinic.example","value":"\(number)"}],\
            "name":"Riverside Clinic"}
            """, url: "urn:uuid:\(id)", type: "Location", ifNoneExist: "identifier=https://clinic.example|\(number)")
    }

    static func billEntry(_ id: String, of patient: String, payer: String, on day: String) -> String {
        entry(
            """
            {"resourceType":"ExplanationOfBenefit","id":"\(id)","status":"active","contained":[{"resourceType":"Coverage",\
            "id":"coverage","status":"active","type":{"text":"\(payer)"},"beneficiary":{"reference":"\(patient)"},"payor":[{\
            "display":"\(payer)"}]}],"type":{"coding":[{"code":"professional"}]},"patient":{"reference":"\(patient)"},\
            "billablePeriod":{"start":"\(day)T10:00:00Z","end":"\(day)T10:15:00Z"},"created":"\(day)T10:15:00Z",\
            "insurance":[{"focal":true,"coverage":{"reference":"#coverage","display":"\(payer)"}}]}
            """, url: "urn:uuid:\(id)", type: "ExplanationOfBenefit")
    }
}
