import ArgumentParser
import Foundation
import JSON
import Kernel
import Vault

/// `throughline restore`: a backup into a new place, or the proof that it could be.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Restore a backup into a new place, or prove that it can be restored.",
        discussion: """
            The data come from the backup, the keys from the key folder as it is now: who was disposed of since stays
            unreadable. Nothing is overwritten. With --verify everything is read, authenticated, loaded in a scratch place,
            checked and removed again; ends with 1 when something is wrong.
            """)

    @Option(help: ArgumentHelp("The folder of backups.", valueName: "FOLDER"))
    var from: String

    @Option(help: ArgumentHelp("Which one: its id or the beginning of it; the latest if absent.", valueName: "BACKUP"))
    var at: String?

    @Option(help: ArgumentHelp("The new data directory; with --verify, one whose keys are used.", valueName: "DIR"))
    var data: String?

    @Option(
        help: ArgumentHelp("The key folder; DIR.keys if absent. Its files are copied beside DIR.", valueName: "DIR"))
    var keys: String?

    @Option(help: ArgumentHelp("The PostgreSQL server to restore into, for a backup of one.", valueName: "URL"))
    var database: String?

    @Option(help: ArgumentHelp("The PostgreSQL schema; it must not be there.", valueName: "NAME"))
    var schema: String?

    @Option(help: ArgumentHelp("Where templates, browser files and tz data are.", valueName: "DIR"))
    var assets: String?

    @Option(help: ArgumentHelp("Where --verify makes its scratch place; the system's if absent.", valueName: "DIR"))
    var scratch: String?

    @Flag(help: "Only prove that it can be restored.")
    var verify = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        try DatabaseFlag.check(database)
        if from.isEmpty { throw ValidationError("--from must name a folder.") }
        if !verify, data ?? "" == "" { throw ValidationError("--data must name the new directory, or say --verify.") }
    }

    func run() async throws {
        let folder = BackupFolder(from)
        let keyFolder: KeyFolder
        if let keys {
            keyFolder = KeyFolder(path: keys)
        } else if let data {
            keyFolder = KeyFolder(besideData: data)
        } else {
            keyFolder = KeyFolder(path: try folder.namedKeys(try folder.find(at)))
        }
        let contents = try BackupContents(folder, at: at, keys: keyFolder)
        let started = ContinuousClock.now
        if verify {
            try await prove(contents, started)
        } else {
            try await restore(contents, started)
        }
    }

    // MARK: Proving

    private func prove(_ contents: BackupContents, _ started: ContinuousClock.Instant) async throws {
        let report = try await BackupVerifying(
            contents: contents, databaseURL: database, scratch: scratch ?? FileManager.default.temporaryDirectory.path,
            assets: assets, clock: SystemClock(), progress: Self.progress
        ).run()
        let isWhole = report.findings.isEmpty
        let manifest = contents.manifest
        if json {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("backup", manifest.id)
            writer.field("engine", manifest.engine)
            writer.field("at", manifest.at.iso8601)
            writer.field("verified", isWhole)
            writer.field("opened", report.isOpened)
            writer.field("bytes", manifest.bytes)
            writer.field("auditRecords", report.auditRecords)
            writer.field("findings", report.findings)
            writer.field("keys", contents.keys.path)
            writer.field("seconds", started.duration(to: .now).seconds)
            writer.endObject()
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        } else {
            for finding in report.findings { Output.line("  FOUND: \(finding)") }
            Output.line("Backup \(manifest.id), read with the keys in \(contents.keys.path):")
            if !isWhole {
                Output.line("It is NOT whole.")
            } else if report.isOpened {
                Output.line("It is whole and was restored for a trial, with \(report.auditRecords) audit records.")
            } else {
                Output.line("Every byte is authentic. With --database it would be loaded and looked at too.")
            }
        }
        if !isWhole { throw ExitCode(1) }
    }

    // MARK: Restoring

    private func restore(_ contents: BackupContents, _ started: ContinuousClock.Instant) async throws {
        let settings = try await dataOptions().settings()
        let report = try await BackupRestoring(
            contents: contents, settings: settings, progress: Self.progress
        ).run()
        let manifest = contents.manifest
        guard json else {
            Output.line(
                "Backup \(manifest.id) of \(manifest.at.iso8601) is restored in \(settings.installation.directory).")
            Output.line(
                "\(report.disposals) disposals were done once more; "
                    + "\(report.due) messages that were due are looked up first.")
            if report.holds > 0 {
                Output.line(
                    "\(report.holds) legal holds are in force. Those that were released after the backup are in force "
                        + "again, and those that were placed after it are gone: look at them at /legal-holds.")
            }
            if let anchors = report.anchors {
                Output.line(
                    "\(anchors.count) anchors of the audit trail are newer than the backup: what they tell of is lost. "
                        + "They are kept in \(anchors.file).")
            }
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("backup", manifest.id)
        writer.field("at", manifest.at.iso8601)
        writer.field("data", settings.installation.directory)
        writer.field("engine", manifest.engine)
        writer.field("bytes", manifest.bytes)
        writer.field("parts", manifest.parts.count)
        writer.field("disposals", report.disposals)
        writer.field("due", report.due)
        writer.field("holds", report.holds)
        writer.field("migrated", report.migrated)
        writer.field("newerAnchors", report.anchors?.count ?? 0)
        writer.field("newerAnchorsIn", ifPresent: report.anchors?.file)
        writer.field("seconds", started.duration(to: .now).seconds)
        writer.endObject()
        Output.line(String(decoding: writer.bytes, as: UTF8.self))
    }

    private func dataOptions() throws -> DataOptions {
        var words = ["--data", data ?? ""]
        for (name, value) in [("--database", database), ("--schema", schema), ("--assets", assets)] {
            if let value { words += [name, value] }
        }
        return try DataOptions.parse(words)
    }

    private static func progress(_ bytes: Int64) { Output.progress("\(bytes >> 20) MiB") }
}
