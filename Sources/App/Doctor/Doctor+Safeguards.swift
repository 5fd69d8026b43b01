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
    /// What the users' table says, over all tenants.
    struct People {
        var active = 0
        /// Active ones with every right there is.
        var unlimited = 0
        var withoutRole = 0
        var withoutArgon = 0
        /// Nil: this release knows no second step.
        var withoutSecondStep: Int?
        var roles = 0
        var openSessions = 0
        /// In microseconds.
        var longestSession: Int64 = 0
    }

    func people() async throws -> People {
        var people = People()
        let knowsSecondStep = try await hasTable("user_authenticator")
        if knowsSecondStep { people.withoutSecondStep = 0 }
        for tenant in try await platform.installation.tenants.list() {
            // Before the first blueprint there are no roles but the administrator's.
            let roles = try? platform.definitions.configuration(of: tenant.id).roles
            people.roles += roles?.count ?? 0
            let accounts = try await database.read(tenant.id) { transaction in
                try transaction.rows(
                    "SELECT id, roles, password FROM user_account WHERE tenant = \(.tenant) AND state = 'active'"
                ).map {
                    (id: try $0["id"] as Int64, roles: try $0["roles"] as String, hash: try $0["password"] as String)
                }
            }
            people.active += accounts.count
            people.withoutRole += accounts.count { $0.roles.isEmpty }
            people.unlimited += accounts.count { $0.roles.split(separator: " ").contains("administrator") }
            people.withoutArgon += accounts.count { !$0.hash.hasPrefix("$argon2id$") }
            if knowsSecondStep {
                let count: Int? = try await database.read(tenant.id) { transaction in
                    try transaction.value(
                        """
                        SELECT COUNT(*) FROM user_account u WHERE u.tenant = \(.tenant) AND u.state = 'active'
                            AND NOT EXISTS (SELECT 1 FROM user_authenticator a
                                WHERE a.tenant = u.tenant AND a.user_id = u.id)
                        """)
                }
                people.withoutSecondStep = (people.withoutSecondStep ?? 0) + (count ?? 0)
            }
            let now = platform.installation.spine.clock.now()
            let sessions = try await database.read(tenant.id) { transaction in
                try transaction.row(
                    """
                    SELECT COUNT(*) AS count, COALESCE(MAX(expires_at - created_at), 0) AS longest FROM user_session
                    WHERE tenant = \(.tenant) AND ended_at IS NULL AND expires_at > \(now)
                    """)
            }
            people.openSessions += try sessions?["count"] ?? 0
            people.longestSession = max(people.longestSession, try sessions?["longest"] ?? 0)
        }
        return people
    }

    func safeguards(_ people: People) async throws -> [Check] {
        [
            accessControl(people), uniqueUsers(people), emergencyAccess(), logoff(people), try await encryptionAtRest(),
            try await auditControls(), try await integrity(), authentication(people), encryptionInTransit(),
            try await databaseLink(),
        ]
    }

    private func accessControl(_ people: People) -> Check {
        let isWell = people.active > 0 && people.withoutRole == 0 && people.roles > 0
        return Check(
            id: "access-control", rule: "164.312(a)(1)", status: isWell ? .ok : .failed,
            evidence: "\(people.roles) roles are published; of \(people.active) active users "
                + "\(people.withoutRole) have none; every route names its right or says why it is open",
            remedy: "Run throughline init, then publish roles with throughline blueprint apply.")
    }

    private func uniqueUsers(_ people: People) -> Check {
        Check(
            id: "unique-user", rule: "164.312(a)(2)(i)", status: people.active > 0 ? .ok : .failed,
            evidence:
                "\(people.active) active users, each with an id and a sign-in name of its own (unique by the schema); "
                + "each audit record names one",
            remedy: "Run throughline init; give each person an account.")
    }

    private func emergencyAccess() -> Check {
        let isThere = platform.permissions.contains { $0.rawValue.contains("break") }
        return Check(
            id: "emergency-access", rule: "164.312(a)(2)(ii)", status: isThere ? .ok : .failed,
            evidence: isThere
                ? "access in an emergency can be taken, with a reason, for a time, and is reviewed"
                : "this release has no way to take access in an emergency",
            remedy: "Write down how an administrator gives a role in an emergency, and who reviews it.")
    }

    private func logoff(_ people: People) -> Check {
        let hours = Double(people.longestSession) / 3_600e6
        return Check(
            id: "automatic-logoff", rule: "164.312(a)(2)(iii)", status: hours <= 24 ? .ok : .failed,
            evidence: "sessions end after 15 minutes without work unless a role says otherwise; of "
                + "\(people.openSessions) open ones none may last longer than "
                + hours.formatted(.number.precision(.fractionLength(0...1))) + " hours in all",
            remedy: "Give roles shorter sessions.")
    }

    private func encryptionAtRest() async throws -> Check {
        let installation = platform.installation
        let tenants = try await installation.tenants.list()
        for tenant in tenants { _ = try await installation.spine.vault(tenant.id) }
        let sealed = platform.tables.count { $0.sealed != nil }
        let open = keyFiles().filter { $0.status == .failed }.count
        return Check(
            id: "encryption-at-rest", rule: "164.312(a)(2)(iv)",
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
            let report = try await verification.run(tenant: tenant.id)
            records += report.records
            anchors += report.anchors
            findings += report.findings
        }
        return Check(
            id: "audit-controls", rule: "164.312(b)", status: findings.isEmpty && !tenants.isEmpty ? .ok : .failed,
            evidence: findings.first
                ?? "\(records) records of who saw or did what, written before the answer leaves, chained; \(anchors) anchors agree",
            remedy: "Run throughline audit verify and keep a copy of the disk as it is.")
    }

    private func integrity() async throws -> Check {
        let problems = try await storage().filter { $0.status == .failed }
        return Check(
            id: "integrity", rule: "164.312(c)(1), (c)(2)", status: problems.isEmpty ? .ok : .failed,
            evidence: problems.first?.evidence
                ?? "each sealed value is authenticated with its table, row and tenant when it is opened; "
                + "audit records are chained; the store's own check found nothing",
            remedy: problems.first?.remedy ?? "Restore from a backup.")
    }

    private func authentication(_ people: People) -> Check {
        Check(
            id: "authentication", rule: "164.312(d)",
            status: people.active > 0 && people.withoutArgon == 0 ? .ok : .failed,
            evidence:
                "\(people.active - people.withoutArgon) of \(people.active) active users have a password that is kept "
                + "as Argon2id; programs have keys that are kept as hashes",
            remedy: "Give the others a new password.")
    }

    /// To the browser: integrity and encryption come with the same TLS.
    func encryptionInTransit() -> Check {
        let settings = platform.settings
        let secure = settings.secureCookies && (settings.publicBase ?? "").hasPrefix("https://")
        return Check(
            id: "transmission-security", rule: "164.312(e)(1), (e)(2)(i), (e)(2)(ii)", status: secure ? .ok : .failed,
            evidence: secure
                ? "cookies are Secure and the public address is https: a TLS proxy stands in front"
                : "no TLS is configured: plain HTTP on \(settings.host)",
            remedy: "Put a TLS proxy in front and set server.publicBase and server.secureCookies.")
    }

    /// To the database server.
    private func databaseLink() async throws -> Check {
        let id = "transmission-to-database"
        let rule = "164.312(e)(2)(ii)"
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
