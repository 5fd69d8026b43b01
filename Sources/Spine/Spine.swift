import Foundation
package import Kernel
package import Logging
package import Store
package import Vault
import Synchronization

/// Where commands and queries run. One per process; everything comes in by `init`.
package final class Spine: Sendable {
    package let database: any Database
    package let keys: KeyStore
    package let audit: AuditLog
    package let clock: any Clock
    package let ids: IDSource
    package let logger: Logger
    package let metrics: Metrics
    package let wakeups: Wakeups
    private let vaults = Mutex<[ID<Tenant>: TenantVault]>([:])

    package init(
        database: any Database, keys: KeyStore, audit: AuditLog, clock: any Clock, ids: IDSource, logger: Logger,
        metrics: Metrics, wakeups: Wakeups
    ) {
        self.database = database
        self.keys = keys
        self.audit = audit
        self.clock = clock
        self.ids = ids
        self.logger = logger
        self.metrics = metrics
        self.wakeups = wakeups
    }

    /// The tenant's keys, opened once.
    package func vault(_ tenant: ID<Tenant>) async throws -> TenantVault {
        if let vault = vaults.withLock({ $0[tenant] }) { return vault }
        let vault = try await keys.openTenant(tenant)
        return vaults.withLock { vaults in
            if let other = vaults[tenant] { return other }
            vaults[tenant] = vault
            return vault
        }
    }

    // MARK: Reading

    /// Runs a query for a caller; its result is given out only when its audit records are durable.
    package func ask<Q: Query>(_ query: Q, as caller: Caller) async throws -> Q.Result {
        let vault = try await vault(caller.tenant)
        return try await faultily {
            try await self.audit.access(caller, vault) { access in
                try access.require(Q.permission)
                return try await self.database.read(caller.tenant) { try query.run($0, access) }
            }
        }
    }

    /// The same for a read that has no name of its own.
    package func read<Value: Sendable>(
        _ permission: Permission, as caller: Caller,
        _ body: @escaping @Sendable (any Transaction, Access) throws -> Value
    ) async throws -> Value {
        let vault = try await vault(caller.tenant)
        return try await faultily {
            try await self.audit.access(caller, vault) { access in
                try access.require(permission)
                return try await self.database.read(caller.tenant) { try body($0, access) }
            }
        }
    }

    // MARK: Writing

    /// Runs a command: authorise, open the transaction, look for the idempotency key, run, append events and audit,
    /// commit, wake.
    package func perform<C: Command>(
        _ command: C, as caller: Caller, idempotency: (key: IdempotencyKey, payload: [UInt8])? = nil
    ) async throws -> C.Result {
        let vault = try await vault(caller.tenant)
        return try await faultily {
            if Policy.decide(caller, C.permission, .general) == .permit { try command.validate() }
            var subjects: [ID<KeySubject>] = []
            for _ in 0..<(C.freshSubjects + (idempotency == nil ? 0 : 1)) {
                subjects.append(try await vault.newSubject())
            }
            let fresh = subjects
            let payload = idempotency.map { vault.keyedHash(Array(C.name.utf8) + $0.payload, label: "payload") }
            let result = try await self.audit.transact(caller, vault) { transaction, access in
                try access.require(C.permission)
                let context = CommandContext(
                    transaction: transaction, access: access, now: self.clock.now(), ids: self.ids, subjects: fresh)
                if let idempotency, let payload,
                    case .earlier(let result) = try Idempotency.claim(
                        idempotency.key, payload: payload, as: C.Result.self, in: context)
                {
                    return result
                }
                let result = try command.run(context)
                if let idempotency { try Idempotency.store(idempotency.key, result: result, in: context) }
                try context.finish(name: C.name)
                return result
            }
            self.wakeups.wake(caller.tenant)
            return result
        }
    }

    /// Storage errors as faults; faults as they are.
    private func faultily<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StoreError {
            throw error.fault
        }
    }
}
