package import Kernel
package import Store

// Outgoing e-mail, by SMTP.
//
// - Only with TLS, but to this machine itself; the server's certificate is checked against the name that is configured.
// - One message is one row of the outbox, as with texts. What the server took is sent, what it refused is told with its
//   code, what it asks to bring later goes later. When the answer to a whole message is missing, nobody knows: a person
//   decides, and a machine never sends it again.
// - The Message-ID is made of the message's own id: whoever got it twice can tell, and so can we.
// - Every message has a link by which its reader stops all e-mail, and the headers by which mail programs offer the
//   same (RFC 8058). Opening the link only shows.
// - Nothing that came from outside gets into a header as it is: addresses are parsed, words are encoded.
// - What is answered to such a message nobody reads yet; its words say so by naming the telephone.

/// The server that takes our e-mail, and whom it is from.
package struct MailSettings: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// Plain until STARTTLS, and no further without it. The usual port is 587.
        case starttls
        /// TLS from the first byte. The usual port is 465.
        case tls
        /// For this machine alone.
        case none
    }

    package let host: String
    package let port: Int
    package let security: Security
    package let user: String?
    package let password: Redacted<String>?
    /// A PEM file of the authorities that may vouch for the server; nil: the machine's own.
    package let authorities: String?
    /// Where readers reach us, for links; nil: messages carry none. Without a slash at the end.
    package let publicBase: String?
    /// Whom the tenant's e-mail is from.
    package let sender: @Sendable (_ transaction: any Transaction) throws -> MailAddress

    package init(
        host: String, port: Int, security: Security, user: String? = nil, password: Redacted<String>? = nil,
        authorities: String? = nil, publicBase: String?,
        sender: @escaping @Sendable (_ transaction: any Transaction) throws -> MailAddress
    ) throws(Fault) {
        guard (1...65_535).contains(port) else {
            throw Fault(.invalid, "config.mail.port", "mail.port is no port.", remedy: "Set 1 to 65535; 587 is usual.")
        }
        let isPlainText = host.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x2f && $0 != 0x40 }
        guard !host.isEmpty, isPlainText else {
            throw Fault(.invalid, "config.mail.host", "mail.host is no name of a server.")
        }
        guard (user == nil) == (password == nil) else {
            throw Fault(
                .invalid, "config.mail.user", "mail.user and mail.passwordFile stand together or not at all.")
        }
        self.host = host.lowercased()
        self.port = port
        self.security = security
        self.user = user
        self.password = password
        self.authorities = authorities
        var base = (publicBase ?? "")[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        self.publicBase = base.isEmpty ? nil : String(base)
        self.sender = sender
    }
}

/// An e-mail address that may stand in a header and in a command: `local@domain.example`, and nothing else.
///
/// Stricter than RFC 5321: no quoted local part, no address in brackets, ASCII only. What we cannot write to safely is
/// told as no address.
package struct MailAddress: Hashable, Sendable {
    package let text: String

    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count), (4...253).contains(parts[1].count),
            Self.isLocal(parts[0]), Self.isDomain(parts[1])
        else { return nil }
        self.text = text
    }

    package var domain: String { String(text.split(separator: "@").last ?? "").lowercased() }
    /// Two spellings of one mailbox, for all that anybody relies on.
    package var folded: String { text.lowercased() }

    private static func isLocal(_ part: Substring.UTF8View) -> Bool {
        part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty
                && word.allSatisfy { byte in
                    isLetterOrDigit(byte) || "!#$%&'*+/=?^_`{|}~-".utf8.contains(byte)
                }
        }
    }

    private static func isDomain(_ part: Substring.UTF8View) -> Bool {
        let labels = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}

/// The kind of outbox row this channel delivers.
enum MailOutbox {
    static let message = "mail"
}
