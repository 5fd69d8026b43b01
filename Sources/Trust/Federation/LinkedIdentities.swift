import Kernel
import Spine
import Store
import Vault
import Web

/// Staff who sign in at an identity provider (OpenID Connect). A person there is the issuer and the subject, both kept as
/// keyed hashes. The first time the link is made by what the provider calls the person, when provisioning told the same
/// (`externalId`), or by the address that the provider has verified, when it is somebody's sign-in name here; afterwards
/// neither counts. Nobody is made a user by it.
enum LinkedIdentities {
    static let capability = Capability(
        "identities",
        schema: [
            Migration(
                "2026-11-23.trust.identities",
                [
                    """
                    CREATE TABLE user_identity (
                        tenant BIGINT NOT NULL, subject_hash BLOB NOT NULL, issuer_hash BLOB NOT NULL,
                        user_id BIGINT NOT NULL, created_at BIGINT NOT NULL, last_used_at BIGINT NOT NULL,
                        PRIMARY KEY (tenant, subject_hash))
                    """,
                    "CREATE UNIQUE INDEX user_identity_user ON user_identity (tenant, user_id, issuer_hash)",
                ])
        ],
        tables: [
            TableRule(
                "user_identity", .none(reason: "keyed hashes of a provider's names for a user"),
                disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] })
        ])
}

/// All statements about people at identity providers.
enum IdentityStore {
    struct Identity: Sendable {
        let user: ID<User>
        let createdAt: Instant
        let lastUsedAt: Instant
    }

    static func hash(_ subject: String, issuer: String, _ vault: TenantVault) -> [UInt8] {
        // No issuer has a line break in it, so that the two cannot run into one another.
        vault.keyedHash(Array("\(issuer)\n\(subject)".utf8), label: "identity")
    }

    static func issuerHash(_ issuer: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(issuer.utf8), label: "identity-issuer")
    }

    static func find(subject hash: [UInt8], in transaction: any Transaction) throws -> Identity? {
        try transaction.row(
            """
            SELECT user_id, created_at, last_used_at FROM user_identity
            WHERE tenant = \(.tenant) AND subject_hash = \(hash)
            """
        ).map(read)
    }

    static func find(
        of user: ID<User>, issuer: String, _ vault: TenantVault, in transaction: any Transaction
    ) throws -> Identity? {
        try transaction.row(
            """
            SELECT user_id, created_at, last_used_at FROM user_identity
            WHERE tenant = \(.tenant) AND user_id = \(user) AND issuer_hash = \(issuerHash(issuer, vault))
            """
        ).map(read)
    }

    static func insert(
        _ identity: Identity, subject: [UInt8], issuer: [UInt8], in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO user_identity (tenant, subject_hash, issuer_hash, user_id, created_at, last_used_at)
            VALUES (\(.tenant), \(subject), \(issuer), \(identity.user), \(identity.createdAt), \(identity.lastUsedAt))
            """)
    }

    static func touch(subject hash: [UInt8], now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE user_identity SET last_used_at = \(now) WHERE tenant = \(.tenant) AND subject_hash = \(hash)
            """)
    }

    static func remove(
        of user: ID<User>, issuer: String, _ vault: TenantVault, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            DELETE FROM user_identity
            WHERE tenant = \(.tenant) AND user_id = \(user) AND issuer_hash = \(issuerHash(issuer, vault))
            """) == 1
    }

    static func removeAll(of user: ID<User>, in transaction: any Transaction) throws {
        try transaction.send("DELETE FROM user_identity WHERE tenant = \(.tenant) AND user_id = \(user)")
    }

    private static func read(_ row: Row) throws -> Identity {
        Identity(user: try row["user_id"], createdAt: try row["created_at"], lastUsedAt: try row["last_used_at"])
    }
}

/// Notes that somebody came from the identity provider; the first time, that this is who they are there. Throws
/// `identity.other` when either of the two belongs to somebody else already.
struct UseIdentity: Command {
    static let permission = Permission.accountOwn
    let user: ID<User>
    let issuer: String
    let subject: Redacted<String>

    func run(_ context: CommandContext) throws -> Bool {
        _ = try context.ownAccount(user)
        context.concerns(.user(user))
        let hash = IdentityStore.hash(subject.value, issuer: issuer, context.vault)
        if let known = try IdentityStore.find(subject: hash, in: context.transaction) {
            guard known.user == user else { throw Self.other }
            try IdentityStore.touch(subject: hash, now: context.now, in: context.transaction)
            return false
        }
        guard try IdentityStore.find(of: user, issuer: issuer, context.vault, in: context.transaction) == nil else {
            throw Self.other
        }
        try IdentityStore.insert(
            IdentityStore.Identity(user: user, createdAt: context.now, lastUsedAt: context.now), subject: hash,
            issuer: IdentityStore.issuerHash(issuer, context.vault), in: context.transaction)
        context.noteAccount(user, "user.identity-linked")
        return true
    }

    static var other: Fault { Fault(.conflict, "identity.other", "This identity belongs to somebody else.") }
}

/// Takes the link to the identity provider off one's own account, unless nothing would be left to sign in with.
struct RemoveIdentity: Command {
    static let permission = Permission.accountOwn
    let user: ID<User>
    let issuer: String

    func run(_ context: CommandContext) throws -> Bool {
        let account = try context.ownAccount(user)
        guard try IdentityStore.remove(of: user, issuer: issuer, context.vault, in: context.transaction) else {
            throw Fault.notFound("identity")
        }
        let left = try SignInWays.left(of: account, issuer: issuer, context.vault, in: context.transaction)
        guard left.any else { throw SignInWays.last }
        context.noteAccount(user, "user.identity-removed")
        return true
    }
}
