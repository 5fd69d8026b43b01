import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("Clinical documents")
struct DocumentsTests {
    private struct Shelve: Command {
        static let permission = Permission.patientImport
        let patient: ID<Patient>
        let content: UInt8
        let raw: String

        func run(_ context: CommandContext) throws -> Bool {
            guard let plain = try PeopleDirectory().plain(of: [patient], in: context.transaction)[patient] else {
                return false
            }
            return try DocumentShelf().record(
                NewClinicalDocument(
                    patient: patient, keySubject: plain.keySubject, type: "Condition", code: "44054006",
                    codeSystem: "http://snomed.info/sct", title: "Diabetes", primaryAt: context.now, sourceHash: [7],
                    contentHash: [content], raw: Array(raw.utf8), source: "import"),
                context: context)
        }
    }

    @Test("a document that comes again stands once, and a changed one is replaced", arguments: TestStores.engines)
    func again(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            let caller = world.desk
            #expect(try await world.spine.perform(Shelve(patient: maria, content: 1, raw: "{\"a\":1}"), as: caller))
            #expect(try await !world.spine.perform(Shelve(patient: maria, content: 1, raw: "{\"a\":1}"), as: caller))
            #expect(try await world.spine.perform(Shelve(patient: maria, content: 2, raw: "{\"a\":2}"), as: caller))
            #expect(try await world.count("SELECT COUNT(*) FROM clinical_document WHERE tenant = \(.tenant)") == 1)
            let hash = try await world.stores.main.read(world.tenant) {
                try DocumentShelf().contentHash(of: [7], in: $0)
            }
            #expect(hash == [2])
        }
    }
}
