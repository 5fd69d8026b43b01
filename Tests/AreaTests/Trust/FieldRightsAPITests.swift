import JSON
import Kernel
import Store
import TestKit
import Testing
import Trust
import Vault

@Suite("Parts of a record at the API")
struct FieldRightsAPITests {
    private static let all: [Permission] =
        [.patientRead, .patientSearch, .needRead, .messageRead, .appointmentRead] + Permission.fields

    /// What of the record each right opens: members of the answer, and values that are nowhere without it.
    private static let parts: [(right: Permission, members: [String], values: [String])] = [
        (.identifierRead, ["identifiers"], ["0048213"]),
        (
            .contactRead, ["contactPoints", "address"],
            ["5550142", "m.delgado@example.org", "418 Alder Street", "80212"]
        ),
        (.coverageRead, ["coverage"], ["Bluepeak", "PPO"]),
    ]

    /// A program whose key lacks one right, or none.
    private static func program(_ world: PageWorld, without: Permission?) async throws -> KeyedProgram {
        try await KeyedProgram.with(
            all.filter { $0 != without }.map(\.rawValue), of: "integration", in: world)
    }

    @Test("a key without a right gets the record without that part, and the rest whole", arguments: TestStores.engines)
    func record(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria).text
            let whole = try await Self.program(world, without: nil).get("/api/v1/patients/\(patient)")
            #expect(whole.status == 200)
            for part in Self.parts {
                let partly = try await Self.program(world, without: part.right).get("/api/v1/patients/\(patient)")
                #expect(partly.status == 200)
                let (all, some) = try (
                    JSONValue(parsing: Array(whole.text.utf8)), JSONValue(parsing: Array(partly.text.utf8))
                )
                for member in part.members {
                    #expect(all[member] != nil, "\(member)")
                    #expect(some[member] == nil, "an empty \(member) would say that there is none")
                }
                for value in part.values {
                    #expect(whole.text.contains(value), "\(value)")
                    #expect(!partly.text.contains(value), "\(value)")
                }
                // Nothing else goes with it.
                for other in Self.parts where other.right != part.right {
                    for member in other.members { #expect(some[member] == all[member], "\(member)") }
                }
                #expect(some["name"] == all["name"])
            }
        }
    }

    @Test(
        "search and conversations leave it out too, and nobody is found by what they may not see",
        arguments: TestStores.engines)
    func elsewhere(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            try await world.people.receive("I need to move my visit", from: "+13035550142")
            let talk = try #require(
                await world.people.ids(
                    "SELECT conversation FROM need WHERE tenant = \(.tenant) AND patient = \(patient)", of: User.self
                ).first
            ).text
            let whole = try await Self.program(world, without: nil)
            let numberless = try await Self.program(world, without: .identifierRead)
            let silent = try await Self.program(world, without: .contactRead)
            for (query, blind) in [("0048213", numberless), ("3035550142", silent)] {
                #expect(try await whole.get("/api/v1/patients?q=\(query)").text.contains(patient.text), "\(query)")
                #expect(try await !blind.get("/api/v1/patients?q=\(query)").text.contains(patient.text), "\(query)")
            }
            let named = try await numberless.get("/api/v1/patients?q=delgado").text
            #expect(named.contains(patient.text) && !named.contains("0048213"))
            #expect(try await whole.get("/api/v1/patients?q=delgado").text.contains("0048213"))
            #expect(try await whole.get("/api/v1/conversations/\(talk)").text.contains("+13035550142"))
            for address in ["/conversations/\(talk)", "/needs", "/patients?q=delgado"].map({ "/api/v1" + $0 }) {
                let answer = try await silent.get(address)
                #expect(answer.status == 200, "\(address)")
                #expect(!answer.text.contains("5550142"), "\(address)")
            }
        }
    }
}
