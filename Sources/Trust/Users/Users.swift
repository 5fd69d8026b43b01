import JSON
package import Kernel
package import Spine
package import Store
package import Vault
package import Web

/// People who work here. A user has a sign-in name (an e-mail address, sealed and found by its keyed hash), a display
/// name, roles by key, and the locations they work at; roles and their rights are definitions.
package enum Users {
    package static let capability = Capability(
        "users", schema: [migration],
        tables: [
            // The row stays, since others name it as an author; nobody can sign in with it or know who it was.
            TableRule(
                "user_account", .keySubject(column: "key_subject"), sealed: .rows(UserDetails.sealKind),
                export: .notExported(reason: "a member of the staff, in no patient's record"),
                merge: .apart(reason: "a member of the staff"),
                disposal: .scrub(leavesRows: true) { try UserStore.scrub($0.users, in: $1) })
        ],
        seals: [UserDetails.sealKind], permissions: [.userManage])

    static let migration = Migration(
        "2026-11-22.trust.users",
        [
            """
            CREATE TABLE user_account (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL, login_hash BLOB NOT NULL,
                display_name TEXT NOT NULL, roles TEXT NOT NULL, locations TEXT, state TEXT NOT NULL
                    CHECK (state IN ('active', 'suspended')),
                password TEXT NOT NULL, failures BIGINT NOT NULL, locked_until BIGINT, created_at BIGINT NOT NULL,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX user_account_login ON user_account (tenant, login_hash)",
        ])
}

/// What of a user is sealed.
package struct UserDetails: Sealable {
    package static let sealKind = SealKind(400)
    package let email: String

    package init(email: String) { self.email = email }
    package func pack(into packer: inout Packer) { packer.put(1, email) }
    package init(unpacking fields: Unpacker) throws(Fault) { email = try fields.required(1) }
}

/// Adds somebody who may sign in. The password is hashed before the command runs.
package struct AddUser: Command {
    package static let permission = Permission.userManage
    package static let freshSubjects = 1

    package let email: String
    package let displayName: String
    package let roles: [String]
    /// Keys of locations; nil: all.
    package let locations: [String]?
    package let passwordHash: String

    package init(email: String, displayName: String, roles: [String], locations: [String]?, passwordHash: String) {
        self.email = email
        self.displayName = displayName
        self.roles = roles
        self.locations = locations
        self.passwordHash = passwordHash
    }

    package func validate() throws {
        var problems: [Fault.Field] = []
        if !email.contains("@") || email.utf8.count > 254 { problems.append(.init("email", "Give an e-mail address.")) }
        if displayName.isEmpty || displayName.utf8.count > 120 { problems.append(.init("name", "Give a name.")) }
        if roles.isEmpty { problems.append(.init("roles", "Give at least one role.")) }
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        let id: ID<User> = context.newID()
        let subject = try context.takeSubject()
        let hash = UserStore.loginHash(email, context.vault)
        guard try UserStore.find(login: hash, in: context.transaction) == nil else {
            throw Fault(.conflict, "user.exists", "Somebody with this address is already here.")
        }
        try UserStore.insert(self, id: id, subject: subject, hash: hash, context: context)
        context.concerns(.user(id))
        context.emit(
            NewEvent(EventKind("user.added"), subjects: [.user(id)], body: ["roles": .array(roles.map { .string($0) })])
        )
        return id.raw
    }
}

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
    }

    package static func loginHash(_ email: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(email.lowercased().utf8), label: "login")
    }

    static func insert(
        _ user: AddUser, id: ID<User>, subject: ID<KeySubject>, hash: [UInt8], context: CommandContext
    ) throws {
        let sealed = try context.vault.seal(UserDetails(email: user.email), id: id.raw, subject: subject)
        try context.transaction.send(
            """
            INSERT INTO user_account (tenant, id, key_subject, login_hash, display_name, roles, locations, state, password,
                failures, created_at, sealed)
            VALUES (\(.tenant), \(id), \(subject), \(hash), \(user.displayName), \(user.roles.joined(separator: " ")),
                \(user.locations?.joined(separator: " ")), 'active', \(user.passwordHash), 0, \(context.now), \(sealed))
            """)
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
            "SELECT \(columns) FROM user_account WHERE tenant = \(.tenant) ORDER BY display_name, id LIMIT 1000"
        ).map(read)
    }

    /// The sign-in addresses of users, opened under a grant that covers them.
    static func addresses(
        of users: [ID<User>], grant: Grant, in transaction: any Transaction
    ) throws -> [ID<User>: String] {
        var addresses: [ID<User>: String] = [:]
        let rows = try transaction.rows(
            "SELECT id, key_subject, sealed FROM user_account WHERE tenant = \(.tenant) AND id IN \(list: users)")
        for row in rows {
            let id: ID<User> = try row["id"]
            let sealed: Sealed<UserDetails> = try row["sealed"]
            addresses[id] = try sealed.open(grant, of: .user(id), id: id.raw, subject: try row["key_subject"]).email
        }
        return addresses
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
                    state = 'suspended', password = '', failures = 0, locked_until = NULL
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
            UPDATE user_account SET state = \(state) WHERE tenant = \(.tenant) AND id = \(id) AND state <> \(state)
            """) == 1
    }

    private static let columns: SQL =
        "id, key_subject, login_hash, display_name, roles, locations, state, password"

    private static func read(_ row: Row) throws -> Account {
        let roles: String = try row["roles"]
        let locations: String? = try row["locations"]
        return Account(
            id: try row["id"], displayName: try row["display_name"],
            roles: roles.split(separator: " ").map(String.init),
            locations: locations?.split(separator: " ").map(String.init), state: try row["state"],
            passwordHash: try row["password"], loginHash: try row["login_hash"], keySubject: try row["key_subject"])
    }
}
