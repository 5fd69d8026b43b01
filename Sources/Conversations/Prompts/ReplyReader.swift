import Kernel
package import StudioAPI
import Synchronization

// What a short reply means, and what it answers.
//
// - A reply is a keyword only when it is nothing but that: "yes" is one, "yes but later" is read by a person. Case,
//   accents, punctuation and words of courtesy do not count.
// - STOP wins over every other reading.
// - A yes answers the last prompt sent to that number that nobody answered yet. A newer prompt about the same visit
//   takes the place of the older one.
// - When prompts about several visits wait, nobody guesses: a numbered question is sent that names no one, and the next
//   digit answers it.
// - A no changes nothing by itself: what somebody means by "X" is asked by a person, so a need is opened for it.

/// The keywords of a consent policy, folded once.
package struct ReplyWords: Sendable {
    /// What a reply says; a bare number (1…99) may be a keyword too: "1" is a yes until a numbered question was asked.
    package struct Meaning: Sendable, Equatable {
        package let keyword: ReplyMeaning?
        package let number: Int?

        package init(keyword: ReplyMeaning?, number: Int? = nil) {
            self.keyword = keyword
            self.number = number
        }
    }

    private let meanings: [String: ReplyMeaning]
    /// Words that change nothing: "STOP please".
    private static let courtesies: Set<String> = [
        "please", "pls", "thanks", "thank", "you", "por", "favor", "porfa", "gracias",
    ]

    package init(_ policy: ConsentPolicyDefinition) {
        var meanings: [String: ReplyMeaning] = [:]
        for meaning in ReplyMeaning.allCases {
            for words in policy.keywords.values {
                for word in words[meaning] {
                    let folded = ReplyKeywords.folded(word)
                    // The first meaning stays: an opt-out comes before any other reading.
                    if meanings[folded] == nil { meanings[folded] = meaning }
                }
            }
        }
        self.meanings = meanings
    }

    package func meaning(of text: String) -> Meaning? {
        // A keyword with courtesies is short; a long text is never folded.
        guard text.utf8.count <= 60 else { return nil }
        let words = ReplyKeywords.folded(text).split(separator: " ").filter { !Self.courtesies.contains(String($0)) }
        guard !words.isEmpty, words.count <= 4 else { return nil }
        let plain = words.joined(separator: " ")
        let number = plain.utf8.count <= 2 ? Int(plain).flatMap { $0 > 0 ? $0 : nil } : nil
        let keyword = meanings[plain]
        return keyword == nil && number == nil ? nil : Meaning(keyword: keyword, number: number)
    }
}

/// A prompt that waits for an answer.
package struct WaitingPrompt: Sendable, Equatable {
    package let id: Int64
    package let appointment: Int64
    /// The number it has in a question that was asked, nil when none was.
    package let choice: Int?

    package init(id: Int64, appointment: Int64, choice: Int?) {
        self.id = id
        self.appointment = appointment
        self.choice = choice
    }
}

package enum PromptAnswer: Sendable, Equatable {
    /// The visit of this prompt is confirmed.
    case confirm(prompt: Int64)
    /// Which one? Prompts in the order in which they are numbered, the soonest visit first.
    case ask([Int64])
    /// Somebody must ask what is meant; the prompts it may be about.
    case flag([Int64])
    /// Not an answer to a prompt: a message like any other.
    case none
}

package enum PromptRules {
    /// `waiting`: unanswered prompts of the number about visits that are still to come, soonest visit first, one per
    /// visit.
    package static func answer(_ meaning: ReplyWords.Meaning?, waiting: [WaitingPrompt]) -> PromptAnswer {
        guard let meaning, !waiting.isEmpty else { return .none }
        let numbered = waiting.filter { $0.choice != nil }
        let asked = !numbered.isEmpty
        // A numbered question is the newest, so that it alone is meant.
        let meant = (asked ? numbered : waiting).map(\.id)
        if asked, let number = meaning.number {
            return waiting.first { $0.choice == number }.map { .confirm(prompt: $0.id) } ?? .none
        }
        switch meaning.keyword {
        case .confirm:
            if waiting.count == 1 { return .confirm(prompt: waiting[0].id) }
            // Asked once and still no number: a person takes over.
            return asked ? .flag(meant) : .ask(meant)
        case .decline:
            return .flag(meant)
        case .optOut, .optIn, .help, nil:
            return .none
        }
    }
}

/// Reply words by tenant, made anew when the configuration changes. Bounded: one entry a tenant.
final class ReplyWordsCache: Sendable {
    private let entries = Mutex<[ID<Tenant>: (revision: Int, words: ReplyWords)]>([:])

    func words(_ tenant: ID<Tenant>, _ configuration: Configuration, _ policy: ConsentPolicyDefinition) -> ReplyWords {
        if let entry = entries.withLock({ $0[tenant] }), entry.revision == configuration.revision { return entry.words }
        let words = ReplyWords(policy)
        entries.withLock { $0[tenant] = (configuration.revision, words) }
        return words
    }
}
