import Kernel
import Spine
import Store
import Web

/// A link that somebody made.
struct FeedRow: Sendable {
    let id: ID<CalendarFeed>
    let owner: ID<User>
    let source: CalendarFeed.Source
    let language: Language
    let madeAt: Instant
    let readAt: Instant?
}

/// Every SQL statement over calendar feeds.
enum FeedStore {
    static let schema = Migration(
        "2026-11-26.scheduling.calendar-feeds",
        [
            """
            CREATE TABLE calendar_feed (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, owner BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('practitioner', 'location')), source TEXT NOT NULL,
                language TEXT NOT NULL, token_hash BLOB NOT NULL, made_at BIGINT NOT NULL, read_at BIGINT,
                ended_at BIGINT, PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX calendar_feed_token ON calendar_feed (tenant, token_hash)",
            "CREATE INDEX calendar_feed_owner ON calendar_feed (tenant, owner, id) WHERE ended_at IS NULL",
        ])

    static let tables = [
        TableRule(
            "calendar_feed",
            .none(reason: "whose link it is, of which practitioner's or place's calendar: it names no patient"))
    ]

    private static let columns: SQL = "id, owner, kind, source, language, made_at, read_at"

    static func insert(_ row: FeedRow, hash: [UInt8], in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO calendar_feed (tenant, id, owner, kind, source, language, token_hash, made_at)
            VALUES (\(.tenant), \(row.id), \(row.owner), \(row.source.kind.rawValue), \(row.source.key),
                \(row.language.rawValue), \(hash), \(row.madeAt))
            """)
    }

    /// Those that have not been ended, the newest first.
    static func of(_ owner: ID<User>, in transaction: any Transaction) throws -> [FeedRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM calendar_feed
            WHERE tenant = \(.tenant) AND owner = \(owner) AND ended_at IS NULL ORDER BY id DESC
            """
        ).map(read)
    }

    static func find(hash: [UInt8], in transaction: any Transaction) throws -> FeedRow? {
        try transaction.row(
            """
            SELECT \(columns) FROM calendar_feed
            WHERE tenant = \(.tenant) AND token_hash = \(hash) AND ended_at IS NULL
            """
        ).map(read)
    }

    /// False: there is no such link of theirs, or it has ended.
    static func end(
        _ id: ID<CalendarFeed>, of owner: ID<User>, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE calendar_feed SET ended_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND owner = \(owner) AND ended_at IS NULL
            """) == 1
    }

    static func touch(_ id: ID<CalendarFeed>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send("UPDATE calendar_feed SET read_at = \(now) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    private static func read(_ row: Row) throws -> FeedRow {
        let kind: String = try row["kind"], language: String = try row["language"]
        guard let kind = CalendarFeed.Kind(rawValue: kind) else {
            throw Fault(.internalError, "calendar-feed.kind", "A calendar link has an unknown kind.")
        }
        return FeedRow(
            id: try row["id"], owner: try row["owner"], source: .init(kind, try row["source"]),
            language: Language(tag: language), madeAt: try row["made_at"], readAt: try row["read_at"])
    }
}
