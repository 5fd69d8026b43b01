import ArgumentParser
import Configuration
import Foundation
package import Kernel
package import Logging
import SystemPackage
package import Trust
package import Web

/// What every command that opens data takes.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data directory.", valueName: "DIR"))
    var data: String

    @Option(help: ArgumentHelp("Use PostgreSQL at this URL instead of the embedded SQLite.", valueName: "URL"))
    var database: String?

    @Option(help: ArgumentHelp("The PostgreSQL schema.", valueName: "NAME"))
    var schema: String?

    @Option(help: ArgumentHelp("This node's number among the nodes of one database, 0 to 1023.", valueName: "N"))
    var node: Int?

    @Option(
        help: ArgumentHelp(
            "Where templates, browser files and tz data are; found beside the program if not given.", valueName: "DIR"))
    var assets: String?

    func validate() throws {
        if data.isEmpty { throw ValidationError("--data must name a directory.") }
        try DatabaseFlag.check(database)
        if let node, !(0..<1024).contains(node) { throw ValidationError("--node must be 0 to 1023.") }
    }

    /// What is configured, with the node's number taken. `serving`: under the configured number and no other.
    /// `creating`: in a data directory that may have to be made.
    func settings(serving: Bool = false, creating: Bool = false) async throws -> AppSettings {
        var settings = try await AppSettings(options: self)
        if creating {
            try FileManager.default.createDirectory(
                atPath: data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        settings.installation.node = try await NodeClaim.take(
            settings.installation.node, in: data, orSpare: !serving && node == nil)
        return settings
    }
}

/// A flag can be read by everybody on the machine, so none takes a secret.
enum DatabaseFlag {
    static func check(_ url: String?) throws {
        guard let url, url.contains("://") else { return }
        // Looked at loosely: libpq reads more forms than one, and an "@" belongs to no host.
        let parts = url.split(separator: "?", maxSplits: 1)
        let user = parts[0].split(separator: "@").count > 1 ? parts[0].drop { $0 != "/" }.prefix { $0 != "@" } : ""
        let words = parts.count > 1 ? parts[1].lowercased().split(separator: "&") : []
        guard user.contains(":") || words.contains(where: { $0.hasPrefix("password=") || $0.hasPrefix("sslpassword=") })
        else { return }
        throw ValidationError(
            "--database holds a password, which everybody on this machine could read. "
                + "Set THROUGHLINE_DATABASE_URL, or database.url in config.json, or use a password file (PGPASSFILE).")
    }
}

/// Where the server listens, for the command that serves and the one that looks at what is served.
struct ListeningOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The port, 8080 if not configured; 0 takes a free one.", valueName: "N"))
    var port: Int?

    @Option(help: ArgumentHelp("Speak TLS with this certificate (PEM, its chain after it).", valueName: "FILE"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's key (PEM, mode 0600).", valueName: "FILE"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("A plain port beside TLS that leads people to https.", valueName: "N"))
    var tlsRedirectPort: Int?

    func validate() throws {
        if let port, !(0...65_535).contains(port) { throw ValidationError("--port must be 0 to 65535.") }
        if let tlsRedirectPort, !(1...65_535).contains(tlsRedirectPort) {
            throw ValidationError("--tls-redirect-port must be 1 to 65535.")
        }
    }

    /// Over what the environment and the file say.
    func apply(to settings: inout AppSettings) throws {
        settings.port = port ?? settings.port
        settings.tlsCertificate = tlsCertificate ?? settings.tlsCertificate
        settings.tlsKey = tlsKey ?? settings.tlsKey
        settings.tlsRedirectPort = tlsRedirectPort ?? settings.tlsRedirectPort
        try settings.checkListening()
    }
}

/// The configuration: flags before the environment (`THROUGHLINE_…`) before `DIR/config.json`.
package struct AppSettings: Sendable {
    package var installation: Installation.Options
    package var assets: String?
    package var host: String
    package var port = 8080
    package var publicBase: String?
    /// Whose `X-Forwarded-For` counts.
    package var trustedProxies: [IPAddress.Network] = []
    /// Where patients reach the practice: the beginning of links in messages; `publicBase` when nothing is set.
    package var linkBase: String?
    package var secureCookies: Bool
    /// Answers leave at whole multiples of it since their request.
    package var answerGrid = Duration.milliseconds(2)
    package var tlsCertificate: String?
    package var tlsKey: String?
    package var tlsRedirectPort: Int?
    package var outboundAllow: [String] = []
    package var rateLimits = RateLimits()
    package var logLevel: Logger.Level
    package var breachedPasswords: String?
    package var smsAccount: String?
    package var smsToken: Redacted<String>?
    package var smsFrom: String?
    package var smsBase: String?
    package var smsPublicBase: String?
    /// Nil: no e-mail is sent.
    package var mail: MailOptions?
    /// The identity provider of the tenant with this key; nil when its people sign in here alone.
    package var openID: @Sendable (_ tenant: String) throws -> OpenIDSettings?

    /// Every key with what it does; `docs/configuration.md` lists the same.
    package static let keys: [(key: String, help: String)] =
        [
            ("database.url", "PostgreSQL URL; absent: SQLite in the data directory"),
            ("database.schema", "PostgreSQL schema, `throughline` if absent"),
            ("node", "number of this node, 0 to 1023"),
            ("assets.root", "folder of templates, browser files and tz data"),
            ("server.host", "address to listen on, 127.0.0.1 if absent"),
            ("server.port", "port to listen on, 8080 if absent"),
            ("server.publicBase", "public address when a proxy stands in front: https://access.example.org"),
            (
                "server.trustedProxies",
                "addresses and networks of the proxies in front; absent: this machine when server.publicBase is set"
            ),
            ("server.linkBase", "address that links in messages begin with; server.publicBase if not set"),
            ("server.secureCookies", "true: cookies only over TLS, with the __Host- prefix"),
            ("server.answerGrid", "milliseconds at whole multiples of which answers leave, 2 if absent; 0: at once"),
            ("server.tls.certificate", "PEM file of the certificate and its chain; absent: plain HTTP"),
            ("server.tls.key", "PEM file of the certificate's key, readable by its owner only (secret)"),
            ("server.tls.redirectPort", "a plain port beside TLS that leads people to https"),
            ("outbound.allow", "hosts and networks that may be called though they are private, or on another port"),
            ("rateLimit.enabled", "false: no limits"),
            ("rateLimit.key", "requests a second and burst of one API key, 1000/5000 if absent"),
            ("rateLimit.session", "requests a second and burst of one signed-in browser, 50/500 if absent"),
            (
                "rateLimit.address",
                "requests a second and burst of one address without a valid identity, 50/500 if absent"
            ),
            ("rateLimit.hook", "webhook calls a second and burst from one address, 500/5000 if absent"),
            (
                "passwords.breached",
                "file of breached passwords, SHA-1:COUNT lines sorted by hash; beside the common ones"
            ),
            ("log.level", "trace, debug, info, notice, warning, error or critical"),
            ("sms.account", "the provider's account SID; absent: no text messages"),
            ("sms.token", "the provider's auth token (secret)"),
            ("sms.from", "the clinic's number, +1…"),
            ("sms.base", "base address of the provider's API"),
            ("sms.publicBase", "base address under which the provider reaches our webhooks"),
        ] + MailOptions.keys + [
            ("openid.TENANT.issuer", "identity provider for the tenant's staff, as it names itself; absent: none"),
            ("openid.TENANT.clientId", "what the provider knows us by"),
            ("openid.TENANT.clientSecret", "the client's secret (secret: environment or file only)"),
            ("openid.TENANT.name", "what people know the provider by: Sign in with NAME"),
            ("openid.TENANT.secondStep", "values of amr or acr, by spaces, that count as a second step"),
            ("openid.TENANT.plainLoopback", "true: for development, the provider may be on this machine without TLS"),
        ]

    /// Plain settings on a data directory, without environment or file: for tests.
    package init(data: String, assets: String?) {
        installation = Installation.Options(directory: data)
        self.assets = assets
        host = "127.0.0.1"
        secureCookies = false
        rateLimits = .none
        logLevel = .critical
        openID = { _ in nil }
    }

    init(options: DataOptions) async throws {
        let file = options.data + "/config.json"
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider()]
        if FileManager.default.fileExists(atPath: file) {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                throw Fault(
                    .invalid, "config.json", "The configuration file cannot be read or is not valid JSON.", place: file,
                    cause: error)
            }
        }
        let reader = ConfigReader(providers: providers).scoped(to: "throughline")
        installation = Installation.Options(
            directory: options.data,
            databaseURL: options.database ?? reader.string(forKey: "database.url", isSecret: true))
        installation.schema = options.schema ?? reader.string(forKey: "database.schema", default: "throughline")
        installation.node = options.node ?? reader.int(forKey: "node", default: 0)
        assets = options.assets ?? reader.string(forKey: "assets.root")
        host = reader.string(forKey: "server.host", default: "127.0.0.1")
        publicBase = reader.string(forKey: "server.publicBase")
        trustedProxies = try Self.trustedProxies(
            reader.stringArray(forKey: "server.trustedProxies") ?? (publicBase == nil ? [] : ["127.0.0.0/8", "::1"]))
        linkBase = reader.string(forKey: "server.linkBase")
        secureCookies = reader.bool(forKey: "server.secureCookies", default: false)
        answerGrid = try Self.answerGrid(milliseconds: reader.int(forKey: "server.answerGrid", default: 2))
        port = reader.int(forKey: "server.port", default: 8080)
        tlsCertificate = reader.string(forKey: "server.tls.certificate")
        tlsKey = reader.string(forKey: "server.tls.key")
        tlsRedirectPort = reader.int(forKey: "server.tls.redirectPort")
        outboundAllow = reader.stringArray(forKey: "outbound.allow", default: [])
        rateLimits = try Self.rateLimits(reader)
        logLevel = Logger.Level(rawValue: reader.string(forKey: "log.level", default: "notice")) ?? .notice
        breachedPasswords = reader.string(forKey: "passwords.breached")
        smsAccount = reader.string(forKey: "sms.account")
        smsToken = reader.string(forKey: "sms.token", isSecret: true).map { Redacted($0) }
        smsFrom = reader.string(forKey: "sms.from")
        smsBase = reader.string(forKey: "sms.base")
        smsPublicBase = reader.string(forKey: "sms.publicBase")
        mail = try MailOptions(reader)
        openID = { tenant in try OpenIDSettings(of: tenant, reader) }
    }
}

