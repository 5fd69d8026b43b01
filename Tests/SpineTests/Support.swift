import Dispatch
import JSON
import Kernel
import Logging
import Spine
import Store
import Synchronization
import TestKit
import Vault

/// A table for the tests' own command.
let noteMigration = Migration(
    "2026-11-22.test.note",
    [
        """
        CREATE TABLE note (
            tenant BIGINT NOT NULL, id BIGINT NOT NULL, event BIGINT NOT NULL, text TEXT NOT NULL,
            PRIMARY KEY (tenant, id))
        """
    ])

/// Writes a note and tells of it.
struct WriteNote: Command {
    struct Result: Codable, Sendable, Equatable { let id: Int64 }
    static let permission = Permission.needWrite
    var text: String
    var fails = false

    init(_ text: String, fails: Bool = false) {
        self.text = text
        self.fails = fails
    }

    func validate() throws {
        if text.isEmpty { throw Fault.invalid("text", "Write something.") }
    }

    func run(_ context: CommandContext) throws -> Result {
        let id = context.ids.nextRaw()
        try context.transaction.execute(
            "INSERT INTO note (tenant, id, event, text) VALUES (\(.tenant), \(id), 0, \(text))")
        context.emit(NewEvent(EventKind("note.written"), body: ["note": .string(text)]))
        if fails { throw Fault(.conflict, "note.refused", "It was not to be.") }
        return Result(id: id)
    }
}

extension TestWorld {
    var main: any Database { stores.main }

    func notes() async throws -> Int { try await count("SELECT COUNT(*) FROM note WHERE tenant = \(.tenant)") }

    /// Appends events as a command would, in one transaction.
    func emit(_ names: [String], on database: (any Database)? = nil) async throws {
        let caller = caller(.eventRead)
        let now = clock.now()
        let ids = ids
        _ = try await (database ?? main).write(tenant) { transaction in
            try EventStore.append(
                names.map { NewEvent(EventKind("test.\($0)"), body: ["name": .string($0)]) }, by: caller, ids: ids,
                at: now,
                in: transaction)
        }
    }

    func emit(_ names: String...) async throws { try await emit(names) }

    /// What a reader at `position` sees, in order.
    func events(after position: Int64 = 0) async throws -> [StoredEvent] {
        try await main.read(tenant) { try EventStore.after(position, limit: 10_000, in: $0) }
    }

    /// Another process on the same stores.
    func secondNode() -> Spine {
        let ids = IDSource(clock: clock, node: 2)
        return Spine(
            database: stores.main, keys: keys,
            audit: AuditLog(database: stores.main, clock: clock, ids: ids, stream: 2),
            clock: clock, ids: ids, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, metrics: Metrics(),
            wakeups: Wakeups())
    }
}

extension StoredEvent {
    /// The test's own name of the event.
    var name: String { String(kind.rawValue.dropFirst("test.".count)) }
}

/// A list that many tasks write to.
final class Recorder<Value: Sendable>: Sendable {
    private let list = Mutex<[Value]>([])
    var values: [Value] { list.withLock { $0 } }
    func add(_ value: Value) { list.withLock { $0.append(value) } }
}

/// Holds a closure on a storage thread until a test lets it go.
final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let reached: AsyncStream<Void>
    private let reach: AsyncStream<Void>.Continuation

    init() {
        (reached, reach) = AsyncStream.makeStream()
    }

    /// Called in the closure: tells the test that it is here and waits, a minute at most.
    func hold() {
        reach.yield()
        _ = opened.wait(timeout: .now() + 60)
    }

    /// Waits until the closure is here.
    func arrival() async {
        for await _ in reached { return }
    }

    func open() { opened.signal() }
}

/// Lets tasks wait for one another without holding a thread.
final class Signal: Sendable {
    private let state = Mutex<(given: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func give() {
        let waiting = state.withLock { state in
            state.given = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state in
                if !state.given { state.waiting.append(continuation) }
                return state.given
            }
            if given { continuation.resume() }
        }
    }
}
