import Kernel
import PeopleAPI
import Store
import Vault

/// Every SQL statement of clinical documents.
enum DocumentsStore {
    struct Stored: Sendable {
        let id: Int64
        let patient: ID<Patient>
        let subject: ID<KeySubject>
        let type: String
        let code: String?
        let codeSystem: String?
        let primaryAt: Instant?
        let source: String
        let recordedAt: Instant
        let sealed: Sealed<DocumentContent>

        func open(_ grant: Grant) throws -> DocumentContent {
            try sealed.open(grant, of: .patient(patient), id: id, subject: subject)
        }
    }

    private static let columns: SQL = """
        d.id, d.patient, d.key_subject, d.type, d.code, d.code_system, d.primary_at, d.source, d.recorded_at, d.sealed
        """

    private static func stored(_ row: Row) throws -> Stored {
        Stored(
            id: try row["id"], patient: try row["patient"], subject: try row["key_subject"], type: try row["type"],
            code: try row["code"], codeSystem: try row["code_system"], primaryAt: try row["primary_at"],
            source: try row["source"], recordedAt: try row["recorded_at"], sealed: try row["sealed"])
    }

    static func known(
        _ sourceHash: [UInt8], in transaction: any Transaction
    ) throws -> (id: Int64, contentHash: [UInt8])? {
        guard
            let row = try transaction.row(
                "SELECT id, content_hash FROM clinical_document WHERE tenant = \(.tenant) AND source_hash = \(sourceHash)"
            )
        else { return nil }
        return (try row["id"], try row["content_hash"])
    }

    /// PostgreSQL takes a table without statistics for an empty one, and then finds a document by any index that begins
    /// with the tenant: a bulk import would read the whole shelf for each document until autovacuum comes round. SQLite
    /// prefers the unique index by itself.
    static func refreshStatistics(in transaction: any Transaction) throws {
        if transaction.engine == .postgres { try transaction.execute("ANALYZE clinical_document") }
    }

    static func insert(
        _ document: NewClinicalDocument, id: Int64, sealed: Sealed<DocumentContent>, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO clinical_document (tenant, patient, id, key_subject, type, code, code_system, primary_at, source,
                source_hash, content_hash, recorded_at, labels, sealed)
            VALUES (\(.tenant), \(document.patient), \(id), \(document.keySubject), \(document.type), \(document.code),
                \(document.codeSystem), \(document.primaryAt), \(document.source), \(document.sourceHash),
                \(document.contentHash), \(now), \(document.labels.rawValue), \(sealed))
            """)
    }

    /// The document may have moved to another patient at its source: then it moves here too.
    static func update(
        _ document: NewClinicalDocument, id: Int64, sealed: Sealed<DocumentContent>, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE clinical_document SET patient = \(document.patient), key_subject = \(document.keySubject),
                type = \(document.type), code = \(document.code), code_system = \(document.codeSystem),
                primary_at = \(document.primaryAt), source = \(document.source), content_hash = \(document.contentHash),
                recorded_at = \(now), labels = \(document.labels.rawValue), sealed = \(sealed)
            WHERE tenant = \(.tenant) AND source_hash = \(document.sourceHash)
            """)
    }

    /// Those that no label hides from the caller, of a set whose members the caller may see.
    private static func seen(_ set: PatientSet, _ caller: Caller) -> SQL {
        let among: SQL = "\(PatientsStore.among(set.members, "d.patient"))"
        return among + " AND \(Policy.seen(caller, .clinicalRead, patient: "d.patient", labels: "d.labels"))"
    }

    static func counts(
        of set: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> [(type: String, count: Int)] {
        try transaction.rows(
            """
            SELECT d.type, COUNT(*) AS documents FROM clinical_document d
            WHERE d.tenant = \(.tenant) AND \(seen(set, caller))
            GROUP BY d.type ORDER BY d.type
            """
        ).map { (try $0["type"], try $0["documents"]) }
    }

    /// The newest of one type, by when they were true.
    static func newest(
        _ type: String, of set: PatientSet, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [Stored] {
        try transaction.rows(
            """
            SELECT \(columns) FROM clinical_document d
            WHERE d.tenant = \(.tenant) AND \(seen(set, caller)) AND d.type = \(type)
            ORDER BY COALESCE(d.primary_at, 0) DESC, d.id DESC LIMIT \(limit)
            """
        ).map(stored)
    }

    /// A page of all, newest first by when they were true; those without a date come last.
    static func page(
        of set: PatientSet, before place: (at: Int64, id: Int64)?, limit: Int, for caller: Caller,
        in transaction: any Transaction
    ) throws -> [Stored] {
        var condition: SQL = ""
        if let place {
            condition =
                " AND (COALESCE(d.primary_at, 0) < \(place.at) OR (COALESCE(d.primary_at, 0) = \(place.at) AND d.id < \(place.id)))"
        }
        return try transaction.rows(
            """
            SELECT \(columns) FROM clinical_document d
            WHERE d.tenant = \(.tenant) AND \(seen(set, caller))\(condition)
            ORDER BY COALESCE(d.primary_at, 0) DESC, d.id DESC LIMIT \(limit)
            """
        ).map(stored)
    }

    static func document(
        _ id: Int64, of set: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> Stored? {
        try transaction.rows(
            """
            SELECT \(columns) FROM clinical_document d
            WHERE d.tenant = \(.tenant) AND \(seen(set, caller)) AND d.id = \(id)
            """
        ).first.map(stored)
    }
}
