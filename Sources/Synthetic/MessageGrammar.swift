/// What an inbound message is about.
package enum MessageIntent: String, Sendable, CaseIterable {
    case reschedule, refill, newVisit, insuranceChange, billQuestion, directions, thanks, runningLate, stop
}

/// Templates with slots. A line is `key: alternative | alternative …`; `{key}` inside stands for one alternative of that
/// line, `{name}` for the person's name. Keys of English begin with `en.`, of Spanish with `es.`; slots of the same
/// language are named without it. Read once.
struct MessageGrammar: Sendable {
    private enum Piece: Sendable {
        case text([UInt8])
        case slot(Int)
        case name
    }

    enum Language: String, CaseIterable { case en, es }
    enum Part: String, CaseIterable { case inbound, reply }

    private var rules: [[[Piece]]] = []
    private var inbound: [[Int]] = []
    private var replies: [[Int]] = []

    init() {
        for language in Language.allCases {
            let lines = (language == .en ? MessageGrammar.english : MessageGrammar.spanish).split(separator: "\n")
            var numbers: [Substring: Int] = [:]
            for (offset, line) in lines.enumerated() {
                guard let colon = line.firstIndex(of: ":") else { preconditionFailure("a rule has a key: \(line)") }
                numbers[line[..<colon]] = rules.count + offset
            }
            for line in lines {
                guard let colon = line.firstIndex(of: ":") else { preconditionFailure("a rule has a key: \(line)") }
                let body = line[line.index(after: colon)...]
                rules.append(body.split(separator: "|").map { MessageGrammar.pieces($0, numbers: numbers) })
            }
            inbound.append(MessageIntent.allCases.map { MessageGrammar.number($0.rawValue, numbers) })
            replies.append(MessageIntent.allCases.map { MessageGrammar.number("reply." + $0.rawValue, numbers) })
        }
    }

    private static func number(_ key: String, _ numbers: [Substring: Int]) -> Int {
        guard let number = numbers[key[...]] else { preconditionFailure("the grammar has no rule \(key)") }
        return number
    }

    private static func pieces(_ alternative: Substring, numbers: [Substring: Int]) -> [Piece] {
        var pieces: [Piece] = []
        var rest = alternative.drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { preconditionFailure("open slot: \(rest)") }
            if open > rest.startIndex { pieces.append(.text(Array(rest[..<open].utf8))) }
            let key = rest[rest.index(after: open)..<close]
            pieces.append(key == "name" ? .name : .slot(number(String(key), numbers)))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(Array(rest.utf8))) }
        return pieces
    }

    /// UTF-8 of one text.
    func text(
        _ part: Part, of intent: MessageIntent, in language: Language, name: String, draw: inout SeededDraw
    ) -> [UInt8] {
        let table = part == .inbound ? inbound : replies
        guard let row = Language.allCases.firstIndex(of: language),
            let at = MessageIntent.allCases.firstIndex(of: intent)
        else { preconditionFailure("every language and intent has its rules") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        expand(table[row][at], name: name, into: &bytes, draw: &draw)
        return bytes
    }

    private func expand(_ rule: Int, name: String, into bytes: inout [UInt8], draw: inout SeededDraw) {
        for piece in draw.pick(rules[rule]) {
            switch piece {
            case .text(let text): bytes.append(contentsOf: text)
            case .slot(let number): expand(number, name: name, into: &bytes, draw: &draw)
            case .name: bytes.append(contentsOf: name.utf8)
            }
        }
    }
}
