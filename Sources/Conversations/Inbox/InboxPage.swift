import JSON
import ConversationsAPI
package import Kernel
import PeopleAPI
package import SchedulingAPI
package import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

/// One row of the inbox, opened.
struct InboxRow: Sendable {
    let need: NeedRow
    let standing: ConversationRow.Standing
    /// A patient's name, else the number.
    let who: String
    let lastAt: Instant
    let unread: Bool
    let snippet: String
    let media: Int
}

/// What the inbox shows: the rows of a filter, the counts, and one conversation when a need is open.
package struct InboxContent: Sendable {
    let rows: [InboxRow]
    let counts: [InboxFilter: Int]
    /// The place of the next page; nil at the end.
    let next: Cursor?
    let open: OpenConversation?
    let names: [ID<User>: StaffName]

    package var rowCount: Int { rows.count }
}

/// Reads the inbox under one grant for exactly the rows shown, and one for the open conversation.
package struct ReadInbox: Query {
    package static let permission = Permission.needRead

    static let pageSize = 25

    let filter: InboxFilter
    let order: InboxOrder
    let after: Cursor?
    let need: ID<Need>?
    let now: Instant
    let messaging: Messaging
    let book: any AppointmentBook

    package init(
        filter: InboxFilter, order: InboxOrder, after: Cursor? = nil, need: ID<Need>? = nil, now: Instant,
        messaging: Messaging, book: any AppointmentBook
    ) {
        self.filter = filter
        self.order = order
        self.after = after
        self.need = need
        self.now = now
        self.messaging = messaging
        self.book = book
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> InboxContent {
        let user = Messaging.user(access.caller)
        let scope = Self.scope(access.caller)
        var items = try InboxStore.items(
            filter, order, user: user, scope: scope, after: after, limit: Self.pageSize + 1, in: transaction)
        var next: Cursor?
        if items.count > Self.pageSize {
            items.removeLast()
            next = items.last.map { Cursor($0.place, $0.need.id.raw) }
        }
        let rows = try open(items, transaction, access)
        let counts = try InboxStore.counts(user: user, scope: scope, in: transaction)
        let opened = try need.map {
            try OpenConversation.read($0, now: now, messaging: messaging, book: book, transaction, access)
        }
        var users = Set(rows.compactMap(\.need.owner))
        if let opened { users.formUnion(opened.users) }
        return InboxContent(
            rows: rows, counts: counts, next: next, open: opened,
            names: try messaging.staff.names(of: Array(users), in: transaction))
    }

    /// The condition over needs `n` of patients the caller may see; nil: all of them.
    static func scope(_ caller: Caller) -> SQL? {
        Policy.seesEveryone(caller)
            ? nil : Policy.scope(caller, .needRead, patient: "n.patient", labels: "n.labels", strangers: true)
    }

    private func open(
        _ items: [InboxStore.Item], _ transaction: any Transaction, _ access: Access
    ) throws -> [InboxRow] {
        let patients = Array(Set(items.compactMap(\.need.patient))).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let strangers = Set(
            items.filter { $0.need.patient == nil }.map { DataSubject.conversation($0.need.conversation) })
        let grant = try access.grant(
            .needRead, forList: patients.map { ($0, scopes[$0] ?? []) }, and: Array(strangers))
        let names = try messaging.patients.names(of: patients, grant: grant, in: transaction)
        return try items.compactMap { item in
            let owner = item.need.dataOwner
            guard grant.covers(owner) else { return nil }
            let who: String
            if let patient = item.need.patient, let name = names[patient] {
                who = name
            } else {
                let address = try item.address.open(
                    grant, of: owner, id: item.need.conversation.raw, subject: item.addressSubject)
                who = access.caller.may(.contactRead) ? address.display : "–"
            }
            let text = try item.lastMessage.map {
                try $0.sealed.open(grant, of: owner, id: $0.id.raw, subject: $0.subject).text
            }
            return InboxRow(
                need: item.need, standing: item.standing, who: who, lastAt: item.lastAt,
                unread: item.lastIsInbound && item.need.isOpen, snippet: Self.snippet(text ?? ""),
                media: item.lastMessage?.media ?? 0)
        }
    }

    /// The first line's worth of a text; the style cuts what does not fit.
    private static func snippet(_ text: String) -> String {
        text.utf8.count <= 140 ? text : String(text.prefix(120))
    }
}

/// How many open needs a caller owns: for the badge in the navigation.
package struct CountMyNeeds: Query {
    package static let permission = Permission.needRead

    package init() {}

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Int {
        guard let user = Messaging.user(access.caller) else { return 0 }
        return try InboxStore.load(of: [user], scope: ReadInbox.scope(access.caller), in: transaction)[user] ?? 0
    }
}

/// One conversation with all that stands beside it, opened.
struct OpenConversation: Sendable {
    let conversation: ConversationRow
    let address: ContactAddress
    let card: PatientCard?
    let needs: [(need: NeedRow, title: String)]
    let chosen: ID<Need>
    let facts: [InboxStore.KnownFact]
    let messages: [InboxStore.ThreadMessage]
    let media: [InboxStore.ThreadMedia]
    let notes: [InboxStore.ThreadNote]
    /// Who looks: pages show what this role may see.
    let caller: Caller
    let happenings: [StoredEvent]
    let candidates: [(card: PatientCard, visit: AppointmentSummary?)]
    let consents: [ConsentSummary]
    let visit: AppointmentSummary?
    let otherNeeds: [NeedSummary]
    let colleagues: [(name: StaffName, needs: Int)]
    /// Whether several patients can be reached at this number: nobody knows who reads.
    var isShared: Bool {
        conversation.standing == .ambiguous || card?.phones.first { $0.number == address.phone }?.shared ?? false
    }
    /// What would come of a reply now.
    let verdict: ContactPolicy.Verdict?
    /// The newest text that may ask for no more texts, while nobody has decided; nil: none.
    let hint: ID<Message>?

    /// As the caller's role shows it; nil: not at all.
    var shownNumber: String? { caller.may(.contactRead) ? address.display : nil }

    var need: NeedRow? { needs.first { $0.need.id == chosen }?.need }
    var title: String { needs.first { $0.need.id == chosen }?.title ?? "" }

    /// Everybody whose name it shows.
    var users: Set<ID<User>> {
        var users = Set(needs.compactMap(\.need.owner)).union(notes.map(\.author)).union(messages.compactMap(\.sender))
        users.formUnion(otherNeeds.compactMap(\.owner))
        for event in happenings {
            if case .user(let user) = event.actor { users.insert(user) }
            if let user = event.body["user"]?.string.flatMap({ ID<User>($0) }) { users.insert(user) }
        }
        for fact in facts where fact.source == "agent" { fact.sourceID.map { _ = users.insert(ID(raw: $0)) } }
        return users
    }

    static func read(
        _ id: ID<Need>, now: Instant, messaging: Messaging, book: any AppointmentBook, _ transaction: any Transaction,
        _ access: Access
    ) throws -> OpenConversation {
        let (need, conversation, grant) = try messaging.opened(id, .messageRead, access: access, in: transaction)
        let owner = conversation.owner
        let address = try ThreadStore.address(of: conversation, grant: grant, in: transaction)
        var needs = try InboxStore.needs(of: conversation, grant: grant, in: transaction)
        if !needs.contains(where: { $0.need.id == id }) {
            needs.append((need, ""))
        }
        let messages = try InboxStore.messages(
            of: conversation, limit: 60, withMail: true, grant: grant, in: transaction)
        let media = try InboxStore.media(of: messages.map(\.id), in: transaction)
        let set = try conversation.patient.map { try messaging.patients.set(of: $0, in: transaction) }
        let seen = set.map {
            PatientSet(primary: $0.primary, members: $0.members.filter { grant.covers(.patient($0)) })
        }
        let consents = try seen.map { try messaging.consents(of: $0, for: access.caller, in: transaction) }
        let visit = try seen.map { try book.next(of: $0, after: now, for: access.caller, in: transaction) }
        let otherNeeds = try seen.map { try messaging.openNeeds(of: $0, grant: grant, in: transaction) }
        let active = try messaging.staff.active(in: transaction)
        let load = try InboxStore.load(
            of: active.map(\.id), scope: ReadInbox.scope(access.caller), in: transaction)
        return OpenConversation(
            conversation: conversation, address: address,
            card: try conversation.patient.flatMap {
                try messaging.patients.cards(of: [$0], grant: grant, in: transaction)[$0]
            },
            needs: needs, chosen: id,
            facts: try InboxStore.facts(of: needs.map(\.need.id), owner: owner, grant: grant, in: transaction),
            messages: messages, media: media,
            notes: access.caller.may(.noteRead)
                ? try InboxStore.notes(of: conversation, grant: grant, in: transaction) : [],
            caller: access.caller,
            happenings: try InboxStore.happenings(of: needs.map(\.need.id), for: access.caller, in: transaction),
            candidates: try candidates(conversation, address.phone, now, messaging, book, transaction, access),
            consents: try consents?.get() ?? [], visit: try visit?.get(), otherNeeds: try otherNeeds?.get() ?? [],
            colleagues: active.map { ($0, load[$0.id] ?? 0) },
            verdict: try messaging.replyVerdict(conversation, now: now, in: transaction),
            hint: try ConsentStore.openHint(in: conversation.id, transaction))
    }

    /// Whose number it may be: shown to who decides, under a grant of its own.
    private static func candidates(
        _ conversation: ConversationRow, _ number: PhoneNumber?, _ now: Instant, _ messaging: Messaging,
        _ book: any AppointmentBook, _ transaction: any Transaction, _ access: Access
    ) throws -> [(card: PatientCard, visit: AppointmentSummary?)] {
        guard let number, conversation.patient == nil, access.caller.permissions.contains(.needWrite) else {
            return []
        }
        let reachable = try messaging.patients.reachable(at: number, vault: access.vault, in: transaction)
        let scopes = try Policy.scopeRows(of: reachable, for: access.caller, in: transaction)
        // Cut after the policy: who is hidden takes nobody's place.
        let patients = reachable.filter {
            Policy.decide(access.caller, .needRead, .patient(scopes[$0] ?? [])) == .permit
        }.prefix(12)
        if patients.isEmpty { return [] }
        let grant = try access.grant(.needRead, forList: patients.map { ($0, scopes[$0] ?? []) })
        let cards = try messaging.patients.cards(of: Array(patients), grant: grant, in: transaction)
        return try patients.compactMap { patient in
            guard let card = cards[patient] else { return nil }
            return (card, try book.next(of: PatientSet(patient), after: now, for: access.caller, in: transaction).get())
        }
    }
}

extension Messaging {
    /// What the policy says to a reply in a conversation at this moment; nil without a policy.
    func replyVerdict(
        _ conversation: ConversationRow, now: Instant, in transaction: any Transaction
    ) throws -> ContactPolicy.Verdict? {
        let configuration = try definitions.configuration(of: transaction.tenant)
        guard let policy = configuration.consentPolicy else { return nil }
        let question = try question(
            purpose: .reply, conversation, now: now, locationZone: homeZone(configuration), in: transaction)
        return ContactPolicy.decide(question, by: policy)
    }
}
