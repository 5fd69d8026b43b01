package import Kernel
import PeopleAPI
package import Store

extension PeopleDirectory: PatientRoll {
    package func registered(
        before moment: Instant, after patient: ID<Patient>?, limit: Int, in transaction: any Transaction
    ) throws -> [ID<Patient>] {
        // Ids are made in the order of time: the second bound ends the walk.
        try transaction.rows(
            """
            SELECT id FROM patient
            WHERE tenant = \(.tenant) AND id > \(patient ?? ID(raw: 0)) AND id < \(ID<Patient>.lowest(at: moment))
                AND created_at < \(moment)
            ORDER BY id LIMIT \(limit)
            """
        ).map { try $0["id"] }
    }
}
