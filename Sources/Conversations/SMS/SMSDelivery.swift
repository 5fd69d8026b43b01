import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import Vault

// Sending, where the provider has no idempotency key.
//
// | what happened                           | what is known                | what is done                            |
// |-----------------------------------------|------------------------------|-----------------------------------------|
// | 2xx with a message id                   | taken                        | sent                                    |
// | 4xx                                     | not taken                    | failed, with the provider's code        |
// | 429, no connection                      | not taken                    | again later, up to eight times          |
// | 5xx as a full answer (not 502, 504)     | its work has ended           | look it up: there → sent; else again    |
// | no answer, a cut answer, 502, 504       | nothing                      | look it up: there → sent; else uncertain|
// | the process died while sending          | nothing                      | look it up: there → sent; else uncertain|
//
// Looking it up means: the provider's list for that recipient since the attempt began, a message with this very text
// that belongs to no other intent of ours. What is uncertain is looked up again and again for a day, and a receipt
// that names the intent settles it too; only a person may have it sent again. So a machine never sends one intent
// twice.

/// Delivers texts and fetches pictures.
struct SMSDelivery: Sendable {
    let spine: Spine
    let messaging: Messaging
    let provider: ProviderClient?
    /// The tenant's short name in addresses.
    let tenantKey: @Sendable (ID<Tenant>) async throws -> String
    /// How long to wait before looking up what the provider has made of a request.
    let lookAfter: Duration

    private static let permissions: Set<Permission> = [.messageSend, .messageReceive]

    var deliverers: [Deliverer] {
        [
            Deliverer(
                SMSOutbox.message, permissions: Self.permissions,
                deliver: { try await deliver($0, as: $1) }, settle: { try settle($0, $1, final: $2, $3) }),
            Deliverer(
                SMSOutbox.media, permissions: Self.permissions,
                deliver: { try await MediaFetch(delivery: self).deliver($0, as: $1) },
                settle: { try MediaFetch.settle($0, $1, final: $2, $3) }),
        ]
    }

    // MARK: One text

    /// What is sent, opened under the run's grant.
    private struct Parcel: Sendable {
        let id: ID<Message>
        let number: PhoneNumber
        let text: String
        let state: DeliveryState
        let attemptedAt: Instant?
        /// Why it may not go any more; nil: it may.
        let stop: String?
    }

    private func deliver(_ item: OutboxItem, as caller: Caller) async throws -> Delivery {
        guard let provider else { return .refused(reason: "not-configured") }
        guard let parcel = try await parcel(ID(raw: item.target), as: caller) else { return .refused(reason: "gone") }
        if parcel.state == .sent || parcel.state == .delivered { return .accepted(reference: "") }
        if item.uncertain {
            return try await found(parcel, provider, as: caller) ?? .uncertain(reason: "interrupted")
        }
        if let stop = parcel.stop { return .refused(reason: stop) }
        let started = spine.clock.now()
        _ = try await spine.database.write(caller.tenant) {
            try ThreadStore.markAttempt(parcel.id, at: started, in: $0)
        }
        let callback =
            "\(provider.settings.publicBase)/hooks/\(try await tenantKey(caller.tenant))/sms/status"
            + "?intent=\(parcel.id.text)"
        switch await provider.send(to: parcel.number, text: parcel.text, statusCallback: callback) {
        case .accepted(let sid): return .accepted(reference: sid)
        case .refused(let code): return .refused(reason: code)
        case .notTaken(let reason): return .retry(reason: reason)
        case .failedThere(let status):
            return try await lookUp(parcel, provider, started, as: caller, absent: .retry(reason: "http-\(status)"))
        case .silence(let reason):
            return try await lookUp(parcel, provider, started, as: caller, absent: .uncertain(reason: reason))
        }
    }

    /// Waits a little and looks. A look-up that fails leaves everything uncertain.
    private func lookUp(
        _ parcel: Parcel, _ provider: ProviderClient, _ started: Instant, as caller: Caller, absent: Delivery
    ) async throws -> Delivery {
        try await Task.sleep(for: lookAfter)
        do {
            return try await found(parcel, provider, since: started, as: caller) ?? absent
        } catch {
            return .uncertain(reason: "look-up-failed")
        }
    }

