import Foundation
import JSON
import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

/// Steals the database file and runs the documented attack on it. The limits stand in `docs/security/blind-index.md`.
@Suite("Blind index under attack")
struct BlindIndexAttackTests {
    private func fill(_ world: TestWorld, seed: UInt64, count: Int) async throws -> [String] {
        let directory = PeopleDirectory()
        let generator = PopulationGenerator(
            spine: world.spine, directory: directory, consents: NothingElsewhere(), plan: nil,
            recordVisits: { visits, _ in visits.count }, recordMessages: { messages, _ in messages.count })
        _ = try await generator.run(count: count, seed: seed, as: world.desk)
        let today = CivilDate(daysSinceEpoch: 20_500)
        var lines: [String] = []
        var after: Cursor?
        repeat {
            let page = try await world.spine.ask(
                FindPatients(nil, after: after, limit: 20, today: today, indexes: directory.indexes), as: world.desk)
            for hit in page.hits {
                let summary = try await world.read(hit.id, directory)
                var json = JSONWriter()
                json.beginObject()
                json.field("id", hit.id.text)
                json.field("given", hit.record.given.joined(separator: " "))
                json.field("family", ifPresent: hit.record.family)
                json.field("birthDate", ifPresent: hit.record.birthDate?.iso)
                json.field("mrn", ifPresent: hit.mrn)
                json.field("phone", ifPresent: summary.contacts.first { $0.contact.kind == "phone" }?.contact.value)
                json.field("language", summary.language)
                json.endObject()
                lines.append(String(decoding: json.bytes, as: UTF8.self))
            }
            after = page.next
        } while after != nil
        return lines
    }

    @Test("frequencies give away some common names and nothing else")
    func attack() async throws {
        let size = 1200
        var known: [String] = []
        try await TestWorld.withPeople(.sqlite) { world, _ in known = try await fill(world, seed: 21, count: size) }
        try await TestWorld.withPeople(.sqlite) { world, _ in
            let truth = try await fill(world, seed: 22, count: size)
            let folder = world.stores.folder
            try known.joined(separator: "\n").write(toFile: folder + "/known.jsonl", atomically: true, encoding: .utf8)
            try truth.joined(separator: "\n").write(toFile: folder + "/truth.jsonl", atomically: true, encoding: .utf8)
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "../../security/blind_index_attack.py"
            ).standardized.path()
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "python3", script, folder + "/throughline.sqlite", "--known", folder + "/known.jsonl", "--truth",
                folder + "/truth.jsonl", "--json",
            ]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            let fields = try #require(try JSONValue(parsing: Array(bytes))["fields"])
            func recovered(_ field: String) -> Double { fields[field]?["recovered"]?.double ?? 1 }
            #expect(recovered("record-number") <= 0.002)
            #expect(recovered("birth-date") <= 0.01)
            #expect(recovered("phone-ending") <= 0.005)
            #expect(recovered("given") <= 0.25)
            #expect(recovered("family") <= 0.25)
            // A broken script would recover nothing at all; the attack does find the commonest names.
            #expect(recovered("given") + recovered("family") > 0)
        }
    }
}
