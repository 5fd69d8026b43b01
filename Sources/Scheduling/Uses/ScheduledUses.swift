package import Kernel
package import Store
package import StudioAPI

/// What still stands under a definition: a visit type, somebody who gives visits, a thing or a place. Of other kinds
/// nothing is booked.
package struct ScheduledUses: DefinitionUses {
    package init() {}

    package func uses(
        of kind: DefinitionKind, _ key: String, at now: Instant, in transaction: any Transaction
    ) throws -> [DefinitionUse] {
        let counts: [(DefinitionUse.Kind, Int)]
        switch kind {
        case .visitType:
            counts = [
                (.visits, try UseStore.visits(naming: "a.visit_type", key, at: now, in: transaction)),
                (.holds, try UseStore.holds(naming: "h.visit_type", key, at: now, in: transaction)),
                (.waitlist, try UseStore.waiting(for: key, in: transaction)),
                (.referrals, try UseStore.referrals(naming: "r.visit_type", key, in: transaction)),
            ]
        case .practitioner:
            counts = [
                (.visits, try UseStore.visits(naming: "a.practitioner", key, at: now, in: transaction)),
                (.holds, try UseStore.holds(naming: "h.practitioner", key, at: now, in: transaction)),
                (.waitlist, try UseStore.waiting(naming: "e.practitioners", key, in: transaction)),
                (.referrals, try UseStore.referrals(naming: "r.performer", key, in: transaction)),
            ]
        case .location:
            counts = [
                (.visits, try UseStore.visits(naming: "a.location", key, at: now, in: transaction)),
                (.holds, try UseStore.holds(naming: "h.location", key, at: now, in: transaction)),
                (.waitlist, try UseStore.waiting(naming: "e.locations", key, in: transaction)),
            ]
        case .resource:
            let thing = BookableResource.thing(key).key
            counts = [
                (.visits, try UseStore.visits(with: thing, at: now, in: transaction)),
                (.holds, try UseStore.holds(of: thing, at: now, in: transaction)),
            ]
        default: counts = []
        }
        return counts.filter { $0.1 > 0 }.map { DefinitionUse($0.0, $0.1) }
    }
}
