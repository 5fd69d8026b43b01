import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("The audit chain")
struct AuditChainTests {
    /// Three blocks of four records each, the second one anchored.
    private func grow(_ world: TestWorld) async throws {
        for block in 1...3 {
            for patient in 1...4 { try await world.look(Int64(block * 10 + patient)) }
            world.clock.advance(by: .seconds(10))
            try await world.chain.link(tenant: world.tenant)
            if block == 2 { try await world.chain.anchor(tenant: world.tenant) }
        }
    }

    private func findings(_ world: TestWorld, in database: (any Database)? = nil) async throws -> [String] {
        let verification = AuditVerification(database: database ?? world.stores.main, anchors: world.anchors)
        return try await verification.run(tenant: world.tenant, at: world.clock.now()).findings
    }

    /// The id of the n-th record, from 0.
    private static func record(_ n: Int, in transaction: any Transaction) throws -> Int64 {
        try transaction.rows("SELECT id FROM audit_record WHERE tenant = \(.tenant) ORDER BY id")[n]["id"]
    }

    /// Grows a trail, changes it and returns what the verification finds.
    private func tamper(
        _ engine: Engine, _ change: @escaping @Sendable (any Transaction) throws -> Void
    ) async throws -> [String] {
        var found: [String] = []
        try await TestWorld.with(engine) { world in
            try await grow(world)
            let before = try await findings(world)
            #expect(before == [])
            try await world.stores.main.write(world.tenant, change)
            found = try await findings(world)
        }
        return found
    }

