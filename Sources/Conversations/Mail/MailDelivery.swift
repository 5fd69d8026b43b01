import Kernel
import Spine
import Store
import StudioAPI
import Vault
import Web

// Sending, where nobody can be asked afterwards.
//
// | what happened                                   | what is known | what is done                       |
// |-------------------------------------------------|---------------|------------------------------------|
// | 250 to the end of the message                   | taken         | sent                               |
// | 5yz to sender, recipient or the whole message   | not taken     | failed, with the code              |
// | 4yz; no connection, no TLS, no sign-in          | not taken     | again later, up to eight times     |
// | part of it left, and then no answer             | nothing       | a person decides                   |
// | the process died before it tried                | not taken     | tried                              |
// | the process died while sending                  | nothing       | a person decides                   |

/// Delivers e-mail.
struct MailDelivery: Sendable {
    let spine: Spine
    let messaging: Messaging
    /// Nil: e-mail is not configured; what is queued fails visibly.
    let transport: MailTransport?
    let words: MailWords?

    private static let permissions: Set<Permission> = [.messageSend]

    var deliverer: Deliverer {
        Deliverer(
            MailOutbox.message, permissions: Self.permissions,
            deliver: { try await deliver($0, as: $1) }, settle: { try settle($0, $1, final: $2, $3) })
    }

    /// What is sent, opened under the run's grant.
    private struct Parcel: Sendable {
        /// Nil: there is no address that we can write to.
        let mail: MailMessage?
        let state: DeliveryState
        let wasTried: Bool
        /// Why it may not go any more; nil: it may.
        let stop: String?
    }

    private func deliver(_ item: OutboxItem, as caller: Caller) async throws -> Delivery {
        guard let transport, let words else { return .refused(reason: "not-configured") }
        let id = ID<Message>(raw: item.target)
        let vault = try await spine.vault(caller.tenant)
        guard let parcel = try await parcel(id, transport.settings, words, vault, as: caller) else {
            return .refused(reason: "gone")
        }
        if parcel.state == .sent { return .accepted(reference: "") }
        if item.uncertain, parcel.wasTried { return .uncertain(reason: "interrupted") }
        if let stop = parcel.stop { return .refused(reason: stop) }
        guard let mail = parcel.mail else { return .refused(reason: "no-address") }
        let now = spine.clock.now()
        _ = try await spine.database.write(caller.tenant) { try ThreadStore.markAttempt(id, at: now, in: $0) }
        switch await transport.send(mail) {
        case .accepted: return .accepted(reference: "")
        case .refused(let code): return .refused(reason: code)
        case .notTaken(let reason): return .retry(reason: reason)
        case .silence(let reason): return .uncertain(reason: reason)
        }
    }

    private func parcel(
        _ id: ID<Message>, _ settings: MailSettings, _ words: MailWords, _ vault: TenantVault, as caller: Caller
    ) async throws -> Parcel? {
        try await spine.read(.messageSend, as: caller) { transaction, access in
            guard let message = try ThreadStore.outbound(id, in: transaction) else { return nil }
            let conversation = message.conversation
            let grant = try messaging.grant(.messageSend, for: conversation, access: access, in: transaction)
            let content = try message.sealed.open(
                grant, of: conversation.owner, id: id.raw, subject: message.keySubject)
            let address = try ThreadStore.address(of: conversation, grant: grant, in: transaction).email
            let configuration = try messaging.definitions.configuration(of: caller.tenant)
            let link = try settings.publicBase.map {
                "\($0)/mail/\(try MailLink.token(conversation.id, vault: vault))"
            }
            let from = try settings.sender(transaction)
            return Parcel(
                mail: address.map { to in
                    words.message(
                        message, content, from: from, to: to, stopLink: link, configuration: configuration)
                },
                state: message.state, wasTried: message.attemptedAt != nil,
                stop: try messaging.stop(message, at: spine.clock.now(), in: transaction))
        }
    }

    private func settle(_ item: OutboxItem, _ delivery: Delivery, final: Bool, _ context: CommandContext) throws {
        guard let message = try ThreadStore.outbound(ID(raw: item.target), lock: true, in: context.transaction) else {
            return
        }
        context.concerns(message.conversation.owner)
        let (report, code): (DeliveryState, String?)
        switch delivery {
        case .accepted: (report, code) = (.sent, nil)
        case .refused(let reason) where ["opted-out", "deceased", "consent-expired"].contains(reason):
            (report, code) = (.withdrawn, reason)
        case .refused(let reason): (report, code) = (.failed, reason)
        case .retry(let reason):
            guard final else { return }
            (report, code) = (.failed, reason)
        case .uncertain(let reason): (report, code) = (.uncertain, reason)
        }
        _ = try messaging.settle(message, report: report, code: code, context: context)
    }
}

/// The words round an e-mail: its subject, which says nothing of a person or their care, and what stands below it.
struct MailWords: Sendable {
    let catalogue: Catalogue

    func message(
        _ message: ThreadStore.Outbound, _ content: MessageContent, from: MailAddress, to: MailAddress,
        stopLink: String?, configuration: Configuration
    ) -> MailMessage {
        let language = message.language
        let organization = configuration.organization?.value
        let phone = organization.map { PhoneNumber($0.phone)?.display ?? $0.phone } ?? ""
        let values = ["practice": organization?.name ?? from.domain, "phone": phone]
        let use = message.template.flatMap { configuration.messageTemplates[$0]?.value.use }
        // By what it is for, else by its purpose, else as a message.
        let subject = [use?.rawValue, message.purpose].compactMap { $0 }.map { "mail.subject.\($0)" }
            .first(where: catalogue.has)
        var lines = [content.text, "", "-- ", catalogue.text("mail.footer", language, values)]
        if let stopLink { lines.append(catalogue.text("mail.footer.stop", language, ["link": stopLink])) }
        return MailMessage(
            id: message.id, from: from, sender: values["practice"] ?? "", to: to,
            subject: catalogue.text(subject ?? "mail.subject", language, values),
            text: lines.joined(separator: "\n"), language: language, calendar: content.calendar, stopLink: stopLink,
            at: message.queuedAt)
    }
}
