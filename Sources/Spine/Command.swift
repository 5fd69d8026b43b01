package import Kernel
package import Store
package import Vault

/// Something that can be done: a value with its input, its permission, its validation and its effect.
///
/// The console, the API, the webhook, the importer and the CLI run the same one through `Spine.perform`, which
/// authorises, opens the transaction, looks for the idempotency key, runs, appends events and audit, commits and wakes.
package protocol Command: Sendable {
    associatedtype Result: Sendable & Codable
    /// A verb phrase, as the audit trail and the API name it: `BookAppointment`.
    static var name: String { get }
    static var permission: Permission { get }
    /// How many fresh key subjects the effect may need; made before the transaction.
    static var freshSubjects: Int { get }
    /// Checked before the transaction: everything wrong with the input, together.
    func validate() throws
    /// May run again after a conflict: it changes nothing but the database.
    func run(_ context: CommandContext) throws -> Result
}

extension Command {
    package static var name: String { String(describing: Self.self) }
    package static var freshSubjects: Int { 0 }
    package func validate() throws {}
}

/// Something that can be asked: everything shown is one of these.
package protocol Query: Sendable {
    associatedtype Result: Sendable
    static var permission: Permission { get }
    func run(_ transaction: any Transaction, _ access: Access) throws -> Result
}

/// What a command works with inside its transaction.
package final class CommandContext {
    package let transaction: any Transaction
    package let access: Access
    package let now: Instant
    package let ids: IDSource
    private var subjects: [ID<KeySubject>]
    private var events: [NewEvent] = []
    private(set) var concerned: DataSubject?

    package init(
        transaction: any Transaction, access: Access, now: Instant, ids: IDSource, subjects: [ID<KeySubject>]
    ) {
        self.transaction = transaction
        self.access = access
        self.now = now
        self.ids = ids
        self.subjects = subjects
    }

    package var caller: Caller { access.caller }
    package var vault: TenantVault { access.vault }

    package func newID<Subject>(_: Subject.Type = Subject.self) -> ID<Subject> { ids.next() }

    /// A key subject made before the transaction. The command says in `freshSubjects` how many it may take.
    package func takeSubject() throws -> ID<KeySubject> {
        guard let subject = subjects.popLast() else {
            throw Fault(.internalError, "command.subjects", "A command took more key subjects than it asked for.")
        }
        return subject
    }

    /// Says whom the command concerned, for its audit record.
    package func concerns(_ subject: DataSubject) { concerned = subject }

    package func emit(_ event: NewEvent) { events.append(event) }

    /// Runs another command's effect inside this one: same transaction, same caller, its own permission.
    package func run<C: Command>(_ command: C) throws -> C.Result {
        try access.require(C.permission)
        try command.validate()
        return try command.run(self)
    }

    /// Appends what was emitted; called once, by the runner.
    func finish(name: String) throws {
        try finishQuietly()
        access.noteCommand(name, subject: concerned)
    }

    /// The same for subscribers and timers, whose run is recorded once for all their batches.
    func finishQuietly() throws {
        if events.isEmpty { return }
        _ = try EventStore.append(events, by: caller, ids: ids, at: now, in: transaction)
        events = []
    }
}
