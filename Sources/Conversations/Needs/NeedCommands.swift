import JSON
package import Kernel
import PeopleAPI
package import Spine
import Store
import StudioAPI
package import Vault

/// What a change of a need leaves: its new version.
package struct NeedChanged: Codable, Sendable, Equatable {
    package let need: Int64
    package let version: Int
}

extension Messaging {
    /// A need and its conversation, locked, once the caller may act on them. Hidden and absent look alike.
    func workable(
        _ id: ID<Need>, version: Int? = nil, context: CommandContext
    ) throws -> (need: NeedRow, conversation: ConversationRow, grant: Grant) {
        let (need, conversation, grant) = try opened(
            id, .needWrite, lock: true, access: context.access, in: context.transaction)
        context.concerns(conversation.owner)
        if let version, version != need.version {
            throw Fault(
                .conflict, "need.changed", "This need was changed meanwhile.", remedy: "Look at it again.")
        }
        return (need, conversation, grant)
    }

    /// The user who acts; API keys and runs are nobody who could own a need.
    static func user(_ caller: Caller) -> ID<User>? {
        if case .user(let id) = caller.actor { return id }
        return nil
    }

    func closedFault() -> Fault {
        Fault(.conflict, "need.closed", "This need is already closed.", remedy: "Reopen it to go on.")
    }
}

/// Takes a need nobody owns. Of two who press at once one gets it, and the other is told who.
package struct TakeNeed: Command {
    package static let permission = Permission.needWrite

    let need: ID<Need>
    /// Nil: the caller.
    let owner: ID<User>?
    let messaging: Messaging

    package init(need: ID<Need>, owner: ID<User>? = nil, messaging: Messaging) {
        self.need = need
        self.owner = owner
        self.messaging = messaging
    }

    package func run(_ context: CommandContext) throws -> NeedChanged {
        guard let owner = owner ?? Messaging.user(context.caller) else {
            throw Fault.invalid("owner", "Say which user takes it.")
        }
        let (row, conversation, _) = try messaging.workable(need, context: context)
        guard row.isOpen else { throw messaging.closedFault() }
        if row.owner == owner { return NeedChanged(need: need.raw, version: row.version) }
        guard let name = try messaging.staff.names(of: [owner], in: context.transaction)[owner] else {
            throw Fault.invalid("owner", "There is no such user.")
        }
        guard try NeedStore.take(need, by: owner, at: context.now, in: context.transaction) else {
            throw try messaging.takenFault(need, name, context: context)
        }
        context.emit(
            .about(
                conversation, .needTaken, need: need,
                [("user", .string(owner.text)), ("seconds", .int((context.now - row.openedAt).components.seconds))]))
        if row.stage == .new {
            context.emit(.about(conversation, .needStageChanged, need: need, [("from", "new"), ("to", "in-progress")]))
        }
        return NeedChanged(need: need.raw, version: row.version + 1)
    }
}

extension Messaging {
    /// Who has it, by name: staff names are not patient data.
    func takenFault(_ need: ID<Need>, _ wanted: StaffName, context: CommandContext) throws -> Fault {
        let holder = try NeedStore.need(need, in: context.transaction)?.owner
        let name = try holder.flatMap { try staff.names(of: [$0], in: context.transaction)[$0]?.name }
        return Fault(
            .conflict, "need.taken", "\(name ?? "Somebody else") has already taken this need.",
            remedy: "Ask for a hand-off, or pick another need.", place: holder?.text)
    }
}

/// Gives a need back to its team.
package struct ReleaseNeed: Command {
    package static let permission = Permission.needWrite

    let need: ID<Need>
    let messaging: Messaging

    package init(need: ID<Need>, messaging: Messaging) {
        self.need = need
        self.messaging = messaging
    }

    package func run(_ context: CommandContext) throws -> NeedChanged {
        let (row, conversation, _) = try messaging.workable(need, context: context)
        guard row.isOpen else { throw messaging.closedFault() }
        try messaging.move(row, NeedStore.Change(owner: .nobody), in: conversation, context: context)
        context.emit(.about(conversation, .needReleased, need: need))
        return NeedChanged(need: need.raw, version: row.version + 1)
    }
}

