import Conversations
import ConversationsAPI
import Foundation
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

/// The published configuration of the shipped blueprint, as it would be read from a running tenant.
struct ShippedDefinitions: DefinitionReading {
    let shipped: Configuration

    init() throws {
        let blueprint = try BlueprintFolder.read(Self.root + "/blueprints/primary-care")
        shipped = Configuration(revision: 1, blueprint.definitions.map { (1, $0) })
    }

    func configuration(of tenant: ID<Tenant>) throws -> Configuration { shipped }

    func definition(
        _ kind: DefinitionKind, _ key: String, version: Int, in transaction: any Transaction
    ) throws -> AnyDefinition? { nil }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static func zones() throws -> TimeZoneDatabase {
        let folder = ProcessInfo.processInfo.environment["THROUGHLINE_TZ"] ?? root + "/.assets/tz/zoneinfo"
        return try TimeZoneDatabase(folder: folder)
    }
}

/// A tenant in which people can write: real directory, real schedule, the shipped blueprint, no network.
struct ConversationsWorld {
    let world: TestWorld
    let directory: PeopleDirectory
    let book: StoredAppointmentBook
    let messaging: Messaging
    let area: Conversations
    let agent: Caller
    let other: Caller

    static let agentRights: Set<Permission> = Set(Permission.fields).union([
        .patientRead, .patientWrite, .patientSearch, .needRead, .needWrite, .messageRead, .messageSend,
        .appointmentRead,
        .appointmentWrite,
    ])

    /// `definitions`: others than the shipped blueprint. `mail`: e-mail is set up, as far as queueing goes.
    static func with(
        _ engine: Engine, definitions published: (any DefinitionReading)? = nil, mail: MailSettings? = nil,
        _ body: (ConversationsWorld) async throws -> Void
    ) async throws {
        let definitions: any DefinitionReading = try published ?? ShippedDefinitions()
        let zones = try ShippedDefinitions.zones()
        let directory = PeopleDirectory()
        let plans = SchedulePlans(definitions: definitions, timeZones: zones)
        let book = StoredAppointmentBook(plans: plans)
        let messaging = Messaging(
            patients: directory, definitions: definitions, zones: zones, staff: Staff(),
            proxies: StoredProxies(definitions: definitions, zones: zones), mail: mail)
        let bare: @Sendable (WebRequest, SignedIn, String, String) -> View = { _, _, _, _ in View() }
        let people = People(
            directory: directory, definitions: definitions, messaging: messaging, consents: messaging,
            appointments: book, staff: Staff(), zones: zones, shell: bare)
        let scheduling = Scheduling(
            plans: plans, directory: directory, messaging: messaging, staff: Staff(), shell: bare,
            panel: { _, _, _ in nil })
        var migrations = (people.capabilities + scheduling.capabilities).flatMap(\.schema) + Users.capability.schema
        // The area's own schema does not depend on its surroundings; it is read from one made for that.
        migrations += Conversations.migrations
        try await TestWorld.with(engine, migrations: migrations) { world in
            let area = Conversations(
                spine: world.spine, messaging: messaging, book: book, settings: nil,
                http: OutboundClient(rules: OutboundRules()),
                tenantKey: { _ in "clinic" }, shell: bare)
            let ana = try await world.spine.perform(
                AddUser(
                    email: "ana@clinic.example", displayName: "Ana Torres", roles: ["access-agent"], locations: nil,
                    passwordHash: "x"), as: world.caller(.userManage))
            let ben = try await world.spine.perform(
                AddUser(
                    email: "ben@clinic.example", displayName: "Ben Whitaker", roles: ["access-agent"], locations: nil,
                    passwordHash: "x"), as: world.caller(.userManage))
            try await body(
                ConversationsWorld(
                    world: world, directory: directory, book: book, messaging: messaging, area: area,
                    agent: world.caller(agentRights, actor: .user(ID(raw: ana))),
                    other: world.caller(agentRights, actor: .user(ID(raw: ben)))))
        }
    }

    // MARK: People and messages

