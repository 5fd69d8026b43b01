import JSON
import Kernel
import Spine
import Store
import StudioAPI
import Vault

/// Begins a review: keeps what everybody may do now, to be decided about by a day.
struct StartAccessReview: Command {
    static let permission = Permission.accessReviewRun
    let name: String
    let dueAt: Instant
    let definitions: any DefinitionReading

    func validate() throws {
        if name.isEmpty || name.utf8.count > 120 { throw Fault.invalid("name", "Give the review a name.") }
    }

    func run(_ context: CommandContext) throws -> Int64 {
        guard case .user(let user) = context.caller.actor else { throw Fault.invalid("by", "A person reviews.") }
        guard dueAt > context.now else { throw Fault.invalid("due", "Give a day to come.") }
        let configuration = try definitions.configuration(of: context.caller.tenant)
        let lines = try AccessLine.all(configuration, in: context.transaction)
        let review = AccessReviewStore.Review(
            id: context.newID(), name: name, startedBy: user, startedAt: context.now, dueAt: dueAt, completedBy: nil,
            completedAt: nil)
        try AccessReviewStore.insert(review, lines, in: context.transaction)
        context.concerns(.tenant)
        context.emit(
            NewEvent(
                EventKind("access-review.started"),
                body: ["review": .string(review.id.text), "lines": .int(Int64(lines.count))]))
        return review.id.raw
    }
}

/// Decides about one line. Nobody decides about their own; what is removed is gone at once.
struct DecideAccessReview: Command {
    static let permission = Permission.accessReviewRun
    let review: ID<AccessReview>
    let kind: AccessLine.Kind
    let subject: Int64
    let decision: AccessReview.Decision
    let note: String
    let rules: AccountRules

    func validate() throws {
        if note.utf8.count > 1_000 { throw Fault.invalid("note", "At most 1,000 characters.") }
        if decision == .change, note.isEmpty { throw Fault.invalid("note", "Say what is to change.") }
    }

    func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        guard case .user(let reviewer) = context.caller.actor,
            let found = try AccessReviewStore.find(review, lock: true, in: transaction),
            try AccessReviewStore.hasLine(kind, subject, of: review, in: transaction)
        else { throw Fault.notFound("review") }
        guard found.completedAt == nil else {
            throw Fault(.conflict, "review.completed", "This review is completed.")
        }
        guard let account = try UserStore.find(reviewer, in: transaction) else { throw Fault.notFound("user") }
        var keySubject = account.keySubject
        switch kind {
        case .user:
            guard subject != reviewer.raw else { throw Self.own }
            guard let person = try UserStore.find(ID(raw: subject), in: transaction) else {
                throw Fault.notFound("user")
            }
            if !person.isDisposed { keySubject = person.keySubject }
            context.concerns(.user(person.id))
            if decision == .remove { try remove(person, context) }
        case .key:
            let key = ID<APIKey>(raw: subject)
            guard try KeyOwners.owners(in: transaction)[key] != reviewer else { throw Self.own }
            if decision == .remove, try KeyOwners.revoke(key, at: context.now, in: transaction) {
                context.emit(NewEvent(EventKind("api-key.revoked"), body: ["key": .string(key.text)]))
            }
        }
        let id = context.ids.nextRaw()
        try AccessReviewStore.insert(
            AccessReviewStore.Decided(
                id: id, kind: kind, subject: subject, decision: decision, by: reviewer, at: context.now,
                keySubject: keySubject,
                sealed: try context.vault.seal(ReviewNote(note), id: id, subject: keySubject)),
            review: review, in: transaction)
        context.emit(
            NewEvent(
                EventKind("access-review.decided"), subjects: kind == .user ? [.user(ID(raw: subject))] : [],
                body: [
                    "review": .string(review.text), "kind": .string(kind.rawValue),
                    "subject": .string(Crockford.encode(subject)), "decision": .string(decision.rawValue),
                ]))
        return true
    }

    static var own: Fault { Fault(.conflict, "review.own", "Somebody else decides about your own access.") }

    private func remove(_ person: UserStore.Account, _ context: CommandContext) throws {
        try rules.keepsAnAdministrator(person, roles: person.roles, isActive: false, context)
        if try UserStore.setState(person.id, "suspended", in: context.transaction) {
            try rules.leave(person, AccountRules.Leaving(), context)
        }
    }
}

/// Ends a review when every line is decided. It cannot be changed any more.
struct CompleteAccessReview: Command {
    static let permission = Permission.accessReviewRun
    let review: ID<AccessReview>

    func run(_ context: CommandContext) throws -> Bool {
        guard case .user(let user) = context.caller.actor,
            try AccessReviewStore.find(review, lock: true, in: context.transaction) != nil
        else { throw Fault.notFound("review") }
        let count = try AccessReviewStore.counts(in: context.transaction)[review] ?? (lines: 0, decided: 0)
        guard count.lines == count.decided else {
            throw Fault(.conflict, "review.open", "Not every line is decided yet.")
        }
        guard try AccessReviewStore.complete(review, by: user, at: context.now, in: context.transaction) else {
            throw Fault(.conflict, "review.completed", "This review is completed.")
        }
        context.concerns(.tenant)
        context.emit(
            NewEvent(
                EventKind("access-review.completed"),
                body: ["review": .string(review.text), "lines": .int(Int64(count.lines))]))
        return true
    }
}
