import Kernel
import Store
import Vault

/// Every SQL statement of the import.
enum FHIRImportStore {
    /// A patient that came from a source.
    struct ImportedPatient: Sendable {
        let patient: ID<Patient>
        let subject: ID<KeySubject>
        let contentHash: [UInt8]
        /// The run whose event told of it last.
        let run: Int64
        let coverageAt: Instant?
        let coverageHash: [UInt8]?
    }

    private static let patientColumns: SQL = "patient, key_subject, content_hash, run, coverage_at, coverage_hash"

    private static func imported(_ row: Row) throws -> ImportedPatient {
        ImportedPatient(
            patient: try row["patient"], subject: try row["key_subject"], contentHash: try row["content_hash"],
            run: try row["run"], coverageAt: try row["coverage_at"], coverageHash: try row["coverage_hash"])
    }

    // MARK: Patients

    /// Nil for one who stands under another key; `patient(named:)` finds them too.
    static func patient(_ key: [UInt8], in transaction: any Transaction) throws -> ImportedPatient? {
        try transaction.row(
            "SELECT \(patientColumns) FROM imported_patient WHERE tenant = \(.tenant) AND source_key = \(key)"
        ).map(imported)
    }

    /// The patient that a reference means.
    static func patient(named key: [UInt8], in transaction: any Transaction) throws -> ImportedPatient? {
        if let patient = try patient(key, in: transaction) { return patient }
        let records = try records(bearing: key, in: transaction)
        return records.count == 1 ? try patient(records[0], in: transaction) : nil
    }

