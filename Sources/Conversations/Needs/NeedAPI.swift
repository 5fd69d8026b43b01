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

/// Needs and conversations in the JSON API. The same queries and commands as the console's.
struct NeedAPI {
    let messaging: Messaging
    let book: any AppointmentBook

    var routes: [Route] {
        [
            .get("/api/v1/needs", .api(.needRead, Self.listing) { try await list($0, $1) }),
            .get("/api/v1/needs/{id}", .api(.needRead, Self.one) { try await show($0, $1) }),
            .post("/api/v1/needs/{id}/owner", .api(.needWrite, Self.taking) { try await take($0, $1) }),
            .post("/api/v1/needs/{id}/handoff", .api(.needWrite, Self.handing) { try await handOff($0, $1) }),
            .post("/api/v1/needs/{id}/closure", .api(.needWrite, Self.closing) { try await close($0, $1) }),
            .post("/api/v1/needs/{id}/facts", .api(.needWrite, Self.recording) { try await record($0, $1) }),
            .get("/api/v1/conversations/{id}", .api(.messageRead, Self.thread) { try await conversation($0, $1) }),
            .post("/api/v1/conversations/{id}/messages", .api(.messageSend, Self.sending) { try await send($0, $1) }),
        ]
    }

    // MARK: Reading

    private func list(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let filter = try choice("filter", request.query, InboxFilter.self) ?? .team
        let order = try choice("order", request.query, InboxOrder.self) ?? .due
        let name = "api/needs/\(filter.rawValue)/\(order.rawValue)"
        let vault = try await request.spine.vault(request.tenant)
        let after = try request.query["cursor"].map { try Cursor($0, for: name, vault: vault) }
        let content = try await request.spine.ask(
            ReadInbox(
                filter: filter, order: order, after: after, now: request.spine.clock.now(), messaging: messaging,
                book: book),
            as: caller)
        var json = JSONWriter(reserving: 8192)
        json.beginObject()
        json.key("needs")
        json.beginArray()
        for row in content.rows {
            json.beginObject()
            Self.fields(row.need, into: &json)
            json.field("person", row.who)
            json.field("lastMessageAt", row.lastAt.iso8601)
            json.field("unread", row.unread)
            json.endObject()
        }
        json.endArray()
        if let next = content.next { json.field("next", try next.text(for: name, vault: vault)) }
        json.endObject()
        return .json(json.bytes)
    }

