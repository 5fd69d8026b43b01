import Foundation
import JSON
package import Kernel

/// Every text the product shows, by key and language. Templates hold keys only; a missing text fails at start.
package struct Catalogue: Sendable {
    private enum Text: Sendable {
        case plain(String)
        case counted(one: String, other: String)
    }

    private let texts: [Language: [String: Text]]

    /// Reads `en.json`, `es.json` and `NAME.en.json`, `NAME.es.json` of each folder. Throws when a key stands in one language only, or twice.
    package init(folders: [String]) throws {
        var texts: [Language: [String: Text]] = [:]
        for language in Language.allCases {
            var table: [String: Text] = [:]
            for file in try Self.files(folders, language) {
                guard let data = FileManager.default.contents(atPath: file) else {
                    throw Fault(.unavailable, "strings.missing", "A string catalogue is missing.", place: file)
                }
                let value: JSONValue
                do {
                    value = try JSONValue(parsing: Array(data))
                } catch {
                    throw Fault(
                        .internalError, "strings.json", "A string catalogue is not valid: \(error)", place: file)
                }
                for member in value.object?.members ?? [] {
                    guard table[member.key] == nil else {
                        throw Fault(
                            .internalError, "strings.twice", "The text \(member.key) stands twice.", place: file)
                    }
                    if let plain = member.value.string {
                        table[member.key] = .plain(plain)
                    } else if let one = member.value["one"]?.string, let other = member.value["other"]?.string {
                        table[member.key] = .counted(one: one, other: other)
                    } else {
                        throw Fault(
                            .internalError, "strings.shape", "The text \(member.key) has no known shape.", place: file)
                    }
                }
            }
            texts[language] = table
        }
        self.texts = texts
        let english = Set(texts[.english]?.keys.map { $0 } ?? [])
        for language in Language.allCases {
            let other = Set(texts[language]?.keys.map { $0 } ?? [])
            if let missing = english.symmetricDifference(other).min() {
                throw Fault(.internalError, "strings.incomplete", "The text \(missing) is missing in one language.")
            }
        }
    }

    /// `en.json` holds the words of templates; `phrases.en.json` and whatever else ends so, one file a capability, those
    /// that the server puts together.
    private static func files(_ folders: [String], _ language: Language) throws -> [String] {
        try folders.flatMap { folder in
            do {
                let ending = ".\(language.rawValue).json"
                return ["\(folder)/\(language.rawValue).json"]
                    + (try FileManager.default.contentsOfDirectory(atPath: folder)).filter { $0.hasSuffix(ending) }
                    .sorted().map { "\(folder)/\($0)" }
            } catch {
                throw Fault(
                    .unavailable, "strings.missing", "A string catalogue is missing.", place: folder, cause: error)
            }
        }
    }

    package func has(_ key: String) -> Bool { texts[.english]?[key] != nil }

    package var keys: [String] { texts[.english].map { $0.keys.sorted() } ?? [] }

    /// The text, with `{name}` replaced. A key that does not exist shows itself in brackets and fails a test.
    package func text(_ key: String, _ language: Language, _ values: [String: String] = [:]) -> String {
        switch texts[language]?[key] {
        case .plain(let text): Self.fill(text, values)
        case .counted(_, let other): Self.fill(other, values)
        case nil: "[\(key)]"
        }
    }

    /// The plural form for `n`, in which `{n}` stands for the number. English and Spanish: one, other (CLDR).
    package func count(_ key: String, _ language: Language, _ n: Int, _ values: [String: String] = [:]) -> String {
        var values = values
        values["n"] = String(n)
        switch texts[language]?[key] {
        case .counted(let one, let other): return Self.fill(n == 1 ? one : other, values)
        case .plain(let text): return Self.fill(text, values)
        case nil: return "[\(key)]"
        }
    }

    private static func fill(_ text: String, _ values: [String: String]) -> String {
        if values.isEmpty || !text.contains("{") { return text }
        // One pass, so that braces in a value are never filled in turn.
        var filled = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            filled += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}") else { break }
            let name = String(rest[rest.index(after: open)..<close])
            filled += values[name] ?? String(rest[...close])
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
