import Trust
import ArgumentParser
import JSON
import Kernel
import Spine
import Vault

/// `throughline audit verify`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Prove the audit trail.",
        subcommands: [Verify.self, Sample.self, AuditCostCommand.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every record, block and anchor of the audit trail, and every certificate of disposal.",
            discussion: """
                Ends with 1 when anything was changed, removed, added, reordered or cut off, when the anchor file or
                anchors that must be in it are missing, when a certificate of disposal is not ours or was changed, or
                when a key is there again that was deleted. Who cuts the trail and the anchor file at the same place
                leaves nothing to be told by: with --anchors the trail is checked against a copy of that file too, which
                was kept on another machine.
                """)

        @OptionGroup var options: DataOptions

        @Option(
            help: ArgumentHelp("A copy of DIR.keys/audit-anchors.jsonl that was kept elsewhere.", valueName: "FILE"))
        var anchors: String?

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let settings = try await options.settings()
            let installation = try await Installation(settings.installation, logger: Platform.logger(settings))
            let verification = AuditVerification(
                database: installation.database, anchors: installation.anchors, copy: try copy(for: installation))
            let disposals = DisposalVerification(
                keyDatabase: installation.keyDatabase, certificates: installation.certificates)
            var reports: [(key: String, report: AuditVerification.Report)] = []
            var disposed = DisposalVerification.Report()
            let started = ContinuousClock.now
            let now = installation.spine.clock.now()
            for tenant in try await installation.tenants.list() {
                reports.append((tenant.key, try await verification.run(tenant: tenant.id, at: now)))
                let found = try await disposals.run(tenant: tenant.id)
                disposed.disposals += found.disposals
                disposed.unfinished += found.unfinished
                disposed.findings += found.findings
            }
            let seconds = Double((ContinuousClock.now - started).microseconds) / 1e6
            await installation.close()
            let findings = reports.flatMap(\.report.findings) + disposed.findings
            if json {
                Output.line(String(decoding: document(reports, disposed, findings, seconds), as: UTF8.self))
            } else {
                if disposed.disposals > 0 {
                    Output.line("\(disposed.disposals) disposals, \(disposed.unfinished) not finished yet")
                }
                for (key, report) in reports {
                    Output.line(
                        "\(key): \(report.records) records in \(report.blocks) blocks, \(report.unlinked) not linked yet, \(report.anchors) anchors"
                            + (anchors == nil ? "" : ", \(report.copied) in the copy")
                    )
                }
                for finding in findings { Output.line("  FOUND: \(finding)") }
                Output.line(findings.isEmpty ? "The audit trail is whole." : "The audit trail is NOT whole.")
            }
            if !findings.isEmpty { throw ExitCode(1) }
        }

        /// A file that anchors nothing would prove nothing, and look as if it had.
        private func copy(for installation: Installation) throws -> AuditAnchors? {
            guard let anchors else { return nil }
            let copy = AuditAnchors(path: anchors, key: try installation.keyFolder.signingKey())
            let reading = try copy.read()
            guard reading.isThere, !(reading.latest.isEmpty && reading.findings.isEmpty) else {
                throw Fault(
                    .invalid, "audit.copy", "There are no anchors in this copy of the anchor file.",
                    remedy: "Name a copy of DIR.keys/audit-anchors.jsonl.", place: anchors)
            }
            return copy
        }

        private func document(
            _ reports: [(key: String, report: AuditVerification.Report)], _ disposed: DisposalVerification.Report,
            _ findings: [String], _ seconds: Double
        ) -> [UInt8] {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("whole", findings.isEmpty)
            writer.field("records", reports.reduce(0) { $0 + $1.report.records })
            writer.field("blocks", reports.reduce(0) { $0 + $1.report.blocks })
            writer.field("unlinked", reports.reduce(0) { $0 + $1.report.unlinked })
            writer.field("anchors", reports.reduce(0) { $0 + $1.report.anchors })
            if anchors != nil { writer.field("copiedAnchors", reports.reduce(0) { $0 + $1.report.copied }) }
            writer.field("disposals", disposed.disposals)
            writer.field("unfinishedDisposals", disposed.unfinished)
            writer.field("seconds", seconds)
            writer.field("findings", findings)
            writer.endObject()
            return writer.bytes
        }
    }

    /// For measuring how long verification takes.
    struct Sample: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fill a new data directory with made-up audit records, for measuring.",
            discussion: "Refuses where there are patients or linked records already.", shouldDisplay: false)

        @OptionGroup var options: DataOptions

        @Option(help: ArgumentHelp("How many records.", valueName: "N"))
        var records: Int

        func validate() throws {
            if !(1...1_000_000_000).contains(records) { throw ValidationError("--records must be 1 or more.") }
        }

        func run() async throws {
            let settings = try await options.settings()
            let installation = try await Installation(settings.installation, logger: Platform.logger(settings))
            do {
                for tenant in try await installation.tenants.all() {
                    try await AuditSample.fill(
                        records, stream: Int64(settings.installation.node), tenant: tenant,
                        now: installation.spine.clock.now(), database: installation.database, chain: installation.chain)
                }
            } catch {
                await installation.close()
                throw error
            }
            await installation.close()
            Output.line("\(records) records were written and linked.")
        }
    }
}
