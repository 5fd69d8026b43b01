import App
import Conversations
import ConversationsAPI
import Insights
import Interop
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

/// A practice with every table that holds something of a person, and people of whom something stands in each.
struct DisposalWorld {
    let base: BookingWorld
    let tables: [TableRule]

    var world: TestWorld { base.world }
    var spine: Spine { world.spine }
    var directory: PeopleDirectory { base.base.directory }

    static func with(_ engine: Engine, _ body: @escaping (DisposalWorld) async throws -> Void) async throws {
        try await BookingWorld.with(engine) { base in
            let interop = Interop(directory: base.base.directory, documents: DocumentShelf())
            let more = interop.capabilities + [Progress.capability, LegalHolds.capability, RetentionTables.capability]
            _ = try await Migrations.run(more.flatMap(\.schema), on: base.world.stores.main)
            let nothing = NothingElsewhere()
            let people = People(
                directory: base.base.directory, definitions: try ShippedDefinitions(), messaging: nothing,
                consents: nothing, appointments: nothing, staff: nothing, zones: try ShippedDefinitions.zones(),
                shell: { _, _, _, _ in View() })
            let areas = [Users.capability] + people.capabilities + base.base.area.capabilities + base.area.capabilities
            let absent: Set = ["tenant", "tenant_host"]
            try await body(
                DisposalWorld(
                    base: base,
                    tables: Platform.baseTables.filter { !absent.contains($0.table) }
                        + (areas + more).flatMap(\.tables)))
        }
    }

