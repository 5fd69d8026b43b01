import Crypto
import Foundation
import Kernel
import TestKit
import Testing
import Vault

@Suite("Audit anchors")
struct AuditAnchorsTests {
    private func with(_ body: (_ path: String, _ anchors: AuditAnchors) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/anchors-" + UUID().uuidString
        let anchors = AuditAnchors(path: path, key: Curve25519.Signing.PrivateKey())
        do {
            try body(path, anchors)
        } catch {
            try FileManager.default.removeItem(atPath: path)
            throw error
        }
        try FileManager.default.removeItem(atPath: path)
    }

    private func anchor(_ sequence: Int64, stream: Int64 = 1) -> AuditAnchor {
        AuditAnchor(
            tenant: ID(raw: 1), stream: stream, sequence: sequence,
            hash: [UInt8](repeating: UInt8(sequence), count: 32),
            at: Instant(seconds: 1_772_463_600 + sequence))
    }

    @Test("the latest anchor of each stream reads back; no file means no anchor")
    func latest() throws {
        try with { path, anchors in
            let none = try anchors.read()
            #expect(none.latest.isEmpty)
            for sequence in [1, 2, 3] as [Int64] { try anchors.append(anchor(sequence)) }
            try anchors.append(anchor(9, stream: 2))
            let read = try anchors.read()
            #expect(read.findings == [])
            #expect(Set(read.latest.map(\.sequence)) == [3, 9])
            #expect(read.latest.contains(anchor(3)))
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("an altered line is found, whichever of its fields was altered")
    func altered() throws {
        try with { path, anchors in
            try anchors.append(anchor(1))
            try anchors.append(anchor(2))
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
            for field in 0..<7 {
                var words = lines[1].split(separator: " ").map(String.init)
                let last = words[field].removeLast()
                words[field].append(last == "1" ? "3" : "1")
                let text = lines[0] + "\n" + words.joined(separator: " ") + "\n"
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                let read = try anchors.read()
                #expect(read.findings.count == 1, "field \(field)")
                #expect(read.findings.first?.contains("line 2") == true)
                #expect(read.latest.map(\.sequence) == [1])
            }
        }
    }

    @Test("a line signed with another key is found")
    func foreignKey() throws {
        try with { path, anchors in
            try anchors.append(anchor(1))
            let other = AuditAnchors(path: path, key: Curve25519.Signing.PrivateKey())
            let read = try other.read()
            #expect(read.latest.isEmpty)
            #expect(read.findings.count == 1)
        }
    }

    @Test("half a last line, as a crash leaves it, is no finding, and the next anchor is not lost behind it")
    func tornLine() throws {
        try with { path, anchors in
            try anchors.append(anchor(1))
            let whole = try #require(FileManager.default.contents(atPath: path))
            for length in [1, 40, whole.count - 1] {
                try (whole + whole.prefix(length)).write(to: URL(fileURLWithPath: path))
                let torn = try anchors.read()
                #expect(torn.latest == [anchor(1)])
                // A whole line that lacks only its line feed reads as what it is.
                #expect(torn.findings == [])
                try anchors.append(anchor(2))
                let read = try anchors.read()
                #expect(read.findings == [])
                #expect(read.latest == [anchor(2)])
            }
        }
    }
}
