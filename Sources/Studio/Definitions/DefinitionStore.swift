import Kernel
import Store
import StudioAPI
import Yams

/// All statements about definitions. A document is kept as YAML in its canonical form: sorted keys.
enum DefinitionStore {
    static func revision(in transaction: any Transaction) throws -> Int {
        try transaction.value("SELECT COALESCE(MAX(revision), 0) FROM definition WHERE tenant = \(.tenant)") ?? 0
    }

    /// The number of a publication: one after the other, so that no reader takes two for one.
    static func nextRevision(in transaction: any Transaction) throws -> Int {
        let next: Int? = try transaction.value(
            """
            INSERT INTO definition_head (tenant, revision)
            VALUES (\(.tenant), \(try revision(in: transaction) + 1))
            ON CONFLICT (tenant) DO UPDATE SET revision = definition_head.revision + 1
            RETURNING revision
            """)
        guard let next else { throw Fault(.internalError, "definition.revision", "A publication got no number.") }
        return next
    }

    static func published(in transaction: any Transaction) throws -> [(version: Int, document: String)] {
        try transaction.rows(
            """
            SELECT version, document FROM definition WHERE tenant = \(.tenant) AND state = 'published'
            ORDER BY kind, key
            """
        ).map { (try $0["version"], try $0["document"]) }
    }

    /// The last documents of what was retired and not put back since.
    static func retired(in transaction: any Transaction) throws -> [(version: Int, document: String)] {
        try transaction.rows(
            """
            SELECT d.version, d.document FROM definition d
            WHERE d.tenant = \(.tenant) AND d.origin = 'retirement' AND \(isNewest) ORDER BY d.kind, d.key
            """
        ).map { (try $0["version"], try $0["document"]) }
    }

    /// Whether a row `d` is the newest version of its definition.
    static let isNewest: SQL = """
        NOT EXISTS (SELECT 1 FROM definition n
            WHERE n.tenant = d.tenant AND n.kind = d.kind AND n.key = d.key AND n.version > d.version)
        """

    /// `kind/key` of what was edited or retired in the console, and stands so.
    static func edited(in transaction: any Transaction) throws -> Set<String> {
        Set(
            try transaction.rows(
                """
                SELECT d.kind, d.key FROM definition d
                WHERE d.tenant = \(.tenant) AND d.origin IN ('console', 'retirement') AND \(isNewest)
                """
            ).map { row in
                let kind: String = try row["kind"]
                let key: String = try row["key"]
                return "\(kind)/\(key)"
            })
    }

    static func versions(
        _ kind: DefinitionKind, _ key: String, in transaction: any Transaction
    ) throws -> [DefinitionVersion] {
        try transaction.rows(
            """
            SELECT version, origin, published_at, published_by, document FROM definition
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND key = \(key) ORDER BY version DESC LIMIT 200
            """
        ).map { row in
            let origin: String? = try row["origin"]
            return DefinitionVersion(
                version: try row["version"], origin: origin.flatMap(DefinitionOrigin.init(rawValue:)) ?? .blueprint,
                publishedAt: try row["published_at"], publishedBy: try row["published_by"],
                definition: try decode(try row["document"]))
        }
    }

    /// The newest documents of a kind that came from a blueprint.
    static func fromBlueprint(_ kind: DefinitionKind, in transaction: any Transaction) throws -> [AnyDefinition] {
        try transaction.rows(
            """
            SELECT d.document FROM definition d JOIN (
                SELECT key, MAX(version) AS version FROM definition
                WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND COALESCE(origin, 'blueprint') = 'blueprint'
                GROUP BY key) l ON l.key = d.key AND l.version = d.version
            WHERE d.tenant = \(.tenant) AND d.kind = \(kind.rawValue)
            """
        ).map { try decode(try $0["document"]) }
    }

    static func document(
        _ kind: DefinitionKind, _ key: String, version: Int, in transaction: any Transaction
    ) throws -> String? {
        try transaction.value(
            """
            SELECT document FROM definition
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND key = \(key) AND version = \(version)
            """)
    }

    /// Puts a new version into force; of the origin `retirement`, takes the definition out of it.
    static func publish(
        _ definition: AnyDefinition, document: String, revision: Int, at now: Instant,
        origin: DefinitionOrigin = .blueprint, by user: ID<User>? = nil, because reason: String? = nil,
        in transaction: any Transaction
    ) throws -> Int {
        let kind = definition.kind.rawValue
        let key = definition.key
        let last: Int =
            try transaction.value(
                "SELECT COALESCE(MAX(version), 0) FROM definition WHERE tenant = \(.tenant) AND kind = \(kind) AND key = \(key)"
            ) ?? 0
        // A retirement is a version of its own: the numbers move, and whoever reads them reads again.
        let state = origin == .retirement ? "retired" : "published"
        try transaction.send(
            """
            UPDATE definition SET state = 'retired'
            WHERE tenant = \(.tenant) AND kind = \(kind) AND key = \(key) AND state = 'published'
            """)
        try transaction.send(
            """
            INSERT INTO definition (tenant, kind, key, version, state, document, revision, published_at, origin,
                published_by, reason)
            VALUES (\(.tenant), \(kind), \(key), \(last + 1), \(state), \(document), \(revision), \(now),
                \(origin.rawValue), \(user), \(reason))
            """)
        return last + 1
    }

    static func encode(_ definition: AnyDefinition) throws -> String {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = true
        return try encoder.encode(definition)
    }

    static func decode(_ document: String) throws -> AnyDefinition {
        try YAMLDecoder().decode(AnyDefinition.self, from: document)
    }
}