/// Hands a need to a team or a person, with all that is known of it.
package struct HandOffNeed: Command {
    package static let permission = Permission.needWrite

    package enum Receiver: Sendable {
        case team(String)
        case user(ID<User>)
    }

    let need: ID<Need>
    let receiver: Receiver
    let note: String?
    let version: Int?
    let messaging: Messaging

    package init(need: ID<Need>, to receiver: Receiver, note: String?, version: Int? = nil, messaging: Messaging) {
        self.need = need
        self.receiver = receiver
        self.note = note
        self.version = version
        self.messaging = messaging
    }

    package func validate() throws {
        if (note ?? "").count > 2000 { throw Fault.invalid("note", "At most 2,000 characters.") }
    }

    package func run(_ context: CommandContext) throws -> NeedChanged {
        let (row, conversation, _) = try messaging.workable(need, version: version, context: context)
        guard row.isOpen else { throw messaging.closedFault() }
        var change = NeedStore.Change()
        var body: [(String, JSONValue)] = []
        var labels: Labels = []
        switch receiver {
        case .team(let key):
            let configuration = try messaging.definitions.configuration(of: context.caller.tenant)
            guard let team = configuration.teams[key] else { throw Fault.invalid("to", "There is no such team.") }
            change.team = key
            labels = Labels(codes: team.value.labels)
            change.owner = .nobody
            change.dueAt = try NeedPlan.due(team.value, row.priority, from: context.now, configuration, messaging.zones)
                .first
            body.append(("team", .string(key)))
        case .user(let user):
            guard try messaging.staff.names(of: [user], in: context.transaction)[user] != nil else {
                throw Fault.invalid("to", "There is no such user.")
            }
            change.owner = .user(user)
            if row.stage == .new { change.stage = .inProgress }
            body.append(("user", .string(user.text)))
        }
        let talk = try messaging.label(conversation, with: labels, context: context)
        try messaging.move(row, change, in: talk, context: context)
        try messaging.note(note, kind: "handoff", on: row, context: context)
        context.emit(.about(talk, .needHandedOff, need: need, body))
        return NeedChanged(need: need.raw, version: row.version + 1)
    }
}

/// Ends a need by its outcome.
package struct CloseNeed: Command {
    package static let permission = Permission.needWrite

    let need: ID<Need>
    let outcome: NeedOutcome
    let note: String?
    let messaging: Messaging

    package init(need: ID<Need>, outcome: NeedOutcome, note: String?, messaging: Messaging) {
        self.need = need
        self.outcome = outcome
        self.note = note
        self.messaging = messaging
    }

    package func validate() throws {
        if (note ?? "").count > 2000 { throw Fault.invalid("note", "At most 2,000 characters.") }
    }

    package func run(_ context: CommandContext) throws -> NeedChanged {
        let (row, conversation, _) = try messaging.workable(need, context: context)
        guard row.isOpen else { throw messaging.closedFault() }
        try messaging.note(note, kind: "closing", on: row, context: context)
        try messaging.close(row, outcome, in: conversation, context: context)
        return NeedChanged(need: need.raw, version: row.version + 1)
    }
}

/// Opens a closed need again: what was thought done was not.
package struct ReopenNeed: Command {
    package static let permission = Permission.needWrite

    let need: ID<Need>
    let messaging: Messaging

    package init(need: ID<Need>, messaging: Messaging) {
        self.need = need
        self.messaging = messaging
    }

    package func run(_ context: CommandContext) throws -> NeedChanged {
        let (row, conversation, _) = try messaging.workable(need, context: context)
        let due = try messaging.due(row, context: context)
        let stage: NeedStage = row.owner == nil ? .new : .inProgress
        guard try NeedStore.reopen(need, stage: stage, due: due, at: context.now, in: context.transaction) else {
            throw Fault(.conflict, "need.open", "This need is open already.")
        }
        context.emit(.about(conversation, .needReopened, need: need))
        return NeedChanged(need: need.raw, version: row.version + 1)
    }
}

/// Writes down what is known, so that nobody asks again.
package struct RecordFact: Command {
    package static let permission = Permission.needWrite

    let need: ID<Need>
    let code: FactCode
    let value: String
    let messaging: Messaging

    package init(need: ID<Need>, code: FactCode, value: String, messaging: Messaging) {
        self.need = need
        self.code = code
        self.value = value
        self.messaging = messaging
    }

    package func validate() throws {
        if value.isEmpty || value.count > 500 { throw Fault.invalid("value", "1 to 500 characters.") }
    }

    package func run(_ context: CommandContext) throws -> NeedChanged {
        let (row, conversation, _) = try messaging.workable(need, context: context)
        try NeedStore.insertFact(
            context.ids.nextRaw(), need: need, code: code.rawValue, value: value, source: "agent",
            sourceID: context.caller.actor.raw, subject: row.keySubject, at: context.now, vault: context.vault,
            in: context.transaction)
        context.emit(.about(conversation, .needFactRecorded, need: need, [("code", .string(code.rawValue))]))
        return NeedChanged(need: need.raw, version: row.version)
    }
}

extension Messaging {
    /// Keeps a private note; nothing for no words. Notes have an author, so only users write them.
    func note(_ text: String?, kind: String, on need: NeedRow, context: CommandContext) throws {
        guard let text, !text.isEmpty, let author = Self.user(context.caller) else { return }
        try NeedStore.insertNote(
            context.ids.nextRaw(), need: need, author: author, kind: kind, text: text, at: context.now,
            vault: context.vault, in: context.transaction)
    }
}
