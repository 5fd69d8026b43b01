import Crypto
import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing
import Vault

/// Somebody pulled the plug.
private struct PowerCut: Error {}

@Suite("Rotation of keys")
struct RotationTests {
    private static let schema = Migration(
        "2026-01-01.tests.rotation",
        [
            """
            CREATE TABLE note (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT, sealed BLOB, PRIMARY KEY (tenant, id))
            """
        ])
    private static let notes = SubjectKeyRotation.Table(
        name: "note", column: SealedRows.rows(Secret.sealKind).column(of: "note"), rows: "id > 0")

    private static func with(
        _ engine: Engine, _ body: @Sendable (TestWorld) async throws -> Void
    ) async throws {
        try await TestWorld.with(engine, migrations: [schema], body)
    }

    // MARK: A tenant's key

    @Test("a tenant's key is replaced: every key opens as before, index terms stay", arguments: TestStores.engines)
    func tenantKey(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let other = try await world.another().openTenant(world.tenant)
            let subjects = try await world.vault.newSubjects(25)
            let sealed = try subjects.map { try world.vault.seal(Secret("kept"), id: 1, subject: $0) }
            let term = BlindIndex(vault: world.vault).term(.phone, "+13035550100")
            let token = try world.vault.sealToken([1, 2, 3], label: "test")
            let before = try await world.keys.status(world.tenant)
            #expect(before.version == 1)
            #expect(before.waiting == 0)

            let report = try await TenantKeyRotation(vault: world.vault, batch: 7).run()
            #expect(report.version == 2)
            #expect(!report.wasResumed)
            #expect(report.keys == before.subjects)
            let after = try await world.keys.status(world.tenant)
            #expect(after.version == 2)
            #expect(after.subjects == before.subjects)
            #expect(after.waiting == 0)
            #expect(!after.isTenantKeyRotating)
            #expect(try await world.oldVersions() == 0)

            // A node that was running, and one that starts now.
            let started = try await world.another().openTenant(world.tenant)
            for vault in [other, started, world.vault] {
                for (subject, sealed) in zip(subjects, sealed) {
                    #expect(
                        try await world.open(sealed, owner: .ana, id: 1, subject: subject, vault: vault).text == "kept")
                }
                #expect(BlindIndex(vault: vault).term(.phone, "+13035550100") == term)
                #expect(vault.openToken(token, label: "test") == [1, 2, 3])
                let fresh = try await vault.newSubject()
                let new = try vault.seal(Secret("new"), id: 2, subject: fresh)
                #expect(try await world.open(new, owner: .ana, id: 2, subject: fresh, vault: started).text == "new")
            }
            #expect(try await world.keys.status(world.tenant).waiting == 0)
        }
    }

    @Test("a tenant that is older than rotation gets a key of its own for wrapping", arguments: TestStores.engines)
    func oldTenant(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let tenant: ID<Tenant> = ID(raw: 9001)
            let vault = try await world.oldTenant(tenant)
            let subject = try await vault.newSubject()
            let sealed = try vault.seal(Secret("old"), id: 1, subject: subject)
            let term = BlindIndex(vault: vault).term(.email, "a@mail.example")
            let report = try await TenantKeyRotation(vault: vault).run()
            #expect(report.version == 1)
            #expect(report.keys == 256)
            let again = try await world.another().openTenant(tenant)
            let opened = try await world.audit.access(world.caller(.patientRead), again) { access in
                let grant = try access.grant(
                    .patientRead, for: PatientSet(.ana), scope: [PatientScopeRow(location: nil, restricted: false)])
                return try sealed.open(grant, of: .patient(.ana), id: 1, subject: subject)
            }
            #expect(opened.text == "old")
            #expect(BlindIndex(vault: again).term(.email, "a@mail.example") == term)
        }
    }

    @Test("cut off after any step, the rotation of a tenant's key goes on where it was", arguments: TestStores.engines)
    func tenantKeyInterrupted(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let subjects = try await world.vault.newSubjects(40)
            let sealed = try world.vault.seal(Secret("kept"), id: 1, subject: subjects[33])
            var version: Int64 = 1
            for stop in TenantKeyRotation.Step.allCases {
                let rotation = TenantKeyRotation(vault: try await world.another().openTenant(world.tenant), batch: 9)
                var isCut = false
                do {
                    _ = try await rotation.run { step, _ in if step == stop { throw PowerCut() } }
                } catch is PowerCut {
                    isCut = true
                }
                #expect(isCut)
                version += 1
                let status = try await world.keys.status(world.tenant)
                #expect(status.version == version)
                #expect(status.isTenantKeyRotating == (stop != .retired))

                // Half-way everything opens and is sealed.
                let node = try await world.another().openTenant(world.tenant)
                #expect(
                    try await world.open(sealed, owner: .ana, id: 1, subject: subjects[33], vault: node).text == "kept")
                let fresh = try await node.newSubject()
                _ = try node.seal(Secret("new"), id: 2, subject: fresh)

                if stop != .retired {
                    let report = try await TenantKeyRotation(vault: node, batch: 9).run()
                    #expect(report.wasResumed)
                    #expect(report.version == version)
                }
                let done = try await world.keys.status(world.tenant)
                #expect(!done.isTenantKeyRotating)
                #expect(done.waiting == 0)
                #expect(try await world.oldVersions() == 0)
            }
            let restarted = try await world.another().openTenant(world.tenant)
            #expect(
                try await world.open(sealed, owner: .ana, id: 1, subject: subjects[33], vault: restarted).text == "kept"
            )
        }
    }

    @Test("what is disposed of during a rotation stays so", arguments: TestStores.engines)
    func disposalMeanwhile(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let subjects = try await world.vault.newSubjects(10)
            let sealed = try world.vault.seal(Secret("x"), id: 1, subject: subjects[9])
            await #expect(throws: PowerCut.self) {
                _ = try await TenantKeyRotation(vault: world.vault, batch: 3).run { step, _ in
                    if step == .batch { throw PowerCut() }
                }
            }
            #expect(try await world.another().openTenant(world.tenant).dispose(subjects[9]))
            let report = try await TenantKeyRotation(vault: world.vault, batch: 3).run()
            #expect(report.keys == 6)
            try await world.vault.refreshKeys()
            let code = await faultCode {
                _ = try await world.open(sealed, owner: .ana, id: 1, subject: subjects[9])
            }
            #expect(code == "sealed.disposed")
        }
    }

    // MARK: A subject's key

    @Test("a patient's key is replaced: rows are sealed anew, the old key is gone", arguments: TestStores.engines)
    func subjectKey(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let (subject, bystander) = (try await world.vault.newSubject(), try await world.vault.newSubject())
            let other = try await world.another().openTenant(world.tenant)
            try await world.write(1..<30, under: subject, by: world.vault)
            try await world.write(30..<40, under: bystander, by: world.vault)
            let before = try await world.notes()
            _ = try await world.read(3, under: subject, by: other)
            let report = try await world.rotation(Self.notes).run([subject])
            #expect(report.rows == ["note": 29])
            #expect(report.failures == [])
            #expect(!report.wasResumed)
            let after = try await world.notes()
            #expect(after.filter { before[$0.key] != $0.value }.count == 29)
            // A node that holds the old key still, and one that starts.
            for vault in [other, try await world.another().openTenant(world.tenant), world.vault] {
                #expect(try await world.read(3, under: subject, by: vault) == "note 3")
                #expect(try await world.read(35, under: bystander, by: vault) == "note 35")
            }
            // The old values open for nobody.
            let old = try #require(before[3])
            let code = await faultCode {
                _ = try await world.open(
                    try #require(Sealed<Secret>(sqlValue: .blob(old))), owner: .ana, id: 3, subject: subject)
            }
            #expect(code == "sealed.tampered")
            #expect(try await world.keys.status(world.tenant).rotating == 0)
        }
    }

    @Test("reads and writes go on while a patient's key is replaced", arguments: TestStores.engines)
    func subjectKeyMeanwhile(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let subject = try await world.vault.newSubject()
            let other = try await world.another().openTenant(world.tenant)
            try await world.write(1..<300, under: subject, by: world.vault)
            _ = try await world.read(1, under: subject, by: other)
            // The other node has the old key in its hand and has not heard of the new one.
            let late = try other.seal(Secret("late"), id: 900, subject: subject)
            let writing = Task {
                var number: Int64 = 1000
                while !Task.isCancelled {
                    // The other node asks what changed when what it holds is old.
                    world.clock.advance(by: .seconds(1))
                    try await world.write(number..<number + 3, under: subject, by: other)
                    for id in [1, 150, number] { _ = try await world.read(id, under: subject, by: other) }
                    number += 3
                }
                return number
            }
            let inserting = try await world.stores.main.write(world.tenant) { transaction in
                try transaction.execute(
                    """
                    INSERT INTO note (tenant, id, key_subject, sealed) VALUES (\(.tenant), 900, \(subject), \(late))
                    """)
            }
            #expect(inserting == 1)
            let report = try await world.rotation(Self.notes, settling: .milliseconds(300)).run([subject])
            writing.cancel()
            let last = try await writing.value
            #expect(report.failures == [])
            let restarted = try await world.another().openTenant(world.tenant)
            let ids = try await world.notes().keys
            #expect(ids.count == 300 + Int(last - 1000))
            for id in ids {
                #expect(try await world.read(id, under: subject, by: restarted) == (id == 900 ? "late" : "note \(id)"))
            }
        }
    }

    @Test("cut off after any step, the rotation of a patient's key goes on where it was", arguments: TestStores.engines)
    func subjectKeyInterrupted(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let subject = try await world.vault.newSubject()
            try await world.write(1..<20, under: subject, by: world.vault)
            for stop in SubjectKeyRotation.Step.allCases {
                var isCut = false
                do {
                    _ = try await world.rotation(Self.notes).run([subject]) { if $0 == stop { throw PowerCut() } }
                } catch is PowerCut {
                    isCut = true
                }
                #expect(isCut)
                #expect(try await world.keys.status(world.tenant).rotating == (stop == .ended ? 0 : 1))
                let node = try await world.another().openTenant(world.tenant)
                #expect(try await world.read(7, under: subject, by: node) == "note 7")
                if stop != .ended {
                    // The tenant's key may be replaced in between.
                    _ = try await TenantKeyRotation(vault: node).run()
                    #expect(try await world.read(7, under: subject, by: node) == "note 7")
                    let report = try await world.rotation(Self.notes, by: node).run([subject])
                    #expect(report.wasResumed)
                }
                #expect(try await world.keys.status(world.tenant).rotating == 0)
                let restarted = try await world.another().openTenant(world.tenant)
                for id: Int64 in 1..<20 {
                    #expect(try await world.read(id, under: subject, by: restarted) == "note \(id)")
                }
            }
        }
    }

    @Test("a key that was disposed of is not replaced, also half-way", arguments: TestStores.engines)
    func disposedSubject(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let subject = try await world.vault.newSubject()
            try await world.write(1..<5, under: subject, by: world.vault)
            await #expect(throws: PowerCut.self) {
                _ = try await world.rotation(Self.notes).run([subject]) { if $0 == .begun { throw PowerCut() } }
            }
            _ = try await world.vault.dispose(subject)
            let left = try await world.stores.keys.read(world.tenant) { transaction -> Int in
                try transaction.value(
                    """
                    SELECT COUNT(*) FROM subject_key
                    WHERE tenant = \(.tenant) AND subject = \(subject) AND (wrapped IS NOT NULL OR previous IS NOT NULL)
                    """) ?? 0
            }
            #expect(left == 0)
            let code = await faultCode { _ = try await world.rotation(Self.notes).run([subject]) }
            #expect(code == "sealed.disposed")
        }
    }
}

