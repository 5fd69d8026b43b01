import Kernel
import Store
import TestKit
import Vault

/// A sealed value of the tests' own kind.
struct Secret: Sealable, Equatable {
    static let sealKind = SealKind(60_001)
    var text: String

    init(_ text: String) { self.text = text }
    func pack(into packer: inout Packer) { packer.put(1, text) }
    init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }
}

/// The same shape under another kind number.
struct OtherSecret: Sealable, Equatable {
    static let sealKind = SealKind(60_002)
    var text: String

    init(_ text: String) { self.text = text }
    func pack(into packer: inout Packer) { packer.put(1, text) }
    init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }
}

extension ID where Subject == Patient {
    static var ana: ID<Patient> { ID(raw: 101) }
    static var ben: ID<Patient> { ID(raw: 102) }
}

extension TestWorld {
    /// Opens a value under a grant for `patient`, as a request would.
    func open<Value: Sealable>(
        _ sealed: Sealed<Value>, owner: ID<Patient>, id: Int64, subject: ID<KeySubject>,
        grantFor patient: ID<Patient>? = nil, vault other: TenantVault? = nil
    ) async throws -> Value {
        try await audit.access(caller(.patientRead), other ?? vault) { access in
            let grant = try access.grant(
                .patientRead, for: PatientSet(patient ?? owner),
                scope: [PatientScopeRow(location: nil, restricted: false)])
            return try sealed.open(grant, of: .patient(owner), id: id, subject: subject)
        }
    }

    /// Lets the system read about one patient, so that the trail grows by one record.
    func look(_ patient: Int64 = 101) async throws {
        try await audit.access(caller(.patientRead), vault) { access in
            _ = try access.grant(
                .patientRead, for: PatientSet(ID(raw: patient)),
                scope: [PatientScopeRow(location: nil, restricted: false)])
        }
    }

    func auditCount() async throws -> Int {
        try await count("SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant)")
    }
}
