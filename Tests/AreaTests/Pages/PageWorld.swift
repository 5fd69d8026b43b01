import App
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Spine
import Store
import Studio
import StudioAPI
import Synchronization
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

/// The whole program behind its server, without a socket: pages are asked for as a browser without scripts asks. The
/// shipped blueprint, one administrator, a clock that stands still on Monday 2 March 2026, 8:00 in Denver.
struct PageWorld {
    let platform: Platform
    let server: Server
    let tenant: ID<Tenant>
    let clock: ManualClock
    let people: PageData

    var spine: Spine { platform.installation.spine }

    static func with(
        _ engine: Engine, settings change: (inout AppSettings) -> Void = { _ in },
        _ body: @escaping (PageWorld) async throws -> Void
    ) async throws {
        await TestStores.places.take()
        defer { TestStores.places.give() }
        let name = "pages_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let folder = FileManager.default.temporaryDirectory.path + "/" + name
        var settings = AppSettings(data: folder, assets: ShippedDefinitions.root)
        let clock = ManualClock(TestWorld.start)
        settings.installation.clock = clock
        if engine == .postgres {
            settings.installation.databaseURL = try TestStores.postgresURL()
            settings.installation.schema = name
        }
        change(&settings)
        let platform = try await Platform.open(settings, creating: true)
        do {
            let tenant = try await setUp(platform)
            try await body(
                PageWorld(
                    platform: platform, server: try await platform.server(), tenant: tenant, clock: clock,
                    people: PageData(platform: platform, tenant: tenant)))
        } catch {
            try await remove(platform, engine, name, folder)
            throw error
        }
        try await remove(platform, engine, name, folder)
    }

    private static func remove(_ platform: Platform, _ engine: Engine, _ schema: String, _ folder: String) async throws
    {
        await platform.close()
        if engine == .postgres { try await TestStores.dropPostgres(schema: schema) }
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.removeItem(atPath: folder + ".keys")
    }

    static let password = "a password for tests alone"

    private static func setUp(_ platform: Platform) async throws -> ID<Tenant> {
        let spine = platform.installation.spine
        let tenant: ID<Tenant> = spine.ids.next()
        _ = try await spine.keys.openTenant(tenant, creating: true)
        try await platform.installation.tenants.create(id: tenant, key: "clinic", name: "Clinic", at: spine.clock.now())
        let blueprint = try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care")
        let apply = ApplyBlueprint(blueprint, zones: Set(platform.zones.names), permissions: platform.permissions)
        let hash = try await Password.hash(password)
        try await spine.run(
            "set-up", tenant: tenant, purpose: .systemMaintenance, permissions: platform.permissions, origin: "cli"
        ) { caller in
            _ = try await spine.perform(apply, as: caller)
            for role in ["administrator", "clinic-manager", "clinician", "privacy-officer"] {
                _ = try await spine.perform(
                    AddUser(
                        email: "\(role)@clinic.example", displayName: "Ana Torres", roles: [role], locations: nil,
                        passwordHash: hash), as: caller)
            }
            return ((), 3)
        }
        try await platform.definitions.load(tenant)
        return tenant
    }

    // MARK: Asking

    /// Somebody who has signed in.
    func signIn(_ role: String = "administrator") async throws -> Visitor {
        let answer = try await attempt("\(role)@clinic.example", Self.password)
        guard case .session(let token) = answer else { throw Fault(.internalError, "test", "no session: \(answer)") }
        return try await visitor(token)
    }

    /// One attempt to sign in with a password.
    func attempt(
        _ email: String, _ password: String, from remote: String = "test"
    ) async throws -> Gatekeeper.SignInAnswer {
        try await platform.gatekeeper.signIn(
            email: email, password: password, device: "Firefox, Linux", request: origin(remote))
    }

    func origin(_ remote: String = "test") -> RequestOrigin {
        RequestOrigin(tenant: tenant, correlation: spine.ids.nextRaw(), remote: remote)
    }

    /// The browser with this session.
    func visitor(_ token: String, page: String = "/") async throws -> Visitor {
        var visitor = Visitor(server: server, cookie: token, csrf: "")
        let page = try await visitor.get(page)
        visitor.csrf = try #require(page.html.firstMatch(of: /<meta name="csrf" content="([^"]+)">/)).output.1.text
        return visitor
    }

    /// Publishes a role as it is shipped, but for what `change` changes.
    func changeRole(_ key: String, _ change: @Sendable (inout RoleDefinition) -> Void) async throws {
        try await changeBlueprint { blueprint in
            for index in blueprint.roles.indices where blueprint.roles[index].key == key {
                change(&blueprint.roles[index])
            }
        }
    }

