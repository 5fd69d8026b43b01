import Kernel
import Store
import TestKit
import Testing
import Vault

/// The condition in SQL against the pure function, on random worlds with everything the policy looks at.
@Suite("The policy on random worlds")
struct PolicyWorldTests {
    private struct Item {
        let id: Int64
        let patient: ID<Patient>?
        let labels: Labels
    }

    private struct Relation {
        let patient: ID<Patient>
        let party: String
        let since: Instant
        let until: Instant
    }

    private struct World {
        var rows: [ID<Patient>: [PatientScopeRow]] = [:]
        var items: [Item] = []
        var relations: [Relation] = []
    }

    private static let parties = ["user:A", "team:front", "team:care", "practitioner:reyes"]
    private static let items = Migration(
        "2026-11-25.test.items",
        [
            """
            CREATE TABLE thing (
                tenant BIGINT NOT NULL, number BIGINT NOT NULL, patient BIGINT, labels BIGINT NOT NULL,
                PRIMARY KEY (tenant, number))
            """
        ])

    private static func labels(_ random: inout SeededGenerator, among kinds: [Labels], oneIn rarity: Int) -> Labels {
        Labels(kinds.filter { _ in Int.random(in: 0..<rarity, using: &random) == 0 })
    }

    private static func world(of people: Int, _ random: inout SeededGenerator) -> World {
        var world = World()
        let kinds = Labels.kinds.map(\.label)
        for number in 1...people {
            let patient: ID<Patient> = ID(raw: Int64(number))
            let places = Set(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in Int64.random(in: 0...4, using: &random) })
            world.rows[patient] = places.sorted().map { place in
                var labels = Bool.random(using: &random) ? [] : labels(&random, among: kinds, oneIn: 6)
                if Bool.random(using: &random) { labels.insert(.part2Consent) }
                return PatientScopeRow(location: place == 0 ? nil : ID(raw: place), labels: labels, patient: patient)
            }
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let since = TestWorld.start + .days(Int.random(in: -20...10, using: &random))
                world.relations.append(
                    Relation(
                        patient: patient, party: parties.randomElement(using: &random) ?? "", since: since,
                        until: since + .days(Int.random(in: 0...20, using: &random))))
            }
        }
        for number in 1...3 * people {
            // One in ten is about nobody known, some about people who are not there.
            let patient = number % 10 == 0 ? 0 : Int64.random(in: 0...Int64(people + 10), using: &random)
            world.items.append(
                Item(
                    id: Int64(number), patient: patient == 0 ? nil : ID(raw: patient),
                    labels: (Bool.random(using: &random) ? [] : labels(&random, among: kinds, oneIn: 5))
                        .union(Int.random(in: 0..<3, using: &random) == 0 ? .disposed : [])))
        }
        return world
    }

    private static func caller(
        _ tenant: ID<Tenant>, among people: Int, _ random: inout SeededGenerator
    ) -> Caller {
        let rights =
            [Permission.patientRead, .patientRead, .needRead, .clinicalRead, Permission("audit.read")]
            + Labels.permissions.sorted {
                $0.rawValue < $1.rawValue
            }
        let held = Bool.random(using: &random) ? 4 : 2
        let permissions = rights.filter { _ in Int.random(in: 0..<held, using: &random) > 0 }
        let few = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            ID<Location>(raw: Int64.random(in: 1...5, using: &random))
        }
        func some(_ rarity: Int) -> [ID<Patient>] {
            (1...people).filter { _ in Int.random(in: 0..<rarity, using: &random) == 0 }.map { ID(raw: Int64($0)) }
        }
        let purposes: [Purpose] = [.treatment, .payment, .operations, .emergency, .patientRequest, .systemMaintenance]
        let opened = Int.random(in: 0..<3, using: &random) == 0 ? some(40) + [ID(raw: 9_999)] : []
        let isSystem = Int.random(in: 0..<8, using: &random) == 0
        let mine = parties.filter { _ in Bool.random(using: &random) }
        return Caller(
            tenant: tenant, actor: isSystem ? .system(ID(raw: 3)) : .user(ID(raw: 7)), permissions: Set(permissions),
            locations: Bool.random(using: &random) ? .all : .only(Set(few)),
            purpose: purposes.randomElement(using: &random) ?? .operations,
            purposes: Set(purposes.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }), correlation: 1,
            origin: "test", opened: Dictionary(uniqueKeysWithValues: opened.map { ($0, TestWorld.start) }),
            own: Int.random(in: 0..<3, using: &random) == 0 ? Set(some(30)) : [],
            relationship: Bool.random(using: &random)
                ? .notNeeded : .needed(parties: Set(mine), at: TestWorld.start))
    }

    private static func store(_ world: World, in transaction: any Transaction) throws {
        for (patient, rows) in world.rows {
            for row in rows {
                try transaction.send(
                    """
                    INSERT INTO patient_scope (tenant, patient, location, restricted, labels)
                    VALUES (\(.tenant), \(patient), \(row.location?.raw ?? 0),
                        \(!row.labels.isDisjoint(with: .hiding)), \(row.labels.rawValue))
                    """)
            }
        }
        for (number, relation) in world.relations.enumerated() {
            try transaction.send(
                """
                INSERT INTO care_relation (tenant, patient, party, source, since, until)
                VALUES (\(.tenant), \(relation.patient), \(relation.party), \("test:\(number)"), \(relation.since),
                    \(relation.until))
                """)
        }
        for item in world.items {
            try transaction.send(
                """
                INSERT INTO thing (tenant, number, patient, labels)
                VALUES (\(.tenant), \(item.id), \(item.patient), \(item.labels.rawValue))
                """)
        }
    }

    /// Small worlds in one store, each a tenant of its own.
    private static var small: Int { Figures.isSlow ? 3_000 : 40 }

    @Test(
        "a world of 400 people and 1,200 things, 120 callers: the SQL condition permits what decide permits",
        arguments: TestStores.engines)
    func scopeEqualsDecide(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [Self.items]) { world in
            try await Self.compare(world.stores.main, world.tenant, seed: 42_2, people: 400, callers: 120)
        }
    }

    @Test("so it does in many small worlds side by side, each with its seed", arguments: TestStores.engines)
    func manyWorlds(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [Self.items]) { world in
            for number in 1...Self.small {
                try await Self.compare(
                    world.stores.main, ID(raw: Int64(number)), seed: UInt64(number), people: 40, callers: 10)
            }
            Figures.add(
                "policy_worlds", Double(Self.small), "worlds",
                ["engine": engine.rawValue, "people": "40", "callers": "10"])
        }
    }

    /// Makes a world and holds every caller's answers of the store against those of the pure function.
    private static func compare(
        _ store: any Database, _ tenant: ID<Tenant>, seed: UInt64, people: Int, callers: Int
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let made = Self.world(of: people, &random)
        _ = try await store.write(tenant) { try Self.store(made, in: $0) }
        let patients = made.rows.keys.sorted()
        for round in 0..<callers {
            let caller = Self.caller(tenant, among: people, &random)
            let action: Permission =
                round.isMultiple(of: 3) ? .clinicalRead : round.isMultiple(of: 5) ? .labelSubstanceUse : .patientRead
            let strangers = Bool.random(using: &random)
            let (seen, things, scopes) = try await store.read(tenant) { transaction in
                (
                    try Self.people(caller, action, transaction),
                    try Self.things(caller, action, strangers, transaction),
                    try Policy.scopeRows(of: patients, for: caller, in: transaction)
                )
            }
            let permitted = patients.filter {
                Policy.decide(caller, action, .patient(scopes[$0] ?? [])) == .permit
            }
            #expect(seen == permitted, "seed \(seed), round \(round)")
            let open = made.items.filter { item in
                guard let patient = item.patient else {
                    return strangers && Policy.decide(caller, action, .item(of: nil, item.labels)) == .permit
                }
                return Policy.decide(caller, action, .item(of: scopes[patient] ?? [], item.labels)) == .permit
            }
            #expect(things == open.map(\.id), "seed \(seed), round \(round)")
            if Policy.seesEveryone(caller), caller.may(action) {
                let there = made.rows.values.filter { !$0.isEmpty }.count
                #expect(permitted.count == there, "seed \(seed), round \(round)")
            }
        }
    }

    private static func people(
        _ caller: Caller, _ action: Permission, _ transaction: any Transaction
    ) throws -> [ID<Patient>] {
        // Tables of other queries have these short names.
        try transaction.rows(
            """
            SELECT r.patient FROM (SELECT DISTINCT patient FROM patient_scope WHERE tenant = \(.tenant)) r
            WHERE \(Policy.scope(caller, action, patient: "r.patient")) ORDER BY r.patient
            """
        ).map { try $0["patient"] }
    }

    private static func things(
        _ caller: Caller, _ action: Permission, _ strangers: Bool, _ transaction: any Transaction
    ) throws -> [Int64] {
        let scope = Policy.scope(caller, action, patient: "s.patient", labels: "s.labels", strangers: strangers)
        return try transaction.rows(
            "SELECT s.number FROM thing s WHERE s.tenant = \(.tenant) AND \(scope) ORDER BY s.number"
        ).map { try $0["number"] }
    }
}
