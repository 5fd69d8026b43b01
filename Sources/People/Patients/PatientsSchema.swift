import Store
import Vault
import Web

/// Tables of patients. What tells who somebody is stands in `sealed`; beside it only what may be counted and sorted.
enum PatientsSchema {
    static let migration = Migration(
        "2026-11-22.people.patients",
        [
            """
            CREATE TABLE patient (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL, version BIGINT NOT NULL,
                language TEXT NOT NULL, birth_year BIGINT, deceased BOOLEAN NOT NULL, zone TEXT, region TEXT,
                source TEXT NOT NULL, source_key BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, id), CHECK (version >= 1))
            """,
            "CREATE UNIQUE INDEX patient_source ON patient (tenant, source_key) WHERE source_key IS NOT NULL",
            """
            CREATE TABLE contact_point (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('phone', 'email')), term BIGINT NOT NULL, use TEXT NOT NULL,
                rank BIGINT NOT NULL, source TEXT NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, patient, id),
                FOREIGN KEY (tenant, patient) REFERENCES patient (tenant, id))
            """,
            "CREATE UNIQUE INDEX contact_point_term ON contact_point (tenant, term, patient, kind)",
            """
            CREATE TABLE patient_identifier (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                system TEXT NOT NULL, term BIGINT NOT NULL, source TEXT NOT NULL, recorded_at BIGINT NOT NULL,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, patient, id),
                FOREIGN KEY (tenant, patient) REFERENCES patient (tenant, id))
            """,
            "CREATE UNIQUE INDEX patient_identifier_mrn ON patient_identifier (tenant, term) WHERE system = 'mrn'",
            """
            CREATE TABLE coverage (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                payer TEXT NOT NULL, source TEXT NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, patient, id),
                FOREIGN KEY (tenant, patient) REFERENCES patient (tenant, id))
            """,
            """
            CREATE TABLE patient_link (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, primary_patient BIGINT NOT NULL, linked_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, patient), CHECK (patient <> primary_patient),
                FOREIGN KEY (tenant, patient) REFERENCES patient (tenant, id),
                FOREIGN KEY (tenant, primary_patient) REFERENCES patient (tenant, id))
            """,
            "CREATE INDEX patient_link_primary ON patient_link (tenant, primary_patient)",
        ])

    static let tables = [
        TableRule(
            "patient", .patient(column: "id"), sealed: .rows(PatientRecord.sealKind),
            export: .rows(.about, opening: PatientRecord.self), merge: .follows),
        TableRule(
            "contact_point", .patient(column: "patient"), sealed: .patientRows(ContactValue.sealKind),
            export: .rows(.contact, opening: ContactValue.self), merge: .follows),
        TableRule(
            "patient_identifier", .patient(column: "patient"), sealed: .patientRows(IdentifierValue.sealKind),
            export: .rows(.about, opening: IdentifierValue.self), merge: .follows),
        TableRule(
            "coverage", .patient(column: "patient"), sealed: .patientRows(CoverageDetails.sealKind),
            export: .rows(.coverage, opening: CoverageDetails.self), merge: .follows),
        TableRule(
            "patient_link", .patient(column: "patient"), export: .plain(.about), merge: .follows,
            disposal: .deleteWhere { target in
                ["patient IN \(list: target.patients)", "primary_patient IN \(list: target.patients)"]
            }),
    ]
}