    static func insert(
        _ key: [UInt8], patient: ID<Patient>, subject: ID<KeySubject>, contentHash: [UInt8], run: Int64,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO imported_patient (tenant, source_key, patient, key_subject, content_hash, run)
            VALUES (\(.tenant), \(key), \(patient), \(subject), \(contentHash), \(run))
            """)
    }

    static func update(_ key: [UInt8], contentHash: [UInt8], run: Int64, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE imported_patient SET content_hash = \(contentHash), run = \(run)
            WHERE tenant = \(.tenant) AND source_key = \(key)
            """)
    }

    static func setRun(_ run: Int64, of patient: ID<Patient>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE imported_patient SET run = \(run) WHERE tenant = \(.tenant) AND patient = \(patient)")
    }

    static func setCoverage(
        _ hash: [UInt8], at moment: Instant, of patient: ID<Patient>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE imported_patient SET coverage_at = \(moment), coverage_hash = \(hash)
            WHERE tenant = \(.tenant) AND patient = \(patient)
            """)
    }

    // MARK: Identifiers

    /// The records that bear an identifier, at most two: more than one is as good as none.
    static func records(bearing identifier: [UInt8], in transaction: any Transaction) throws -> [[UInt8]] {
        try transaction.rows(
            """
            SELECT record FROM external_identifier
            WHERE tenant = \(.tenant) AND identifier = \(identifier) ORDER BY record LIMIT 2
            """
        ).map { try $0["record"] }
    }

    static func replaceIdentifiers(
        of record: [UInt8], by identifiers: [[UInt8]], patient: ID<Patient>?, isNew: Bool,
        in transaction: any Transaction
    ) throws {
        if !isNew {
            try transaction.send(
                """
                DELETE FROM external_identifier
                WHERE tenant = \(.tenant) AND record = \(record) AND is_stand_in = FALSE
                """)
        }
        for identifier in identifiers {
            try transaction.send(
                """
                INSERT INTO external_identifier (tenant, identifier, record, patient, is_stand_in)
                VALUES (\(.tenant), \(identifier), \(record), \(patient), FALSE) ON CONFLICT DO NOTHING
                """)
        }
    }

    /// Whoever names `key` means `record`, which was there when a conditional create asked.
    static func putStandIn(_ record: [UInt8], for key: [UInt8], in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO external_identifier (tenant, identifier, record, patient, is_stand_in)
            VALUES (\(.tenant), \(key), \(record),
                (SELECT patient FROM imported_patient WHERE tenant = \(.tenant) AND source_key = \(record)), TRUE)
            ON CONFLICT DO NOTHING
            """)
    }

    /// What a conditional create finds (FHIR R4 3.1.0.8.1); nil when nothing matches, so that it creates.
    static func existing(
        for key: [UInt8], condition: [UInt8]?, in transaction: any Transaction
    ) throws -> RecordOutcome? {
        guard let condition else { return nil }
        let matches = try records(bearing: condition, in: transaction)
        guard let match = matches.first else { return nil }
        if matches.count > 1 { return .ambiguous }
        try putStandIn(match, for: key, in: transaction)
        return .exists
    }

    // MARK: What belongs to nobody

    struct External: Sendable {
        let id: Int64
        let contentHash: [UInt8]
        let subject: ID<KeySubject>
    }

    static func external(_ key: [UInt8], in transaction: any Transaction) throws -> External? {
        try transaction.row(
            """
            SELECT id, content_hash, key_subject FROM external_resource
            WHERE tenant = \(.tenant) AND source_key = \(key)
            """
        ).map { External(id: try $0["id"], contentHash: try $0["content_hash"], subject: try $0["key_subject"]) }
    }

    /// The key subject that such records were sealed under last; nil when there are none.
    static func externalSubject(in transaction: any Transaction) throws -> ID<KeySubject>? {
        try transaction.value(
            "SELECT key_subject FROM external_resource WHERE tenant = \(.tenant) ORDER BY id DESC LIMIT 1")
    }

    static func insertExternal(
        _ id: Int64, key: [UInt8], type: String, contentHash: [UInt8], name: String?, npi: String?,
        subject: ID<KeySubject>, sealed: Sealed<ExternalContent>, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO external_resource
                (tenant, id, source_key, type, content_hash, name, npi, key_subject, recorded_at, sealed)
            VALUES (\(.tenant), \(id), \(key), \(type), \(contentHash), \(name), \(npi), \(subject), \(now), \(sealed))
            """)
    }

    static func updateExternal(
        _ id: Int64, contentHash: [UInt8], name: String?, npi: String?, sealed: Sealed<ExternalContent>,
        at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE external_resource SET content_hash = \(contentHash), name = \(name), npi = \(npi),
                recorded_at = \(now), sealed = \(sealed)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    // MARK: Links

    static func replaceLinks(
        of document: [UInt8], patient: ID<Patient>, by links: [RecordLink], isNew: Bool, in transaction: any Transaction
    ) throws {
        if !isNew {
            try transaction.send("DELETE FROM clinical_link WHERE tenant = \(.tenant) AND document = \(document)")
        }
        for (place, link) in links.enumerated() {
            try transaction.send(
                """
                INSERT INTO clinical_link (tenant, patient, document, role, place, target)
                VALUES (\(.tenant), \(patient), \(document), \(link.role), \(place), \(link.target))
                """)
        }
    }

    /// Whether a link's target is there: a record itself, or one that bears the identifier.
    static func isKnown(_ target: [UInt8], in transaction: any Transaction) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 AS one FROM external_resource WHERE tenant = \(.tenant) AND source_key = \(target)
            UNION ALL
            SELECT 1 AS one FROM external_identifier WHERE tenant = \(.tenant) AND identifier = \(target) LIMIT 1
            """) != nil
    }

    // MARK: Statistics

    /// As for the shelf: fresh tables have no statistics on PostgreSQL, and a bulk import does not wait for autovacuum.
    static func refreshStatistics(in transaction: any Transaction) throws {
        guard transaction.engine == .postgres else { return }
        try transaction.send("ANALYZE imported_patient")
        try transaction.send("ANALYZE external_resource")
        try transaction.send("ANALYZE external_identifier")
        try transaction.send("ANALYZE clinical_link")
    }

    // MARK: Reading

    /// Who took part in a visit and where it was: what the links of these documents lead to.
    static func linked(_ document: [UInt8], in transaction: any Transaction) throws -> [ExternalParticipant] {
        try transaction.rows(
            """
            SELECT l.role, r.id, r.type, r.name FROM clinical_link l
            JOIN external_resource r ON r.tenant = l.tenant AND r.source_key = COALESCE(
                (SELECT i.record FROM external_identifier i WHERE i.tenant = l.tenant AND i.identifier = l.target LIMIT 1),
                l.target)
            WHERE l.tenant = \(.tenant) AND l.document = \(document) ORDER BY l.place
            """
        ).map {
            ExternalParticipant(role: try $0["role"], id: try $0["id"], type: try $0["type"], name: try $0["name"])
        }
    }
}
