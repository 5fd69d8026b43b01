import ArgumentParser
import CarrierSimulator
import Foundation

/// The simulated carrier as a program of its own, to be run beside the clinic's server by tests and the demo.
@main struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "carrier-simulator",
        abstract: "A pretend text messaging provider: takes sends, posts webhooks, and shows a phone in the browser.",
        discussion: """
            Speaks the wire format that Twilio publishes for Programmable Messaging, both ways, on 127.0.0.1 only. \
            It prints one line "ready http://127.0.0.1:N" when it accepts requests, and stops on SIGTERM or SIGINT. \
            Open that address in a browser for the phone. See docs/carrier-simulator.md.
            """)

    @Option(help: "Port to listen on; 0 lets the system choose.")
    var port = 0

    @Option(help: "The account: AC and 32 hexadecimal digits.")
    var accountSid: String

    @Option(help: "The account's secret. Without it, CARRIER_AUTH_TOKEN of the environment.")
    var authToken: String?

    @Option(help: "The clinic's number in E.164 form, such as +13035550100.")
    var clinicNumber: String

    @Option(help: "The clinic's name on the phone page.")
    var clinicName = "Clinic"

    @Option(help: "A messaging service (MG and 32 hexadecimal digits) that may send in place of the number.")
    var messagingServiceSid: String?

    @Option(help: "Where texts to the clinic are posted; retries after # as published, such as #rc=3&rp=all.")
    var webhook: String?

    @Option(help: "A JSON file of phones to choose from: [{\"number\", \"name\", \"hint\"}].")
    var handsets: String?

    @Option(help: "Seed of the faults' random choices.")
    var seed: UInt64 = 0

    @Flag(help: "Stop when standard input is closed, so as not to outlive the program that started this one.")
    var untilInputCloses = false

    static func main() async {
        do {
            let command = try parse()
            try await command.run()
        } catch {
            stop(on: error)
        }
    }

    func run() async throws {
        let configuration = try simulatorConfiguration()
        if untilInputCloses { Self.stopWhenInputCloses() }
        try await CarrierSimulator(configuration: configuration).run { base in
            FileHandle.standardOutput.write(Data("ready \(base)\n".utf8))
        }
    }

    private func simulatorConfiguration() throws -> SimulatorConfiguration {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
        guard let account = Sid(accountSid, kinds: .account) else {
            throw ValidationError("--account-sid is AC and 32 hexadecimal digits.")
        }
        guard let token = authToken ?? ProcessInfo.processInfo.environment["CARRIER_AUTH_TOKEN"], !token.isEmpty else {
            throw ValidationError("--auth-token is missing.")
        }
        guard let number = PhoneNumber(e164: clinicNumber) else {
            throw ValidationError("--clinic-number is a number in E.164 form, such as +13035550100.")
        }
        let service = messagingServiceSid.flatMap { Sid($0, kinds: .messagingService) }
        guard service != nil || messagingServiceSid == nil else {
            throw ValidationError("--messaging-service-sid is MG and 32 hexadecimal digits.")
        }
        if let webhook, !SimulatorConfiguration.isWebAddress(webhook) {
            throw ValidationError("--webhook is an http or https address.")
        }
        return SimulatorConfiguration(
            port: port, account: account, authToken: token, clinicNumber: number, clinicName: clinicName,
            messagingService: service, webhook: webhook, handsets: try handsetList(), seed: seed)
    }

    private func handsetList() throws -> [Handset] {
        guard let handsets else { return [] }
        do {
            return try Handset.list(json: try Data(contentsOf: URL(fileURLWithPath: handsets)))
        } catch let failure as Handset.ListFailure {
            throw ValidationError("\(handsets): \(failure)")
        } catch {
            throw ValidationError("\(handsets) cannot be read.")
        }
    }

    /// A thread that waits for the end of standard input and then asks this very process to stop gracefully.
    private static func stopWhenInputCloses() {
        let thread = Thread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            kill(getpid(), SIGTERM)
        }
        thread.start()
    }

    /// 2 for wrong use, 1 for what failed while running, 0 when help was asked for.
    private static func stop(on error: any Error) -> Never {
        let code = exitCode(for: error)
        if code == .success { exit(withError: error) }
        let isWrongUse = code == .validationFailure
        let text = isWrongUse ? fullMessage(for: error) : "carrier-simulator: \(error)"
        FileHandle.standardError.write(Data((text + "\n").utf8))
        Foundation.exit(isWrongUse ? 2 : 1)
    }
}
