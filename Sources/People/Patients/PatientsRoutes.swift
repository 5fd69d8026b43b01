import ConversationsAPI
import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

extension People {
    var patientRoutes: [Route] {
        [
            .get("/api/v1/patients/{id}", .api(.patientRead, PatientsAPI.read, readPatient)),
            .post("/api/v1/patients", .api(.patientWrite, PatientsAPI.create, createPatient)),
            Route(.patch, "/api/v1/patients/{id}", .api(.patientWrite, PatientsAPI.change, changePatient)),
            .post("/api/v1/patients/{id}/contact-points", .api(.patientWrite, PatientsAPI.addContact, addContact)),
            .post("/api/v1/patients/{id}/preferences", .api(.patientWrite, PatientsAPI.addPreference, addPreference)),
            .get("/patients/new", .page(.patientWrite, newPage)),
            .get("/patients/record-numbers", .page(.identifierRead, disputedPage)),
            .post("/patients", .page(.patientWrite, create)),
            .get("/patients/{id}", .page(.patientRead, showPage)),
            .get("/patients/{id}/edit", .page(.patientWrite, editPage)),
            .post("/patients/{id}", .page(.patientWrite, change)),
            .get("/patients/{id}/panel", .page(.patientRead, panel)),
        ]
    }

    func readPatient(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id = try request.id("id", of: Patient.self)
        let summary = try await request.spine.ask(
            ReadPatient(id, now: request.spine.clock.now(), sources: sources), as: caller)
        var response = WebResponse.json(PatientJSON.bytes(summary))
        response.headers[.eTag] = "\"\(summary.version)\""
        return response
    }

    func createPatient(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let key = try Self.idempotencyKey(request)
        var input = PatientInput(try request.json(), caller: caller, locations: try locationKeys(request), zones: zones)
        let person = try input.newPatient(source: "api")
        let result = try await register(person, request.spine, caller, key.map { ($0, request.body) })
        return Self.changed(result, status: .created)
    }

    /// Seals and hashes beside the writer, then inserts.
    func register(
        _ person: NewPatient, consents: [ConsentSummary] = [], unlessFound: [FindPatients] = [], _ spine: Spine,
        _ caller: Caller, _ key: (key: IdempotencyKey, payload: [UInt8])?
    ) async throws -> PatientVersion {
        let vault = try await spine.vault(caller.tenant)
        let prepared = try PreparedPatient(
            person, id: spine.ids.next(), subject: try await vault.newSubject(), ids: spine.ids, vault: vault,
            index: directory.indexes.index(vault))
        let command = RegisterPatient(
            person, prepared: prepared, directory: directory, consents: consents, ledger: sources.consents,
            unlessFound: unlessFound)
        return try await Self.numbering { try await spine.perform(command, as: caller, idempotency: key) }
    }

    /// Runs a command that gives a record number. When somebody else gave the same one at that very moment it runs again,
    /// and sees whose it is.
    static func numbering<Value>(_ perform: () async throws -> Value) async throws -> Value {
        do {
            return try await perform()
        } catch let fault as Fault where RecordNumbers.isRace(fault) {
            return try await perform()
        }
    }

    func changePatient(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id = try request.id("id", of: Patient.self)
        let key = try Self.idempotencyKey(request)
        var input = PatientInput(try request.json(), caller: caller, locations: nil, zones: zones)
        let command = UpdatePatient(
            id, expected: try Self.expected(request), changes: try input.changes(), source: "api", directory: directory)
        let payload = Array(id.text.utf8) + request.body
        return Self.changed(
            try await Self.numbering {
                try await request.spine.perform(command, as: caller, idempotency: key.map { ($0, payload) })
            }, status: .ok)
    }

    func addContact(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id = try request.id("id", of: Patient.self)
        let key = try Self.idempotencyKey(request)
        let body = try request.json()
        let text = body["value"]?.string?.trimmed ?? ""
        let value: ContactEntry
        switch body["kind"]?.string {
        case "phone":
            guard let number = PhoneNumber(text) else { throw Fault.invalid("value", "A phone number with area code.") }
            value = .phone(number, use: body["use"]?.string ?? "mobile")
        case "email": value = .email(text)
        default: throw Fault.invalid("kind", "One of phone, email.")
        }
        let command = AddContactPoint(id, value, source: "api", directory: directory)
        let payload = Array(id.text.utf8) + request.body
        return Self.changed(
            try await request.spine.perform(command, as: caller, idempotency: key.map { ($0, payload) }),
            status: .created)
    }

    func addPreference(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id = try request.id("id", of: Patient.self)
        let key = try Self.idempotencyKey(request)
        let body = try request.json()
        let command = RecordPreference(
            id, expected: try Self.expected(request), kind: body["kind"]?.string ?? "",
            code: body["code"]?.string ?? "",
            note: body["note"]?.string?.trimmed, source: "api", directory: directory)
        let payload = Array(id.text.utf8) + request.body
        return Self.changed(
            try await request.spine.perform(command, as: caller, idempotency: key.map { ($0, payload) }), status: .ok)
    }

    // MARK: Headers

    /// The answer of a change: id and version, the version as `ETag`, and where the patient is.
    private static func changed(_ version: PatientVersion, status: HTTPResponse.Status) -> WebResponse {
        var response = WebResponse.json(PatientJSON.bytes(version), status: status)
        response.headers[.location] = "/api/v1/patients/\(version.patient)"
        response.headers[.eTag] = "\"\(version.version)\""
        return response
    }

    static func idempotencyKey(_ request: WebRequest) throws(Fault) -> IdempotencyKey? {
        guard let text = request.headers[.idempotencyKey] else { return nil }
        guard let key = IdempotencyKey(text) else {
            throw Fault.invalid("Idempotency-Key", "1 to 200 visible ASCII characters.")
        }
        return key
    }

    /// The version of `If-Match`; nil when the header is absent or `*`.
    static func expected(_ request: WebRequest) throws(Fault) -> Int? {
        guard let text = request.headers[.ifMatch], text != "*" else { return nil }
        guard let version = Int(text.filter { $0 != "\"" }), version > 0 else {
            throw Fault.invalid("If-Match", "The ETag of the patient as it was read.")
        }
        return version
    }

    func locationKeys(_ request: WebRequest) throws -> Set<String> {
        Set(try definitions.configuration(of: request.tenant).locations.keys)
    }
}
