package import Kernel
package import Store
package import Vault

extension PatientDirectory {
    /// The person's records this caller may see, with the grant that opens them.
    ///
    /// A linked record the policy hides is left out of the set rather than opened by way of its neighbour. Throws
    /// `patient.not-found` when the named record itself is absent or hidden; the denial is on the trail.
    package func grant(
        _ action: Permission, for patient: ID<Patient>, access: Access, in transaction: any Transaction
    ) throws -> (set: PatientSet, grant: Grant) {
        try grant(
            action, for: patient, of: set(of: patient, in: transaction), access: access, in: transaction)
    }

    /// The same for a caller who has asked for the whole set already.
    package func grant(
        _ action: Permission, for patient: ID<Patient>, of whole: PatientSet, access: Access,
        in transaction: any Transaction
    ) throws -> (set: PatientSet, grant: Grant) {
        let scopes = try Policy.scopeRows(of: whole.members, in: transaction)
        let visible = whole.members.filter {
            Policy.decide(access.caller, action, .patient(scopes[$0] ?? [])) == .permit
        }
        guard visible.contains(patient) else {
            _ = try access.grant(action, for: PatientSet(patient), scope: scopes[patient] ?? [])
            throw Fault.notFound("patient")
        }
        let set = PatientSet(primary: visible.contains(whole.primary) ? whole.primary : patient, members: visible)
        return (set, try access.grant(action, for: set, scope: visible.flatMap { scopes[$0] ?? [] }))
    }
}
