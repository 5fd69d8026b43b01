import Foundation
import Kernel

/// The number under which a process works on a data directory, held as long as it runs: two processes with one number
/// would give the same ids and write one chain of audit records.
///
/// A lock of the system on `DIR/node-N.lock`, which ends with the process however it ends. Machines that share a
/// PostgreSQL database have a data directory each and are told apart by their configured numbers alone.
enum NodeClaim {
    /// For commands that run while a server has the configured number.
    private static let spare = 1008..<1024
    private static let patience = 100
    private static let pause: Duration = .milliseconds(100)

    /// The number to work under. A server, and who was given a number, waits ten seconds for it and then gives up:
    /// `node.taken`.
    static func take(_ number: Int, in directory: String, orSpare: Bool) async throws -> Int {
        // A directory that is not there is told by whoever opens it.
        guard FileManager.default.fileExists(atPath: directory) else { return number }
        if orSpare {
            for candidate in [number] + spare where try holds(candidate, directory) { return candidate }
        }
        for _ in 0..<patience {
            if try holds(number, directory) { return number }
            try await Task.sleep(for: pause)
        }
        throw Fault(
            .conflict, "node.taken", "Another process works on this data directory as node \(number).",
            remedy: "Stop it, or give this one a number of its own with --node.", place: directory)
    }

    /// Whether a file of a data directory is such a lock.
    static func isLock(_ name: String) -> Bool { name.hasPrefix("node-") && name.hasSuffix(".lock") }

    /// The descriptor is left open on purpose: the lock lasts as long as the process.
    private static func holds(_ number: Int, _ directory: String) throws -> Bool {
        let path = "\(directory)/node-\(number).lock"
        let descriptor = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Fault(
                .unavailable, "node.lock", "The lock of this node cannot be made.",
                remedy: "Check the disk and the permissions of the data directory.", place: path)
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        close(descriptor)
        return false
    }
}
