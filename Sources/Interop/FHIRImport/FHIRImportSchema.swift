import Store
import Vault
import Web

/// Tables of the import. Source ids and identifiers stand as keyed hashes only.
enum FHIRImportSchema {
    static let migration = Migration(
        "2026-11-22.interop.import-fhir",
        [
            """
            CREATE TABLE imported_patient (
                tenant BIGINT NOT NULL, source_key BLOB NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                content_hash BLOB NOT NULL, run BIGINT NOT NULL, coverage_at BIGINT, coverage_hash BLOB,
                PRIMARY KEY (tenant, source_key))
            """,
            "CREATE UNIQUE INDEX imported_patient_patient ON imported_patient (tenant, patient)",
            """
            CREATE TABLE external_resource (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, source_key BLOB NOT NULL, type TEXT NOT NULL,
                content_hash BLOB NOT NULL, name TEXT, npi TEXT, key_subject BIGINT NOT NULL,
                recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX external_resource_source ON external_resource (tenant, source_key)",
            "CREATE INDEX external_resource_type ON external_resource (tenant, type, name)",
            """
            CREATE TABLE external_identifier (
                tenant BIGINT NOT NULL, identifier BLOB NOT NULL, record BLOB NOT NULL, patient BIGINT,
                is_stand_in BOOLEAN NOT NULL, PRIMARY KEY (tenant, identifier, record))
            """,
            "CREATE INDEX external_identifier_record ON external_identifier (tenant, record)",
            """
            CREATE TABLE clinical_link (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, document BLOB NOT NULL, role TEXT NOT NULL,
                place BIGINT NOT NULL, target BLOB NOT NULL, PRIMARY KEY (tenant, patient, document, role, place))
            """,
            "CREATE INDEX clinical_link_document ON clinical_link (tenant, document)",
        ])

    static let identifiersByPatient = Migration(
        "2026-11-22.interop.import-fhir-patient",
        [
            """
            CREATE INDEX external_identifier_patient ON external_identifier (tenant, patient) WHERE patient IS NOT NULL
            """
        ])

    static let tables = [
        // The hash of the source's own id stays, so that the next import does not bring the person back.
        TableRule(
            "imported_patient", .patient(column: "patient"),
            export: .notExported(reason: "hashes of what a source calls the record and of what it sent"),
            merge: .follows,
            disposal: .scrub(leavesRows: true) { target, transaction in
                try transaction.execute(
                    """
                    UPDATE imported_patient SET content_hash = \([UInt8]()), coverage_at = NULL, coverage_hash = NULL
                    WHERE tenant = \(.tenant) AND patient IN \(list: target.patients)
                        AND content_hash <> \([UInt8]())
                    """)
            }),
        TableRule(
            "external_resource", .keySubject(column: "key_subject"), sealed: .rows(ExternalContent.sealKind),
            export: .notExported(reason: "practitioners, places and medicines: about no patient"),
            merge: .apart(reason: "about no patient"),
            disposal: .kept(reason: "practitioners, places and medicines: no patient stands here")),
        TableRule(
            "external_identifier", .patient(column: "patient"),
            export: .notExported(reason: "hashes of identifiers; those the patient has go out with the record"),
            merge: .follows),
        TableRule(
            "clinical_link", .patient(column: "patient"),
            export: .notExported(reason: "hashes of what documents name; the documents go out whole"), merge: .follows),
    ]
}
