package import Kernel

/// Replaces the signing key beside running nodes. What it signed before is checked by its public half, which stays.
///
/// 1. `signing.key.next` is made. From then on what it signs is accepted.
/// 2. The heads of the audit trail are anchored by the old key.
/// 3. The old key goes onto the list of those that signed before, `signing-keys.earlier`, with a line of its own hand
///    that says until when it signed and which key follows.
/// 4. `signing.key` is kept as `signing.key.previous`, and `signing.key.next` takes its name.
/// 5. The same heads are anchored by the new key: from here on the old one cannot change what came before.
/// 6. `signing.key.previous` is overwritten and deleted. Nothing here can sign by the old key any more.
///
/// A running process reads the files when it signs and when it checks. Cut off anywhere, what was signed is checked as
/// it was, and run again it goes on from what files are there.
package struct SigningKeyRotation: Sendable {
    package enum Step: String, Sendable, CaseIterable { case made, anchored, listed, kept, promoted, attested, ended }

    package struct Report: Sendable, Equatable {
        /// The key that signs now.
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
        try folder.makeNext(.signing)
    }

    /// `anchor` anchors the head of every chain of the audit trail; `step` is called after each step, which is durable
    /// then.
    package func run(
        anchor: () async throws -> Void, step: (Step) throws -> Void = { _ in }
    ) async throws -> Report {
        let lock = try folder.lock()
        defer { lock.unlock() }
        let wasResumed = folder.isReplacing(.signing)
        // One that was cut off is finished first; a key that was prepared since follows at once.
        repeat {
            try await replace(anchor, step)
        } while folder.isThere(KeyFile.signing.next)
        return Report(key: try folder.signingRing().publicKey.id, wasResumed: wasResumed)
    }

    private func replace(_ anchor: () async throws -> Void, _ step: (Step) throws -> Void) async throws {
        if try !folder.isPromoted(.signing) {
            try folder.makeNext(.signing)
            try step(.made)
            try await anchor()
            try step(.anchored)
            try folder.listSigningKey(until: clock.now())
            try step(.listed)
            try folder.keepPrevious(.signing)
            try step(.kept)
            try folder.promoteNext(.signing)
            try step(.promoted)
        }
        try await anchor()
        try step(.attested)
        try folder.removePrevious(.signing)
        try step(.ended)
    }
}
