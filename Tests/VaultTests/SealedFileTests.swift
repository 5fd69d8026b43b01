import Foundation
import Kernel
import Testing
import Vault

@Suite("Sealed files of a backup")
struct SealedFileTests {
    private static let key = BackupKey(bytes: Array(1...32))
    private static let file = SealedFile(id: "20261122T101500.000000Z-0123456789abcdef", stream: .data)
    private static let chunks: [[UInt8]] = [
        Array("one".utf8), Array("two".utf8), [UInt8](repeating: 7, count: 70_000), Array("end".utf8),
    ]

    @Test("what was put in comes out, in order and by its place, and the end is known")
    func roundTrip() throws {
        try Self.with { path in
            let places = try Self.write(path)
            let reader = try SealedFileReader(path, .data, id: Self.file.id, key: Self.key)
            for chunk in Self.chunks { #expect(try reader.next() == chunk) }
            #expect(try reader.next() == nil)
            #expect(try reader.next() == nil)
            for (place, chunk) in zip(places, Self.chunks).reversed() {
                #expect(try reader.chunk(place.number, at: place.offset) == chunk)
            }
            #expect(reader.file == Self.file)
        }
    }

    @Test("nothing of the content stands in the file")
    func sealed() throws {
        try Self.with { path in
            try Self.write(path)
            let data = try #require(FileManager.default.contents(atPath: path))
            #expect(data.range(of: Data([UInt8](repeating: 7, count: 16))) == nil)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("every flipped byte is found, wherever it is")
    func flipped() throws {
        try Self.with { path in
            try Self.write(path)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for place in Array(0..<200) + Array(stride(from: 200, to: whole.count, by: 997)) + [whole.count - 1] {
                var data = whole
                data[place] ^= 0x10
                try data.write(to: URL(fileURLWithPath: path))
                let problem = Self.problem(path)
                #expect(problem == "backup.damaged", "byte \(place): \(problem ?? "nothing was found")")
            }
        }
    }

    @Test("every cut is found, also one between two chunks, and so is anything that follows the end")
    func cut() throws {
        try Self.with { path in
            let places = try Self.write(path)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            let ends = places.map { Int($0.offset) } + [0, 5, whole.count - 20, whole.count - 1]
            for end in ends {
                try whole.prefix(end).write(to: URL(fileURLWithPath: path))
                #expect(Self.problem(path) == "backup.damaged", "cut at \(end)")
            }
            try (whole + [0]).write(to: URL(fileURLWithPath: path))
            #expect(Self.problem(path) == "backup.damaged")
        }
    }

    @Test("chunks that changed places, left out or repeated are found")
    func moved() throws {
        try Self.with { path in
            let places = try Self.write(path).map { Int($0.offset) }
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            let head = whole[..<places[0]]
            let one = whole[places[0]..<places[1]]
            let two = whole[places[1]..<places[2]]
            let rest = whole[places[2]...]
            for data in [
                head + two + one + rest, head + two + rest, head + one + one + two + rest, head + one + one + rest,
            ] {
                try data.write(to: URL(fileURLWithPath: path))
                #expect(Self.problem(path) == "backup.damaged")
            }
        }
    }

    @Test("a chunk of another backup, another stream or another key does not open")
    func mixed() throws {
        try Self.with { path in
            let places = try Self.write(path).map { Int($0.offset) }
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            let other = SealedFile(id: "20261122T101500.000000Z-ffffffffffffffff", stream: .data)
            try FileManager.default.removeItem(atPath: path)
            try Self.write(path, other)
            let stranger = try Data(contentsOf: URL(fileURLWithPath: path))
            let mixed = whole[..<places[0]] + stranger[places[0]..<places[1]] + whole[places[1]...]
            try mixed.write(to: URL(fileURLWithPath: path))
            #expect(Self.problem(path) == "backup.damaged")
            try stranger.write(to: URL(fileURLWithPath: path))
            #expect(Self.problem(path, id: Self.file.id) == "backup.damaged")
            #expect(Self.problem(path, id: other.id) == nil)
            #expect(Self.problem(path, id: other.id, key: BackupKey(bytes: Array(2...33))) == "backup.damaged")
            #expect(Self.problem(path, .index, id: other.id) == "backup.damaged")
        }
    }

    @Test("a file that is there is not written over")
    func exclusive() throws {
        try Self.with { path in
            try Self.write(path)
            #expect(throws: Fault.self) { _ = try SealedFileWriter(path, Self.file, key: Self.key) }
            #expect(Self.problem(path) == nil)
        }
    }

    @Test("a key has a name that tells nothing else, and others have other names")
    func names() {
        #expect(Self.key.name == BackupKey(bytes: Array(1...32)).name)
        #expect(Self.key.name != BackupKey(bytes: Array(2...33)).name)
        #expect(Self.key.name.count == 16)
    }

    // MARK: Help

    @discardableResult
    private static func write(
        _ path: String, _ file: SealedFile = file
    ) throws -> [(number: UInt64, offset: UInt64)] {
        let writer = try SealedFileWriter(path, file, key: key)
        let places = try chunks.map { try writer.append($0) }
        _ = try writer.finish()
        return places
    }

    /// The code of what reading it all finds; nil when it is whole.
    private static func problem(
        _ path: String, _ stream: SealedFile.Stream = .data, id: String? = nil, key: BackupKey = key
    ) -> String? {
        do {
            let reader = try SealedFileReader(path, stream, id: id, key: key)
            while try reader.next() != nil {}
            return nil
        } catch {
            return (error as? Fault)?.code ?? "\(error)"
        }
    }

    static func with(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/sealed_" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder + "/file")
    }
}
