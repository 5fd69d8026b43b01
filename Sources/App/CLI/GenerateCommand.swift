import People
import ArgumentParser
import JSON
import Kernel
import Vault

/// `throughline generate`: believable people, visits and messages in any number, without files.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make believable people, visits and messages.",
        discussion: """
            The same seed makes the same people; run again with a larger number, it adds the rest. All synthetic: exchanges
            555, example domains, made-up payers.
            """)

    @Option(help: ArgumentHelp("How many people there are to be.", valueName: "N"))
    var patients: Int

    @Option(help: ArgumentHelp("Which people.", valueName: "S"))
    var seed: UInt64 = 2026

    @OptionGroup var options: DataOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        if !(1...20_000_000).contains(patients) { throw ValidationError("--patients must be 1 to 20000000.") }
    }

    func run() async throws {
        let platform = try await Platform.open(try await options.settings())
        let outcome = try await platform.generate(
            patients: patients, seed: seed, tenant: try await platform.onlyTenant())
        await platform.close()
        guard json else {
            Output.line(
                "\(outcome.patients) people, \(outcome.visits) visits and \(outcome.messages) messages in \(outcome.seconds) s."
            )
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("patients", outcome.patients)
        writer.field("visits", outcome.visits)
        writer.field("messages", outcome.messages)
        writer.field("unchanged", outcome.unchanged)
        writer.field("seconds", outcome.seconds)
        writer.field("patientsPerSecond", outcome.seconds > 0 ? Double(outcome.patients) / outcome.seconds : 0)
        writer.endObject()
        Output.line(String(decoding: writer.bytes, as: UTF8.self))
    }
}
