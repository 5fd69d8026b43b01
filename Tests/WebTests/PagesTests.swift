import HTTPTypes
import Kernel
import TestKit
import Testing
import Web

@Suite("Texts, pages and files")
struct PagesTests {
    private static let texts = [
        "s/en.json":
            #"{"hello": "Hello, {name}", "mark": "Tom & \"Jerry\" <b>", "n.items": {"one": "{n} item", "other": "{n} items"}}"#,
        "s/es.json":
            #"{"hello": "Hola, {name}", "mark": "Tom y <i>", "n.items": {"one": "{n} cosa", "other": "{n} cosas"}}"#,
    ]

    private func catalogueCode(_ files: [String: String]) throws -> String? {
        var code: String?
        try withFolder(files) { folder in
            code = faultCodeNow { _ = try Catalogue(folders: [folder + "/s"]) }
        }
        return code
    }

    @Test("a text is filled in its language, with the plural form of its number")
    func filled() throws {
        try withFolder(Self.texts) { folder in
            let catalogue = try Catalogue(folders: [folder + "/s"])
            #expect(catalogue.text("hello", .english, ["name": "Ana"]) == "Hello, Ana")
            #expect(catalogue.text("hello", .spanish, ["name": "Ana"]) == "Hola, Ana")
            #expect([0, 1, 2].map { catalogue.count("n.items", .english, $0) } == ["0 items", "1 item", "2 items"])
            #expect([0, 1, 2].map { catalogue.count("n.items", .spanish, $0) } == ["0 cosas", "1 cosa", "2 cosas"])
            #expect(catalogue.text("absent", .english) == "[absent]")
            #expect(catalogue.keys == ["hello", "mark", "n.items"])
        }
    }

    @Test("a value that looks like a place to fill stays as it is")
    func fillOnce() throws {
        try withFolder([
            "s/en.json": #"{"a": "{x} and {y} {z"}"#, "s/es.json": #"{"a": "{x}"}"#,
        ]) { folder in
            let catalogue = try Catalogue(folders: [folder + "/s"])
            for _ in 0..<20 {
                #expect(catalogue.text("a", .english, ["x": "{y}", "y": "{x}", "z": "1"]) == "{y} and {x} {z")
            }
        }
    }

