import Dispatch
import Foundation
import GRDB
import Kernel
import Synchronization

/// Folds the write-ahead log back into the database on a connection of its own, so that no writer waits for it.
///
/// Checkpoints set the tail of writes: the writer never runs one. A passive checkpoint works beside readers and the
/// writer; only when the log has grown past its limit is the writer held for a restart of the log. At an orderly end its
/// connection is the last of the process, and leaves no log behind.
final class SQLiteCheckpointer: Sendable {
    private struct State {
        var commits = 0
        var stopped = false
    }

    private let queue: DatabaseQueue
    private let path: String
    private let log: String
    /// The file that was opened, to be known again: its device and number.
    private let file: [Int]?
    private let largestLog: Int
    private let restartLog: @Sendable () -> Void
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// `restartLog`: asks the writer to begin the log anew between two of its batches.
    init(path: String, largestLog: Int, restartLog: @escaping @Sendable () -> Void) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(1)
        configuration.label = "checkpointer"
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.path = path
        log = path + "-wal"
        file = Self.identity(of: path)
        self.largestLog = largestLog
        self.restartLog = restartLog
        let thread = Thread { [self] in
            loop()
            ended.signal()
        }
        thread.name = "sqlite-checkpoint"
        thread.start()
    }

    /// Cheap: a counter. The thread looks about once a second.
    func noteCommit() {
        state.withLock { $0.commits += 1 }
    }

    func stop() {
        let first = state.withLock { state in
            defer { state.stopped = true }
            return !state.stopped
        }
        guard first else { return }
        wake.signal()
        ended.wait()
    }

    /// Closes the connection, after `stop` and when every other one of this process is closed. `folding`: writes the whole
    /// log back and cuts it to nothing first, so that no gigabyte of it stays beside a small file.
    ///
    /// Never when somebody has put another file in the place of ours: its pages would be mixed with the log's. Another
    /// process that uses the file keeps the log, and folds it when it ends.
    func close(folding: Bool) {
        if folding, file != nil, file == Self.identity(of: path) {
            // Busy, or a failing disk: the log stays and the next start reads it; nothing is lost.
            _ = try? queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        }
        // A connection that will not close is closed by the end of the process; the log stays valid.
        try? queue.close()
    }

    private static func identity(of path: String) -> [Int]? {
        // A file that is not there has none.
        guard let found = try? FileManager.default.attributesOfItem(atPath: path),
            let device = found[.systemNumber] as? Int, let number = found[.systemFileNumber] as? Int
        else { return nil }
        return [device, number]
    }

    private func loop() {
        while true {
            _ = wake.wait(timeout: .now() + .seconds(1))
            let (commits, stopped) = state.withLock { state in
                defer { state.commits = 0 }
                return (state.commits, state.stopped)
            }
            if stopped { return }
            if commits > 0 { checkpoint() }
        }
    }

    private func checkpoint() {
        // No log yet: nothing to do.
        let size = (try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int) ?? 0
        guard size > 4 << 20 else { return }
        // Busy: readers hold the log; the next round tries again. A failing disk shows itself to the next writer.
        _ = try? queue.writeWithoutTransaction { try $0.checkpoint(.passive) }
        // Under a writer that never rests no other connection gets its turn, and the log grows for ever: measured, 3 GB.
        if size > largestLog { restartLog() }
    }
}
