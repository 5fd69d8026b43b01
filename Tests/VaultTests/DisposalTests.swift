import Crypto
import Kernel
import Store
import Synchronization
import TestKit
import Testing
import Vault

@Suite("Disposal of keys")
struct DisposalTests {
    @Test("a key that another node holds in memory is dead within half a second", arguments: TestStores.engines)
    func otherNode(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
            let other = try await world.node().openTenant(world.tenant)
            let before = try await world.open(sealed, owner: .ana, id: 5, subject: subject, vault: other)
            #expect(before == Secret("x"))

            let gone = try await world.vault.dispose(subject)
            #expect(gone)
            let here = await faultCode { _ = try await world.open(sealed, owner: .ana, id: 5, subject: subject) }
            #expect(here == "sealed.disposed")
            // Nobody has told the other node, and it asks by itself when what it knows is too old.
            world.clock.advance(by: TenantVault.longestKeyAge + .milliseconds(1))
            let there = await faultCode {
                _ = try await world.open(sealed, owner: .ana, id: 5, subject: subject, vault: other)
            }
            #expect(there == "sealed.disposed")
            let sealing = faultCodeNow { _ = try other.seal(Secret("y"), id: 6, subject: subject) }
            #expect(sealing == "sealed.disposed")
            #expect(TenantVault.longestKeyAge < .seconds(1))
        }
    }

    @Test("a node that watches learns at once, drops that key and keeps the others", arguments: TestStores.engines)
    func watching(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subjects = try await world.vault.newSubjects(3)
            let sealed = try subjects.map { try world.vault.seal(Secret("x"), id: 5, subject: $0) }
            let other = try await world.node().openTenant(world.tenant)
            for (value, subject) in zip(sealed, subjects) {
                _ = try await world.open(value, owner: .ana, id: 5, subject: subject, vault: other)
            }
            let count = try await world.vault.dispose([subjects[0], subjects[1]])
            #expect(count == 2)
            try await other.refreshKeys()
            for (index, subject) in subjects.enumerated() {
                let code = await faultCode {
                    _ = try await world.open(sealed[index], owner: .ana, id: 5, subject: subject, vault: other)
                }
                #expect(code == (index < 2 ? "sealed.disposed" : nil))
            }
            // A second disposal is heard of too, and one that finds nothing raises nothing.
            let again = try await world.vault.dispose(subjects[0])
            #expect(!again)
            _ = try await world.vault.dispose(subjects[2])
            try await other.refreshKeys()
            let last = await faultCode {
                _ = try await world.open(sealed[2], owner: .ana, id: 5, subject: subjects[2], vault: other)
            }
            #expect(last == "sealed.disposed")
            let generation = try await world.stores.keys.read(world.tenant) { transaction -> Int64? in
                try transaction.value("SELECT generation FROM key_generation WHERE tenant = \(.tenant)")
            }
            #expect(generation == 2)
        }
    }

    @Test("within half a second nothing is asked of the key store", arguments: TestStores.engines)
    func quiet(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
            let door = Door(world.stores.keys)
            let other = try await world.node(on: door).openTenant(world.tenant)
            func open() async -> String? {
                await faultCode {
                    _ = try await world.open(sealed, owner: .ana, id: 5, subject: subject, vault: other)
                }
            }
            #expect(await open() == nil)
            let reads = door.reads
            world.clock.advance(by: TenantVault.longestKeyAge)
            #expect(await open() == nil)
            #expect(door.reads == reads)
            world.clock.advance(by: .milliseconds(1))
            #expect(await open() == nil)
            #expect(door.reads == reads + 1)
            // A clock that is set back is no reason to trust what is held, and a key store that is away is none either.
            door.isShut.withLock { $0 = true }
            #expect(await open() == nil)
            world.clock.advance(by: .seconds(-60))
            #expect(await open() == "store.unavailable")
        }
    }

    @Test("keys that are being read while they are disposed of do not stay in memory", arguments: TestStores.engines)
    func race(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let other = try await world.node().openTenant(world.tenant)
            for _ in 0..<20 {
                let subject = try await world.vault.newSubject()
                let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
                async let first = world.isOpen(sealed, under: subject, by: other)
                async let second = world.isOpen(sealed, under: subject, by: other)
                async let disposing = world.vault.dispose(subject)
                #expect(try await disposing)
                try await other.refreshKeys()
                _ = await (first, second)
                let code = await faultCode {
                    _ = try await world.open(sealed, owner: .ana, id: 5, subject: subject, vault: other)
                }
                #expect(code == "sealed.disposed")
            }
        }
    }

    // MARK: Records and certificates

    @Test("a disposal is remembered with its certificate, once for a subject", arguments: TestStores.engines)
    func records(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let (first, second) = (try await world.vault.newSubject(), try await world.vault.newSubject())
            let begun = try await world.vault.beginDisposal(world.disposal(keys: [first]))
            #expect(begun.certificate == nil)
            let sealing = faultCodeNow { _ = try world.vault.seal(Secret("y"), id: 6, subject: first) }
            #expect(sealing == "sealed.disposed")
            let early = try await world.vault.unfinishedDisposals(begunBefore: world.clock.now())
            #expect(early.isEmpty)
            let waiting = try await world.vault.unfinishedDisposals(begunBefore: world.clock.now() + .seconds(1))
            #expect(waiting.map(\.id) == [begun.id])

            try await world.vault.noteDisposedRows(["message": 3, "patient": 1, "term": 0], of: begun.id)
            try await world.vault.noteDisposedRows(["message": 2], of: begun.id)
            let done = try await world.certify()
            #expect(done.rows == ["message": 5, "patient": 1])
            #expect(done.certificate?.text.contains("\nrows message 5\nrows patient 1\n") == true)
            let none = try await world.vault.unfinishedDisposals(begunBefore: world.clock.now() + .seconds(1))
            #expect(none.isEmpty)

            // Asked for again it is the same one; with another key it needs another certificate.
            let again = try await world.vault.beginDisposal(world.disposal(keys: [first], reason: "other"))
            #expect(again == done)
            let more = try await world.vault.beginDisposal(world.disposal(keys: [first, second]))
            #expect(more.id == begun.id)
            #expect(more.certificate == nil)
            #expect(more.target.keys == [first, second].sorted())
            _ = try await world.certify()
            let report = try await world.verifyDisposals()
            #expect(report.findings == [])
            #expect(report.disposals == 1)
            #expect(report.unfinished == 0)
        }
    }

    @Test("a changed certificate, a foreign one and a key that came back are found", arguments: TestStores.engines)
    func forgery(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            _ = try await world.vault.beginDisposal(world.disposal(keys: [subject]))
            let unfinished = try await world.verifyDisposals()
            #expect(unfinished.unfinished == 1)
            #expect(unfinished.findings == [])
            _ = try await world.certify()
            let stranger = DisposalCertificates(key: Curve25519.Signing.PrivateKey())
            let foreign = try await world.verifyDisposals(with: stranger)
            #expect(foreign.findings.count == 1)

            _ = try await world.stores.keys.write(world.tenant) { transaction in
                try transaction.execute("UPDATE disposal SET reason = 'mistake' WHERE tenant = \(.tenant)")
            }
            let other = try await world.verifyDisposals()
            #expect(other.findings.first?.hasSuffix("tells of something else") == true)
            _ = try await world.stores.keys.write(world.tenant) { transaction in
                try transaction.execute(
                    """
                    UPDATE disposal SET reason = 'request', certificate = replace(certificate, 'request', 'retention')
                    WHERE tenant = \(.tenant)
                    """)
            }
            let changed = try await world.verifyDisposals()
            #expect(changed.findings.first?.hasSuffix("signature is wrong") == true)

            // Somebody put an older key store back.
            _ = try await world.stores.keys.write(world.tenant) { transaction in
                try transaction.execute(
                    """
                    UPDATE subject_key SET wrapped = \([UInt8](repeating: 1, count: 60)), disposed_at = NULL
                    WHERE tenant = \(.tenant) AND subject = \(subject)
                    """)
            }
            let back = try await world.verifyDisposals()
            #expect(back.findings.contains { $0.contains("is there again") })
        }
    }
}

