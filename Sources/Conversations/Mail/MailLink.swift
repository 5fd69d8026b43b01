import Kernel
import Vault

/// The link in an e-mail by which its reader stops them: the conversation's id, sealed with the tenant's key. It can
/// neither be guessed nor changed, and it does nothing else. It does not run out: a letter of last year may be the one
/// somebody has at hand.
enum MailLink {
    private static let label = "link/mail-choice"
    private static let longest = 120

    static func token(_ id: ID<Conversation>, vault: TenantVault) throws -> String {
        try vault.sealToken(withUnsafeBytes(of: id.raw.bigEndian) { Array($0) }, label: label)
    }

    /// Nil: not a link of ours.
    static func id(_ token: String, vault: TenantVault) -> ID<Conversation>? {
        guard token.utf8.count <= longest, let bytes = vault.openToken(token, label: label), bytes.count == 8 else {
            return nil
        }
        return ID(raw: bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) })
    }
}