    @Test("a trail that nobody touched is whole, and every record of it is counted", arguments: TestStores.engines)
    func whole(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await grow(world)
            try await world.look(1)
            let verification = AuditVerification(database: world.stores.main, anchors: world.anchors)
            let report = try await verification.run(tenant: world.tenant, at: world.clock.now())
            #expect(report.findings == [])
            #expect(report.blocks == 3)
            #expect(report.records == 13)
            #expect(report.unlinked == 1)
            #expect(report.anchors == 1)
            let nothingNew = try await world.chain.link(tenant: ID(raw: 999))
            #expect(nothingNew == 0)
        }
    }

    @Test("a change of any field of a record is found", arguments: TestStores.engines)
    func field(_ engine: Engine) async throws {
        let changes: [SQL] = [
            "recorded_at = recorded_at + 1", "actor_kind = 'key'", "actor = 8", "action = 'patient.write'",
            "purpose = 'TREAT'",
            "outcome = 'denied'", "reason = 'x'", "subject_kind = 'user'", "subject = subject + 1", "subjects = ''",
            "correlation = correlation + 1", "origin = 'api'", "stream = 2", "id = id + 1",
        ]
        try await TestWorld.with(engine) { world in
            try await grow(world)
            for change in changes {
                let before = try await findings(world)
                #expect(before == [])
                let original = try await world.stores.main.write(world.tenant) { transaction -> [Row] in
                    let id = try Self.record(5, in: transaction)
                    let rows = try transaction.rows(
                        "SELECT * FROM audit_record WHERE tenant = \(.tenant) AND id = \(id)")
                    try transaction.execute(
                        "UPDATE audit_record SET \(change) WHERE tenant = \(.tenant) AND id = \(id)")
                    return rows
                }
                let found = try await findings(world)
                #expect(!found.isEmpty, "a change was not found: \(change)")
                _ = try await world.stores.main.write(world.tenant) { transaction in
                    let id = try Self.record(5, in: transaction)
                    let row = original[0]
                    try transaction.execute(
                        """
                        UPDATE audit_record SET id = \(try row["id"] as Int64), stream = 1,
                            recorded_at = \(try row["recorded_at"] as Int64), actor_kind = 'user', actor = 7,
                            action = 'patient.read', purpose = \(try row["purpose"] as String), outcome = 'permitted',
                            reason = NULL, subject_kind = 'patient', subject = \(try row["subject"] as Int64),
                            subjects = NULL, correlation = \(try row["correlation"] as Int64), origin = 'test'
                        WHERE tenant = \(.tenant) AND id = \(id)
                        """)
                }
            }
        }
    }

    @Test("a removed record is found and told with its block", arguments: TestStores.engines)
    func removed(_ engine: Engine) async throws {
        let found = try await tamper(engine) { transaction in
            let id = try Self.record(5, in: transaction)
            try transaction.execute("DELETE FROM audit_record WHERE tenant = \(.tenant) AND id = \(id)")
        }
        #expect(found.count == 1)
        #expect(found.first?.contains("block 2") == true)
        #expect(found.first?.hasSuffix("1 removed") == true)
    }

    @Test("two records that changed places are found", arguments: TestStores.engines)
    func swapped(_ engine: Engine) async throws {
        let found = try await tamper(engine) { transaction in
            let first = try Self.record(0, in: transaction)
            let second = try Self.record(1, in: transaction)
            for (from, to) in [(first, Int64(1)), (second, first), (1, second)] {
                try transaction.execute("UPDATE audit_record SET id = \(to) WHERE tenant = \(.tenant) AND id = \(from)")
            }
        }
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("changed") == true)
    }

    @Test("a record slipped in between is found", arguments: TestStores.engines)
    func inserted(_ engine: Engine) async throws {
        let found = try await tamper(engine) { transaction in
            let id = try Self.record(5, in: transaction)
            try transaction.execute(
                """
                INSERT INTO audit_record (tenant, id, stream, recorded_at, actor_kind, actor, action, purpose, outcome,
                    correlation, origin)
                VALUES (\(.tenant), \(id - 1), 1, 0, 'user', 7, 'patient.read', 'TREAT', 'permitted', 1, 'test')
                """)
        }
        #expect(found.first?.hasSuffix("1 added") == true)
    }

    @Test(
        "a tail cut off behind the last anchor's block is found, blocks and records alike",
        arguments: TestStores.engines)
    func cutTail(_ engine: Engine) async throws {
        let found = try await tamper(engine) { transaction in
            let last: Int64? = try transaction.value(
                "SELECT last_id FROM audit_block WHERE tenant = \(.tenant) AND sequence = 1")
            try transaction.execute("DELETE FROM audit_block WHERE tenant = \(.tenant) AND sequence > 1")
            try transaction.execute("DELETE FROM audit_record WHERE tenant = \(.tenant) AND id > \(last ?? 0)")
        }
        #expect(found.count == 1)
        #expect(found.first?.contains("block 2, anchored at") == true)
    }

    @Test("a trail removed as a whole is found by its anchor", arguments: TestStores.engines)
    func removedWhole(_ engine: Engine) async throws {
        let found = try await tamper(engine) { transaction in
            try transaction.execute("DELETE FROM audit_block WHERE tenant = \(.tenant)")
            try transaction.execute("DELETE FROM audit_record WHERE tenant = \(.tenant)")
        }
        #expect(found.count == 1)
    }

    @Test("a block cut out of the middle is found", arguments: TestStores.engines)
    func middle(_ engine: Engine) async throws {
        let found = try await tamper(engine) { transaction in
            try transaction.execute("DELETE FROM audit_block WHERE tenant = \(.tenant) AND sequence = 2")
        }
        #expect(found.contains { $0.contains("a block is missing before block 3") })
    }

    @Test("a chain made anew over changed records does not match its anchor", arguments: TestStores.engines)
    func rewritten(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await grow(world)
            _ = try await world.stores.main.write(world.tenant) { transaction in
                let id = try Self.record(0, in: transaction)
                try transaction.execute("UPDATE audit_record SET actor = 8 WHERE tenant = \(.tenant) AND id = \(id)")
                try transaction.execute("DELETE FROM audit_block WHERE tenant = \(.tenant)")
            }
            // Anyone who can write the database can link it anew: in two blocks, so that the anchored number exists.
            try await world.chain.link(tenant: world.tenant)
            try await world.look(1)
            try await world.chain.link(tenant: world.tenant)
            let found = try await findings(world)
            #expect(found.count == 1)
            #expect(found.first?.contains("block 2 differs from what was anchored") == true)
        }
    }

    @Test("a database rolled back to a copy from before the anchor is found", arguments: TestStores.engines)
    func rolledBack(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for patient in 1...4 { try await world.look(Int64(patient)) }
            try await world.chain.link(tenant: world.tenant)
            let copy = try TestStores.open(engine)
            do {
                _ = try await Migrations.run([AuditStore.migration, AuditStore.addresses], on: copy.main)
                try await AuditCopy.move(world.tenant, from: world.stores.main, to: copy.main)
                let whole = try await findings(world, in: copy.main)
                #expect(whole == [])
                try await grow(world)
                let live = try await findings(world)
                #expect(live == [])
                let found = try await findings(world, in: copy.main)
                #expect(found.count == 1)
                #expect(found.first?.contains("the trail was cut or the database rolled back") == true)
            } catch {
                try await copy.close()
                throw error
            }
            try await copy.close()
        }
    }

    @Test("records whose commits end out of order are never skipped by the chain", arguments: TestStores.engines)
    func outOfOrder(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let log = world.audit
            let entry = AuditEntry(
                actor: .user(ID(raw: 7)), action: "patient.read", purpose: .treatment, outcome: .permitted,
                correlation: 1,
                origin: "test")
            let first = log.track(tenant: world.tenant)
            let second = log.track(tenant: world.tenant)
            try await world.stores.main.write(world.tenant) { try log.insert([entry], ids: [second], in: $0) }
            log.settle([second], tenant: world.tenant)
            let early = try await world.chain.link(tenant: world.tenant)
            #expect(early == 0)
            try await world.stores.main.write(world.tenant) { try log.insert([entry], ids: [first], in: $0) }
            log.settle([first], tenant: world.tenant)
            let late = try await world.chain.link(tenant: world.tenant)
            #expect(late == 2)
            let found = try await findings(world)
            #expect(found == [])
        }
    }

    @Test("a chain linked while 48 commands commit at once is whole and complete", arguments: TestStores.engines)
    func concurrent(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let linked = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<48 {
                    group.addTask {
                        try await world.audit.transact(world.caller(.patientWrite), world.vault) { _, access in
                            for step in 0..<4 { access.noteCommand("Step\(number)-\(step)", subject: nil) }
                        }
                        return 0
                    }
                    group.addTask { number % 6 == 0 ? try await world.chain.link(tenant: world.tenant) : 0 }
                }
                return try await group.reduce(0, +)
            }
            let rest = try await world.chain.link(tenant: world.tenant)
            #expect(linked + rest == 48 * 4)
            let verification = AuditVerification(database: world.stores.main, anchors: world.anchors)
            let report = try await verification.run(tenant: world.tenant, at: world.clock.now())
            #expect(report.findings == [])
            #expect(report.unlinked == 0)
            #expect(report.records == 48 * 4)
        }
    }
}

