import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault

@Suite("Messages about labelled visits")
struct LabelledMessageTests {
    private static func conversations(_ world: PageWorld, of patient: ID<Patient>) async throws -> [ID<Conversation>] {
        try await world.spine.database.read(world.tenant) { transaction in
            try transaction.rows(
                "SELECT id FROM conversation WHERE tenant = \(.tenant) AND patient = \(patient)"
            ).map { try $0["id"] }
        }
    }

    @Test(
        "what a patient is told of a labelled visit is read by nobody without the label's right",
        arguments: TestStores.engines)
    func confirmation(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await world.publish { blueprint in
                for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "annual-physical" {
                    blueprint.visitTypes[index].labels = ["reproductive"]
                }
                for index in blueprint.roles.indices where blueprint.roles[index].key == "clinic-manager" {
                    let known = Set(blueprint.roles[index].permissions)
                    blueprint.roles[index].permissions = known.union(["label.reproductive"]).sorted()
                }
            }
            let maria = try await world.people.register(.maria)
            _ = try await world.people.book(maria)
            let conversation = try #require(try await Self.conversations(world, of: maria).first)
            let address = "/api/v1/conversations/\(conversation.text)"
            let rights = ["message.read", "need.read", "patient.read"]
            let seeing = try await KeyedProgram.with(rights + ["label.reproductive"], in: world)
            let thread = try await seeing.get(address)
            let texts = (try thread.json["messages"]?.array ?? []).compactMap { $0["text"]?.string }
            #expect(thread.status == 200 && texts.contains { $0.contains("Alvarez") })
            let blind = try await KeyedProgram.with(rights, in: world)
            #expect(try await blind.get(address).status == 404)
            // Nor is it on the log for them.
            let told: SQL = """
                SELECT COUNT(*) FROM event WHERE tenant = \(.tenant) AND kind = 'message.queued' AND labels = 0
                """
            #expect(try await world.spine.database.read(world.tenant) { try $0.value(told) ?? 0 } == 0)
        }
    }

    @Test("what is told of any other visit stays as open as it was")
    func unlabelled() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            _ = try await world.people.book(maria)
            let conversation = try #require(try await Self.conversations(world, of: maria).first)
            let program = try await KeyedProgram.with(["message.read", "need.read", "patient.read"], in: world)
            #expect(try await program.get("/api/v1/conversations/\(conversation.text)").status == 200)
        }
    }
}
