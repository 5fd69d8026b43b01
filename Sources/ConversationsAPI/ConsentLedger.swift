package import Kernel
package import Spine
package import Store
package import Vault

extension Permission {
    /// Counts and withdrawals of everybody: for who answers for privacy.
    package static let consentRead = Permission("consent.read")
    /// Writes down what a person said about being contacted.
    package static let consentWrite = Permission("consent.write")
}

/// What people said about being contacted. Kept by the Conversations area; shown and asked for on patient pages.
package protocol ConsentLedger: Sendable {
    /// The newest word of a person by channel and purpose, what was said from their numbers among them.
    /// What `caller` may not know of is not there.
    func consents(
        of patients: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<[ConsentSummary]>
    /// Writes down what a person said.
    func record(_ word: ConsentSummary, of patient: ID<Patient>, context: CommandContext) throws
}

package struct ConsentSummary: Sendable, Equatable {
    /// sms, voice, email, portal.
    package let channel: String
    /// A purpose of the consent policy, or `*` for everything.
    package let purpose: String
    package let given: Bool
    /// How we know: console, form, verbal, keyword, free-text, carrier, import, generated.
    package let source: String
    package let recordedAt: Instant
    /// What it covers: `*` for the whole practice, or the key of a location.
    package let scope: String
    /// The document that was agreed to, with its version: "texting-consent/3".
    package let document: String?
    /// From then on it allows nothing any more. Nil: until it is withdrawn.
    package let expiresAt: Instant?
    /// Who wrote it down, when a person did.
    package let recordedBy: ID<User>?

    package init(
        channel: String, purpose: String, given: Bool, source: String, recordedAt: Instant, scope: String = "*",
        document: String? = nil, expiresAt: Instant? = nil, recordedBy: ID<User>? = nil
    ) {
        self.scope = scope
        self.document = document
        self.expiresAt = expiresAt
        self.recordedBy = recordedBy
        self.channel = channel
        self.purpose = purpose
        self.given = given
        self.source = source
        self.recordedAt = recordedAt
    }
}

extension ConsentSummary {
    /// Consent to the disclosure of records, which is no way to write to anybody.
    package static let disclosure = "record"
    /// To treatment, payment and operations under 42 CFR Part 2.
    package static let part2 = "part-2"

    /// What a word betrays by itself: that there are records of a substance use disorder programme.
    package static func labels(channel: String) -> Labels { channel == disclosure ? .substanceUse : [] }

    package func isSeen(by caller: Caller) -> Bool {
        Self.labels(channel: channel).isDisjoint(with: caller.hidden)
    }
}

/// How a person stands to a channel, as every page shows it beside them: one reading of the ledger, so that no two pages
/// say different things. Whether one message may go is the contact policy's business.
package struct ChannelStanding: Sendable, Equatable {
    package enum Word: String, Sendable, CaseIterable {
        /// A recorded yes.
        case given
        /// Nothing was said yet; the policy may still allow what is implied by the number given.
        case unasked
        /// Some purposes are refused.
        case limited
        /// Everything is refused.
        case stopped
    }

    /// sms, voice or email.
    package let channel: String
    package let word: Word

    package init(channel: String, word: Word) {
        self.channel = channel
        self.word = word
    }

    /// Texts always, calls and e-mail when something was said about them.
    package static func all(_ words: [ConsentSummary]) -> [ChannelStanding] {
        ["sms", "voice", "email"].compactMap { channel in
            let said = words.filter { $0.channel == channel }
            if said.isEmpty { return channel == "sms" ? ChannelStanding(channel: channel, word: .unasked) : nil }
            if said.contains(where: { $0.purpose == "*" && !$0.given }) {
                return ChannelStanding(channel: channel, word: .stopped)
            }
            let isWhole = said.allSatisfy(\.given)
            return ChannelStanding(channel: channel, word: isWhole ? .given : .limited)
        }
    }

    /// The key of its words in the catalogue.
    package var textKey: String { "consent.\(channel).\(word.rawValue)" }

    package var tone: String {
        switch word {
        case .given: "green"
        case .unasked: "grey"
        case .limited: "amber"
        case .stopped: "red"
        }
    }

    /// Nil: none.
    package var icon: String? {
        switch word {
        case .given: "check"
        case .unasked: nil
        case .limited: "alert"
        case .stopped: "cross"
        }
    }
}
