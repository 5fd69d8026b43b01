import ConversationsAPI
import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

/// One person: who they are, what they may do, what they have to do, and what was done about them.
extension Trust {
    private struct Read: Sendable {
        let account: UserStore.Account
        let login: String
        let hasStep: Bool
        let sessions: [SessionStore.Session]
        let work: OwnedWork
        let keys: [ID<APIKey>]
        let invitation: Instant?
        let history: [StoredEvent]
        let names: [ID<User>: StaffName]
        let staff: [StaffName]
    }

    private func read(_ id: ID<User>, _ request: WebRequest, _ signedIn: SignedIn) async throws -> Read {
        let (work, caller, now) = (rules.work, signedIn.caller, request.spine.clock.now())
        return try await request.spine.read(.userManage, as: caller) { transaction, access in
            guard let account = try UserStore.find(id, in: transaction), !account.isDisposed else {
                throw Fault.notFound("user")
            }
            let grant = try access.grant(.userManage, for: .user(id))
            let history = try UserHistory.events(about: id, in: transaction)
            let authors = history.compactMap { event -> ID<User>? in
                if case .user(let author) = event.actor { return author }
                return nil
            }
            let steps = try SecondSteps.of(id, in: transaction)
            return Read(
                account: account, login: try UserStore.addresses(of: [id], grant: grant, in: transaction)[id] ?? "",
                hasStep: steps.app || steps.passkey,
                sessions: try SessionStore.open(of: id, in: transaction),
                work: try work.openWork(of: id, for: caller, in: transaction),
                keys: try KeyOwners.held(by: id, in: transaction),
                invitation: try InvitationStore.open(of: id, at: now, in: transaction), history: history,
                names: try Staff().names(of: Array(Set(authors)), in: transaction),
                staff: try Staff().active(in: transaction))
        }
    }

    func user(
        _ request: WebRequest, _ signedIn: SignedIn, note: UserNote = UserNote()
    ) async throws -> WebResponse {
        let id: ID<User> = try request.id("id")
        let read = try await read(id, request, signedIn)
        let account = read.account
        let configuration = try definitions.configuration(of: request.tenant)
        let now = request.spine.clock.now()
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let limits = try gatekeeper.limits(account.roles, request.tenant)
        let rows = read.sessions.filter { $0.times.hold(limits, at: now) }.map { session in
            words.session(session, current: session.id == signedIn.session, end: nil)
        }
        let isSelf = id == signedIn.user
        let isActive = account.state == "active"
        let staff = StaffName(id: id, name: account.displayName)
        var view = View([
            "shell": .view(shell(request, signedIn, account.displayName, "users")), "csrf": .text(signedIn.csrf),
            "id": .text(id.text), "name": .text(account.displayName), "initials": .text(staff.initials),
            "tone": .number(tone(id.raw)), "login": .text(read.login),
            "state": .view(words.state(account.state)), "step": .view(words.onOff(read.hasStep)),
            "sessions": .views(rows), "hasSessions": .flag(!rows.isEmpty), "problem": .optional(note.problem),
            "link": .optional(note.link), "maySuspend": .flag(!isSelf && isActive),
            "mayRestore": .flag(!isActive), "mayClear": .flag(!isSelf && read.hasStep),
            "mayInvite": .flag(!isSelf && isActive), "mayMove": .flag(!isSelf),
            "version": .number(account.version),
            "form": .view((note.form ?? UserForm(account)).view(words, configuration, request.language)),
            "history": .views(read.history.map { history($0, read.names, words, configuration) }),
            "hasHistory": .flag(!read.history.isEmpty),
        ])
        describe(account, configuration, words, into: &view)
        view["invitation"] = .optional(
            read.invitation.map { words.text("trust.invitation.open", ["when": words.moment($0)]) })
        view["noPassword"] = .flag(!account.hasPassword && isActive)
        work(read, words, configuration, into: &view)
        let isFine = note.problem == nil && (note.form?.wrong.isEmpty ?? true)
        return .html(
            try request.pages.render("users/person", view, request.language),
            status: isFine ? .ok : .unprocessableContent)
    }

