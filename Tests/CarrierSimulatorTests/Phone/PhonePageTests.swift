import CarrierSimulator
import Foundation
import Testing

@Suite("Phone page") struct PhonePageTests {
    @Test("whatever is put into HTML is escaped, HTML itself is not")
    func escaping() {
        let name = "<b onclick=\"x('&')\">"
        let inner: HTML = "<i>\(name)</i>"
        let outer: HTML = "<p title=\"\(name)\">\(inner) \(3)</p>"
        let escaped = "&lt;b onclick=&quot;x(&#39;&amp;&#39;)&quot;&gt;"
        #expect(outer.text == "<p title=\"\(escaped)\"><i>\(escaped)</i> 3</p>")
    }

    @Test(
        "the page's language is asked for, or the browser's, or English",
        arguments: [
            ("es", "en-US", "es"), (nil, "es-MX,es;q=0.9,en;q=0.8", "es"), (nil, "fr, es;q=0.5", "es"),
            (nil, "fr", "en"),
            (nil, nil, "en"), ("xx", nil, "en"),
        ])
    func language(query: String?, header: String?, expected: String) {
        #expect(PhoneText.Language(query: query, acceptLanguage: header).rawValue == expected)
    }

    @Test(
        "the provider's keywords stop and start, other words do neither",
        arguments: [
            ("STOP", OptOut.stop), (" stop all ", .stop), ("Unsubscribe", .stop), ("start", .start), ("YES", .start),
            ("please stop", nil), ("C", nil), ("", nil),
        ])
    func keywords(text: String, expected: OptOut?) {
        #expect(OptOut(text) == expected)
    }

    @Test("a list of handsets is read, and what is wrong with one is named")
    func handsets() throws {
        let json = "[{\"number\": \"+13035550141\", \"name\": \"Maria\"}]"
        #expect(try Handset.list(json: Data(json.utf8)).map(\.name) == ["Maria"])
        #expect(throws: Handset.ListFailure.self) {
            try Handset.list(json: Data("[{\"number\": \"1\", \"name\": \"\"}]".utf8))
        }
        #expect(throws: Handset.ListFailure.self) { try Handset.list(json: Data("{}".utf8)) }
    }
}
