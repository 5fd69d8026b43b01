package import Kernel
package import Vault
import Web

// Links to one visit, in what its patient is told of it.
//
// - A link is short, for it goes out by text: the visit's id and a keyed hash of it. It can neither be guessed nor changed.
// - Opening one only shows. Previewers and scanners open every link of every message, some of them twice.
// - To act is a POST of the page. What may be done, and until when, is asked of the visit each time, not of the link.
// - A link ends with the day of its visit. One that ended, was altered or never was looks like any other.
// - The page names the visit and never the person. Where several share the number that texts go to, it names neither
//   place nor practitioner nor what the visit is for: whoever reads there may be somebody else.

package struct VisitLinks: Sendable {
    /// `https://access.example.org`; nil: messages carry no links.
    let publicBase: String?

    package init(publicBase: String?) {
        self.publicBase = publicBase.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    /// Characters of a token.
    private static let length = 24

    /// The address of a visit for its patient; empty without a public address.
    package func address(_ visit: ID<Appointment>, _ vault: TenantVault) -> String {
        publicBase.map { $0 + Self.path(visit, vault) } ?? ""
    }

    package static func path(_ visit: ID<Appointment>, _ vault: TenantVault) -> String {
        let id = withUnsafeBytes(of: visit.raw.bigEndian) { Array($0) }
        return "/v/" + Base64URL.encode(id + mark(id, vault))
    }

    /// Nil: not a link of ours.
    static func visit(_ token: String, _ vault: TenantVault) -> ID<Appointment>? {
        guard token.utf8.count == length, let bytes = Base64URL.decode(token), bytes.count == 18 else { return nil }
        let id = Array(bytes.prefix(8))
        guard Timing.equal(Array(bytes.suffix(10)), mark(id, vault)) else { return nil }
        return ID(raw: id.reduce(Int64(0)) { $0 << 8 | Int64($1) })
    }

    /// 80 bits: nobody finds one by trying at the rate at which addresses are answered.
    private static func mark(_ id: [UInt8], _ vault: TenantVault) -> [UInt8] {
        Array(vault.keyedHash(id, label: "visit-link").prefix(10))
    }
}
