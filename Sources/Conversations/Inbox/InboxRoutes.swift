import ConversationsAPI
import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

/// The inbox in the browser: what is shown, and what its forms do.
struct InboxRoutes {
    let messaging: Messaging
    let book: any AppointmentBook
    let presence: Presence
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    /// Tells open pages that topics changed without an event: somebody writes, to that patient when it is one.
    let nudge: @Sendable (ID<Tenant>, ID<Patient>?, Labels, _ topics: [String]) -> Void

    var routes: [Route] {
        [
            .get("/inbox", .page(.needRead) { try await list($0, $1) }),
            .get("/inbox/{id}", .page(.needRead) { try await show($0, $1) }),
            .get("/conversations/{id}", .page(.needRead) { try await jump($0, $1) }),
            .get("/conversations/{id}/media/{media}", .page(.messageRead) { try await media($0, $1) }),
            .post("/conversations/{id}/messages", .page(.messageSend) { try await reply($0, $1) }),
            .post("/conversations/{id}/presence", .page(.messageSend) { try await writes($0, $1) }),
            .post("/conversations/{id}/patient", .page(.needWrite) { try await decide($0, $1) }),
            .post("/conversations/{id}/consent", .page(.consentWrite) { try await decideHint($0, $1) }),
            .post("/needs/{id}/owner", .page(.needWrite) { try await take($0, $1) }),
            .post("/needs/{id}/handoff", .page(.needWrite) { try await handOff($0, $1) }),
            .post("/needs/{id}/closure", .page(.needWrite) { try await close($0, $1) }),
            .post("/needs/{id}/reopening", .page(.needWrite) { try await reopen($0, $1) }),
            .post("/needs/{id}/facts", .page(.needWrite) { try await fact($0, $1) }),
        ]
    }

    // MARK: Showing

    /// What the list shows: from the address, or for a form from the page it stood on.
    private struct Place {
        var filter = InboxFilter.team
        var order = InboxOrder.due

        init(_ fields: FormFields) {
            filter = fields["filter"].flatMap(InboxFilter.init(rawValue:)) ?? .team
            order = fields["order"].flatMap(InboxOrder.init(rawValue:)) ?? .due
        }

        init(of request: WebRequest) {
            let page = request.headers[.hxCurrentURL] ?? request.headers[.referer] ?? ""
            let query = page.firstIndex(of: "?").map { page[page.index(after: $0)...].prefix { $0 != "#" } } ?? ""
            // An address the browser garbled shows the ordinary list.
            self.init((try? FormFields(parsing: query.utf8)) ?? FormFields())
        }

        var query: String { InboxListView.query(filter, order) }
        var cursorList: String { "inbox/\(filter.rawValue)/\(order.rawValue)" }
    }

    private func list(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await page(request, signedIn, Place(request.query), need: nil)
    }

    private func show(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        var trouble = FormTrouble()
        if let key = request.query["template"] { trouble.text = "template:" + key }
        return try await page(request, signedIn, Place(request.query), need: request.id("id"), trouble: trouble)
    }

