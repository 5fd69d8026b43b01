package import Kernel
package import Spine

/// Writing to a number without knowing whose it is. Implemented by the Conversations area.
package protocol NumberMessaging: Sendable {
    /// Queues the one template of a use for a number, if the policy allows it; in the caller's transaction.
    ///
    /// It goes into the number's own conversation, never into a patient's, whoever is known to be reached there: so the
    /// same is done for everybody. Who asked is at a screen and waits, so that hours count as after a message of theirs.
    /// Takes one fresh key subject when there is no such conversation yet.
    func send(
        _ use: String, to number: PhoneNumber, values: [String: String], language: String, context: CommandContext
    ) throws -> MessageOutcome
}
