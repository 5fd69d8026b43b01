import People
package import Kernel
import Spine
import Trust
package import Vault

/// Replacing keys, beside running servers. All but that of the signing key end with the copy of the key store written
/// anew.
extension Platform {
    package var masterKeyRotation: MasterKeyRotation {
        MasterKeyRotation(folder: installation.keyFolder, store: installation.spine.keys)
    }

    package func rotateMasterKey() async throws -> MasterKeyRotation.Report {
        try await masterKeyRotation.run(copy: { try await copyKeyStore() })
    }

    package var signingKeyRotation: SigningKeyRotation {
        SigningKeyRotation(folder: installation.keyFolder, clock: installation.spine.clock)
    }

    package func rotateSigningKey() async throws -> SigningKeyRotation.Report {
        try await signingKeyRotation.run(anchor: { try await installation.attestTrail() })
    }

    package var backupKeyRotation: BackupKeyRotation {
        BackupKeyRotation(folder: installation.keyFolder, clock: installation.spine.clock)
    }

    package func rotateBackupKey() async throws -> BackupKeyRotation.Report {
        try await backupKeyRotation.run(copy: { try await copyKeyStore(anew: true) })
    }

    package func rotateTenantKey(
        _ tenant: ID<Tenant>, batch: Int, progress: @escaping @Sendable (Int) -> Void
    ) async throws -> TenantKeyRotation.Report {
        let spine = installation.spine
        let report = try await spine.run(
            "rotate-tenant-key", tenant: tenant, purpose: .systemMaintenance, permissions: [], origin: "cli"
        ) { _ in
            let rotation = TenantKeyRotation(vault: try await spine.vault(tenant), batch: batch)
            let report = try await rotation.run { step, report in if step == .batch { progress(report.keys) } }
            return (report, report.keys)
        }
        try await copyKeyStore()
        return report
    }

    package func rotatePatientKey(
        _ patient: ID<Patient>, tenant: ID<Tenant>
    ) async throws -> SubjectKeyRotation.Report {
        let spine = installation.spine
        let rotation = PatientKeyRotation(spine: spine, tables: tables, directory: directory)
        let report = try await spine.run(
            "rotate-patient-key", tenant: tenant, purpose: .systemMaintenance, permissions: [.keysRotate], origin: "cli"
        ) { caller in
            let report = try await rotation.rotate(patient, as: caller)
            return (report, report.rows.values.reduce(0, +))
        }
        try await copyKeyStore()
        return report
    }

    /// The copy that a restore takes keys from tells of the keys as they are.
    private func copyKeyStore(anew: Bool = false) async throws {
        let now = installation.spine.clock.now()
        _ = try await installation.keyStoreCopy.catchUp(installation.keyDatabase, at: now, anew: anew)
    }

    /// The tenant of a key; without one the only tenant.
    func tenant(keyed key: String?) async throws -> ID<Tenant> {
        guard let key else { return try await onlyTenant() }
        guard let tenant = try await installation.tenants.list().first(where: { $0.key == key }) else {
            throw Fault(.notFound, "tenant.unknown", "There is no tenant with the key \(key).")
        }
        return tenant.id
    }
}
