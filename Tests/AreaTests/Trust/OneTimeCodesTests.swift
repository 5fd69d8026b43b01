import Kernel
import Testing
import Trust

@Suite("Codes of authenticator apps")
struct OneTimeCodesTests {
    private static let secret = Array("12345678901234567890".utf8)

    @Test("the codes of RFC 4226, appendix D")
    func hotp() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        for (counter, code) in codes.enumerated() {
            #expect(TOTP.code(secret: Self.secret, counter: Int64(counter)) == code)
        }
    }

    @Test(
        "the codes of RFC 6238, appendix B",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(Int64, String)])
    func totp(_ seconds: Int64, _ code: String) {
        let step = TOTP.step(at: Instant(seconds: seconds))
        #expect(TOTP.code(secret: Self.secret, counter: step, digits: 8) == code)
    }

    @Test("a code counts in its half minute and the ones beside it, and never for a step that was used")
    func window() {
        let now = Instant(seconds: 1_772_463_600)
        let step = TOTP.step(at: now)
        for drift in [-1, 0, 1] as [Int64] {
            let code = TOTP.code(secret: Self.secret, counter: step + drift)
            #expect(TOTP.step(of: code, secret: Self.secret, at: now, after: 0) == step + drift)
            #expect(TOTP.step(of: code, secret: Self.secret, at: now, after: step + drift) == nil)
        }
        for drift in [-2, 2] as [Int64] {
            let code = TOTP.code(secret: Self.secret, counter: step + drift)
            #expect(TOTP.step(of: code, secret: Self.secret, at: now, after: 0) == nil)
        }
        for code in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            #expect(TOTP.step(of: code, secret: Self.secret, at: now, after: 0) == nil)
        }
    }

    @Test(
        "base 32 as in RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(_ plain: String, _ text: String) {
        #expect(Base32.encode(Array(plain.utf8)) == text)
    }

    @Test("recovery codes are ten, differ, and are taken however they are typed")
    func recovery() {
        let codes = SecondStep.freshCodes()
        #expect(Set(codes).count == 10)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}/) != nil })
        #expect(SecondStep.plain(" a1b2-c3d4 e5o0-") == "A1B2C3D4E500")
        #expect(SecondStep.plain("il-11") == "1111")
    }
}