    private func show(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id: ID<Need> = try request.id("id")
        let found = try await request.spine.read(.needRead, as: caller) { transaction, access in
            let (need, conversation, grant) = try messaging.opened(id, .needRead, access: access, in: transaction)
            let title = try InboxStore.title(of: need, grant: grant, in: transaction)
            let facts = try InboxStore.facts(of: [id], owner: conversation.owner, grant: grant, in: transaction)
            return (need, title, facts)
        }
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        Self.fields(found.0, into: &json)
        json.field("title", found.1)
        json.key("facts")
        json.beginArray()
        for fact in found.2 {
            json.beginObject()
            json.field("code", fact.code)
            json.field("value", fact.value)
            json.field("source", fact.source)
            json.field("recordedAt", fact.at.iso8601)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    private static func fields(_ need: NeedRow, into json: inout JSONWriter) {
        json.field("id", need.id.text)
        json.field("conversation", need.conversation.text)
        json.field("patient", ifPresent: need.patient?.text)
        json.field("reason", need.reason.rawValue)
        json.field("priority", need.priority.rawValue)
        json.field("stage", need.stage.rawValue)
        json.field("owner", ifPresent: need.owner?.text)
        json.field("team", need.team)
        json.field("nextStep", need.nextStep.rawValue)
        json.field("dueAt", need.dueAt.iso8601)
        json.field("openedAt", need.openedAt.iso8601)
        json.field("firstResponseAt", ifPresent: need.firstResponseAt?.iso8601)
        json.field("closedAt", ifPresent: need.closedAt?.iso8601)
        json.field("outcome", ifPresent: need.outcome?.rawValue)
        json.field("version", need.version)
    }

    private func conversation(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id: ID<Conversation> = try request.id("id")
        let before = try request.query["before"].map { text throws -> ID<Message> in
            guard let id = ID<Message>(text) else { throw Fault.invalid("before", "The id of a message.") }
            return id
        }
        let found = try await request.spine.read(.messageRead, as: caller) { transaction, access in
            let (row, grant) = try messaging.opened(id, .messageRead, access: access, in: transaction)
            let number = try ThreadStore.address(of: row, grant: grant, in: transaction)
            let messages = try InboxStore.messages(of: row, before: before, limit: 100, grant: grant, in: transaction)
            let media = try InboxStore.media(of: messages.map(\.id), in: transaction)
            return (row, number, messages, media)
        }
        var json = JSONWriter(reserving: 8192)
        json.beginObject()
        json.field("id", id.text)
        json.field("channel", found.0.channel.rawValue)
        json.field("patient", ifPresent: found.0.patient?.text)
        json.field("standing", found.0.standing.rawValue)
        if caller.may(.contactRead) { json.field("address", found.1.number) }
        json.key("messages")
        json.beginArray()
        for message in found.2 {
            json.beginObject()
            json.field("id", message.id.text)
            json.field("direction", message.inbound ? "in" : "out")
            json.field("state", message.state)
            json.field("at", message.at.iso8601)
            json.field("text", message.text)
            json.field("sender", ifPresent: message.sender?.text)
            json.field("language", ifPresent: message.language)
            json.field("errorCode", ifPresent: message.errorCode)
            json.field("media", found.3.filter { $0.message == message.id && $0.state == "stored" }.count)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    // MARK: Doing

    private func changed(_ result: NeedChanged, _ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        do {
            return try await show(request, caller)
        } catch let fault as Fault where fault.category == .notFound {
            // Handed to a team whose needs the giver does not see.
            return WebResponse(.noContent)
        }
    }

    private func take(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = try request.json()
        var owner: ID<User>?
        if let text = body["owner"]?.string {
            guard let id = ID<User>(text) else { throw Fault.invalid("owner", "The id of a user.") }
            owner = id
        }
        let command = TakeNeed(need: try request.id("id"), owner: owner, messaging: messaging)
        return try await changed(
            request.spine.perform(command, as: caller, idempotency: idempotency(request)), request, caller)
    }

    private func handOff(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = try request.json()
        let receiver: HandOffNeed.Receiver
        if let team = body["team"]?.string {
            receiver = .team(team)
        } else if let user = body["user"]?.string.flatMap({ ID<User>($0) }) {
            receiver = .user(user)
        } else {
            throw Fault.invalid("team", "Name a team or a user.")
        }
        let command = HandOffNeed(
            need: try request.id("id"), to: receiver, note: body["note"]?.string,
            version: body["version"]?.int.map { Int($0) }, messaging: messaging)
        return try await changed(
            request.spine.perform(command, as: caller, idempotency: idempotency(request)), request, caller)
    }

    private func close(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = try request.json()
        guard let outcome = body["outcome"]?.string.flatMap(NeedOutcome.init(rawValue:)) else {
            throw Fault.invalid("outcome", "One of \(NeedOutcome.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        let command = CloseNeed(
            need: try request.id("id"), outcome: outcome, note: body["note"]?.string, messaging: messaging)
        return try await changed(
            request.spine.perform(command, as: caller, idempotency: idempotency(request)), request, caller)
    }

    private func record(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = try request.json()
        guard let code = body["code"]?.string.flatMap(FactCode.init(rawValue:)) else {
            throw Fault.invalid("code", "One of \(FactCode.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        let command = RecordFact(
            need: try request.id("id"), code: code, value: body["value"]?.string ?? "", messaging: messaging)
        return try await changed(
            request.spine.perform(command, as: caller, idempotency: idempotency(request)), request, caller)
    }

    private func send(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = try request.json()
        let text = body["text"]?.string ?? ""
        var need: ID<Need>?
        if let given = body["need"]?.string {
            guard let id = ID<Need>(given) else { throw Fault.invalid("need", "The id of a need.") }
            need = id
        }
        let language = body["language"]?.string.map { Language(tag: $0) } ?? LanguageGuess.language(of: text)
        let command = SendReply(
            conversation: try request.id("id"), need: need, text: text, template: body["template"]?.string,
            language: language, messaging: messaging)
        let outcome = try await request.spine.perform(command, as: caller, idempotency: idempotency(request))
        if let reason = outcome.withheld {
            throw Fault(
                .conflict, "message.\(reason)", "The contact policy does not allow this message.",
                remedy: "Reach the person another way.")
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("id", ID<Message>(raw: outcome.message).text)
        json.field("state", outcome.heldUntil == nil ? "queued" : "held")
        json.field("heldUntil", ifPresent: outcome.heldUntil.map { Instant(microseconds: $0).iso8601 })
        json.endObject()
        return .json(json.bytes, status: .accepted)
    }

    private func idempotency(_ request: WebRequest) throws -> (key: IdempotencyKey, payload: [UInt8])? {
        guard let text = request.headers[.idempotencyKey] else { return nil }
        guard let key = IdempotencyKey(text) else {
            throw Fault.invalid("Idempotency-Key", "1 to 200 printable ASCII characters.")
        }
        return (key, Array(request.path.utf8) + [0] + request.body)
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ fields: FormFields, _: Choice.Type
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text = fields[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw Fault.invalid(name, "One of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }
}
