import Kernel
import Store
import StudioAPI

/// What the forms read of the versions of definitions.
enum SetupStore {
    /// One version, without its document.
    struct Version: Sendable {
        let version: Int
        let origin: DefinitionOrigin
        let publishedAt: Instant
        let publishedBy: ID<User>?
        let reason: String?

        var isRetirement: Bool { origin == .retirement }

        init(_ row: Row) throws {
            let name: String? = try row["origin"]
            version = try row["version"]
            origin = name.flatMap(DefinitionOrigin.init(rawValue:)) ?? .blueprint
            publishedAt = try row["published_at"]
            publishedBy = try row["published_by"]
            reason = try row["reason"]
        }
    }

    /// The newest first, at most 50.
    static func history(
        _ kind: DefinitionKind, _ key: String, in transaction: any Transaction
    ) throws -> [Version] {
        try transaction.rows(
            """
            SELECT version, origin, published_at, published_by, reason FROM definition
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND key = \(key) ORDER BY version DESC LIMIT 50
            """
        ).map { try Version($0) }
    }

    /// The number of the newest version; 0: there is none.
    static func newest(_ kind: DefinitionKind, _ key: String, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COALESCE(MAX(version), 0) FROM definition
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND key = \(key)
            """) ?? 0
    }

    /// What of a kind was retired and not put back since: the version in which it was, by key.
    static func retired(
        _ kind: DefinitionKind, in transaction: any Transaction
    ) throws -> [(key: String, version: Version)] {
        try transaction.rows(
            """
            SELECT d.key, d.version, d.origin, d.published_at, d.published_by, d.reason FROM definition d
            WHERE d.tenant = \(.tenant) AND d.kind = \(kind.rawValue) AND d.origin = 'retirement'
                AND \(DefinitionStore.isNewest)
            ORDER BY d.published_at DESC, d.key
            """
        ).map { (try $0["key"], try Version($0)) }
    }

    /// When each of a kind was published, by key.
    static func changed(
        _ kind: DefinitionKind, in transaction: any Transaction
    ) throws -> [String: Version] {
        var found: [String: Version] = [:]
        for row in try transaction.rows(
            """
            SELECT key, version, origin, published_at, published_by, reason FROM definition
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND state = 'published'
            """)
        {
            let key: String = try row["key"]
            found[key] = try Version(row)
        }
        return found
    }
}
