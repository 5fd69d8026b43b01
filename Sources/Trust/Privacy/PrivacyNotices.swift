package import Kernel
package import PeopleAPI
package import Store
package import Vault

/// What was agreed with a patient, for everybody who opens their page.
package struct PrivacyNotices: PatientNotices {
    package init() {}

    package func notices(
        of set: PatientSet, grant: Grant, in transaction: any Transaction
    ) throws -> [PatientNotice] {
        try PrivacyStore.restrictions(of: set.members, in: transaction).filter { grant.covers(.patient($0.patient)) }
            .map { row in
                let details = try row.open(grant)
                return PatientNotice(kind: row.kind.rawValue, whom: details.whom, note: details.note)
            }
    }
}
