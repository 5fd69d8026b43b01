import Kernel
import PeopleAPI
import Spine
import Store
import Vault

extension PatientsStore {
    /// Inserts a prepared patient with all that belongs to it; eight to ten short statements. `isDisputed`: somebody else
    /// has the record number.
    static func insert(
        _ patient: PreparedPatient, isDisputed: Bool = false, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO patient (tenant, id, key_subject, version, language, birth_year, deceased, zone, region, source,
                source_key, created_at, updated_at, sealed)
            VALUES (\(.tenant), \(patient.id), \(patient.subject), 1, \(patient.language), \(patient.birthYear),
                \(patient.deceased), \(patient.zone), \(patient.region), \(patient.source), \(patient.sourceKey), \(now),
                \(now), \(patient.sealed))
            """)
        for (rank, contact) in patient.contacts.enumerated() {
            try insert(
                contact, rank: rank, patient: patient.id, subject: patient.subject, source: patient.source, at: now,
                in: transaction)
        }
        for identifier in patient.identifiers {
            try transaction.send(
                """
                INSERT INTO patient_identifier
                    (tenant, patient, id, key_subject, system, term, source, recorded_at, sealed)
                VALUES (\(.tenant), \(patient.id), \(identifier.id), \(patient.subject), \(identifier.system),
                    \(isDisputed ? identifier.id : identifier.term), \(patient.source), \(now), \(identifier.sealed))
                """)
            if isDisputed {
                try RecordNumberStore.insert(identifier, of: patient.id, at: now, in: transaction)
            }
        }
        if let coverage = patient.coverage {
            try transaction.send(
                """
                INSERT INTO coverage (tenant, patient, id, key_subject, payer, source, recorded_at, sealed)
                VALUES (\(.tenant), \(patient.id), \(coverage.id), \(patient.subject), \(coverage.payer),
                    \(patient.source), \(now), \(coverage.sealed))
                """)
        }
        let locations = patient.locations.isEmpty ? [ID<Location>(raw: 0)] : patient.locations
        for location in Set(locations).sorted() {
            try transaction.send(
                """
                INSERT INTO patient_scope (tenant, patient, location, restricted, labels)
                VALUES (\(.tenant), \(patient.id), \(location), \(!patient.labels.isDisjoint(with: .hiding)),
                    \(patient.labels.rawValue))
                """)
        }
        try TermIndex.insert(patient.id.raw, terms: patient.terms, in: transaction)
    }

    static func insert(
        _ contact: PreparedPatient.Contact, rank: Int, patient: ID<Patient>, subject: ID<KeySubject>, source: String,
        at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO contact_point (tenant, patient, id, key_subject, kind, term, use, rank, source, recorded_at, sealed)
            VALUES (\(.tenant), \(patient), \(contact.id), \(subject), \(contact.kind), \(contact.term), \(contact.use),
                \(rank), \(source), \(now), \(contact.sealed))
            """)
    }

    /// Writes a changed record if its version is still the one that was read. False: somebody else was faster.
    static func update(
        _ plain: PatientPlain, record: PatientRecord, at now: Instant, vault: TenantVault,
        in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE patient SET version = version + 1, language = \(plain.language), birth_year = \(plain.birthYear),
                deceased = \(plain.deceased), zone = \(plain.zone), region = \(record.region), updated_at = \(now),
                sealed = \(try vault.seal(record, id: plain.id.raw, subject: plain.keySubject))
            WHERE tenant = \(.tenant) AND id = \(plain.id) AND version = \(plain.version)
            """) == 1
    }

    static func link(
        _ patient: ID<Patient>, to primary: ID<Patient>, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO patient_link (tenant, patient, primary_patient, linked_at)
            VALUES (\(.tenant), \(patient), \(primary), \(now))
            """)
    }

    /// False when it was not linked.
    static func unlink(_ patient: ID<Patient>, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM patient_link WHERE tenant = \(.tenant) AND patient = \(patient)") == 1
    }
}
