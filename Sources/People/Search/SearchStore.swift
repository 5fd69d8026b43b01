import Kernel
import PeopleAPI
import Spine
import Store
import Vault

/// Every SQL statement of search.
enum SearchStore {
    /// A row that fits, with the sealed record number beside it.
    struct Row: Sendable {
        let hit: Int64
        let stored: PatientsStore.Stored
        let mrn: (id: Int64, sealed: Sealed<IdentifierValue>)?
    }

    private static let columns: SQL = "\(PatientsStore.columns), i.id AS mrn, i.sealed AS mrn_sealed"
    private static let recordNumber: SQL = """
        LEFT JOIN patient_identifier i ON i.tenant = \(.tenant) AND i.patient = p.id AND i.system = 'mrn'
        """

    private static func row(_ row: Store.Row, hit: Int64) throws -> Row {
        let id: Int64? = try row["mrn"]
        let mrn = try id.map { (id: $0, sealed: try row["mrn_sealed"] as Sealed<IdentifierValue>) }
        return Row(hit: hit, stored: try PatientsStore.stored(row), mrn: mrn)
    }

    /// Patients that one reading of a query fits, newest first, none with an id at or above `bound`.
    ///
    /// A hit on a record that is laid over another shows the person's primary record; both must be visible to the caller.
    static func hits(
        terms: [Int64], birthYear: Int?, below bound: Int64, limit: Int, caller: Caller, in transaction: any Transaction
    ) throws -> [Row] {
        let source = TermIndex.source(matching: terms, engine: transaction.engine)
        var condition: SQL = "hit.id < \(bound)"
        if let birthYear { condition = condition + " AND p.birth_year = \(birthYear)" }
        if !Policy.seesEveryone(caller) {
            condition =
                condition + " AND \(Policy.scope(caller, .patientSearch, patient: "hit.id"))"
                + " AND \(Policy.scope(caller, .patientSearch, patient: "p.id"))"
        }
        return try transaction.rows(
            """
            SELECT \(columns), hit.id AS hit FROM \(source) AS hit
            LEFT JOIN patient_link l ON l.tenant = \(.tenant) AND l.patient = hit.id
            JOIN patient p ON p.tenant = \(.tenant) AND p.id = COALESCE(l.primary_patient, hit.id)
            \(recordNumber) WHERE \(condition) ORDER BY hit.id DESC LIMIT \(limit)
            """
        ).map { try row($0, hit: try $0["hit"]) }
    }

    /// The newest records of all, for a list without a query. A record that is laid over another is left out.
    static func newest(
        below bound: Int64, limit: Int, caller: Caller, in transaction: any Transaction
    ) throws -> [Row] {
        var condition: SQL = "p.tenant = \(.tenant) AND p.id < \(bound)"
        if !Policy.seesEveryone(caller) {
            condition = condition + " AND \(Policy.scope(caller, .patientSearch, patient: "p.id"))"
        }
        return try transaction.rows(
            """
            SELECT \(columns) FROM patient p \(recordNumber)
            WHERE \(condition) AND NOT EXISTS (
                SELECT 1 FROM patient_link l WHERE l.tenant = p.tenant AND l.patient = p.id)
            ORDER BY p.id DESC LIMIT \(limit)
            """
        ).map { try row($0, hit: try $0.value(at: 0)) }
    }
}