    var progress: Subscriber {
        get throws { try #require(Progress.capability.subscribers.first) }
    }

    // MARK: A person's story

    /// Somebody with a record, a shelf, a conversation with a picture, a closed need, visits, a hold and a consent.
    func story(_ given: String, phone: String) async throws -> ID<Patient> {
        let number = try #require(PhoneNumber(phone))
        let patient = try await register(given, number)
        try await base.base.receive("I need to move my visit, only mornings please", from: phone)
        _ = try await base.base.area.receive(
            InboundText(
                providerID: "MM\(world.ids.nextRaw())", from: number, text: "",
                media: [MediaSource(url: "https://api.example/media/1", declaredType: "image/jpeg")]),
            tenant: world.tenant, spine: spine)
        try await keepPicture(of: patient)
        let hour = given == "Ana" ? 8 : 9
        _ = try await base.book(patient, "0\(hour):00", day: "2026-03-12")
        _ = try await base.hold(patient, "0\(hour):00")
        _ = try await base.base.promptedVisit(of: patient, hour: hour + 1)
        for need in try await needs(of: patient) {
            _ = try await spine.perform(TakeNeed(need: need, messaging: base.base.messaging), as: base.agent)
            _ = try await spine.perform(
                RecordFact(need: need, code: .ride, value: "Needs one.", messaging: base.base.messaging),
                as: base.agent)
            _ = try await spine.perform(
                CloseNeed(need: need, outcome: .completed, note: "All is well.", messaging: base.base.messaging),
                as: base.agent)
        }
        _ = try await spine.perform(
            AddContactPoint(
                patient, .email("\(given.lowercased())@home.example"), source: "console", directory: directory),
            as: base.agent)
        try await holdForAWhile(patient)
        let messaging = base.base.messaging
        _ = try await base.base.perform { context in
            try messaging.record(
                ConsentSummary(
                    channel: "sms", purpose: "*", given: true, source: "form", recordedAt: context.now),
                of: patient, context: context)
            return true
        }
        return patient
    }

    /// A legal hold that was placed and has ended.
    private func holdForAWhile(_ patient: ID<Patient>) async throws {
        let caller = world.caller(.legalHoldManage, .patientRestricted)
        let hold = try await spine.perform(
            PlaceLegalHold(patient, matter: "Claim 12", reason: "A letter came.", directory: directory), as: caller)
        _ = try await spine.perform(ReleaseLegalHold(ID(raw: hold), note: "It was settled."), as: caller)
    }

    private func register(_ given: String, _ phone: PhoneNumber) async throws -> ID<Patient> {
        var new = NewPatient()
        new.given = [given]
        new.family = "Disposable"
        new.birthDate = CivilDate(iso: "1970-02-03")
        new.zone = "America/Denver"
        new.phones = [(phone, "mobile")]
        new.email = "\(given.lowercased())@mail.example"
        new.mrn = "MRN-\(given)"
        new.coveragePayer = "Harbor Mutual"
        new.memberID = "XK\(given)"
        let (person, directory, vault) = (new, directory, world.vault)
        let raw = try await base.base.perform { context in
            let patient = try directory.register(person, context: context)
            let plain = try directory.plain(of: [patient], in: context.transaction)[patient]
            guard let plain else { throw Fault.notFound("patient") }
            _ = try DocumentShelf().record(
                NewClinicalDocument(
                    patient: patient, keySubject: plain.keySubject, type: "Observation",
                    sourceHash: vault.keyedHash(Array(given.utf8), label: "test-source"),
                    contentHash: vault.keyedHash(Array(given.utf8), label: "test-content"), raw: Array("{}".utf8),
                    source: "test"),
                context: context)
            return patient.raw
        }
        return raw.id()
    }

    /// What the fetcher does when a picture has come.
    private func keepPicture(of patient: ID<Patient>) async throws {
        let (directory, vault) = (directory, world.vault)
        _ = try await base.base.perform { context in
            let plain = try directory.plain(of: [patient], in: context.transaction)[patient]
            guard let plain else { throw Fault.notFound("patient") }
            let blob: ID<Blob> = context.newID()
            try Blobs.put(
                [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 300), name: "card.jpg",
                subject: plain.keySubject, id: blob, vault: vault, at: context.now, in: context.transaction)
            return try context.transaction.execute(
                """
                UPDATE message_media SET state = 'stored', blob = \(blob), media_type = 'image/jpeg', size = 304
                WHERE tenant = \(.tenant) AND key_subject = \(plain.keySubject)
                """)
        }
    }

    private func needs(of patient: ID<Patient>) async throws -> [ID<Need>] {
        try await base.base.rows(
            "SELECT id FROM need WHERE tenant = \(.tenant) AND patient = \(patient) AND stage <> 'closed' ORDER BY id"
        ).map { try $0["id"] }
    }

    /// Lets everything that follows the log come to its end.
    func settle() async throws {
        try await base.settle()
        try await world.sequence()
        let progress = try progress
        while try await spine.advance(progress, as: world.caller(.needRead)) > 0 {}
    }

    // MARK: Disposal

    func disposal() throws -> SubjectDisposal {
        SubjectDisposal(
            spine: spine, tables: tables, certificates: try certificates, directory: directory,
            strangers: ContactHistory(), settling: .zero)
    }

    private var certificates: DisposalCertificates {
        get throws { DisposalCertificates(key: try KeyFolder(besideData: world.stores.folder).signing()) }
    }

    @discardableResult
    func dispose(_ subject: DataSubject) async throws -> DisposalRecord {
        try await disposal().dispose(subject, reason: "request", as: world.caller(.subjectDispose))
    }

    func target(_ patient: ID<Patient>, members: [ID<Patient>]) async throws -> DisposalTarget {
        let plain = try await world.stores.main.read(world.tenant) { [directory] in
            try directory.plain(of: members, in: $0)
        }
        return DisposalTarget(subject: .patient(patient), patients: members, keys: plain.values.map(\.keySubject))
    }

    /// What verification finds, rows that are back included.
    func findings() async throws -> [String] {
        let report = try await DisposalVerification(keyDatabase: world.stores.keys, certificates: try certificates)
            .run(tenant: world.tenant)
        return try await world.stores.main.read(world.tenant) { [tables] transaction in
            report.findings
                + (try tables.filter { try $0.left(of: report.targets, in: transaction) > 0 }.map(\.table))
        }
    }

    // MARK: What stands in the tables

    func count(_ sql: SQL) async throws -> Int { try await world.count(sql) }

    private static func owned(_ rule: TableRule, by target: DisposalTarget) -> SQL? {
        switch rule.personal {
        case .patient(let column): "\(SQL(stringLiteral: column)) IN \(list: target.patients)"
        case .keySubject(let column): "\(SQL(stringLiteral: column)) IN \(list: target.keys)"
        case .none: nil
        }
    }

    /// How many rows of each table are somebody's.
    func rows(of target: DisposalTarget) async throws -> [String: Int] {
        try await world.stores.main.read(world.tenant) { [tables] transaction in
            var counts: [String: Int] = [:]
            for rule in tables {
                guard let owned = Self.owned(rule, by: target) else { continue }
                counts[rule.table] = try transaction.value(
                    "SELECT COUNT(*) FROM \(SQL(stringLiteral: rule.name)) WHERE tenant = \(.tenant) AND \(owned)")
            }
            return counts
        }
    }

    /// Every hash, search term and sealed value in somebody's rows: what could be known again.
    func traces(of target: DisposalTarget) async throws -> Set<String> {
        try await world.stores.main.read(world.tenant) { [tables] transaction in
            var traces: Set<String> = []
            for rule in tables where rule.table != "term" {
                guard let owned = Self.owned(rule, by: target) else { continue }
                try transaction.forEach(
                    "SELECT * FROM \(SQL(stringLiteral: rule.name)) WHERE tenant = \(.tenant) AND \(owned)"
                ) { row in traces.formUnion(Self.values(row)) }
            }
            return traces
        }
    }

    /// The tables and columns in which any of these stands, whoever's row it is.
    func traces(anywhere traces: Set<String>) async throws -> [String] {
        try await world.stores.main.read(world.tenant) { [tables] transaction in
            var places: Set<String> = []
            for rule in tables where rule.table != "term" && rule.table != "migration" {
                try transaction.forEach(
                    "SELECT * FROM \(SQL(stringLiteral: rule.name)) WHERE tenant = \(.tenant)"
                ) { row in
                    if !traces.isDisjoint(with: Self.values(row)) { places.insert(rule.table) }
                }
            }
            return places.sorted()
        }
    }

    private static func values(_ row: Row) -> Set<String> {
        var values: Set<String> = []
        for (name, value) in zip(row.layout.names, row.values) {
            switch value {
            case .blob(let bytes) where bytes.count >= 8: values.insert(Hex.encode(bytes))
            case .integer(let number) where name == "term": values.insert("term \(number)")
            default: continue
            }
        }
        return values
    }
}
