import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault

// What may be said at a number that several patients share.
//
// - Mostly nobody knows who reads there, and the words name nobody.
// - Where everybody who can be reached there is the patient or acts for the patient, and may see the visits on that
//   day, a message about a visit says which it is and whose: a mother and her small child have one telephone.
// - It is asked for each message anew, on the day it is where the patient lives, for the moment at which it is written
//   and for the one at which it leaves.
// - What comes back from there is still nobody's until a person has said whose it is, and is answered without a name.
extension Messaging {
    /// A number of a patient, and what a message there would tell of.
    struct Readers {
        let set: PatientSet
        let phone: PatientPhone
        let labels: Labels
        let grant: Grant
    }

    private static let ofVisits: Set<MessagePurpose> = [
        .appointmentConfirmation, .appointmentReminder, .appointmentChange,
    ]

    /// Whether a message there may say whose visit it is about, at that moment.
    func mayName(
        _ purpose: MessagePurpose, _ readers: Readers, at moment: Instant, _ context: CommandContext
    ) throws -> Bool {
        guard readers.phone.shared else { return true }
        guard let proxies, Self.ofVisits.contains(purpose) else { return false }
        return try proxies.mayAllKnow(
            of: readers.set, labels: readers.labels, at: readers.phone.number, directory: patients,
            grant: readers.grant, vault: context.vault, at: moment, in: context.transaction)
    }

    /// When the policy lets a message go; nil: not at all.
    func leaving(_ draft: Draft, _ context: CommandContext) throws -> Instant? {
        let configuration = try definitions.configuration(of: context.caller.tenant)
        guard let policy = configuration.consentPolicy else { return nil }
        let question = try question(
            purpose: draft.purpose, draft.conversation, now: context.now, notBefore: draft.notBefore,
            locationZone: draft.locationZone, location: draft.location, in: context.transaction)
        guard case .allowed(let at, _, _, _) = ContactPolicy.decide(question, by: policy) else { return nil }
        return at
    }
}
