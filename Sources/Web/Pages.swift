import Foundation
package import Kernel
import Vault

/// The templates of all areas, compiled once per language with their texts in place.
package struct Pages: Sendable {
    package let catalogue: Catalogue
    private let templates: [Language: [String: Template]]
    private let missing: (@Sendable (_ template: String, _ name: String) -> Void)?
    package let names: Set<String>

    /// Folders as `Assets` found them. Throws with the template's name and place when one does not parse or names a text
    /// that does not exist. `missing` is told of names that a page's views lack: for tests, since it costs time.
    package init(
        templateFolders: [String], catalogue: Catalogue,
        missing: (@Sendable (_ template: String, _ name: String) -> Void)? = nil
    ) throws {
        self.catalogue = catalogue
        self.missing = missing
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
        var compiled: [Language: [String: Template]] = [:]
        for language in Language.allCases {
            var templates: [String: Template] = [:]
            for (name, source) in sources {
                templates[name] = try Template(Self.fill(source, name: name, language, catalogue), name: name)
            }
            for (name, template) in templates {
                if let absent = template.includes.first(where: { templates[$0] == nil }) {
                    throw Fault(.internalError, "template.partial", "There is no template \(absent).", place: name)
                }
            }
            compiled[language] = templates
        }
        templates = compiled
    }

    /// Renders a template. A name that does not exist is our defect.
    package func render(_ name: String, _ view: View, _ language: Language) throws(Fault) -> [UInt8] {
        guard let templates = templates[language], let template = templates[name] else {
            throw Fault(.internalError, "template.missing", "There is no template \(name).")
        }
        var tell: (@Sendable (String) -> Void)?
        if let missing { tell = { missing(name, $0) } }
        var renderer = TemplateRenderer(templates, missing: tell)
        renderer.render(template, view)
        return renderer.bytes
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

    package static func escape(_ text: String) -> String { HTMLText.escape(text) }
}

/// A view model as a small table of named values: what a template may ask for, without reflection.
///
/// Values are `String`, `Bool`, `Int`, `View`, `[View]`, `[String]` or nil (the name exists and is empty).
package struct View: Sendable {
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

    /// The value of a name unless it is empty: an empty text or list shows as if it were not there.
    package func filled(_ name: String) -> Value? {
        // `nil` would also be a value of its own here, so absence is spelled out.
        let absent = Value?.none
        for (index, other) in names.enumerated() where other == name {
            switch values[index] {
            case .none: return absent
            case .text(let text): return text.isEmpty ? absent : .some(values[index])
            case .views(let views): return views.isEmpty ? absent : .some(values[index])
            case .texts(let texts): return texts.isEmpty ? absent : .some(values[index])
            case .flag, .number, .view: return .some(values[index])
            }
        }
        return absent
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
