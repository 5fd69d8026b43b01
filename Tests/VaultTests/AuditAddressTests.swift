import Crypto
import Kernel
import Store
import TestKit
import Testing
import Vault

/// Where an act came from is part of what the chain proves. Records from before there was a place for it stay as they
/// were.
@Suite("The address of an audit record")
struct AuditAddressTests {
    private static let here = "203.0.113.7"
    private static let open = [PatientScopeRow(location: nil, restricted: false)]

    private static func entry(_ remote: String?) -> AuditEntry {
        AuditEntry(
            actor: .user(ID(raw: 7)), action: "patient.read", purpose: .treatment, outcome: .permitted,
            subject: .patient(ID(raw: 11)), correlation: 5, origin: "console", remote: remote)
    }

    /// One block of records with these addresses, anchored.
    private static func grow(_ world: TestWorld, _ remotes: String?...) async throws {
        for remote in remotes { try await world.audit.record([entry(remote)], tenant: world.tenant) }
        try await world.chain.link(tenant: world.tenant)
        try await world.chain.anchor(tenant: world.tenant)
    }

    private static func findings(_ world: TestWorld, in database: (any Database)? = nil) async throws -> [String] {
        try await AuditVerification(database: database ?? world.stores.main, anchors: world.anchors)
            .run(tenant: world.tenant, at: world.clock.now()).findings
    }

    private static func remotes(_ world: TestWorld) async throws -> [String?] {
        try await world.stores.main.read(world.tenant) { transaction in
            try transaction.rows("SELECT remote FROM audit_record WHERE tenant = \(.tenant) ORDER BY id")
                .map { try $0["remote"] as String? }
        }
    }

    @Test("everything a caller does is recorded with their address, kept or undone, shown or not")
    func callers() async throws {
        try await TestWorld.with(.sqlite) { world in
            let caller = Caller(
                tenant: world.tenant, actor: .user(ID(raw: 7)), permissions: [.patientRead],
                purposes: [.treatment], correlation: 9, origin: "console", remote: Self.here)
            try await world.audit.access(caller, world.vault) { access in
                _ = try access.grant(.patientRead, for: PatientSet(ID(raw: 11)), scope: Self.open)
                _ = try access.grant(.patientRead, forList: [(patient: ID(raw: 12), scope: Self.open)])
                access.noteNothingShown(.patientRead)
                _ = access.absent(.patientRead, "patient")
                #expect(throws: Fault.self) { try access.require(.patientWrite) }
            }
            try await world.audit.transact(caller, world.vault) { _, access in
                access.noteCommand("UpdatePatient", subject: nil)
            }
            let code = await faultCode {
                try await world.audit.transact(caller, world.vault) { _, access in
                    try access.require(.patientWrite)
                }
            }
            #expect(code == "permission.missing")
            #expect(try await Self.remotes(world) == Array(repeating: Self.here, count: 7))
        }
    }

    @Test("a caller that goes on later, or puts down what was opened in an emergency, comes from where they came")
    func kept() {
        let now = TestWorld.start
        let caller = Caller(
            tenant: ID(raw: 1), actor: .user(ID(raw: 7)), permissions: [], correlation: 9, origin: "console",
            remote: Self.here, opened: [ID(raw: 11): now], relationship: .needed(parties: [], at: now))
        #expect(caller.closed.remote == Self.here)
        #expect(caller.at(now + .hours(1)).remote == Self.here)
    }

