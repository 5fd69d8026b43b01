import Kernel
import PeopleAPI
import Store
import TimeZones
import Vault

/// Every SQL statement of patients.
enum PatientsStore {
    /// A patient's row with its sealed part closed.
    struct Stored: Sendable {
        let plain: PatientPlain
        let source: String
        let createdAt: Instant
        let updatedAt: Instant
        let sealed: Sealed<PatientRecord>

        func open(_ grant: Grant) throws -> PatientRecord {
            try sealed.open(grant, of: .patient(plain.id), id: plain.id.raw, subject: plain.keySubject)
        }

        var recordSource: FieldSource { FieldSource(source: source, at: createdAt) }
    }

    static let columns: SQL = """
        p.id, p.key_subject, p.version, p.language, p.birth_year, p.deceased, p.zone, p.source, p.created_at,
        p.updated_at, p.sealed
        """

    /// Reads `columns`, by position: this is on every hot path.
    static func stored(_ row: Row) throws -> Stored {
        Stored(
            plain: PatientPlain(
                id: try row.value(at: 0), keySubject: try row.value(at: 1), language: try row.value(at: 3),
                birthYear: try row.value(at: 4), deceased: try row.value(at: 5), zone: try row.value(at: 6),
                version: try row.value(at: 2)),
            source: try row.value(at: 7), createdAt: try row.value(at: 8), updatedAt: try row.value(at: 9),
            sealed: try row.value(at: 10))
    }

    /// `column` is one of the set: one value where there is one, so that the common case needs no list.
    static func among(_ patients: [ID<Patient>], _ column: SQL) -> SQL {
        patients.count == 1 ? "\(column) = \(patients[0])" : "\(column) IN \(list: patients)"
    }

    // MARK: Reading

    static func stored(_ patients: [ID<Patient>], in transaction: any Transaction) throws -> Asked<[Stored]> {
        if patients.isEmpty { return Asked { [] } }
        return try transaction.ask(
            "SELECT \(columns) FROM patient p WHERE p.tenant = \(.tenant) AND \(among(patients, "p.id"))"
        ).map { try $0.map(stored) }
    }

    static func plain(_ patients: [ID<Patient>], in transaction: any Transaction) throws -> [ID<Patient>: PatientPlain]
    {
        if patients.isEmpty { return [:] }
        var plain: [ID<Patient>: PatientPlain] = [:]
        let rows = try transaction.rows(
            """
            SELECT p.id, p.key_subject, p.version, p.language, p.birth_year, p.deceased, p.zone, p.region
            FROM patient p WHERE p.tenant = \(.tenant) AND \(among(patients, "p.id"))
            """)
        for row in rows {
            let id: ID<Patient> = try row["id"]
            plain[id] = PatientPlain(
                id: id, keySubject: try row["key_subject"], language: try row["language"],
                birthYear: try row["birth_year"], deceased: try row["deceased"], zone: try row["zone"],
                version: try row["version"], region: try row["region"])
        }
        return plain
    }

    /// The overlay a patient belongs to, in one statement: the rows of its primary, whichever member was named.
    static func set(of patient: ID<Patient>, in transaction: any Transaction) throws -> PatientSet {
        let rows = try transaction.rows(
            """
            SELECT patient, primary_patient FROM patient_link
            WHERE tenant = \(.tenant) AND primary_patient = COALESCE(
                (SELECT primary_patient FROM patient_link WHERE tenant = \(.tenant) AND patient = \(patient)), \(patient))
            """)
        guard let first = rows.first else { return PatientSet(patient) }
        return PatientSet(primary: try first["primary_patient"], members: try rows.map { try $0["patient"] })
    }

    /// A contact point of a card or a summary, closed.
    struct Contact: Sendable {
        let id: Int64
        let patient: ID<Patient>
        let subject: ID<KeySubject>
        let kind: String
        let use: String
        let source: FieldSource
        let shared: Bool
        let sealed: Sealed<ContactValue>

        func open(_ grant: Grant) throws -> String {
            try sealed.open(grant, of: .patient(patient), id: id, subject: subject).value
        }
    }

