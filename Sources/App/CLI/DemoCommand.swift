import ArgumentParser
import Foundation
import JSON
import Kernel
import PeopleAPI
import Spine
import Studio
import TimeZones
import Trust
import Vault
import Web

/// `throughline demo`: a whole practice to look at, with a carrier simulator beside it.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Set up a practice with sample data and serve it, with a phone simulator beside it.",
        discussion: """
            The first time it makes the tenant, applies the primary-care blueprint, generates believable people and visits, and
            adds one person and one API key per role. It writes DIR/demo.json with addresses, sign-ins and keys (mode 0600).
            Everything in it is synthetic. Not for real patients: the sign-ins are written down.
            """)

    @OptionGroup var options: DataOptions

    @Option(help: ArgumentHelp("The port; the simulator takes the next one.", valueName: "N"))
    var port = 8080

    @Option(help: ArgumentHelp("How many people to generate.", valueName: "N"))
    var patients = 400

    func validate() throws {
        if !(1...65_534).contains(port) { throw ValidationError("--port must be 1 to 65534.") }
        if !(0...5_000_000).contains(patients) { throw ValidationError("--patients must be 0 to 5000000.") }
    }

    func run() async throws {
        var settings = try await options.settings(serving: true, creating: true)
        var record = try DemoRecord.load(settings.installation.directory) ?? DemoRecord.fresh()
        record.base = "http://localhost:\(port)"
        record.simulator = "http://localhost:\(port + 1)"
        settings.smsAccount = record.account
        settings.smsToken = Redacted(record.token)
        settings.smsFrom = DemoStory.clinicNumber
        // The demo speaks plain HTTP on this machine, and its carrier is a program beside it.
        settings.tlsCertificate = nil
        settings.tlsKey = nil
        settings.outboundAllow.append("127.0.0.1:\(port + 1)")
        settings.smsBase = "http://127.0.0.1:\(port + 1)"
        settings.linkBase = record.base
        settings.smsPublicBase = "http://127.0.0.1:\(port)"
        let platform = try await Platform.open(settings, creating: true)
        if record.users.isEmpty {
            try await DemoStory(platform: platform, patients: patients).prepare(&record)
        }
        try record.save(settings.installation.directory)
        let simulator = try DemoSimulator(
            record: record, directory: settings.installation.directory, port: port + 1, clinicPort: port)
        defer { simulator.stop() }
        let finished = record
        try await platform.serve(host: settings.host, port: port) { address in
            Output.line("ready \(address)")
            Self.announce(finished)
        }
        await platform.close()
    }

    private static func announce(_ record: DemoRecord) {
        Output.note("")
        Output.note("  Console:          \(record.base)")
        Output.note("  A patient's phone: \(record.simulator)   (text the clinic as Maria)")
        for user in record.users {
            Output.note(
                "  Sign in as \(user.role.padding(toLength: 16, withPad: " ", startingAt: 0)) \(user.email)   \(user.password)"
            )
        }
        Output.note("  Everything else is in demo.json in the data directory. Ctrl-C stops both programs.")
        Output.note("")
    }
}

/// `DIR/demo.json`: what a script needs to use the demo.
struct DemoRecord: Codable {
    struct User: Codable {
        let email: String
        let password: String
        let name: String
        let role: String
    }

    struct Key: Codable {
        let role: String
        let key: String
    }

    struct Handset: Codable {
        let number: String
        let name: String
        let hint: String
    }

    var base: String
    var simulator: String
    var tenant: String
    var account: String
    var token: String
    var clinicNumber: String
    var users: [User]
    var keys: [Key]
    var handsets: [Handset]

    static func fresh() -> DemoRecord {
        DemoRecord(
            base: "", simulator: "", tenant: DemoStory.tenantKey, account: "AC" + Hex.encode(Secret.bytes(16)),
            token: Hex.encode(Secret.bytes(16)), clinicNumber: DemoStory.clinicNumber, users: [], keys: [],
            handsets: DemoStory.handsets)
    }

    static func load(_ directory: String) throws -> DemoRecord? {
        guard let data = FileManager.default.contents(atPath: directory + "/demo.json") else { return nil }
        do {
            return try JSONDecoder().decode(DemoRecord.self, from: data)
        } catch {
            throw Fault(
                .invalid, "demo.json", "demo.json cannot be read.", remedy: "Delete the data directory and start anew.",
                place: directory + "/demo.json", cause: error)
        }
    }

    func save(_ directory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(encoder.encode(self), to: directory + "/demo.json")
        try write(encoder.encode(handsets), to: directory + "/handsets.json")
    }

    private func write(_ data: Data, to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600])
        else {
            throw Fault(.unavailable, "demo.write", "The file cannot be written.", place: path)
        }
    }
}

/// The carrier simulator as a child of this process.
final class DemoSimulator {
    private let process = Process()

    init(record: DemoRecord, directory: String, port: Int, clinicPort: Int) throws {
        let own = URL(fileURLWithPath: Platform.executablePath).deletingLastPathComponent()
        let program = own.appendingPathComponent("carrier-simulator")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Fault(
                .unavailable, "demo.simulator", "The carrier simulator is not beside this program.",
                remedy: "Build it: swift build -c release --product carrier-simulator.", place: program.path)
        }
        process.executableURL = program
        process.arguments = [
            "--port", String(port), "--account-sid", record.account, "--clinic-number", record.clinicNumber,
            "--webhook", "http://127.0.0.1:\(clinicPort)/hooks/\(record.tenant)/sms", "--handsets",
            directory + "/handsets.json",
        ]
        // By the environment: what stands on a command line everybody on the machine can read.
        var environment = ProcessInfo.processInfo.environment
        environment["CARRIER_AUTH_TOKEN"] = record.token
        process.environment = environment
        process.standardOutput = FileHandle.standardError
        try process.run()
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }
}
