import Kernel
import StudioAPI
import Web

/// The form that adds somebody, with what was typed and what was wrong with it.
struct UserForm: Sendable {
    var name = ""
    var email = ""
    var role = ""
    var locations: Set<String> = []
    /// By field, in words.
    var wrong: [String: String] = [:]

    /// Somebody who was just added, with the password that is shown once.
    struct Welcome: Sendable {
        let name: String
        let password: String

        var view: View { View(["name": .text(name), "password": .text(password)]) }
    }

    init() {}

    /// What was sent, with everything that is wrong with it.
    init(_ form: FormFields, _ configuration: Configuration, _ words: TrustWords) {
        name = form.trimmed("name") ?? ""
        email = form.trimmed("email") ?? ""
        role = form["role"] ?? ""
        locations = Set(form.all("location")).intersection(configuration.locations.keys)
        if name.isEmpty || name.utf8.count > 120 { wrong["name"] = words.text("trust.users.wrong.name") }
        let halves = email.split(separator: "@", omittingEmptySubsequences: false)
        if halves.count != 2 || halves.contains("") || email.utf8.count > 254 || email.contains(where: \.isWhitespace) {
            wrong["email"] = words.text("trust.users.wrong.email")
        }
        if configuration.roles[role] == nil { wrong["role"] = words.text("trust.users.wrong.role") }
    }

    func view(_ words: TrustWords, _ configuration: Configuration, _ language: Language) -> View {
        let roles = configuration.roles.keys.sorted().map { key in
            View([
                "value": .text(key), "label": .text(configuration.roles[key]?.value.names[language] ?? key),
                "chosen": .flag(key == role),
            ])
        }
        let places = configuration.sortedLocations.map { location in
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
