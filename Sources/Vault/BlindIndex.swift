import Crypto
import Kernel
import Synchronization

/// Turns searchable values into 64-bit terms: keyed HMAC-SHA256, cut to eight bytes, with a key per tenant, field and
/// length. Equal values give equal terms, nothing else can be read from them; what equality and frequency reveal is
/// written down in `docs/security/blind-index.md` with an attack script and its recovery rate.
package final class BlindIndex: Sendable {
    /// What a term was made from. The names are frozen: they are part of the keys.
    package enum Field: String, Sendable, CaseIterable {
        case nameWord = "name-word"
        case namePrefix = "name-prefix"
        case nameSound = "name-sound"
        case phone = "phone"
        case phoneEnd = "phone-end"
        case birthDate = "birth-date"
        case identifier = "identifier"
        case email = "email"
        case sourceID = "source-id"
    }

    private let vault: TenantVault
    private let prepared = Mutex<[Key: HMAC<SHA256>]>([:])

    private struct Key: Hashable {
        let field: Field
        let length: Int
    }

    package init(vault: TenantVault) {
        self.vault = vault
    }

    /// The term of a normalised value. For prefixes the length is part of the key, so a prefix of one length says
    /// nothing about one of another.
    package func term(_ field: Field, _ value: some StringProtocol) -> Int64 {
        let length = field == .namePrefix ? value.utf8.count : 0
        let key = Key(field: field, length: length)
        var code = prepared.withLock { prepared in
            if let code = prepared[key] { return code }
            let code = HMAC<SHA256>(key: vault.derivedKey("index/\(field.rawValue)/\(length)"))
            prepared[key] = code
            return code
        }
        code.update(data: Array(value.utf8))
        var term: UInt64 = 0
        for byte in code.finalize().prefix(8) { term = term << 8 | UInt64(byte) }
        return Int64(bitPattern: term)
    }
}
