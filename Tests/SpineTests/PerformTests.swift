import Kernel
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("Running commands")
struct PerformTests {
    private func with(_ engine: Engine, _ body: (TestWorld) async throws -> Void) async throws {
        try await TestWorld.with(engine, migrations: [noteMigration], body)
    }

    private func key(_ text: String = "k1", payload: String = "p") throws -> (key: IdempotencyKey, payload: [UInt8]) {
        (try #require(IdempotencyKey(text)), Array(payload.utf8))
    }

    @Test("a command leaves its effect, its event and its audit record", arguments: TestStores.engines)
    func effect(_ engine: Engine) async throws {
        try await with(engine) { world in
            let result = try await world.spine.perform(WriteNote("hello"), as: world.caller(.needWrite))
            #expect(result.id > 0)
            try await world.sequence()
            let events = try await world.events()
            #expect(events.map(\.kind) == [EventKind("note.written")])
            #expect(events.first?.actor == .user(ID(raw: 7)))
            let notes = try await world.notes()
            #expect(notes == 1)
            let audit = try await world.count(
                "SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant) AND action = 'WriteNote' AND outcome = 'permitted'"
            )
            #expect(audit == 1)
        }
    }

    @Test(
        "without the right nothing happens but the denial's record, whatever the input", arguments: TestStores.engines)
    func forbidden(_ engine: Engine) async throws {
        try await with(engine) { world in
            for text in ["hello", ""] {
                do {
                    _ = try await world.spine.perform(WriteNote(text), as: world.caller(.needRead))
                    Issue.record("a command ran without its right")
                } catch let fault as Fault {
                    #expect(fault.category == .forbidden)
                }
            }
            let notes = try await world.notes()
            #expect(notes == 0)
            let denials = try await world.count(
                """
                SELECT COUNT(*) FROM audit_record
                WHERE tenant = \(.tenant) AND action = 'need.write' AND outcome = 'denied' AND reason = 'no-permission'
                """)
            #expect(denials == 2)
        }
    }

    @Test("a command that fails leaves neither effect nor event", arguments: TestStores.engines)
    func failure(_ engine: Engine) async throws {
        try await with(engine) { world in
            let code = await faultCode {
                _ = try await world.spine.perform(WriteNote("x", fails: true), as: world.caller(.needWrite))
            }
            #expect(code == "note.refused")
            let invalid = await faultCode {
                _ = try await world.spine.perform(WriteNote(""), as: world.caller(.needWrite))
            }
            #expect(invalid == "request.invalid")
            try await world.sequence()
            let events = try await world.events()
            #expect(events.isEmpty)
            let notes = try await world.notes()
            #expect(notes == 0)
        }
    }

    @Test("the same key and payload give the same result and one effect", arguments: TestStores.engines)
    func repeated(_ engine: Engine) async throws {
        try await with(engine) { world in
            let caller = world.caller(.needWrite)
            let first = try await world.spine.perform(WriteNote("a"), as: caller, idempotency: key())
            let second = try await world.spine.perform(WriteNote("a"), as: caller, idempotency: key())
            #expect(first == second)
            let other = try await world.spine.perform(WriteNote("a"), as: caller, idempotency: key("k2"))
            #expect(other != first)
            let stranger = try await world.spine.perform(
                WriteNote("a"), as: world.caller(.needWrite, actor: .apiKey(ID(raw: 7))), idempotency: key())
            #expect(stranger != first)
            let notes = try await world.notes()
            #expect(notes == 3)
        }
    }

    @Test("another payload or another command under a used key is refused", arguments: TestStores.engines)
    func otherPayload(_ engine: Engine) async throws {
        try await with(engine) { world in
            let caller = world.caller(.needWrite)
            _ = try await world.spine.perform(WriteNote("a"), as: caller, idempotency: key())
            do {
                _ = try await world.spine.perform(WriteNote("b"), as: caller, idempotency: key(payload: "q"))
                Issue.record("another payload was taken")
            } catch let fault as Fault {
                #expect(fault.category == .unprocessable)
                #expect(fault.code == "idempotency.payload")
            }
            let notes = try await world.notes()
            #expect(notes == 1)
        }
    }

    @Test("a key runs again after its day, and what expired is deleted with its keys", arguments: TestStores.engines)
    func expiry(_ engine: Engine) async throws {
        try await with(engine) { world in
            let caller = world.caller(.needWrite)
            let first = try await world.spine.perform(WriteNote("a"), as: caller, idempotency: key())
            _ = try await world.spine.perform(WriteNote("b"), as: caller, idempotency: key("k2"))
            world.clock.advance(by: .days(1) - .seconds(1))
            let again = try await world.spine.perform(WriteNote("a"), as: caller, idempotency: key())
            #expect(again == first)
            world.clock.advance(by: .seconds(1))
            let later = try await world.spine.perform(WriteNote("c"), as: caller, idempotency: key(payload: "other"))
            #expect(later != first)
            let purged = try await world.spine.purgeIdempotency(tenant: world.tenant)
            #expect(purged == 1)
            let rows = try await world.count("SELECT COUNT(*) FROM idempotency WHERE tenant = \(.tenant)")
            #expect(rows == 1)
            let disposed = try await world.stores.keys.read(world.tenant) { transaction -> Int in
                try transaction.value(
                    "SELECT COUNT(*) FROM subject_key WHERE tenant = \(.tenant) AND disposed_at IS NOT NULL") ?? 0
            }
            #expect(disposed == 1)
        }
    }

    @Test("a key whose command failed is free for the next try", arguments: TestStores.engines)
    func failedKey(_ engine: Engine) async throws {
        try await with(engine) { world in
            let caller = world.caller(.needWrite)
            let code = await faultCode {
                _ = try await world.spine.perform(WriteNote("a", fails: true), as: caller, idempotency: key())
            }
            #expect(code == "note.refused")
            _ = try await world.spine.perform(WriteNote("a"), as: caller, idempotency: key())
            let notes = try await world.notes()
            #expect(notes == 1)
        }
    }

    @Test("32 tasks with one key have one effect and get one result", arguments: TestStores.engines)
    func concurrent(_ engine: Engine) async throws {
        try await with(engine) { world in
            let caller = world.caller(.needWrite)
            let same = try key()
            let results = try await withThrowingTaskGroup(of: WriteNote.Result.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await world.spine.perform(WriteNote("a"), as: caller, idempotency: same) }
                }
                return try await group.reduce(into: [WriteNote.Result]()) { $0.append($1) }
            }
            #expect(results.count == 32)
            #expect(Set(results.map(\.id)).count == 1)
            let notes = try await world.notes()
            #expect(notes == 1)
        }
    }

    @Test("a key is 1 to 200 printable ASCII characters")
    func keys() {
        for text in ["", " ", "a b", "\u{E9}", "a\n", String(repeating: "k", count: 201)] {
            #expect(IdempotencyKey(text) == nil)
        }
        #expect(IdempotencyKey(String(repeating: "k", count: 200)) != nil)
    }

    @Test("a commit wakes those who listen")
    func wakes() async throws {
        try await with(.sqlite) { world in
            let woken = Recorder<ID<Tenant>>()
            world.spine.wakeups.addRelay { woken.add($0) }
            _ = try await world.spine.perform(WriteNote("a"), as: world.caller(.needWrite))
            #expect(woken.values == [world.tenant])
        }
    }
}
