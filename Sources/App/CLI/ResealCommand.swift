import ArgumentParser
import JSON
package import Kernel
import Spine
import Trust
package import Vault
import Web

/// `throughline reseal`: move sealed values to the newest format.
struct ResealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reseal", abstract: "Seal anew what was sealed in an older format.",
        discussion: """
            Goes over every table with sealed values, in batches, also beside a running server. Cut off, it goes on where it
            was; run again, it changes nothing. Ends with 1 when values do not open though their key is there.
            """)

    @OptionGroup var options: DataOptions

    @Option(help: ArgumentHelp("Rows in one transaction.", valueName: "N"))
    var batch = 200

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        if !(1...10_000).contains(batch) { throw ValidationError("--batch must be 1 to 10000.") }
    }

    func run() async throws {
        let platform = try await Platform.open(try await options.settings())
        var reports: [Resealing.TableReport] = []
        do {
            for tenant in try await platform.installation.tenants.all() {
                reports = Self.sum(reports, try await platform.reseal(tenant, batch: batch) { Self.show($0) })
            }
        } catch {
            await platform.close()
            throw error
        }
        await platform.close()
        let failed = reports.reduce(0) { $0 + $1.failed }
        if json {
            Output.line(String(decoding: Self.document(reports), as: UTF8.self))
        } else {
            let (seen, resealed) = reports.reduce((0, 0)) { ($0.0 + $1.seen, $0.1 + $1.resealed) }
            let unreadable = reports.reduce(0) { $0 + $1.unreadable }
            Output.line("\(resealed) of \(seen) rows were sealed anew; the keys of \(unreadable) no longer exist.")
            for report in reports {
                for place in report.failures { Output.line("  FAILED: \(report.table) \(place)") }
            }
        }
        if failed > 0 { throw ExitCode(1) }
    }

    private static func show(_ report: Resealing.TableReport) {
        if report.seen > 0, report.seen.isMultiple(of: 20_000) {
            Output.progress("\(report.table): \(report.seen) rows, \(report.resealed) sealed anew")
        }
    }

    /// The tables of several tenants together.
    private static func sum(
        _ first: [Resealing.TableReport], _ second: [Resealing.TableReport]
    ) -> [Resealing.TableReport] {
        if first.isEmpty { return second }
        return zip(first, second).map { one, other in
            var both = one
            both.seen += other.seen
            both.resealed += other.resealed
            both.unreadable += other.unreadable
            both.failed += other.failed
            both.failures += other.failures
            both.wasResumed = one.wasResumed || other.wasResumed
            return both
        }
    }

    private static func document(_ reports: [Resealing.TableReport]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("resealed", reports.reduce(0) { $0 + $1.resealed })
        writer.field("unreadable", reports.reduce(0) { $0 + $1.unreadable })
        writer.field("failed", reports.reduce(0) { $0 + $1.failed })
        writer.key("tables")
        writer.beginArray()
        for report in reports {
            writer.beginObject()
            writer.field("table", report.table)
            writer.field("rows", report.seen)
            writer.field("resealed", report.resealed)
            writer.field("unreadable", report.unreadable)
            writer.field("failed", report.failed)
            writer.field("resumed", report.wasResumed)
            writer.key("failures")
            writer.beginArray()
            for place in report.failures { writer.string(place) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension Platform {
    /// Moves a tenant's sealed values to the newest format: every table that has some, as a recorded run.
    package func reseal(
        _ tenant: ID<Tenant>, batch: Int = 200, progress: (Resealing.TableReport) -> Void = { _ in }
    ) async throws -> [Resealing.TableReport] {
        let spine = installation.spine
        let job = Resealing(
            database: installation.database, vault: try await spine.vault(tenant), clock: spine.clock, batch: batch)
        let sealed = tables.compactMap { rule in rule.sealed.map { (rule.table, $0) } }
        return try await spine.run(
            "reseal", tenant: tenant, purpose: .systemMaintenance, permissions: [], origin: "cli"
        ) { _ in
            var reports: [Resealing.TableReport] = []
            for (table, column) in sealed { reports.append(try await job.run(table, column, progress: progress)) }
            return (reports, reports.reduce(0) { $0 + $1.resealed })
        }
    }
}
