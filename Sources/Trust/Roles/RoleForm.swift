import Kernel
import StudioAPI
import Vault
import Web

/// What was sent of a role, with everything that is wrong with it. What the form does not show stays as it is.
struct RoleForm: Sendable {
    var role: RoleDefinition
    var version: Int
    var wrong: [String: String] = [:]

    /// The role as it stands.
    init(_ role: RoleDefinition, version: Int) {
        self.role = role
        self.version = version
    }

    /// A role that is not there yet.
    static var new: RoleForm {
        RoleForm(
            RoleDefinition(
                key: "", names: LocalizedText("", spanish: ""), permissions: [], locationScope: .assigned), version: 0)
    }

    mutating func read(_ form: FormFields, known: Set<Permission>, _ words: TrustWords) {
        let english = form.trimmed("name-en") ?? ""
        let spanish = form.trimmed("name-es")
        role.names = LocalizedText(english, spanish: spanish)
        if english.isEmpty || english.count > 80 { wrong["name-en"] = words.text("trust.roles.wrong.name") }
        if (spanish ?? "").count > 80 { wrong["name-es"] = words.text("trust.roles.wrong.name") }
        if role.key.isEmpty {
            role.key = Self.key(english)
            if role.key.isEmpty { wrong["name-en"] = words.text("trust.roles.wrong.name") }
        }
        // Rights that have no words here are neither shown nor lost.
        let chosen = Set(form.all("permission").filter { known.contains(Permission($0)) })
        let kept = role.permissions.filter { !known.contains(Permission($0)) || chosen.contains($0) }
        role.permissions = kept + chosen.subtracting(kept).sorted()
        if role.permissions.isEmpty { wrong["permissions"] = words.text("trust.roles.wrong.permissions") }
        role.locationScope = form["scope"].flatMap(LocationScope.init(rawValue:)) ?? role.locationScope
        role.relationship = form["relationship"] != nil ? .required : nil
        let purposes = Set(form.all("purpose").compactMap(RolePurpose.init(rawValue:)))
        role.purposes = RolePurpose.allCases.filter(purposes.contains)
        if purposes.isEmpty { wrong["purposes"] = words.text("trust.roles.wrong.purposes") }
        role.usually = form["usually"].flatMap(RolePurpose.init(rawValue:))
        if let usually = role.usually, !purposes.isEmpty, !purposes.contains(usually) {
            wrong["usually"] = words.text("trust.roles.wrong.usually")
        }
        role.requiresSecondStep = form["second-step"] != nil ? true : nil
        role.idleMinutes = number(form, "idle", 1...480, words)
        role.sessionHours = number(form, "hours", 1...72, words)
        version = form["version"].flatMap { Int($0) } ?? version
    }

    private mutating func number(
        _ form: FormFields, _ name: String, _ range: ClosedRange<Int>, _ words: TrustWords
    ) -> Int? {
        guard let text = form.trimmed(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            wrong[name] = words.text("trust.roles.wrong.\(name)")
            return nil
        }
        return number
    }

    /// `Night shift lead` as `night-shift-lead`.
    static func key(_ name: String) -> String {
        let letters = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(String(letters).split(separator: "-").joined(separator: "-").prefix(60))
            .trimmingHyphens
    }

    func view(_ words: TrustWords, known: Set<Permission>) -> View {
        let catalogue = words.request.pages.catalogue
        let granted = role.grants
        let groups = PermissionGroups.all.compactMap { group -> View? in
            let rights = known.filter { PermissionGroups.group(of: $0) == group }.sorted { $0.rawValue < $1.rawValue }
            if rights.isEmpty { return nil }
            return View([
                "title": .text(words.text("trust.roles.group.\(group)")),
                "rights": .views(
                    rights.map { right in
                        View([
                            "key": .text(right.rawValue), "chosen": .flag(granted.contains(right)),
                            "label": .text(
                                catalogue.text("trust.permission.\(right.rawValue)", words.request.language)),
                            "sensitive": .flag(PermissionGroups.sensitive.contains(right)),
                        ])
                    }),
            ])
        }
        let scopes = LocationScope.allCases.map { scope in
            View([
                "value": .text(scope.rawValue), "label": .text(words.text("trust.roles.scope.\(scope.rawValue)")),
                "chosen": .flag(scope == role.locationScope),
            ])
        }
        let purposes = RolePurpose.allCases.map { purpose in
            View([
                "value": .text(purpose.rawValue), "label": .text(words.text("trust.roles.purpose.\(purpose.rawValue)")),
                "chosen": .flag(role.looksFor.contains(purpose.purpose)),
            ])
        }
        let choices: [RolePurpose?] = [nil] + RolePurpose.allCases.map(Optional.some)
        let usually = choices.map { purpose -> View in
            let key = purpose.map { "trust.roles.purpose.\($0.rawValue)" } ?? "trust.roles.usually.none"
            return View([
                "value": .text(purpose?.rawValue ?? ""), "label": .text(words.text(key)),
                "chosen": .flag(role.usually == purpose),
            ])
        }
        return View([
            "purposes": .views(purposes), "usually": .views(usually), "wrongUsually": .optional(wrong["usually"]),
            "related": .flag(role.relationship == .required),
            "english": .text(role.names.texts[.english] ?? ""), "spanish": .text(role.names.texts[.spanish] ?? ""),
            "groups": .views(groups), "scopes": .views(scopes), "version": .number(version),
            "secondStep": .flag(role.requiresSecondStep ?? false),
            "idle": .text(role.idleMinutes.map(String.init) ?? ""),
            "hours": .text(role.sessionHours.map(String.init) ?? ""),
            "wrongEnglish": .optional(wrong["name-en"]), "wrongSpanish": .optional(wrong["name-es"]),
            "wrongPermissions": .optional(wrong["permissions"]), "wrongIdle": .optional(wrong["idle"]),
            "wrongHours": .optional(wrong["hours"]), "wrongPurposes": .optional(wrong["purposes"]),
        ])
    }
}

extension RoleDefinition {
    /// The same role in one way of writing it: order and what is meant anyway make no difference.
    var plain: RoleDefinition {
        var role = self
        role.permissions = Set(permissions).sorted()
        if !(requiresSecondStep ?? false) { role.requiresSecondStep = nil }
        if idleMinutes == 15 { role.idleMinutes = nil }
        if sessionHours == 12 { role.sessionHours = nil }
        if relationship == CareRelationship.none { role.relationship = nil }
        role.purposes = looksFor == [.operations] ? nil : RolePurpose.allCases.filter { looksFor.contains($0.purpose) }
        if usualPurpose == Self.usualPurpose(of: looksFor) { role.usually = nil }
        return role
    }
}

extension String {
    fileprivate var trimmingHyphens: String {
        var text = self[...]
        while let first = text.first, first == "-" || first.isNumber { text = text.dropFirst() }
        while text.last == "-" { text = text.dropLast() }
        return String(text)
    }
}
