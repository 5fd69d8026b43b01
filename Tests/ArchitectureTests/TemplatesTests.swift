import Foundation
import JSON
import Kernel
import TestKit
import Testing
import Web

@Suite("Templates and texts")
struct TemplatesTests {
    private func templates() throws -> [Checkout.File] { try Checkout.files("Sources", ".mustache") }

    /// The line of a place in a text, from 1.
    private func line(_ index: String.Index, in text: String) -> Int {
        text[..<index].count { $0 == "\n" } + 1
    }

    @Test("every template has its texts and parses, and every text stands in both languages")
    func load() throws {
        let catalogue = try Catalogue(folders: Checkout.folders(named: "Strings"))
        let pages = try Pages(templateFolders: Checkout.folders(named: "Templates"), catalogue: catalogue)
        #expect(pages.names.count > 20)
    }

    @Test("every text that a template names exists in each language")
    func keys() throws {
        var texts: [String: Set<String>] = ["en": [], "es": []]
        for file in try Checkout.files("Sources", ".json") where file.path.contains("/Strings/") {
            let language = String(file.path.dropLast(".json".count).suffix(2))
            let value = try JSONValue(parsing: file.text)
            texts[language, default: []].formUnion(value.object?.members.map(\.key) ?? [])
        }
        for file in try templates() {
            for match in file.text.matches(of: /\[\[([^\]]*)\]\]/) {
                let key = String(match.output.1)
                for (language, keys) in texts {
                    #expect(
                        keys.contains(key),
                        "\(file.path):\(line(match.range.lowerBound, in: file.text)): no \(key) in \(language)")
                }
            }
        }
    }

    @Test("a text has the same places to fill in each language, and no template's tags")
    func places() throws {
        var places: [String: [String: [String]]] = [:]
        func collect(_ value: JSONValue, _ key: String, _ language: String) {
            if let text = value.string {
                #expect(!text.contains("{{"), "\(key) holds a template's tag")
                places[key, default: [:]][language] = Set(
                    text.matches(of: /\{([A-Za-z0-9_.]+)\}/).map { String($0.output.1) }
                )
                .sorted()
            }
            for member in value.object?.members ?? [] { collect(member.value, key + "." + member.key, language) }
        }
        for file in try Checkout.files("Sources", ".json") where file.path.contains("/Strings/") {
            collect(try JSONValue(parsing: file.text), file.target, String(file.path.dropLast(".json".count).suffix(2)))
        }
        for (key, languages) in places {
            // "One" may leave the number out.
            if key.hasSuffix(".one") { continue }
            #expect(languages["en"] == languages["es"], "\(key)")
        }
    }

    @Test("no template prints anything without escaping it")
    func unescaped() throws {
        for file in try templates() {
            for match in file.text.matches(of: /\{\{\{|\{\{\s*&/) {
                Issue.record("\(file.path):\(line(match.range.lowerBound, in: file.text)) prints without escaping")
            }
        }
    }

    @Test("no template holds a style, a script or a handler of its own: the content policy forbids them")
    func inline() throws {
        let forbidden = /(?i)<style\b|\sstyle\s*=|<script\b(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:/
        for file in try templates() {
            for match in file.text.matches(of: forbidden) {
                Issue.record("\(file.path):\(line(match.range.lowerBound, in: file.text)) has \(match.output)")
            }
        }
    }

    @Test("no template holds a text of its own, neither between tags nor in an attribute that is read out")
    func literals() throws {
        for file in try templates() {
            // Tags first: they hold `>`, and a value's name is no text. The block `ground` is the page's class; what stands
            // in `kbd` is the name of a key.
            let source = file.text.replacing(/\{\{\$ground\}\}[a-z ]*\{\{\/ground\}\}/, with: "")
                .replacing(/\{\{!.*?\}\}/.dotMatchesNewlines(), with: "").replacing(/\{\{.*?\}\}/, with: "")
                .replacing(/\[\[.*?\]\]/, with: "").replacing(/<!--.*?-->/.dotMatchesNewlines(), with: "")
                .replacing(/<kbd[^>]*>[A-Z]<\/kbd>/, with: "")
            for match in source.matches(of: /\s(?:title|alt|placeholder|aria-label|aria-description|label)="([^"]*)"/)
            where match.output.1.contains(where: \.isLetter) {
                Issue.record("\(file.path) says \"\(match.output.1)\" in an attribute")
            }
            let words = source.replacing(/<[^>]*>/, with: " ").replacing(/&[a-z0-9#]+;/, with: " ")
                .split(whereSeparator: \.isWhitespace).filter { $0.contains(where: \.isLetter) }
            #expect(words.isEmpty, "\(file.path) says \(words.joined(separator: " "))")
        }
    }
}
