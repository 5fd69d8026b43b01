import Crypto
import Kernel
import Store
import TestKit
import Testing
import Vault

/// A format that never was: ChaCha20-Poly1305. It stands for whatever this release will have been followed by.
private let older = SealFormats.Format(
    version: 200,
    seal: { plain, key, associated in
        Array(try ChaChaPoly.seal(plain, using: key, authenticating: associated).combined)
    },
    open: { sealed, key, associated in
        Array(try ChaChaPoly.open(try ChaChaPoly.SealedBox(combined: sealed), using: key, authenticating: associated))
    })

@Suite("Sealing anew")
struct ResealingTests {
    private static let schema = Migration(
        "2026-01-01.tests.notes",
        [
            """
            CREATE TABLE note (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT, sealed BLOB, PRIMARY KEY (tenant, id))
            """,
            """
            CREATE TABLE patient_note (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, patient, id))
            """,
        ])
    private static let notes = SealedRows.rows(Secret.sealKind).column(of: "note")
    private static let patientNotes = SealedRows.patientRows(Secret.sealKind).column(of: "patient_note")
    private static let formats = SealFormats(newest: .aesGCM, older: [older])

    /// A world in which `old` seals as an earlier release did, and `new` as this one, which still reads the other.
    private struct Releases {
        let world: TestWorld
        let old: TenantVault
        let new: TenantVault

        init(_ world: TestWorld) async throws {
            self.world = world
            old = try await world.node(SealFormats(newest: older)).openTenant(world.tenant)
            new = try await world.node(ResealingTests.formats).openTenant(world.tenant)
        }

        func write(_ ids: Range<Int64>, by vault: TenantVault, under subject: ID<KeySubject>) async throws {
            try await world.stores.main.write(world.tenant) { transaction in
                for id in ids {
                    try transaction.execute(
                        """
                        INSERT INTO note (tenant, id, key_subject, sealed) VALUES (\(.tenant), \(id), \(subject),
                            \(try vault.seal(Secret("note \(id)"), id: id, subject: subject)))
                        """)
                    try transaction.execute(
                        """
                        INSERT INTO patient_note (tenant, patient, id, key_subject, sealed)
                        VALUES (\(.tenant), \(id % 3), \(id), \(subject),
                            \(try vault.seal(Secret("note \(id)"), id: id, subject: subject)))
                        """)
                }
            }
        }

        func job(batch: Int) -> Resealing {
            Resealing(database: world.stores.main, vault: new, clock: world.clock, batch: batch)
        }

        /// How many rows of a table have each version.
        func versions() async throws -> [UInt8: Int] {
            let first = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.rows(
                    """
                    SELECT sealed FROM note WHERE tenant = \(.tenant) AND sealed IS NOT NULL
                    UNION ALL SELECT sealed FROM patient_note WHERE tenant = \(.tenant)
                    """
                ).compactMap { (try $0["sealed"] as [UInt8]).first }
            }
            return Dictionary(first.map { ($0, 1) }, uniquingKeysWith: +)
        }

        func read(_ id: Int64, from vault: TenantVault, under subject: ID<KeySubject>) async throws -> Secret {
            let sealed = try await world.stores.main.read(world.tenant) { transaction -> Sealed<Secret>? in
                try transaction.value("SELECT sealed FROM note WHERE tenant = \(.tenant) AND id = \(id)")
            }
            return try await world.open(
                try #require(sealed), owner: .ana, id: id, subject: subject, vault: vault)
        }
    }

    private struct PowerCut: Error {}

