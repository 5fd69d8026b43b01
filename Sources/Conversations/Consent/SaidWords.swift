/// A text cut into lower-case words for reading what it says about being texted, in any script.
///
/// Words keep their accents and have a form without them beside: who types none is understood, and who types them is
/// not taken for another word (Vietnamese "đúng", right, and "dừng", stop).
struct SaidWords: Sendable {
    struct Word: Sendable {
        let lower: String
        /// Without accents.
        let folded: String
        let isPlain: Bool
        /// Whether a mark that ends a thought stands before it.
        let startsClause: Bool

        init(_ lower: String, startsClause: Bool = false) {
            self.lower = lower
            self.startsClause = startsClause
            isPlain = lower.utf8.allSatisfy { $0 < 128 }
            folded = isPlain ? lower : String(lower.map { Letters.plain[$0] ?? $0 })
        }

        /// The same word, when one of the two was written without accents.
        func isSame(as other: Word) -> Bool {
            lower == other.lower || ((isPlain || other.isPlain) && folded == other.folded)
        }
    }

    let words: [Word]
    /// All letters in a row, for scripts that put no spaces between words.
    let run: String
    /// Whether there are letters of such a script.
    let isWide: Bool
    let asks: Bool

    init(_ text: String) {
        var words: [Word] = []
        var current = ""
        var clause = true
        var run = ""
        var asks = false
        let letters = Array(text.lowercased())
        func finish() {
            guard !current.isEmpty else { return }
            words.append(Word(Self.settled(current), startsClause: clause))
            current = ""
            clause = false
        }
        for (index, letter) in letters.enumerated() {
            if letter.isLetter || letter.isNumber || Letters.isSign(letter) {
                for part in Letters.settled(letter) { current.append(part) }
                run.append(letter)
            } else if Letters.apostrophes.contains(letter) {
                if !Self.isContraction(letters[(index + 1)...]) { finish() }
            } else {
                finish()
                if "?？؟¿".contains(letter) { asks = true }
                if ".,;:!?…\n()。，！？、؟،।¿¡—\"".contains(letter) { clause = true }
            }
        }
        finish()
        self.words = words
        self.run = run
        isWide = text.unicodeScalars.contains { $0.value >= 0x3040 }
        self.asks = asks
    }

    /// "stoppp" is "stop": three letters alike in a row are one.
    private static func settled(_ word: String) -> String {
        let letters = Array(word)
        var result = ""
        var index = 0
        while index < letters.count {
            var end = index
            while end < letters.count, letters[end] == letters[index] { end += 1 }
            let isLong = end - index >= 3 && letters[index].isLetter
            for _ in 0..<(isLong ? 1 : end - index) { result.append(letters[index]) }
            index = end
        }
        return result
    }

    /// "don't", "I'm", "they're": one word; "m'envoyez": two.
    private static func isContraction(_ rest: ArraySlice<Character>) -> Bool {
        let tail = String(rest.prefix { $0.isLetter })
        return ["t", "s", "m", "d", "re", "ve", "ll"].contains(tail)
    }
}

enum Letters {
    static let apostrophes: Set<Character> = ["'", "’", "ʼ", "`"]

    /// A letter as it is compared: Arabic and Russian spellings of one sound are one.
    static func settled(_ letter: Character) -> String {
        switch letter {
        case "أ", "إ", "آ": return "ا"
        case "ى": return "ي"
        case "ة": return "ه"
        case "ё": return "е"
        case "ـ": return ""
        default: break
        }
        // Arabic vowel signs stand on the letter and are left out.
        let scalars = letter.unicodeScalars.filter { !(0x064B...0x0652).contains($0.value) }
        if scalars.count == letter.unicodeScalars.count { return String(letter) }
        return String(String.UnicodeScalarView(scalars))
    }

    /// A sign that belongs to a word though it is no letter: a vowel sign by itself.
    static func isSign(_ letter: Character) -> Bool {
        guard let first = letter.unicodeScalars.first else { return false }
        switch first.properties.generalCategory {
        case .nonspacingMark, .spacingMark: return true
        default: return false
        }
    }

    static let plain: [Character: Character] = {
        let rows: [(Character, String)] = [
            ("a", "áàâäãåāăąạảấầẩẫậắằẳẵặ"), ("c", "çćč"), ("d", "đď"), ("e", "éèêëēęěẹẻẽếềểễệ"), ("i", "íìîïīįịỉĩ"),
            ("l", "ł"), ("n", "ñńň"), ("o", "óòôöõōőøọỏốồổỗộớờởỡợơ"), ("s", "śšş"), ("u", "úùûüũūůűụủưứừửữự"),
            ("y", "ýỳỷỹỵÿ"), ("z", "źżž"), ("g", "ğ"), ("r", "ř"), ("t", "ť"),
        ]
        var plain: [Character: Character] = [:]
        for (letter, accented) in rows {
            for character in accented { plain[character] = letter }
        }
        return plain
    }()
}