    func patient(
        _ given: String, _ family: String, phone: String, language: String = "en", deceased: Bool = false
    ) async throws -> ID<Patient> {
        var new = NewPatient()
        new.given = [given]
        new.family = family
        new.language = language
        new.deceased = deceased
        new.zone = "America/Denver"
        new.phones = [(try #require(PhoneNumber(phone)), "mobile")]
        let person = new
        return try await perform { try directory.register(person, context: $0).raw }.id()
    }

    /// Somebody with an e-mail address and no number.
    func reader(_ given: String, _ family: String, email: String) async throws -> ID<Patient> {
        var new = NewPatient()
        new.given = [given]
        new.family = family
        new.zone = "America/Denver"
        new.email = email
        let person = new
        return try await perform { try directory.register(person, context: $0).raw }.id()
    }

    static func mail() throws -> MailSettings {
        let sender = try #require(MailAddress("front@clinic.example"))
        return try MailSettings(
            host: "127.0.0.1", port: 2525, security: .none, publicBase: nil, sender: { _ in sender })
    }

    /// One piece of work in a transaction of its own.
    func perform<Value: Sendable & Codable>(
        as caller: Caller? = nil, _ work: @escaping @Sendable (CommandContext) throws -> Value
    ) async throws -> Value {
        try await world.spine.perform(Work(work: work), as: caller ?? agent)
    }

    @discardableResult
    func receive(_ text: String, from phone: String, id: String? = nil) async throws -> InboundOutcome {
        let sid = id ?? "SM\(world.spine.ids.nextRaw())"
        return try await area.receive(
            InboundText(providerID: sid, from: try #require(PhoneNumber(phone)), text: text), tenant: world.tenant,
            spine: world.spine)
    }

    func rows(_ sql: SQL) async throws -> [Row] {
        try await world.stores.main.read(world.tenant) { try $0.rows(sql) }
    }

    /// The reasons of open needs, the oldest first.
    func openReasons() async throws -> [String] {
        try await rows("SELECT reason FROM need WHERE tenant = \(.tenant) AND stage <> 'closed' ORDER BY id")
            .map { try $0["reason"] }
    }

    func needs() async throws -> [ID<Need>] {
        try await rows("SELECT id FROM need WHERE tenant = \(.tenant) ORDER BY id").map { try $0["id"] }
    }

    /// What was queued to be sent: template and state, in order.
    func outbound() async throws -> [String] {
        try await rows(
            """
            SELECT template, state FROM message WHERE tenant = \(.tenant) AND direction = 'out' ORDER BY id
            """
        ).map { row in
            let template: String? = try row["template"], state: String = try row["state"]
            return "\(template ?? "text") \(state)"
        }
    }

    /// The texts of all messages of the conversation that a need stands in, as the agent reads them.
    func thread(_ need: ID<Need>) async throws -> [String] {
        let row = try #require(
            try await rows("SELECT conversation FROM need WHERE tenant = \(.tenant) AND id = \(need)").first)
        let id: ID<Conversation> = try row["conversation"]
        return try await world.spine.ask(ReadThreadTexts(conversation: id, messaging: messaging), as: agent)
    }

    /// A booked visit two days from now, with a prompt sent about it.
    func promptedVisit(of patient: ID<Patient>, hour: Int = 9) async throws -> ID<Appointment> {
        try await perform { context in
            let visit = try book.record(
                RecordedVisit(
                    patient: patient, visitType: visitType, practitioner: practitioner, location: "denver-northside",
                    localStart: "2026-03-04T\(hour < 10 ? "0" : "")\(hour):00", minutes: 20, status: "booked",
                    leadDays: 7,
                    source: "test"),
                context: context)
            let outcome = try messaging.send(
                MessageRequest(
                    patient: patient, purpose: "appointment-reminder", template: "reminder", values: Self.visitWords,
                    appointment: visit, expectsReply: true, locationZone: "America/Denver"),
                context: context)
            guard case .queued = outcome else { throw Fault(.internalError, "test.prompt", "\(outcome)") }
            return visit.raw
        }.id()
    }

    private var visitType: String { "annual-physical" }
    private var practitioner: String { "nobody-in-particular" }
    static let visitWords = Dictionary(
        uniqueKeysWithValues: TemplateVariable.allCases.filter { $0 != .patientName && $0 != .practice }
            .map { ($0.rawValue, "…") })
}

extension Int64 {
    func id<Subject>() -> ID<Subject> { ID(raw: self) }
}

/// A piece of work as a command, for tests.
struct Work<Result: Sendable & Codable>: Command {
    static var name: String { "Work" }
    static var permission: Permission { .patientWrite }
    static var freshSubjects: Int { 2 }
    let work: @Sendable (CommandContext) throws -> Result

    func run(_ context: CommandContext) throws -> Result { try work(context) }
}
