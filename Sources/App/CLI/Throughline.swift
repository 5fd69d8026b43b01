package import ArgumentParser
import Foundation
import Kernel

/// The program: one subcommand per file.
package struct Throughline: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "throughline",
        abstract: "The open system of record for patient access.",
        discussion: """
            Exit codes: 0 done, 1 failed, 2 wrong use. With --json a command prints one JSON document on standard output
            and nothing else; progress and messages go to standard error. docs/cli.md has examples.
            """,
        version: Version.text,
        subcommands: [
            InitCommand.self, BlueprintCommand.self, ImportCommand.self, GenerateCommand.self, ServeCommand.self,
            DemoCommand.self, AuditCommand.self, PolicyCommand.self, SlotsCommand.self, CapacityCommand.self,
            DoctorCommand.self, RebuildCommand.self,
            ResealCommand.self, DisposeCommand.self, CertificateCommand.self, ExportCommand.self, KeysCommand.self,
            BackupCommand.self,
            RestoreCommand.self, SchemaCommand.self, RoutesCommand.self, SimulateCommand.self,
            ZonesCommand.self,
        ])

    package init() {}

    /// Runs the program and ends the process with its exit code.
    package static func start() async -> Never {
        // A file that may not grow any more fails its write, as on a full disk; the signal would end the program.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Foundation.exit(0)
        } catch let fault as Fault {
            Output.error(fault)
            Foundation.exit(1)
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code.isSuccess {
                Output.line(text)
                Foundation.exit(0)
            }
            Output.note(text.isEmpty ? "\(error)" : text)
            Foundation.exit(code == .validationFailure ? 2 : 1)
        }
    }
}

package enum Version {
    package static let text = "0.1.0"
}

/// What goes where: results to standard output, everything else to standard error.
enum Output {
    /// One line of the result, written at once: a script may be waiting for it.
    static func line(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// A whole document, with its own line ends.
    static func text(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// Replaces the last progress line on a terminal; prints whole lines elsewhere, about one a second.
    static func progress(_ text: String, last: Bool = false) {
        if isatty(2) == 1 {
            FileHandle.standardError.write(Data(("\r\u{1B}[K" + text + (last ? "\n" : "")).utf8))
        } else {
            note(text)
        }
    }

    static func error(_ fault: Fault) {
        note("error: \(fault.message)")
        if let place = fault.place { note("  at: \(place)") }
        for field in fault.fields { note("  \(field.path): \(field.message)") }
        if let cause = fault.cause { note("  because: \(cause)") }
        if let remedy = fault.remedy { note("  \(remedy)") }
    }
}
