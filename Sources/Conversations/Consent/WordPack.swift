/// How one language asks for no more texts. Made from lines of text (`WordPacks`):
///
/// | line | what it says |
/// |---|---|
/// | `stop:` `start:` `help:` | words that are the whole text, separated by commas |
/// | `filler:` | words that add nothing |
/// | `request:` | words that make a question a request: "can you …?" |
/// | `not:` | words that turn the asking round when they stand before it |
/// | `doubt:` | words that leave it to a person |
/// | `void:` | phrases that make it something else |
/// | `+` | a phrase that asks for no more texts |
/// | `~` | a phrase that may ask for it |
/// | `=` `-` | the same for scripts without spaces: letters in a row |
///
/// A phrase is words in a row: `a|b` either, `a*` whatever begins so, `?a` or none, `..` up to three words between,
/// `^` at the beginning of a thought, `$` at its end.
struct WordPack: Sendable {
    let code: String
    private(set) var stops: [String] = []
    private(set) var starts: [String] = []
    private(set) var helps: [String] = []
    private var fillers: Set<String> = []
    private var requests: Set<String> = []
    private var negations: Set<String> = []
    private var doubts: Set<String> = []
    private var voids: [Phrase] = []
    private var certain: [Phrase] = []
    private var suspected: [Phrase] = []
    private var certainRuns: [String] = []
    private var suspectedRuns: [String] = []
    private var voidRuns: [String] = []
    private var doubtRuns: [String] = []
    /// Which phrases begin with a word, by the word without accents: most texts have none of them.
    private var asking: [String: [Int]] = [:]
    private var voiding: [String: [Int]] = [:]

    /// What may stand beside the asking: more, and a person decides.
    private static let allowance = 4
    private static let letterAllowance = 12

    init(_ source: String) {
        var lines = source.split(separator: "\n").map(String.init)
        code = lines.removeFirst()
        for line in lines { read(line) }
        for (number, phrase) in (certain + suspected).enumerated() {
            for word in phrase.triggers { asking[word, default: []].append(number) }
        }
        for (number, phrase) in voids.enumerated() {
            for word in phrase.triggers { voiding[word, default: []].append(number) }
        }
    }

    private mutating func read(_ line: String) {
        let body = String(line.drop { $0 != " " }.dropFirst())
        func list() -> [String] {
            body.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }
        }
        func set() -> Set<String> {
            Set(
                body.split { $0 == " " || $0 == "," }.flatMap { word -> [String] in
                    let word = SaidWords.Word(SaidWords(String(word)).words.map(\.lower).joined())
                    return [word.lower, word.folded]
                })
        }
        switch line.prefix(while: { $0 != " " }) {
        case "stop:": stops += list()
        case "start:": starts += list()
        case "help:": helps += list()
        case "filler:": fillers.formUnion(set())
        case "request:": requests.formUnion(set())
        case "not:": negations.formUnion(set())
        case "doubt:": doubts.formUnion(set())
        case "void:": voids += list().map(Phrase.init)
        case "+": certain.append(Phrase(body))
        case "~": suspected.append(Phrase(body))
        case "=": certainRuns += list()
        case "-": suspectedRuns += list()
        case "voidrun:": voidRuns += list()
        case "doubtrun:": doubtRuns += list()
        default: preconditionFailure("no such line in a word pack: \(line)")
        }
    }

    func read(_ said: SaidWords) -> ConsentReading? {
        if let certainty = readRuns(said) { return ConsentReading(.optOut, certainty, code) }
        let asked = Self.numbers(asking, said.words)
        guard !asked.isEmpty else { return nil }
        if Self.numbers(voiding, said.words).contains(where: { !voids[$0].matches(in: said.words, fillers).isEmpty }) {
            return nil
        }
        var may = false
        for number in asked {
            let isCertainPhrase = number < certain.count
            let phrase = isCertainPhrase ? certain[number] : suspected[number - certain.count]
            for match in phrase.matches(in: said.words, fillers) {
                if isCertainPhrase, isCertain(match, said) { return ConsentReading(.optOut, .certain, code) }
                may = may || !isTurned(match, said.words)
            }
        }
        return may ? ConsentReading(.optOut, .suspected, code) : nil
    }

    /// The phrases of which a first word was said.
    private static func numbers(_ phrases: [String: [Int]], _ words: [SaidWords.Word]) -> [Int] {
        var found: [Int] = []
        for word in words {
            for number in phrases[word.folded] ?? [] where !found.contains(number) { found.append(number) }
        }
        return found
    }

    private func isCertain(_ match: Range<Int>, _ said: SaidWords) -> Bool {
        let words = said.words
        if isTurned(match, words) { return false }
        let outside = words.indices.filter { !match.contains($0) }
        if outside.contains(where: { has(doubts, words[$0]) }) { return false }
        let before = words[..<match.lowerBound]
        if said.asks, !before.contains(where: { has(requests, $0) }) { return false }
        let left = outside.filter { !has(fillers, words[$0]) && !has(requests, words[$0]) }
        return left.count <= Self.allowance
    }

    /// "don't stop texting me": the asking is turned round by a word just before it, in the same thought.
    private func isTurned(_ match: Range<Int>, _ words: [SaidWords.Word]) -> Bool {
        var index = match.lowerBound
        var seen = 0
        while index > 0, seen < 2, !words[index].startsClause {
            index -= 1
            if has(negations, words[index]) { return true }
            if !has(fillers, words[index]) { seen += 1 }
        }
        return false
    }

    private func has(_ set: Set<String>, _ word: SaidWords.Word) -> Bool {
        set.contains(word.lower) || (word.isPlain && set.contains(word.folded))
    }

    private func readRuns(_ said: SaidWords) -> ConsentReading.Certainty? {
        // Looking for runs is slow, and few texts need it.
        guard said.isWide, !certainRuns.isEmpty || !suspectedRuns.isEmpty else { return nil }
        if voidRuns.contains(where: said.run.contains) { return nil }
        if let match = certainRuns.filter(said.run.contains).max(by: { $0.count < $1.count }) {
            let isShort = said.run.count - match.count <= Self.letterAllowance
            let doubts = doubtRuns.contains { said.run.contains($0) && !match.contains($0) }
            return isShort && !doubts && !said.asks ? .certain : .suspected
        }
        return suspectedRuns.contains(where: said.run.contains) ? .suspected : nil
    }
}

