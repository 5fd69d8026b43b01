import Kernel
import StudioAPI
import Vault
import Web

/// The form that makes a key, with what was typed and what was wrong with it.
struct APIKeyForm: Sendable {
    var name = ""
    var role = ""
    var permissions: Set<String> = []
    var locations: Set<String> = []
    var days = APIKeys.standardLifetime
    /// By field, in words.
    var wrong: [String: String] = [:]

    init() {}

    /// What was sent, with everything that is wrong with it.
    init(_ form: FormFields, _ configuration: Configuration, _ words: TrustWords) {
        name = form.trimmed("name") ?? ""
        role = form["role"] ?? ""
        permissions = Set(form.all("permission"))
        let chosen = Set(form.all("location"))
        locations = chosen.intersection(configuration.locations.keys)
        // Left out in silence the key would be held to fewer places than was meant, or to none: it would reach everywhere.
        if locations != chosen { wrong["places"] = words.text("trust.keys.wrong.place") }
        days = form["days"].flatMap { Int($0) } ?? APIKeys.standardLifetime
        if !APIKeys.lifetimes.contains(days) { days = APIKeys.standardLifetime }
        if name.isEmpty || name.utf8.count > 120 { wrong["name"] = words.text("trust.users.wrong.name") }
        guard let grants = configuration.roles[role]?.value.grants else {
            wrong["role"] = words.text("trust.users.wrong.role")
            return
        }
        let beyond = permissions.filter { !grants.contains(Permission($0)) }.sorted()
        if !beyond.isEmpty {
            wrong["permissions"] = words.text(
                "trust.keys.wrong.beyond", ["rights": beyond.map { words.permission($0) }.joined(separator: ", ")])
        }
    }

    var scope: Set<Permission>? { permissions.isEmpty ? nil : Set(permissions.map { Permission($0) }) }
    var places: [String]? { locations.isEmpty ? nil : locations.sorted() }

    func view(_ words: TrustWords, _ configuration: Configuration) -> View {
        let language = words.request.language
        let roles = configuration.roles.keys.sorted().map { key in
            View([
                "value": .text(key), "label": .text(configuration.roles[key]?.value.names[language] ?? key),
                "chosen": .flag(key == role),
            ])
        }
        let known = configuration.roles.values.reduce(into: Set<Permission>()) { $0.formUnion($1.value.grants) }
        let rights = known.map { (key: $0.rawValue, label: words.permission($0.rawValue)) }
            .sorted { ($0.label, $0.key) < ($1.label, $1.key) }
            .map { right in
                View([
                    "key": .text(right.key), "label": .text(right.label),
                    "chosen": .flag(permissions.contains(right.key)),
                ])
            }
        let places = configuration.sortedLocations.map { location in
            View([
                "key": .text(location.key), "name": .text(location.name),
                "chosen": .flag(locations.contains(location.key)),
            ])
        }
        return View([
            "name": .text(name), "roles": .views(roles), "rights": .views(rights), "places": .views(places),
            "days": .views(words.days(chosen: days)), "held": .flag(!permissions.isEmpty),
            "wrongName": .optional(wrong["name"]), "wrongRole": .optional(wrong["role"]),
            "wrongRights": .optional(wrong["permissions"]), "wrongPlaces": .optional(wrong["places"]),
        ])
    }
}

extension TrustWords {
    /// The lifetimes to choose from.
    func days(chosen: Int) -> [View] {
        APIKeys.lifetimes.map { days in
            View([
                "value": .text(String(days)),
                "label": .text(request.pages.catalogue.count("trust.keys.days", request.language, days)),
                "chosen": .flag(days == chosen),
            ])
        }
    }

    func standing(_ standing: APIKeyStore.Standing) -> View {
        let look: (tone: String, icon: String) =
            switch standing {
            case .active: ("green", "check")
            case .soon: ("amber", "alert")
            case .expired: ("grey", "clock")
            case .revoked: ("grey", "cross")
            }
        return View([
            "label": .text(text("trust.keys.state.\(standing.rawValue)")), "tone": .text(look.tone),
            "icon": .text(look.icon),
        ])
    }

    /// What a key may and where.
    func scope(
        _ key: APIKeyStore.Key, _ configuration: Configuration
    ) -> (roles: [View], rights: String, places: String) {
        let roles = key.roles.map { role in
            View([
                "label": .text(configuration.roles[role]?.value.names[request.language] ?? role), "tone": "blue",
            ])
        }
        let rights =
            key.permissions.map { $0.map { permission($0.rawValue) }.sorted().joined(separator: ", ") }
            ?? text("trust.keys.rights.all")
        let places =
            key.locations.map { $0.map { configuration.known(location: $0)?.name ?? $0 }.joined(separator: ", ") }
            ?? text("trust.everywhere")
        return (roles, rights, places)
    }
}
