import Kernel
import Spine
import Store
import Web

/// Every SQL statement over visits that were booked together.
enum ChainStore {
    /// A visit belongs to one chain at most.
    static let schema = Migration(
        "2026-11-23.scheduling.visit-chains",
        [
            """
            CREATE TABLE visit_chain (
                tenant BIGINT NOT NULL, appointment BIGINT NOT NULL, chain BIGINT NOT NULL, ordinal BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('linked', 'series')), patient BIGINT NOT NULL,
                PRIMARY KEY (tenant, appointment))
            """,
            "CREATE INDEX visit_chain_members ON visit_chain (tenant, chain, ordinal)",
            "CREATE INDEX visit_chain_patient ON visit_chain (tenant, patient)",
        ])

    static let tables = [
        TableRule("visit_chain", .patient(column: "patient"), export: .plain(.visits), merge: .follows)
    ]

    static func insert(
        _ visit: AppointmentAnswer, chain: Int64, ordinal: Int, kind: String, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO visit_chain (tenant, appointment, chain, ordinal, kind, patient)
            VALUES (\(.tenant), \(visit.id), \(chain), \(ordinal), \(kind), \(visit.patient))
            """)
    }

    static func chain(of appointment: ID<Appointment>, in transaction: any Transaction) throws -> Int64? {
        try transaction.row(
            "SELECT chain FROM visit_chain WHERE tenant = \(.tenant) AND appointment = \(appointment)"
        ).map { try $0.value(at: 0) }
    }

    /// The chain of visits that belong together; one of a series has none.
    static func linked(_ appointment: ID<Appointment>, in transaction: any Transaction) throws -> Int64? {
        try transaction.row(
            """
            SELECT chain FROM visit_chain
            WHERE tenant = \(.tenant) AND appointment = \(appointment) AND kind = 'linked'
            """
        ).map { try $0.value(at: 0) }
    }

    static func members(of chain: Int64, in transaction: any Transaction) throws -> [ID<Appointment>] {
        try transaction.rows(
            "SELECT appointment FROM visit_chain WHERE tenant = \(.tenant) AND chain = \(chain) ORDER BY ordinal"
        ).map { try $0.value(at: 0) }
    }
}
