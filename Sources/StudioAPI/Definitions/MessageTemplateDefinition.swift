package import Kernel

/// The words of one message, with places for what is only known when it is sent.
package struct MessageTemplateDefinition: Definition {
    package static let kind = DefinitionKind.messageTemplate

    package var key: String
    /// For staff who choose it from a list.
    package var names: LocalizedText
    package var use: TemplateUse
    package var purpose: MessagePurpose
    package var channel: MessageChannel
    /// What the body may name: no more than `use` allows, no less than the body uses.
    package var variables: [TemplateVariable]
    /// The text, with `{{variable}}` where a value belongs.
    package var body: LocalizedText
    /// The text for a number that several patients share, or whose owner nobody knows: it names nobody and nothing of
    /// anybody's care. Nil: the body goes there when it names neither; otherwise nothing does.
    package var shared: LocalizedText?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, use, purpose, channel, variables, body, shared
    }

    package init(
        key: String, names: LocalizedText, use: TemplateUse, purpose: MessagePurpose, channel: MessageChannel = .sms,
        variables: [TemplateVariable], body: LocalizedText, shared: LocalizedText? = nil
    ) {
        self.key = key
        self.names = names
        self.use = use
        self.purpose = purpose
        self.channel = channel
        self.variables = variables
        self.body = body
        self.shared = shared
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        use = try fields.required(.use)
        purpose = try fields.required(.purpose)
        channel = try fields.required(.channel)
        variables = try fields.list(.variables)
        body = try fields.required(.body)
        shared = try fields.optional(.shared)
    }

    /// The text for the one patient, or for whoever reads at a shared number; nil: nothing of it may be said there.
    package func words(toSharedNumber isShared: Bool) -> LocalizedText? {
        guard isShared else { return body }
        if let shared { return shared }
        return TemplateVariable.nameless.isSuperset(of: Self.variables(of: body)) ? body : nil
    }

    /// What a text names in any language. A name that is no variable is left out: publishing refuses it.
    package static func variables(of text: LocalizedText) -> Set<TemplateVariable> {
        Set(text.texts.values.flatMap { TemplateBody($0).variables.compactMap(TemplateVariable.init(rawValue:)) })
    }

    /// The message in this language, each variable replaced by its value.
    ///
    /// - Parameter values: by the variables' raw names; more than the body needs is fine.
    /// - Throws: `Fault` `template.value-missing` that names the variables without a value, never a value.
    package func filled(_ language: Language, _ values: [String: String]) throws -> String {
        try fill(body, language, values)
    }

    /// The same for whoever reads at the number; nil: nothing of it may be said there.
    package func filled(
        _ language: Language, _ values: [String: String], toSharedNumber isShared: Bool
    ) throws -> String? {
        try words(toSharedNumber: isShared).map { try fill($0, language, values) }
    }

    private func fill(_ words: LocalizedText, _ language: Language, _ values: [String: String]) throws -> String {
        var text = ""
        var missing: [String] = []
        for piece in TemplateBody(words[language]).pieces {
            switch piece {
            case .words(let words): text += words
            case .variable(let name):
                if let value = values[name] { text += value } else { missing.append(name) }
            case .malformed: missing.append("(malformed)")
            }
        }
        if !missing.isEmpty {
            throw Fault(
                .internalError, "template.value-missing", "A message template got no value for something it names.",
                place: "template \(key), \(language.rawValue): \(missing.joined(separator: ", "))")
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(\.trimmed)
            .joined(separator: "\n").trimmed
    }
}

extension MessageTemplateDefinition {
    /// What stands in a text where somebody should have put a value: `{{when}}`. Also for texts that people send.
    package static func unfilled(in text: String) -> [String] {
        text.contains("{{") ? TemplateBody(text).variables.sorted() : []
    }
}

/// A body cut at its `{{…}}`.
struct TemplateBody {
    enum Piece: Equatable {
        case words(String)
        case variable(String)
        /// Braces that open and never close, close and never opened, or hold something that is no name.
        case malformed(String)
    }

    let pieces: [Piece]

    init(_ text: String) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            Self.addWords(rest[..<open], to: &pieces)
            let inside = rest[open...].dropFirst(2)
            guard rest[open...].hasPrefix("{{"), let close = inside.firstIndex(of: "}"),
                inside[close...].hasPrefix("}}"), Self.isName(inside[..<close].trimmed)
            else {
                pieces.append(.malformed(String(rest[open...].prefix(20))))
                rest = rest[open...].drop { $0 == "{" }
                continue
            }
            pieces.append(.variable(inside[..<close].trimmed))
            rest = inside[close...].dropFirst(2)
        }
        Self.addWords(rest, to: &pieces)
        self.pieces = pieces
    }

    var variables: Set<String> {
        var names: Set<String> = []
        for case .variable(let name) in pieces { names.insert(name) }
        return names
    }

    /// As it could look when sent.
    var sample: String {
        pieces.map { piece in
            switch piece {
            case .words(let words): words
            case .variable(let name): TemplateVariable(rawValue: name)?.sample ?? name
            case .malformed: ""
            }
        }.joined()
    }

    private static func addWords(_ words: Substring, to pieces: inout [Piece]) {
        if words.isEmpty { return }
        if words.contains("}") {
            pieces.append(.malformed(String(words.suffix(20))))
        } else {
            pieces.append(.words(String(words)))
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isLetter }
    }
}
