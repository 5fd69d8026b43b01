import Kernel
import Store
package import Vault
package import Web

/// The second step of signing in: a code from an authenticator app, or one of ten recovery codes.
///
/// The app's secret is sealed under its person's key. A code counts for its half minute and the ones beside it, and once:
/// the step it belongs to is written down with the sign-in. A recovery code is kept as its keyed hash and used once.
/// Turning the step on signs out every other device; a role can demand it, and then nobody turns it off.
package enum SecondStep {
    package static let recoveryCodes = 10

    package static let capability = Capability(
        "second-step", schema: [migration],
        tables: [
            TableRule(
                "user_authenticator", .keySubject(column: "key_subject"), sealed: .rows(AppSecret.sealKind),
                export: .notExported(reason: "a secret of a member of the staff"),
                merge: .apart(reason: "belongs to a member of the staff")),
            TableRule(
                "user_recovery_code", .none(reason: "keyed hashes of random codes"),
                disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] }),
        ],
        seals: [AppSecret.sealKind])

    static let migration = Migration(
        "2026-11-23.trust.second-step",
        [
            """
            CREATE TABLE user_authenticator (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, user_id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                last_step BIGINT NOT NULL, created_at BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX user_authenticator_user ON user_authenticator (tenant, user_id)",
            """
            CREATE TABLE user_recovery_code (
                tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, hash BLOB NOT NULL, used_at BIGINT,
                PRIMARY KEY (tenant, user_id, hash))
            """,
        ])

    /// A fresh set: twelve characters of Crockford's alphabet each, 60 bits, in groups of four.
    package static func freshCodes() -> [String] {
        (0..<recoveryCodes).map { _ in
            let text = Array(Secret.password().prefix(12))
            return stride(from: 0, to: 12, by: 4).map { String(text[$0..<$0 + 4]) }.joined(separator: "-")
        }
    }

    /// What was typed as a code, without spaces and dashes, in upper case; letters that are read as digits are digits.
    package static func plain(_ typed: String) -> String {
        String(
            typed.uppercased().compactMap { $0 == "O" ? "0" : $0 == "I" || $0 == "L" ? "1" : $0 }
                .filter { !$0.isWhitespace && $0 != "-" })
    }

    static func hash(_ code: String, of user: ID<User>, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array((user.text + plain(code)).utf8), label: "recovery-code")
    }
}

extension Permission {
    /// What everybody may do to their own account and nobody to another's. No role gives it: whoever is signed in has it.
    package static let accountOwn = Permission("account.own")
}

/// What an authenticator app and we share.
struct AppSecret: Sealable {
    static let sealKind = SealKind(401)
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    func pack(into packer: inout Packer) { packer.put(1, bytes: bytes) }
    init(unpacking fields: Unpacker) throws(Fault) {
        guard let bytes = fields.bytes(1) else {
            throw Fault(.internalError, "sealed.damaged", "A sealed value does not have the shape it should have.")
        }
        self.bytes = bytes
    }
}

/// What somebody has that counts as a second step.
struct SecondSteps: Sendable {
    let app: Bool
    let passkey: Bool

    static func of(_ user: ID<User>, in transaction: any Transaction) throws -> SecondSteps {
        SecondSteps(
            app: try SecondStepStore.find(user, in: transaction) != nil,
            passkey: try PasskeyStore.count(of: user, in: transaction) > 0)
    }
}

/// All statements about second steps.
enum SecondStepStore {
    struct Authenticator: Sendable {
        let id: Int64
        let keySubject: ID<KeySubject>
        let lastStep: Int64
        let createdAt: Instant
        let sealed: Sealed<AppSecret>
    }

    static func find(_ user: ID<User>, in transaction: any Transaction) throws -> Authenticator? {
        try transaction.row(
            """
            SELECT id, key_subject, last_step, created_at, sealed FROM user_authenticator
            WHERE tenant = \(.tenant) AND user_id = \(user)
            """
        ).map { row in
            Authenticator(
                id: try row["id"], keySubject: try row["key_subject"], lastStep: try row["last_step"],
                createdAt: try row["created_at"], sealed: try row["sealed"])
        }
    }

    /// Everybody who has an app or a passkey.
    static func users(in transaction: any Transaction) throws -> Set<ID<User>> {
        Set(
            try transaction.rows(
                """
                SELECT user_id FROM user_authenticator WHERE tenant = \(.tenant)
                UNION SELECT user_id FROM user_passkey WHERE tenant = \(.tenant) AND blocked_at IS NULL LIMIT 5000
                """
            ).map { try $0["user_id"] })
    }

    static func insert(
        _ secret: Sealed<AppSecret>, id: Int64, user: ID<User>, subject: ID<KeySubject>, step: Int64, now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO user_authenticator (tenant, id, user_id, key_subject, last_step, created_at, sealed)
            VALUES (\(.tenant), \(id), \(user), \(subject), \(step), \(now), \(secret))
            """)
    }

    /// Uses a step up; false: it, or a later one, was used already.
    static func use(_ step: Int64, of user: ID<User>, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE user_authenticator SET last_step = \(step)
            WHERE tenant = \(.tenant) AND user_id = \(user) AND last_step < \(step)
            """) == 1
    }

    static func remove(_ user: ID<User>, in transaction: any Transaction) throws -> Bool {
        try transaction.send(
            "DELETE FROM user_recovery_code WHERE tenant = \(.tenant) AND user_id = \(user)")
        return try transaction.execute(
            "DELETE FROM user_authenticator WHERE tenant = \(.tenant) AND user_id = \(user)") == 1
    }

    static func replaceCodes(_ hashes: [[UInt8]], of user: ID<User>, in transaction: any Transaction) throws {
        try transaction.send(
            "DELETE FROM user_recovery_code WHERE tenant = \(.tenant) AND user_id = \(user)")
        for hash in hashes {
            try transaction.send(
                "INSERT INTO user_recovery_code (tenant, user_id, hash) VALUES (\(.tenant), \(user), \(hash))")
        }
    }

    static func useCode(
        _ hash: [UInt8], of user: ID<User>, now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE user_recovery_code SET used_at = \(now)
            WHERE tenant = \(.tenant) AND user_id = \(user) AND hash = \(hash) AND used_at IS NULL
            """) == 1
    }

    static func unusedCodes(of user: ID<User>, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM user_recovery_code
            WHERE tenant = \(.tenant) AND user_id = \(user) AND used_at IS NULL
            """) ?? 0
    }
}
