import Trust
import ArgumentParser
import JSON
import Kernel
import Vault

/// `throughline audit verify`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Prove the audit trail.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every record, block and anchor of the audit trail.",
            discussion: "Ends with 1 when anything was changed, removed, added, reordered or cut off.")

        @OptionGroup var options: DataOptions

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let settings = try await options.settings()
            let installation = try await Installation(settings.installation, logger: Platform.logger(settings))
            let verification = AuditVerification(database: installation.database, anchors: installation.anchors)
            var reports: [(key: String, report: AuditVerification.Report)] = []
            for tenant in try await installation.tenants.list() {
                reports.append((tenant.key, try await verification.run(tenant: tenant.id)))
            }
            await installation.close()
            let findings = reports.flatMap(\.report.findings)
            if json {
                Output.line(String(decoding: document(reports, findings), as: UTF8.self))
            } else {
                for (key, report) in reports {
                    Output.line(
                        "\(key): \(report.records) records in \(report.blocks) blocks, \(report.unlinked) not linked yet, \(report.anchors) anchors"
                    )
                }
                for finding in findings { Output.line("  FOUND: \(finding)") }
                Output.line(findings.isEmpty ? "The audit trail is whole." : "The audit trail is NOT whole.")
            }
            if !findings.isEmpty { throw ExitCode(1) }
        }

        private func document(
            _ reports: [(key: String, report: AuditVerification.Report)], _ findings: [String]
        ) -> [UInt8] {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("whole", findings.isEmpty)
            writer.field("records", reports.reduce(0) { $0 + $1.report.records })
            writer.field("blocks", reports.reduce(0) { $0 + $1.report.blocks })
            writer.field("unlinked", reports.reduce(0) { $0 + $1.report.unlinked })
            writer.field("anchors", reports.reduce(0) { $0 + $1.report.anchors })
            writer.field("findings", findings)
            writer.endObject()
            return writer.bytes
        }
    }
}