/// Words in a row, with the little that phrases need.
struct Phrase: Sendable {
    private enum Element: Sendable {
        case words([Choice], isOptional: Bool)
        case gap
        case begin, end
    }

    private struct Choice: Sendable {
        let word: SaidWords.Word
        let isPrefix: Bool

        func matches(_ other: SaidWords.Word) -> Bool {
            guard isPrefix else { return word.isSame(as: other) }
            return other.lower.hasPrefix(word.lower)
                || ((other.isPlain || word.isPlain) && other.folded.hasPrefix(word.folded))
        }
    }

    private let elements: [Element]
    let triggers: Set<String>

    init(_ text: String) {
        elements = text.split(separator: " ").map { part in
            switch part {
            case "..": return .gap
            case "^": return .begin
            case "$": return .end
            default: break
            }
            let isOptional = part.hasPrefix("?")
            let choices = (isOptional ? part.dropFirst() : part).split(separator: "|").map { choice in
                let isPrefix = choice.hasSuffix("*")
                let plain = String(isPrefix ? choice.dropLast() : choice)
                return Choice(
                    word: SaidWords.Word(SaidWords(plain).words.map(\.lower).joined()), isPrefix: isPrefix)
            }
            return .words(choices, isOptional: isOptional)
        }
        let first = elements.first {
            if case .words = $0 { return true }
            return false
        }
        guard case .words(let choices, isOptional: false)? = first, choices.allSatisfy({ !$0.isPrefix }) else {
            preconditionFailure("a phrase begins with whole words: \(text)")
        }
        triggers = Set(choices.map(\.word.folded))
    }

    /// Where it stands.
    func matches(in words: [SaidWords.Word], _ fillers: Set<String>) -> [Range<Int>] {
        words.indices.compactMap { start in
            guard let end = match(0, start, start, words, fillers) else { return nil }
            return start..<end
        }
    }

    private func match(
        _ element: Int, _ index: Int, _ start: Int, _ words: [SaidWords.Word], _ fillers: Set<String>
    ) -> Int? {
        guard element < elements.count else { return index }
        switch elements[element] {
        case .begin:
            var at = index
            while at > 0, !words[at].startsClause {
                at -= 1
                guard fillers.contains(words[at].lower) else { return nil }
            }
            return match(element + 1, index, start, words, fillers)
        case .end:
            var at = index
            while at < words.count, !words[at].startsClause {
                guard fillers.contains(words[at].lower) else { return nil }
                at += 1
            }
            return match(element + 1, index, start, words, fillers)
        case .gap:
            for skipped in 0...3 where index + skipped <= words.count {
                if skipped > 0, words[index + skipped - 1].startsClause { return nil }
                if let end = match(element + 1, index + skipped, start, words, fillers) { return end }
            }
            return nil
        case .words(let choices, let isOptional):
            if index < words.count, index == start || !words[index].startsClause,
                choices.contains(where: { $0.matches(words[index]) }),
                let end = match(element + 1, index + 1, start, words, fillers)
            {
                return end
            }
            return isOptional ? match(element + 1, index, start, words, fillers) : nil
        }
    }
}