extension OpenIDSettings {
    /// Nil when the tenant has none; a half configured one is refused by name.
    init?(of tenant: String, _ reader: ConfigReader) throws {
        let part = reader.scoped(to: ConfigKey(["openid", tenant]))
        let given = ["issuer", "clientId", "clientSecret", "name"].filter {
            part.string(forKey: ConfigKey([$0])) != nil
        }
        if given.isEmpty { return nil }
        try self.init(
            issuer: part.string(forKey: "issuer") ?? "", clientID: part.string(forKey: "clientId") ?? "",
            clientSecret: Redacted(part.string(forKey: "clientSecret", isSecret: true) ?? ""),
            name: part.string(forKey: "name") ?? "",
            secondStep: Set((part.string(forKey: "secondStep") ?? "").split(separator: " ").map(String.init)),
            allowsPlainLoopback: part.bool(forKey: "plainLoopback", default: false))
    }
}

extension AppSettings {
    package var tls: TLSFiles? {
        get throws(Fault) { try TLSFiles(certificate: tlsCertificate, key: tlsKey) }
    }

    /// Whether browsers reach us over TLS: by ourselves, or by the proxy whose address is configured.
    var isReachedOverTLS: Bool {
        tlsCertificate != nil || (publicBase ?? "").lowercased().hasPrefix("https://")
    }

