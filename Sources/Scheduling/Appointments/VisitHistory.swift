package import Kernel
import PeopleAPI
package import Store

/// The last visits of patients, for retention.
package struct VisitHistory: ActivityHistory {
    package init() {}

    package func lastActivity(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> [ID<Patient>: Instant] {
        let rows = try transaction.rows(
            """
            SELECT patient, MAX(end_at) AS last FROM appointment
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND status <> 'cancelled' GROUP BY patient
            """)
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["patient"], try $0["last"]) })
    }
}
