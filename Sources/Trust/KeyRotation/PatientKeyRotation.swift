package import Kernel
package import PeopleAPI
package import Spine
import Store
package import Vault
package import Web

extension Permission {
    package static let keysRotate = Permission("keys.rotate")
}

/// Replaces a patient's key (and those of all records linked to the patient) and seals everything anew that stands under
/// it, while reads and writes go on.
///
/// Which rows those are is what each table says for disposal: a test of disposal proves that nothing else of theirs is in
/// any table.
package struct PatientKeyRotation: Sendable {
    private let spine: Spine
    private let tables: [TableRule]
    private let directory: any PatientDirectory
    private let settling: Duration

    package init(
        spine: Spine, tables: [TableRule], directory: any PatientDirectory,
        settling: Duration = SubjectKeyRotation.settling
    ) {
        self.spine = spine
        self.tables = tables
        self.directory = directory
        self.settling = settling
    }

    /// Throws `keys.unknown` when there is nobody of this id.
    package func rotate(
        _ patient: ID<Patient>, as caller: Caller,
        step: @Sendable (SubjectKeyRotation.Step) throws -> Void = { _ in }
    ) async throws -> SubjectKeyRotation.Report {
        let found = try await spine.ask(FindPatientKeys(patient: patient, directory: directory), as: caller)
        guard let target = found else {
            throw Fault(.notFound, "keys.unknown", "There is no patient with this id.")
        }
        let sealed = tables.compactMap { rule -> SubjectKeyRotation.Table? in
            guard let column = rule.sealed, let rows = rule.rows(of: target) else { return nil }
            return SubjectKeyRotation.Table(name: rule.table, column: column, rows: rows)
        }
        let rotation = SubjectKeyRotation(
            vault: try await spine.vault(caller.tenant), database: spine.database, tables: sealed, settling: settling)
        return try await rotation.run(target.keys, step: step)
    }
}

/// Whose keys a rotation concerns. Nil: nobody of that id is there.
struct FindPatientKeys: Query {
    static let permission = Permission.keysRotate
    let patient: ID<Patient>
    let directory: any PatientDirectory

    func run(_ transaction: any Transaction, _ access: Access) throws -> DisposalTarget? {
        try DisposalTarget.found(patient, action: Self.permission, directory, transaction, access)
    }
}

extension DisposalTarget {
    /// A patient with all records linked to them: the whole person or nobody. A member that the policy hides is not
    /// passed over. Nil when there is nobody of that id.
    static func found(
        _ patient: ID<Patient>, action: Permission, _ directory: any PatientDirectory, _ transaction: any Transaction,
        _ access: Access
    ) throws -> DisposalTarget? {
        let set = try directory.set(of: patient, in: transaction)
        let plain = try directory.plain(of: set.members, in: transaction)
        guard plain[patient] != nil else { return nil }
        let scopes = try Policy.scopeRows(of: set.members, for: access.caller, in: transaction)
        for member in set.members {
            _ = try access.grant(action, for: PatientSet(member), scope: scopes[member] ?? [])
        }
        return DisposalTarget(
            subject: .patient(set.primary), patients: set.members, keys: plain.values.map(\.keySubject))
    }
}
