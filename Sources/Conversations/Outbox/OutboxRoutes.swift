import Kernel
import PeopleAPI
import Spine
import Store
import Vault
import Web

/// Messages that a machine has given up: uncertain ones and dead ones, for a person to decide.
struct OutboxRoutes {
    let messaging: Messaging
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View

    var routes: [Route] {
        [
            .get("/outbox", heavy: true, .page(.messageRead) { try await list($0, $1) }),
            .post("/outbox/{id}/resolution", .page(.messageSend) { try await settle($0, $1) }),
        ]
    }

    /// At most this many stand on the page; the rest comes up as these are decided.
    static let limit = 100

    private func list(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try InboxWords(request, messaging: messaging)
        let stuck = try await request.spine.ask(ReadStuckMessages(messaging: messaging), as: signedIn.caller)
        let rows = stuck.map { row(words, signedIn, $0) }
        let none = View([
            "icon": "check", "title": .text(words.text("outbox.none.title")),
            "text": .text(words.text("outbox.none.text")),
            "action": .view(View(["href": "/inbox?filter=team", "label": .text(words.text("inbox.none.action"))])),
        ])
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("outbox.title"), "inbox")),
            "hasRows": .flag(!rows.isEmpty), "rows": .views(rows), "none": rows.isEmpty ? .view(none) : .none,
        ])
        return .html(try request.pages.render("outbox/index", view, request.language))
    }

    private func row(_ words: InboxWords, _ signedIn: SignedIn, _ stuck: ReadStuckMessages.Stuck) -> View {
        let uncertain = stuck.state == "uncertain"
        let may = signedIn.may(.messageSend)
        return View([
            "id": .text(stuck.message.text), "who": .text(stuck.who),
            "href": .text("/conversations/\(stuck.conversation.text)"), "text": .text(stuck.text),
            "at": .text(words.moment(stuck.at)), "stamp": .text(words.stamp(stuck.at)),
            "why": .text(words.code("outbox.reason", stuck.reason ?? "unknown")),
            "state": .view(
                View([
                    "label": .text(words.text(uncertain ? "outbox.state.uncertain" : "outbox.state.dead")),
                    "tone": uncertain ? "amber" : "red", "icon": "alert",
                ])),
            "action": .text("/outbox/\(stuck.message.text)/resolution"), "may": .flag(may),
        ])
    }

    private func settle(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        guard let decision = form["decision"].flatMap(SettleMessage.Decision.init(rawValue:)) else {
            throw Fault.invalid("decision", "Choose whether to send it again.")
        }
        _ = try await request.spine.perform(
            SettleMessage(message: try request.id("id"), decision: decision, messaging: messaging), as: signedIn.caller)
        return .seeOther("/outbox?done=message.\(decision == .resend ? "queued" : "given-up")")
    }
}

/// The messages that wait for a person's decision, with their words, under one grant for exactly these.
struct ReadStuckMessages: Query {
    static let permission = Permission.messageRead

    let messaging: Messaging

    struct Stuck: Sendable {
        let message: ID<Message>
        let conversation: ID<Conversation>
        let who: String
        let text: String
        let state: String
        let reason: String?
        let at: Instant
    }

    private typealias Found = (item: Outbox.Stuck, message: ThreadStore.Outbound)

    /// The newest of patients whom the caller may see: read on until the page is full, so that who is hidden takes
    /// nobody's place.
    private func visible(_ caller: Caller, in transaction: any Transaction) throws -> [Found] {
        let all = try [SMSOutbox.message, MailOutbox.message].flatMap { try visible($0, caller, in: transaction) }
        return Array(all.sorted { $0.item.id > $1.item.id }.prefix(OutboxRoutes.limit))
    }

    private func visible(_ kind: String, _ caller: Caller, in transaction: any Transaction) throws -> [Found] {
        var found: [Found] = []
        var before: Int64?
        while found.count < OutboxRoutes.limit {
            let items = try Outbox.stuck(
                kind: kind, before: before, limit: OutboxRoutes.limit, in: transaction)
            let messages = try items.compactMap { item in
                try ThreadStore.outbound(ID(raw: item.target), in: transaction).map { (item, $0) }
            }
            let patients = Array(Set(messages.compactMap(\.1.conversation.patient))).sorted()
            let scopes = try Policy.scopeRows(of: patients, for: caller, in: transaction)
            found += messages.filter { _, message in
                let scope = message.conversation.patient.map { scopes[$0] ?? [] }
                return Policy.decide(caller, Self.permission, .item(of: scope, message.conversation.labels)) == .permit
            }
            guard items.count == OutboxRoutes.limit, let last = items.last else { break }
            before = last.id
        }
        return Array(found.prefix(OutboxRoutes.limit))
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> [Stuck] {
        let messages = try visible(access.caller, in: transaction)
        let patients = Array(Set(messages.compactMap(\.1.conversation.patient))).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let strangers = Set(messages.filter { $0.1.conversation.patient == nil }.map(\.1.conversation.owner))
        let grant = try access.grant(
            .messageRead, forList: patients.map { ($0, scopes[$0] ?? []) }, and: Array(strangers))
        let names = try messaging.patients.names(of: patients, grant: grant, in: transaction)
        return try messages.compactMap { item, message in
            let conversation = message.conversation
            guard grant.covers(conversation.owner) else { return nil }
            let content = try message.sealed.open(
                grant, of: conversation.owner, id: message.id.raw, subject: message.keySubject)
            let who =
                try conversation.patient.flatMap { names[$0] }
                ?? ThreadStore.address(of: conversation, grant: grant, in: transaction).display
            return Stuck(
                message: message.id, conversation: conversation.id, who: who, text: content.text, state: item.state,
                reason: item.reason, at: item.settledAt)
        }
    }
}
