import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("Record numbers that are taken")
struct RecordNumbersTests {
    private static let here = ID<Location>(raw: 11)
    private static let elsewhere = ID<Location>(raw: 12)

    private static func person(_ given: String, _ number: String, at location: ID<Location>) -> NewPatient {
        var person = NewPatient.named(given, "Alder")
        person.mrn = number
        person.locations = [location]
        return person
    }

    private static func disputes(_ caller: Caller, _ world: TestWorld) async throws -> [[ID<Patient>]] {
        try await world.stores.main.read(world.tenant) { transaction in
            try RecordNumberStore.disputes(for: caller, limit: 10, in: transaction).map { [$0.patient, $0.holder] }
        }
    }

    @Test(
        "one that somebody out of reach has is given, and who may see both records is told",
        arguments: TestStores.engines)
    func disputed(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let hidden = try await world.register(Self.person("Ana", "RB-77", at: Self.elsewhere), directory)
            let desk = world.caller(TestWorld.peopleRights, locations: .only([Self.here]))
            // It reads in another way what is the same number.
            let given = try await world.register(
                Self.person("Ben", "rb-77", at: Self.here), directory, as: desk)
            #expect(try await world.read(given, directory, as: desk).mrn == "rb-77")
            #expect(try await world.read(hidden, directory).mrn == "RB-77")
            #expect(try await Self.disputes(world.desk, world) == [[given, hidden]])
            #expect(try await Self.disputes(desk, world) == [])
            let ofOne = try await world.stores.main.read(world.tenant) { transaction in
                try [hidden, given].map {
                    try RecordNumberStore.disputes(of: [$0], for: world.desk, limit: 5, in: transaction).count
                }
            }
            #expect(ofOne == [1, 1])

            // In reach it is taken, for both.
            for caller in [desk, world.desk] {
                let code = await faultCode {
                    _ = try await world.register(Self.person("Cy", "RB-77", at: Self.here), directory, as: caller)
                }
                #expect(code == "patient.mrn-taken")
            }
            // A third one, from elsewhere still.
            let far = world.caller(TestWorld.peopleRights, locations: .only([ID(raw: 13)]))
            let third = try await world.register(
                Self.person("Dan", "RB-77", at: ID(raw: 13)), directory, as: far)
            #expect(try await Self.disputes(world.desk, world).count == 3)

            // Taken from the others, it is one person's again.
            for patient in [given, third] {
                var changes = PatientChanges()
                changes.recordNumbers = .set([])
                changes.preferredName = .set("Al")
                _ = try await world.spine.perform(
                    UpdatePatient(patient, expected: nil, changes: changes, source: "console", directory: directory),
                    as: world.desk)
            }
            #expect(try await Self.disputes(world.desk, world) == [])
            #expect(try await world.count("SELECT COUNT(*) FROM disputed_number WHERE tenant = \(.tenant)") == 0)
        }
    }

    @Test("a change of the record is answered as a registration is", arguments: TestStores.engines)
    func changed(_ engine: Engine) async throws {
        try await TestWorld.withPeople(engine) { world, directory in
            let hidden = try await world.register(Self.person("Ana", "RB-77", at: Self.elsewhere), directory)
            let desk = world.caller(TestWorld.peopleRights, locations: .only([Self.here]))
            _ = try await world.register(Self.person("Eve", "RB-78", at: Self.here), directory, as: desk)
            let ben = try await world.register(Self.person("Ben", "RB-79", at: Self.here), directory, as: desk)
            func give(_ number: String) async -> String? {
                await faultCode {
                    var changes = PatientChanges()
                    changes.recordNumbers = .set([number])
                    _ = try await world.spine.perform(
                        UpdatePatient(ben, expected: nil, changes: changes, source: "console", directory: directory),
                        as: desk)
                }
            }
            #expect(await give("RB-78") == "patient.mrn-taken")
            #expect(await give("RB-77") == nil)
            #expect(try await world.read(ben, directory, as: desk).mrn == "RB-77")
            #expect(try await Self.disputes(world.desk, world) == [[ben, hidden]])
        }
    }
}
