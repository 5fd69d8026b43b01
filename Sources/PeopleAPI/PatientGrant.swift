package import Kernel
package import Store
package import Vault

extension PatientDirectory {
    /// The person's records this caller may see, with the grant that opens them.
    ///
    /// A linked record the policy hides is left out of the set rather than opened by way of its neighbour. Throws
    /// `patient.not-found` when the named record itself is absent or hidden; the denial is on the trail.
    package func grant(
        _ action: Permission, for patient: ID<Patient>, labels: Labels = [], access: Access,
        in transaction: any Transaction
    ) throws -> (set: PatientSet, grant: Grant) {
        try grant(
            action, for: patient, labels: labels, of: set(of: patient, in: transaction), access: access,
            in: transaction)
    }

    /// The same for a caller who has asked for the whole set already. `labels`: those of the one thing that is wanted.
    package func grant(
        _ action: Permission, for patient: ID<Patient>, labels: Labels = [], of whole: PatientSet, access: Access,
        in transaction: any Transaction
    ) throws -> (set: PatientSet, grant: Grant) {
        let scopes = try Policy.scopeRows(of: whole.members, for: access.caller, in: transaction)
        let visible = whole.members.filter {
            Policy.decide(access.caller, action, .item(of: scopes[$0] ?? [], labels)) == .permit
        }
        guard visible.contains(patient) else {
            _ = try access.grant(action, for: PatientSet(patient), scope: scopes[patient] ?? [], labels: labels)
            throw Fault.notFound("patient")
        }
        let set = PatientSet(primary: visible.contains(whole.primary) ? whole.primary : patient, members: visible)
        return (set, try access.grant(action, for: set, scope: visible.flatMap { scopes[$0] ?? [] }, labels: labels))
    }
}
