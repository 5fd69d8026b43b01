package import ConversationsAPI
package import Kernel
package import SchedulingAPI
package import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault
package import Web

/// The Conversations area: text messages, the threads they make, the needs in them, and the inbox people work in.
package struct Conversations: Sendable {
    package let messaging: Messaging
    let book: any AppointmentBook
    private let settings: SMSSettings?
    private let delivery: SMSDelivery
    private let mailDelivery: MailDelivery
    private let mailPages: MailPages
    private let callers = ChannelCallers()
    let presence = Presence()
    private let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    private let nudge: @Sendable (ID<Tenant>, ID<Patient>?, Labels, _ topics: [String]) -> Void

    /// - Parameters:
    ///   - messaging: made first, because the schedule needs it; the same one here.
    ///   - settings: the provider's account; nil: text messages are not configured, what is queued fails visibly.
    ///   - tenantKey: the tenant's short name in addresses, for callbacks.
    ///   - lookAfter: how long to wait before looking up what the provider has made of a request without an answer.
    ///   - catalogue: the words round an e-mail; nil: none is sent.
    ///   - bare: what stands round a page of somebody who has not signed in.
    ///   - nudge: tells open pages that topics changed without an event.
    package init(
        spine: Spine, messaging: Messaging, book: any AppointmentBook, settings: SMSSettings?, http: OutboundClient,
        tenantKey: @escaping @Sendable (ID<Tenant>) async throws -> String, lookAfter: Duration = .seconds(1),
        nudge: @escaping @Sendable (ID<Tenant>, ID<Patient>?, Labels, _ topics: [String]) -> Void = { _, _, _, _ in },
        catalogue: Catalogue? = nil,
        bare: @escaping @Sendable (WebRequest, _ title: String) -> View = { _, _ in View() },
        shell: @escaping @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    ) {
        self.messaging = messaging
        self.book = book
        self.settings = settings
        self.shell = shell
        self.nudge = nudge
        delivery = SMSDelivery(
            spine: spine, messaging: messaging, provider: settings.map { ProviderClient(http: http, settings: $0) },
            tenantKey: tenantKey, lookAfter: lookAfter)
        mailDelivery = MailDelivery(
            spine: spine, messaging: messaging,
            transport: messaging.mail.map { MailTransport(settings: $0, outbound: http) },
            words: catalogue.map { MailWords(catalogue: $0) })
        staffPost = StaffMail(
            database: spine.database, definitions: messaging.definitions,
            transport: messaging.mail.map { MailTransport(settings: $0, outbound: http) })
        mailPages = MailPages(messaging: messaging, bare: bare)
    }

    /// E-mail to the staff, for areas that have something to tell them.
    package let staffPost: any StaffPost

    package var capabilities: [Capability] {
        [threads, channel, mail, needs, consents, inbox]
    }

    /// The area's schema, for tools that need it without the area.
    package static let migrations = [
        ThreadSchema.migration, ConsentStore.migration, ConsentStore.ledger, NeedSchema.migration,
        ContactHistory.migration, ThreadSchema.labels, ThreadSchema.media,
    ]

    private var threads: Capability {
        Capability(
            "conversations",
            schema: [
                ThreadSchema.migration, ConsentStore.migration, ConsentStore.ledger, ContactHistory.migration,
                ThreadSchema.labels, ThreadSchema.media,
            ],
            tables: ThreadDisposal.tables,
            seals: [MessageContent.sealKind, MediaSource.sealKind, ContactAddress.sealKind],
            permissions: [.messageRead, .messageSend, .messageReceive])
    }

    private var channel: Capability {
        Capability(
            "sms", deliverers: delivery.deliverers,
            recurring: [
                Recurring("sms-reconcile", every: .seconds(10)) { [delivery, callers] _, tenant in
                    try await delivery.reconcile(tenant: tenant, callers: callers)
                }
            ],
            routes: SMSRoutes(settings: settings, messaging: messaging, book: book, callers: callers).routes)
    }

    private var mail: Capability {
        Capability("mail", deliverers: [mailDelivery.deliverer], routes: mailPages.routes)
    }

    private var consents: Capability {
        Capability(
            "consents", routes: ConsentRoutes(messaging: messaging, shell: shell).routes,
            permissions: [.consentRead, .consentWrite])
    }

    private var needs: Capability {
        Capability(
            "needs", schema: [NeedSchema.migration], tables: ThreadDisposal.needTables,
            routes: NeedAPI(messaging: messaging, book: book).routes,
            seals: [NeedText.sealKind, FactText.sealKind, NoteText.sealKind], permissions: [.needRead, .needWrite])
    }

    private var inbox: Capability {
        let inbox = InboxRoutes(messaging: messaging, book: book, presence: presence, shell: shell, nudge: nudge)
        let outbox = OutboxRoutes(messaging: messaging, shell: shell)
        let labels = ConversationLabels(messaging: messaging, shell: shell)
        return Capability("inbox", routes: inbox.routes + outbox.routes + labels.routes)
    }

    /// Stores a text as the webhook does, without the provider: for generation, benchmarks and tests.
    package func receive(_ text: InboundText, tenant: ID<Tenant>, spine: Spine) async throws -> InboundOutcome {
        let caller = try await callers.caller(tenant, spine: spine)
        return try await SMSRoutes(settings: settings, messaging: messaging, book: book, callers: callers)
            .record(text, spine: spine, caller: caller)
    }
}
