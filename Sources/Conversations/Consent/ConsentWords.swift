// What a text says about being texted at all. A pure function of the text.
//
// 1. A text that is nothing but a stop word is honoured at once and always, in every language here; STOP, STOPALL,
//    UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE and OPTOUT are what carriers in the United States honour, and no policy can
//    take them away. START and HELP words likewise.
// 2. A sentence counts as certain when it asks for no more texts and for nothing else: what is left beside the asking is
//    little, nothing in it doubts ("but", "until", "today") and it is no question other than a request ("can you stop …?").
// 3. A sentence that asks for it among other things, or asks for less ("no more reminders"), is a suspicion: a person
//    decides.
// 4. What only looks alike ("stop by at 3?", "don't stop my medication", "take me off the waiting list") is nothing.
//
// Source of the words honoured always: CTIA Messaging Principles and Best Practices (2023), 5.1.3; 47 CFR 64.1200(a)(10)
// of 2025 names "stop", "quit", "end", "revoke", "opt out", "cancel" and "unsubscribe".

/// What was read.
package struct ConsentReading: Sendable, Equatable {
    package enum Wish: String, Sendable {
        case optOut = "opt-out", optIn = "opt-in", help
    }

    package enum Certainty: String, Sendable, Comparable {
        /// A person must decide.
        case suspected
        /// A sentence that can mean nothing else.
        case certain
        /// Nothing but the word for it.
        case keyword

        private var rank: Int {
            switch self {
            case .suspected: 0
            case .certain: 1
            case .keyword: 2
            }
        }

        package static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }
    }

    package let wish: Wish
    package let certainty: Certainty
    /// The language it was recognised in, BCP-47.
    package let language: String

    package init(_ wish: Wish, _ certainty: Certainty, _ language: String) {
        self.wish = wish
        self.certainty = certainty
        self.language = language
    }
}

package enum ConsentWords {
    /// What carriers honour, whatever the policy says.
    package static let always: Set<String> = [
        "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout",
    ]

    /// The languages in which more than a single word is understood.
    package static var languages: [String] { packs.map(\.code) }

    /// Longer texts are not read for this: who writes so much wants more than no texts.
    private static let longest = 320

    package static func read(_ text: String) -> ConsentReading? {
        guard text.utf8.count <= longest * 4, text.unicodeScalars.count <= longest else { return nil }
        let said = SaidWords(text)
        guard !said.words.isEmpty else { return nil }
        if let keyword = keyword(said) { return keyword }
        var found: ConsentReading?
        for pack in packs {
            guard let reading = pack.read(said) else { continue }
            if found.map({ $0.certainty < reading.certainty }) ?? true { found = reading }
            if reading.certainty == .certain { break }
        }
        return found
    }

    /// Whether it is one of the words that carriers honour, and nothing but that.
    package static func isAlwaysStop(_ text: String) -> Bool {
        guard text.utf8.count <= 60 else { return false }
        return always.contains(plain(SaidWords(text)))
    }

    private static func keyword(_ said: SaidWords) -> ConsentReading? {
        guard said.words.count <= 6 else { return nil }
        let text = plain(said)
        if always.contains(text) { return ConsentReading(.optOut, .keyword, "en") }
        return keywords[text]
    }

    /// Without words of courtesy, so that "STOP please" is still nothing but the word.
    private static func plain(_ said: SaidWords) -> String {
        let words = said.words.map(\.lower)
        let kept = words.filter { !courtesies.contains($0) }
        let text = kept.isEmpty ? words : kept
        // "STOP STOP STOP" is one STOP.
        return Set(text).count == 1 ? text[0] : text.joined(separator: " ")
    }

    private static let courtesies: Set<String> = [
        "please", "pls", "plz", "thanks", "thank", "you", "thx", "por", "favor", "porfa", "gracias", "merci", "bitte",
        "danke", "obrigado", "obrigada", "grazie", "proszę", "prosze", "dziękuję", "пожалуйста", "спасибо", "شكرا",
        "कृपया", "धन्यवाद", "请", "請", "谢谢", "po", "salamat", "paki", "tanpri", "mèsi", "mesi", "ạ", "svp", "stp",
    ]

    private static let packs: [WordPack] = WordPacks.all.map(WordPack.init)

    private static let keywords: [String: ConsentReading] = {
        var keywords: [String: ConsentReading] = [:]
        for pack in packs {
            for (wish, words) in [
                (ConsentReading.Wish.optOut, pack.stops), (.optIn, pack.starts), (.help, pack.helps),
            ] {
                for word in words {
                    let text = SaidWords(word).words.map(\.lower).joined(separator: " ")
                    // The first language that has it names it; an opt-out comes before any other reading.
                    if keywords[text] == nil { keywords[text] = ConsentReading(wish, .keyword, pack.code) }
                }
            }
        }
        return keywords
    }()
}
