import Kernel
import Store
import StudioAPI
import Yams

/// All statements about definitions. A document is kept as YAML in its canonical form: sorted keys.
enum DefinitionStore {
    static func revision(in transaction: any Transaction) throws -> Int {
        try transaction.value("SELECT COALESCE(MAX(revision), 0) FROM definition WHERE tenant = \(.tenant)") ?? 0
    }

    static func published(in transaction: any Transaction) throws -> [(version: Int, document: String)] {
        try transaction.rows(
            """
            SELECT version, document FROM definition WHERE tenant = \(.tenant) AND state = 'published'
            ORDER BY kind, key
            """
        ).map { (try $0["version"], try $0["document"]) }
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

    static func publish(
        _ definition: AnyDefinition, document: String, revision: Int, at now: Instant, in transaction: any Transaction
    ) throws -> Int {
        let kind = definition.kind.rawValue
        let key = definition.key
        let last: Int =
            try transaction.value(
                "SELECT COALESCE(MAX(version), 0) FROM definition WHERE tenant = \(.tenant) AND kind = \(kind) AND key = \(key)"
            ) ?? 0
        try transaction.send(
            """
            UPDATE definition SET state = 'retired'
            WHERE tenant = \(.tenant) AND kind = \(kind) AND key = \(key) AND state = 'published'
            """)
        try transaction.send(
            """
            INSERT INTO definition (tenant, kind, key, version, state, document, revision, published_at)
            VALUES (\(.tenant), \(kind), \(key), \(last + 1), 'published', \(document), \(revision), \(now))
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
