package import Kernel
package import Spine
package import Store

/// What people said about being contacted. Kept by the Conversations area; shown and asked for on patient pages.
package protocol ConsentLedger: Sendable {
    /// The newest word of a person by channel and purpose, what was said from one of these numbers among them.
    func consents(
        of patients: PatientSet, phones: [PhoneNumber], in transaction: any Transaction
    ) throws -> [ConsentSummary]
    /// Writes down what a person said.
    func record(_ word: ConsentSummary, of patient: ID<Patient>, context: CommandContext) throws
}

package struct ConsentSummary: Sendable, Equatable {
    /// sms, voice, email, portal.
    package let channel: String
    /// A purpose of the consent policy, or `*` for everything.
    package let purpose: String
    package let given: Bool
    /// console, sms, import.
    package let source: String
    package let recordedAt: Instant

    package init(channel: String, purpose: String, given: Bool, source: String, recordedAt: Instant) {
        self.channel = channel
        self.purpose = purpose
        self.given = given
        self.source = source
        self.recordedAt = recordedAt
    }
}
