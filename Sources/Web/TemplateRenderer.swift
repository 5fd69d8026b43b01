import Kernel

/// Writes a compiled template's page as UTF-8.
struct TemplateRenderer {
    private enum Frame {
        case view(View)
        case value(View.Value)
    }

    private let templates: [String: Template]
    /// Told of a name that no view has at all: a mistyped variable would otherwise print nothing.
    private let missing: (@Sendable (String) -> Void)?
    private var stack: [Frame] = []
    private(set) var bytes: [UInt8] = []

    init(_ templates: [String: Template], missing: (@Sendable (String) -> Void)?) {
        self.templates = templates
        self.missing = missing
        bytes.reserveCapacity(32 << 10)
        stack.reserveCapacity(16)
    }

    mutating func render(_ template: Template, _ view: View) {
        stack = [.view(view)]
        render(template.nodes, [:])
    }

    private mutating func render(_ nodes: [Template.Node], _ overrides: [String: [Template.Node]]) {
        for node in nodes {
            switch node {
            case .text(let text): bytes.append(contentsOf: text)
            case .variable(let path): if let value = find(path) { print(value) }
            case .section(let path, let inner): if let value = find(path) { section(value, inner, overrides) }
            case .inverted(let path, let inner):
                switch find(path) {
                case nil, .some(.flag(false)): render(inner, overrides)
                default: break
                }
            case .block(let name, let usual): render(overrides[name] ?? usual, overrides)
            case .include(let name, let own):
                guard let template = templates[name] else { continue }
                // The outermost page's blocks win over those of the templates between it and the layout.
                render(template.nodes, own.isEmpty ? overrides : overrides.merging(own) { outer, _ in outer })
            }
        }
    }

    private mutating func section(
        _ value: View.Value, _ inner: [Template.Node], _ overrides: [String: [Template.Node]]
    ) {
        switch value {
        case .flag(let flag): if flag { render(inner, overrides) }
        case .views(let views): for view in views { render(inner, in: .view(view), overrides) }
        case .texts(let texts): for text in texts { render(inner, in: .value(.text(text)), overrides) }
        case .view(let view): render(inner, in: .view(view), overrides)
        case .text, .number: render(inner, in: .value(value), overrides)
        case .none: break
        }
    }

    private mutating func render(
        _ inner: [Template.Node], in frame: Frame, _ overrides: [String: [Template.Node]]
    ) {
        stack.append(frame)
        render(inner, overrides)
        stack.removeLast()
    }

    /// The value of a name, nil when it is empty or absent.
    private func find(_ path: Template.Path) -> View.Value? {
        guard var value = path.isLocal ? innermost(path.first) : first(path.first) else { return nil }
        for name in path.rest {
            guard case .view(let view) = value, let inner = view.filled(name) else { return nil }
            value = inner
        }
        return value
    }

    private func innermost(_ name: String) -> View.Value? {
        switch stack.last {
        case .value(let value): name == "." ? .some(value) : Optional.none
        case .view(let view): view.filled(name)
        case nil: Optional.none
        }
    }

    private func first(_ name: String) -> View.Value? {
        for frame in stack.reversed() {
            if case .view(let view) = frame, let value = view.filled(name) { return value }
        }
        if let missing, !stack.contains(where: { if case .view(let view) = $0 { view[name] != nil } else { false } }) {
            missing(name)
        }
        return nil
    }

    private mutating func print(_ value: View.Value) {
        switch value {
        case .text(let text): HTMLText.escape(text, into: &bytes)
        case .number(let number): bytes.append(contentsOf: number.description.utf8)
        case .flag(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .view, .views, .texts, .none: break
        }
    }
}

/// Text as HTML shows it, between tags and in quoted attributes.
package enum HTMLText {
    package static func escape(_ text: String) -> String {
        var bytes: [UInt8] = []
        escape(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Copies runs that need no escape at once.
    static func escape(_ text: String, into bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { text in
            var start = 0
            for index in text.indices {
                let replacement: StaticString
                switch text[index] {
                case UInt8(ascii: "&"): replacement = "&amp;"
                case UInt8(ascii: "<"): replacement = "&lt;"
                case UInt8(ascii: ">"): replacement = "&gt;"
                case UInt8(ascii: "\""): replacement = "&quot;"
                case UInt8(ascii: "'"): replacement = "&#39;"
                default: continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
                replacement.withUTF8Buffer { bytes.append(contentsOf: $0) }
                start = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        }
    }
}
