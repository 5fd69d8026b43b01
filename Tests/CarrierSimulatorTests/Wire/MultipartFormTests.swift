import CarrierSimulator
import Testing

@Suite("Multipart forms") struct MultipartFormTests {
    private static let body =
        "--XX\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nhola\r\nsí\r\n"
        + "--XX\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n"
        + "Content-Type: image/png\r\n\r\n"
        + "\u{1}\r\n--X\r\n"
        + "--XX\r\nContent-Disposition: form-data; name=\"other\"; filename=\"\"\r\n\r\n\r\n--XX--\r\n"

    @Test("texts and files are told apart, and line ends inside a part stay")
    func parts() throws {
        let form = try MultipartForm(parsing: Array(Self.body.utf8), boundary: "XX")
        #expect(form.text("body") == "hola\r\nsí")
        #expect(form.text("picture") == nil)
        #expect(form.files("picture").map(\.bytes) == [Array("\u{1}\r\n--X".utf8)])
        #expect(form.files("picture").first?.fileName == "a.png")
        #expect(form.files("other").isEmpty)
    }

    @Test(
        "the boundary comes from the header",
        arguments: [
            ("multipart/form-data; boundary=XX", "XX"), ("multipart/form-data; charset=utf-8; boundary=\"a b\"", "a b"),
            ("application/x-www-form-urlencoded", nil), ("multipart/form-data", nil),
            ("multipart/form-data; boundary=", nil),
        ])
    func boundary(header: String, expected: String?) {
        #expect(MultipartForm.boundary(contentType: header) == expected)
    }

    @Test("a body cut anywhere is refused, never half read")
    func cut() {
        let bytes = Array(Self.body.utf8)
        for length in 0..<(bytes.count - 4) {
            #expect(throws: MultipartForm.Failure.self) {
                try MultipartForm(parsing: Array(bytes.prefix(length)), boundary: "XX")
            }
        }
    }

    @Test("no changed body makes the parser crash")
    func hostile() {
        let bytes = Array(Self.body.utf8)
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<3_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let place = Int.random(in: changed.indices, using: &generator)
                if Bool.random(using: &generator) {
                    changed[place] = UInt8.random(in: 0...255, using: &generator)
                } else {
                    changed.removeSubrange(place..<min(place + 9, changed.count))
                }
                if changed.isEmpty { break }
            }
            do throws(MultipartForm.Failure) {
                #expect(try MultipartForm(parsing: changed, boundary: "XX").parts.count <= 32)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }
}
