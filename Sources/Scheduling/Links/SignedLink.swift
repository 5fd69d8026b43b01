import Kernel
import Vault

// Links that act for one person, in messages to them.
//
// - What a link carries is an id, sealed with the tenant's key under the name of what it is for: it can neither be guessed
//   nor changed, and one made for one thing opens no other.
// - Opening a link only shows. Previewers and virus scanners open every link of every message, some of them twice.
// - To act is a POST of the page. What a link may do, and until when, is asked of the row each time, not of the link.
// - A link that was altered, that leads nowhere or that never was looks like one that has run out.

enum SignedLink {
    /// Longer than any that we make.
    private static let longest = 120

    static func token<Subject>(_ id: ID<Subject>, for label: String, vault: TenantVault) throws -> String {
        try vault.sealToken(withUnsafeBytes(of: id.raw.bigEndian) { Array($0) }, label: "link/" + label)
    }

    /// Nil: not a link of ours, or not for this.
    static func id<Subject>(_ token: String, for label: String, vault: TenantVault) -> ID<Subject>? {
        guard token.utf8.count <= longest, let bytes = vault.openToken(token, label: "link/" + label),
            bytes.count == 8
        else { return nil }
        return ID(raw: bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) })
    }
}
