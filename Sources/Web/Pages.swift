import Foundation
package import Kernel
import Mustache
import Vault

/// The templates of all areas, compiled once per language with their texts in place.
package struct Pages: Sendable {
    package let catalogue: Catalogue
    private let libraries: [Language: MustacheLibrary]
    package let names: Set<String>

    /// Folders as `Assets` found them. Throws with the template's name and place when one does not parse or names a text
    /// that does not exist.
    package init(templateFolders: [String], catalogue: Catalogue) throws {
        self.catalogue = catalogue
        var sources: [String: String] = [:]
        for folder in templateFolders {
            guard let files = FileManager.default.enumerator(atPath: folder) else { continue }
            for case let file as String in files where file.hasSuffix(".mustache") {
                guard let data = FileManager.default.contents(atPath: folder + "/" + file) else { continue }
                let name = String(file.dropLast(".mustache".count))
                guard sources[name] == nil else {
                    throw Fault(.internalError, "template.twice", "Two templates are called \(name).", place: folder)
                }
                sources[name] = String(decoding: data, as: UTF8.self)
            }
        }
        names = Set(sources.keys)
        var libraries: [Language: MustacheLibrary] = [:]
        for language in Language.allCases {
            var templates: [String: MustacheTemplate] = [:]
            for (name, source) in sources {
                let filled = try Self.fill(source, name: name, language, catalogue)
                do {
                    templates[name] = try MustacheTemplate(string: filled)
                } catch {
                    throw Fault(.internalError, "template.syntax", "A template does not parse: \(error)", place: name)
                }
            }
            libraries[language] = MustacheLibrary(templates: templates)
        }
        self.libraries = libraries
    }

    /// Renders a template. A name that does not exist is our defect.
    package func render(_ name: String, _ model: any Sendable, _ language: Language) throws(Fault) -> [UInt8] {
        guard let text = libraries[language]?.render(model, withTemplate: name) else {
            throw Fault(.internalError, "template.missing", "There is no template \(name).")
        }
        return Array(text.utf8)
    }

    package func text(_ key: String, _ language: Language, _ values: [String: String] = [:]) -> String {
        catalogue.text(key, language, values)
    }

    /// Puts the texts in place of `[[key]]`, escaped for HTML.
    private static func fill(
        _ source: String, name: String, _ language: Language, _ catalogue: Catalogue
    ) throws(Fault) -> String {
        var filled = ""
        var rest = source[...]
        while let open = rest.firstRange(of: "[[") {
            filled += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstRange(of: "]]") else {
                throw Fault(.internalError, "template.text", "A [[ has no ]].", place: name)
            }
            let key = String(rest[open.upperBound..<close.lowerBound])
            guard catalogue.has(key) else {
                throw Fault(.internalError, "template.text", "There is no text \(key).", place: name)
            }
            filled += escape(catalogue.text(key, language))
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }

    package static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

/// A view model as a small table of named values: what a template may ask for, without reflection.
///
/// Values are `String`, `Bool`, `Int`, `View`, `[View]`, `[String]` or nil (the name exists and is empty).
package struct View: MustacheParent, Sendable {
    package enum Value: Sendable {
        case text(String)
        case flag(Bool)
        case number(Int)
        case view(View)
        case views([View])
        case texts([String])
        case none
    }

    private var names: [String]
    private var values: [Value]

    package init() {
        names = []
        values = []
    }

    package init(_ pairs: KeyValuePairs<String, Value>) {
        names = pairs.map(\.key)
        values = pairs.map(\.value)
    }

    package subscript(name: String) -> Value? {
        get {
            for (index, other) in names.enumerated() where other == name { return values[index] }
            return nil
        }
        set {
            if let index = names.firstIndex(of: name) {
                values[index] = newValue ?? .none
            } else {
                names.append(name)
                values.append(newValue ?? .none)
            }
        }
    }

    package var keys: [String] { names }

    /// This view with another's names added; its own stay where both have one.
    package func merging(_ other: View) -> View {
        var merged = self
        for (name, value) in zip(other.names, other.values) where !names.contains(name) {
            merged.names.append(name)
            merged.values.append(value)
        }
        return merged
    }

    package func child(named name: String) -> Any? {
        switch self[name] {
        case .text(let text): text.isEmpty ? nil : text
        case .flag(let flag): flag
        case .number(let number): number
        case .view(let view): view
        case .views(let views): views.isEmpty ? nil : views
        case .texts(let texts): texts.isEmpty ? nil : texts
        case nil, .some(.none): nil
        }
    }
}

extension View.Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringInterpolation, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(booleanLiteral value: Bool) { self = .flag(value) }
    package init(integerLiteral value: Int) { self = .number(value) }
    package init(nilLiteral: ()) { self = .none }

    /// An optional text: nil is empty.
    package static func optional(_ text: String?) -> View.Value { text.map { .text($0) } ?? .none }
    /// An optional part: nil is empty.
    package static func optional(_ view: View?) -> View.Value { view.map { .view($0) } ?? .none }
}
