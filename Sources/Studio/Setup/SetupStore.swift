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
        ).map { row in
            let origin: String? = try row["origin"]
            return Version(
                version: try row["version"], origin: origin.flatMap(DefinitionOrigin.init(rawValue:)) ?? .blueprint,
                publishedAt: try row["published_at"], publishedBy: try row["published_by"], reason: try row["reason"])
        }
    }

    /// The number of the newest version; 0: there is none.
    static func newest(_ kind: DefinitionKind, _ key: String, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COALESCE(MAX(version), 0) FROM definition
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND key = \(key)
            """) ?? 0
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
            let origin: String? = try row["origin"]
            let key: String = try row["key"]
            found[key] = Version(
                version: try row["version"], origin: origin.flatMap(DefinitionOrigin.init(rawValue:)) ?? .blueprint,
                publishedAt: try row["published_at"], publishedBy: try row["published_by"], reason: try row["reason"])
        }
        return found
    }
}
