import Foundation
import GRDBSQLite
import Kernel
import Store

/// The file of a database as it is at one moment, read beside its writers and without a second copy of it.
///
/// For an instant nobody writes: the rest of the log is folded back into the file and a read transaction begun. From then
/// on the file is frozen, because no checkpoint of any process may pass over a reader (sqlite.org/wal.html,
/// "Concurrency"): what is written meanwhile stays in the log. The file is read through SQLite's own handle, since closing
/// another one would drop the locks of this process (sqlite.org/howtocorrupt.html, 2.2).
package enum SQLiteImage {
    /// Reads the file from its first byte to its last, `chunk` bytes at a time, the last chunk as long as it happens to be.
    ///
    /// Waits at most `patience` for a moment in which nobody writes and no older reader holds the log back. It blocks.
    package static func read(
        _ path: String, chunk: Int, patience: Duration = .seconds(60), _ take: ([UInt8]) throws -> Void
    ) throws {
        _ = SQLiteSetup.done
        guard FileManager.default.fileExists(atPath: path) else {
            throw Fault(.unavailable, "store.missing", "The database file is not there.", place: path)
        }
        let reader = try Connection(path)
        try freeze(reader, path, patience)
        let page = try reader.number("PRAGMA page_size")
        let size = try reader.number("PRAGMA page_count") * page
        var offset = 0
        while offset < size {
            let count = min(chunk, size - offset)
            try take(try reader.bytes(at: offset, count: count))
            offset += count
        }
        try reader.run("COMMIT")
    }

    /// Begins the read transaction at a moment when the log holds nothing that is not in the file.
    private static func freeze(_ reader: Connection, _ path: String, _ patience: Duration) throws {
        let writer = try Connection(path)
        let folder = try Connection(path)
        try folder.run("SELECT 1 FROM sqlite_schema LIMIT 1")
        // Most of the log goes now, so that writers wait only for what comes while this runs.
        _ = try folder.fold()
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            guard try writer.isDone("BEGIN IMMEDIATE") else {
                // A writer that never rests leaves gaps of microseconds.
                Thread.sleep(forTimeInterval: 0.0002)
                continue
            }
            defer { try? writer.run("ROLLBACK") }  // it changed nothing; closing it would do the same
            if try folder.fold() {
                try reader.run("BEGIN")
                try reader.run("SELECT 1 FROM sqlite_schema LIMIT 1")
                return
            }
            Thread.sleep(forTimeInterval: 0.0005)
        }
        throw Fault(
            .unavailable, "store.busy", "The database did not rest for a moment: something reads in it for long.",
            remedy: "Try again when long exports and reports have ended.", place: path)
    }

    /// A connection of this file's own, as thin as can be.
    private final class Connection {
        private let handle: OpaquePointer
        private let path: String

        init(_ path: String) throws {
            var opened: OpaquePointer?
            let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
            guard sqlite3_open_v2(path, &opened, flags, nil) == SQLITE_OK, let opened else {
                sqlite3_close_v2(opened)
                throw Fault(
                    .unavailable, "store.open", "The database file cannot be opened.",
                    remedy: "Check that this user may read and write it.", place: path)
            }
            handle = opened
            self.path = path
            try run("PRAGMA wal_autocheckpoint = 0")
        }

        deinit {
            sqlite3_close_v2(handle)
        }

        func run(_ text: String) throws {
            let code = sqlite3_exec(handle, text, nil, nil, nil)
            guard code == SQLITE_OK else { throw failure(code) }
        }

        /// False: somebody else has the lock.
        func isDone(_ text: String) throws -> Bool {
            let code = sqlite3_exec(handle, text, nil, nil, nil)
            if code == SQLITE_BUSY { return false }
            guard code == SQLITE_OK else { throw failure(code) }
            return true
        }

        func number(_ text: String) throws -> Int {
            var statement: OpaquePointer?
            let code = sqlite3_prepare_v2(handle, text, -1, &statement, nil)
            defer { sqlite3_finalize(statement) }
            guard code == SQLITE_OK, sqlite3_step(statement) == SQLITE_ROW else { throw failure(code) }
            return Int(sqlite3_column_int64(statement, 0))
        }

        /// Folds the log back; whether all of it is in the file now.
        func fold() throws -> Bool {
            var frames: CInt = 0
            var folded: CInt = 0
            let code = sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &folded)
            if code == SQLITE_BUSY { return false }
            guard code == SQLITE_OK else { throw failure(code) }
            return frames == folded
        }

        func bytes(at offset: Int, count: Int) throws -> [UInt8] {
            var file: UnsafeMutablePointer<sqlite3_file>?
            let asked = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
            guard asked == SQLITE_OK, let file, let read = file.pointee.pMethods?.pointee.xRead else {
                throw failure(asked)
            }
            var code = SQLITE_OK
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                code = read(file, buffer.baseAddress, CInt(count), sqlite3_int64(offset))
                filled = code == SQLITE_OK ? count : 0
            }
            guard code == SQLITE_OK else { throw failure(code) }
            return bytes
        }

        private func failure(_ code: CInt) -> Fault {
            Fault(
                .unavailable, "store.read",
                "The database file cannot be read: \(String(cString: sqlite3_errstr(code))).",
                remedy: "Check the disk.", place: path)
        }
    }
}
