import JSON
import Kernel
package import Spine
import Store
package import Vault
package import Web

/// People who work here. A user has a sign-in name (an e-mail address, sealed and found by its keyed hash), a display
/// name, roles by key, and the locations they work at; roles and their rights are definitions.
package enum Users {
    package static let capability = Capability(
        "users", schema: [migration, provisioned, keyOwners],
        tables: [
            // The row stays, since others name it as an author; nobody can sign in with it or know who it was.
            TableRule(
                "user_account", .keySubject(column: "key_subject"), sealed: .rows(UserDetails.sealKind),
                export: .notExported(reason: "a member of the staff, in no patient's record"),
                merge: .apart(reason: "a member of the staff"),
                disposal: .scrub(leavesRows: true) { try UserStore.scrub($0.users, in: $1) }),
            TableRule(
                "api_key_owner", .none(reason: "who answers for a program's key; ids only"),
                disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] }),
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

    /// What an identity provider knows an account by, and what tells two states of an account apart.
    static let provisioned = Migration(
        "2026-11-23.trust.provisioned-users",
        [
            "ALTER TABLE user_account ADD COLUMN external_hash BLOB",
            "ALTER TABLE user_account ADD COLUMN version BIGINT",
            "ALTER TABLE user_account ADD COLUMN changed_at BIGINT",
            """
            CREATE INDEX user_account_external ON user_account (tenant, external_hash) WHERE external_hash IS NOT NULL
            """,
        ])

    /// Who of the staff answers for an API key: it ends with their access.
    static let keyOwners = Migration(
        "2026-11-23.trust.api-key-owners",
        [
            """
            CREATE TABLE api_key_owner (
                tenant BIGINT NOT NULL, api_key BIGINT NOT NULL, user_id BIGINT NOT NULL,
                PRIMARY KEY (tenant, api_key))
            """,
            "CREATE INDEX api_key_owner_user ON api_key_owner (tenant, user_id)",
        ])
}

/// Adds somebody who may sign in: with a password, hashed before the command runs, or by a link to choose one.
package struct AddUser: Command {
    package static let permission = Permission.userManage
    package static let freshSubjects = 1

    package let email: String
    package let displayName: String
    package let roles: [String]
    /// Keys of locations; nil: all.
    package let locations: [String]?
    package let passwordHash: String
    /// The token of a link to choose a password by; nil: there is one already.
    let invitation: Redacted<String>?
    /// What the caller may give; nil: the system itself sets somebody up.
    let rules: AccountRules?

    package init(email: String, displayName: String, roles: [String], locations: [String]?, passwordHash: String) {
        self.init(
            email: email, displayName: displayName, roles: roles, locations: locations, passwordHash: passwordHash,
            invitation: nil, rules: nil)
    }

    /// Somebody who chooses a password by a link with this token.
    init(
        email: String, displayName: String, roles: [String], locations: [String]?, invitation: Redacted<String>,
        rules: AccountRules
    ) {
        self.init(
            email: email, displayName: displayName, roles: roles, locations: locations, passwordHash: Password.none,
            invitation: invitation, rules: rules)
    }

    private init(
        email: String, displayName: String, roles: [String], locations: [String]?, passwordHash: String,
        invitation: Redacted<String>?, rules: AccountRules?
    ) {
        self.email = email
        self.displayName = displayName
        self.roles = roles
        self.locations = locations
        self.passwordHash = passwordHash
        self.invitation = invitation
        self.rules = rules
    }

    package func validate() throws {
        var problems: [Fault.Field] = []
        if !email.contains("@") || email.utf8.count > 254 { problems.append(.init("email", "Give an e-mail address.")) }
        if displayName.isEmpty || displayName.utf8.count > 120 { problems.append(.init("name", "Give a name.")) }
        if roles.isEmpty { problems.append(.init("roles", "Give at least one role.")) }
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        try rules?.mayGive(roles, to: nil, context)
        try rules?.mayPlace(locations ?? [], context)
        let user = try context.addAccount(
            AccountShape(
                details: UserDetails(email: email), displayName: displayName, roles: roles, locations: locations),
            passwordHash: passwordHash)
        if let invitation { _ = try context.invite(user, token: invitation) }
        return user.raw
    }
}
