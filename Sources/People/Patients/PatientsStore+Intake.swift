import Kernel
import PeopleAPI
import Store

extension PatientsStore {
    static func insert(
        _ identifier: PreparedPatient.Identifier, isDisputed: Bool = false, patient: PatientPlain, source: String,
        at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO patient_identifier (tenant, patient, id, key_subject, system, term, source, recorded_at, sealed)
            VALUES (\(.tenant), \(patient.id), \(identifier.id), \(patient.keySubject), \(identifier.system),
                \(isDisputed ? identifier.id : identifier.term), \(source), \(now), \(identifier.sealed))
            """)
        if isDisputed { try RecordNumberStore.insert(identifier, of: patient.id, at: now, in: transaction) }
    }

    static func insert(
        _ coverage: PreparedPatient.Coverage, patient: PatientPlain, source: String, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO coverage (tenant, patient, id, key_subject, payer, source, recorded_at, sealed)
            VALUES (\(.tenant), \(patient.id), \(coverage.id), \(patient.keySubject), \(coverage.payer), \(source),
                \(now), \(coverage.sealed))
            """)
    }

    /// Changes what a way to reach somebody is for and its place among the others; the value stays.
    static func update(
        _ contact: Int64, of patient: ID<Patient>, use: String, rank: Int, source: FieldSource,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE contact_point SET use = \(use), rank = \(rank), source = \(source.source),
                recorded_at = \(source.at)
            WHERE tenant = \(.tenant) AND patient = \(patient) AND id = \(contact)
            """)
    }

    static func deleteContact(_ id: Int64, of patient: ID<Patient>, in transaction: any Transaction) throws {
        try transaction.send(
            "DELETE FROM contact_point WHERE tenant = \(.tenant) AND patient = \(patient) AND id = \(id)")
    }

    static func deleteIdentifier(_ id: Int64, of patient: ID<Patient>, in transaction: any Transaction) throws {
        try RecordNumberStore.delete(id, of: patient, in: transaction)
        try transaction.send(
            "DELETE FROM patient_identifier WHERE tenant = \(.tenant) AND patient = \(patient) AND id = \(id)")
    }
}