    /// Roles, the teams that follow from them, and places.
    private func describe(
        _ account: UserStore.Account, _ configuration: Configuration, _ words: TrustWords, into view: inout View
    ) {
        let language = words.request.language
        let badge = { (text: String) in View(["label": .text(text), "tone": "blue"]) }
        let teams = configuration.teams.values.filter { team in team.value.roles.contains { account.roles.contains($0) }
        }
        let isEverywhere = account.roles.contains { configuration.roles[$0]?.value.locationScope == .everywhere }
        let places = (account.locations ?? []).map { configuration.known(location: $0)?.name ?? $0 }
        let noPlace = words.text("trust.user.nowhere")
        view["roles"] = .views(account.roles.map { badge(configuration.roles[$0]?.value.names[language] ?? $0) })
        view["hasRoles"] = .flag(!account.roles.isEmpty)
        view["teams"] = .text(teams.map { $0.value.names[language] }.sorted().joined(separator: ", "))
        view["places"] = .text(
            isEverywhere ? words.text("trust.everywhere") : places.isEmpty ? noPlace : places.joined(separator: ", "))
    }

    /// What they have to do, and who may take it over.
    private func work(_ read: Read, _ words: TrustWords, _ configuration: Configuration, into view: inout View) {
        let catalogue = words.request.pages.catalogue
        let language = words.request.language
        let items = read.work.items.map { item in
            View([
                "href": .text("/inbox/" + item.need.text), "reason": .text(words.text("inbox.reason.\(item.reason)")),
                "team": .text(configuration.teams[item.team]?.value.names[language] ?? item.team),
                "due": .text(words.moment(item.dueAt)),
            ])
        }
        let hidden = read.work.total - items.count
        let own = View(["value": "own", "label": .text(words.text("trust.user.work.own"))])
        let teams = configuration.teams.sorted { $0.key < $1.key }.map { key, team in
            View([
                "value": .text("team:" + key),
                "label": .text(words.text("trust.user.work.team", ["name": team.value.names[language]])),
            ])
        }
        let people = read.staff.filter { $0.id != read.account.id }.map { person in
            View(["value": .text("user:" + person.id.text), "label": .text(person.name)])
        }
        view["work"] = .views(items)
        view["hasWork"] = .flag(read.work.total > 0)
        view["hasItems"] = .flag(!items.isEmpty)
        view["workCount"] = .text(catalogue.count("trust.user.work.count", language, read.work.total))
        view["hiddenWork"] = .optional(
            hidden > 0 ? catalogue.count("trust.user.work.hidden", language, hidden) : nil)
        view["receivers"] = .views([own] + teams + people)
        view["keys"] = .optional(
            read.keys.isEmpty ? nil : catalogue.count("trust.user.keys", language, read.keys.count))
    }

    // MARK: History

    private func history(
        _ event: StoredEvent, _ names: [ID<User>: StaffName], _ words: TrustWords, _ configuration: Configuration
    ) -> View {
        let roles = { (name: String) in
            (event.body[name]?.array ?? []).compactMap(\.string).map {
                configuration.roles[$0]?.value.names[words.request.language] ?? $0
            }.joined(separator: ", ")
        }
        var details: [String] = []
        switch event.kind.rawValue {
        case "user.added": details.append(roles("roles"))
        case "user.moved":
            let (added, removed) = (roles("added"), roles("removed"))
            if !added.isEmpty { details.append(words.text("trust.history.added", ["roles": added])) }
            if !removed.isEmpty { details.append(words.text("trust.history.removed", ["roles": removed])) }
        default: break
        }
        return View([
            "what": .text(words.text("trust.history.\(event.kind.rawValue)")),
            "details": .text(details.filter { !$0.isEmpty }.joined(separator: " · ")),
            "who": .text(AuditWords(words: words, names: names).who(event.actor)),
            "when": .text(words.moment(event.recordedAt)), "stamp": .text(event.recordedAt.iso8601),
        ])
    }
}

/// What happened to an account, as the log has it.
enum UserHistory {
    /// Every kind of event about an account; each has words under `trust.history.`.
    static let kinds = [
        "user.added", "user.moved", "user.described", "user.suspended", "user.restored", "user.session-ended",
        "user.password-changed", "user.second-step-on", "user.second-step-off", "user.recovery-code-used",
        "user.recovery-codes-replaced", "user.invited", "user.invitation-used", "user.work-handed-over",
    ]

    /// The newest first.
    static func events(about user: ID<User>, in transaction: any Transaction) throws -> [StoredEvent] {
        try transaction.rows(
            """
            SELECT CAST(0 AS BIGINT) AS position, \(EventStore.columns) FROM event_subject s
                JOIN event e ON e.tenant = s.tenant AND e.id = s.event
            WHERE s.tenant = \(.tenant) AND s.kind = 'user' AND s.subject = \(user) AND e.kind IN \(list: kinds)
            ORDER BY s.event DESC LIMIT 100
            """
        ).map(EventStore.read)
    }
}
