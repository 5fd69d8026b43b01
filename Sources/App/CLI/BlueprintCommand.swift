import TimeZones
import ArgumentParser
import JSON
import Kernel
import Spine
import Studio
import Vault

/// `throughline blueprint apply PATH`.
struct BlueprintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blueprint", abstract: "Work with configuration documents.", subcommands: [Apply.self])

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish what differs in a folder of YAML documents.",
            discussion: "All problems are told together and then nothing is published. Run again, it changes nothing.")

        @Argument(help: ArgumentHelp("A folder of YAML files, or one file.", valueName: "PATH"))
        var path: String

        @OptionGroup var options: DataOptions

        @Flag(help: "Replace what was edited in the console, too; otherwise it is kept and told.")
        var replaceEdits = false

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let platform = try await Platform.open(try await options.settings())
            let outcome = try await platform.apply(blueprint: path, replacingEdits: replaceEdits)
            await platform.close()
            guard json else {
                Output.line("Published \(outcome.published.count), unchanged \(outcome.unchanged).")
                for name in outcome.published { Output.line("  \(name)") }
                for name in outcome.kept { Output.line("  \(name): kept as it was edited in the console") }
                return
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("published", outcome.published)
            writer.field("unchanged", outcome.unchanged)
            writer.field("kept", outcome.kept)
            writer.field("revision", outcome.revision)
            writer.endObject()
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        }
    }
}

extension Platform {
    /// Reads a folder and publishes what differs, for the only (or first) tenant.
    func apply(blueprint path: String, replacingEdits: Bool = false) async throws -> ApplyBlueprint.Outcome {
        let blueprint = try BlueprintFolder.read(path)
        let command = ApplyBlueprint(
            blueprint, zones: Set(zones.names), permissions: permissions, replacesEdits: replacingEdits)
        let tenant = try await onlyTenant()
        let spine = installation.spine
        let outcome = try await spine.run(
            "blueprint-apply", tenant: tenant, purpose: .systemMaintenance, permissions: [.definitionWrite],
            origin: "cli"
        ) { caller in
            let outcome = try await spine.perform(command, as: caller)
            return (outcome, outcome.published.count)
        }
        try await definitions.load(tenant)
        return outcome
    }
}
