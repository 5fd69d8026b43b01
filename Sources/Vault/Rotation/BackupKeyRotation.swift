package import Kernel

/// Replaces the key of backups. What it sealed stays readable: it goes onto the list of earlier keys.
///
/// 1. `backup.key.next` is made.
/// 2. The old key goes onto the list, `backup-keys.earlier`.
/// 3. `backup.key` is kept as `backup.key.previous`, and `backup.key.next` takes its name.
/// 4. The copy of the key store is sealed anew.
/// 5. `backup.key.previous` is overwritten and deleted; the list has the key.
///
/// A process reads the files when it makes or reads a backup. Cut off anywhere, every backup and the copy of the key
/// store can be read, and run again it goes on from what files are there.
package struct BackupKeyRotation: Sendable {
    package enum Step: String, Sendable, CaseIterable { case made, listed, kept, promoted, copied, ended }

    package struct Report: Sendable, Equatable {
        /// The key that seals now.
        package let key: String
        package let wasResumed: Bool
    }

    private let folder: KeyFolder
    private let clock: any Clock

    package init(folder: KeyFolder, clock: any Clock) {
        self.folder = folder
        self.clock = clock
    }

    /// Only makes the next key, so that it can be brought to every node's key folder first.
    package func prepare() throws {
        let lock = try folder.lock()
        defer { lock.unlock() }
        try folder.makeNext(.backup)
    }

    /// `copy` writes the copy of the key store anew; `step` is called after each step, which is durable then.
    package func run(
        copy: () async throws -> Void, step: (Step) throws -> Void = { _ in }
    ) async throws -> Report {
        let lock = try folder.lock()
        defer { lock.unlock() }
        let wasResumed = folder.isReplacing(.backup)
        _ = try folder.backupKey(creating: true)
        // One that was cut off is finished first; a key that was prepared since follows at once.
        repeat {
            try await replace(copy, step)
        } while folder.isThere(KeyFile.backup.next)
        return Report(key: try folder.backupKey().name, wasResumed: wasResumed)
    }

    private func replace(_ copy: () async throws -> Void, _ step: (Step) throws -> Void) async throws {
        if try !folder.isPromoted(.backup) {
            try folder.makeNext(.backup)
            try step(.made)
            try folder.listBackupKey(until: clock.now())
            try step(.listed)
            try folder.keepPrevious(.backup)
            try step(.kept)
            try folder.promoteNext(.backup)
            try step(.promoted)
        }
        try await copy()
        try step(.copied)
        try folder.removePrevious(.backup)
        try step(.ended)
    }
}
