import Kernel
import TestKit
import Testing
import Web

@Suite("Form fields")
struct FormFieldsTests {
    private func parse(_ text: String) throws -> FormFields { try FormFields(parsing: Array(text.utf8)) }

    @Test("fields keep their order; a plus is a space; what is encoded is decoded once")
    func decoding() throws {
        let form = try parse("name=Ana+Mar%C3%ADa&tag=a&tag=b&empty=&alone&&eq=a%3Db=c&plus=%2B&twice=%2541")
        #expect(form.fields.map(\.name) == ["name", "tag", "tag", "empty", "alone", "eq", "plus", "twice"])
        #expect(form["name"] == "Ana Mar\u{ED}a")
        #expect(form["tag"] == "a")
        #expect(form.all("tag") == ["a", "b"])
        #expect(form["empty"] == "")
        #expect(form["alone"] == "")
        #expect(form["eq"] == "a=b=c")
        #expect(form["plus"] == "+")
        #expect(form["twice"] == "%41")
        #expect(form["absent"] == nil)
    }

    @Test("a trimmed value has no white space around it, and none is nil")
    func trimmed() throws {
        let form = try parse("a=++x+y%0A&b=+++&c=")
        #expect(form.trimmed("a") == "x y")
        #expect(form.trimmed("b") == nil)
        #expect(form.trimmed("c") == nil)
        #expect(form.trimmed("d") == nil)
    }

    @Test("an id is read as an id or not at all")
    func id() throws {
        let id: ID<Patient> = ID(raw: 42)
        let form = try parse("a=\(id.text)&b=42")
        #expect(form.id("a", of: Patient.self) == id)
        #expect(form.id("b", of: Patient.self) == nil)
    }

    @Test(
        "what is not validly encoded is refused",
        arguments: [
            "a=%", "a=%4", "a=%zz", "a=%00", "a=%FF", "%C3=1", "a=\0", "a=%C0%80", "a=%ED%A0%80",
        ])
    func malformed(_ text: String) {
        let code = faultCodeNow { _ = try parse(text) }
        #expect(code == "form.encoding")
    }

    @Test("a form has at most 500 fields")
    func limit() {
        let fine = faultCodeNow { _ = try parse(String(repeating: "a=1&", count: 500)) }
        #expect(fine == nil)
        let tooMany = faultCodeNow { _ = try parse(String(repeating: "a=1&", count: 501)) }
        #expect(tooMany == "form.fields")
    }

    @Test("any text that is encoded reads back as itself")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 11)
        let scalars =
            (0x20..<0x250).compactMap(Unicode.Scalar.init) + ["\n", "\u{1F600}", "\u{202E}", "&", "=", "+", "%"]
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<30, using: &random) {
                text.unicodeScalars.append(scalars.randomElement(using: &random) ?? "a")
            }
            let form = try parse("x=\(FormFields.encode(text))&y=1")
            #expect(form["x"].map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        }
        #expect(FormFields.encode("a b/\u{E9}~") == "a%20b%2F%C3%A9~")
    }

    @Test("random bytes either read or are refused, and never crash")
    func fuzz() {
        var random = SeededGenerator(seed: 12)
        var read = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : Array("%=&+4aF".utf8).randomElement(using: &random) ?? 0
            }
            let code = faultCodeNow {
                _ = try FormFields(parsing: bytes)
                read += 1
            }
            #expect(code == nil || code == "form.encoding")
        }
        #expect(read > 100)
    }
}
