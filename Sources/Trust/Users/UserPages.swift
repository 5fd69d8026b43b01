import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// Users: who may come in, and what for.
extension Trust {
    var userRoutes: [Route] {
        [
            .get("/users", .page(.userManage) { request, signedIn in try await users(request, signedIn) })
        ] + accessRoutes
    }

    func users(
        _ request: WebRequest, _ signedIn: SignedIn, newcomer: UserForm = UserForm(), welcome: UserForm.Welcome? = nil
    ) async throws -> WebResponse {
        let language = request.language
        let configuration = try definitions.configuration(of: request.tenant)
        let now = request.spine.clock.now()
        let found = try await request.spine.read(.userManage, as: signedIn.caller) { transaction, access in
            let accounts = try UserStore.all(in: transaction)
            let grant = try access.grant(.userManage, forList: [], and: accounts.map { .user($0.id) })
            return (
                accounts, try UserStore.addresses(of: accounts.map(\.id), grant: grant, in: transaction),
                try UserStore.lastSeen(in: transaction),
                try SecondStepStore.users(in: transaction), try SignInWaits.waiting(now: now, in: transaction)
            )
        }
        let (accounts, addresses, seen, stepped, waiting) = found
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let roleName = { (key: String) in configuration.roles[key]?.value.names[language] ?? key }
        let badges = { (keys: [String]) in keys.map { View(["label": .text(roleName($0)), "tone": "blue"]) } }
        let userViews = accounts.map { account -> View in
            let everywhere = account.roles.contains { configuration.roles[$0]?.value.locationScope == .everywhere }
            let places = (account.locations ?? []).map { configuration.known(location: $0)?.name ?? $0 }.joined(
                separator: ", ")
            let isWaiting = account.state == "active" && waiting.contains(account.loginHash)
            let staff = StaffName(id: account.id, name: account.displayName)
            return View([
                "name": .text(account.displayName), "initials": .text(staff.initials),
                "tone": .number(tone(account.id.raw)),
                "login": .text(addresses[account.id] ?? ""), "roles": .views(badges(account.roles)),
                "scope": .text(everywhere || places.isEmpty ? words.text("trust.everywhere") : places),
                "seen": .text(seen[account.id].map(words.moment) ?? words.text("trust.never")),
                "id": .text(account.id.text), "step": .view(words.onOff(stepped.contains(account.id))),
                "state": .view(words.state(isWaiting ? "locked" : account.state)),
            ])
        }
        let title = words.text("trust.users.list")
        return .html(
            try request.pages.render(
                "users/index",
                View([
                    "shell": .view(shell(request, signedIn, title, "users")), "csrf": .text(signedIn.csrf),
                    "userCount": .text(String(accounts.count)), "hasUsers": .flag(!accounts.isEmpty),
                    "users": .views(userViews),
                    "userForm": .view(newcomer.view(words, configuration, language)),
                    "welcome": .optional(welcome?.view),
                ]), language), status: newcomer.wrong.isEmpty ? .ok : .unprocessableContent)
    }
}

/// Words the trust pages share.
struct TrustWords {
    let request: WebRequest
    let zone: Zone

    func text(_ key: String, _ values: [String: String] = [:]) -> String {
        request.pages.text(key, request.language, values)
    }

    /// The words of a code; the code itself, without dashes, when the catalogue has none.
    func code(_ prefix: String, _ code: String) -> String {
        let key = "\(prefix).\(code)"
        return request.pages.catalogue.has(key) ? text(key) : code.replacing("-", with: " ")
    }

    /// What an act of the audit trail was. One that has no words yet is read off its name: `TakeNeed` as "Take need".
    func action(_ name: String) -> String {
        let key = "trust.audit.action.\(name)"
        if request.pages.catalogue.has(key) { return text(key) }
        var words = ""
        for character in name {
            if character.isUppercase && !words.isEmpty { words += " " }
            words += character == "." || character == "-" ? " " : String(character).lowercased()
        }
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// What a right is, as the editor of roles says it. One that has no words is read off its name.
    func permission(_ name: String) -> String {
        let key = "trust.permission.\(name)"
        return request.pages.catalogue.has(key) ? text(key) : action(name)
    }

    /// "today 7:58", "Tue 3 Mar, 9:40".
    func moment(_ instant: Instant) -> String {
        DateWording(request.language == .spanish ? .spanish : .english).relativeDateTime(
            at: instant.microseconds, now: request.spine.clock.now().microseconds, in: zone)
    }

    func state(_ state: String) -> View {
        let tone = [
            "active": "green", "locked": "red", "suspended": "red", "permitted": "green", "denied": "red",
            "failed": "amber",
        ][state]
        let icon = [
            "active": "check", "locked": "lock", "suspended": "lock", "permitted": "check", "denied": "cross",
            "failed": "alert",
        ][state]
        var view = View(["label": .text(text("trust.state.\(state)")), "tone": .text(tone ?? "grey")])
        if let icon { view["icon"] = .text(icon) }
        return view
    }
}
