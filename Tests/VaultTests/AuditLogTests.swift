import Kernel
import Store
import Synchronization
import TestKit
import Testing
import Vault

@Suite("The audit log")
struct AuditLogTests {
    private struct Boom: Error {}
    private static let open = [PatientScopeRow(location: nil, restricted: false)]

    private func trail(
        _ world: TestWorld
    ) async throws -> [(action: String, outcome: String, reason: String?, subject: Int64?)] {
        try await world.stores.main.read(world.tenant) { transaction in
            try transaction.rows(
                "SELECT action, outcome, reason, subject FROM audit_record WHERE tenant = \(.tenant) ORDER BY id"
            ).map {
                (
                    action: try $0["action"] as String, outcome: try $0["outcome"] as String,
                    reason: try $0["reason"] as String?, subject: try $0["subject"] as Int64?
                )
            }
        }
    }

    @Test("when a read has been answered, its record is durable", arguments: TestStores.engines)
    func answeredMeansRecorded(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for number in 1...5 {
                try await world.look(Int64(number))
                let count = try await world.auditCount()
                #expect(count == number)
            }
            let last = try await trail(world).last
            #expect(last?.action == "patient.read")
            #expect(last?.outcome == "permitted")
            #expect(last?.subject == 5)
        }
    }

    @Test("64 readers at once each find their record when they are answered", arguments: TestStores.engines)
    func concurrent(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...64 {
                    group.addTask {
                        try await world.look(Int64(number))
                        let mine = try await world.count(
                            "SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant) AND subject = \(number)")
                        #expect(mine == 1)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a denial looks like an absent patient and is on the trail with its reason", arguments: TestStores.engines)
    func denial(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let caller = world.caller([.patientRead], locations: .only([ID(raw: 1)]))
            let code = await faultCode {
                try await world.audit.access(caller, world.vault) { access in
                    _ = try access.grant(
                        .patientRead, for: PatientSet(.ana),
                        scope: [PatientScopeRow(location: ID(raw: 2), restricted: false)])
                }
            }
            #expect(code == "patient.not-found")
            let missing = await faultCode {
                try await world.audit.access(world.caller(), world.vault) { try $0.require(.auditRead) }
            }
            #expect(missing == "permission.missing")
            let records = try await trail(world)
            #expect(records.map(\.outcome) == ["denied", "denied"])
            #expect(records.map(\.reason) == ["other-location", "no-permission"])
            #expect(records.first?.subject == 101)
        }
    }

    @Test("a list leaves one record that names its rows, without those the policy hides", arguments: TestStores.engines)
    func list(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let caller = world.caller([.patientRead], locations: .only([ID(raw: 1)]))
            try await world.audit.access(caller, world.vault) { access in
                let grant = try access.grant(
                    .patientRead,
                    forList: [
                        (patient: ID(raw: 1), scope: Self.open), (patient: ID(raw: 2), scope: []),
                        (patient: ID(raw: 3), scope: Self.open),
                    ], and: [.conversation(ID(raw: 9))])
                #expect(grant.covers(.patient(ID(raw: 1))))
                #expect(!grant.covers(.patient(ID(raw: 2))))
                #expect(grant.covers(.conversation(ID(raw: 9))))
            }
            let rows = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.rows("SELECT subjects FROM audit_record WHERE tenant = \(.tenant)")
                    .map { try $0["subjects"] as String? }
            }
            #expect(
                rows == [
                    "patient:\(ID<Patient>(raw: 1)),patient:\(ID<Patient>(raw: 3)),conversation:\(ID<Conversation>(raw: 9))"
                ])
            let named = try await world.count("SELECT COUNT(*) FROM audit_subject WHERE tenant = \(.tenant)")
            #expect(named == 2)
        }
    }

    @Test("when the trail cannot be written, the answer is not given out", arguments: TestStores.engines)
    func unwritable(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            _ = try await world.stores.main.write(world.tenant) {
                try $0.execute("ALTER TABLE audit_record RENAME TO away")
            }
            let code = await faultCode {
                let answer = try await world.audit.access(world.caller(.patientRead), world.vault) { access in
                    _ = try access.grant(.patientRead, for: PatientSet(.ana), scope: Self.open)
                    return "the answer"
                }
                Issue.record("an unrecorded answer went out: \(answer)")
            }
            #expect(code == "store.other")
            _ = try await world.stores.main.write(world.tenant) {
                try $0.execute("ALTER TABLE away RENAME TO audit_record")
            }
            try await world.look()
            let linked = try await world.chain.link(tenant: world.tenant)
            #expect(linked == 1)
        }
    }

    @Test("what a failing read had opened is on the trail", arguments: TestStores.engines)
    func failingRead(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let code = await faultCode {
                try await world.audit.access(world.caller(.patientRead), world.vault) { access in
                    _ = try access.grant(.patientRead, for: PatientSet(.ana), scope: Self.open)
                    throw Boom()
                }
            }
            #expect(code?.hasPrefix("other") == true)
            let count = try await world.auditCount()
            #expect(count == 1)
        }
    }

    @Test(
        "a command and its record are kept or undone together; a failure leaves its denial",
        arguments: TestStores.engines)
    func transact(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let scope: @Sendable (any Transaction, Int64) throws -> Void = { transaction, patient in
                try transaction.execute(
                    """
                    INSERT INTO patient_scope (tenant, patient, location, restricted)
                    VALUES (\(.tenant), \(patient), 0, FALSE)
                    """)
            }
            try await world.audit.transact(world.caller(.patientWrite), world.vault) { transaction, access in
                try access.require(.patientWrite)
                try scope(transaction, 1)
                access.noteCommand("RegisterPatient", subject: .patient(ID(raw: 1)))
            }
            let code = await faultCode {
                try await world.audit.transact(world.caller(.patientWrite), world.vault) { transaction, access in
                    try scope(transaction, 2)
                    try access.require(.userManage)
                }
            }
            #expect(code == "permission.missing")
            let rows = try await world.count("SELECT COUNT(*) FROM patient_scope WHERE tenant = \(.tenant)")
            #expect(rows == 1)
            let records = try await trail(world)
            #expect(records.map(\.action) == ["RegisterPatient", "user.manage"])
            #expect(records.map(\.outcome) == ["permitted", "denied"])
        }
    }

    @Test("when a command's record cannot be written, the command did not happen", arguments: TestStores.engines)
    func transactUnwritable(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            _ = try await world.stores.main.write(world.tenant) {
                try $0.execute("ALTER TABLE audit_record RENAME TO away")
            }
            let code = await faultCode {
                try await world.audit.transact(world.caller(.patientWrite), world.vault) { transaction, access in
                    try transaction.execute(
                        "INSERT INTO patient_scope (tenant, patient, location, restricted) VALUES (\(.tenant), 1, 0, FALSE)"
                    )
                    access.noteCommand("RegisterPatient", subject: nil)
                }
            }
            #expect(code != nil)
            let rows = try await world.count("SELECT COUNT(*) FROM patient_scope WHERE tenant = \(.tenant)")
            #expect(rows == 0)
        }
    }
}
