/// A text cut into lower-case words without accents, each with whether a thought begins with it.
struct TextWord: Sendable, Equatable {
    let text: String
    /// A mark that ends a thought stands before it, or nothing does.
    let begins: Bool
}

/// A place among the words of a text.
struct TextCursor {
    let words: [TextWord]
    var at = 0

    /// The word so many places on, or back, as long as it belongs to the same thought; empty otherwise.
    func word(_ offset: Int) -> String {
        let place = at + offset
        guard words.indices.contains(place) else { return "" }
        let between = min(at, place) + 1..<max(at, place) + 1
        return words[between].contains(where: \.begins) ? "" : words[place].text
    }
}

enum TextWords {
    /// At most this many words are looked at.
    private static let limit = 400

    /// Words are letters and digits; an apostrophe joins what it stands in ("can't" is `cant`), a point or a colon
    /// between digits belongs to the number.
    static func of(_ text: String) -> [TextWord] {
        let plain = text.lowercased().replacing("a.m.", with: "am").replacing("p.m.", with: "pm")
        let scalars = Array(plain.unicodeScalars)
        var words: [TextWord] = []
        var current = String.UnicodeScalarView()
        var begins = true
        func end() {
            if current.isEmpty { return }
            words.append(TextWord(text: String(current), begins: begins))
            current = String.UnicodeScalarView()
            begins = false
        }
        for (index, scalar) in scalars.enumerated() where words.count < limit {
            if scalar.properties.isAlphabetic || isDigit(scalar) {
                current.append(folded(scalar))
            } else if scalar == "'" || scalar == "\u{2019}" || scalar.properties.generalCategory == .nonspacingMark {
                continue
            } else if scalar == "." || scalar == ":", let last = current.last, isDigit(last),
                index + 1 < scalars.count, isDigit(scalars[index + 1])
            {
                current.append(":")
            } else {
                end()
                if ends.contains(scalar) { begins = true }
            }
        }
        end()
        return words
    }

    /// Words that stand for themselves in code: split at white space.
    static func set(_ words: String) -> Set<String> {
        Set(words.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    private static let ends: Set<Unicode.Scalar> = [".", ",", ";", "!", "?", ":", "\n", "¿", "¡", "(", ")", "–", "—"]

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 48 && scalar.value <= 57 }

    /// Without the accents of Spanish and its neighbours.
    private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "á", "à", "â", "ä", "ã", "å": "a"
        case "é", "è", "ê", "ë": "e"
        case "í", "ì", "î", "ï": "i"
        case "ó", "ò", "ô", "ö", "õ": "o"
        case "ú", "ù", "û", "ü": "u"
        case "ñ": "n"
        case "ç": "c"
        default: scalar
        }
    }
}
