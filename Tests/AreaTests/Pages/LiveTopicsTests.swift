import App
import Kernel
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault
import Web

@Suite("What live streams tell")
struct LiveTopicsTests {
    /// A clinic manager with these rights alone.
    private static func signIn(_ world: PageWorld, _ permissions: [String]) async throws -> Visitor {
        try await world.changeRole("clinic-manager") { $0.permissions = permissions }
        world.clock.advance(by: .seconds(1))
        return try await world.signIn("clinic-manager")
    }

    /// All committed events get their positions, as the background gives them. On PostgreSQL they wait for older
    /// transactions, those of other tests among them.
    private static func sequence(_ world: PageWorld) async throws {
        let work = Background(
            installation: world.platform.installation, capabilities: world.platform.capabilities,
            definitions: world.platform.definitions
        ).work
        let sequencer = try #require(work.first { $0.name == "sequencer" })
        func waiting() async throws -> Bool {
            try await world.platform.installation.database.read(world.tenant) { transaction in
                try transaction.row(
                    """
                    SELECT 1 FROM event e WHERE e.tenant = \(.tenant) AND NOT EXISTS (
                        SELECT 1 FROM event_position p WHERE p.tenant = e.tenant AND p.event = e.id) LIMIT 1
                    """) != nil
            }
        }
        while try await waiting() {
            if try await sequencer.run(world.spine, world.tenant) == 0 {
                // An earlier one of this test may have the lease.
                world.clock.advance(by: .seconds(11))
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test("nobody is told of what their rights open no page of", .timeLimit(.minutes(30)))
    func topics() async throws {
        try await PageWorld.with(.sqlite) { world in
            let feed = world.platform.installation.feed
            let cases: [(rights: [String], told: [String])] = [
                (["calendar.share"], []), (["schedule.read"], ["schedule"]), (["appointment.read"], ["schedule"]),
                (["need.read"], ["conversation-1", "need-1", "inbox"]), (["dashboard.read"], ["dashboard"]),
            ]
            for (rights, told) in cases {
                let stream = try await LiveStream(try await Self.signIn(world, rights))
                try await stream.begun()
                for topic in ["conversation-1", "need-1", "inbox", "schedule", "dashboard"] {
                    feed.nudge(world.tenant, topics: [topic])
                }
                // Who hears of nothing is given the time in which the others hear.
                for topic in told { _ = try await stream.told(holding: "\"\(topic)\"") }
                if told.isEmpty { try await Task.sleep(for: .milliseconds(200)) }
                let text = try await stream.told(holding: "event: change")
                stream.stop()
                for topic in ["conversation-1", "need-1", "inbox", "schedule", "dashboard"] {
                    #expect(text.contains("\"\(topic)\"") == told.contains(topic), "\(rights): \(topic)")
                }
            }
        }
    }

    @Test(
        "who comes back is told that something was missed only when it was theirs to know", .timeLimit(.minutes(30)),
        arguments: TestStores.engines)
    func missed(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let cases: [(rights: [String], isTold: Bool)] = [
                (["calendar.share"], false), (["schedule.read"], false), (["need.read"], false),
                (["dashboard.read"], true),
            ]
            for (number, (rights, isTold)) in cases.enumerated() {
                let visitor = try await Self.signIn(world, rights)
                try await Self.sequence(world)
                let stream = try await LiveStream(visitor)
                try await stream.begun()
                let cursor = try #require(
                    try await stream.told(holding: "id: ").firstMatch(of: /id: ([A-Za-z0-9_-]+)/)
                ).output.1
                stream.stop()
                // An account is nobody's record: it moves figures alone.
                let person = [("name", "Berta"), ("email", "b\(number)@clinic.example"), ("role", "access-agent")]
                #expect(try await administrator.post("/users", person).status == 200)
                try await Self.sequence(world)
                let again = try await LiveStream(visitor, "/live?after=\(cursor)")
                try await again.begun()
                let text = try await again.told(holding: "topics")
                again.stop()
                #expect(text.contains("\"*\"") == isTold, "\(rights)")
            }
        }
    }
}