    /// Cookies that never leave over a plain connection.
    var hasSecureCookies: Bool { secureCookies || tlsCertificate != nil }

    func checkListening() throws(Fault) {
        guard (0...65_535).contains(port) else {
            throw Fault(.invalid, "config.port", "server.port is no port.", remedy: "Set 0 to 65535.")
        }
        _ = try tls
        guard let redirect = tlsRedirectPort else { return }
        guard tlsCertificate != nil, port != 0, redirect != port, (1...65_535).contains(redirect) else {
            throw Fault(
                .invalid, "config.tls.redirect", "server.tls.redirectPort does not fit the rest.",
                remedy: "It needs TLS, and a port of its own beside a fixed server.port.")
        }
    }

    static func trustedProxies(_ texts: [String]) throws -> [IPAddress.Network] {
        try texts.map { text in
            guard let network = IPAddress.Network(text.trimmingCharacters(in: .whitespaces)) else {
                throw Fault(
                    .invalid, "config.trusted-proxies", "server.trustedProxies: \(text) is no address and no network.",
                    remedy: "Write 10.0.0.7 or 10.0.0.0/24.")
            }
            return network
        }
    }

    static func answerGrid(milliseconds: Int) throws(Fault) -> Duration {
        guard (0...50).contains(milliseconds) else {
            throw Fault(
                .invalid, "config.answer-grid", "server.answerGrid is out of range.",
                remedy: "Set 0 to 50 milliseconds; 0 lets answers leave at once.")
        }
        return .milliseconds(milliseconds)
    }

    private static func rateLimits(_ reader: ConfigReader) throws -> RateLimits {
        guard reader.bool(forKey: "rateLimit.enabled", default: true) else { return .none }
        var limits = RateLimits()
        for kind in RateLimits.Kind.allCases {
            guard let text = reader.string(forKey: ConfigKey("rateLimit.\(kind.rawValue)")) else { continue }
            guard let rate = RateLimits.Rate(text) else {
                throw Fault(
                    .invalid, "config.rate-limit", "rateLimit.\(kind.rawValue) cannot be read.",
                    remedy: "Write RATE/BURST, requests a second and at once: 50/500.")
            }
            limits[kind] = rate
        }
        return limits
    }
}
