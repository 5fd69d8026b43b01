import ArgumentParser
import Configuration
import Foundation
package import Kernel
package import Logging
import SystemPackage
package import Trust

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
        if let node, !(0..<1024).contains(node) { throw ValidationError("--node must be 0 to 1023.") }
    }

    func settings() async throws -> AppSettings {
        try await AppSettings(options: self)
    }
}

/// The configuration: flags before the environment (`THROUGHLINE_…`) before `DIR/config.json`.
package struct AppSettings: Sendable {
    package var installation: Installation.Options
    package var assets: String?
    package var host: String
    package var publicBase: String?
    package var secureCookies: Bool
    package var logLevel: Logger.Level
    package var breachedPasswords: String?
    package var smsAccount: String?
    package var smsToken: Redacted<String>?
    package var smsFrom: String?
    package var smsBase: String?
    package var smsPublicBase: String?
    /// The identity provider of the tenant with this key; nil when its people sign in here alone.
    package var openID: @Sendable (_ tenant: String) throws -> OpenIDSettings?

    /// Every key with what it does; `docs/configuration.md` lists the same.
    package static let keys: [(key: String, help: String)] = [
        ("database.url", "PostgreSQL URL; absent: SQLite in the data directory"),
        ("database.schema", "PostgreSQL schema, `throughline` if absent"),
        ("node", "number of this node, 0 to 1023"),
        ("assets.root", "folder of templates, browser files and tz data"),
        ("server.host", "address to listen on, 127.0.0.1 if absent"),
        ("server.publicBase", "public address when a proxy stands in front: https://access.example.org"),
        ("server.secureCookies", "true: cookies only over TLS, with the __Host- prefix"),
        ("passwords.breached", "file of breached passwords, SHA-1:COUNT lines sorted by hash; absent: none is refused"),
        ("log.level", "trace, debug, info, notice, warning, error or critical"),
        ("sms.account", "the provider's account SID; absent: no text messages"),
        ("sms.token", "the provider's auth token (secret)"),
        ("sms.from", "the clinic's number, +1…"),
        ("sms.base", "base address of the provider's API"),
        ("sms.publicBase", "base address under which the provider reaches our webhooks"),
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
        secureCookies = reader.bool(forKey: "server.secureCookies", default: false)
        logLevel = Logger.Level(rawValue: reader.string(forKey: "log.level", default: "notice")) ?? .notice
        breachedPasswords = reader.string(forKey: "passwords.breached")
        smsAccount = reader.string(forKey: "sms.account")
        smsToken = reader.string(forKey: "sms.token", isSecret: true).map { Redacted($0) }
        smsFrom = reader.string(forKey: "sms.from")
        smsBase = reader.string(forKey: "sms.base")
        smsPublicBase = reader.string(forKey: "sms.publicBase")
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
