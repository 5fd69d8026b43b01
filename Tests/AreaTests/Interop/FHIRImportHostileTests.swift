import Foundation
import Interop
import Kernel
import Store
import TestKit
import Testing

/// A generator with a seed: the same mutations every time. SplitMix64.
private struct Draw {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}

private enum Mutation {
    static let words: [String] = [
        "null", "true", "-1E999", "\"\\u0000\"", "{}", "[]", "[[[[[[", "\"urn:uuid:\"", "\"\\ud800\"",
        "9223372036854775808",
        "\"Patient?identifier=|\"", "\"#\"", "\"2021-02-30\"", "\"\"", "\"Patient\"", "\"Observation\"", "}", "]", "\"",
        ",",
    ]

    /// One to four changes of bytes, words, cuts and copies.
    static func mutate(_ original: [UInt8], _ draw: inout Draw) -> [UInt8] {
        var bytes = original
        for _ in 0...draw.below(4) {
            if bytes.isEmpty { break }
            let at = draw.below(bytes.count)
            switch draw.below(8) {
            case 0: bytes[at] = UInt8(truncatingIfNeeded: draw.next())
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(contentsOf: words[draw.below(words.count)].utf8, at: at)
            case 3: bytes.removeSubrange(at..<min(bytes.count, at + draw.below(200)))
            case 4: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + draw.below(400))], at: at)
            case 5: bytes = replaceValue(in: bytes, from: at, by: words[draw.below(words.count)])
            case 6: bytes.insert(contentsOf: [UInt8](repeating: UInt8(ascii: "["), count: draw.below(3000)), at: at)
            default:
                if draw.below(4) == 0 { bytes.removeSubrange(at...) } else { bytes[at] ^= 1 << UInt8(draw.below(8)) }
            }
        }
        return bytes
    }

    /// Puts a word in the place of what stands between the next colon and the next comma or bracket.
    private static func replaceValue(in bytes: [UInt8], from at: Int, by word: String) -> [UInt8] {
        guard let colon = bytes[at...].firstIndex(of: UInt8(ascii: ":")) else { return bytes }
        let rest = bytes[(colon + 1)...]
        let end =
            rest.firstIndex { [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")].contains($0) } ?? bytes.endIndex
        return Array(bytes[...colon]) + Array(word.utf8) + Array(bytes[end...])
    }
}

@Suite("FHIR import: hostile input") struct FHIRImportHostileTests {
    private static let seed: UInt64 = 20_261_122
    private static let rounds = 240

    @Test("mutated bundles are told apart entry by entry, and nothing is half-written", arguments: TestStores.engines)
    func mutations(_ engine: Engine) async throws {
        try await ImportWorld.with(engine) { world in
            var draw = Draw(seed: Self.seed)
            var takenBefore = 0
            for round in 0..<Self.rounds {
                let patient = "m\(draw.below(20))"
                let entries = [
                    Sample.practitionerEntry("d\(draw.below(5))", npi: "999999960\(draw.below(10))"),
                    Sample.patientEntry(patient, phone: "617-555-01\(10 + draw.below(80))"),
                    Sample.observationEntry("o\(round)", of: "urn:uuid:\(patient)"),
                    Sample.encounterEntry(
                        "e\(round)", of: "Patient/\(patient)", practitioner: "urn:uuid:d1", location: "Location/l"),
                    Sample.billEntry(
                        "b\(round)", of: "urn:uuid:\(patient)", payer: "Harbor Mutual",
                        on: "2021-05-0\(1 + draw.below(9))"),
                ]
                let isLines = draw.below(4) == 0
                let original =
                    isLines
                    ? Array(
                        "\(Sample.patient(patient))\n\(Sample.observation("n\(round)", of: "Patient/\(patient)"))\n"
                            .utf8)
                    : Sample.bundle(entries)
                let bytes = Mutation.mutate(original, &draw)
                let report = try await world.take(.bytes(bytes, name: isLines ? "m.ndjson" : "m.json"))
                #expect(report.accounted == report.entries, "seed \(Self.seed) round \(round)")
                #expect(report.failedCount == report.failures.count, "seed \(Self.seed) round \(round)")
                takenBefore += report.takenCount
            }
            #expect(try await world.isConsistent(), "seed \(Self.seed)")
            let stored = try await world.world.count("SELECT COUNT(*) FROM clinical_document WHERE tenant = \(.tenant)")
            let external = try await world.world.count(
                "SELECT COUNT(*) FROM external_resource WHERE tenant = \(.tenant)")
            #expect(stored + external == takenBefore, "seed \(Self.seed)")
            #expect(takenBefore > Self.rounds)
        }
    }

    @Test("a file that is missing, a folder without files and an unknown ending are told, not thrown")
    func odd() async throws {
        try await ImportWorld.with(.sqlite) { world in
            let missing = try await world.take(.path(world.world.stores.folder + "/none.json"))
            #expect(missing.failedCount == 1 && missing.accounted == 1)
            let folder = world.world.stores.folder + "/inbox"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("hello".utf8).write(to: URL(filePath: folder + "/notes.txt"))
            let empty = try await world.take(.path(folder))
            #expect(empty.isClean && empty.entries == 0 && empty.ignoredFiles == ["notes.txt"])
            let unknown = try await world.take(.path(folder + "/notes.txt"))
            #expect(unknown.failedCount == 1)
        }
    }

    @Test("a source name that is no code is refused")
    func sourceName() async throws {
        try await ImportWorld.with(.sqlite) { world in
            await #expect(throws: Fault.self) { try await world.take([], source: "St. Mary's") }
        }
    }
}
