import Kernel

/// One template, compiled: the part of Mustache that pages need, over `View`s.
///
/// Variables (always escaped), sections, inverted sections, partials, `.`, dotted names, comments, and inheritance by
/// parent and blocks. Unescaped variables, lambdas, set delimiters and indented partials are refused. A name is looked
/// up from the innermost view outwards; an empty value counts as absent. Source: the Mustache specification 1.4.
/// Why not a library: `docs/decisions/005-own-mustache.md`.
final class Template: Sendable {
    indirect enum Node: Sendable {
        case text([UInt8])
        case variable(Path)
        case section(Path, [Node])
        case inverted(Path, [Node])
        case block(String, [Node])
        case include(String, overrides: [String: [Node]])
    }

    /// `.`, `name`, `name.inner`, or `.name`: of the innermost view alone.
    struct Path: Sendable {
        let isLocal: Bool
        let first: String
        let rest: [String]

        init(_ text: Substring) {
            let names = text == "." ? ["."] : text.split(separator: ".").map(String.init)
            isLocal = text.first == "."
            first = names.first ?? ""
            rest = Array(names.dropFirst())
        }
    }

    let nodes: [Node]

    /// Throws `template.syntax` with the line of what is wrong.
    init(_ source: String, name: String) throws(Fault) {
        var parser = TemplateParser(source, name: name)
        nodes = try parser.parse()
    }

    /// The templates this one includes, its own blocks and their overrides included.
    var includes: Set<String> {
        func collect(_ nodes: [Node], into found: inout Set<String>) {
            for node in nodes {
                switch node {
                case .text, .variable: break
                case .section(_, let inner), .inverted(_, let inner), .block(_, let inner): collect(inner, into: &found)
                case .include(let name, let overrides):
                    found.insert(name)
                    for inner in overrides.values { collect(inner, into: &found) }
                }
            }
        }
        var found: Set<String> = []
        collect(nodes, into: &found)
        return found
    }
}

/// Reads a template's source into nodes.
private struct TemplateParser {
    private enum Piece {
        case text(Substring)
        case tag(Character, Substring, line: Int)
    }

    private let name: String
    private let source: String
    private var pieces: [Piece] = []
    private var next = 0

    init(_ source: String, name: String) {
        self.source = source
        self.name = name
    }

    mutating func parse() throws(Fault) -> [Template.Node] {
        try cut()
        return try nodes(until: nil)
    }

    private func wrong(_ what: String, line: Int) -> Fault {
        Fault(.internalError, "template.syntax", "A template does not parse: \(what)", place: "\(name):\(line)")
    }

    /// Cuts the source into texts and tags. A tag that stands alone on its line takes the line with it, as the
    /// specification wants, so that pages hold no empty lines.
    private mutating func cut() throws(Fault) {
        var rest = source[...]
        var line = 1
        while let open = rest.firstRange(of: "{{") {
            var before = rest[..<open.lowerBound]
            line += before.count { $0 == "\n" }
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                throw wrong("a {{ has no }}.", line: line)
            }
            let content = rest[open.upperBound..<close.lowerBound]
            var after = rest[close.upperBound...]
            let kind = content.first ?? " "
            if "#^/>!<$".contains(kind) {
                let start = before.lastIndex(of: "\n").map { before.index(after: $0) } ?? before.startIndex
                let isLineStart =
                    start > before.startIndex || before.startIndex == source.startIndex || endedLine(before)
                let head = before[start...]
                let tail = after.prefix { $0 != "\n" }
                if isLineStart, head.allSatisfy(\.isWhitespace), tail.allSatisfy(\.isWhitespace) {
                    before = before[..<start]
                    after = after[tail.endIndex...].dropFirst()
                }
                pieces.append(.text(before))
                pieces.append(.tag(kind, trimmed(content.dropFirst()), line: line))
            } else {
                guard !"{&=%*".contains(kind) else { throw wrong("{{\(kind) is not taken.", line: line) }
                pieces.append(.text(before))
                pieces.append(.tag(" ", trimmed(content), line: line))
            }
            line += rest[open.lowerBound..<after.startIndex].count { $0 == "\n" }
            rest = after
        }
        pieces.append(.text(rest))
    }

    /// Whether what comes before this piece of source ended with a newline that an earlier tag took with it.
    private func endedLine(_ piece: Substring) -> Bool {
        piece.startIndex > source.startIndex && source[source.index(before: piece.startIndex)] == "\n"
    }

    private func trimmed(_ text: Substring) -> Substring {
        let start = text.drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
    }

    private mutating func nodes(
        until end: (kind: Character, name: Substring, line: Int)?
    ) throws(Fault) -> [Template.Node] {
        var nodes: [Template.Node] = []
        while next < pieces.count {
            let piece = pieces[next]
            next += 1
            switch piece {
            case .text(let text): if !text.isEmpty { nodes.append(.text(Array(text.utf8))) }
            case .tag("!", _, _): break
            case .tag("/", let name, let line):
                guard let end, end.name == name else { throw wrong("{{/\(name)}} closes nothing.", line: line) }
                return nodes
            case .tag(let kind, let name, let line):
                let isName = !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "._-/".contains($0) }
                guard isName else { throw wrong("'\(name)' is no name.", line: line) }
                nodes.append(try node(kind, name, line))
            }
        }
        if let end { throw wrong("{{\(end.kind)\(end.name)}} is not closed.", line: end.line) }
        return nodes
    }

    private mutating func node(_ kind: Character, _ name: Substring, _ line: Int) throws(Fault) -> Template.Node {
        switch kind {
        case "#": return .section(Template.Path(name), try nodes(until: (kind, name, line)))
        case "^": return .inverted(Template.Path(name), try nodes(until: (kind, name, line)))
        case "$": return .block(String(name), try nodes(until: (kind, name, line)))
        case ">": return .include(String(name), overrides: [:])
        case "<":
            var overrides: [String: [Template.Node]] = [:]
            for node in try nodes(until: (kind, name, line)) {
                switch node {
                case .block(let block, let inner): overrides[block] = inner
                // Between blocks only white space has a place; the specification drops what stands there.
                case .text(let bytes) where bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0A }): break
                default: throw wrong("only blocks may stand in {{<\(name)}}.", line: line)
                }
            }
            return .include(String(name), overrides: overrides)
        default: return .variable(Template.Path(name))
        }
    }
}
