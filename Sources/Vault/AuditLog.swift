package import Kernel
package import Store
import Synchronization

/// Writes audit records so that each is durable before the response leaves.
///
/// Records that wait are committed together: one write for all that arrived while the last one was under way, by the
/// engine where it does so itself, else here. The read they belong to goes on meanwhile.
package final class AuditLog: Sendable {
    private struct Waiting: Sendable {
        let entry: AuditEntry
        let id: Int64
    }

    private struct Batch {
        var waiting: [Waiting] = []
        var continuations: [CheckedContinuation<Void, any Error>] = []
    }

    private struct State {
        var batches: [ID<Tenant>: Batch] = [:]
        var flushing: Set<ID<Tenant>> = []
        /// Ids given out whose transaction has not ended: nothing above the smallest may be chained yet.
        var inFlight: [ID<Tenant>: Set<Int64>] = [:]
    }

    private let database: any Database
    private let clock: any Clock
    private let ids: IDSource
    /// The chain this process writes: its node number.
    package let stream: Int64
    private let state = Mutex(State())

    package init(database: any Database, clock: any Clock, ids: IDSource, stream: Int64) {
        self.database = database
        self.clock = clock
        self.ids = ids
        self.stream = stream
    }

    /// Runs `body` with a door to sealed data and returns only when every record it caused is durable. When the trail
    /// cannot be written, the result is not given out.
    package func access<Value: Sendable>(
        _ caller: Caller, _ vault: TenantVault, _ body: (Access) async throws -> Value
    ) async throws -> Value {
        let access = Access(caller: caller, vault: vault)
        do {
            let value = try await body(access)
            try await record(access.entries, tenant: caller.tenant)
            return value
        } catch {
            // What was opened before the failure was still opened: it is recorded too.
            try await record(access.entries, tenant: caller.tenant)
            throw error
        }
    }

    /// Runs a command's transaction with a door to sealed data; the records it causes are kept or undone with it, and
    /// a failure leaves a record of its own. `body` may run again after a conflict.
    package func transact<Value: Sendable>(
        _ caller: Caller, _ vault: TenantVault, _ body: @escaping @Sendable (any Transaction, Access) throws -> Value
    ) async throws -> Value {
        let shared = SharedIDs()
        let failed = SharedEntries()
        do {
            let value = try await database.write(caller.tenant) { [self] transaction in
                let access = Access(caller: caller, vault: vault)
                do {
                    let value = try body(transaction, access)
                    let entries = access.entries
                    let ids = entries.map { _ in track(tenant: caller.tenant) }
                    shared.append(ids)
                    try insert(entries, ids: ids, in: transaction)
                    return value
                } catch {
                    failed.set(access.entries)
                    throw error
                }
            }
            settle(shared.all, tenant: caller.tenant)
            return value
        } catch {
            settle(shared.all, tenant: caller.tenant)
            try await record(failed.entries, tenant: caller.tenant)
            throw error
        }
    }

    /// Makes entries durable, together with whatever else waits.
    package func record(_ entries: [AuditEntry], tenant: ID<Tenant>) async throws {
        if entries.isEmpty { return }
        if database.engine.commitsTogether {
            let ids = entries.map { _ in track(tenant: tenant) }
            defer { settle(ids, tenant: tenant) }
            try await database.write(tenant) { [self] in try insert(entries, ids: ids, in: $0) }
            return
        }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let start = state.withLock { state in
                for entry in entries {
                    let id = ids.nextRaw()
                    state.inFlight[tenant, default: []].insert(id)
                    state.batches[tenant, default: Batch()].waiting.append(Waiting(entry: entry, id: id))
                }
                state.batches[tenant, default: Batch()].continuations.append(continuation)
                return state.flushing.insert(tenant).inserted
            }
            if start { Task { await flush(tenant) } }
        }
    }

    /// Inserts entries in a command's own transaction, so that they are kept or undone with it.
    ///
    /// `track` before the transaction, `settle` after it, whatever came of it.
    package func insert(_ entries: [AuditEntry], ids: [Int64], in transaction: any Transaction) throws {
        for (entry, id) in zip(entries, ids) {
            try AuditStore.insert(entry, id: id, stream: stream, at: clock.now(), in: transaction)
        }
    }

    /// Reserves an id that blocks chaining until `settle`.
    package func track(tenant: ID<Tenant>) -> Int64 {
        state.withLock { state in
            let id = ids.nextRaw()
            state.inFlight[tenant, default: []].insert(id)
            return id
        }
    }

    package func settle(_ settled: [Int64], tenant: ID<Tenant>) {
        state.withLock { state in
            for id in settled { state.inFlight[tenant]?.remove(id) }
        }
    }

    /// Every record of this stream below this id has been committed or never will be.
    func chainable(tenant: ID<Tenant>) -> Int64 {
        state.withLock { state in
            state.inFlight[tenant]?.min() ?? ids.nextRaw()
        }
    }

    private func flush(_ tenant: ID<Tenant>) async {
        while true {
            let batch = state.withLock { state -> Batch? in
                guard let batch = state.batches.removeValue(forKey: tenant) else {
                    state.flushing.remove(tenant)
                    return nil
                }
                return batch
            }
            guard let batch else { return }
            let now = clock.now()
            let stream = stream
            let waiting = batch.waiting
            do {
                try await database.write(tenant) { transaction in
                    for item in waiting {
                        try AuditStore.insert(item.entry, id: item.id, stream: stream, at: now, in: transaction)
                    }
                }
                settle(waiting.map(\.id), tenant: tenant)
                for continuation in batch.continuations { continuation.resume() }
            } catch {
                settle(waiting.map(\.id), tenant: tenant)
                for continuation in batch.continuations { continuation.resume(throwing: error) }
            }
        }
    }
}

