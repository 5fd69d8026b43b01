import TimeZones
import ArgumentParser
import JSON
import Kernel
import Spine
package import Studio
package import StudioAPI
import Vault

/// `throughline blueprint apply PATH`.
struct BlueprintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blueprint", abstract: "Work with configuration documents.", subcommands: [Apply.self])

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish what differs in a folder of YAML documents.",
            discussion: """
                All errors are told together and then nothing is published. Warnings are told and keep nothing from
                being published. Run again, it changes nothing.
                """)

        @Argument(help: ArgumentHelp("A folder of YAML files, or one file.", valueName: "PATH"))
        var path: String

        @OptionGroup var options: DataOptions

        @Flag(help: "Replace what was edited in the console, too; otherwise it is kept and told.")
        var replaceEdits = false

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let platform = try await Platform.open(try await options.settings())
            let (outcome, findings) = try await platform.apply(blueprint: path, replacingEdits: replaceEdits)
            await platform.close()
            guard json else {
                for finding in findings { Output.note("\(finding)") }
                Output.line("Published \(outcome.published.count), unchanged \(outcome.unchanged).")
                for name in outcome.published { Output.line("  \(name)") }
                for name in outcome.kept { Output.line("  \(name): kept as it was edited or retired in the console") }
                return
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("published", outcome.published)
            writer.field("unchanged", outcome.unchanged)
            writer.field("kept", outcome.kept)
            writer.field("revision", outcome.revision)
            writer.list("findings", findings) { finding, writer in
                writer.field("severity", finding.severity.rawValue)
                writer.field("kind", finding.kind.rawValue)
                writer.field("key", finding.key)
                writer.field("path", finding.path)
                writer.field("sentence", finding.sentence)
            }
            writer.endObject()
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        }
    }
}

extension Platform {
    /// Reads a folder and publishes what differs, for the only (or first) tenant. With what the checker says of what is
    /// published then, which the console shows at /setup.
    package func apply(
        blueprint path: String, replacingEdits: Bool = false
    ) async throws -> (outcome: ApplyBlueprint.Outcome, findings: [DefinitionProblem]) {
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
        let configuration = try definitions.configuration(of: tenant)
        let zone = try configuration.organization.map { try zones.zone($0.value.zone) }
        let today = zone?.civil(at: spine.clock.now().microseconds).date
        return (outcome, configuration.findings(zones: Set(zones.names), permissions: permissions, on: today))
    }
}