/// Each its own number: ids of two nodes never meet.
private let lastNode = Mutex(2)

extension TestWorld {
    /// The key store as another process of the same installation sees it.
    fileprivate func another() throws -> KeyStore {
        let number = lastNode.withLock { last in
            last += 1
            return last
        }
        return KeyStore(
            database: stores.keys, master: try KeyFolder(besideData: stores.folder).master(), clock: clock,
            ids: IDSource(clock: clock, node: number))
    }

    fileprivate func rotation(
        _ table: SubjectKeyRotation.Table, by other: TenantVault? = nil, settling: Duration = .zero
    ) -> SubjectKeyRotation {
        SubjectKeyRotation(vault: other ?? vault, database: stores.main, tables: [table], settling: settling)
    }

    fileprivate func write(
        _ ids: Range<Int64>, under subject: ID<KeySubject>, by vault: TenantVault
    ) async throws {
        try await stores.main.write(tenant) { transaction in
            for id in ids {
                try transaction.send(
                    """
                    INSERT INTO note (tenant, id, key_subject, sealed) VALUES (\(.tenant), \(id), \(subject),
                        \(try vault.seal(Secret("note \(id)"), id: id, subject: subject)))
                    """)
            }
        }
    }

    fileprivate func read(_ id: Int64, under subject: ID<KeySubject>, by vault: TenantVault) async throws -> String {
        let sealed = try await stores.main.read(tenant) { transaction -> Sealed<Secret>? in
            try transaction.value("SELECT sealed FROM note WHERE tenant = \(.tenant) AND id = \(id)")
        }
        return try await open(try #require(sealed), owner: .ana, id: id, subject: subject, vault: vault).text
    }

    fileprivate func notes() async throws -> [Int64: [UInt8]] {
        try await stores.main.read(tenant) { transaction in
            let rows = try transaction.rows("SELECT id, sealed FROM note WHERE tenant = \(.tenant)")
            return Dictionary(
                uniqueKeysWithValues: try rows.map { (try $0["id"] as Int64, try $0["sealed"] as [UInt8]) })
        }
    }

    /// Keys of versions that are no longer in use and still there.
    fileprivate func oldVersions() async throws -> Int {
        try await stores.keys.read(tenant) { transaction in
            try transaction.value(
                """
                SELECT COUNT(*) FROM wrapping_key w JOIN tenant_key k ON k.tenant = w.tenant
                WHERE w.tenant = \(.tenant) AND w.version < k.wrapping AND w.wrapped IS NOT NULL
                """) ?? 0
        }
    }

    /// A tenant as the first release made it: one key for everything.
    fileprivate func oldTenant(_ tenant: ID<Tenant>) async throws -> TenantVault {
        _ = try await keys.openTenant(tenant, creating: true)
        try await stores.keys.write(tenant) { transaction in
            try transaction.send("UPDATE tenant_key SET wrapping = 0 WHERE tenant = \(.tenant)")
            try transaction.send("DELETE FROM wrapping_key WHERE tenant = \(.tenant)")
        }
        return try await keys.openTenant(tenant)
    }
}
