import Kernel
import StudioAPI
import Web

/// Reads pages of ours: well-formed, attributes in double quotes.
enum PageText {
    /// Texts between tags and in attributes that are read out; what stands in drawings is none.
    static func visible(_ html: String) -> [String] {
        var texts: [String] = []
        var rest = Substring(html)
        while let open = rest.firstIndex(of: "<") {
            texts.append(decoded(rest[..<open]))
            guard let close = rest[open...].firstIndex(of: ">") else { break }
            let tag = rest[rest.index(after: open)..<close]
            for name in tag.hasPrefix("/") ? [] : ["aria-label", "placeholder", "title", "alt"] {
                if let value = attribute(name, of: tag) { texts.append(decoded(value)) }
            }
            rest = rest[rest.index(after: close)...]
            if tag.hasPrefix("svg"), let end = rest.firstRange(of: "</svg>") { rest = rest[end.upperBound...] }
        }
        return texts.filter { $0.contains { !$0.isWhitespace } }
    }

    static func attribute(_ name: String, of tag: Substring) -> Substring? {
        // By bytes: pages are long, and looked through by letters for minutes.
        guard let start = tag.utf8.firstRange(of: " \(name)=\"".utf8) else { return nil }
        return tag[start.upperBound...].prefix { $0 != "\"" }
    }

    private static func decoded(_ text: Substring) -> String {
        var text = String(text)
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
            text = text.replacing(entity, with: character)
        }
        return text
    }

    /// Names and values that a form would send without a button being pressed.
    static func fields(_ form: String) -> [(String, String)] {
        var fields: [(String, String)] = []
        var rest = Substring(form)
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let tag = rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: close)...]
            guard let name = attribute("name", of: tag).map(String.init) else { continue }
            if tag.hasPrefix("input") {
                let isChoice = ["checkbox", "radio"].contains(attribute("type", of: tag).map(String.init))
                if !isChoice || tag.hasSuffix(" checked") || tag.contains(" checked ") {
                    fields.append((name, decoded(attribute("value", of: tag) ?? "")))
                }
            } else if tag.hasPrefix("textarea"), let end = rest.firstRange(of: "</textarea>") {
                fields.append((name, decoded(rest[..<end.lowerBound])))
            } else if tag.hasPrefix("select"), let end = rest.firstRange(of: "</select>") {
                fields.append((name, chosen(rest[..<end.lowerBound])))
            }
        }
        return fields
    }

    private static func chosen(_ options: Substring) -> String {
        var first: String?
        for option in options.split(separator: "<option").dropFirst(options.hasPrefix("<option") ? 0 : 1) {
            let tag = option.prefix { $0 != ">" }
            let value = decoded(attribute("value", of: " " + tag) ?? "")
            if tag.hasSuffix(" selected") { return value }
            first = first ?? value
        }
        return first ?? ""
    }
}

/// Finds what no reader should meet: tags of templates, keys of texts, codes of definitions.
struct RawCodes {
    private let catalogue: Catalogue
    private let codes: Set<String>
    private let words: Set<String>
    private let areas: Set<String>

    /// A word of either language is no code: what patients write is in theirs. Codes have a dash, so words without one
    /// need not be known.
    init(_ catalogue: Catalogue, _ configuration: Configuration) {
        self.catalogue = catalogue
        var codes: Set<String> = []
        var words: Set<String> = []
        var areas: Set<String> = []
        for key in catalogue.keys {
            let parts = key.split(separator: ".").map(String.init)
            areas.insert(parts[0])
            codes.formUnion(parts.filter { $0.contains("-") })
            for language in Language.allCases { words.formUnion(Self.dashed(catalogue.text(key, language))) }
        }
        for keys in [
            Array(configuration.visitTypes.keys), Array(configuration.practitioners.keys),
            Array(configuration.locations.keys), Array(configuration.roles.keys),
            Array(configuration.serviceLines.keys), Array(configuration.teams.keys),
            Array(configuration.messageTemplates.keys),
        ] {
            codes.formUnion(keys.filter { $0.contains("-") })
        }
        let texts =
            configuration.visitTypes.values.flatMap { [$0.value.names, $0.value.prep].compactMap { $0 } }
            + configuration.messageTemplates.values.map(\.value.body)
        for text in texts {
            for language in Language.allCases { words.formUnion(Self.dashed(text[language])) }
        }
        self.codes = codes
        self.words = words
        self.areas = areas
    }

    /// The words of a text that has a dash.
    private static func dashed(_ text: String) -> [String] {
        text.utf8.contains(UInt8(ascii: "-")) ? tokens(text) : []
    }

    /// Words of letters, digits, dots, dashes and underscores. Addresses of e-mail are none of ours.
    private static func tokens(_ text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber || "._-@".contains($0)) }.filter { !$0.contains("@") }
            .map { String($0.trimmingPrefix { ".-".contains($0) }.reversed().drop { ".-".contains($0) }.reversed()) }
            .map { $0.lowercased() }
    }

    func found(in visible: String) -> [String] {
        var found = ["{{", "}}", "[["].filter(visible.contains)
        for token in Self.tokens(visible) {
            let first = token.prefix { $0 != "." }
            let isKey = token.contains(".") && (catalogue.has(token) || areas.contains(String(first)) && isPlain(token))
            let isCode = codes.contains(token) && !words.contains(token)
            if isKey || isCode || (token.contains("_") && isPlain(token)) { found.append(token) }
        }
        return found
    }

    /// Nothing but small letters between its marks.
    private func isPlain(_ token: String) -> Bool {
        token.split { "._-".contains($0) }.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isLowercase } }
    }
}
