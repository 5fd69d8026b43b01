import Kernel
import Synchronization
import TestKit
import Testing
import Web

@Suite("Templates")
struct TemplateTests {
    private static let catalogue = ["s/en.json": #"{"a": "A"}"#, "s/es.json": #"{"a": "A"}"#]

    private func page(
        _ templates: [String: String], _ view: View, missing: (@Sendable (String, String) -> Void)? = nil
    ) throws -> String {
        var text = ""
        let files = Self.catalogue.merging(templates.map { ("t/\($0).mustache", $1) }) { $1 }
        try withFolder(files) { folder in
            let pages = try Pages(
                templateFolders: [folder + "/t"], catalogue: Catalogue(folders: [folder + "/s"]), missing: missing)
            text = String(decoding: try pages.render("page", view, .english), as: UTF8.self)
        }
        return text
    }

    private func refusal(_ source: String) throws -> String? {
        var code: String?
        try withFolder(Self.catalogue.merging(["t/page.mustache": source]) { $1 }) { folder in
            code = faultCodeNow {
                _ = try Pages(templateFolders: [folder + "/t"], catalogue: Catalogue(folders: [folder + "/s"]))
            }
        }
        return code
    }

    @Test("variables, sections, inverted sections, lists of texts, dotted names")
    func values() throws {
        let view = View([
            "name": "Ana & \"Bo\" <'>", "number": -7, "yes": true, "no": false, "none": nil, "empty": "",
            "person": .view(View(["name": "Cy", "pet": .view(View(["name": "Dot"]))])),
            "people": .views([View(["name": "Eve"]), View(["age": 4])]), "tags": .texts(["x", "<y>"]),
        ])
        let expected: [(String, String)] = [
            ("{{name}} {{ number }}", "Ana &amp; &quot;Bo&quot; &lt;&#39;&gt; -7"),
            ("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{#none}}c{{/none}}{{#empty}}d{{/empty}}{{#absent}}e{{/absent}}", "a"),
            ("{{^yes}}a{{/yes}}{{^no}}b{{/no}}{{^none}}c{{/none}}{{^empty}}d{{/empty}}{{^absent}}e{{/absent}}", "bcde"),
            ("{{#person}}{{name}}-{{number}}{{/person}} {{person.pet.name}}{{person.none}}", "Cy--7 Dot"),
            // A view without the name shows the one around it.
            ("{{#people}}[{{name}}{{age}}]{{/people}}", "[Eve][Ana &amp; &quot;Bo&quot; &lt;&#39;&gt;4]"),
            (
                "{{#tags}}<i>{{.}}</i>{{/tags}}{{#name}}{{.}}{{/name}}{{#number}}{{.}}{{/number}}",
                "<i>x</i><i>&lt;y&gt;</i>Ana &amp; &quot;Bo&quot; &lt;&#39;&gt;-7"
            ),
            // A leading dot: the innermost view or nothing.
            ("{{#people}}[{{.name}}]{{/people}}{{.name}}", "[Eve][]Ana &amp; &quot;Bo&quot; &lt;&#39;&gt;"),
            ("a{{! not shown }}b", "ab"),
        ]
        for (source, text) in expected { #expect(try page(["page": source], view) == text) }
    }

    @Test("a tag that stands alone on its line takes the line with it")
    func lines() throws {
        let view = View(["rows": .views([View(["x": 1]), View(["x": 2])]), "on": true])
        #expect(
            try page(["page": "<ul>\n{{#rows}}\n<li>{{x}}</li>\n{{/rows}}\n</ul>\n"], view)
                == "<ul>\n<li>1</li>\n<li>2</li>\n</ul>\n")
        #expect(try page(["page": "{{#on}}\n{{#on}}\nx\n{{/on}}\n{{/on}}\ny"], view) == "x\ny")
        #expect(try page(["page": "a {{#on}}b{{/on}}\nc"], view) == "a b\nc")
        #expect(try page(["page": "{{> part}}\n!", "part": "p\n"], view) == "p\n!")
    }

    @Test("a page fills the blocks of its layout; what it leaves out keeps the layout's own")
    func inheritance() throws {
        let templates = [
            "page": "{{<middle}}\n{{$main}}<b>{{x}}</b>{{/main}}\n{{/middle}}",
            "middle": "{{<layout}}{{$title}}T{{/title}}{{$main}}never{{/main}}{{/layout}}",
            "layout": "[{{$title}}none{{/title}}|{{$main}}{{/main}}|{{$foot}}foot{{/foot}}{{> part}}]",
            "part": "({{$title}}{{/title}})",
        ]
        #expect(try page(templates, View(["x": 1])) == "[T|<b>1</b>|foot(T)]")
    }

    @Test(
        "what a page may not hold is refused when the program starts",
        arguments: [
            "{{{x}}}", "{{&x}}", "{{=<% %>=}}", "{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{x", "{{upper(x)}}", "{{}}",
            "{{<l}}{{x}}{{/l}}", "{{*x}}",
        ])
    func refused(_ source: String) throws {
        #expect(try refusal(source) == "template.syntax", "\(source)")
    }

    @Test("a template that is not there is told at start, not left out of the page")
    func absentPartial() throws {
        #expect(try refusal("a{{> other}}") == "template.partial")
        #expect(try refusal("{{<other}}{{/other}}") == "template.partial")
    }

    @Test("a name that no view has is told; an empty one is not")
    func missing() throws {
        let names = Mutex<[String]>([])
        let view = View(["a": nil, "b": .view(View(["c": ""]))])
        _ = try page(["page": "{{a}}{{#b}}{{c}}{{d}}{{/b}}{{#e}}{{f}}{{/e}}"], view) { _, name in
            names.withLock { $0.append(name) }
        }
        #expect(names.withLock { $0 } == ["d", "e"])
    }
}
