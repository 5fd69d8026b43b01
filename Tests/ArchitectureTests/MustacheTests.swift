import Foundation
import Kernel
import Mustache
import Testing
import Web

/// Our renderer against swift-mustache: on every template of the product and random views both write the same page.
@Suite("Our templates read as Mustache")
struct MustacheTests {
    /// A view as the library wants it.
    private struct Reflected: MustacheParent {
        let view: View

        func child(named name: String) -> Any? { view.filled(name).flatMap(Self.any) }

        private static func any(_ value: View.Value) -> Any? {
            switch value {
            case .text(let text): text
            case .flag(let flag): flag
            case .number(let number): number
            case .view(let view): Reflected(view: view)
            case .views(let views): views.map(Reflected.init)
            case .texts(let texts): texts
            case .none: nil
            }
        }
    }

    /// Names by what the templates do with them, so that a random view has values of the right kind.
    private struct Names {
        var printed: Set<String> = []
        var sections: Set<String> = []
        /// Sections that print `.`: their value is a text or texts.
        var ofTexts: Set<String> = []
    }

    private func view(_ names: Names, depth: Int, _ random: inout some RandomNumberGenerator) -> View {
        var view = View()
        for name in names.printed.union(names.sections).sorted() where Int.random(in: 0..<4, using: &random) > 0 {
            view[name] = value(name, names, depth: depth, &random)
        }
        return view
    }

    private func value(
        _ name: String, _ names: Names, depth: Int, _ random: inout some RandomNumberGenerator
    ) -> View.Value {
        let texts = ["", "plain", "<b> & \"q\" 'a'", "José Ñ 漢字 👩‍👩‍👧"]
        let text = View.Value.text(texts[Int.random(in: 0..<texts.count, using: &random)])
        if names.ofTexts.contains(name), !names.printed.contains(name) {
            return Bool.random(using: &random) ? text : .texts(["one", "<two>"])
        }
        if names.printed.contains(name) { return Bool.random(using: &random) ? text : .number(-42) }
        switch Int.random(in: 0..<(depth > 0 ? 5 : 2), using: &random) {
        case 0: return .none
        case 1: return .flag(Bool.random(using: &random))
        case 2: return .views([])
        case 3: return .view(self.view(names, depth: depth - 1, &random))
        default:
            return .views([self.view(names, depth: depth - 1, &random), self.view(names, depth: depth - 1, &random)])
        }
    }

    private func names(_ sources: some Sequence<String>) -> Names {
        var names = Names()
        for source in sources {
            for match in source.matches(of: /\{\{\s*([A-Za-z0-9_.]+)\s*\}\}/) where match.output.1 != "." {
                names.printed.formUnion(match.output.1.split(separator: ".").suffix(1).map(String.init))
                names.sections.formUnion(match.output.1.split(separator: ".").dropLast().map(String.init))
            }
            for match in source.matches(of: /\{\{[#^]\s*([A-Za-z0-9_.]+)\s*\}\}/) {
                names.sections.formUnion(match.output.1.split(separator: ".").map(String.init))
            }
            for match in source.matches(
                of: /\{\{#\s*\.?(?:[A-Za-z0-9_]+\.)*([A-Za-z0-9_]+)\s*\}\}(?:(?!\{\{[#\/])[\s\S])*?\{\{\.\}\}/)
            {
                names.ofTexts.insert(String(match.output.1))
            }
        }
        // A name that is both printed and opened is opened as what it prints.
        return names
    }

    /// A template and all it includes.
    private static func withPartials(_ name: String, _ sources: [String: String]) -> Set<String> {
        var found: Set<String> = [name]
        var open = [name]
        while let next = open.popLast(), let source = sources[next] {
            for match in source.matches(of: /\{\{[><]\s*([a-z\/-]+)\s*\}\}/) {
                let partial = String(match.output.1)
                if found.insert(partial).inserted { open.append(partial) }
            }
        }
        return found
    }

    @Test("every template, many random views")
    func same() throws {
        let folders = try Checkout.folders(named: "Templates")
        let catalogue = try Catalogue(folders: Checkout.folders(named: "Strings"))
        let pages = try Pages(templateFolders: folders, catalogue: catalogue)
        var sources: [String: String] = [:]
        for file in try Checkout.files("Sources", ".mustache") {
            guard let range = file.path.range(of: "/Templates/") else { continue }
            sources[String(file.path[range.upperBound...].dropLast(".mustache".count))] = file.text.replacing(
                /\[\[(.*?)\]\]/
            ) { Pages.escape(catalogue.text(String($0.output.1), .english)) }
        }
        #expect(Set(sources.keys) == pages.names)
        let library = MustacheLibrary(templates: try sources.mapValues { try MustacheTemplate(string: $0) })
        var random = SystemRandomNumberGenerator()
        for name in sources.keys.sorted() {
            let names = names(Self.withPartials(name, sources).compactMap { sources[$0] })
            for _ in 0..<3 {
                let view = view(names, depth: 1, &random)
                let ours = String(decoding: try pages.render(name, view, .english), as: UTF8.self)
                let theirs = library.render(Reflected(view: view), withTemplate: name) ?? ""
                if let difference = difference(squeeze(ours), squeeze(theirs)) {
                    Issue.record("\(name): \(difference)")
                }
            }
        }
    }

    private func difference(_ ours: String, _ theirs: String) -> String? {
        if ours == theirs { return nil }
        let same = zip(ours, theirs).prefix { $0 == $1 }.count
        func around(_ text: String) -> Substring { text.dropFirst(max(0, same - 60)).prefix(120) }
        return "…\(around(ours))… against …\(around(theirs))…"
    }

    /// White space may differ where a tag stands alone on a line inside another; browsers do not show it.
    private func squeeze(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
