import Kernel
package import Spine
import Store
package import Vault
import Web

// Invitations: how somebody new gets a password of their own without anybody else ever knowing one.
//
// - Somebody new gets a link, and an administrator can make further ones; it is shown once and told to the person by a
//   way of their choice.
// - It holds for three days and for one use, and only while the account may come in. A newer one makes the older void.
// - The link holds a random token, the database only its keyed hash.
// - Using it sets the password, ends every session there was, and leads to the sign-in page, where a second step is asked
//   for as ever.

package enum Invitation {}

enum Invitations {
    static let lifetime: Duration = .days(3)

    static let capability = Capability(
        "invitations",
        schema: [
            Migration(
                "2026-11-23.trust.invitations",
                [
                    """
                    CREATE TABLE invitation (
                        tenant BIGINT NOT NULL, id BIGINT NOT NULL, user_id BIGINT NOT NULL, token_hash BLOB NOT NULL,
                        made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT, revoked_at BIGINT,
                        PRIMARY KEY (tenant, id), CHECK (made_at <= expires_at))
                    """,
                    "CREATE UNIQUE INDEX invitation_token ON invitation (tenant, token_hash)",
                    "CREATE INDEX invitation_user ON invitation (tenant, user_id)",
                    "CREATE INDEX invitation_expiry ON invitation (tenant, expires_at)",
                ])
        ],
        tables: [
            TableRule(
                "invitation", .none(reason: "hashes of random tokens, gone within weeks"),
                disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] })
        ],
        recurring: [
            Recurring("invitation-purge", every: .hours(6)) { spine, tenant in
                let now = spine.clock.now()
                _ = try await spine.database.write(tenant) {
                    try InvitationStore.purge(expiredBefore: now - .days(30), in: $0)
                }
                return 0
            }
        ])

    static func hash(_ token: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(token.utf8), label: "invitation")
    }

    /// A link that is no longer good, or never was: the same whatever the reason.
    static var gone: Fault { Fault(.notFound, "invitation.gone", "This invitation is no longer good.") }
}

/// Makes a link for somebody; the ones before it are void. The token is made by the caller, who shows it once.
package struct InviteUser: Command {
    package static let permission = Permission.userManage
    let user: ID<User>
    let token: Redacted<String>
    let rules: AccountRules

    package func run(_ context: CommandContext) throws -> Int64 {
        guard let account = try UserStore.find(user, in: context.transaction), account.state == "active" else {
            throw Fault.notFound("user")
        }
        if context.caller.actor == .user(user) { throw AccountRules.own }
        // Whoever holds the link can become this person: it gives their rights.
        try rules.mayGive(account.roles, to: user, context)
        return try context.invite(user, token: token).raw
    }
}

extension CommandContext {
    /// Makes a link for somebody whose rights the caller may give.
    func invite(_ user: ID<User>, token: Redacted<String>) throws -> ID<Invitation> {
        try InvitationStore.revokeAll(of: user, at: now, in: transaction)
        let id: ID<Invitation> = newID()
        try InvitationStore.insert(
            id, user: user, hash: Invitations.hash(token.value, vault), at: now, until: now + Invitations.lifetime,
            in: transaction)
        noteAccount(user, "user.invited")
        return id
    }
}

/// Uses a link up: the password is the person's own from now on. Of two who use it at once one is too late.
package struct AcceptInvitation: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    let token: Redacted<String>
    let passwordHash: Redacted<String>

    package func run(_ context: CommandContext) throws -> Bool {
        let account = try context.ownAccount(user)
        let hash = Invitations.hash(token.value, context.vault)
        guard try InvitationStore.use(hash, of: user, at: context.now, in: context.transaction) else {
            throw Invitations.gone
        }
        try UserStore.setPassword(user, passwordHash.value, in: context.transaction)
        try SignInWaits.forget(account: account.loginHash, in: context.transaction)
        _ = try SessionStore.endAll(of: user, now: context.now, in: context.transaction)
        context.noteAccount(user, "user.invitation-used")
        return true
    }
}

/// All statements about invitations.
enum InvitationStore {
    static func insert(
        _ id: ID<Invitation>, user: ID<User>, hash: [UInt8], at now: Instant, until end: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO invitation (tenant, id, user_id, token_hash, made_at, expires_at)
            VALUES (\(.tenant), \(id), \(user), \(hash), \(now), \(end))
            """)
    }

    /// Whose link this is, while it is good.
    static func user(_ hash: [UInt8], at now: Instant, in transaction: any Transaction) throws -> ID<User>? {
        try transaction.value(
            """
            SELECT i.user_id FROM invitation i
                JOIN user_account a ON a.tenant = i.tenant AND a.id = i.user_id AND a.state = 'active'
            WHERE i.tenant = \(.tenant) AND i.token_hash = \(hash) AND i.used_at IS NULL AND i.revoked_at IS NULL
                AND i.expires_at > \(now)
            """)
    }

    static func use(
        _ hash: [UInt8], of user: ID<User>, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE invitation SET used_at = \(now)
            WHERE tenant = \(.tenant) AND token_hash = \(hash) AND user_id = \(user) AND used_at IS NULL
                AND revoked_at IS NULL AND expires_at > \(now)
            """) == 1
    }

    static func revokeAll(of user: ID<User>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE invitation SET revoked_at = \(now)
            WHERE tenant = \(.tenant) AND user_id = \(user) AND used_at IS NULL AND revoked_at IS NULL
            """)
    }

    /// Until when somebody's open invitation is good.
    static func open(of user: ID<User>, at now: Instant, in transaction: any Transaction) throws -> Instant? {
        try transaction.value(
            """
            SELECT expires_at FROM invitation
            WHERE tenant = \(.tenant) AND user_id = \(user) AND used_at IS NULL AND revoked_at IS NULL
                AND expires_at > \(now)
            ORDER BY expires_at DESC LIMIT 1
            """)
    }

    static func purge(expiredBefore moment: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.execute("DELETE FROM invitation WHERE tenant = \(.tenant) AND expires_at < \(moment)")
    }
}
