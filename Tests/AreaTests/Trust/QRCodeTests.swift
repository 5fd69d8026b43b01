import Crypto
import Testing
import Trust
import Vault

/// Pinned to what the Python library `qrcode` 8 makes of the same texts, byte mode, error correction M.
@Suite("The picture of an app's secret")
struct QRCodeTests {
    private func rows(_ code: QRCode) -> [String] {
        (0..<code.size).map { y in String((0..<code.size).map { code[$0, y] ? "1" : "0" }) }
    }

    @Test("a short text, module by module")
    func short() throws {
        let expected = """
            111111100010001111111
            100000100001001000001
            101110101000101011101
            101110101100101011101
            101110101010101011101
            100000101111001000001
            111111101010101111111
            000000001010000000000
            101111100011001111100
            101100001011111110001
            110110100000100000110
            110111011001110101100
            001001110000101111010
            000000001010101110111
            111111100111010000010
            100000101110010011111
            101110101011001000001
            101110101100111111000
            101110101010101001000
            100000100111110001100
            111111101001101001010
            """
        let code = try #require(QRCode("throughline"))
        #expect(rows(code).joined(separator: "\n") == expected)
        #expect(code.version == 1)
        #expect(code.path(margin: 4).hasPrefix("M4 4h7v1h-7zM14 4h1v1h-1z"))
    }

    @Test(
        "the longest text of each version, and none that is longer",
        arguments: [
            (14, "0584e5d2adf7b936"), (26, "f1c0e63ca6f8b91e"), (42, "a98ea4d0fdf607b6"), (62, "6231eefcffb1e3b6"),
            (84, "0188bfa3ac932a4d"), (106, "556b53c47ca6e1af"), (122, "2384e96ba5f1c49a"),
            (152, "3bb0e2cdb70bddf2"), (180, "ba33cd1e542ef5ac"), (213, "8a81d8fce8da67b7"),
        ])
    func versions(_ count: Int, _ digest: String) throws {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let text = String((0..<count).map { letters[$0 % 26] })
        let picture = rows(try #require(QRCode(text))).joined(separator: "\n")
        #expect(Hex.encode(Array(SHA256.hash(data: Array(picture.utf8)))).hasPrefix(digest))
        #expect((QRCode(text + "a") == nil) == (count == 213))
    }
}
