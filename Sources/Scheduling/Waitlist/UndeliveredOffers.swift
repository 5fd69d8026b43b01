import JSON
import Kernel
import SchedulingAPI
import Spine
import Vault

/// Takes back offers whose message reached nobody, text or e-mail, so that a time does not wait for who knows nothing of
/// it: the next are asked at once. They keep their place on the list, and the offer counts as none they had.
struct UndeliveredOffers: Sendable {
    static let name = "waitlist-undelivered"
    let waitlist: WaitlistDesk

    var subscriber: Subscriber {
        Subscriber(Self.name, kinds: UndeliveredMessage.kinds, permissions: [.appointmentRead]) {
            try handle($0, $1)
        }
    }

    private func handle(_ events: [StoredEvent], _ context: CommandContext) throws {
        let transaction = context.transaction
        let reasons = UndeliveredMessage.reasons(events)
        for known in try OfferStore.waiting(carriedBy: reasons.keys.sorted(), in: transaction) {
            // Somebody may be taking the time: the opening first, as all lock it.
            guard let opening = try OfferStore.opening(known.opening, locking: true, in: transaction),
                let offer = try OfferStore.find(known.id, locking: true, in: transaction), offer.state == "offered",
                let reason = offer.message.flatMap({ reasons[$0] })
            else { continue }
            try OfferStore.withhold(offer.id, reason: reason, in: transaction)
            if opening.state == "open" { try waitlist.wake([opening.id], in: context) }
        }
    }
}
