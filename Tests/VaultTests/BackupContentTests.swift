import Foundation
import Kernel
import Testing
import Vault

@Suite("The content of a backup")
struct BackupContentTests {
    private static let key = BackupKey(bytes: Array(1...32))

    @Test("parts come out as they went in, and what an earlier backup has is not stored again")
    func incremental() throws {
        try Self.with { folder in
            let old = (0..<40).map { Self.chunk($0) }
            let first = try Self.write(folder, "first", ["a": old, "b": [Self.chunk(3)]])
            #expect(first.reusedBytes == 1000 && first.storedBytes == 40_000 && first.bases == [])
            var changed = old
            changed[7] = Self.chunk(1007)
            changed.append(Self.chunk(2000))
            let base = try BackupReader(id: "first", key: Self.key) { folder + "/" + $0 }.index
            let second = try Self.write(folder, "second", ["a": changed], base: base)
            #expect(second.storedBytes == 2000 && second.reusedBytes == 39_000 && second.bases == ["first"])
            let third = try Self.write(
                folder, "third", ["a": changed],
                base: try BackupReader(id: "second", key: Self.key) { folder + "/" + $0 }.index)
            #expect(third.storedBytes == 0 && third.bases == ["second", "first"])
            for (id, content, result) in [
                ("first", old, first), ("second", changed, second), ("third", changed, third),
            ] {
                let read = try Self.read(folder, id, result.parts[0])
                #expect(read == content.flatMap { $0 }, "\(id)")
            }
        }
    }

    @Test("a backup whose content is all new needs no earlier one")
    func independent() throws {
        try Self.with { folder in
            _ = try Self.write(folder, "first", ["a": [Self.chunk(1)]])
            let base = try BackupReader(id: "first", key: Self.key) { folder + "/" + $0 }.index
            let second = try Self.write(folder, "second", ["a": [Self.chunk(2)]], base: base)
            #expect(second.bases == [])
            try FileManager.default.removeItem(atPath: folder + "/first")
            #expect(try Self.read(folder, "second", second.parts[0]) == Self.chunk(2))
        }
    }

    @Test("an earlier backup that is gone or was exchanged is told")
    func missing() throws {
        try Self.with { folder in
            let first = try Self.write(folder, "first", ["a": [Self.chunk(1), Self.chunk(2)]])
            let base = try BackupReader(id: "first", key: Self.key) { folder + "/" + $0 }.index
            let second = try Self.write(folder, "second", ["a": [Self.chunk(1), Self.chunk(3)]], base: base)
            _ = try Self.write(folder, "other", ["a": [Self.chunk(9), Self.chunk(8)]])
            #expect(Self.problem(folder, "second", second.parts[0]) == nil)
            try FileManager.default.removeItem(atPath: folder + "/first/data")
            #expect(Self.problem(folder, "second", second.parts[0]) == "backup.missing")
            try FileManager.default.copyItem(atPath: folder + "/other/data", toPath: folder + "/first/data")
            #expect(Self.problem(folder, "second", second.parts[0]) == "backup.damaged")
            let wrong = BackupPart(name: "a", bytes: first.parts[0].bytes, hash: first.parts[0].hash)
            #expect(Self.problem(folder, "other", wrong) == "backup.damaged")
            let unknown = BackupPart(name: "z", bytes: 1, hash: [])
            #expect(Self.problem(folder, "other", unknown) == "backup.damaged")
        }
    }

    @Test("an index reads back equal, and a broken one is refused without harm")
    func index() throws {
        let index = BackupIndex(
            sources: ["one", "two"],
            parts: [
                .init(name: "", chunks: []),
                .init(
                    name: "pätient",
                    chunks: (0..<50).map {
                        .init(
                            source: $0 % 2, number: UInt64($0), offset: UInt64($0) << 33, length: 1 + $0,
                            hash: ChunkHash([UInt8($0)]))
                    }),
            ])
        let bytes = index.encode()
        #expect(try BackupIndex(decoding: bytes) == index)
        var random = Seeded(state: 42)
        for round in 0..<3000 {
            var broken = bytes
            switch round % 3 {
            case 0: broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            case 1: broken.removeLast(Int.random(in: 1...broken.count, using: &random))
            default:
                let place = Int.random(in: 0..<broken.count - 8, using: &random)
                for offset in 0..<8 { broken[place + offset] = 0xFF }
            }
            // It is refused, or it is another index; never a crash.
            if let other = try? BackupIndex(decoding: broken) { #expect(other.encode() == broken) }
        }
    }

    // MARK: Help

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static func chunk(_ number: Int) -> [UInt8] {
        var random = Seeded(state: UInt64(number))
        return (0..<1000).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private static func write(
        _ folder: String, _ id: String, _ parts: KeyValuePairs<String, [[UInt8]]>, base: BackupIndex? = nil
    ) throws -> BackupWriter.Result {
        try FileManager.default.createDirectory(atPath: folder + "/" + id, withIntermediateDirectories: true)
        let writer = try BackupWriter(folder: folder + "/" + id, id: id, key: key, base: base)
        for (name, chunks) in parts {
            writer.begin(name)
            for chunk in chunks { try writer.add(chunk) }
        }
        return try writer.finish()
    }

    private static func read(_ folder: String, _ id: String, _ part: BackupPart) throws -> [UInt8] {
        let reader = try BackupReader(id: id, key: key) { folder + "/" + $0 }
        var bytes: [UInt8] = []
        try reader.read(part) { bytes += $0 }
        return bytes
    }

    private static func problem(_ folder: String, _ id: String, _ part: BackupPart) -> String? {
        do {
            _ = try read(folder, id, part)
            return nil
        } catch {
            return (error as? Fault)?.code ?? "\(error)"
        }
    }

    private static func with(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/content_" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
