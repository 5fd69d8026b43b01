package import Kernel
import Spine
package import Store
package import Vault

/// All statements about users.
package enum UserStore {
    package struct Account: Sendable {
        package let id: ID<User>
        package let displayName: String
        package let roles: [String]
        package let locations: [String]?
        package let state: String
        package let passwordHash: String
        package let loginHash: [UInt8]
        package let keySubject: ID<KeySubject>
        /// One up with each change of what the account is.
        let version: Int
        let createdAt: Instant
        let changedAt: Instant

        /// Whether this person was disposed of: the account stays as an author without a name, and nobody is behind it.
        var isDisposed: Bool { loginHash == Array(id.text.utf8) }
        /// Whether there is a password to sign in with.
        var hasPassword: Bool { Password.isUsable(passwordHash) }
    }

    package static func loginHash(_ email: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(email.lowercased().utf8), label: "login")
    }

    static func externalHash(_ id: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(id.utf8), label: "external-id")
    }

    static func insert(
        _ shape: AccountShape, id: ID<User>, subject: ID<KeySubject>, passwordHash: String, context: CommandContext
    ) throws {
        let vault = context.vault
        let sealed = try vault.seal(shape.details, id: id.raw, subject: subject)
        try context.transaction.send(
            """
            INSERT INTO user_account (tenant, id, key_subject, login_hash, display_name, roles, locations, state, password,
                failures, created_at, sealed, external_hash, version, changed_at)
            VALUES (\(.tenant), \(id), \(subject), \(loginHash(shape.details.email, vault)), \(shape.displayName),
                \(shape.roles.joined(separator: " ")), \(shape.locations?.joined(separator: " ")),
                \(shape.isActive ? "active" : "suspended"), \(passwordHash), 0, \(context.now), \(sealed),
                \(shape.details.externalID.map { externalHash($0, vault) }), 1, \(context.now))
            """)
    }

    /// Writes what an account is now, one version up. False: it is another version already.
    static func update(_ account: Account, to shape: AccountShape, context: CommandContext) throws -> Bool {
        let vault = context.vault
        let sealed = try vault.seal(shape.details, id: account.id.raw, subject: account.keySubject)
        return try context.transaction.execute(
            """
            UPDATE user_account SET login_hash = \(loginHash(shape.details.email, vault)),
                display_name = \(shape.displayName), roles = \(shape.roles.joined(separator: " ")),
                locations = \(shape.locations?.joined(separator: " ")),
                state = \(shape.isActive ? "active" : "suspended"), sealed = \(sealed),
                external_hash = \(shape.details.externalID.map { externalHash($0, vault) }),
                version = \(account.version + 1), changed_at = \(context.now)
            WHERE tenant = \(.tenant) AND id = \(account.id) AND COALESCE(version, 1) = \(account.version)
            """) == 1
    }

    package static func find(login hash: [UInt8], in transaction: any Transaction) throws -> Account? {
        try transaction.row("SELECT \(columns) FROM user_account WHERE tenant = \(.tenant) AND login_hash = \(hash)")
            .map(read)
    }

    package static func find(_ id: ID<User>, in transaction: any Transaction) throws -> Account? {
        try transaction.row("SELECT \(columns) FROM user_account WHERE tenant = \(.tenant) AND id = \(id)").map(read)
    }

    package static func all(in transaction: any Transaction) throws -> [Account] {
        try transaction.rows(
            """
            SELECT \(columns) FROM user_account WHERE tenant = \(.tenant) AND display_name <> ''
            ORDER BY display_name, id LIMIT 1000
            """
        ).map(read)
    }

    /// Active accounts, for what must be decided about all of them at once.
    static func locked(in transaction: any Transaction) throws -> [Account] {
        try transaction.rows(
            """
            SELECT \(columns) FROM user_account WHERE tenant = \(.tenant) AND state = 'active'
            ORDER BY id\(SQL.forUpdate)
            """
        ).map(read)
    }

    /// The sign-in addresses of users, opened under a grant that covers them.
    static func addresses(
        of users: [ID<User>], grant: Grant, in transaction: any Transaction
    ) throws -> [ID<User>: String] {
        try details(of: users, grant: grant, in: transaction).mapValues(\.email)
    }

    /// What of users is sealed, opened under a grant that covers them. Who was disposed of is left out.
    static func details(
        of users: [ID<User>], grant: Grant, in transaction: any Transaction
    ) throws -> [ID<User>: UserDetails] {
        var details: [ID<User>: UserDetails] = [:]
        let rows = try transaction.rows(
            """
            SELECT id, key_subject, sealed FROM user_account
            WHERE tenant = \(.tenant) AND id IN \(list: users) AND display_name <> ''
            """)
        for row in rows {
            let id: ID<User> = try row["id"]
            let sealed: Sealed<UserDetails> = try row["sealed"]
            details[id] = try sealed.open(grant, of: .user(id), id: id.raw, subject: try row["key_subject"])
        }
        return details
    }

    /// When each user was last here.
    static func lastSeen(in transaction: any Transaction) throws -> [ID<User>: Instant] {
        let rows = try transaction.rows(
            "SELECT user_id, MAX(seen_at) AS seen FROM user_session WHERE tenant = \(.tenant) GROUP BY user_id")
        return Dictionary(try rows.map { (try $0["user_id"], try $0["seen"]) }, uniquingKeysWith: { first, _ in first })
    }

    /// Takes away everything of users that could be known again; how many there were. The hash becomes the id's own bytes,
    /// which no address has.
    static func scrub(_ users: [ID<User>], in transaction: any Transaction) throws -> Int {
        var count = 0
        for user in users {
            let nobody = Array(user.text.utf8)
            count += try transaction.execute(
                """
                UPDATE user_account SET login_hash = \(nobody), display_name = '', roles = '', locations = NULL,
                    state = 'suspended', password = '', failures = 0, locked_until = NULL, external_hash = NULL
                WHERE tenant = \(.tenant) AND id = \(user) AND login_hash <> \(nobody)
                """)
        }
        return count
    }

    static func names(of users: [ID<User>], in transaction: any Transaction) throws -> [(ID<User>, String)] {
        try transaction.rows(
            "SELECT id, display_name FROM user_account WHERE tenant = \(.tenant) AND id IN \(list: users)"
        ).map { (try $0["id"], try $0["display_name"]) }
    }

    static func setPassword(_ id: ID<User>, _ hash: String, in transaction: any Transaction) throws {
        try transaction.send("UPDATE user_account SET password = \(hash) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    /// False: there is nobody of that id in another state.
    static func setState(_ id: ID<User>, _ state: String, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE user_account SET state = \(state), version = COALESCE(version, 1) + 1
            WHERE tenant = \(.tenant) AND id = \(id) AND state <> \(state)
            """) == 1
    }

    static let columns: SQL =
        """
        id, key_subject, login_hash, display_name, roles, locations, state, password, version, created_at, changed_at
        """

    static func read(_ row: Row) throws -> Account {
        let roles: String = try row["roles"]
        let locations: String? = try row["locations"]
        let version: Int? = try row["version"]
        let created: Instant = try row["created_at"]
        let changed: Instant? = try row["changed_at"]
        return Account(
            id: try row["id"], displayName: try row["display_name"],
            roles: roles.split(separator: " ").map(String.init),
            locations: locations?.split(separator: " ").map(String.init), state: try row["state"],
            passwordHash: try row["password"], loginHash: try row["login_hash"], keySubject: try row["key_subject"],
            version: version ?? 1, createdAt: created, changedAt: changed ?? created)
    }
}
