import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// Words for forms: texts of the catalogue, names of what is published, dates.
struct SetupWords {
    let request: WebRequest
    let configuration: Configuration
    let zone: Zone?

    var language: Language { request.language }

    func text(_ key: String, _ values: [String: String] = [:]) -> String {
        request.pages.text("studio.\(key)", language, values)
    }

    func count(_ key: String, _ number: Int) -> String {
        request.pages.catalogue.count("studio.\(key)", language, number)
    }

    func has(_ key: String) -> Bool { request.pages.catalogue.has("studio.\(key)") }

    /// The practice's day.
    var today: CivilDate? { zone?.civil(at: request.spine.clock.now().microseconds).date }

    /// The permissions that this program describes, and so can give: for the checker of roles.
    var permissions: Set<Permission> {
        let prefix = "trust.permission."
        return Set(
            request.pages.catalogue.keys.filter { $0.hasPrefix(prefix) }
                .map { Permission(String($0.dropFirst(prefix.count))) })
    }

    func moment(_ instant: Instant) -> String {
        guard let zone else { return instant.iso8601 }
        return DateWording(language == .spanish ? .spanish : .english).relativeDateTime(
            at: instant.microseconds, now: request.spine.clock.now().microseconds, in: zone)
    }

    /// The values that may be chosen, in the order in which people look for them.
    func options(_ source: SetupField.Source) -> [String] {
        switch source {
        case .codes(let codes, _): codes
        case .locations: configuration.sortedLocations.map(\.key)
        case .practitioners: configuration.sortedPractitioners.map(\.key)
        case .serviceLines:
            configuration.serviceLines.values.sorted { $0.names[language] < $1.names[language] }.map(\.key)
        case .visitTypes: configuration.sortedVisitTypes(language).map(\.key)
        case .reminderPlans: configuration.reminderPlans.keys.sorted()
        }
    }

    /// What people call a value of a source; one that is not there any more is named as it is.
    func label(_ value: String, _ source: SetupField.Source) -> String {
        let name: String? =
            switch source {
            case .codes(_, let texts): has("code.\(texts).\(value)") ? text("code.\(texts).\(value)") : nil
            case .locations: configuration.locations[value]?.name
            case .practitioners: configuration.practitioners[value]?.value.name.listed
            case .serviceLines: configuration.serviceLines[value]?.names[language]
            case .visitTypes: configuration.visitTypes[value]?.names[language]
            case .reminderPlans: configuration.reminderPlans[value]?.names[language]
            }
        let retired: String? =
            switch source {
            case .locations: configuration.retired.locations[value]?.name
            case .practitioners: configuration.retired.practitioners[value]?.value.name.listed
            case .visitTypes: configuration.retired.visitTypes[value]?.names[language]
            case .codes, .serviceLines, .reminderPlans: nil
            }
        return name ?? text("form.gone", ["key": retired ?? value])
    }

    /// What people call a definition, also one that is retired.
    func name(_ kind: DefinitionKind, _ key: String) -> String? {
        switch kind {
        case .location: configuration.known(location: key)?.name
        case .practitioner: configuration.known(practitioner: key)?.name.display
        case .visitType: configuration.known(visitType: key)?.names[language]
        case .resource: configuration.known(resource: key)?.names[language]
        case .serviceLine: configuration.serviceLines[key]?.names[language]
        case .reminderPlan: configuration.reminderPlans[key]?.names[language]
        case .team: configuration.teams[key]?.names[language]
        case .serviceLevel: configuration.serviceLevels[key]?.names[language]
        case .waitlistPolicy, .referralPolicy: text("setup.\(SetupKind(kind)?.rawValue ?? "")")
        default: nil
        }
    }

    /// What people call whatever has this key.
    func anyName(_ key: String) -> String {
        for kind in [DefinitionKind.visitType, .practitioner, .location, .serviceLine, .resource] {
            if let name = name(kind, key) { return name }
        }
        return key
    }

    // MARK: Values

    /// A field's value as one reads it.
    func shown(_ field: SetupField, _ path: String, _ state: FormState) -> String {
        let text = state[path]
        let value: String =
            switch field.control {
            case .rows(let rows):
                (0..<state.count(path)).map { whole(rows, "\(path)[\($0)]", state) }.joined(separator: " · ")
            case .hidden: ""
            case .text, .prose, .clock, .words, .hours: text
            case .date: day(text)
            case .lines: text.replacing("\n", with: ", ")
            case .number(let unit): amount(text, unit.rawValue)
            case .span: amount(text, state[path + "~unit"])
            case .stretch:
                state[path + "~from"].isEmpty ? "" : "\(state[path + "~from"])–\(state[path + "~to"])"
            case .flag, .part: self.text(state.all(path).isEmpty ? "form.no" : "form.yes")
            case .choice(let source): text.isEmpty ? "" : label(text, source)
            case .choices(let source): state.all(path).map { label($0, source) }.joined(separator: ", ")
            case .localized:
                [state[path + ".en"], state[path + ".es"]].filter { !$0.isEmpty }.joined(separator: " / ")
            }
        return value
    }

    /// `3 weeks`; what is no number stands as it is.
    private func amount(_ text: String, _ unit: String) -> String {
        Int(text).map { count("amount.\(unit)", $0) } ?? text
    }

    /// A day as people say it, always with its year; what is none stands as it is.
    private func day(_ text: String) -> String {
        guard let date = CivilDate(iso: text),
            let other = CivilDate(year: date.year == 1 ? 2 : 1, month: 1, day: 1)
        else { return text }
        return DateWording(language == .spanish ? .spanish : .english).date(date, today: other)
    }

    /// A row in one line, by the fields that it is recognised by.
    func summary(_ rows: SetupRows, _ row: String, _ state: FormState) -> String {
        rows.summary.map { name -> String in
            guard let field = rows.fields.first(where: { $0.name == name }) else { return state["\(row).\(name)"] }
            return shown(field, "\(row).\(name)", state)
        }
        .filter { !$0.isEmpty }.joined(separator: " · ")
    }

    /// A row with all that it says, to tell one from another.
    func whole(_ rows: SetupRows, _ row: String, _ state: FormState) -> String {
        rows.fields.compactMap { field -> String? in
            let path = "\(row).\(field.name)"
            let value = shown(field, path, state)
            if case .hidden = field.control { return nil }
            if case .flag = field.control, state.all(path).isEmpty { return nil }
            if value.isEmpty || value.hasPrefix("0 ") { return nil }
            return "\(text("f.\(field.text)")): \(value)"
        }
        .joined(separator: "; ")
    }
}
