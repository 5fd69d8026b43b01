package import Kernel
package import Store

/// What stands under a definition from now on, so that it cannot be retired.
package struct DefinitionUse: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Visits that are agreed or under way and not over.
        case visits
        /// Times that are kept for somebody who is booking.
        case holds
        /// Those who wait for a time with it.
        case waitlist
        /// Referrals that are not closed.
        case referrals
    }

    package let kind: Kind
    /// Of everybody, whoever asks. 1 and up.
    package let count: Int

    package init(_ kind: Kind, _ count: Int) {
        self.kind = kind
        self.count = count
    }
}

/// How Studio asks what still stands under a definition. Implemented by Scheduling.
package protocol DefinitionUses: Sendable {
    /// In the order of `DefinitionUse.Kind`, without those of which there are none.
    func uses(
        of kind: DefinitionKind, _ key: String, at now: Instant, in transaction: any Transaction
    ) throws -> [DefinitionUse]
}
