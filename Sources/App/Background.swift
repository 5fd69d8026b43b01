import Console
import JSON
import Store
import Trust
import Kernel
import Logging
import Spine
package import StudioAPI
import Vault
package import Web

/// Everything that runs by itself, in one list: subscribers, timers, the outbox, the sequencer, the audit chain, sweeps.
/// `throughline doctor` and `/metrics` show the same list.
package struct Background: Sendable {
    let installation: Installation
    let capabilities: [Capability]
    let definitions: any DefinitionReading

    package init(
        installation: Installation, capabilities: [Capability], definitions: any DefinitionReading
    ) {
        self.definitions = definitions
        self.installation = installation
        self.capabilities = capabilities
    }

    /// All of it, as recurring work.
    package var work: [Recurring] {
        let spine = installation.spine
        let chain = installation.chain
        let feed = installation.feed
        let sequencer = Sequencer(holder: spine.ids.nextRaw())
        let runs = SystemCallers(spine: spine)
        var work: [Recurring] = [
            Recurring("sequencer", every: .milliseconds(250), wakes: true) { spine, tenant in
                try await Self.resting(1) {
                    try await sequencer.place(tenant: tenant, limit: 2000, now: spine.clock.now(), in: spine.database)
                        ?? 0
                }
            },
            Recurring("audit-chain", every: .seconds(1)) { _, tenant in
                try await chain.advance(tenant: tenant)
                return 0
            },
            Recurring("audit-left", every: .minutes(1)) { _, tenant in
                if try await chain.linkLeft(tenant: tenant) > 0 { try await chain.anchor(tenant: tenant) }
                return 0
            },
            Recurring("audit-anchor", every: .seconds(20)) { _, tenant in
                try await chain.anchor(tenant: tenant)
                return 0
            },
        ]
        work.append(
            Recurring("idempotency-purge", every: .hours(1)) { spine, tenant in
                try await spine.purgeIdempotency(tenant: tenant)
            })
        work.append(FeedTail(feed: feed).recurring)
        work.append(contentsOf: keys(runs))
        let timers = Dictionary(
            capabilities.flatMap(\.timers).map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
        let rights = timers.values.reduce(into: Set<Permission>()) { $0.formUnion($1.permissions) }
        if !timers.isEmpty {
            work.append(
                Recurring("timers", every: .milliseconds(500), wakes: true) { spine, tenant in
                    let caller = try await runs.caller("timers", tenant, rights)
                    return try await Self.resting(1) { try await spine.fireTimers(timers, as: caller) }
                })
        }
        let deliverers = Dictionary(
            capabilities.flatMap(\.deliverers).map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
        let sending = deliverers.values.reduce(into: Set<Permission>()) { $0.formUnion($1.permissions) }
        if !deliverers.isEmpty {
            work.append(
                Recurring("outbox", every: .milliseconds(500), wakes: true) { spine, tenant in
                    try await spine.deliver(deliverers, as: try await runs.caller("outbox", tenant, sending))
                })
        }
        for subscriber in capabilities.flatMap(\.subscribers) {
            work.append(
                Recurring("subscriber/" + subscriber.name, every: .seconds(1), wakes: true) { spine, tenant in
                    let caller = try await runs.caller(
                        "subscriber/" + subscriber.name, tenant, subscriber.permissions)
                    return try await Self.resting(4) { try await spine.advance(subscriber, as: caller) }
                })
        }
        return work + capabilities.flatMap(\.recurring)
    }

    /// What was disposed of on other nodes leaves this one's memory, and what was cut off is finished.
    private func keys(_ runs: SystemCallers) -> [Recurring] {
        let disposal = installation.disposal(of: Platform.baseTables + capabilities.flatMap(\.tables))
        let retention = RetentionRounds(
            spine: installation.spine, definitions: definitions, disposal: disposal,
            sources: installation.retentionSources)
        return [
            // Well within `TenantVault.longestKeyAge`, so that no read has to ask by itself.
            Recurring("key-watch", every: .milliseconds(200)) { spine, tenant in
                try await spine.vault(tenant).refreshKeys()
                return 0
            },
            Recurring("key-store-copy", every: .seconds(15)) { [installation] spine, _ in
                _ = try await installation.keyStoreCopy.catchUp(installation.keyDatabase, at: spine.clock.now())
                return 0
            },
            Recurring("disposals", every: .minutes(1)) { _, tenant in
                try await disposal.finishInterrupted(
                    as: try await runs.caller("disposals", tenant, [.subjectDispose]))
            },
            Recurring("retention", every: .minutes(10)) { _, tenant in try await retention.round(tenant) },
        ]
    }

    /// Runs all of it until the task is cancelled.
    package func run() async throws {
        let tenants = installation.tenants
        let spine = installation.spine
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in work {
                group.addTask { try await Self.loop(item, spine: spine, tenants: tenants) }
            }
            try await group.waitForAll()
        }
    }

    /// Does some work, and when there was any, rests `times` as long as it took, a quarter of a second at most. What comes
    /// alone is handled at once; under load the store is left to requests, and what gathers is handled in one
    /// transaction instead of one for each commit.
    private static func resting(_ times: Int, _ work: () async throws -> Int) async throws -> Int {
        let clock = ContinuousClock()
        let start = clock.now
        let done = try await work()
        if done > 0 { try await Task.sleep(for: min((clock.now - start) * times, .milliseconds(250))) }
        return done
    }

    /// One worker: a round for each tenant, again at once while there is work, then asleep until woken or due. An error
    /// is told, counted and tried again after a pause that grows to half a minute.
    private static func loop(_ item: Recurring, spine: Spine, tenants: any Tenants) async throws {
        var failures = 0
        for await _ in spine.wakeups.listen(every: item.every, wakes: item.wakes) {
            do {
                while try await round(item, spine: spine, tenants: tenants), !Task.isCancelled {}
                spine.metrics.set(
                    "throughline_background_last_success_seconds", Double(spine.clock.now().seconds),
                    labels: "work=\"\(item.name)\"")
                failures = 0
            } catch is CancellationError {
                return
            } catch {
                failures += 1
                spine.metrics.add("throughline_background_failures_total", labels: "work=\"\(item.name)\"")
                spine.logger.error("background work failed", metadata: ["work": "\(item.name)", "error": "\(error)"])
                // Cancelled while waiting: the stream has ended too and the loop with it.
                try? await Task.sleep(for: .milliseconds(min(30_000, 200 << min(failures, 8))))
            }
        }
    }

    private static func round(_ item: Recurring, spine: Spine, tenants: any Tenants) async throws -> Bool {
        var busy = false
        for tenant in try await tenants.all() where try await item.run(spine, tenant) > 0 { busy = true }
        return busy
    }
}

/// One recorded run per kind of background work and tenant, opened when it first has something to do.
actor SystemCallers {
    private let spine: Spine
    private var callers: [String: Caller] = [:]

    init(spine: Spine) {
        self.spine = spine
    }

    func caller(_ name: String, _ tenant: ID<Tenant>, _ permissions: Set<Permission>) async throws -> Caller {
        let key = name + tenant.text
        if let caller = callers[key] { return caller }
        let caller = try await spine.openRun(name, tenant: tenant, permissions: permissions)
        callers[key] = caller
        return caller
    }
}

/// Follows the log's positions and hands notices to the live feed of this process.
actor FeedTail {
    private let feed: EventFeed
    private var positions: [ID<Tenant>: Int64] = [:]

    init(feed: EventFeed) {
        self.feed = feed
    }

    nonisolated var recurring: Recurring {
        Recurring("live-feed", every: .milliseconds(500), wakes: true) { spine, tenant in
            try await self.advance(spine, tenant)
        }
    }

    private func advance(_ spine: Spine, _ tenant: ID<Tenant>) async throws -> Int {
        let known = positions[tenant]
        let (events, last) = try await spine.database.read(tenant) { transaction -> ([StoredEvent], Int64) in
            guard let known else { return ([], try EventStore.lastPosition(in: transaction)) }
            let events = try EventStore.after(known, limit: 500, in: transaction)
            return (events, events.last?.position ?? known)
        }
        positions[tenant] = last
        if feed.listenerCount > 0 {
            feed.publish(
                events.map {
                    EventFeed.Notice(
                        tenant: tenant, position: $0.position, kind: $0.kind, patient: $0.patient, need: $0.need,
                        labels: $0.labels,
                        topics: Live.topics(
                            kind: $0.kind, patient: $0.patient, need: $0.need,
                            conversation: $0.body["conversation"]?.string))
                })
        }
        return events.count == 500 ? 1 : 0
    }
}