/// A copy of the rows of a trail without addresses, as a backup would hold them.
enum AuditCopy {
    static func move(_ tenant: ID<Tenant>, from: any Database, to: any Database) async throws {
        let (records, blocks) = try await from.read(tenant) { transaction in
            (
                try transaction.rows("SELECT * FROM audit_record WHERE tenant = \(.tenant)"),
                try transaction.rows("SELECT * FROM audit_block WHERE tenant = \(.tenant)")
            )
        }
        _ = try await to.write(tenant) { transaction in
            for row in records {
                try transaction.execute(
                    """
                    INSERT INTO audit_record (tenant, id, stream, recorded_at, actor_kind, actor, action, purpose, outcome,
                        reason, subject_kind, subject, subjects, correlation, origin)
                    VALUES (\(.tenant), \(try row["id"] as Int64), \(try row["stream"] as Int64),
                        \(try row["recorded_at"] as Int64), \(try row["actor_kind"] as String), \(try row["actor"] as Int64),
                        \(try row["action"] as String), \(try row["purpose"] as String), \(try row["outcome"] as String),
                        \(try row["reason"] as String?), \(try row["subject_kind"] as String?),
                        \(try row["subject"] as Int64?), \(try row["subjects"] as String?),
                        \(try row["correlation"] as Int64), \(try row["origin"] as String))
                    """)
            }
            for row in blocks {
                try transaction.execute(
                    """
                    INSERT INTO audit_block (tenant, stream, sequence, first_id, last_id, count, hash, chained_at)
                    VALUES (\(.tenant), \(try row["stream"] as Int64), \(try row["sequence"] as Int64),
                        \(try row["first_id"] as Int64), \(try row["last_id"] as Int64), \(try row["count"] as Int64),
                        \(try row["hash"] as [UInt8]), \(try row["chained_at"] as Int64))
                    """)
            }
        }
    }
}
