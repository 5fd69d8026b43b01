import Crypto
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault

/// Anchors that were taken away, and those that were never due.
@Suite("Anchors that are missing")
struct AuditCoverageTests {
    private static func path(_ world: TestWorld) -> String {
        KeyFolder(besideData: world.stores.folder).anchorsPath
    }

    private static func findings(_ world: TestWorld) async throws -> [String] {
        try await AuditVerification(database: world.stores.main, anchors: world.anchors)
            .run(tenant: world.tenant, at: world.clock.now()).findings
    }

    /// Blocks every ten seconds, as a server makes them; every second one is anchored.
    private static func grow(_ world: TestWorld, blocks: Int) async throws {
        for block in 1...blocks {
            try await world.look()
            world.clock.advance(by: .seconds(10))
            try await world.chain.advance(tenant: world.tenant)
            if block % 2 == 0 { try await world.chain.anchor(tenant: world.tenant) }
        }
    }

    private static func cut(_ world: TestWorld, after sequence: Int64) async throws {
        try await world.stores.main.write(world.tenant) { transaction in
            let last: Int64? = try transaction.value(
                "SELECT last_id FROM audit_block WHERE tenant = \(.tenant) AND sequence = \(sequence)")
            try transaction.execute("DELETE FROM audit_record WHERE tenant = \(.tenant) AND id > \(last ?? 0)")
            try transaction.execute("DELETE FROM audit_block WHERE tenant = \(.tenant) AND sequence > \(sequence)")
        }
    }

    @Test("a trail that was cut is not whole because the anchor file was removed too", arguments: TestStores.engines)
    func removed(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await Self.grow(world, blocks: 12)
            #expect(try await Self.findings(world) == [])
            try await Self.cut(world, after: 9)
            try FileManager.default.removeItem(atPath: Self.path(world))
            world.clock.advance(by: .seconds(61))
            let found = try await Self.findings(world)
            #expect(found.count == 1)
            #expect(found.first?.contains("the anchor file is missing") == true)

            // Nor when the program went on and made a new one.
            try await Self.grow(world, blocks: 12)
            let later = try await Self.findings(world)
            #expect(later.count == 1)
            #expect(later.first?.contains("the anchors begin at block") == true)
        }
    }

    @Test("an anchor file without its last lines is told", arguments: TestStores.engines)
    func shortened(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await Self.grow(world, blocks: 20)
            let text = try String(contentsOfFile: Self.path(world), encoding: .utf8)
            let lines = text.split(separator: "\n")
            try Data(lines.prefix(3).map { $0 + "\n" }.joined().utf8)
                .write(to: URL(fileURLWithPath: Self.path(world)))
            let found = try await Self.findings(world)
            #expect(found.count == 1)
            #expect(found.first?.contains("the anchors end before block") == true)

            try Data().write(to: URL(fileURLWithPath: Self.path(world)))
            let empty = try await Self.findings(world)
            #expect(empty.count == 1)
            #expect(empty.first?.contains("the anchor file has none of it") == true)
        }
    }

    @Test(
        "a trail and an anchor file cut at the same place are found by a copy of the file alone",
        arguments: TestStores.engines)
    func cutTogether(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let signing = try KeyFolder(besideData: world.stores.folder).signingKey()
            let path = world.stores.folder + "-anchors-kept"
            defer { try? FileManager.default.removeItem(atPath: path) }  // a copy of what the test made
            func report() async throws -> AuditVerification.Report {
                try await AuditVerification(
                    database: world.stores.main, anchors: world.anchors, copy: AuditAnchors(path: path, key: signing)
                ).run(tenant: world.tenant, at: world.clock.now())
            }
            try await Self.grow(world, blocks: 12)
            let text = try String(contentsOfFile: Self.path(world), encoding: .utf8)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            // A copy that is older than the trail and the file is no finding.
            try await Self.grow(world, blocks: 4)
            let whole = try await report()
            #expect(whole.findings == [] && whole.copied == 1)

            let lines = try String(contentsOfFile: Self.path(world), encoding: .utf8).split(separator: "\n")
            let sequences = lines.map { $0.split(separator: " ")[3] }
            let last = try #require(sequences.lastIndex { (Int64($0) ?? .max) <= 8 })
            let border = try #require(Int64(sequences[last]))
            try await Self.cut(world, after: border)
            try Data(lines[...last].map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: Self.path(world)))
            #expect(try await Self.findings(world) == [])
            let found = try await report().findings
            #expect(found.count == 1)
            #expect(found.first?.contains("the trail was cut or the database rolled back") == true)

            // Nor does it help whoever cut it that the program has gone on since.
            try await Self.grow(world, blocks: 12)
            #expect(try await Self.findings(world) == [])
            let later = try await report().findings
            #expect(later.count == 1)
            #expect(later.first?.contains("differs from what was anchored") == true)
        }
    }

    @Test("much that waits to be linked is anchored from its first block on", arguments: TestStores.engines)
    func backlog(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await AuditSample.fill(
                25_000, stream: world.audit.stream, tenant: world.tenant, now: world.clock.now(),
                database: world.stores.main, chain: world.chain)
            let text = try String(contentsOfFile: Self.path(world), encoding: .utf8)
            let blocks = text.split(separator: "\n").map { $0.split(separator: " ")[3] }
            #expect(blocks.first == "1")
            #expect(blocks.last == "3")
        }
    }

    @Test("a trail that has just begun needs no anchor yet", arguments: TestStores.engines)
    func young(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            #expect(try await Self.findings(world) == [])
            try await world.look()
            try await world.chain.link(tenant: world.tenant)
            world.clock.advance(by: .seconds(59))
            #expect(try await Self.findings(world) == [])
        }
    }

    @Test("what a crash left without an anchor is no finding, however long ago", arguments: TestStores.engines)
    func crashed(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await world.look()
            try await world.chain.advance(tenant: world.tenant)
            #expect(try world.anchors.read().latest.count == 1, "the first block is anchored at once")
            for _ in 0..<4 {
                world.clock.advance(by: .seconds(5))
                try await world.look()
                try await world.chain.advance(tenant: world.tenant)
            }
            world.clock.advance(by: .days(3))
            #expect(try await Self.findings(world) == [])
        }
    }

    @Test("a node anchors what other nodes linked, each head once", arguments: TestStores.engines)
    func nodes(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await world.look()
            try await world.chain.link(tenant: world.tenant)
            let other = AuditAnchors(path: Self.path(world) + ".2", key: try Self.signing(world))
            let ids = IDSource(clock: world.clock, node: 2)
            let log = AuditLog(database: world.stores.main, clock: world.clock, ids: ids, stream: 2)
            let chain = AuditChain(database: world.stores.main, log: log, clock: world.clock, anchors: other)
            for _ in 0..<3 { try await chain.anchor(tenant: world.tenant) }
            let text = try String(contentsOfFile: Self.path(world) + ".2", encoding: .utf8)
            #expect(text.split(separator: "\n").count == 1)
            #expect(try other.read().latest.map(\.stream) == [1])
        }
    }

    private static func signing(_ world: TestWorld) throws -> Curve25519.Signing.PrivateKey {
        try KeyFolder(besideData: world.stores.folder).signing()
    }
}
