import Foundation
import Kernel

/// A PostgreSQL cluster that one test starts and stops: its own folder, a Unix socket, no TCP port.
final class PostgresCluster {
    private let folder: String
    private let programs: String

    init() throws {
        folder = "/tmp/" + TestStore.freshName("pg").prefix(20)
        programs = try Self.run(["pg_config", "--bindir"]).trimmingCharacters(in: .whitespacesAndNewlines)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The server refuses to run as root.
        if getuid() == 0 { _ = try Self.run(["chown", "postgres:", folder]) }
        try asOwner(["initdb", "-D", folder + "/data", "-A", "trust", "-U", "postgres", "--no-sync"])
        try start()
    }

    var url: String { "postgres:///postgres?host=\(folder)&user=postgres" }

    func start() throws {
        try asOwner([
            "pg_ctl", "-D", folder + "/data", "-l", folder + "/log", "-w", "-o", "-k \(folder) -c listen_addresses=''",
            "start",
        ])
    }

    /// Stops at once, as a crash would: open transactions are lost, committed ones are not.
    func crash() throws {
        try asOwner(["pg_ctl", "-D", folder + "/data", "-m", "immediate", "-w", "stop"])
    }

    func remove() throws {
        try crash()
        try FileManager.default.removeItem(atPath: folder)
    }

    private func asOwner(_ command: [String]) throws {
        let full = [programs + "/" + command[0]] + command.dropFirst()
        _ = try Self.run(getuid() == 0 ? ["runuser", "-u", "postgres", "--"] + full : full)
    }

    private static func run(_ command: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        // A server outlives the command that starts it. It must not keep the descriptor by which Foundation learns of
        // that command's end, or the wait below never ends.
        let closing = """
            for descriptor in /proc/self/fd/*; do
                number=${descriptor##*/}; if [ "$number" -gt 2 ]; then eval "exec $number>&-"; fi
            done; exec "$@"
            """
        process.arguments = ["-c", closing, "bash"] + command
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        // Nor may it keep a pipe that is read to its end.
        let pipe = Pipe()
        process.standardOutput = command[0] == "pg_config" ? pipe : FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = command[0] == "pg_config" ? pipe.fileHandleForReading.readDataToEndOfFile() : Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Fault(.unavailable, "test.cluster", "\(command) ended with \(process.terminationStatus).")
        }
        return String(decoding: output, as: UTF8.self)
    }
}
