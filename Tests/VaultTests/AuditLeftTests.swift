import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault

/// Records that the process which wrote them links no more.
@Suite("Audit records that were left")
struct AuditLeftTests {
    /// A process beside the world's: a command, or another server.
    private struct Beside {
        let log: AuditLog
        let chain: AuditChain
        let world: TestWorld

        init(_ world: TestWorld, node: Int) {
            self.world = world
            log = AuditLog(
                database: world.stores.main, clock: world.clock, ids: IDSource(clock: world.clock, node: node),
                stream: Int64(node))
            chain = AuditChain(database: world.stores.main, log: log, clock: world.clock, anchors: world.anchors)
        }

        func look(_ patients: Int64...) async throws {
            try await log.access(world.caller(.patientSearch), world.vault) { access in
                _ = try access.grant(
                    .patientSearch,
                    forList: patients.map { (ID(raw: $0), [PatientScopeRow(location: nil, restricted: false)]) })
            }
        }
    }

    private static func report(_ world: TestWorld) async throws -> AuditVerification.Report {
        try await AuditVerification(database: world.stores.main, anchors: world.anchors)
            .run(tenant: world.tenant, at: world.clock.now())
    }

    @Test("a killed process's records are linked by another once nothing has been added", arguments: TestStores.engines)
    func left(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let killed = Beside(world, node: 9)
            for patient in 1...3 { try await killed.look(Int64(patient)) }
            world.clock.advance(by: .minutes(4))
            #expect(try await world.chain.linkLeft(tenant: world.tenant) == 0)
            #expect(try await Self.report(world).unlinked == 3)
            world.clock.advance(by: .minutes(2))
            #expect(try await world.chain.linkLeft(tenant: world.tenant) == 3)
            try await world.chain.anchor(tenant: world.tenant)
            #expect(try await world.chain.linkLeft(tenant: world.tenant) == 0)
            let report = try await Self.report(world)
            #expect(report.findings == [])
            #expect(report.unlinked == 0)
            #expect(report.anchors == 1)
            // The number is used once more, and its chain goes on.
            let again = Beside(world, node: 9)
            try await again.look(4)
            #expect(try await again.chain.link(tenant: world.tenant) == 1)
            #expect(try await Self.report(world).findings == [])
            _ = try await world.stores.main.write(world.tenant) {
                try $0.execute(
                    """
                    DELETE FROM audit_record WHERE tenant = \(.tenant)
                        AND id = (SELECT MIN(id) FROM audit_record WHERE tenant = \(.tenant))
                    """)
            }
            let found = try await Self.report(world).findings
            #expect(found.count == 1)
            #expect(found.first?.hasSuffix("1 removed") == true)
        }
    }

    @Test(
        "a stream in use is left to its own process, and one found later is linked too", arguments: TestStores.engines)
    func inUse(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let other = Beside(world, node: 9)
            for _ in 0..<12 {
                world.clock.advance(by: .minutes(1))
                try await other.look(1)
                #expect(try await world.chain.linkLeft(tenant: world.tenant) == 0)
            }
            for _ in 0..<6 {
                world.clock.advance(by: .minutes(1))
                try await world.chain.linkLeft(tenant: world.tenant)
            }
            let report = try await Self.report(world)
            #expect(report.unlinked == 0)
            #expect(report.records == 12)
        }
    }

    @Test("two servers that link what was left do it once", arguments: TestStores.engines)
    func both(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let killed = Beside(world, node: 9)
            for patient in 1...40 { try await killed.look(Int64(patient)) }
            world.clock.advance(by: .minutes(6))
            let servers = (2...5).map { Beside(world, node: $0).chain }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for server in servers { group.addTask { try await server.linkLeft(tenant: world.tenant) } }
                try await group.waitForAll()
            }
            try await world.chain.anchor(tenant: world.tenant)
            let report = try await Self.report(world)
            #expect(report.findings == [])
            #expect(report.unlinked == 0)
            #expect(report.blocks == 1)
        }
    }

    @Test("records that nobody links while the trail goes on are told", arguments: TestStores.engines)
    func told(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let killed = Beside(world, node: 9)
            try await killed.look(1)
            world.clock.advance(by: .minutes(14))
            try await world.look()
            try await world.chain.advance(tenant: world.tenant)
            #expect(try await Self.report(world).findings == [])
            world.clock.advance(by: .minutes(2))
            try await world.look()
            try await world.chain.advance(tenant: world.tenant)
            try await world.chain.anchor(tenant: world.tenant)
            let found = try await Self.report(world).findings
            #expect(found.count == 1)
            #expect(found.first?.contains("stream 9: 1 records") == true)
        }
    }

    @Test(
        "a look that was taken out of a patient's list, put in or moved is found though its record is whole",
        arguments: TestStores.engines,
        [
            "DELETE FROM audit_subject WHERE patient = 2" as StaticString,
            "UPDATE audit_subject SET patient = 7 WHERE patient = 2",
            "INSERT INTO audit_subject (tenant, patient, audit) SELECT tenant, 8, audit FROM audit_subject WHERE patient = 2",
        ])
    func subjects(_ engine: Engine, _ change: StaticString) async throws {
        try await TestWorld.with(engine) { world in
            let server = Beside(world, node: 3)
            try await server.look(1, 2, 3)
            try await server.look(4)
            try await server.chain.advance(tenant: world.tenant)
            // What is not linked yet is no part of it.
            try await server.look(5, 6)
            #expect(try await Self.report(world).findings == [])
            _ = try await world.stores.main.write(world.tenant) { try $0.execute(SQL(stringLiteral: change)) }
            let found = try await Self.report(world).findings
            #expect(found.count == 1)
            #expect(found.first?.contains("by which a patient's looks in lists are found") == true)
        }
    }

    @Test("the time at which a block says it was linked hides no missing anchors", arguments: TestStores.engines)
    func chainedAt(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for _ in 0..<12 {
                try await world.look()
                world.clock.advance(by: .seconds(10))
                try await world.chain.advance(tenant: world.tenant)
            }
            try FileManager.default.removeItem(atPath: KeyFolder(besideData: world.stores.folder).anchorsPath)
            let now = world.clock.now()
            _ = try await world.stores.main.write(world.tenant) {
                try $0.execute("UPDATE audit_block SET chained_at = \(now) WHERE tenant = \(.tenant)")
            }
            let found = try await Self.report(world).findings
            #expect(found.count == 1)
            #expect(found.first?.contains("the anchor file is missing") == true)
        }
    }
}