    @Test(
        "an address that was changed, taken out, put in or moved into another field is found",
        arguments: TestStores.engines)
    func changed(_ engine: Engine) async throws {
        let changes: [(record: Int, change: SQL)] = [
            (0, "remote = '203.0.113.8'"), (0, "remote = '203.0.113.70'"), (0, "remote = NULL"), (0, "remote = ''"),
            (0, "origin = 'console203.0.113.7', remote = NULL"), (0, "origin = 'console2', remote = '03.0.113.7'"),
            (0, "origin = '203.0.113.7', remote = 'console'"), (0, "reason = '203.0.113.7', remote = NULL"),
            (1, "remote = '203.0.113.7'"), (1, "remote = ''"), (1, "origin = 'conso', remote = 'le'"),
            (2, "remote = NULL"),
        ]
        try await TestWorld.with(engine) { world in
            try await Self.grow(world, Self.here, nil, Self.here)
            let ids = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.rows("SELECT id FROM audit_record WHERE tenant = \(.tenant) ORDER BY id")
                    .map { try $0["id"] as Int64 }
            }
            #expect(try await Self.findings(world) == [])
            for (record, change) in changes {
                try await Self.set(world, ids[record], change)
                let found = try await Self.findings(world)
                #expect(found.count == 1 && found.first?.contains("block 1 ") == true, "\(change)")
                let restored: SQL = record == 1 ? "NULL" : "'203.0.113.7'"
                try await Self.set(world, ids[record], "origin = 'console', reason = NULL, remote = \(restored)")
                #expect(try await Self.findings(world) == [])
            }
            // From one record to the next, which stands right behind it in what is hashed.
            try await Self.set(world, ids[0], "remote = NULL")
            try await Self.set(world, ids[1], "remote = '203.0.113.7'")
            #expect(try await Self.findings(world).count == 1)
        }
    }

    private static func set(_ world: TestWorld, _ id: Int64, _ change: SQL) async throws {
        let count = try await world.stores.main.write(world.tenant) { transaction in
            try transaction.execute("UPDATE audit_record SET \(change) WHERE tenant = \(.tenant) AND id = \(id)")
        }
        #expect(count == 1)
    }

    // MARK: The form

    @Test(
        "what is hashed never changes: of a record without an address what it always was",
        arguments: TestStores.engines)
    func form(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await Self.grow(world, nil, nil)
            try await Self.grow(world, Self.here, nil, "2001:db8::7")
            let (records, blocks) = try await world.stores.main.read(world.tenant) { transaction in
                (
                    try transaction.rows(
                        """
                        SELECT id, recorded_at, actor_kind, actor, action, purpose, outcome, reason, subject_kind,
                            subject, subjects, correlation, origin, remote
                        FROM audit_record WHERE tenant = \(.tenant) ORDER BY id
                        """),
                    try transaction.rows(
                        "SELECT hash FROM audit_block WHERE tenant = \(.tenant) ORDER BY sequence"
                    ).map { try $0["hash"] as [UInt8] }
                )
            }
            let first = Array(SHA256.hash(data: records[..<2].flatMap { $0.values[..<13].flatMap(Self.bytes) }))
            let second = records[2...].flatMap { record in
                let fields = record.values[..<13].flatMap(Self.bytes)
                return record.values[13] == .null ? fields : fields + [6] + Self.bytes(record.values[13])
            }
            #expect(blocks == [first, Array(SHA256.hash(data: first + second))])
        }
    }

    private static func bytes(_ value: SQLValue) -> [UInt8] {
        func eight(_ number: Int) -> [UInt8] { withUnsafeBytes(of: Int64(number).bigEndian) { Array($0) } }
        switch value {
        case .null: return [0]
        case .integer(let number): return [1] + eight(Int(number))
        case .text(let text): return [2] + eight(text.utf8.count) + Array(text.utf8)
        default:
            Issue.record("no field of a record holds \(value)")
            return []
        }
    }

    @Test(
        "a trail from before addresses is whole as it was and after the schema has grown, and goes on with them",
        arguments: TestStores.engines)
    func old(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for patient in 1...4 { try await world.look(Int64(patient)) }
            try await world.chain.link(tenant: world.tenant)
            try await world.chain.anchor(tenant: world.tenant)
            let copy = try TestStores.open(engine)
            do {
                _ = try await Migrations.run([AuditStore.migration], on: copy.main)
                try await AuditCopy.move(world.tenant, from: world.stores.main, to: copy.main)
                try await self.old(world, copy.main)
            } catch {
                try await copy.close()
                throw error
            }
            try await copy.close()
        }
    }

    private func old(_ world: TestWorld, _ store: any Database) async throws {
        func act(by user: Int64) async throws {
            _ = try await store.write(world.tenant) { transaction in
                try transaction.execute("UPDATE audit_record SET actor = \(user) WHERE tenant = \(.tenant)")
            }
        }
        // As a backup of then is verified.
        #expect(try await Self.findings(world, in: store) == [])
        try await act(by: 8)
        #expect(try await Self.findings(world, in: store).count == 1)
        try await act(by: 7)

        let steps = try await Migrations.run([AuditStore.migration, AuditStore.addresses], on: store)
        #expect(steps == [AuditStore.addresses.id])
        #expect(try await Self.findings(world, in: store) == [])

        let log = AuditLog(database: store, clock: world.clock, ids: world.ids, stream: 1)
        let chain = AuditChain(database: store, log: log, clock: world.clock, anchors: world.anchors)
        try await log.record([Self.entry(Self.here), Self.entry(nil)], tenant: world.tenant)
        let linked = try await chain.link(tenant: world.tenant)
        #expect(linked == 2)
        #expect(try await Self.findings(world, in: store) == [])

        for address in [Self.here, ""] {
            _ = try await store.write(world.tenant) { transaction in
                try transaction.execute(
                    "UPDATE audit_record SET remote = \(address) WHERE tenant = \(.tenant) AND subject = 3")
            }
            let found = try await Self.findings(world, in: store)
            #expect(found.count == 1 && found.first?.contains("block 1 ") == true)
        }
    }
}
