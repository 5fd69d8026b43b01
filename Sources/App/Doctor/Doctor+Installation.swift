import Foundation
import Kernel
import Spine
import Store
import Trust
import Vault
import Web

/// How the installation itself is: keys, tenants, storage, the trail, work that waits.
extension Doctor {
    func keyFiles() -> [Check] {
        platform.installation.keyFolder.files.map { name in
            let path = platform.installation.keyFolder.path + "/" + name
            // A file that cannot be looked at has no mode and the check fails.
            let mode = (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) ?? -1
            let good = mode == 0o600
            return Check(
                id: "keys/\(name)", status: good ? .ok : .failed,
                evidence: good
                    ? "readable by its owner only (0600), outside the data directory"
                    : mode < 0 ? "the file is missing or cannot be seen" : "mode is \(String(mode, radix: 8))",
                remedy: mode < 0
                    ? "Put it back from where you keep a copy of the key folder."
                    : "chmod 600 the file; keep a copy apart from the data.")
        }
    }

    /// The key by which others check certificates of disposal: to be written down where the installation cannot change it.
    func signingKey() throws -> Check {
        let ring = try platform.installation.certificates.ring()
        let key = ring.publicKey
        let before = ring.earlier.map { "\($0.key.id) until \($0.until.iso8601)" }
        return Check(
            id: "keys/signing", status: .ok,
            evidence:
                "certificates are signed by \(key.id), Ed25519 public key \(key.hex), told at \(SigningKeys.path)"
                + (before.isEmpty ? "" : "; before, by \(before.joined(separator: ", "))"),
            remedy: nil)
    }

    /// The key by which backups are read, and those by which older ones are.
    func backupKey() -> Check {
        let folder = platform.installation.keyFolder
        let evidence: String
        do {
            let (key, before) = (try folder.backupKey(), try folder.earlierBackupKeyNames())
            let names = before.map { "\($0.name) until \($0.until.iso8601)" }
            evidence =
                "backups are sealed under \(key.name)"
                + (names.isEmpty ? "" : "; before, under \(names.joined(separator: ", "))")
        } catch {
            return Check(
                id: "keys/backup", status: .failed, evidence: "no backup can be made or read: \(error)",
                remedy: "Put back the key folder that belongs to this data directory.")
        }
        return Check(id: "keys/backup", status: .ok, evidence: evidence, remedy: nil)
    }

    /// A rotation that was begun and has not ended keeps an old key alive.
    func rotations() async throws -> Check {
        let installation = platform.installation
        var open: [String] = []
        for key in KeyFile.allCases where installation.keyFolder.isReplacing(key) { open.append("--\(key)") }
        for tenant in try await installation.tenants.list() {
            let status = try await installation.spine.keys.status(tenant.id)
            if status.isTenantKeyRotating { open.append("--tenant \(tenant.key)") }
            if status.rotating > 0 { open.append("--patient, \(status.rotating) of \(tenant.key)") }
        }
        return Check(
            id: "keys/rotation", status: open.isEmpty ? .ok : .warning,
            evidence: open.isEmpty
                ? "no key is being replaced" : "not ended: \(open.joined(separator: "; "))",
            remedy: "Run throughline keys rotate again as it was begun.")
    }

    /// Records from the future mean that the clock was set back, or was wrong before.
    func clock() async throws -> Check {
        let installation = platform.installation
        let now = installation.spine.clock.now()
        var newest = now
        for tenant in try await installation.tenants.all() {
            let recorded: Instant? = try await installation.database.read(tenant) { transaction in
                try transaction.value(
                    "SELECT recorded_at FROM audit_record WHERE tenant = \(.tenant) ORDER BY id DESC LIMIT 1")
            }
            if let recorded { newest = max(newest, recorded) }
        }
        let ahead = (newest - now).microseconds / 1_000_000
        return Check(
            id: "clock", status: ahead > 60 ? .warning : .ok,
            evidence: ahead > 60
                ? "the newest audit record is \(ahead) s in the future: the clock was set back"
                : "no record is in the future",
            remedy: "Set the clock by NTP. Ids and the audit chain go on in order; timers wait for the clock.")
    }

