import ArgumentParser
import Foundation
import Interop
import JSON
import Kernel
import Synchronization

/// `throughline import fhir`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in records of other systems.", subcommands: [FHIR.self])

    struct FHIR: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fhir", abstract: "Take in FHIR R4 bundles, NDJSON files and single resources.",
            discussion: """
                Reads .json, .ndjson and .jsonl, also with .gz or .bz2, and directories of them. Run again it changes nothing;
                what changed at its source is updated. A broken entry fails alone and is listed with its place; the rest goes
                in. Ends with 1 when anything failed. docs/capabilities/import-fhir.md describes the report.
                """)

        @Argument(help: ArgumentHelp("Files and directories.", valueName: "PATH"))
        var paths: [String]

        @OptionGroup var options: DataOptions

        @Option(
            help: ArgumentHelp(
                "The system the records come from: the same id from another is another record.", valueName: "NAME"))
        var source = "fhir"

        @Flag(help: "Print one JSON document.")
        var json = false

        func validate() throws {
            if paths.isEmpty { throw ValidationError("Name at least one file or directory.") }
        }

        func run() async throws {
            let platform = try await Platform.open(try await options.settings())
            let line = ProgressLine()
            let report: ImportReport
            do {
                let importer = platform.interop.importer(spine: platform.installation.spine)
                report = try await importer.run(
                    paths.map { .path($0) }, tenant: try await platform.onlyTenant(), source: source,
                    progress: { line.show($0) })
            } catch {
                await platform.close()
                throw error
            }
            line.end(report)
            await platform.close()
            if json {
                var writer = JSONWriter(reserving: 1 << 16)
                report.write(to: &writer)
                Output.line(String(decoding: writer.bytes, as: UTF8.self))
            } else {
                Output.line(report.text)
            }
            if !report.isClean { throw ExitCode.failure }
        }
    }
}

/// The progress of an import on standard error: entries, rate, share of the bytes, time left.
private final class ProgressLine: Sendable {
    private let shownAt = Mutex(-1.0)
    private let interval = isatty(2) == 1 ? 0.2 : 1.0

    func show(_ progress: ImportProgress) {
        let isDue = shownAt.withLock { last in
            if last >= 0, progress.seconds - last < interval { return false }
            last = progress.seconds
            return true
        }
        if isDue { Output.progress(Self.text(progress)) }
    }

    func end(_ report: ImportReport) {
        let rate = Self.grouped(Int(report.resourcesPerSecond.rounded()))
        Output.progress(
            "\(Self.grouped(report.entries)) entries, \(rate)/s, done in \(Self.clock(report.seconds))", last: true)
    }

    private static func text(_ progress: ImportProgress) -> String {
        let share = progress.totalBytes > 0 ? Double(progress.consumedBytes) / Double(progress.totalBytes) : 0
        let filled = Int((share * 24).rounded(.down))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled)
        var text = "[\(bar)] \(Int((share * 100).rounded(.down)))%  \(grouped(progress.entries)) entries"
        text += "  \(grouped(Int(progress.entriesPerSecond.rounded())))/s"
        if progress.isSecondReading {
            text += "  reading again what waited for its patient"
        } else if let left = progress.secondsLeft {
            text += "  \(clock(left)) left"
        }
        if progress.failed > 0 { text += "  \(grouped(progress.failed)) failed" }
        return text
    }

    /// `1:05`, `1:00:05`.
    private static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        let minutes = String(whole / 60 % 60)
        let rest = String(whole % 60)
        let tail = "\(whole >= 3600 && minutes.count == 1 ? "0" : "")\(minutes):\(rest.count == 1 ? "0" : "")\(rest)"
        return whole >= 3600 ? "\(whole / 3600):\(tail)" : tail
    }

    static func grouped(_ number: Int) -> String {
        var text = String(number)
        var end = text.count
        while end > 3 {
            end -= 3
            text.insert(",", at: text.index(text.startIndex, offsetBy: end))
        }
        return text
    }
}

extension ImportReport {
    /// The report for people.
    fileprivate var text: String {
        let types = Set(taken.keys).union(updated.keys).sorted()
        let width = max(12, types.map(\.count).max() ?? 0)
        var lines = [Self.count(files.count, "file", "files") + ", " + Self.count(entries, "entry", "entries")]
        for type in types {
            var line = "  " + type.padding(toLength: width + 2, withPad: " ", startingAt: 0)
            line += "taken " + ProgressLine.grouped(taken[type] ?? 0)
            if let updated = updated[type] { line += ", updated " + ProgressLine.grouped(updated) }
            lines.append(line)
        }
        lines.append(
            "taken \(ProgressLine.grouped(takenCount)), updated \(ProgressLine.grouped(updatedCount)), "
                + "unchanged \(ProgressLine.grouped(unchanged)), skipped \(ProgressLine.grouped(skippedCount)), "
                + "failed \(ProgressLine.grouped(failedCount))")
        for (reason, group) in skipped.sorted(by: { $0.key < $1.key }) {
            lines.append("skipped \(ProgressLine.grouped(group.count)): \(reason)")
            for place in group.places.prefix(5) { lines.append("  \(place.text)") }
            if group.count > 5 {
                lines.append("  and \(ProgressLine.grouped(group.count - 5)) more; --json lists them")
            }
        }
        for failure in failures { lines.append("failed \(failure.place.text): \(failure.reason)") }
        if failures.count < failedCount {
            lines.append("and \(ProgressLine.grouped(failedCount - failures.count)) more that failed")
        }
        for (note, count) in notes.sorted(by: { $0.key < $1.key }) {
            lines.append("note: \(ProgressLine.grouped(count)) \(note)")
        }
        if unresolvedReferences > 0 {
            lines.append(
                "note: \(ProgressLine.grouped(unresolvedReferences)) practitioners, places or medicines are named and did not come"
            )
        }
        if !ignoredFiles.isEmpty {
            lines.append(
                "note: \(ProgressLine.grouped(ignoredFiles.count)) files are of no known kind: "
                    + ignoredFiles.prefix(5).joined(separator: ", ") + (ignoredFiles.count > 5 ? " …" : ""))
        }
        return lines.joined(separator: "\n")
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        ProgressLine.grouped(number) + " " + (number == 1 ? one : many)
    }
}

extension RecordPlace {
    fileprivate var text: String {
        file + (entry.map { ", entry \($0)" } ?? "") + (type.map { " (\($0))" } ?? "") + ", line \(line)"
    }
}
