import Kernel
import PeopleAPI
import Spine
import Store
import Vault

/// Every SQL statement of search.
enum SearchStore {
    /// Patients that one reading of a query fits, newest first, none with an id at or above `bound`.
    ///
    /// A hit on a record that is laid over another shows the person's primary record; both must be visible to the caller.
    static func hits(
        terms: [Int64], birthYear: Int?, below bound: Int64, limit: Int, caller: Caller, in transaction: any Transaction
    ) throws -> [(hit: Int64, stored: PatientsStore.Stored)] {
        let source = TermIndex.source(matching: terms, engine: transaction.engine)
        var condition: SQL = "hit.id < \(bound)"
        if let birthYear { condition = condition + " AND p.birth_year = \(birthYear)" }
        if !Policy.seesEveryone(caller) {
            condition = condition + " AND \(Policy.scope(caller, .patientSearch, patient: "hit.id"))"
                + " AND \(Policy.scope(caller, .patientSearch, patient: "p.id"))"
        }
        return try transaction.rows(
            """
            SELECT \(PatientsStore.columns), hit.id AS hit FROM \(source) AS hit
            LEFT JOIN patient_link l ON l.tenant = \(.tenant) AND l.patient = hit.id
            JOIN patient p ON p.tenant = \(.tenant) AND p.id = COALESCE(l.primary_patient, hit.id)
            WHERE \(condition) ORDER BY hit.id DESC LIMIT \(limit)
            """
        ).map { (try $0["hit"], try PatientsStore.stored($0)) }
    }

    /// The newest records of all, for a list without a query. A record that is laid over another is left out.
    static func newest(
        below bound: Int64, limit: Int, caller: Caller, in transaction: any Transaction
    ) throws -> [(hit: Int64, stored: PatientsStore.Stored)] {
        var condition: SQL = "p.tenant = \(.tenant) AND p.id < \(bound)"
        if !Policy.seesEveryone(caller) {
            condition = condition + " AND \(Policy.scope(caller, .patientSearch, patient: "p.id"))"
        }
        return try transaction.rows(
            """
            SELECT \(PatientsStore.columns) FROM patient p
            WHERE \(condition) AND NOT EXISTS (
                SELECT 1 FROM patient_link l WHERE l.tenant = p.tenant AND l.patient = p.id)
            ORDER BY p.id DESC LIMIT \(limit)
            """
        ).map { row in
            let stored = try PatientsStore.stored(row)
            return (stored.plain.id.raw, stored)
        }
    }
}
