import Kernel
import StudioAPI

/// The checker's findings in the reader's language, with names in place of keys. The checker speaks English; each of its
/// sentences is known here by its pattern, and its words stand in the catalogue.
struct ProblemWords {
    let words: SetupWords

    func sentence(_ problem: DefinitionProblem) -> String {
        guard let (code, values) = ProblemPatterns.find(problem.sentence) else { return problem.sentence }
        var said: [String: String] = [:]
        for (name, value) in values { said[name] = say(name, value) }
        return words.text("problem.\(code)", said)
    }

    private func say(_ name: String, _ value: String) -> String {
        switch name {
        case "row": return Int(value).map { String($0 + 1) } ?? value
        case "name", "names":
            return value.split(separator: ", ").map { words.anyName(String($0)) }.joined(separator: ", ")
        case "days":
            return value.split(separator: ", ").map { words.text("code.weekday.\($0)") }.joined(separator: ", ")
        case "kind": return words.text("kind.\(value)")
        case "priority": return words.text("s.priority.\(value)")
        case "what":
            let parts = value.split(separator: " + ").map(String.init)
            let type = words.text("code.resource-type.\(parts.first ?? "")").lowercased()
            return parts.count > 1 ? "\(type) (\(parts.dropFirst().joined(separator: ", ")))" : type
        default: return value
        }
    }
}

extension ProblemPatterns {
    /// The pattern that a sentence follows, with what stands in its places.
    package static func find(_ sentence: String) -> (code: String, values: [String: String])? {
        for (code, pattern) in all {
            if let values = match(sentence, pattern) { return (code, values) }
        }
        return nil
    }

    /// What stands in the places of a pattern such as `“{key}” is no key.`
    static func match(_ sentence: String, _ pattern: String) -> [String: String]? {
        var values: [String: String] = [:]
        var rest = Substring(sentence)
        var name: String?
        for piece in pieces(pattern) {
            if piece.isPlace {
                name = String(piece.text)
            } else if let open = name {
                // The last piece has to end the sentence.
                guard
                    let found = piece.isLast
                        ? (rest.hasSuffix(piece.text) ? rest.index(rest.endIndex, offsetBy: -piece.text.count) : nil)
                        : rest.firstRange(of: piece.text)?.lowerBound
                else { return nil }
                values[open] = String(rest[..<found])
                rest = rest[rest.index(found, offsetBy: piece.text.count)...]
                name = nil
            } else {
                guard rest.hasPrefix(piece.text) else { return nil }
                rest = rest.dropFirst(piece.text.count)
            }
        }
        return rest.isEmpty && name == nil ? values : nil
    }

    private static func pieces(_ pattern: String) -> [(text: Substring, isPlace: Bool, isLast: Bool)] {
        var pieces: [(text: Substring, isPlace: Bool, isLast: Bool)] = []
        var rest = Substring(pattern)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            if open > rest.startIndex { pieces.append((rest[..<open], false, false)) }
            pieces.append((rest[rest.index(after: open)..<close], true, false))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append((rest, false, true)) }
        return pieces
    }
}
