import ConversationsAPI
import Kernel
import Store
import Vault

/// What the consent pages read.
extension ConsentStore {
    struct Entry: Sendable {
        let id: Int64
        let patient: ID<Patient>?
        let channel: String
        let purpose: String
        let given: Bool
        let source: String
        let recordedAt: Instant
        let scope: String
        let basis: String
        let document: String?
        let expiresAt: Instant?
        let recordedBy: ID<User>?
        /// Whether a number said it, not only somebody about the person.
        let isOfNumber: Bool

        func hasExpired(at moment: Instant) -> Bool { given && expiresAt.map { $0 <= moment } ?? false }
    }

    private static let columns: SQL = """
        k.id, k.patient, k.channel, k.purpose, k.state, k.source, k.recorded_at, k.scope, k.basis, k.document,
        k.expires_at, k.recorded_by, (k.address_hash IS NOT NULL) AS of_number
        """

    private static func entry(_ row: Row) throws -> Entry {
        let state: String = try row["state"]
        return Entry(
            id: try row["id"], patient: try row["patient"], channel: try row["channel"], purpose: try row["purpose"],
            given: state == "given", source: try row["source"], recordedAt: try row["recorded_at"],
            scope: try row["scope"], basis: try row["basis"], document: try row["document"],
            expiresAt: try row["expires_at"], recordedBy: try row["recorded_by"],
            isOfNumber: try row["of_number"])
    }

    /// The newest entries about a person, newest first: their own and those of the numbers we write to them at.
    static func history(
        of patients: [ID<Patient>], limit: Int, in transaction: any Transaction
    ) throws -> [Entry] {
        let own = try transaction.rows(
            """
            SELECT \(columns) FROM contact_consent k
            WHERE k.tenant = \(.tenant) AND k.patient IN \(list: patients) ORDER BY k.id DESC LIMIT \(limit)
            """)
        let said = try transaction.rows(
            """
            SELECT \(columns) FROM conversation c
            JOIN contact_consent k ON k.tenant = c.tenant AND k.address_hash = c.address_hash
            WHERE c.tenant = \(.tenant) AND c.patient IN \(list: patients) ORDER BY k.id DESC LIMIT \(limit)
            """)
        var entries: [Int64: Entry] = [:]
        for row in own + said {
            let entry = try entry(row)
            entries[entry.id] = entry
        }
        return Array(entries.values.sorted { $0.id > $1.id }.prefix(limit))
    }

    /// The condition over words of people the caller may see, and of numbers nobody knows. What somebody said about records
    /// under 42 CFR Part 2 is as sensitive as these.
    private static func scope(_ caller: Caller, of words: SQL = "k") -> SQL {
        if Policy.seesEveryone(caller) { return "" }
        let known = Policy.scope(caller, .consentRead, patient: "\(words).patient")
        var condition: SQL = " AND (\(words).patient IS NULL OR \(known))"
        if caller.hidden.contains(.substanceUse) {
            condition = condition + " AND \(words).channel <> \(ConsentSummary.disclosure)"
        }
        return condition
    }

    /// The newest withdrawals of everybody whom the caller may see.
    static func withdrawals(for caller: Caller, limit: Int, in transaction: any Transaction) throws -> [Entry] {
        try transaction.rows(
            """
            SELECT \(columns) FROM contact_consent k
            WHERE k.tenant = \(.tenant) AND k.state = 'withdrawn'\(scope(caller)) ORDER BY k.id DESC LIMIT \(limit)
            """
        ).map(entry)
    }

    struct Count: Sendable {
        let channel: String
        let purpose: String
        var given = 0
        var withdrawn = 0
        var expired = 0
    }

    /// How the people the caller may see, and numbers, stand by channel and purpose: the newest word of each counts once.
    /// What somebody out of reach has said at a number that others share changes nothing.
    /// Goes through the whole ledger, by its indexes.
    static func counts(
        at now: Instant, for caller: Caller, in transaction: any Transaction
    ) throws -> [Count] {
        let people = try transaction.rows(
            """
            SELECT k.channel, k.purpose, k.state,
                CASE WHEN k.state = 'given' AND k.expires_at <= \(now) THEN 1 ELSE 0 END AS ended, COUNT(*) AS n
            FROM contact_consent k
            WHERE k.tenant = \(.tenant) AND k.patient IS NOT NULL AND k.address_hash IS NULL AND k.basis = 'express'\(scope(caller))
                AND NOT EXISTS (SELECT 1 FROM contact_consent o
                    WHERE o.tenant = k.tenant AND o.patient = k.patient AND o.channel = k.channel
                        AND o.purpose = k.purpose AND o.id > k.id AND o.address_hash IS NULL AND o.basis = 'express'
                        AND o.scope = k.scope)
            GROUP BY 1, 2, 3, 4
            """)
        let numbers = try transaction.rows(
            """
            SELECT k.channel, k.purpose, k.state, 0 AS ended, COUNT(*) AS n FROM contact_consent k
            WHERE k.tenant = \(.tenant) AND k.address_hash IS NOT NULL AND k.basis = 'express'\(scope(caller))
                AND NOT EXISTS (SELECT 1 FROM contact_consent o
                    WHERE o.tenant = k.tenant AND o.address_hash = k.address_hash AND o.channel = k.channel
                        AND o.purpose = k.purpose AND o.id > k.id AND o.basis = 'express'\(scope(caller, of: "o")))
            GROUP BY 1, 2, 3
            """)
        var counts: [String: Count] = [:]
        for row in people + numbers {
            let channel: String = try row["channel"], purpose: String = try row["purpose"]
            let state: String = try row["state"], ended: Int = try row["ended"], n: Int = try row["n"]
            var count = counts["\(channel) \(purpose)"] ?? Count(channel: channel, purpose: purpose)
            if ended == 1 {
                count.expired += n
            } else if state == "given" {
                count.given += n
            } else {
                count.withdrawn += n
            }
            counts["\(channel) \(purpose)"] = count
        }
        return counts.values.sorted { ($0.channel, $0.purpose) < ($1.channel, $1.purpose) }
    }
}
