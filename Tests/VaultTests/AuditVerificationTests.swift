import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("Audit verification")
struct AuditVerificationTests {
    private static func verify(_ world: TestWorld, workers: Int = 2) async throws -> AuditVerification.Report {
        try await AuditVerification(database: world.stores.main, anchors: world.anchors, workers: workers)
            .run(tenant: world.tenant, at: world.clock.now())
    }

    /// A trail of 25,000 records in three blocks, anchored.
    private static func fill(_ world: TestWorld) async throws {
        try await AuditSample.fill(
            25_000, stream: world.audit.stream, tenant: world.tenant, now: world.clock.now(),
            database: world.stores.main, chain: world.chain)
    }

    private static func id(_ n: Int, _ transaction: any Transaction) throws -> Int64 {
        let id: Int64? = try transaction.value(
            "SELECT id FROM audit_record WHERE tenant = \(.tenant) ORDER BY id LIMIT 1 OFFSET \(n)")
        return try #require(id)
    }

    @Test("a long trail is whole, whatever the number of workers", arguments: TestStores.engines)
    func whole(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await Self.fill(world)
            for workers in [1, 2, 5] {
                let report = try await Self.verify(world, workers: workers)
                #expect(report.findings == [])
                #expect(report.blocks == 3)
                #expect(report.records == 25_000)
                #expect(report.unlinked == 0)
                #expect(report.streams == 1)
                #expect(report.anchors == 1)
            }
            // They are as long as real ones, or measuring them would tell too little.
            let addresses = try await world.count(
                "SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant) AND remote LIKE '10.1.%'")
            #expect(addresses > 20_000)
            // A trail in use takes no made-up records.
            let again = await faultCode { try await Self.fill(world) }
            #expect(again == "audit.sample")
        }
    }

    @Test(
        "one change anywhere in a long trail is told with its block and nothing else", arguments: TestStores.engines,
        [(3, 1), (9_999, 1), (10_000, 2), (19_999, 2), (20_000, 3), (24_999, 3)])
    func places(_ engine: Engine, _ place: (record: Int, block: Int)) async throws {
        try await TestWorld.with(engine) { world in
            try await Self.fill(world)
            _ = try await world.stores.main.write(world.tenant) { transaction in
                let id = try Self.id(place.record, transaction)
                return try transaction.execute(
                    "UPDATE audit_record SET actor = actor + 1 WHERE tenant = \(.tenant) AND id = \(id)")
            }
            let changed = try await Self.verify(world)
            #expect(changed.findings.count == 1)
            #expect(changed.findings.first?.contains("block \(place.block) ") == true)
            #expect(changed.findings.first?.hasSuffix("changed") == true)

            _ = try await world.stores.main.write(world.tenant) { transaction in
                let id = try Self.id(place.record, transaction)
                return try transaction.execute(
                    "DELETE FROM audit_record WHERE tenant = \(.tenant) AND id = \(id)")
            }
            let removed = try await Self.verify(world)
            #expect(removed.findings.count == 1)
            #expect(removed.findings.first?.hasSuffix("1 removed") == true)
        }
    }

    @Test("a record slipped in before or between the records of a block is found", arguments: TestStores.engines)
    func inserted(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await Self.fill(world)
            for (record, block) in [(0, 1), (9_999, 1), (10_000, 2), (24_999, 3)] {
                let added = try await world.stores.main.write(world.tenant) { transaction -> Int64 in
                    let id = try Self.id(record, transaction) - 1
                    try transaction.execute(
                        """
                        INSERT INTO audit_record (tenant, id, stream, recorded_at, actor_kind, actor, action, purpose,
                            outcome, correlation, origin)
                        SELECT tenant, \(id), stream, recorded_at, actor_kind, actor, action, purpose, outcome,
                            correlation, origin
                        FROM audit_record WHERE tenant = \(.tenant) AND id = \(id + 1)
                        """)
                    return id
                }
                let report = try await Self.verify(world)
                #expect(report.findings.count == 1)
                #expect(report.findings.first?.contains("block \(block) ") == true, "\(record)")
                #expect(report.findings.first?.hasSuffix("1 added") == true)
                _ = try await world.stores.main.write(world.tenant) { transaction in
                    try transaction.execute(
                        "DELETE FROM audit_record WHERE tenant = \(.tenant) AND id = \(added)")
                }
            }
            #expect(try await Self.verify(world).findings == [])
        }
    }

    @Test("a flip in any byte of any number and any letter of any text is found", arguments: TestStores.engines)
    func bits(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            // A denied look and a look at a list: between them every column holds something.
            try await AuditSample.fill(
                101, stream: world.audit.stream, tenant: world.tenant, now: world.clock.now(),
                database: world.stores.main, chain: world.chain)
            let numbers: [SQL] = ["tenant", "id", "stream", "recorded_at", "actor", "subject", "correlation"]
            let texts: [SQL] = [
                "actor_kind", "action", "purpose", "reason", "subject_kind", "subjects", "origin", "remote",
            ]
            for record in [97, 3] {
                let id = try await world.stores.main.read(world.tenant) { try Self.id(record, $0) }
                for column in numbers where record == 97 || column.description != "subject" {
                    for byte in 0..<8 {
                        let bit = Int64(1) << (byte * 8)
                        try await expectFound(world, id, set: "\(column) = (\(column) | \(bit)) - (\(column) & \(bit))")
                    }
                }
                for column in texts {
                    let length: Int64 = try await world.stores.main.read(world.tenant) { transaction in
                        try transaction.value(
                            """
                            SELECT COALESCE(LENGTH(\(column)), 0) FROM audit_record
                            WHERE tenant = \(.tenant) AND id = \(id)
                            """) ?? 0
                    }
                    for letter in 0..<length {
                        // No letter of these is a tilde.
                        try await expectFound(
                            world, id,
                            set: """
                                \(column) = SUBSTR(\(column), 1, CAST(\(letter) AS INTEGER)) || '~'
                                    || SUBSTR(\(column), CAST(\(letter + 2) AS INTEGER))
                                """)
                    }
                }
            }
        }
    }

    /// Changes a record, verifies, and puts it back.
    private func expectFound(_ world: TestWorld, _ id: Int64, set change: SQL) async throws {
        let ids = try await world.stores.main.read(world.tenant) { transaction in
            try transaction.rows("SELECT id FROM audit_record").map { try $0["id"] as Int64 }
        }
        let kept: Row?
        do {
            kept = try await alter(world, id, set: change)
        } catch let refusal as StoreError where refusal.kind == .unique {
            // Another record has this id: the engine itself refuses the flip.
            return
        }
        let row = try #require(kept)
        let found = try await Self.verify(world).findings
        #expect(!found.isEmpty, "\(change)")
        try await restore(world, id, row, among: ids)
    }

    private func alter(_ world: TestWorld, _ id: Int64, set change: SQL) async throws -> Row? {
        try await world.stores.main.write(world.tenant) { transaction -> Row? in
            let row = try transaction.row("SELECT * FROM audit_record WHERE tenant = \(.tenant) AND id = \(id)")
            let changed = try transaction.execute(
                "UPDATE audit_record SET \(change) WHERE tenant = \(.tenant) AND id = \(id)")
            #expect(changed == 1)
            return row
        }
    }

    private func restore(_ world: TestWorld, _ id: Int64, _ row: Row, among ids: [Int64]) async throws {
        _ = try await world.stores.main.write(world.tenant) { transaction in
            // Whatever its key is now.
            try transaction.execute(
                """
                DELETE FROM audit_record WHERE id = \(id) OR id NOT IN \(list: ids)
                """)
            try transaction.execute(
                """
                INSERT INTO audit_record (tenant, id, stream, recorded_at, actor_kind, actor, action, purpose, outcome,
                    reason, subject_kind, subject, subjects, correlation, origin, remote)
                VALUES (\(.tenant), \(id), \(try row["stream"] as Int64), \(try row["recorded_at"] as Int64),
                    \(try row["actor_kind"] as String), \(try row["actor"] as Int64), \(try row["action"] as String),
                    \(try row["purpose"] as String), \(try row["outcome"] as String), \(try row["reason"] as String?),
                    \(try row["subject_kind"] as String?), \(try row["subject"] as Int64?),
                    \(try row["subjects"] as String?), \(try row["correlation"] as Int64),
                    \(try row["origin"] as String), \(try row["remote"] as String?))
                """)
        }
    }
}