    func tenants() async throws -> Check {
        let tenants = try await platform.installation.tenants.list()
        for tenant in tenants { _ = try await platform.installation.spine.vault(tenant.id) }
        return Check(
            id: "tenants", status: tenants.isEmpty ? .failed : .ok,
            evidence: "\(tenants.count) tenants, each key opens with the master key", remedy: "Run throughline init.")
    }

    func storage() async throws -> [Check] {
        let database = platform.installation.database
        var checks: [Check] = []
        if database.engine == .sqlite {
            let result: String? = try await database.read(.installation) { try $0.value("PRAGMA quick_check(1)") }
            checks.append(
                Check(
                    id: "storage/integrity", status: result == "ok" ? .ok : .failed,
                    evidence: "SQLite quick_check says \(result ?? "nothing")", remedy: "Restore from a backup."))
        }
        let steps: Int64? = try await database.read(.installation) { try $0.value("SELECT COUNT(*) FROM migration") }
        checks.append(
            Check(
                id: "storage/schema", status: .ok,
                evidence: "\(database.engine.rawValue), \(steps ?? 0) schema steps, none missing",
                remedy: nil))
        let free = Self.freeBytes(platform.installation.directory)
        checks.append(
            Check(
                id: "storage/space", status: free > 1 << 30 ? .ok : .warning,
                evidence: "\(free >> 20) MiB free on the data disk",
                remedy: "Free space: with a full disk requests are refused."))
        return checks
    }

    func audit() async throws -> [Check] {
        let installation = platform.installation
        let verification = AuditVerification(database: installation.database, anchors: installation.anchors)
        var checks: [Check] = []
        for tenant in try await installation.tenants.list() {
            let report = try await verification.run(
                tenant: tenant.id, at: installation.spine.clock.now())
            checks.append(
                Check(
                    id: "audit/\(tenant.key)", status: report.findings.isEmpty ? .ok : .failed,
                    evidence: report.findings.first
                        ?? "\(report.records) records, \(report.blocks) blocks and \(report.anchors) anchors agree",
                    remedy: "Run throughline audit verify and keep a copy of the disk as it is."))
            let disposed = try await platform.verifyDisposals(tenant.id)
            checks.append(
                Check(
                    id: "disposals/\(tenant.key)", status: disposed.findings.isEmpty ? .ok : .failed,
                    evidence: disposed.findings.first
                        ?? "\(disposed.disposals) disposals, each certified, its keys and rows gone; "
                        + "\(disposed.unfinished) not finished yet",
                    remedy: "After old data were restored, dispose again: throughline dispose does what is left to do.")
            )
        }
        return checks
    }

    func work() async throws -> [Check] {
        let installation = platform.installation
        var checks: [Check] = []
        for tenant in try await installation.tenants.list() {
            let stuck: Int64? = try await installation.database.read(tenant.id) { transaction in
                try transaction.value(
                    "SELECT COUNT(*) FROM outbox WHERE tenant = \(.tenant) AND state IN ('uncertain', 'dead')")
            }
            checks.append(
                Check(
                    id: "outbox/\(tenant.key)", status: stuck == 0 ? .ok : .warning,
                    evidence: "\(stuck ?? 0) messages wait for a person (uncertain or given up)",
                    remedy: "Open them in the console and decide."))
            let failed: Int64? = try await installation.database.read(tenant.id) { transaction in
                try transaction.value("SELECT COUNT(*) FROM timer WHERE tenant = \(.tenant) AND state = 'failed'")
            }
            checks.append(
                Check(
                    id: "timers/\(tenant.key)", status: failed == 0 ? .ok : .warning,
                    evidence: "\(failed ?? 0) timers failed for good",
                    remedy: "Look at the log for their errors."))
        }
        let recurring = Background(
            installation: installation, capabilities: platform.capabilities,
            definitions: platform.definitions
        ).work
        checks.append(
            Check(
                id: "background", status: .ok,
                evidence: recurring.map { "\($0.name) every \($0.every)" }.joined(separator: ", "), remedy: nil))
        return checks
    }

    private static func freeBytes(_ path: String) -> Int {
        // No answer counts as no space: a warning, never silence.
        (try? FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? Int) ?? 0
    }
}