    private func found(
        _ parcel: Parcel, _ provider: ProviderClient, since: Instant? = nil, as caller: Caller
    ) async throws -> Delivery? {
        // The provider's clock counts whole seconds and may be a little off ours.
        let begin = (parcel.attemptedAt ?? since ?? spine.clock.now()) - .seconds(5)
        let listed = try await provider.messages(to: parcel.number, since: begin)
        let same = listed.filter { $0.body == parcel.text }
        guard !same.isEmpty else { return nil }
        let vault = try await spine.vault(caller.tenant)
        let hashes = same.map { ThreadHashes.providerID($0.sid, vault) }
        let free = try await spine.database.read(caller.tenant) { transaction in
            try hashes.firstIndex { hash in
                let holder = try ThreadStore.holder(of: hash, in: transaction)
                return holder == nil || holder == parcel.id
            }
        }
        return free.map { .accepted(reference: same[$0].sid) }
    }

    private func parcel(_ id: ID<Message>, as caller: Caller) async throws -> Parcel? {
        try await spine.read(.messageSend, as: caller) { transaction, access in
            guard let message = try ThreadStore.outbound(id, in: transaction) else { return nil }
            let conversation = message.conversation
            let grant = try messaging.grant(.messageSend, for: conversation, access: access, in: transaction)
            let content = try message.sealed.open(
                grant, of: conversation.owner, id: id.raw, subject: message.keySubject)
            return Parcel(
                id: id, number: try ThreadStore.number(of: conversation, grant: grant, in: transaction),
                text: content.text, state: message.state, attemptedAt: message.attemptedAt,
                stop: try messaging.stop(message, at: spine.clock.now(), in: transaction))
        }
    }

    private func settle(_ item: OutboxItem, _ delivery: Delivery, final: Bool, _ context: CommandContext) throws {
        guard let message = try ThreadStore.outbound(ID(raw: item.target), lock: true, in: context.transaction) else {
            return
        }
        context.concerns(message.conversation.owner)
        switch delivery {
        case .accepted(let sid):
            if !sid.isEmpty {
                try ThreadStore.setProviderHash(
                    ThreadHashes.providerID(sid, context.vault), of: message.id, in: context.transaction)
            }
            _ = try messaging.settle(message, report: .sent, code: nil, context: context)
        case .refused(let reason) where ["opted-out", "deceased", "consent-expired"].contains(reason):
            _ = try messaging.settle(message, report: .withdrawn, code: reason, context: context)
        case .refused(let reason):
            if reason == Self.carrierOptOut {
                try recordCarrierOptOut(message, context)
                // A carrier that honours STOP itself has confirmed it already: ours is not wanted, nothing has failed.
                if message.purpose == "service-notice" {
                    _ = try messaging.settle(message, report: .withdrawn, code: reason, context: context)
                    return
                }
            }
            _ = try messaging.settle(message, report: .failed, code: reason, context: context)
        case .retry(let reason):
            if final { _ = try messaging.settle(message, report: .failed, code: reason, context: context) }
        case .uncertain(let reason):
            let changed = try messaging.settle(message, report: .uncertain, code: reason, context: context)
            // A receipt was faster than our doubt.
            if !changed, message.state == .sent || message.state == .delivered {
                _ = try Outbox.resolve(
                    kind: SMSOutbox.message, target: item.target, at: context.now, in: context.transaction)
            }
        }
    }

    /// "Attempt to send to unsubscribed recipient": the carrier holds a STOP that we did not see.
    private static let carrierOptOut = "21610"

    private func recordCarrierOptOut(_ message: ThreadStore.Outbound, _ context: CommandContext) throws {
        let conversation = message.conversation
        let known = try ConsentStore.isOptedOut(
            address: conversation.addressHash, channel: "sms", in: context.transaction)
        if known { return }
        try messaging.recordNumber(
            conversation, given: false, source: "carrier", message: message.id, context: context)
    }

    // MARK: What stayed uncertain

    /// Looks for uncertain messages of the last day at the provider; found ones are settled as sent. How many were.
    func reconcile(tenant: ID<Tenant>, callers: ChannelCallers) async throws -> Int {
        guard let provider else { return 0 }
        let since = spine.clock.now() - .days(1)
        let ids = try await spine.database.read(tenant) { try ThreadStore.uncertain(since: since, limit: 50, in: $0) }
        spine.metrics.set("throughline_messages_uncertain", Double(ids.count))
        guard !ids.isEmpty else { return 0 }
        let caller = try await callers.caller(tenant, spine: spine)
        for id in ids {
            guard let parcel = try await parcel(id, as: caller), parcel.state == .uncertain,
                case .accepted(let sid)? = try await found(parcel, provider, as: caller)
            else { continue }
            _ = try await spine.perform(
                RecordDeliveryReceipt(
                    intent: id, providerID: sid, status: "sent", errorCode: nil, messaging: messaging), as: caller)
        }
        return 0
    }
}
