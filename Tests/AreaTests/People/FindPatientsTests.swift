import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Finding patients")
struct FindPatientsTests {
    private let today = CivilDate(year: 2026, month: 3, day: 2) ?? CivilDate(daysSinceEpoch: 0)

    private func find(
        _ text: String?, _ world: TestWorld, _ directory: PeopleDirectory, as caller: Caller? = nil, limit: Int = 10,
        after: Cursor? = nil
    ) async throws -> SearchResult {
        try await world.spine.ask(
            FindPatients(text, after: after, limit: limit, today: today, indexes: directory.indexes),
            as: caller ?? world.desk)
    }

    @Test("a patient is found by every way people look", arguments: TestStores.engines)
    func everyWay(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            _ = try await world.register(.named("John", "Smith", phone: "720 555 0111"), directory)
            for query in [
                "mar del", "del ma", "DELGADO", "delgado ruiz maria", "mari", "303 555 0142", "(303) 555-0142",
                "555-0142",
                "0142", "0048213", "mrn 48213", "6/14/1961", "14 jun 1961", "maria 1961-06-14", "m.delgado@example.org",
                "mary delgado", "delgato", "maria 1961",
            ] {
                let found = try await find(query, world, directory)
                #expect(found.hits.map(\.id) == [maria], "“\(query)” found \(found.hits.count)")
            }
            for query in [
                "smith 0142", "mar smith", "0143", "1961-06-15", "zubrowka", "delgado 1962", "maria@example.org",
            ] {
                #expect(try await find(query, world, directory).hits.isEmpty, "“\(query)” found somebody")
            }
        }
    }

    @Test("accents may be left out or typed", arguments: TestStores.engines)
    func accents(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let id = try await world.register(.named("José", "Núñez-García"), directory)
            for query in ["jose nunez", "José Núñez", "garcia", "nún gar"] {
                #expect(try await find(query, world, directory).hits.map(\.id) == [id], "“\(query)”")
            }
        }
    }

    @Test("whole words come before beginnings, and those before names that sound alike", arguments: TestStores.engines)
    func order(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let exact = try await world.register(.named("Ana", "Marin"), directory)
            let longer = try await world.register(.named("Ana", "Marinez"), directory)
            let alike = try await world.register(.named("Ana", "Maren"), directory)
            let found = try await find("marin", world, directory)
            #expect(found.hits.map(\.id) == [exact, longer, alike])
            #expect(found.hits.map(\.reasons) == [["name"], ["name"], ["sounds-like"]])
        }
    }

    @Test("pages show everybody once, whatever the page size", arguments: TestStores.engines)
    func pages(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            var everybody: Set<ID<Patient>> = []
            for number in 0..<9 {
                let family = ["Garcia", "Garciaz", "Garsia"][number % 3]
                everybody.insert(try await world.register(.named("Ana", family), directory))
            }
            for size in 1...5 {
                var seen: [ID<Patient>] = []
                var after: Cursor?
                for _ in 0..<40 {
                    let page = try await find("garcia", world, directory, limit: size, after: after)
                    seen += page.hits.map(\.id)
                    after = page.next
                    if after == nil { break }
                }
                #expect(seen.count == 9 && Set(seen) == everybody, "size \(size)")
            }
        }
    }

    @Test("without a query the newest come first", arguments: TestStores.engines)
    func newest(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let first = try await world.register(.named("Ana", "Silva"), directory)
            let second = try await world.register(.named("Ben", "Okafor"), directory)
            #expect(try await find("  ", world, directory).hits.map(\.id) == [second, first])
            let page = try await find(nil, world, directory, limit: 1)
            #expect(page.hits.map(\.id) == [second])
            #expect(try await find(nil, world, directory, limit: 1, after: page.next).hits.map(\.id) == [first])
        }
    }

    @Test("patients of other locations and restricted records are not in the list", arguments: TestStores.engines)
    func scope(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            var here = NewPatient.named("Ana", "Silva")
            here.locations = [ID(raw: 11)]
            var there = NewPatient.named("Ana", "Silva")
            there.locations = [ID(raw: 12)]
            var restricted = NewPatient.named("Ana", "Silva")
            restricted.restricted = true
            let mine = try await world.register(here, directory)
            _ = try await world.register(there, directory)
            _ = try await world.register(restricted, directory)
            let caller = world.caller(TestWorld.peopleRights, locations: .only([ID(raw: 11)]))
            for query in ["ana", nil] {
                #expect(try await find(query, world, directory, as: caller).hits.map(\.id) == [mine])
            }
        }
    }

    @Test("one audit record names exactly the patients that were shown", arguments: TestStores.engines)
    func audited(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            for _ in 0..<5 { _ = try await world.register(.named("Ana", "Silva"), directory) }
            let caller = world.caller(.patientSearch)
            let found = try await find("silva", world, directory, as: caller, limit: 3)
            let searches = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.rows(
                    "SELECT subjects FROM audit_record WHERE tenant = \(.tenant) AND action = 'patient.search'")
            }
            #expect(searches.count == 1)
            let subjects: String = try #require(searches.first)["subjects"]
            #expect(
                Set(subjects.split(separator: ",").map(String.init)) == Set(found.hits.map { "patient:\($0.id.text)" }))
        }
    }

    @Test(
        "a search that shows nobody is on the trail, alike for who is hidden and who is not there",
        arguments: TestStores.engines)
    func nobodyShown(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            var hidden = NewPatient.named("Zita", "Zubrowka", phone: "720 555 0111")
            hidden.labels = [.restricted]
            _ = try await world.register(hidden, directory)
            let caller = world.caller(.patientSearch)
            func searched(_ text: String) async throws -> [String] {
                let before = try await searches(world).count
                #expect(try await find(text, world, directory, as: caller).hits.isEmpty)
                return Array(try await searches(world).dropFirst(before))
            }
            let none = "patient.search permitted nobody no-one no-reason"
            for text in ["zubrowka", "nobody", "720 555 0111", "720 555 0122"] {
                #expect(try await searched(text) == [none], "“\(text)”")
            }
        }
    }

    /// The searches on the trail: act, outcome, and whom they name.
    private func searches(_ world: TestWorld) async throws -> [String] {
        try await world.stores.main.read(world.tenant) { transaction in
            try transaction.rows(
                """
                SELECT action, outcome, subject, subjects, reason FROM audit_record
                WHERE tenant = \(.tenant) AND action = 'patient.search' ORDER BY id
                """
            ).map { row in
                let subject = (try row["subject"] as Int64?).map { String($0) } ?? "nobody"
                let all: String = try row["subjects"] as String? ?? "no-one"
                let reason: String = try row["reason"] as String? ?? "no-reason"
                return "\(try row["action"] as String) \(try row["outcome"] as String) \(subject) \(all) \(reason)"
            }
        }
    }

    @Test("a linked record is found as the person's primary record", arguments: TestStores.engines)
    func linked(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            let other = try await world.register(.named("Marlene", "Delgado"), directory)
            _ = try await world.spine.perform(LinkPatients(other, to: maria, directory: directory), as: world.desk)
            #expect(try await find("marlene", world, directory).hits.map(\.id) == [maria])
            #expect(try await find("delgado", world, directory).hits.map(\.id) == [maria])
            #expect(try await find(nil, world, directory).hits.map(\.id) == [maria])
        }
    }

    @Test("a changed name is found, the old one is not", arguments: TestStores.engines)
    func renamed(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let maria = try await world.register(.maria, directory)
            var changes = PatientChanges()
            changes.family = .set("Ferreira")
            _ = try await world.spine.perform(
                UpdatePatient(maria, expected: nil, changes: changes, source: "console", directory: directory),
                as: world.desk)
            #expect(try await find("ferreira", world, directory).hits.map(\.id) == [maria])
            #expect(try await find("delgado", world, directory).hits.isEmpty)
            #expect(try await find("0142", world, directory).hits.map(\.id) == [maria])
        }
    }
}

extension FindPatientsTests {
    @Test("merging the index changes no answer", arguments: TestStores.engines)
    func merged(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            for number in 0..<30 {
                _ = try await world.register(.named("Ana", number % 2 == 0 ? "Silva" : "Okafor"), directory)
            }
            let before = try await find("silva", world, directory, limit: 20).hits.map(\.id)
            for pages in [1, 200, nil] {
                try await world.stores.main.write(world.tenant) { try TermIndex.merge(pages: pages, in: $0) }
                #expect(try await find("silva", world, directory, limit: 20).hits.map(\.id) == before)
            }
            #expect(before.count == 15)
        }
    }
}