/// A database that can be out of reach, and counts the reads.
private final class Door: Store.Database {
    private let inner: any Store.Database
    private let count = Mutex(0)
    let isShut = Mutex(false)

    init(_ inner: any Store.Database) {
        self.inner = inner
    }

    var engine: Engine { inner.engine }
    var reads: Int { count.withLock { $0 } }

    func read<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try pass()
        return try await inner.read(tenant, body)
    }

    func readNow<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) throws -> Value {
        try pass()
        return try inner.readNow(tenant, body)
    }

    func write<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try pass()
        return try await inner.write(tenant, body)
    }

    func migrate(_ body: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        try await inner.migrate(body)
    }

    func close() async {}

    private func pass() throws {
        if isShut.withLock({ $0 }) { throw StoreError(.unavailable, message: "the door is shut") }
        count.withLock { $0 += 1 }
    }
}

extension TestWorld {
    /// The key store as another process of the same installation sees it.
    func node(_ formats: SealFormats = .current, on database: (any Store.Database)? = nil) throws -> KeyStore {
        KeyStore(
            database: database ?? stores.keys, master: try KeyFolder(besideData: stores.folder).master(), clock: clock,
            ids: IDSource(clock: clock, node: 2), formats: formats)
    }

    fileprivate func isOpen(
        _ sealed: Sealed<Secret>, under subject: ID<KeySubject>, by vault: TenantVault
    ) async -> Bool {
        await faultCode { _ = try await self.open(sealed, owner: .ana, id: 5, subject: subject, vault: vault) } == nil
    }

    fileprivate func disposal(keys: [ID<KeySubject>], reason: String = "request") -> DisposalRecord {
        DisposalRecord(
            id: ids.next(), target: DisposalTarget(subject: .patient(.ana), patients: [.ana, .ben], keys: keys),
            reason: reason, actor: .user(ID(raw: 7)), requestedAt: clock.now())
    }

    private var certificates: DisposalCertificates {
        get throws { DisposalCertificates(key: try KeyFolder(besideData: stores.folder).signing()) }
    }

    fileprivate func certify() async throws -> DisposalRecord {
        let record = try #require(try await vault.disposal(of: .patient(.ana)))
        let certificate = try certificates.sign(record, tenant: tenant, at: clock.now())
        return record.certified(by: try await vault.finishDisposal(record.id, certificate))
    }

    fileprivate func verifyDisposals(
        with others: DisposalCertificates? = nil
    ) async throws -> DisposalVerification.Report {
        try await DisposalVerification(keyDatabase: stores.keys, certificates: try others ?? certificates)
            .run(tenant: tenant)
    }
}
