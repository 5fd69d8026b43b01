import Foundation
import JSON
import Kernel
package import StudioAPI

/// A definition as a tree of plain values, which a form reads and writes by paths: `templates[2].from`. Paths are those
/// of the checker's findings.
package struct FormTree: Sendable, Equatable {
    private(set) var root: JSONValue

    init(_ root: JSONValue) { self.root = root }

    package init(_ definition: AnyDefinition) throws {
        root = try JSONValue(parsing: Array(JSONEncoder().encode(definition)))
    }

    /// The definition that it says, strictly: a `DecodingError` names its place.
    package func definition() throws -> AnyDefinition {
        var writer = JSONWriter()
        writer.value(root)
        return try JSONDecoder().decode(AnyDefinition.self, from: Data(writer.bytes))
    }

    /// A step of a path: a name, or a place in a list.
    private enum Step {
        case name(String)
        case index(Int)
    }

    /// `rules.linked[0].order` in steps.
    private static func steps(_ path: String) -> [Step] {
        var steps: [Step] = []
        for part in path.split(separator: ".") {
            let pieces = part.split(separator: "[")
            guard let name = pieces.first else { continue }
            steps.append(.name(String(name)))
            for piece in pieces.dropFirst() {
                if let index = Int(piece.dropLast()) { steps.append(.index(index)) }
            }
        }
        return steps
    }

    subscript(path: String) -> JSONValue? {
        get {
            var value = root
            for step in Self.steps(path) {
                let inner: JSONValue? =
                    switch step {
                    case .name(let name): value[name]
                    case .index(let index): value[index]
                    }
                guard let inner else { return nil }
                value = inner
            }
            return value
        }
        set { root = Self.setting(root, Self.steps(path)[...], newValue) ?? .object(JSONObject()) }
    }

    /// The value with another at the place, objects made on the way. A place in a list that is not there is not made.
    private static func setting(_ value: JSONValue?, _ steps: ArraySlice<Step>, _ new: JSONValue?) -> JSONValue? {
        guard let step = steps.first else { return new }
        switch step {
        case .name(let name):
            if value?.object == nil, new == nil { return value }
            var object = value?.object ?? JSONObject()
            object[name] = setting(object[name], steps.dropFirst(), new)
            return .object(object)
        case .index(let index):
            guard var list = value?.array, list.indices.contains(index),
                let inner = setting(list[index], steps.dropFirst(), new)
            else { return value }
            list[index] = inner
            return .array(list)
        }
    }

    /// A path without its places in lists: `templates.from`.
    static func plain(_ path: String) -> String {
        var plain = ""
        var isInside = false
        for character in path {
            switch character {
            case "[": isInside = true
            case "]": isInside = false
            default: if !isInside { plain.append(character) }
            }
        }
        return plain
    }

    /// A path as the id of an element.
    static func id(_ path: String) -> String {
        "f-" + path.map { $0 == "." || $0 == "[" ? "-" : $0 == "]" ? "" : String($0) }.joined()
    }
}
