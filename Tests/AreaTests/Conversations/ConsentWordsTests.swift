import Conversations
import Foundation
import Testing

@Suite("what a text says about being texted")
struct ConsentWordsTests {
    private struct Line: Sendable {
        let label: String
        let language: String
        let text: String
    }

    private func corpus(_ name: String) throws -> [Line] {
        let path = ShippedDefinitions.root + "/Tests/data/\(name).txt"
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { line in
                let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
                try #require(parts.count == 3, "\(line)")
                return Line(label: parts[0], language: parts[1], text: parts[2])
            }
    }

    private func label(_ text: String) -> String {
        guard let reading = ConsentWords.read(text) else { return "none" }
        switch reading.wish {
        case .optOut: return reading.certainty == .suspected ? "maybe" : "stop"
        case .optIn: return "start"
        case .help: return "help"
        }
    }

    private struct Figures {
        var acted = 0, right = 0, stops = 0, stopsActed = 0, stopsHeard = 0, none = 0, shown = 0

        var precision: Double { acted == 0 ? 1 : Double(right) / Double(acted) }
        var recall: Double { Double(stopsActed) / Double(max(1, stops)) }
        var heard: Double { Double(stopsHeard) / Double(max(1, stops)) }
        var falseShown: Double { Double(shown) / Double(max(1, none)) }
    }

    private func measure(_ lines: [Line]) -> Figures {
        var figures = Figures()
        for line in lines {
            let read = label(line.text)
            if read == "stop" {
                figures.acted += 1
                if line.label == "stop" { figures.right += 1 }
            }
            if line.label == "stop" {
                figures.stops += 1
                if read == "stop" { figures.stopsActed += 1 }
                if read == "stop" || read == "maybe" { figures.stopsHeard += 1 }
            }
            if line.label == "none" {
                figures.none += 1
                if read == "maybe" { figures.shown += 1 }
            }
        }
        return figures
    }

    private func say(_ name: String, _ figures: Figures) {
        func percent(_ value: Double) -> String { String(format: "%.1f %%", value * 100) }
        print(
            "opt-outs, \(name): precision \(percent(figures.precision)), recall \(percent(figures.recall)), "
                + "heard \(percent(figures.heard)), shown to a person though about something else "
                + percent(figures.falseShown))
    }

    @Test("the corpus the rules were made with is read right: hundreds of phrases in at least twelve languages")
    func corpus() throws {
        let lines = try corpus("opt-out-corpus")
        #expect(lines.count > 600)
        let languages = Set(lines.filter { $0.label == "stop" }.map(\.language))
        #expect(languages.count >= 12)
        for language in languages {
            let own = lines.filter { $0.language == language }
            #expect(own.filter { $0.label == "stop" }.count >= 9, "\(language)")
            #expect(own.filter { $0.label == "none" }.count >= 4, "\(language)")
            let figures = measure(own)
            #expect(figures.precision >= 0.95, "\(language)")
            #expect(figures.recall >= 0.95, "\(language)")
        }
        let figures = measure(lines)
        say("corpus of \(lines.count)", figures)
        #expect(figures.precision >= 0.99)
        #expect(figures.recall >= 0.98)
        #expect(figures.falseShown <= 0.03)
        for line in lines where line.label == "start" || line.label == "help" {
            #expect(label(line.text) == line.label, "\(line.text)")
        }
        // What is uncertain is never acted on by itself, and mostly shown.
        let maybes = lines.filter { $0.label == "maybe" }
        #expect(!maybes.contains { label($0.text) == "stop" })
        #expect(maybes.filter { label($0.text) == "maybe" }.count * 10 >= maybes.count * 9)
    }

    @Test("phrases no rule was made for: what is acted on is right, and most of the rest reaches a person")
    func heldOut() throws {
        let lines = try corpus("opt-out-heldout")
        let figures = measure(lines)
        say("held out, \(lines.count)", figures)
        #expect(figures.precision >= 0.95)
        #expect(figures.recall >= 0.5)
        #expect(figures.heard >= 0.65)
        #expect(figures.falseShown <= 0.1)
    }

    @Test(
        "what carriers honour is always honoured, with courtesy and marks",
        arguments: ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
    func always(word: String) {
        for text in [word, word.lowercased(), "  \(word)!! ", "\(word) please", "\"\(word)\"", "\(word). Thank you"] {
            #expect(ConsentWords.isAlwaysStop(text), "\(text)")
            #expect(ConsentWords.read(text)?.certainty == .keyword, "\(text)")
        }
        #expect(!ConsentWords.isAlwaysStop("\(word) my appointment"))
    }

    @Test(
        "a text of any shape is read without harm",
        arguments: [
            "", "   ", "\u{0301}\u{0301}", "😀", "?", String(repeating: "stop ", count: 400),
            String(repeating: "不", count: 300), "\u{0000}", "'", "''''", "don't",
            "不要再发短信" + String(repeating: "的", count: 200),
        ])
    func shapes(text: String) {
        _ = ConsentWords.read(text)
        _ = ConsentWords.isAlwaysStop(text)
    }
}
