import ArgumentParser
import Foundation
import JSON
import Kernel
import Logging
import Spine
import Studio
import Trust
import Vault
import Web

/// `throughline init`: a tenant, its keys, a first administrator. Asks nothing; what it made is shown once.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a tenant with its keys and a first administrator.",
        discussion: """
            Makes DIR (the data) and DIR.keys beside it (master key, signing key, audit anchors; mode 0600). Keep a safe
            copy of DIR.keys: without it the data cannot be opened. The administrator's password is shown once, or written
            to --write-password FILE (mode 0600). Run again, it changes nothing, but gives the tenant hosts it does not have.
            A second tenant needs a --host of its own; the one without any answers to every other name.
            """)

    @OptionGroup var options: DataOptions

    @Option(help: ArgumentHelp("The tenant's short name in addresses and API keys.", valueName: "KEY"))
    var tenant = "main"

    @Option(help: ArgumentHelp("The organisation's name.", valueName: "NAME"))
    var name = "Throughline"

    @Option(help: ArgumentHelp("The administrator's e-mail address.", valueName: "EMAIL"))
    var admin = "admin@localhost.example"

    @Option(
        help: ArgumentHelp("A host under which this tenant is reached; can be given several times.", valueName: "HOST"))
    var host: [String] = []

    @Option(help: ArgumentHelp("Write the generated password to this file instead of showing it.", valueName: "FILE"))
    var writePassword: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let settings = try await options.settings(creating: true)
        let platform = try await Platform.open(settings, creating: true)
        let made = try await platform.setUp(tenantKey: tenant, name: name, adminEmail: admin, hosts: host)
        await platform.close()
        if let made, let file = writePassword {
            guard
                FileManager.default.createFile(
                    atPath: file, contents: Data((made.password + "\n").utf8), attributes: [.posixPermissions: 0o600])
            else {
                throw Fault(.unavailable, "init.password-file", "The password file cannot be written.", place: file)
            }
        }
        if json {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("created", made != nil)
            writer.field("tenant", tenant)
            writer.field("data", settings.installation.directory)
            writer.field("keys", platform.installation.keyFolder.path)
            writer.field("admin", ifPresent: made?.email)
            writer.field("password", ifPresent: writePassword == nil ? made?.password : nil)
            writer.endObject()
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        } else if let made {
            Output.line("Tenant \(tenant) is ready in \(settings.installation.directory).")
            Output.line("Keys are in \(platform.installation.keyFolder.path): keep a safe copy, apart from the data.")
            Output.line("Administrator: \(made.email)")
            Output.line(writePassword.map { "Password: in \($0)" } ?? "Password (shown once): \(made.password)")
        } else {
            Output.line("Tenant \(tenant) was already there; nothing was changed.")
        }
    }
}

extension Platform {
    struct FirstAdministrator: Sendable {
        let email: String
        let password: String
    }

    /// Makes the tenant and its administrator; nil when the tenant is there already.
    func setUp(
        tenantKey: String, name: String, adminEmail: String, hosts: [String] = []
    ) async throws -> FirstAdministrator? {
        let installation = installation
        if let known = try await installation.tenants.tenant(key: tenantKey) {
            try await installation.tenants.claim(hosts, for: known)
            try await definitions.load(known)
            return nil
        }
        try await installation.tenants.check(key: tenantKey, hosts: hosts)
        let spine = installation.spine
        let id: ID<Tenant> = spine.ids.next()
        _ = try await spine.keys.openTenant(id, creating: true)
        try await installation.tenants.create(
            id: id, key: tenantKey, name: name, hosts: hosts, at: spine.clock.now())
        let password = Secret.password()
        let hash = try await Password.hash(password)
        let permissions = permissions
        try await spine.run("init", tenant: id, purpose: .systemMaintenance, permissions: permissions, origin: "cli") {
            caller in
            _ = try await spine.perform(SeedAdministrator(permissions: permissions), as: caller)
            _ = try await spine.perform(
                AddUser(
                    email: adminEmail, displayName: "Administrator", roles: ["administrator"], locations: nil,
                    passwordHash: hash),
                as: caller)
            return ((), 2)
        }
        try await definitions.load(id)
        return FirstAdministrator(email: adminEmail, password: password)
    }
}
