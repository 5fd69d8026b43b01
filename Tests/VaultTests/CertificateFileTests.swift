import Crypto
import Kernel
import Testing
import Vault

@Suite("Certificates as files")
struct CertificateFileTests {
    private static let keyLine = "signing-key 0123456789abcdef\n".utf8.count
    private let signer = Curve25519.Signing.PrivateKey()

    private func file(
        _ text: String = "throughline disposal 1\nreason request\nrows patient 1\n"
    ) throws -> CertificateFile {
        CertificateFile(
            DisposalCertificate(text: text, signature: Array(try signer.signature(for: Array(text.utf8)))),
            by: [PublicSigningKey(signer.publicKey)])
    }

    @Test("a file is read as it was written, and is checked by the public key alone")
    func whole() throws {
        let made = try file()
        let key = try #require(PublicSigningKey(hex: PublicSigningKey(signer.publicKey).hex))
        let read = try CertificateFile(reading: Array(made.text.utf8))
        #expect(read == made)
        #expect(read.keyID == key.id)
        #expect(key.id.count == 16)
        #expect(read.problem(under: key) == nil)
    }

    @Test("whichever byte is changed, left out or added, it is refused")
    func bytes() throws {
        let key = PublicSigningKey(signer.publicKey)
        let whole = Array(try file().text.utf8)
        func isRefused(_ bytes: [UInt8]) -> Bool {
            // Refused in reading, or by the key.
            guard let read = try? CertificateFile(reading: bytes) else { return true }
            return read.problem(under: key) != nil
        }
        #expect(!isRefused(whole))
        for index in whole.indices {
            for change in [0x01, 0x20, 0x80] as [UInt8] {
                var other = whole
                other[index] ^= change
                #expect(isRefused(other), "byte \(index) changed by \(change)")
            }
            var shorter = whole
            shorter.remove(at: index)
            #expect(isRefused(shorter), "without byte \(index)")
            // Cut before the last line it is a file of an earlier release.
            if index != whole.count - Self.keyLine { #expect(isRefused(Array(whole[..<index])), "cut at \(index)") }
            var longer = whole
            longer.insert(0x0a, at: index)
            #expect(isRefused(longer), "a line feed at \(index)")
        }
        #expect(isRefused(whole + [0x0a]))
        #expect(isRefused(whole + whole))
    }

    @Test("another key's signature is refused, and a file of before keys were named is checked all the same")
    func keys() throws {
        let key = PublicSigningKey(signer.publicKey)
        let other = PublicSigningKey(Curve25519.Signing.PrivateKey().publicKey)
        let made = try file()
        #expect(made.problem(under: other)?.contains(key.id) == true)
        let old = try CertificateFile(reading: Array(made.text.utf8.dropLast(Self.keyLine)))
        #expect(old.keyID == nil)
        #expect(old.problem(under: key) == nil)
        #expect(old.problem(under: other) != nil)
        // A key that did not sign it is not named.
        #expect(CertificateFile(made.certificate, by: [other]).keyID == nil)
        #expect(PublicSigningKey(hex: "00") == nil)
    }
}
