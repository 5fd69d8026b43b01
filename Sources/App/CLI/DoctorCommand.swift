import Web
import Trust
import TimeZones
import ArgumentParser
import Foundation
import JSON
import Kernel
import Spine
import Store
import Vault

/// `throughline doctor`: looks at a running or resting installation and says what is well and what is not, with evidence.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check an installation and show the evidence.",
        discussion: "Ends with 1 when a check failed. Honest: what is not set up is said to be missing.")

    @OptionGroup var options: DataOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let settings = try await options.settings()
        let platform = try await Platform.open(settings)
        let checks = try await Doctor(platform: platform).examine()
        await platform.close()
        if json {
            Output.line(String(decoding: Doctor.json(checks), as: UTF8.self))
        } else {
            for check in checks {
                Output.line(
                    "\(check.status.rawValue.uppercased().padding(toLength: 8, withPad: " ", startingAt: 0)) \(check.id): \(check.evidence)"
                )
                if check.status != .ok, let remedy = check.remedy { Output.line("         \(remedy)") }
            }
        }
        if checks.contains(where: { $0.status == .failed }) { throw ExitCode(1) }
    }
}

/// The checks themselves.
struct Doctor {
    enum Status: String { case ok, warning, failed }

    struct Check {
        let id: String
        let status: Status
        let evidence: String
        let remedy: String?
    }

    let platform: Platform

    func examine() async throws -> [Check] {
        var checks = keyFiles()
        checks.append(try await tenants())
        checks.append(contentsOf: try await storage())
        checks.append(contentsOf: try await audit())
        checks.append(contentsOf: try await work())
        checks.append(transport())
        checks.append(
            Check(
                id: "backup", status: .failed, evidence: "no backup has been configured or made by this program",
                remedy:
                    "Copy the data directory while the program is stopped, and DIR.keys apart from it, until backup arrives."
            ))
        checks.append(
            Check(
                id: "time-zones", status: .ok,
                evidence: "tz database \(platform.zones.version), \(platform.zones.names.count) zones",
                remedy: nil))
        return checks
    }

    private func keyFiles() -> [Check] {
        ["master.key", "signing.key"].map { name in
            let path = platform.installation.keyFolder.path + "/" + name
            // A file that cannot be looked at has no mode and the check fails.
            let mode = (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) ?? -1
            let good = mode == 0o600
            return Check(
                id: "keys/\(name)", status: good ? .ok : .failed,
                evidence: good
                    ? "readable by its owner only (0600), outside the data directory"
                    : "mode is \(String(mode, radix: 8))",
                remedy: "chmod 600 the file; keep a copy apart from the data.")
        }
    }

    private func tenants() async throws -> Check {
        let tenants = try await platform.installation.tenants.list()
        for tenant in tenants { _ = try await platform.installation.spine.vault(tenant.id) }
        return Check(
            id: "tenants", status: tenants.isEmpty ? .failed : .ok,
            evidence: "\(tenants.count) tenants, each key opens with the master key", remedy: "Run throughline init.")
    }

    private func storage() async throws -> [Check] {
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

    private func audit() async throws -> [Check] {
        let installation = platform.installation
        let verification = AuditVerification(database: installation.database, anchors: installation.anchors)
        var checks: [Check] = []
        for tenant in try await installation.tenants.list() {
            let report = try await verification.run(tenant: tenant.id)
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

    private func work() async throws -> [Check] {
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
        let recurring = Background(installation: installation, capabilities: platform.capabilities).work
        checks.append(
            Check(
                id: "background", status: .ok,
                evidence: recurring.map { "\($0.name) every \($0.every)" }.joined(separator: ", "), remedy: nil))
        return checks
    }

    private func transport() -> Check {
        let secure = platform.settings.secureCookies && (platform.settings.publicBase ?? "").hasPrefix("https://")
        return Check(
            id: "transport", status: secure ? .ok : .failed,
            evidence: secure
                ? "a TLS proxy stands in front; cookies are Secure"
                : "no TLS is configured: plain HTTP on \(platform.settings.host)",
            remedy: "Put a TLS proxy in front and set server.publicBase and server.secureCookies.")
    }

    private static func freeBytes(_ path: String) -> Int {
        // No answer counts as no space: a warning, never silence.
        (try? FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? Int) ?? 0
    }

    static func json(_ checks: [Check]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("healthy", !checks.contains { $0.status == .failed })
        writer.list("checks", checks) { check, writer in
            writer.field("id", check.id)
            writer.field("status", check.status.rawValue)
            writer.field("evidence", check.evidence)
            writer.field("remedy", ifPresent: check.status == .ok ? nil : check.remedy)
        }
        writer.endObject()
        return writer.bytes
    }
}
