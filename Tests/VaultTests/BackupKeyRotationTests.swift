import Foundation
import Kernel
import TestKit
import Testing
import Vault

private struct PowerCut: Error {}

@Suite("Rotation of the backup key")
struct BackupKeyRotationTests {
    private static let clock = ManualClock(TestWorld.start)
    private static let old = [chunk(1), chunk(2), chunk(3)]
    private static let new = [chunk(1), chunk(4), chunk(3)]

    @Test("a backup from before is read, and one after it that needs it, each part by its own key")
    func spanning() async throws {
        try await Self.with { keys, backups in
            let before = try keys.backupKey()
            let first = try Self.write(backups, "first", Self.old, keys)
            let report = try await Self.rotation(keys).run(copy: {})
            #expect(!report.wasResumed && !keys.isReplacing(.backup))
            let after = try keys.backupKey()
            #expect(report.key == after.name && after.name != before.name)
            #expect(try keys.backupKeys().map(\.name) == [after.name, before.name])

            let names = ["first": before.name, "second": after.name]
            let base = try Self.reader(backups, "first", keys, names).index
            let second = try Self.write(backups, "second", Self.new, keys, base: base)
            #expect(second.bases == ["first"] && second.storedBytes == 1000)
            #expect(try Self.read(backups, "first", first, keys, names) == Self.old.flatMap { $0 })
            #expect(try Self.read(backups, "second", second, keys, names) == Self.new.flatMap { $0 })
            // What is new is not under the key that was replaced.
            let alone = faultCodeNow { _ = try BackupReader(id: "second", key: before) { backups + "/" + $0 } }
            #expect(alone == "backup.damaged")
        }
    }

    @Test("an earlier key that is lost is told by its name, and a damaged list with its place")
    func lost() async throws {
        try await Self.with { keys, backups in
            let before = try keys.backupKey().name
            let first = try Self.write(backups, "first", Self.old, keys)
            _ = try await Self.rotation(keys).run(copy: {})
            let place = keys.path + "/backup-keys.earlier"
            let mode = try FileManager.default.attributesOfItem(atPath: place)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let list = try #require(FileManager.default.contents(atPath: place))
            func read() throws { _ = try Self.read(backups, "first", first, keys, ["first": before]) }

            try FileManager.default.removeItem(atPath: place)
            let fault = #expect(throws: Fault.self) { try read() }
            #expect(fault?.code == "backup.wrong-key" && fault?.message.contains(before) == true)
            let text = String(decoding: list, as: UTF8.self)
            for broken in ["garbage\n", text.replacing(before, with: "0123456789abcdef"), text + "\u{0}\n"] {
                try Data(broken.utf8).write(to: URL(fileURLWithPath: place))
                let fault = #expect(throws: Fault.self) { try read() }
                #expect(fault?.code == "keys.damaged" && fault?.place == place)
            }
            try list.write(to: URL(fileURLWithPath: place))
            try read()
        }
    }

    @Test("cut off after any step, what was sealed is read, and the same command ends it")
    func interrupted() async throws {
        try await Self.with { keys, backups in
            var sealed: [String: (name: String, result: BackupWriter.Result)] = [:]
            func seal(_ id: String) throws {
                sealed[id] = (try keys.backupKey().name, try Self.write(backups, id, Self.old, keys))
            }
            func expectReadable(_ when: BackupKeyRotation.Step) throws {
                for (id, backup) in sealed {
                    let found = try Self.read(backups, id, backup.result, keys, [id: backup.name])
                    #expect(found == Self.old.flatMap { $0 }, "\(id), cut off at \(when)")
                }
            }
            for (round, stop) in BackupKeyRotation.Step.allCases.enumerated() {
                try seal("before \(round)")
                let before = try keys.backupKey().name
                var isCut = false
                do {
                    _ = try await Self.rotation(keys).run(copy: {}, step: { if $0 == stop { throw PowerCut() } })
                } catch is PowerCut {
                    isCut = true
                }
                #expect(isCut)
                try seal("meanwhile \(round)")
                try expectReadable(stop)
                var copies = 0
                if stop != .ended {
                    let report = try await Self.rotation(keys).run(copy: { copies += 1 })
                    #expect(report.wasResumed && copies == 1, "\(stop)")
                }
                #expect(!keys.isReplacing(.backup))
                #expect(try keys.backupKey().name != before)
                #expect(try keys.earlierBackupKeyNames().map(\.name).last == before, "\(stop)")
                #expect(try keys.earlierBackupKeyNames().count == round + 1, "\(stop)")
                try expectReadable(stop)
            }
        }
    }

    @Test("an installation that never had a backup key gets one; where one was replaced a lost one is told")
    func missing() async throws {
        try await Self.with { keys, _ in
            try FileManager.default.removeItem(atPath: keys.path + "/backup.key")
            _ = try await Self.rotation(keys).run(copy: {})
            #expect(keys.missing == [] && keys.wasInUse)
            try FileManager.default.removeItem(atPath: keys.path + "/backup.key")
            let code = faultCodeNow { _ = try keys.backupKey(creating: true) }
            #expect(code == "keys.missing")
        }
    }

    // MARK: Help

    private static func rotation(_ keys: KeyFolder) -> BackupKeyRotation {
        BackupKeyRotation(folder: keys, clock: clock)
    }

    private static func chunk(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 1000) }

    private static func write(
        _ backups: String, _ id: String, _ chunks: [[UInt8]], _ keys: KeyFolder, base: BackupIndex? = nil
    ) throws -> BackupWriter.Result {
        let folder = backups + "/" + id
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let writer = try BackupWriter(folder: folder, id: id, key: try keys.backupKey(), base: base)
        writer.begin("a")
        for chunk in chunks { try writer.add(chunk) }
        return try writer.finish()
    }

    /// - names: which key each backup names.
    private static func reader(
        _ backups: String, _ id: String, _ keys: KeyFolder, _ names: [String: String]
    ) throws -> BackupReader {
        try BackupReader(
            id: id, key: { try keys.backupKey(named: names[$0] ?? "none") }, folder: { backups + "/" + $0 })
    }

    private static func read(
        _ backups: String, _ id: String, _ result: BackupWriter.Result, _ keys: KeyFolder, _ names: [String: String]
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try reader(backups, id, keys, names).read(try #require(result.parts.first)) { bytes += $0 }
        return bytes
    }

    /// A fresh key folder and a folder for backups.
    private static func with(_ body: (KeyFolder, _ backups: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/backup-key-" + UUID().uuidString
        let keys = KeyFolder(path: folder + "/keys")
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a folder of this test
        try keys.create()
        try await body(keys, folder + "/backups")
    }
}
