/// A text cut into lower-case words without accents, with their places, so that rules match what people really type.
struct PlainWords: Sendable {
    struct Word: Sendable {
        let text: String
        /// Where it stands in the original text.
        let range: Range<String.Index>
        /// Whether a mark that ends a thought stands before it: `. , ; ! ? :` or a line break.
        let startsClause: Bool
    }

    let source: String
    let words: [Word]

    /// At most this many words are looked at: a text message has 1,600 characters.
    static let limit = 400

    init(_ source: String) {
        self.source = source
        var words: [Word] = []
        var current = ""
        var begin = source.startIndex
        var clause = true
        var index = source.startIndex
        func isPart(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isAlphabetic || (scalar.value >= 48 && scalar.value <= 57) || scalar == "$"
        }
        let scalars = source.unicodeScalars
        while index < source.endIndex, words.count < Self.limit {
            let scalar = scalars[index]
            let next = scalars.index(after: index)
            if isPart(scalar) {
                if current.isEmpty { begin = index }
                current.unicodeScalars.append(contentsOf: Self.fold(scalar))
            } else if scalar == "'" || scalar == "\u{2019}" || scalar.properties.generalCategory == .nonspacingMark {
                // can't → cant; a combining accent is dropped.
            } else if !current.isEmpty, scalar == "." || scalar == ":", next < source.endIndex,
                current.last?.isNumber == true, scalars[next].properties.numericType != nil
            {
                current.unicodeScalars.append(scalar)
            } else {
                if !current.isEmpty {
                    words.append(Word(text: current, range: begin..<index, startsClause: clause))
                    current = ""
                    clause = false
                }
                if Self.endsClause(scalar) { clause = true }
            }
            index = next
        }
        if !current.isEmpty { words.append(Word(text: current, range: begin..<index, startsClause: clause)) }
        self.words = words
    }

    var isEmpty: Bool { words.isEmpty }

    /// The original text of some words and what stands between them.
    func text(of range: Range<Int>) -> String {
        guard !range.isEmpty else { return "" }
        return String(source[words[range.lowerBound].range.lowerBound..<words[range.upperBound - 1].range.upperBound])
    }

    /// The plain words in a row, joined by single spaces.
    var joined: String { words.map(\.text).joined(separator: " ") }

    private static func endsClause(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", ",", ";", "!", "?", ":", "\n", "¿", "¡", "(", ")": true
        default: false
        }
    }

    /// Lower case, without the accents of Spanish and its neighbours.
    private static func fold(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
        if scalar.isASCII {
            let value = scalar.value
            return String.UnicodeScalarView([value >= 65 && value <= 90 ? Unicode.Scalar(UInt8(value + 32)) : scalar])
        }
        let lower = scalar.properties.lowercaseMapping.unicodeScalars
        return String.UnicodeScalarView(
            lower.map { scalar in
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
            })
    }
}