    private func page(
        _ request: WebRequest, _ signedIn: SignedIn, _ place: Place, need: ID<Need>?,
        trouble: FormTrouble = FormTrouble(),
        flash: String? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> WebResponse {
        let words = try InboxWords(request, messaging: messaging)
        let vault = try await request.spine.vault(request.tenant)
        let after = try request.query["after"].map { try Cursor($0, for: place.cursorList, vault: vault) }
        let content = try await request.spine.ask(
            ReadInbox(
                filter: place.filter, order: place.order, after: after, need: need, now: words.now,
                messaging: messaging, book: book),
            as: signedIn.caller)
        var shell = shell(request, signedIn, words.text("inbox.title"), "inbox")
        if let flash { shell["flash"] = .views([View(["good": false, "bad": true, "text": .text(flash)])]) }
        var view = View(["csrf": .text(signedIn.csrf), "shell": .view(shell), "open": .none])
        InboxListView(
            words: words, filter: place.filter, order: place.order, content: content, presence: presence,
            user: signedIn.user, next: try content.next?.text(for: place.cursorList, vault: vault)
        ).fill(&view)
        if let open = content.open {
            let detail = OpenView(
                words: words, open: open, names: content.names, signedIn: signedIn, presence: presence,
                back: "/inbox?" + place.query, listQuery: place.query,
                intent: ID<Message>(raw: request.spine.ids.nextRaw()).text,
                trouble: filled(trouble, open, words, signedIn, request))
            view["open"] = .view(detail.view)
        }
        return .html(try request.pages.render("inbox/index", view, request.language), status: status)
    }

    /// A template chosen by its link, for browsers without scripts.
    private func filled(
        _ trouble: FormTrouble, _ open: OpenConversation, _ words: InboxWords, _ signedIn: SignedIn,
        _ request: WebRequest
    ) -> FormTrouble {
        guard let text = trouble.text, text.hasPrefix("template:") else { return trouble }
        var trouble = trouble
        let language = request.query["in"].flatMap(Language.init(rawValue:)) ?? .english
        let templates = ReplyTemplates(words: words, open: open, agent: signedIn.displayName).all(language)
        trouble.text = templates.first { "template:" + $0.key == text }?.text ?? ""
        return trouble
    }

    /// A conversation's own address leads to its newest need.
    private func jump(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<Conversation> = try request.id("id")
        let need = try await request.spine.read(.needRead, as: signedIn.caller) { transaction, access in
            _ = try messaging.opened(id, .needRead, access: access, in: transaction)
            return try InboxStore.newestNeed(of: id, in: transaction)
        }
        guard let need else { throw Fault.notFound("conversation") }
        return .seeOther("/inbox/\(need.text)")
    }

    /// A picture, as a download that no browser runs.
    private func media(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let conversation: ID<Conversation> = try request.id("id")
        let id = try request.id("media", of: Blob.self)
        let found = try await request.spine.read(.messageRead, as: signedIn.caller) { transaction, access in
            guard let media = try MediaStore.media(id.raw, in: transaction), media.conversation.id == conversation,
                let blob = media.blob
            else { throw try messaging.absent("attachment", .messageRead, access: access, in: transaction) }
            let grant = try messaging.grant(
                .messageRead, for: media.conversation, as: "attachment", access: access, in: transaction)
            return try Blobs.get(blob, owner: media.conversation.owner, grant: grant, in: transaction)
        }
        let ending = found.type.rawValue.split(separator: "/").last.map(String.init) ?? "bin"
        return WebResponse(
            .ok,
            headers: [
                .contentType: found.type.rawValue, .cacheControl: "private, no-store",
                .contentDisposition: "attachment; filename=\"\(id.text).\(ending)\"",
                .contentSecurityPolicy: "sandbox; default-src 'none'", .xContentTypeOptions: "nosniff",
            ],
            bytes: found.bytes)
    }

    // MARK: Doing

    private func done(_ request: WebRequest, _ need: ID<Need>, _ key: String) -> WebResponse {
        .seeOther("/inbox/\(need.text)?\(Place(of: request).query)&done=\(key)")
    }

    /// Runs a form's command. What the person can mend comes back as the page with what they typed; the rest is a
    /// fault.
    private func act(
        _ request: WebRequest, _ signedIn: SignedIn, need: ID<Need>?, done key: String,
        trouble: (Fault) -> FormTrouble = { _ in FormTrouble() }, _ body: () async throws -> ID<Need>?
    ) async throws -> WebResponse {
        do {
            guard let target = try await body() ?? need else { return .seeOther("/inbox?" + Place(of: request).query) }
            return done(request, target, key)
        } catch let fault as Fault where [.conflict, .invalid, .unprocessable].contains(fault.category) && need != nil {
            let key = "inbox.wrong.\(fault.code)"
            let known = request.pages.catalogue.has(key)
            let message =
                known ? request.pages.text(key, request.language, try await who(fault, request)) : fault.message
            return try await page(
                request, signedIn, Place(of: request), need: need, trouble: trouble(fault), flash: message,
                status: fault.category == .conflict ? .conflict : .unprocessableContent)
        }
    }

    /// The name of the person a conflict is with.
    private func who(_ fault: Fault, _ request: WebRequest) async throws -> [String: String] {
        guard let user = fault.place.flatMap({ ID<User>($0) }) else { return ["name": "—"] }
        let names = try await request.spine.database.read(request.tenant) {
            try messaging.staff.names(of: [user], in: $0)
        }
        return ["name": names[user]?.name ?? "—"]
    }

    private func take(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let need: ID<Need> = try request.id("id")
        return try await act(request, signedIn, need: need, done: "need.taken") {
            _ = try await request.spine.perform(TakeNeed(need: need, messaging: messaging), as: signedIn.caller)
            return need
        }
    }

    private func handOff(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let need: ID<Need> = try request.id("id")
        let form = try request.form()
        let note = form.trimmed("note")
        let missing = request.pages.text("inbox.handoff.missing", request.language)
        let trouble: (Fault) -> FormTrouble = { _ in FormTrouble(handoff: missing, note: note) }
        let to = form["to"] ?? ""
        let answer = try await act(request, signedIn, need: need, done: "need.handed-off", trouble: trouble) {
            let receiver: HandOffNeed.Receiver
            if to.hasPrefix("team:") {
                receiver = .team(String(to.dropFirst(5)))
            } else if to.hasPrefix("user:"), let user = ID<User>(to.dropFirst(5)) {
                receiver = .user(user)
            } else {
                throw Fault.invalid("to", missing)
            }
            _ = try await request.spine.perform(
                HandOffNeed(need: need, to: receiver, note: note, messaging: messaging), as: signedIn.caller)
            return need
        }
        // With a team whose needs are labelled it may be out of the giver's reach now.
        let teams = try messaging.definitions.configuration(of: request.tenant).teams
        let labels = Labels(codes: to.hasPrefix("team:") ? teams[String(to.dropFirst(5))]?.value.labels ?? [] : [])
        if answer.status == .seeOther, !labels.isDisjoint(with: signedIn.caller.hidden) {
            return .seeOther("/inbox?\(Place(of: request).query)&done=need.handed-off")
        }
        return answer
    }

    private func close(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let need: ID<Need> = try request.id("id")
        let form = try request.form()
        let note = form.trimmed("note")
        let missing = request.pages.text("inbox.closing.missing", request.language)
        let trouble: (Fault) -> FormTrouble = {
            FormTrouble(closing: $0.category == .invalid ? missing : nil, note: note)
        }
        return try await act(request, signedIn, need: need, done: "need.closed", trouble: trouble) {
            guard let outcome = form["outcome"].flatMap(NeedOutcome.init(rawValue:)) else {
                throw Fault.invalid("outcome", missing)
            }
            _ = try await request.spine.perform(
                CloseNeed(need: need, outcome: outcome, note: note, messaging: messaging), as: signedIn.caller)
            return need
        }
    }

    private func reopen(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let need: ID<Need> = try request.id("id")
        return try await act(request, signedIn, need: need, done: "need.reopened") {
            _ = try await request.spine.perform(ReopenNeed(need: need, messaging: messaging), as: signedIn.caller)
            return need
        }
    }

    /// Writes down what is known; the booking dialog, which asks for it too, is where its form leads back to.
    private func fact(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let need: ID<Need> = try request.id("id")
        let form = try request.form()
        guard let code = form["code"].flatMap(FactCode.init(rawValue:)) else {
            throw Fault.invalid("code", "Choose one.")
        }
        let answer = try await act(request, signedIn, need: need, done: "need.fact-recorded") {
            _ = try await request.spine.perform(
                RecordFact(need: need, code: code, value: form.trimmed("value") ?? "", messaging: messaging),
                as: signedIn.caller)
            return need
        }
        let back = form["return"] ?? ""
        guard answer.status == .seeOther, back.hasPrefix("/booking?"), !back.contains("\n") else { return answer }
        return .seeOther(back)
    }

    private func decide(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let conversation: ID<Conversation> = try request.id("id")
        let form = try request.form()
        let need = try await request.spine.read(.needRead, as: signedIn.caller) { transaction, access in
            _ = try messaging.opened(conversation, .needRead, access: access, in: transaction)
            return try InboxStore.newestNeed(of: conversation, in: transaction)
        }
        let missing = request.pages.text("inbox.decide.missing", request.language)
        return try await act(
            request, signedIn, need: need, done: "conversation.assigned", trouble: { _ in FormTrouble(decide: missing) }
        ) {
            let person: AssignConversation.Person
            if form["patient"] == "new" {
                person = .new
            } else if let patient = form.id("patient", of: Patient.self) {
                person = .patient(patient)
            } else {
                throw Fault.invalid("patient", missing)
            }
            let result = try await request.spine.perform(
                AssignConversation(conversation: conversation, person: person, messaging: messaging),
                as: signedIn.caller)
            return try await request.spine.read(.needRead, as: signedIn.caller) { transaction, _ in
                try InboxStore.newestNeed(of: ID(raw: result.conversation), in: transaction)
            }
        }
    }

    /// Whether a text asked for no more texts.
    private func decideHint(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let conversation: ID<Conversation> = try request.id("id")
        let form = try request.form()
        guard let message = form.id("message", of: Message.self), let decision = form["decision"],
            ["stop", "keep"].contains(decision)
        else { throw Fault.invalid("decision", "Choose whether to stop texts.") }
        let need = form.id("need", of: Need.self)
        return try await act(request, signedIn, need: need, done: "consent.hint-\(decision)") {
            _ = try await request.spine.perform(
                DecideConsentHint(
                    conversation: conversation, message: message, stop: decision == "stop", messaging: messaging),
                as: signedIn.caller)
            return need
        }
    }

    private func writes(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let conversation: ID<Conversation> = try request.id("id")
        let now = request.spine.clock.now()
        let messaging = messaging
        let row = try await request.spine.read(.messageSend, as: signedIn.caller) { transaction, access in
            guard let row = try ThreadStore.conversation(conversation, in: transaction) else {
                throw try messaging.absent("conversation", .messageSend, access: access, in: transaction)
            }
            try messaging.reach(.messageSend, row, as: "conversation", access: access, in: transaction)
            return row
        }
        if presence.writes(signedIn.user, name: signedIn.displayName, in: conversation, at: now) {
            nudge(request.tenant, row.patient, row.labels, ["conversation-\(conversation.text)", "inbox"])
        }
        return WebResponse(.noContent)
    }

    private func reply(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let conversation: ID<Conversation> = try request.id("id")
        let form = try request.form()
        let need = form.id("need", of: Need.self)
        let text = form.trimmed("text") ?? ""
        let words = try InboxWords(request, messaging: messaging)
        let trouble: (Fault) -> FormTrouble = { fault in
            let key = "inbox.wrong.\(fault.code)"
            let why =
                fault.code == "message.unfilled" ? words.text(key) : fault.fields.first?.message ?? fault.message
            return FormTrouble(composer: (words.text("inbox.composer.not-sent"), why), text: text)
        }
        return try await act(request, signedIn, need: need, done: "message.queued", trouble: trouble) {
            let command = SendReply(
                conversation: conversation, need: need, text: text, template: form["template"],
                language: LanguageGuess.language(of: text), messaging: messaging)
            // The form's intent makes a second click, or a retry after a lost answer, the same message.
            let key = form["intent"].flatMap { IdempotencyKey("reply-" + $0) }
            let outcome = try await request.spine.perform(
                command, as: signedIn.caller,
                idempotency: key.map { ($0, Array("\(conversation.text)\n\(text)".utf8)) })
            presence.ends(signedIn.user, in: conversation)
            if let reason = outcome.withheld {
                throw Fault(.conflict, "message.withheld-\(reason)", words.text("inbox.muted.\(reason)"))
            }
            return need
        }
    }
}

extension HTTPField.Name {
    static let hxCurrentURL: HTTPField.Name = {
        guard let name = HTTPField.Name("HX-Current-URL") else { preconditionFailure("a constant header name") }
        return name
    }()
}
