import ArgumentParser
import JSON
import Kernel
import Vault

/// `throughline backup`: a consistent, sealed copy of all data, beside a running server.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up all data into a folder, sealed, beside a running server.",
        discussion: """
            Everything in it is of one moment. What an earlier backup in the same folder has already is not stored again.
            Keys are not in it: keep DIR.keys apart, always in its present state (docs/operations/backup.md).
            """)

    @OptionGroup var options: DataOptions

    @Option(help: ArgumentHelp("The folder of backups; made if it is not there.", valueName: "FOLDER"))
    var to: String

    @Flag(help: "Store everything, also what an earlier backup has.")
    var full = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let settings = try await options.settings()
        let installation = try await Installation(settings.installation, logger: Platform.logger(settings))
        let started = ContinuousClock.now
        let manifest: BackupManifest
        do {
            manifest = try await BackupMaking(
                options: settings.installation, installation: installation, folder: BackupFolder(to), isFull: full,
                progress: { Output.progress("\($0 >> 20) MiB") }, note: { Output.note($0) }
            ).run()
        } catch {
            await installation.close()
            throw error
        }
        await installation.close()
        let seconds = started.duration(to: .now).seconds
        guard json else {
            Output.line(
                "Backup \(manifest.id): \(manifest.bytes >> 20) MiB, of which \(manifest.storedBytes >> 20) MiB are new."
            )
            if !manifest.bases.isEmpty { Output.line("It needs: \(manifest.bases.joined(separator: ", "))") }
            Output.line("The keys are not in it: keep \(manifest.keys) apart, in its present state.")
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("backup", manifest.id)
        writer.field("folder", BackupMaking.absolute(to))
        writer.field("engine", manifest.engine)
        writer.field("at", manifest.at.iso8601)
        writer.field("bytes", manifest.bytes)
        writer.field("storedBytes", manifest.storedBytes)
        writer.field("reusedBytes", manifest.reusedBytes)
        writer.field("bases", manifest.bases)
        writer.field("parts", manifest.parts.count)
        writer.field("keys", manifest.keys)
        writer.field("seconds", seconds)
        writer.endObject()
        Output.line(String(decoding: writer.bytes, as: UTF8.self))
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
