import Foundation
package import Kernel
package import Store
import Vault

/// A caller's promise that two requests with this key are the same request.
package struct IdempotencyKey: Sendable, Equatable {
    package let key: String

    /// 1–200 printable ASCII characters. Source: draft-ietf-httpapi-idempotency-key-header.
    package init?(_ key: String) {
        guard (1...200).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.key = key
    }
}

/// Results kept for a day by caller and key, sealed; another payload under the same key is refused.
package enum Idempotency {
    package static let migration = Migration(
        "2026-11-22.spine.idempotency",
        [
            """
            CREATE TABLE idempotency (
                tenant BIGINT NOT NULL, caller_kind TEXT NOT NULL, caller BIGINT NOT NULL, key_hash BLOB NOT NULL,
                payload_hash BLOB NOT NULL, key_subject BIGINT NOT NULL, result_id BIGINT NOT NULL, sealed BLOB NOT NULL,
                expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, caller_kind, caller, key_hash))
            """,
            "CREATE INDEX idempotency_expiry ON idempotency (tenant, expires_at)",
        ])

    static let lifetime: Duration = .days(1)

    struct StoredResult: Sealable {
        static let sealKind = SealKind(20)
        let json: [UInt8]

        init(json: [UInt8]) { self.json = json }
        func pack(into packer: inout Packer) { packer.put(1, bytes: json) }
        init(unpacking fields: Unpacker) throws(Fault) { json = fields.bytes(1) ?? [] }
    }

    /// What stands under a caller's key.
    enum Claim<Result> {
        /// Nothing stood there: the key now belongs to this transaction, which must `store` its result.
        case fresh
        case earlier(Result)
    }

    /// Takes the key for this transaction, or gives the result of an earlier run. A request with the same key that is
    /// under way is waited for by the key's row, before the command's effect can meet its twin's. Throws
    /// `idempotency.payload` when the payload differs.
    static func claim<Result: Codable>(
        _ key: IdempotencyKey, payload: [UInt8], as _: Result.Type, in context: CommandContext
    ) throws -> Claim<Result> {
        let hash = context.vault.keyedHash(Array(key.key.utf8), label: "idempotency")
        let actor = context.caller.actor
        try context.transaction.send(
            """
            DELETE FROM idempotency WHERE tenant = \(.tenant) AND caller_kind = \(actor.kind) AND caller = \(actor.raw)
                AND key_hash = \(hash) AND expires_at <= \(context.now)
            """)
        let taken = try context.transaction.execute(
            """
            INSERT INTO idempotency
                (tenant, caller_kind, caller, key_hash, payload_hash, key_subject, result_id, sealed, expires_at)
            VALUES (\(.tenant), \(actor.kind), \(actor.raw), \(hash), \(payload), 0, 0, \([UInt8]()),
                \(context.now + lifetime))
            ON CONFLICT DO NOTHING
            """)
        if taken == 1 { return .fresh }
        guard
            let row = try context.transaction.row(
                """
                SELECT payload_hash, key_subject, result_id, sealed FROM idempotency
                WHERE tenant = \(.tenant) AND caller_kind = \(actor.kind) AND caller = \(actor.raw) AND key_hash = \(hash)
                """)
        else { throw Fault(.unavailable, "idempotency.busy", "The same request is under way.", remedy: "Try again.") }
        let stored: [UInt8] = try row["payload_hash"]
        guard stored == payload else {
            throw Fault(
                .unprocessable, "idempotency.payload", "This idempotency key was used for another request.",
                remedy: "Use a new key for a new request.")
        }
        let sealed: Sealed<StoredResult> = try row["sealed"]
        // The stored answer goes to the caller who got it the first time, so its own subject is the tenant.
        let grant = try context.access.grantForOwnAnswer()
        let value = try sealed.open(grant, of: .tenant, id: try row["result_id"], subject: try row["key_subject"])
        return .earlier(try JSONDecoder().decode(Result.self, from: Data(value.json)))
    }

    /// Puts the result under the key that `claim` took in this transaction.
    static func store(_ key: IdempotencyKey, result: some Codable, in context: CommandContext) throws {
        let subject = try context.takeSubject()
        let id = context.ids.nextRaw()
        let hash = context.vault.keyedHash(Array(key.key.utf8), label: "idempotency")
        let actor = context.caller.actor
        let sealed = try context.vault.seal(
            StoredResult(json: Array(try JSONEncoder().encode(result))), id: id, subject: subject)
        try context.transaction.send(
            """
            UPDATE idempotency SET key_subject = \(subject), result_id = \(id), sealed = \(sealed)
            WHERE tenant = \(.tenant) AND caller_kind = \(actor.kind) AND caller = \(actor.raw) AND key_hash = \(hash)
            """)
    }

    /// Deletes what has expired, at most `limit` rows; their keys are disposed of by the caller.
    static func purge(before now: Instant, limit: Int, in transaction: any Transaction) throws -> [ID<KeySubject>] {
        let rows = try transaction.rows(
            """
            SELECT caller_kind, caller, key_hash, key_subject FROM idempotency
            WHERE tenant = \(.tenant) AND expires_at <= \(now) ORDER BY expires_at LIMIT \(limit)
            """)
        return try rows.map { row in
            let kind: String = try row["caller_kind"]
            let caller: Int64 = try row["caller"]
            let hash: [UInt8] = try row["key_hash"]
            try transaction.send(
                """
                DELETE FROM idempotency
                WHERE tenant = \(.tenant) AND caller_kind = \(kind) AND caller = \(caller) AND key_hash = \(hash)
                """)
            return try row["key_subject"]
        }
    }
}

extension Spine {
    /// Deletes stored answers that have expired and disposes of their keys, at most `limit`; how many.
    package func purgeIdempotency(tenant: ID<Tenant>, limit: Int = 500) async throws -> Int {
        let now = clock.now()
        let subjects = try await database.write(tenant) {
            try Idempotency.purge(before: now, limit: limit, in: $0)
        }
        let vault = try await vault(tenant)
        _ = try await vault.dispose(subjects)
        return subjects.count
    }
}
