import Configuration
package import Conversations
import Foundation
import Kernel
import Store
import Trust

/// What the configuration says of outgoing e-mail.
package struct MailOptions: Sendable {
    package var host: String
    package var port: Int
    package var security: MailSettings.Security
    package var user: String?
    package var passwordFile: String?
    package var authorities: String?
    /// The address of the tenant with this key.
    package var from: @Sendable (_ tenant: String) -> String?

    static let keys: [(key: String, help: String)] = [
        ("mail.host", "the server that takes outgoing e-mail; absent: none is sent"),
        ("mail.port", "its port, 587 if absent"),
        ("mail.security", "starttls or tls; none for a server on this machine alone; starttls if absent"),
        ("mail.user", "whom we sign in as; absent: nobody"),
        ("mail.passwordFile", "file of that account's password, readable by its owner only (secret)"),
        ("mail.authorities", "PEM file of who may vouch for the server; the machine's own if absent"),
        ("mail.from", "the address that e-mail is from"),
        ("mail.TENANT.from", "the same for one tenant"),
    ]

    /// Nil: there is none. A half configured one is refused by name.
    init?(_ reader: ConfigReader) throws {
        guard let host = reader.string(forKey: "mail.host") else { return nil }
        guard let security = MailSettings.Security(rawValue: reader.string(forKey: "mail.security") ?? "starttls")
        else {
            throw Fault(
                .invalid, "config.mail.security", "mail.security is none of starttls, tls and none.",
                remedy: "Leave it out for STARTTLS.")
        }
        self.host = host
        self.security = security
        port = reader.int(forKey: "mail.port", default: 587)
        user = reader.string(forKey: "mail.user")
        passwordFile = reader.string(forKey: "mail.passwordFile")
        authorities = reader.string(forKey: "mail.authorities")
        from = { tenant in
            reader.string(forKey: ConfigKey(["mail", tenant, "from"])) ?? reader.string(forKey: "mail.from")
        }
    }

    package init(
        host: String, port: Int, security: MailSettings.Security, from: @escaping @Sendable (String) -> String?
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.from = from
    }
}

extension AppSettings {
    func mailSettings() throws -> MailSettings? {
        guard let mail else { return nil }
        return try MailSettings(
            host: mail.host, port: mail.port, security: mail.security, user: mail.user,
            password: try mail.passwordFile.map(Self.password), authorities: mail.authorities,
            publicBase: linkBase ?? publicBase,
            sender: { transaction in try Self.sender(mail, of: TenantDirectory.key(in: transaction)) })
    }

    /// Whom the e-mail of a tenant is from: told when the program starts, not when the first message waits.
    func checkMail(of tenant: String) throws {
        if let mail { _ = try Self.sender(mail, of: tenant) }
    }

    private static func sender(_ mail: MailOptions, of tenant: String) throws -> MailAddress {
        guard let address = mail.from(tenant).flatMap(MailAddress.init) else {
            throw Fault(
                .invalid, "config.mail.from", "The address that e-mail is from is missing or is none.",
                remedy: "Set mail.from, or mail.\(tenant).from, to an address such as front-desk@clinic.example.")
        }
        return address
    }

    private static func password(_ file: String) throws -> Redacted<String> {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)  // not there: told below
        let mode = attributes?[.posixPermissions] as? Int ?? 0o777
        guard let data = FileManager.default.contents(atPath: file), mode & 0o077 == 0 else {
            throw Fault(
                .invalid, "config.mail.password", "mail.passwordFile cannot be read, or others can read it.",
                remedy: "Give it the mode 0600.", place: file)
        }
        let line = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
        guard let line else {
            throw Fault(.invalid, "config.mail.password", "mail.passwordFile is empty.", place: file)
        }
        return Redacted(line)
    }
}
