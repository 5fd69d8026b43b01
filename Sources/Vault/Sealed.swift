package import Kernel
package import Store

/// A value that only a grant opens. What stands in the database is a version byte, a nonce, the cipher text and its tag.
package struct Sealed<Value: Sealable>: Sendable, SQLBindable, SQLReadable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init?(sqlValue: SQLValue) {
        guard case .blob(let bytes) = sqlValue else { return nil }
        self.bytes = bytes
    }

    package var sqlValue: SQLValue { .blob(bytes) }

    /// Opens the value of the row `id`, which belongs to `owner` and is sealed under `subject`.
    ///
    /// Throws `grant.other` when the grant was given for somebody else: a defect in the caller, never a way around.
    package func open(
        _ grant: Grant, of owner: DataSubject, id: Int64, subject: ID<KeySubject>
    ) throws -> Value {
        guard grant.covers(owner) else {
            throw Fault(.internalError, "grant.other", "A grant for one subject was used for another.")
        }
        return try grant.vault.open(self, id: id, subject: subject)
    }
}

/// Whom a sealed row is about: what a grant names.
package enum DataSubject: Hashable, Sendable {
    case patient(ID<Patient>)
    /// A conversation whose person is not known yet.
    case conversation(ID<Conversation>)
    case user(ID<User>)
    case practitioner(ID<Practitioner>)
    case tenant

    package var kind: String {
        switch self {
        case .patient: "patient"
        case .conversation: "conversation"
        case .user: "user"
        case .practitioner: "practitioner"
        case .tenant: "tenant"
        }
    }

    /// Nil for a kind that this release does not know.
    package init?(kind: String, raw: Int64) {
        switch kind {
        case "patient": self = .patient(ID(raw: raw))
        case "conversation": self = .conversation(ID(raw: raw))
        case "user": self = .user(ID(raw: raw))
        case "practitioner": self = .practitioner(ID(raw: raw))
        case "tenant": self = .tenant
        default: return nil
        }
    }

    package var raw: Int64 {
        switch self {
        case .patient(let id): id.raw
        case .conversation(let id): id.raw
        case .user(let id): id.raw
        case .practitioner(let id): id.raw
        case .tenant: 0
        }
    }
}

/// The policy's leave to open the sealed data of the named subjects, for one caller and one purpose.
///
/// Only `Access` makes one, and `Access` writes the audit record: a read without its record does not compile.
package struct Grant: Sendable {
    package let caller: Caller
    package let action: Permission
    let subjects: Set<DataSubject>
    let vault: TenantVault

    init(caller: Caller, action: Permission, subjects: Set<DataSubject>, vault: TenantVault) {
        self.caller = caller
        self.action = action
        self.subjects = subjects
        self.vault = vault
    }

    package func covers(_ subject: DataSubject) -> Bool { subjects.contains(subject) }
}
