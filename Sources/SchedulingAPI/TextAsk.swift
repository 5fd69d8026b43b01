package import Kernel
import Vault

/// One thing that somebody wants of their visits, in their own words.
package struct TextAsk: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case book, move, cancel
    }

    package let kind: Kind
    /// Whose number, and nobody else's, it was written from.
    package let patient: ID<Patient>
    /// What was opened for it.
    package let need: ID<Need>
    package let number: PhoneNumber
    package let words: String

    package init(kind: Kind, patient: ID<Patient>, need: ID<Need>, number: PhoneNumber, words: String) {
        self.kind = kind
        self.patient = patient
        self.need = need
        self.number = number
        self.words = words
    }
}

/// What somebody wrote while needs of theirs are open.
package struct TextSaid: Sendable {
    package let words: String
    /// Thanks or a greeting, and nothing else.
    package let isCourtesy: Bool
    /// The open needs of the conversation that nobody has in hand.
    package let needs: [ID<Need>]

    package init(words: String, isCourtesy: Bool, needs: [ID<Need>]) {
        self.words = words
        self.isCourtesy = isCourtesy
        self.needs = needs
    }
}