    /// Shared: somebody outside the person's own set can be reached there too.
    static func contacts(of patients: [ID<Patient>], in transaction: any Transaction) throws -> Asked<[Contact]> {
        try transaction.ask(
            """
            SELECT c.id, c.patient, c.key_subject, c.kind, c.use, c.source, c.recorded_at, c.sealed, EXISTS (
                SELECT 1 FROM contact_point o LEFT JOIN patient_link lo ON lo.tenant = o.tenant AND lo.patient = o.patient
                WHERE o.tenant = c.tenant AND o.term = c.term AND o.patient <> c.patient
                    AND COALESCE(lo.primary_patient, o.patient) <> COALESCE(l.primary_patient, c.patient)) AS shared
            FROM contact_point c LEFT JOIN patient_link l ON l.tenant = c.tenant AND l.patient = c.patient
            WHERE c.tenant = \(.tenant) AND \(among(patients, "c.patient")) ORDER BY c.patient, c.rank, c.id
            """
        ).map { rows in
            try rows.map { row in
                Contact(
                    id: try row["id"], patient: try row["patient"], subject: try row["key_subject"],
                    kind: try row["kind"],
                    use: try row["use"], source: FieldSource(source: try row["source"], at: try row["recorded_at"]),
                    shared: try row["shared"], sealed: try row["sealed"])
            }
        }
    }

    struct Identifier: Sendable {
        let id: Int64
        let patient: ID<Patient>
        let subject: ID<KeySubject>
        let system: String
        let source: FieldSource
        let sealed: Sealed<IdentifierValue>

        func open(_ grant: Grant) throws -> String {
            try sealed.open(grant, of: .patient(patient), id: id, subject: subject).value
        }
    }

    static func identifiers(of patients: [ID<Patient>], in transaction: any Transaction) throws -> Asked<[Identifier]> {
        try transaction.ask(
            """
            SELECT i.id, i.patient, i.key_subject, i.system, i.source, i.recorded_at, i.sealed FROM patient_identifier i
            WHERE i.tenant = \(.tenant) AND \(among(patients, "i.patient")) ORDER BY i.patient, i.id
            """
        ).map { rows in
            try rows.map { row in
                Identifier(
                    id: try row["id"], patient: try row["patient"], subject: try row["key_subject"],
                    system: try row["system"],
                    source: FieldSource(source: try row["source"], at: try row["recorded_at"]),
                    sealed: try row["sealed"])
            }
        }
    }

    struct Coverage: Sendable {
        let id: Int64
        let patient: ID<Patient>
        let subject: ID<KeySubject>
        let payer: String
        let source: FieldSource
        let sealed: Sealed<CoverageDetails>

        func open(_ grant: Grant) throws -> CoverageDetails {
            try sealed.open(grant, of: .patient(patient), id: id, subject: subject)
        }
    }

    /// Newest first.
    static func coverage(of patients: [ID<Patient>], in transaction: any Transaction) throws -> Asked<[Coverage]> {
        try transaction.ask(
            """
            SELECT v.id, v.patient, v.key_subject, v.payer, v.source, v.recorded_at, v.sealed FROM coverage v
            WHERE v.tenant = \(.tenant) AND \(among(patients, "v.patient")) ORDER BY v.patient, v.id DESC
            """
        ).map { rows in
            try rows.map { row in
                Coverage(
                    id: try row["id"], patient: try row["patient"], subject: try row["key_subject"],
                    payer: try row["payer"],
                    source: FieldSource(source: try row["source"], at: try row["recorded_at"]),
                    sealed: try row["sealed"])
            }
        }
    }

    /// The plain codes of the payers of each record's newest coverage.
    static func payers(of patients: [ID<Patient>], in transaction: any Transaction) throws -> Set<String> {
        if patients.isEmpty { return [] }
        return Set(
            try transaction.rows(
                """
                SELECT v.payer FROM coverage v WHERE v.tenant = \(.tenant) AND \(among(patients, "v.patient"))
                    AND NOT EXISTS (SELECT 1 FROM coverage newer
                        WHERE newer.tenant = \(.tenant) AND newer.patient = v.patient AND newer.id > v.id)
                """
            ).map { try $0["payer"] })
    }

    /// Who can be reached under a contact term, each person once.
    static func reachable(
        term: Int64, kind: String = "phone", in transaction: any Transaction
    ) throws -> [ID<Patient>] {
        try transaction.rows(
            """
            SELECT DISTINCT COALESCE(l.primary_patient, c.patient) AS person FROM contact_point c
            LEFT JOIN patient_link l ON l.tenant = c.tenant AND l.patient = c.patient
            WHERE c.tenant = \(.tenant) AND c.term = \(term) AND c.kind = \(kind) ORDER BY person
            """
        ).map { try $0["person"] }
    }

    /// Which of these source keys are there already.
    static func known(sourceKeys: [Int64], in transaction: any Transaction) throws -> Set<Int64> {
        Set(
            try transaction.rows(
                "SELECT source_key FROM patient WHERE tenant = \(.tenant) AND source_key IN \(list: sourceKeys)"
            ).map { try $0["source_key"] })
    }
}
