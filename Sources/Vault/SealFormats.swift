package import Crypto
import Kernel

/// How sealed values are written and read. The first byte of a sealed value is the version of its format: the newest one
/// seals, and every one that ever was still opens. `Resealing` moves old rows forward.
///
/// To bring a new format in: give it the next number, make it `newest`, and move the one before it to `older`, where it
/// stays for as long as a backup may hold such a row.
package struct SealFormats: Sendable {
    /// One shape of what follows the version byte. Version numbers are frozen: they are part of the associated data.
    package struct Format: Sendable {
        package let version: UInt8
        /// Throws when the value cannot be sealed.
        let seal: @Sendable (_ plain: [UInt8], SymmetricKey, _ associated: [UInt8]) throws -> [UInt8]
        /// Throws when the bytes, the key or the associated data are not those of the sealing.
        let open: @Sendable (_ sealed: ArraySlice<UInt8>, SymmetricKey, _ associated: [UInt8]) throws -> [UInt8]

        package init(
            version: UInt8,
            seal: @escaping @Sendable (_ plain: [UInt8], SymmetricKey, _ associated: [UInt8]) throws -> [UInt8],
            open:
                @escaping @Sendable (
                    _ sealed: ArraySlice<UInt8>, SymmetricKey, _ associated: [UInt8]
                ) throws -> [UInt8]
        ) {
            self.version = version
            self.seal = seal
            self.open = open
        }
    }

    let newest: Format
    private let older: [UInt8: Format]

    package init(newest: Format, older: [Format] = []) {
        self.newest = newest
        self.older = Dictionary(older.map { ($0.version, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What this release writes and reads.
    package static let current = SealFormats(newest: .aesGCM)

    subscript(version: UInt8) -> Format? { version == newest.version ? newest : older[version] }
}

extension SealFormats.Format {
    /// Version 1: AES-256-GCM; a nonce of 12 bytes, the cipher text and a tag of 16.
    package static let aesGCM = SealFormats.Format(
        version: 1,
        seal: { plain, key, associated in
            guard let combined = try AES.GCM.seal(plain, using: key, authenticating: associated).combined else {
                throw Fault(.internalError, "sealed.seal", "A value could not be sealed.")
            }
            return Array(combined)
        },
        open: { sealed, key, associated in
            Array(try AES.GCM.open(try AES.GCM.SealedBox(combined: sealed), using: key, authenticating: associated))
        })
}
