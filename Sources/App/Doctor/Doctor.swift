import JSON
import Kernel
import Store
import TimeZones

/// Looks at an installation: the safeguards that the law asks for, then how the installation itself is.
struct Doctor {
    enum Status: String {
        case ok, warning, failed
        /// It cannot be seen from here; the remedy says who has to look.
        case unknown
        /// It does not concern this installation; the evidence says why.
        case notApplicable = "not-applicable"
    }

    struct Check {
        let id: String
        /// The paragraph of the law, for a safeguard.
        var rule: String?
        let status: Status
        let evidence: String
        let remedy: String?

        var needsRemedy: Bool { status == .failed || status == .warning || status == .unknown }
    }

    let platform: Platform

    var database: any Database { platform.installation.database }

    func examine() async throws -> [Check] {
        let people = try await people()
        var checks = try await safeguards(people)
        checks += try await proposed(people)
        checks += keyFiles()
        checks.append(try signingKey())
        checks.append(backupKey())
        checks.append(try await rotations())
        checks.append(try await clock())
        checks.append(try await tenants())
        checks += try await storage()
        checks += try await audit()
        checks += try await work()
        checks += try await pointInTime()
        checks += try await edges()
        checks.append(
            Check(
                id: "time-zones", status: .ok,
                evidence: "tz database \(platform.zones.version), \(platform.zones.names.count) zones",
                remedy: nil))
        return checks
    }

    static func json(_ checks: [Check]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("healthy", !checks.contains { $0.status == .failed })
        writer.list("checks", checks) { check, writer in
            writer.field("id", check.id)
            writer.field("rule", ifPresent: check.rule)
            writer.field("status", check.status.rawValue)
            writer.field("evidence", check.evidence)
            writer.field("remedy", ifPresent: check.needsRemedy ? check.remedy : nil)
        }
        writer.endObject()
        return writer.bytes
    }
}
