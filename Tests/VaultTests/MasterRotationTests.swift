import Crypto
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault

private struct PowerCut: Error {}

@Suite("Rotation of the master key")
struct MasterRotationTests {
    @Test("the master key is replaced; running processes and new ones open every tenant", arguments: TestStores.engines)
    func replaced(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let folder = KeyFolder(besideData: world.stores.folder)
            let before = try #require(FileManager.default.contents(atPath: folder.path + "/master.key"))
            let running = try world.node()
            let second: ID<Tenant> = ID(raw: 4321)
            let vault = try await running.openTenant(second, creating: true)
            let term = BlindIndex(vault: vault).term(.phone, "1")
            var copies = 0
            let report = try await MasterKeyRotation(folder: folder, store: world.keys).run(copy: { copies += 1 })
            #expect(report.keys == 4)
            #expect(!report.wasResumed)
            #expect(copies == 1)
            #expect(FileManager.default.contents(atPath: folder.path + "/master.key") != before)
            #expect(!folder.has(.next))
            #expect(!folder.has(.previous))
            let mode =
                try FileManager.default.attributesOfItem(
                    atPath: folder.path + "/master.key")[.posixPermissions] as? Int
            #expect(mode == 0o600)

            // A process that began with the old key opens a tenant it had not opened yet, and makes another.
            _ = try await running.openTenant(world.tenant)
            _ = try await running.openTenant(ID(raw: 5555), creating: true)
            let started = try world.node()
            for tenant in [world.tenant, second, ID(raw: 5555)] { _ = try await started.openTenant(tenant) }
            #expect(BlindIndex(vault: try await started.openTenant(second)).term(.phone, "1") == term)

            // The old key opens nothing any more.
            let text = String(decoding: before, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            let old = KeyStore(
                database: world.stores.keys,
                master: MasterKey(key: SymmetricKey(data: try #require(Hex.decode(text)))), clock: world.clock,
                ids: world.ids)
            let code = await faultCode { _ = try await old.openTenant(world.tenant) }
            #expect(code == "keys.wrong")
        }
    }

    @Test("cut off after any step, everything opens, and the same command ends it", arguments: TestStores.engines)
    func interrupted(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let folder = KeyFolder(besideData: world.stores.folder)
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("kept"), id: 1, subject: subject)
            let running = try world.node()
            var next: Int64 = 100
            for stop in MasterKeyRotation.Step.allCases {
                let rotation = MasterKeyRotation(folder: folder, store: world.keys)
                var isCut = false
                do {
                    _ = try await rotation.run(copy: {}, step: { if $0 == stop { throw PowerCut() } })
                } catch is PowerCut {
                    isCut = true
                }
                #expect(isCut)
                // Half-way: both a process that runs and one that starts; a tenant that is made just now is kept too.
                for keys in [running, try world.node()] {
                    let vault = try await keys.openTenant(world.tenant)
                    #expect(
                        try await world.open(sealed, owner: .ana, id: 1, subject: subject, vault: vault).text == "kept")
                    next += 1
                    _ = try await keys.openTenant(ID(raw: next), creating: true)
                }
                if stop != .ended {
                    let report = try await rotation.run(copy: {})
                    #expect(report.wasResumed)
                }
                #expect(!folder.has(.next))
                #expect(!folder.has(.previous))
                let started = try world.node()
                for raw in 101...next { _ = try await started.openTenant(ID(raw: raw)) }
                let vault = try await started.openTenant(world.tenant)
                #expect(try await world.open(sealed, owner: .ana, id: 1, subject: subject, vault: vault).text == "kept")
            }
        }
    }

    @Test("a tenant that is made by the old key during a rotation is not lost", arguments: TestStores.engines)
    func tenantMeanwhile(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let folder = KeyFolder(besideData: world.stores.folder)
            let running = try world.node()
            let report = try await MasterKeyRotation(folder: folder, store: world.keys).run(
                // After the last pass over the tenants: by the new key.
                copy: { _ = try await running.openTenant(ID(raw: 777), creating: true) })
            #expect(report.keys == 2)
            _ = try await world.node().openTenant(ID(raw: 777))
        }
    }

    @Test("a rotation with another installation's keys changes nothing", arguments: TestStores.engines)
    func foreign(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let path = world.stores.folder + ".foreign"
            let folder = KeyFolder(path: path)
            try folder.create()
            defer { try? FileManager.default.removeItem(atPath: path) }  // a folder of this test
            let code = await faultCode {
                _ = try await MasterKeyRotation(folder: folder, store: world.keys).run(copy: {})
            }
            #expect(code == "keys.wrong")
            _ = try await world.node().openTenant(world.tenant)
        }
    }

    @Test("two rotations at once are refused; a prepared key is the one that is taken", arguments: TestStores.engines)
    func locked(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let folder = KeyFolder(besideData: world.stores.folder)
            let rotation = MasterKeyRotation(folder: folder, store: world.keys)
            try rotation.prepare()
            let prepared = try #require(FileManager.default.contents(atPath: folder.path + "/master.key.next"))
            try rotation.prepare()
            #expect(FileManager.default.contents(atPath: folder.path + "/master.key.next") == prepared)
            var refused: String?
            _ = try await rotation.run(copy: { refused = faultCodeNow { try rotation.prepare() } })
            #expect(refused == "keys.busy")
            #expect(FileManager.default.contents(atPath: folder.path + "/master.key") == prepared)
        }
    }
}
