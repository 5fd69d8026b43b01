import Kernel
import People
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import Synchronization
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Generation")
struct GenerationTests {
    private final class Counter: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ more: [String]) { texts.withLock { $0 += more } }
        var all: [String] { texts.withLock { $0 } }
    }

    private func generator(
        _ world: TestWorld, _ directory: PeopleDirectory, _ counter: Counter = Counter()
    ) -> PopulationGenerator {
        PopulationGenerator(
            spine: world.spine, directory: directory, consents: NothingElsewhere(), plan: nil,
            recordVisits: { visits, _ in visits.count },
            recordMessages: { messages, _ in
                counter.add(messages.map(\.text))
                return messages.count
            })
    }

    private func names(_ world: TestWorld, _ directory: PeopleDirectory) async throws -> Set<String> {
        var names: Set<String> = []
        var after: Cursor?
        repeat {
            let page = try await world.spine.ask(
                FindPatients(
                    nil, after: after, limit: 20, today: CivilDate(daysSinceEpoch: 20_500), indexes: directory.indexes),
                as: world.desk)
            names.formUnion(page.hits.map { "\($0.record.fullName) \($0.mrn ?? "")" })
            after = page.next
        } while after != nil
        return names
    }

    @Test("a run that is repeated changes nothing, and a larger one adds the rest", arguments: TestStores.engines)
    func resumes(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let generator = generator(world, directory)
            let first = try await generator.run(count: 60, seed: 3, as: world.desk)
            #expect(first.patients == 60 && first.unchanged == 0)
            let again = try await generator.run(count: 60, seed: 3, as: world.desk)
            #expect(again.patients == 0 && again.unchanged == 60)
            let more = try await generator.run(count: 90, seed: 3, as: world.desk)
            #expect(more.patients == 30 && more.unchanged == 60)
            #expect(try await world.count("SELECT COUNT(*) FROM patient WHERE tenant = \(.tenant)") == 90)
        }
    }

    @Test("the same seed makes the same people, another seed others")
    func deterministic() async throws {
        var worlds: [Set<String>] = []
        for seed: UInt64 in [3, 3, 4] {
            try await TestWorld.withPeople(.sqlite) { world, directory in
                _ = try await generator(world, directory).run(count: 40, seed: seed, as: world.desk)
                worlds.append(try await names(world, directory))
            }
        }
        #expect(worlds[0].count == 40)
        #expect(worlds[0] == worlds[1])
        #expect(worlds[0].isDisjoint(with: worlds[2]))
    }

    @Test(
        "generated people are registered like any other: searchable, sealed, on the log", arguments: TestStores.engines)
    func registered(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let counter = Counter()
            let outcome = try await generator(world, directory, counter).run(count: 50, seed: 8, as: world.desk)
            #expect(outcome.messages == counter.all.count && !counter.all.isEmpty)
            let events = try await world.count(
                "SELECT COUNT(*) FROM event WHERE tenant = \(.tenant) AND kind = 'patient.registered'")
            #expect(events == 50)
            #expect(try await world.count("SELECT COUNT(*) FROM patient_scope WHERE tenant = \(.tenant)") == 50)
            let mrn = try #require(try await names(world, directory).first?.split(separator: " ").last)
            let found = try await world.spine.ask(
                FindPatients(
                    String(mrn), limit: 5, today: CivilDate(daysSinceEpoch: 20_500), indexes: directory.indexes),
                as: world.desk)
            #expect(found.hits.count == 1)
        }
    }
}
