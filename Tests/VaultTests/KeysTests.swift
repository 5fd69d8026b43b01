import Crypto
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("Keys")
struct KeysTests {
    @Test("a wrong master key is told by name", arguments: TestStores.engines)
    func wrongMaster(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let keys = KeyStore(
                database: world.stores.keys, master: MasterKey(key: SymmetricKey(size: .bits256)), clock: world.clock,
                ids: world.ids)
            let code = await faultCode { _ = try await keys.openTenant(world.tenant) }
            #expect(code == "keys.wrong")
            let creating = await faultCode { _ = try await keys.openTenant(world.tenant, creating: true) }
            #expect(creating == "keys.wrong")
            let absent = await faultCode { _ = try await keys.openTenant(ID(raw: 4242)) }
            #expect(absent == "keys.no-tenant")
        }
    }

    @Test("a lost or damaged key file is told with its place, and making keys never replaces one")
    func keyFiles() async throws {
        try await TestWorld.with(.sqlite) { world in
            let folder = KeyFolder(besideData: world.stores.folder + "//")
            #expect(folder.path == world.stores.folder + ".keys")
            let file = folder.path + "/master.key"
            let before = try #require(FileManager.default.contents(atPath: file))
            try folder.create()
            #expect(FileManager.default.contents(atPath: file) == before)
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            try Data("beef\n".utf8).write(to: URL(fileURLWithPath: file))
            let damaged = faultCodeNow { _ = try folder.master() }
            #expect(damaged == "keys.damaged")
            try FileManager.default.removeItem(atPath: file)
            do {
                _ = try folder.master()
                Issue.record("a missing key was read")
            } catch let fault as Fault {
                #expect(fault.code == "keys.missing")
                #expect(fault.place == file)
                #expect(fault.remedy != nil)
            }
        }
    }

    @Test("a backup key is made for an installation without backups, and no other key with it")
    func backupKey() async throws {
        try await TestWorld.with(.sqlite) { world in
            let folder = KeyFolder(besideData: world.stores.folder)
            for name in ["signing.key", "backup.key"] {
                try FileManager.default.removeItem(atPath: folder.path + "/" + name)
            }
            #expect(folder.missing == ["signing.key", "backup.key"])
            _ = try folder.backupKey(creating: true)
            #expect(folder.missing == ["signing.key"])
            #expect(!folder.wasInUse)

            let journal = folder.path + "/backups.jsonl"
            #expect(FileManager.default.createFile(atPath: journal, contents: Data("{}\n".utf8)))
            #expect(folder.wasInUse)
            try FileManager.default.removeItem(atPath: folder.path + "/backup.key")
            let code = faultCodeNow { _ = try folder.backupKey(creating: true) }
            #expect(code == "keys.missing")
            #expect(folder.missing == ["signing.key", "backup.key"])
        }
    }

    @Test("64 tasks get different subjects, and each one's key is there after a restart", arguments: TestStores.engines)
    func pool(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subjects = try await withThrowingTaskGroup(of: [ID<KeySubject>].self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        var mine: [ID<KeySubject>] = []
                        for _ in 0..<10 { mine.append(try await world.vault.newSubject()) }
                        return mine
                    }
                }
                return try await group.reduce(into: [ID<KeySubject>]()) { $0 += $1 }
            }
            #expect(Set(subjects).count == 640)
            let stored = try await world.stores.keys.read(world.tenant) { transaction -> Int in
                try transaction.value(
                    "SELECT COUNT(*) FROM subject_key WHERE tenant = \(.tenant) AND subject IN \(list: subjects)") ?? 0
            }
            #expect(stored == 640)
            let sealed = try world.vault.seal(Secret("kept"), id: 1, subject: subjects[639])
            let restarted = try await world.keys.openTenant(world.tenant)
            let opened = try await world.open(sealed, owner: .ana, id: 1, subject: subjects[639], vault: restarted)
            #expect(opened == Secret("kept"))
        }
    }

    @Test("after the key store failed once, new subjects can be made again", arguments: TestStores.engines)
    func poolRecovers(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let keys = world.stores.keys
            _ = try await keys.write(world.tenant) { try $0.execute("ALTER TABLE subject_key RENAME TO away") }
            for _ in 0..<2 {
                let code = await faultCode { _ = try await world.vault.newSubject() }
                #expect(code == "store.other")
            }
            _ = try await keys.write(world.tenant) { try $0.execute("ALTER TABLE away RENAME TO subject_key") }
            let code = await faultCode { _ = try await world.vault.newSubject() }
            #expect(code == nil)
        }
    }

    @Test("the key cache never grows past its limit and keeps what is used")
    func cacheBound() {
        var cache = TwoGenerationCache<Int, Int>(limit: 100)
        for number in 0..<10_000 {
            cache[number] = number
            #expect(cache[0] == 0)
            #expect(cache.count <= 101)
        }
        #expect(cache[5] == nil)
        cache[0] = nil
        #expect(cache[0] == nil)
    }
}
