package import Kernel
package import Logging
package import Store
package import StudioAPI
import Synchronization

/// The published configuration of each tenant, in memory. It is read again when its revision has moved; how often that
/// is looked at is bounded, and a publication through this node forgets at once.
package final class DefinitionReader: DefinitionReading {
    private struct Entry: Sendable {
        let configuration: Configuration
        let checkedAt: Instant
    }

    private static let trust: Duration = .milliseconds(900)

    private let database: any Database
    private let clock: any Clock
    private let logger: Logger
    private let entries = Mutex<[ID<Tenant>: Entry]>([:])
    private let refreshing = Mutex<Set<ID<Tenant>>>([])
    /// Whose configuration could not be read again, so that this is told once and not every second.
    private let stale = Mutex<Set<ID<Tenant>>>([])

    package init(database: any Database, clock: any Clock, logger: Logger) {
        self.database = database
        self.clock = clock
        self.logger = logger
    }

    /// Reads what is published before the first question; later it is kept fresh beside the questions.
    package func load(_ tenant: ID<Tenant>) async throws {
        let configuration = try await database.read(tenant) { try Self.read(in: $0) }
        entries.withLock { $0[tenant] = Entry(configuration: configuration, checkedAt: clock.now()) }
    }

    package func configuration(of tenant: ID<Tenant>) throws -> Configuration {
        let now = clock.now()
        guard let entry = entries.withLock({ $0[tenant] }) else {
            // A tenant that another process has made since: the next question finds it.
            refresh(tenant)
            throw Fault(
                .unavailable, "definitions.not-loaded", "The configuration of this tenant has not been read yet.",
                remedy: "Try again in a second.")
        }
        if now - entry.checkedAt > Self.trust { refresh(tenant) }
        return entry.configuration
    }

    package func definition(
        _ kind: DefinitionKind, _ key: String, version: Int, in transaction: any Transaction
    ) throws -> AnyDefinition? {
        try DefinitionStore.document(kind, key, version: version, in: transaction).map(DefinitionStore.decode)
    }

    package func refresh(of tenant: ID<Tenant>) async throws {
        try await look(tenant, known: entries.withLock { $0[tenant]?.configuration.revision } ?? -1)
    }

    private func refresh(_ tenant: ID<Tenant>) {
        guard refreshing.withLock({ $0.insert(tenant).inserted }) else { return }
        let known = entries.withLock { $0[tenant]?.configuration.revision } ?? -1
        Task {
            defer { _ = refreshing.withLock { $0.remove(tenant) } }
            do {
                try await look(tenant, known: known)
                _ = stale.withLock { $0.remove(tenant) }
            } catch {
                // The last configuration stays in force; the next question asks again.
                guard stale.withLock({ $0.insert(tenant).inserted }) else { return }
                logger.error(
                    "the published configuration could not be read again",
                    metadata: ["tenant": "\(tenant.text)", "error": "\(error)"])
            }
        }
    }

    private func look(_ tenant: ID<Tenant>, known: Int) async throws {
        let revision = try await database.read(tenant) { try DefinitionStore.revision(in: $0) }
        if revision != known { return try await load(tenant) }
        entries.withLock { entries in
            if let entry = entries[tenant] {
                entries[tenant] = Entry(configuration: entry.configuration, checkedAt: clock.now())
            }
        }
    }

    private static func read(in transaction: any Transaction) throws -> Configuration {
        let decode = { (found: (version: Int, document: String)) in
            (version: found.version, definition: try DefinitionStore.decode(found.document))
        }
        return Configuration(
            revision: try DefinitionStore.revision(in: transaction),
            try DefinitionStore.published(in: transaction).map(decode),
            retired: try DefinitionStore.retired(in: transaction).map(decode))
    }
}
