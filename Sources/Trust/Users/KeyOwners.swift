import Kernel
import Store

/// Who of the staff answers for which API key: all statements.
enum KeyOwners {
    static func set(_ key: ID<APIKey>, owner: ID<User>, in transaction: any Transaction) throws {
        try transaction.send(
            "INSERT INTO api_key_owner (tenant, api_key, user_id) VALUES (\(.tenant), \(key), \(owner))")
    }

    /// Keys in force that somebody answers for.
    static func held(by user: ID<User>, in transaction: any Transaction) throws -> [ID<APIKey>] {
        try transaction.rows(
            """
            SELECT k.id FROM api_key_owner o JOIN api_key k ON k.tenant = o.tenant AND k.id = o.api_key
            WHERE o.tenant = \(.tenant) AND o.user_id = \(user) AND k.revoked_at IS NULL ORDER BY k.id
            """
        ).map { try $0["id"] }
    }

    static func owners(in transaction: any Transaction) throws -> [ID<APIKey>: ID<User>] {
        let rows = try transaction.rows(
            "SELECT api_key, user_id FROM api_key_owner WHERE tenant = \(.tenant) ORDER BY api_key LIMIT 5000")
        return Dictionary(
            try rows.map { (try $0["api_key"], try $0["user_id"]) }, uniquingKeysWith: { first, _ in first })
    }

    static func hand(_ keys: [ID<APIKey>], to user: ID<User>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE api_key_owner SET user_id = \(user) WHERE tenant = \(.tenant) AND api_key IN \(list: keys)")
    }

    /// False: it was revoked before.
    static func revoke(_ key: ID<APIKey>, at now: Instant, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE api_key SET revoked_at = \(now) WHERE tenant = \(.tenant) AND id = \(key) AND revoked_at IS NULL"
        ) == 1
    }
}