private final class SharedIDs: Sendable {
    private let ids = Mutex<[Int64]>([])
    func append(_ more: [Int64]) { ids.withLock { $0 += more } }
    var all: [Int64] { ids.withLock { $0 } }
}

private final class SharedEntries: Sendable {
    private let list = Mutex<[AuditEntry]>([])
    func set(_ new: [AuditEntry]) { list.withLock { $0 = new } }
    var entries: [AuditEntry] { list.withLock { $0 } }
}

/// One request's (or system run's) door to sealed data. It asks the policy, makes the grant and notes the audit record.
package final class Access: Sendable {
    package let caller: Caller
    package let vault: TenantVault
    private let notes = Mutex<[AuditEntry]>([])

    init(caller: Caller, vault: TenantVault) {
        self.caller = caller
        self.vault = vault
    }

    var entries: [AuditEntry] { notes.withLock { $0 } }

    /// A grant for one person: every member of the set, whose scope rows stand in `scope`. Throws `notFound` when the
    /// policy denies, so that absent and forbidden look alike; the denial is on the trail.
    ///
    /// `labels`: those of the one thing about the person that is wanted, when it has its own.
    package func grant(
        _ action: Permission, for patient: PatientSet, scope: [PatientScopeRow], labels: Labels = []
    ) throws -> Grant {
        let decision = Policy.decide(caller, action, .item(of: scope, labels))
        let isEmergency = Policy.needsEmergency(caller, action, scope, labels)
        note(action, subject: .patient(patient.primary), decision, purpose: isEmergency ? .emergency : nil)
        guard decision == .permit else { throw Fault.notFound("patient") }
        return Grant(
            caller: caller, action: action, subjects: Set(patient.members.map(DataSubject.patient)), vault: vault)
    }

    /// A grant for exactly the rows of a list. Rows that the policy denies are left out; **one** record names the set.
    package func grant(
        _ action: Permission, forList patients: [(patient: ID<Patient>, scope: [PatientScopeRow])],
        and others: [DataSubject] = []
    ) throws -> Grant {
        guard caller.may(action) else {
            note(action, subject: nil, .deny(.permission))
            throw Fault(
                .forbidden, "permission.missing", "You may not do this.", remedy: "Ask for the right \(action).")
        }
        let allowed = patients.filter { Policy.decide(caller, action, .patient($0.scope)) == .permit }
        let subjects = allowed.map { DataSubject.patient($0.patient) } + others
        if !subjects.isEmpty {
            append(
                AuditEntry(
                    actor: caller.actor, action: action.rawValue,
                    purpose: caller.purpose(for: action) ?? caller.purpose,
                    outcome: .permitted, subjects: subjects, correlation: caller.correlation, origin: caller.origin,
                    remote: caller.remote))
        }
        return Grant(caller: caller, action: action, subjects: Set(subjects), vault: vault)
    }

    /// A grant for something that is not a patient: an unknown caller's conversation, a user, the tenant.
    package func grant(_ action: Permission, for subject: DataSubject, labels: Labels = []) throws -> Grant {
        if case .patient = subject {
            throw Fault(.internalError, "grant.scope", "A patient's grant needs the patient's scope.")
        }
        let decision = Policy.decide(caller, action, .item(of: nil, labels))
        note(action, subject: subject, decision)
        switch decision {
        case .permit: break
        case .deny(.permission), .deny(.purpose):
            throw Fault(
                .forbidden, "permission.missing", "You may not do this.", remedy: "Ask for the right \(action).")
        case .deny: throw Fault.notFound(subject.kind)
        }
        return Grant(caller: caller, action: action, subjects: [subject], vault: vault)
    }

    /// Notes a look at what is known of these patients without their sealed data: one record names them all.
    package func noteLook(
        _ action: Permission, at patients: Set<ID<Patient>>, in transaction: any Transaction
    ) throws {
        if patients.isEmpty { return }
        let scopes = try Policy.scopeRows(of: patients.sorted(), for: caller, in: transaction)
        _ = try grant(action, forList: patients.sorted().map { ($0, scopes[$0] ?? []) })
    }

    /// Notes a look that showed nobody, with neither what was looked for nor whom: the same for who is hidden and who is
    /// not there.
    package func noteNothingShown(_ action: Permission) {
        append(
            AuditEntry(
                actor: caller.actor, action: action.rawValue, purpose: caller.purpose(for: action) ?? caller.purpose,
                outcome: .permitted, correlation: caller.correlation, origin: caller.origin, remote: caller.remote))
    }

    /// Asks for a right that concerns nobody in particular. Denials are on the trail.
    package func require(_ action: Permission) throws {
        guard Policy.decide(caller, action, .general) == .permit else {
            note(action, subject: nil, .deny(.permission))
            throw Fault(
                .forbidden, "permission.missing", "You may not do this.", remedy: "Ask for the right \(action).")
        }
    }

    /// What a caller gets who asked for something that is not there. The denial is on the trail as it is for what is
    /// hidden, so that one takes as long as the other.
    package func absent(_ action: Permission, _ what: String) -> Fault {
        append(
            AuditEntry(
                actor: caller.actor, action: action.rawValue, purpose: caller.purpose, outcome: .denied,
                reason: "absent", correlation: caller.correlation, origin: caller.origin, remote: caller.remote))
        return Fault.notFound(what)
    }

    /// Notes that a command ran: every write is on the trail, with the subject it concerned.
    package func noteCommand(_ name: String, subject: DataSubject?) {
        append(
            AuditEntry(
                actor: caller.actor, action: name, purpose: caller.purpose, outcome: .permitted, subject: subject,
                correlation: caller.correlation, origin: caller.origin, remote: caller.remote))
    }

    fileprivate func note(
        _ action: Permission, subject: DataSubject?, _ decision: Decision, purpose: Purpose? = nil
    ) {
        var reason: String?
        if case .deny(let why) = decision { reason = why.rawValue }
        append(
            AuditEntry(
                actor: caller.actor, action: action.rawValue,
                purpose: purpose ?? caller.purpose(for: action) ?? caller.purpose,
                outcome: decision == .permit ? .permitted : .denied, reason: reason, subject: subject,
                correlation: caller.correlation, origin: caller.origin, remote: caller.remote))
    }

    /// A transaction that runs again asks again: the same entry is noted once.
    private func append(_ entry: AuditEntry) {
        notes.withLock { notes in
            if !notes.contains(entry) { notes.append(entry) }
        }
    }
}

extension Access {
    /// For an idempotent answer given again: the subject is the tenant's own row, the caller is the one who got it.
    package func grantForOwnAnswer() throws -> Grant {
        let repeated = Permission("request.repeated")
        note(repeated, subject: .tenant, .permit)
        return Grant(caller: caller, action: repeated, subjects: [.tenant], vault: vault)
    }
}
