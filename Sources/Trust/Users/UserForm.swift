import Kernel
import StudioAPI
import Web

/// The form that adds or moves somebody, with what was typed and what was wrong with it.
struct UserForm: Sendable {
    var name = ""
    var email = ""
    var roles: Set<String> = []
    var locations: Set<String> = []
    /// By field, in words.
    var wrong: [String: String] = [:]

    /// Somebody who was just added, with the link that is shown once.
    struct Welcome: Sendable {
        let name: String
        let link: String

        var view: View { View(["name": .text(name), "link": .text(link)]) }
    }

    init() {}

    /// Somebody as they are.
    init(_ account: UserStore.Account) {
        name = account.displayName
        roles = Set(account.roles)
        locations = Set(account.locations ?? [])
    }

    /// What was sent, with everything that is wrong with it. Somebody who is here keeps their address.
    init(_ form: FormFields, _ configuration: Configuration, _ words: TrustWords, isNew: Bool = true) {
        name = form.trimmed("name") ?? ""
        email = form.trimmed("email") ?? ""
        let chosen = Set(form.all("role"))
        roles = chosen.intersection(configuration.roles.keys)
        locations = Set(form.all("location")).intersection(configuration.knownLocations)
        if name.isEmpty || name.utf8.count > 120 { wrong["name"] = words.text("trust.users.wrong.name") }
        let halves = email.split(separator: "@", omittingEmptySubsequences: false)
        let isAddress =
            halves.count == 2 && !halves.contains("") && email.utf8.count <= 254
            && !email.contains(where: \.isWhitespace)
        if isNew, !isAddress { wrong["email"] = words.text("trust.users.wrong.email") }
        if chosen.isEmpty || roles != chosen { wrong["role"] = words.text("trust.users.wrong.role") }
    }

    /// Keys of places; nil for roles that reach everywhere anyway.
    func places(_ configuration: Configuration) -> [String]? {
        let isEverywhere = roles.contains { configuration.roles[$0]?.value.locationScope == .everywhere }
        return isEverywhere && locations.isEmpty ? nil : locations.sorted()
    }

    func view(_ words: TrustWords, _ configuration: Configuration, _ language: Language) -> View {
        let roles = configuration.roles.keys.sorted().map { key in
            View([
                "value": .text(key), "label": .text(configuration.roles[key]?.value.names[language] ?? key),
                "chosen": .flag(self.roles.contains(key)),
            ])
        }
        // Whose past somebody may see stays with them when a place is retired.
        let gone = configuration.retired.locations.values.filter { locations.contains($0.key) }
            .sorted { $0.key < $1.key }
        let places = (configuration.sortedLocations + gone).map { location in
            View([
                "key": .text(location.key), "name": .text(location.name),
                "chosen": .flag(locations.contains(location.key)),
            ])
        }
        return View([
            "name": .text(name), "email": .text(email), "roles": .views(roles), "places": .views(places),
            "wrongName": .optional(wrong["name"]), "wrongEmail": .optional(wrong["email"]),
            "wrongRole": .optional(wrong["role"]), "open": .flag(!wrong.isEmpty),
        ])
    }
}
