package import Kernel

/// Words for people, in the languages the product speaks. English is always there, so a text is never missing.
///
/// In YAML: `{ en: Knee surgery consult, es: Consulta de cirugía de rodilla }`.
package struct LocalizedText: Codable, Sendable, Hashable {
    package let texts: [Language: String]

    package init(_ english: String, spanish: String? = nil) {
        var texts: [Language: String] = [.english: english]
        texts[.spanish] = spanish
        self.texts = texts
    }

    package init(from decoder: any Decoder) throws {
        texts = try decoder.container(keyedBy: AnyName.self).map(by: Language.self, String.self)
        if texts[.english] == nil {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "The English text (en) is missing."))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyName.self)
        try container.encode(map: texts)
    }

    /// The text in this language, or in English where it was not translated.
    package subscript(_ language: Language) -> String { texts[language] ?? texts[.english] ?? "" }

    package var languages: Set<Language> { Set(texts.keys) }
}

extension Findings {
    mutating func check(_ text: LocalizedText, _ path: String, atMost limit: Int = 200) {
        for language in Language.allCases {
            if let words = text.texts[language] { requireText(words, "\(path).\(language.rawValue)", atMost: limit) }
        }
    }
}
