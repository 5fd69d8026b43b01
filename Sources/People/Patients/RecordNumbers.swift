package import Kernel
import PeopleAPI
import Spine
package import Store
package import Vault
import Web

// Record numbers: a number belongs to one patient, and to be told that it is taken is to be told that somebody is there.
//
// - A number that a record in the caller's reach has is refused: the caller can look that record up.
// - A number that only records out of their reach have is given, and disputed: it stands in both records, and whoever may
//   see both is told so on their pages and in a list. To who gave it nothing differs from a number that was free.
// - A dispute ends when the number is taken from one of the records.
// - The schema keeps one undisputed holder (`patient_identifier_mrn`): a disputed number stands there under its row's id
//   in the place of its hash, which stands in `disputed_number`.
//
// Why not refuse in neutral words: docs/decisions/009-taken-record-numbers.md.
enum RecordNumbers {
    static let migration = Migration(
        "2026-11-26.people.disputed-number",
        [
            """
            CREATE TABLE disputed_number (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, term BIGINT NOT NULL,
                found_at BIGINT NOT NULL, PRIMARY KEY (tenant, patient, id),
                FOREIGN KEY (tenant, patient) REFERENCES patient (tenant, id))
            """,
            "CREATE INDEX disputed_number_term ON disputed_number (tenant, term)",
        ])

    static let tables = [
        TableRule(
            "disputed_number", .patient(column: "patient"),
            export: .notExported(reason: "that another record has the same number; the number itself goes out"),
            merge: .follows)
    ]

    /// Whether a number, by its hash, is to be disputed when it is given to a patient. Throws `patient.mrn-taken` when a
    /// record in the caller's reach has it.
    static func isDisputed(_ term: Int64, _ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        let holders = try RecordNumberStore.holders(of: term, in: transaction)
        if holders.isEmpty { return false }
        let scopes = try Policy.scopeRows(of: holders, for: context.caller, in: transaction)
        let isSeen = holders.contains {
            Policy.decide(context.caller, .patientWrite, .patient(scopes[$0] ?? [])) == .permit
        }
        if isSeen { throw taken(nil) }
        return true
    }

    static func taken(_ cause: (any Error)?) -> Fault {
        Fault(
            .conflict, "patient.mrn-taken", "Another patient has this record number.",
            remedy: "Look the number up before adding a new patient.",
            fields: [Fault.Field("mrn", "Another patient has this number.")], cause: cause)
    }

    /// Whether a number was given to somebody else between the look and the commit.
    static func isRace(_ fault: Fault) -> Bool {
        let constraint = (fault.cause as? StoreError)?.constraint ?? ""
        return fault.category == .conflict && constraint.contains("patient_identifier")
    }
}

/// A number that stands in two records, for who may see both.
package struct DisputedNumber: Sendable {
    /// The record to which it was given while the other had it.
    package let patient: ID<Patient>
    package let holder: ID<Patient>
    /// The row of the number in the first.
    let identifier: Int64
    let foundAt: Instant
}

/// All statements about numbers in dispute.
package enum RecordNumberStore {
    /// Whose number it is: who has it undisputed, and with whom it is disputed.
    static func holders(of term: Int64, in transaction: any Transaction) throws -> [ID<Patient>] {
        try transaction.rows(
            """
            SELECT i.patient FROM patient_identifier i
            WHERE i.tenant = \(.tenant) AND i.system = 'mrn' AND i.term = \(term)
            UNION SELECT d.patient FROM disputed_number d WHERE d.tenant = \(.tenant) AND d.term = \(term)
            """
        ).map { try $0["patient"] }
    }

    static func insert(
        _ identifier: PreparedPatient.Identifier, of patient: ID<Patient>, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO disputed_number (tenant, patient, id, term, found_at)
            VALUES (\(.tenant), \(patient), \(identifier.id), \(identifier.term), \(now))
            """)
    }

    static func delete(_ identifier: Int64, of patient: ID<Patient>, in transaction: any Transaction) throws {
        try transaction.send(
            """
            DELETE FROM disputed_number
            WHERE tenant = \(.tenant) AND patient = \(patient) AND id = \(identifier)
            """)
    }

    /// All of which the caller sees both records, the newest first.
    package static func disputes(
        for caller: Caller, limit: Int, in transaction: any Transaction
    ) throws -> [DisputedNumber] {
        try read(pairs("", caller), limit: limit, in: transaction)
    }

    /// Those of some patients.
    package static func disputes(
        of patients: [ID<Patient>], for caller: Caller, limit: Int, in transaction: any Transaction
    ) throws -> [DisputedNumber] {
        // Each half finds its rows by an index; together in one condition they would not.
        let both =
            pairs(" AND d.patient IN \(list: patients)", caller) + " UNION "
            + pairs(" AND o.patient IN \(list: patients)", caller)
        return try read(both, limit: limit, in: transaction)
    }

    private static func read(
        _ pairs: SQL, limit: Int, in transaction: any Transaction
    ) throws -> [DisputedNumber] {
        try transaction.rows("\(pairs) ORDER BY found_at DESC, id DESC, holder LIMIT \(limit)").map { row in
            DisputedNumber(
                patient: try row["patient"], holder: try row["holder"], identifier: try row["id"],
                foundAt: try row["found_at"])
        }
    }

    /// A record with a disputed number beside the one that has it undisputed, and beside those with which it was disputed
    /// before.
    private static func pairs(_ condition: SQL, _ caller: Caller) -> SQL {
        let isSeen: SQL = """
            \(Policy.scope(caller, .identifierRead, patient: "d.patient"))
                AND \(Policy.scope(caller, .identifierRead, patient: "o.patient"))
            """
        return """
            SELECT d.patient AS patient, d.id AS id, d.found_at AS found_at, o.patient AS holder FROM disputed_number d
            JOIN patient_identifier o ON o.tenant = d.tenant AND o.system = 'mrn' AND o.term = d.term
            WHERE d.tenant = \(.tenant) AND o.tenant = \(.tenant)\(condition) AND \(isSeen)
            UNION SELECT d.patient AS patient, d.id AS id, d.found_at AS found_at, o.patient AS holder FROM disputed_number d
            JOIN disputed_number o ON o.tenant = d.tenant AND o.term = d.term AND o.id < d.id
            WHERE d.tenant = \(.tenant) AND o.tenant = \(.tenant)\(condition) AND \(isSeen)
            """
    }
}
