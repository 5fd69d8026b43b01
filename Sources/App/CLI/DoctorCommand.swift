import ArgumentParser
import Foundation
import Kernel

/// `throughline doctor`: looks at a running or resting installation and says what is well and what is not, with evidence.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check an installation and show the evidence.",
        discussion: """
            Each technical safeguard of the HIPAA Security Rule (45 CFR 164.312) and of its proposed rule of 2025 is listed
            with what speaks for it, then how the installation itself is. Ends with 1 when one failed. Honest: what is not
            set up is said to be missing.
            """)

    @OptionGroup var options: DataOptions

    @OptionGroup var listening: ListeningOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        var settings = try await options.settings()
        try listening.apply(to: &settings)
        let platform = try await Platform.open(settings)
        let checks: [Doctor.Check]
        do {
            checks = try await Doctor(platform: platform).examine()
        } catch {
            await platform.close()
            throw error
        }
        await platform.close()
        if json {
            Output.line(String(decoding: Doctor.json(checks), as: UTF8.self))
        } else {
            for check in checks {
                let status = check.status.rawValue.uppercased().padding(toLength: 15, withPad: " ", startingAt: 0)
                Output.line("\(status) \(check.id)\(check.rule.map { " [\($0)]" } ?? ""): \(check.evidence)")
                if check.needsRemedy, let remedy = check.remedy { Output.line("                \(remedy)") }
            }
        }
        if checks.contains(where: { $0.status == .failed }) { throw ExitCode(1) }
    }
}
