import Kernel
import Store

/// All statements of provisioning. Who was disposed of, or deleted by the provider, is not there.
enum ProvisioningStore {
    private static let visible: SQL = """
        a.tenant = \(.tenant) AND a.display_name <> '' AND NOT EXISTS (
            SELECT 1 FROM scim_removed r WHERE r.tenant = a.tenant AND r.user_id = a.id)
        """

    /// Accounts in the order of their ids.
    static func page(offset: Int, limit: Int, in transaction: any Transaction) throws -> [UserStore.Account] {
        try transaction.rows(
            """
            SELECT \(UserStore.columns) FROM user_account a WHERE \(visible) ORDER BY a.id
            LIMIT \(limit) OFFSET \(offset)
            """
        ).map(UserStore.read)
    }

    static func count(in transaction: any Transaction) throws -> Int {
        try transaction.value("SELECT COUNT(*) FROM user_account a WHERE \(visible)") ?? 0
    }

    static func find(_ ids: [ID<User>], in transaction: any Transaction) throws -> [UserStore.Account] {
        try transaction.rows(
            "SELECT \(UserStore.columns) FROM user_account a WHERE \(visible) AND a.id IN \(list: ids) ORDER BY a.id"
        ).map(UserStore.read)
    }

    /// To be changed.
    static func lock(_ id: ID<User>, in transaction: any Transaction) throws -> UserStore.Account? {
        try transaction.row(
            """
            SELECT \(UserStore.columns) FROM user_account a WHERE \(visible) AND a.id = \(id)\(SQL.forUpdate)
            """
        ).map(UserStore.read)
    }

    static func find(external hash: [UInt8], in transaction: any Transaction) throws -> [UserStore.Account] {
        try transaction.rows(
            """
            SELECT \(UserStore.columns) FROM user_account a WHERE \(visible) AND a.external_hash = \(hash) ORDER BY a.id
            """
        ).map(UserStore.read)
    }

    static func find(login hash: [UInt8], in transaction: any Transaction) throws -> [UserStore.Account] {
        try transaction.rows(
            """
            SELECT \(UserStore.columns) FROM user_account a WHERE \(visible) AND a.login_hash = \(hash)
            """
        ).map(UserStore.read)
    }

    static func isRemoved(_ user: ID<User>, in transaction: any Transaction) throws -> Bool {
        try transaction.row(
            "SELECT 1 AS one FROM scim_removed WHERE tenant = \(.tenant) AND user_id = \(user)") != nil
    }

    static func remove(_ user: ID<User>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO scim_removed (tenant, user_id, removed_at) VALUES (\(.tenant), \(user), \(now))
            ON CONFLICT (tenant, user_id) DO NOTHING
            """)
    }

    static func bringBack(_ user: ID<User>, in transaction: any Transaction) throws {
        try transaction.send("DELETE FROM scim_removed WHERE tenant = \(.tenant) AND user_id = \(user)")
    }
}
