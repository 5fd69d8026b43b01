import Kernel
import Store
import Vault
import Web

/// Passkeys (WebAuthn): a key pair in the person's device, opened there by finger, face or PIN. It signs in without a name
/// and counts as both steps, since the device has checked who holds it (user verification is demanded). It also confirms
/// sensitive acts.
///
/// Only the public key is here, sealed under its person's key with the credential's id and the name they gave it; the
/// credential is found by its keyed hash. A counter that does not go on shows a copy: that passkey is refused from then
/// on, and it is written down. Attestation is not asked for: any authenticator will do.
enum Passkeys {
    /// How many one person may have.
    static let most = 20
    static let longestName = 60

    static let capability = Capability(
        "passkeys", schema: [migration],
        tables: [
            TableRule(
                "user_passkey", .keySubject(column: "key_subject"), sealed: .rows(PasskeyDetails.sealKind),
                export: .notExported(reason: "a member of the staff, in no patient's record"),
                merge: .apart(reason: "a member of the staff"))
        ],
        seals: [PasskeyDetails.sealKind])

    static let migration = Migration(
        "2026-11-23.trust.passkeys",
        [
            """
            CREATE TABLE user_passkey (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, user_id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                credential_hash BLOB NOT NULL, rp_id TEXT NOT NULL, sign_count BIGINT NOT NULL,
                created_at BIGINT NOT NULL, last_used_at BIGINT, blocked_at BIGINT, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX user_passkey_credential ON user_passkey (tenant, credential_hash)",
            "CREATE INDEX user_passkey_user ON user_passkey (tenant, user_id)",
        ])

    /// What the authenticator knows its person by: random to everybody but us, the same for all of their passkeys.
    static func handle(_ user: ID<User>, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(user.text.utf8), label: "passkey-user")
    }

    static func hash(_ credential: [UInt8], _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(credential, label: "passkey")
    }
}

/// What of a passkey is sealed.
struct PasskeyDetails: Sealable {
    static let sealKind = SealKind(402)
    let credential: [UInt8]
    let key: [UInt8]
    let name: String

    init(credential: [UInt8], key: [UInt8], name: String) {
        self.credential = credential
        self.key = key
        self.name = name
    }

    func pack(into packer: inout Packer) {
        packer.put(1, bytes: credential)
        packer.put(2, bytes: key)
        packer.put(3, name)
    }

    init(unpacking fields: Unpacker) throws(Fault) {
        guard let credential = fields.bytes(1), let key = fields.bytes(2) else {
            throw Fault(.internalError, "sealed.damaged", "A sealed value does not have the shape it should have.")
        }
        self.credential = credential
        self.key = key
        name = try fields.required(3)
    }
}

/// All statements about passkeys.
enum PasskeyStore {
    struct Passkey: Sendable {
        let id: Int64
        let user: ID<User>
        let keySubject: ID<KeySubject>
        let rpID: String
        let signCount: Int64
        let createdAt: Instant
        let lastUsedAt: Instant?
        let blockedAt: Instant?
        let sealed: Sealed<PasskeyDetails>

        func open(_ grant: Grant) throws -> PasskeyDetails {
            try sealed.open(grant, of: .user(user), id: id, subject: keySubject)
        }
    }

    static func insert(_ passkey: Passkey, hash: [UInt8], in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO user_passkey (tenant, id, user_id, key_subject, credential_hash, rp_id, sign_count, created_at,
                sealed)
            VALUES (\(.tenant), \(passkey.id), \(passkey.user), \(passkey.keySubject), \(hash), \(passkey.rpID),
                \(passkey.signCount), \(passkey.createdAt), \(passkey.sealed))
            """)
    }

    static func find(credential hash: [UInt8], in transaction: any Transaction) throws -> Passkey? {
        try transaction.row(
            "SELECT \(columns) FROM user_passkey WHERE tenant = \(.tenant) AND credential_hash = \(hash)"
        ).map(read)
    }

    static func find(_ id: Int64, of user: ID<User>, in transaction: any Transaction) throws -> Passkey? {
        try transaction.row(
            "SELECT \(columns) FROM user_passkey WHERE tenant = \(.tenant) AND id = \(id) AND user_id = \(user)"
        ).map(read)
    }

    /// A person's passkeys, the oldest first.
    static func all(of user: ID<User>, in transaction: any Transaction) throws -> [Passkey] {
        try transaction.rows(
            """
            SELECT \(columns) FROM user_passkey WHERE tenant = \(.tenant) AND user_id = \(user)
            ORDER BY created_at, id LIMIT 100
            """
        ).map(read)
    }

    /// How many of a person's passkeys let them in.
    static func count(of user: ID<User>, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM user_passkey
            WHERE tenant = \(.tenant) AND user_id = \(user) AND blocked_at IS NULL
            """) ?? 0
    }

    /// Notes a use. False: another use came between.
    static func use(
        _ passkey: Passkey, count: Int64, now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE user_passkey SET sign_count = \(count), last_used_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(passkey.id) AND sign_count = \(passkey.signCount)
                AND blocked_at IS NULL
            """) == 1
    }

    static func block(_ passkey: Passkey, now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE user_passkey SET blocked_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(passkey.id) AND blocked_at IS NULL
            """)
    }

    static func rename(
        _ passkey: Passkey, _ sealed: Sealed<PasskeyDetails>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            "UPDATE user_passkey SET sealed = \(sealed) WHERE tenant = \(.tenant) AND id = \(passkey.id)")
    }

    static func remove(_ id: Int64, of user: ID<User>, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "DELETE FROM user_passkey WHERE tenant = \(.tenant) AND id = \(id) AND user_id = \(user)") == 1
    }

    /// How many there were.
    static func removeAll(of user: ID<User>, in transaction: any Transaction) throws -> Int {
        try transaction.execute("DELETE FROM user_passkey WHERE tenant = \(.tenant) AND user_id = \(user)")
    }

    private static let columns: SQL =
        "id, user_id, key_subject, rp_id, sign_count, created_at, last_used_at, blocked_at, sealed"

    private static func read(_ row: Row) throws -> Passkey {
        Passkey(
            id: try row["id"], user: try row["user_id"], keySubject: try row["key_subject"], rpID: try row["rp_id"],
            signCount: try row["sign_count"], createdAt: try row["created_at"], lastUsedAt: try row["last_used_at"],
            blockedAt: try row["blocked_at"], sealed: try row["sealed"])
    }
}