    @Test("a text or a file that one language lacks, a text that stands twice, or one of no shape fails at start")
    func broken() throws {
        var codes: [String?] = []
        codes.append(try catalogueCode(["s/en.json": #"{"a": "A", "b": "B"}"#, "s/es.json": #"{"a": "A"}"#]))
        codes.append(try catalogueCode(["s/en.json": #"{"a": "A"}"#, "s/es.json": #"{"a": "A", "b": "B"}"#]))
        codes.append(try catalogueCode(["s/en.json": #"{"a": "A"}"#]))
        codes.append(try catalogueCode(["s/en.json": #"{"a": "A", "#, "s/es.json": #"{"a": "A"}"#]))
        codes.append(try catalogueCode(["s/en.json": #"{"a": 5}"#, "s/es.json": #"{"a": "A"}"#]))
        codes.append(
            try catalogueCode([
                "s/en.json": #"{"a": "A"}"#, "s/es.json": #"{"a": "A"}"#, "s/phrases.en.json": #"{"a": "A"}"#,
                "s/phrases.es.json": "{}",
            ]))
        #expect(
            codes == [
                "strings.incomplete", "strings.incomplete", "strings.missing", "strings.json", "strings.shape",
                "strings.twice",
            ])
    }

    @Test("texts stand in a page escaped, in the reader's language, and values are escaped too")
    func render() throws {
        try withFolder(
            Self.texts.merging([
                "t/a/index.mustache": "<p title=\"[[mark]]\">{{name}}{{#rows}}<i>{{x}}</i>{{/rows}}</p>"
            ]) { $1 }
        ) { folder in
            let pages = try Pages(templateFolders: [folder + "/t"], catalogue: Catalogue(folders: [folder + "/s"]))
            #expect(pages.names == ["a/index"])
            let view = View(["name": "<script>", "rows": .views([View(["x": 1]), View(["x": "&"])])])
            let english = String(decoding: try pages.render("a/index", view, .english), as: UTF8.self)
            let spanish = String(decoding: try pages.render("a/index", view, .spanish), as: UTF8.self)
            #expect(
                english
                    == "<p title=\"Tom &amp; &quot;Jerry&quot; &lt;b&gt;\">&lt;script&gt;<i>1</i><i>&amp;</i></p>")
            #expect(spanish.hasPrefix("<p title=\"Tom y &lt;i&gt;\">"))
            let missing = faultCodeNow { _ = try pages.render("a/none", view, .english) }
            #expect(missing == "template.missing")
        }
    }

    @Test(
        "a template with a text that does not exist, an open bracket or a syntax error fails at start",
        arguments: [
            ("[[absent]]", "template.text"), ("[[hello", "template.text"), ("{{#a}}", "template.syntax"),
        ])
    func brokenTemplate(_ source: String, _ expected: String) throws {
        try withFolder(Self.texts.merging(["t/x.mustache": source]) { $1 }) { folder in
            let code = faultCodeNow {
                _ = try Pages(templateFolders: [folder + "/t"], catalogue: Catalogue(folders: [folder + "/s"]))
            }
            #expect(code == expected)
        }
    }

    @Test("two templates with one name are a defect that is told at start")
    func twice() throws {
        try withFolder(Self.texts.merging(["t/x.mustache": "a", "u/x.mustache": "b"]) { $1 }) { folder in
            let code = faultCodeNow {
                _ = try Pages(
                    templateFolders: [folder + "/t", folder + "/u"], catalogue: Catalogue(folders: [folder + "/s"]))
            }
            #expect(code == "template.twice")
        }
    }

    @Test("a view keeps its own values when another is merged in, and empty ones show nothing")
    func view() {
        var view = View(["a": "1", "empty": "", "none": nil, "list": .views([])])
        view["b"] = 2
        let merged = view.merging(View(["a": "9", "c": true]))
        #expect(merged.keys == ["a", "empty", "none", "list", "b", "c"])
        guard case .text("1") = merged.filled("a"), case .number(2) = merged.filled("b"),
            case .flag(true) = merged.filled("c")
        else {
            Issue.record("a value was lost")
            return
        }
        for name in ["empty", "none", "list", "absent"] {
            if case .some = merged.filled(name) { Issue.record("\(name) is not empty") }
        }
    }

    @Test("a file goes out with its type and tag, and not again to one who has it")
    func files() throws {
        try withFolder([
            "web/css/page.css": "a{}", "web/secret.txt": "x", "vendor/lib.js": "1", "web/js/app.js": "2",
        ]) { folder in
            let files = try StaticFiles(folder: folder + "/web", vendor: folder + "/vendor")
            let first = try files.answer("/assets/css/page.css", method: .get, headers: [:])
            #expect(first.status == .ok)
            #expect(first.headers[.contentType] == "text/css; charset=utf-8")
            let tag = try #require(first.headers[.eTag])
            let second = try files.answer("/assets/css/page.css", method: .get, headers: [.ifNoneMatch: tag])
            #expect(second.status == .notModified)
            #expect(second.headers[.eTag] == tag)
            let other = try files.answer("/assets/js/app.js", method: .head, headers: [.ifNoneMatch: tag])
            #expect(other.status == .ok)
            #expect(other.headers[.eTag] != tag)
            let vendor = try files.answer("/assets/vendor/lib.js", method: .get, headers: [:])
            #expect(vendor.status == .ok)
            for path in [
                "/assets/secret.txt", "/assets/../web/css/page.css", "/assets/css", "/assets/", "/assets/css/PAGE.css",
            ] {
                let code = faultCodeNow { _ = try files.answer(path, method: .get, headers: [:]) }
                #expect(code == "file.not-found", "\(path)")
            }
            let post = faultCodeNow { _ = try files.answer("/assets/js/app.js", method: .post, headers: [:]) }
            #expect(post == "request.method")
        }
        try withFolder(["web/secret.txt": "x"]) { folder in
            let code = faultCodeNow { _ = try StaticFiles(folder: folder + "/web", vendor: folder + "/none") }
            #expect(code == "assets.missing")
        }
    }
}
