import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault

// Who asks for each of those who come together.
//
// The rules:
// - Each has an asker of their own: a mother asks for one child, a guardian for another, a third asks for themselves.
// - Whether somebody may is decided with the labels of all that is booked for the patient, linked visits too.
// - Who was chosen and may not, or does not act for the patient, is not kept: then the patient stands there.

/// Those who come, each with everybody who acts for them and whether they may ask for what it is now.
struct ReadAskers: Query {
    static let permission = Permission.appointmentWrite
    let members: [TripMember]
    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> [TripMember] {
        let tenant = access.caller.tenant
        let finder = SlotFinder(try desk.plans.plan(of: tenant))
        return try members.map { member in
            var labels: Labels = []
            for step in finder.steps(of: member.type.key) {
                labels.formUnion(try desk.plans.labels(of: step.visitType, tenant: tenant))
            }
            let (set, grant) = try desk.directory.grant(
                Self.permission, for: member.patient, access: access, in: transaction)
            var asked = member
            asked.client.askers = try desk.askers(for: set, labels: labels, grant: grant, at: now, in: transaction)
            if !asked.client.askers.contains(where: { $0.id == member.asker && $0.mayAct }) { asked.asker = nil }
            return asked
        }
    }
}

extension FamilyWish {
    /// Who asks for whom, as a form says it; of the others the patients ask.
    func askers() throws(Fault) -> [ID<Patient>: ID<PatientProxy>] {
        var askers: [ID<Patient>: ID<PatientProxy>] = [:]
        for person in people { askers[person.patient] = try Askers.asker(text: person.asker) }
        return askers
    }
}