    /// Publishes the shipped blueprint, but for what `change` changes.
    func changeBlueprint(_ change: (inout Blueprint) -> Void) async throws {
        var blueprint = try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care")
        change(&blueprint)
        let apply = ApplyBlueprint(
            blueprint, zones: Set(platform.zones.names), permissions: platform.permissions)
        try await spine.run(
            "change", tenant: tenant, purpose: .systemMaintenance, permissions: platform.permissions, origin: "cli"
        ) { caller in
            _ = try await spine.perform(apply, as: caller)
            return ((), 1)
        }
        try await platform.definitions.load(tenant)
    }

    /// The id of the user with this role.
    func user(_ role: String) async throws -> ID<User> {
        let hash = UserStore.loginHash("\(role)@clinic.example", try await spine.vault(tenant))
        let found = try await spine.database.read(tenant) { try UserStore.find(login: hash, in: $0) }
        return try #require(found).id
    }

    /// A browser without a session.
    var stranger: Visitor { Visitor(server: server, cookie: "", csrf: "") }
}

/// A browser with a session.
struct Visitor: Sendable {
    let server: Server
    let cookie: String
    var csrf: String
    /// Other cookies: `name=value`.
    var more: [String] = []
    /// The host it asks.
    var authority = "clinic.example"

    func get(
        _ target: String, _ language: Language = .english, live: Bool = false
    ) async throws -> Answer {
        try await ask(.get, target, language, body: [], live: live)
    }

    func post(
        _ target: String, _ fields: [(String, String)], _ language: Language = .english
    ) async throws -> Answer {
        let pairs = fields.filter { $0.0 != "csrf" } + [("csrf", csrf)]
        let body = pairs.map { "\(FormFields.encode($0.0))=\(FormFields.encode($0.1))" }.joined(separator: "&")
        return try await ask(.post, target, language, body: Array(body.utf8))
    }

    /// The answer as the server streams it.
    func open(_ target: String) async throws -> Response {
        try await send(.get, target, .english, body: [], live: false)
    }

    private func ask(
        _ method: HTTPRequest.Method, _ target: String, _ language: Language, body: [UInt8], live: Bool = false
    ) async throws -> Answer {
        let response = try await send(method, target, language, body: body, live: live)
        let collected = Collected()
        try await response.body.write(Collector(collected: collected))
        return Answer(
            status: response.status.code, location: response.headers[.location], html: collected.text,
            address: target, cookies: response.headers[values: .setCookie])
    }

    private func send(
        _ method: HTTPRequest.Method, _ target: String, _ language: Language, body: [UInt8], live: Bool
    ) async throws -> Response {
        var head = HTTPRequest(method: method, scheme: "http", authority: authority, path: target)
        let cookies = ["\(Server.cookieName)=\(cookie)", "throughline-language=\(language.rawValue)"] + more
        head.headerFields[.cookie] = cookies.joined(separator: "; ")
        head.headerFields[.accept] = "text/html"
        if live { head.headerFields[.live] = "inbox" }
        if method == .post { head.headerFields[.contentType] = "application/x-www-form-urlencoded" }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
        return try await server.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body))), context: context)
    }

    private final class Collected: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        func add(_ buffer: ByteBuffer) { bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) } }
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }

    private struct Collector: ResponseBodyWriter {
        let collected: Collected

        mutating func write(_ buffer: ByteBuffer) async throws { collected.add(buffer) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

/// What the server answered.
struct Answer: Sendable {
    let status: Int
    let location: String?
    let html: String
    let address: String
    var cookies: [String] = []

    /// The value of a cookie that was set.
    func cookie(_ name: String) -> String? {
        cookies.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
    }

    /// What a reader sees or hears: texts between tags, and those of attributes that are read out.
    var visible: String { PageText.visible(html).joined(separator: " ") }

    /// The fields of the form with that action, as a browser would send them untouched.
    func form(_ action: String) throws -> [(String, String)] {
        let start = try #require(html.firstRange(of: " action=\"\(action)\""), "\(address) has no form for \(action)")
        let rest = html[start.upperBound...]
        return PageText.fields(String(rest[..<(rest.firstRange(of: "</form>")?.lowerBound ?? rest.endIndex)]))
    }
}

extension [(String, String)] {
    /// The fields with one of them changed; a field that is not there is added.
    func with(_ name: String, _ value: String) -> [(String, String)] {
        contains { $0.0 == name } ? map { $0.0 == name ? (name, value) : $0 } : self + [(name, value)]
    }

    subscript(name: String) -> String? { first { $0.0 == name }?.1 }
    func all(_ name: String) -> [String] { filter { $0.0 == name }.map(\.1) }
}

extension StringProtocol {
    var text: String { String(self) }
}
