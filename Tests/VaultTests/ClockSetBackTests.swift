import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("A clock that is set back")
struct ClockSetBackTests {
    @Test("the audit chain goes on, in one process and over a restart, and verifies", arguments: TestStores.engines)
    func chain(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for _ in 0..<5 { try await world.look() }
            #expect(try await world.chain.link(tenant: world.tenant) == 5)
            world.clock.advance(by: .hours(-3))
            for _ in 0..<4 { try await world.look() }
            #expect(try await world.chain.link(tenant: world.tenant) == 4)
            try await world.chain.anchor(tenant: world.tenant)

            // Another process of the same node, an hour earlier still.
            world.clock.advance(by: .hours(-1))
            let newest: Int64? = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.value(
                    "SELECT id FROM audit_record WHERE tenant = \(.tenant) ORDER BY id DESC LIMIT 1")
            }
            let ids = IDSource(clock: world.clock, node: 1)
            ids.resume(after: try #require(newest))
            let log = AuditLog(database: world.stores.main, clock: world.clock, ids: ids, stream: 1)
            let chain = AuditChain(database: world.stores.main, log: log, clock: world.clock, anchors: world.anchors)
            for _ in 0..<3 {
                try await log.access(world.caller(.patientRead), world.vault) { access in
                    _ = try access.grant(
                        .patientRead, for: PatientSet(.ana),
                        scope: [PatientScopeRow(location: nil, restricted: false)])
                }
            }
            #expect(try await chain.link(tenant: world.tenant) == 3)
            try await chain.anchor(tenant: world.tenant)
            let report = try await AuditVerification(database: world.stores.main, anchors: world.anchors)
                .run(tenant: world.tenant, at: world.clock.now())
            #expect(report.findings == [])
            #expect(report.records == 12)
            #expect(report.unlinked == 0)
        }
    }

    @Test("a key that is held is asked for again, and a disposal is heard of", arguments: TestStores.engines)
    func keys(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
            let other = try await world.node().openTenant(world.tenant)
            #expect(try await world.open(sealed, owner: .ana, id: 5, subject: subject, vault: other).text == "x")
            #expect(try await world.vault.dispose(subject))
            world.clock.advance(by: .hours(-2))
            let code = await faultCode {
                _ = try await world.open(sealed, owner: .ana, id: 5, subject: subject, vault: other)
            }
            #expect(code == "sealed.disposed")
        }
    }
}
