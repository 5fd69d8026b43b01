import Foundation
import Kernel
import Spine
import Store
import Studio
import StudioAPI
import Trust
import Vault
import Web

/// The technical safeguards of the HIPAA Security Rule, 45 CFR 164.312, in its order.
extension Doctor {
    func safeguards(_ people: DoctorPeople) async throws -> [Check] {
        [
            accessControl(people), uniqueUsers(people), emergencyAccess(people), logoff(people),
            try await encryptionAtRest(),
            try await auditControls(), try await integrity(), authentication(people), await encryptionInTransit(),
            try await databaseLink(),
        ]
    }

    private func accessControl(_ people: DoctorPeople) -> Check {
        let isWell = people.active > 0 && people.withoutRole == 0 && people.roles > 0
        return Check(
            id: "access-control", rule: "164.312(a)(1); proposed 164.312(a)(1)", status: isWell ? .ok : .failed,
            evidence: "\(people.roles) roles are published; of \(people.active) active users "
                + "\(people.withoutRole) have none; every route names its right or says why it is open",
            remedy: "Run throughline init, then publish roles with throughline blueprint apply.")
    }

    private func uniqueUsers(_ people: DoctorPeople) -> Check {
        Check(
            id: "unique-user", rule: "164.312(a)(2)(i); proposed 164.312(a)(2)(i)",
            status: people.active > 0 ? .ok : .failed,
            evidence:
                "\(people.active) active users, each with an id and a sign-in name of its own (unique by the schema); "
                + "each audit record names one",
            remedy: "Run throughline init; give each person an account.")
    }

    private func emergencyAccess(_ people: DoctorPeople) -> Check {
        let isThere = people.emergencyRoles > 0
        return Check(
            id: "emergency-access", rule: "164.312(a)(2)(ii); proposed 164.312(a)(2)(iii)",
            status: isThere ? .ok : .failed,
            evidence:
                "\(people.emergencyRoles) of \(people.roles) roles may open a record out of reach in an emergency, with a "
                + "reason, for a time, reviewed afterwards",
            remedy: "Give the right patient.break-glass to the roles that need it in an emergency.")
    }

    private func logoff(_ people: DoctorPeople) -> Check {
        Check(
            id: "automatic-logoff", rule: "164.312(a)(2)(iii); proposed 164.312(a)(2)(iv)",
            status: people.roles > 0 && people.idleMinutes <= 60 && people.sessionHours <= 24 ? .ok : .failed,
            evidence:
                "sessions end after \(people.idleMinutes) minutes without work and \(people.sessionHours) hours in all at "
                + "most, by the roles of their people",
            remedy: "Publish roles; give them at most 60 idleMinutes and 24 sessionHours.")
    }

    private func encryptionAtRest() async throws -> Check {
        let installation = platform.installation
        let tenants = try await installation.tenants.list()
        for tenant in tenants { _ = try await installation.spine.vault(tenant.id) }
        let sealed = platform.tables.count { $0.sealed != nil }
        let open = keyFiles().filter { $0.status == .failed }.count
        return Check(
            id: "encryption-at-rest", rule: "164.312(a)(2)(iv); proposed 164.312(b)",
            status: tenants.isEmpty || open > 0 ? .failed : .ok,
            evidence: "\(sealed) tables keep personal values sealed (AES-256-GCM, a key for each person); "
                + "\(tenants.count) tenant keys open; \(open) key files are open to others",
            remedy: "Run throughline init; chmod 600 the files in DIR.keys. Encrypt the disk as well.")
    }

    private func auditControls() async throws -> Check {
        let installation = platform.installation
        let tenants = try await installation.tenants.list()
        let verification = AuditVerification(database: installation.database, anchors: installation.anchors)
        var records = 0
        var anchors = 0
        var findings: [String] = []
        for tenant in tenants {
            let report = try await verification.run(
                tenant: tenant.id, at: installation.spine.clock.now())
            records += report.records
            anchors += report.anchors
            findings += report.findings
        }
        return Check(
            id: "audit-controls", rule: "164.312(b); proposed 164.312(d)(1)",
            status: findings.isEmpty && !tenants.isEmpty ? .ok : .failed,
            evidence: findings.first
                ?? "\(records) records of who saw or did what, written before the answer leaves, chained; \(anchors) anchors agree",
            remedy: "Run throughline audit verify and keep a copy of the disk as it is.")
    }

    private func integrity() async throws -> Check {
        let problems = try await storage().filter { $0.status == .failed }
        let store =
            database.engine == .sqlite
            ? "the store's own check found nothing"
            : "PostgreSQL's files are not checked from here: its data checksums and pg_amcheck do that"
        return Check(
            id: "integrity", rule: "164.312(c)(1), (c)(2); proposed 164.312(e)",
            status: problems.isEmpty ? .ok : .failed,
            evidence: problems.first?.evidence
                ?? "each sealed value is authenticated with its table, row and tenant when it is opened; "
                + "audit records are chained; \(store)",
            remedy: problems.first?.remedy ?? "Restore from a backup.")
    }

    private func authentication(_ people: DoctorPeople) -> Check {
        Check(
            id: "authentication", rule: "164.312(d); proposed 164.312(f)(1)",
            status: people.active > 0 && people.withoutArgon == 0 ? .ok : .failed,
            evidence:
                "\(people.active - people.withoutArgon) of \(people.active) active users have a password that is kept "
                + "as Argon2id; programs have keys that are kept as hashes",
            remedy: "Give the others a new password.")
    }

    /// To the database server.
    private func databaseLink() async throws -> Check {
        let id = "transmission-to-database"
        let rule = "164.312(e)(2)(ii); proposed 164.312(g)"
        guard database.engine == .postgres else {
            return Check(
                id: id, rule: rule, status: .notApplicable, evidence: "SQLite: the data are in a file of this machine",
                remedy: nil)
        }
        let row = try await database.read(.installation) { transaction in
            try transaction.row(
                """
                SELECT COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE) AS tls,
                    COALESCE(inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1', TRUE) AS here
                """)
        }
        let tls: Bool = try row?["tls"] ?? false
        let here: Bool = try row?["here"] ?? false
        return Check(
            id: id, rule: rule, status: tls || here ? .ok : .failed,
            evidence: tls
                ? "the connection to PostgreSQL is encrypted"
                : here ? "PostgreSQL is on this machine" : "the connection to PostgreSQL is not encrypted",
            remedy: "Add sslmode=verify-full to the database's URL.")
    }
}
