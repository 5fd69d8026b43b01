import Kernel
import PeopleAPI
import Store
import TimeZones
import Vault

/// Every SQL statement of proxies.
enum ProxyStore {
    struct Stored: Sendable {
        let id: ID<PatientProxy>
        let patient: ID<Patient>
        let subject: ID<KeySubject>
        /// The proxy's own record, when they are a patient.
        let person: ID<Patient>?
        let madeAt: Instant
        let endedAt: Instant?
        let sealed: Sealed<ProxyRecord>

        func open(_ grant: Grant) throws -> ProxyRecord {
            try sealed.open(grant, of: .patient(patient), id: id.raw, subject: subject)
        }
    }

    static func insert(
        _ id: ID<PatientProxy>, patient: ID<Patient>, subject: ID<KeySubject>, person: ID<Patient>?,
        _ sealed: Sealed<ProxyRecord>, told day: CivilDate, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO patient_proxy (tenant, id, patient, key_subject, person, made_at, told_on, sealed)
            VALUES (\(.tenant), \(id), \(patient), \(subject), \(person), \(now), \(day.iso), \(sealed))
            """)
    }

    static func of(_ patients: [ID<Patient>], in transaction: any Transaction) throws -> [Stored] {
        if patients.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(columns) FROM patient_proxy x
            WHERE x.tenant = \(.tenant) AND \(PatientsStore.among(patients, "x.patient"))
            ORDER BY CASE WHEN x.ended_at IS NULL THEN 0 ELSE 1 END, x.id
            """
        ).map(stored)
    }

    /// Whom somebody acts for, as far as it has not ended.
    static func wards(of persons: [ID<Patient>], in transaction: any Transaction) throws -> [Stored] {
        if persons.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(columns) FROM patient_proxy x
            WHERE x.tenant = \(.tenant) AND \(PatientsStore.among(persons, "x.person")) AND x.ended_at IS NULL
            ORDER BY x.id
            """
        ).map(stored)
    }

    static func find(_ id: ID<PatientProxy>, in transaction: any Transaction) throws -> Stored? {
        try transaction.row("SELECT \(columns) FROM patient_proxy x WHERE x.tenant = \(.tenant) AND x.id = \(id)")
            .map(stored)
    }

    static func count(of patient: ID<Patient>, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            "SELECT COUNT(*) FROM patient_proxy WHERE tenant = \(.tenant) AND patient = \(patient)") ?? 0
    }

    static func end(
        _ id: ID<PatientProxy>, _ sealed: Sealed<ProxyRecord>, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE patient_proxy SET ended_at = \(now), sealed = \(sealed)
            WHERE tenant = \(.tenant) AND id = \(id) AND ended_at IS NULL
            """) == 1
    }

    static func update(
        _ id: ID<PatientProxy>, _ sealed: Sealed<ProxyRecord>, told day: CivilDate, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE patient_proxy SET sealed = \(sealed), told_on = \(day.iso)
            WHERE tenant = \(.tenant) AND id = \(id) AND ended_at IS NULL
            """) == 1
    }

    static func told(_ ids: [ID<PatientProxy>], on day: CivilDate, in transaction: any Transaction) throws {
        if ids.isEmpty { return }
        try transaction.send(
            """
            UPDATE patient_proxy SET told_on = \(day.iso) WHERE tenant = \(.tenant) AND id IN \(list: ids)
            """)
    }

    /// Those that were last looked at before a day, in order, after a place.
    static func due(
        before day: CivilDate, after id: Int64, limit: Int, in transaction: any Transaction
    ) throws -> [Stored] {
        try transaction.rows(
            """
            SELECT \(columns) FROM patient_proxy x
            WHERE x.tenant = \(.tenant) AND x.ended_at IS NULL AND x.told_on < \(day.iso) AND x.id > \(id)
            ORDER BY x.id LIMIT \(limit)
            """
        ).map(stored)
    }

    private static let columns: SQL = "x.id, x.patient, x.key_subject, x.person, x.made_at, x.ended_at, x.sealed"

    private static func stored(_ row: Row) throws -> Stored {
        Stored(
            id: try row["id"], patient: try row["patient"], subject: try row["key_subject"], person: try row["person"],
            madeAt: try row["made_at"], endedAt: try row["ended_at"], sealed: try row["sealed"])
    }
}
