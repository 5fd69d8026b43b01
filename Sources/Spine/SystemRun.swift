import Foundation
package import Kernel
package import Store
package import Vault

/// Work the system does by itself, recorded with its purpose: reminders, matching, import. Its reads are on the trail
/// under the run's id.
package enum SystemRuns {
    package static let migration = Migration(
        "2026-11-22.spine.runs",
        [
            """
            CREATE TABLE system_run (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, purpose TEXT NOT NULL,
                started_at BIGINT NOT NULL, ended_at BIGINT, outcome TEXT, items BIGINT,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX system_run_name ON system_run (tenant, name, id)",
        ])

    /// Who typed the command: the account of the machine, nil for what a server does by itself.
    package static let owner = Migration(
        "2026-11-30.spine.run-owner", ["ALTER TABLE system_run ADD COLUMN started_by TEXT"])

    /// The account of the machine that runs this process; behind `sudo` the one that asked for it.
    static let account: String = {
        let name = ProcessInfo.processInfo.environment["SUDO_USER"].flatMap { $0.isEmpty ? nil : $0 } ?? NSUserName()
        return String(
            name.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(64).map(Character.init))
    }()
}

extension Spine {
    /// The caller of a recorded run. Begin and end are written; a run without an end was cut off.
    ///
    /// `remote`: the address of the request that the run answers; nil: the program began it by itself.
    package func run<Value: Sendable>(
        _ name: String, tenant: ID<Tenant>, purpose: Purpose = .operations, permissions: Set<Permission>,
        origin: String = "system", remote: String? = nil, _ body: (Caller) async throws -> (value: Value, items: Int)
    ) async throws -> Value {
        let id: ID<SystemRun> = ids.next()
        let started = clock.now()
        let account = origin == "cli" ? SystemRuns.account : nil
        _ = try await database.write(tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO system_run (tenant, id, name, purpose, started_at, started_by)
                VALUES (\(.tenant), \(id), \(name), \(purpose.rawValue), \(started), \(account))
                """)
        }
        let caller = systemCaller(
            id, tenant: tenant, purpose: purpose, permissions: permissions, origin: origin, remote: remote)
        do {
            let (value, items) = try await body(caller)
            try await end(id, tenant: tenant, outcome: "done", items: items)
            return value
        } catch {
            try await end(id, tenant: tenant, outcome: "failed", items: 0)
            throw error
        }
    }

    /// A run that is opened once and stands for a long-lived worker of this process.
    package func openRun(
        _ name: String, tenant: ID<Tenant>, purpose: Purpose = .operations, permissions: Set<Permission>,
        origin: String = "system"
    ) async throws -> Caller {
        let id: ID<SystemRun> = ids.next()
        let started = clock.now()
        let account = origin == "cli" ? SystemRuns.account : nil
        _ = try await database.write(tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO system_run (tenant, id, name, purpose, started_at, started_by)
                VALUES (\(.tenant), \(id), \(name), \(purpose.rawValue), \(started), \(account))
                """)
        }
        return systemCaller(
            id, tenant: tenant, purpose: purpose, permissions: permissions, origin: origin, remote: nil)
    }

    private func systemCaller(
        _ id: ID<SystemRun>, tenant: ID<Tenant>, purpose: Purpose, permissions: Set<Permission>, origin: String,
        remote: String?
    ) -> Caller {
        Caller(
            tenant: tenant, actor: .system(id), permissions: permissions.union(Labels.permissions), purpose: purpose,
            roles: ["system"], correlation: id.raw, origin: origin, remote: remote)
    }

    private func end(_ id: ID<SystemRun>, tenant: ID<Tenant>, outcome: String, items: Int) async throws {
        let now = clock.now()
        _ = try await database.write(tenant) { transaction in
            try transaction.send(
                """
                UPDATE system_run SET ended_at = \(now), outcome = \(outcome), items = \(items)
                WHERE tenant = \(.tenant) AND id = \(id)
                """)
        }
    }
}