    @Test("old rows move to the newest format and say what they said; new ones stay", arguments: TestStores.engines)
    func forward(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [Self.schema]) { world in
            let releases = try await Releases(world)
            let subject = try await world.vault.newSubject()
            try await releases.write(1..<51, by: releases.old, under: subject)
            try await releases.write(51..<61, by: releases.new, under: subject)
            #expect(try await releases.versions() == [200: 100, 1: 20])
            #expect(try await releases.read(7, from: releases.new, under: subject) == Secret("note 7"))

            for (table, column) in [("note", Self.notes), ("patient_note", Self.patientNotes)] {
                let report = try await releases.job(batch: 7).run(table, column)
                #expect(report.seen == 60)
                #expect(report.resealed == 50)
                #expect(report.unreadable + report.failed == 0)
                #expect(!report.wasResumed)
            }
            #expect(try await releases.versions() == [1: 120])
            for id: Int64 in [1, 25, 50, 60] {
                // A release without the old format reads them now.
                #expect(try await releases.read(id, from: world.vault, under: subject) == Secret("note \(id)"))
            }
            let again = try await releases.job(batch: 7).run("note", Self.notes)
            #expect(again.resealed == 0)
            #expect(again.seen == 60)
        }
    }

    @Test("a run that was cut off goes on where it was", arguments: TestStores.engines)
    func resumed(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [Self.schema]) { world in
            let releases = try await Releases(world)
            let subject = try await world.vault.newSubject()
            try await releases.write(1..<41, by: releases.old, under: subject)
            var batches = 0
            do {
                _ = try await releases.job(batch: 10).run("note", Self.notes) { _ in
                    batches += 1
                    if batches == 2 { throw PowerCut() }
                }
                Issue.record("nothing cut it off")
            } catch is PowerCut {
                #expect(try await releases.versions() == [200: 60, 1: 20])
            }
            var looked: [Int] = []
            let report = try await releases.job(batch: 10).run("note", Self.notes) { looked.append($0.seen) }
            #expect(report.wasResumed)
            #expect(looked.first == 30)
            #expect(report.seen == 40)
            #expect(report.resealed == 40)
            #expect(try await releases.versions() == [200: 40, 1: 40])
        }
    }

    @Test("a row that was moved or changed is told and left as it is", arguments: TestStores.engines)
    func wrongAssociatedData(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [Self.schema]) { world in
            let releases = try await Releases(world)
            let subject = try await world.vault.newSubject()
            try await releases.write(1..<6, by: releases.old, under: subject)
            // Two rows change their values; one is sealed by nobody.
            _ = try await world.stores.main.write(world.tenant) { transaction in
                try transaction.execute(
                    """
                    UPDATE note SET sealed = (SELECT o.sealed FROM note o WHERE o.tenant = \(.tenant) AND o.id = 2)
                    WHERE tenant = \(.tenant) AND id = 1
                    """)
                try transaction.execute(
                    "UPDATE note SET sealed = \([9, 9, 9] as [UInt8]) WHERE tenant = \(.tenant) AND id = 3")
                return try transaction.execute(
                    "UPDATE note SET sealed = NULL, key_subject = NULL WHERE tenant = \(.tenant) AND id = 4")
            }
            let report = try await releases.job(batch: 2).run("note", Self.notes)
            #expect(report.resealed == 2)
            #expect(report.failed == 2)
            #expect(
                report.failures == [
                    "\(Crockford.encode(1)): sealed.tampered", "\(Crockford.encode(3)): sealed.version",
                ])
            let moved = await faultCode { _ = try await releases.read(1, from: releases.new, under: subject) }
            #expect(moved == "sealed.tampered")
            #expect(try await releases.read(2, from: world.vault, under: subject) == Secret("note 2"))
        }
    }

    @Test("rows of somebody who was disposed of stay unreadable and stop nothing", arguments: TestStores.engines)
    func disposed(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [Self.schema]) { world in
            let releases = try await Releases(world)
            let (gone, there) = (try await world.vault.newSubject(), try await world.vault.newSubject())
            try await releases.write(1..<4, by: releases.old, under: gone)
            try await releases.write(4..<9, by: releases.old, under: there)
            _ = try await releases.new.dispose(gone)
            let report = try await releases.job(batch: 3).run("note", Self.notes)
            #expect(report.unreadable == 3)
            #expect(report.resealed == 5)
            #expect(report.failed == 0)
        }
    }

    @Test("attachments move with all their parts", arguments: TestStores.engines)
    func blobs(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [Self.schema]) { world in
            let releases = try await Releases(world)
            let subject = try await world.vault.newSubject()
            let picture: [UInt8] = [0xFF, 0xD8, 0xFF] + (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
            let (id, old) = (ID<Blob>(raw: 3), releases.old)
            try await world.stores.main.write(world.tenant) { transaction in
                try Blobs.put(
                    picture, name: "a.jpg", subject: subject, id: id, vault: old, at: TestWorld.start, in: transaction)
            }
            let chunks = try await releases.job(batch: 2).run("blob_chunk", Blobs.sealedChunks)
            #expect(chunks.resealed == 3)
            let headers = try await releases.job(batch: 2).run("blob_object", Blobs.sealedHeaders)
            #expect(headers.resealed == 1)
            let read = try await world.audit.access(world.caller(.patientRead), world.vault) { access in
                let grant = try access.grant(
                    .patientRead, for: PatientSet(.ana), scope: [PatientScopeRow(location: nil, restricted: false)])
                return try await world.stores.main.read(world.tenant) {
                    try Blobs.get(id, owner: .patient(.ana), grant: grant, in: $0).bytes
                }
            }
            #expect(read == picture)
        }
    }
}
