import Kernel
import Web

/// One field of a form about privacy.
struct PrivacyField: Sendable {
    enum Shape: Sendable {
        case line(Int)
        case date
        case area(rows: Int)
        /// Values; `words` is where their texts stand.
        case choice([String], words: String)
        /// Values with their texts: names of people.
        case people([(value: String, label: String)])
    }

    let name: String
    let shape: Shape
    var needed = true
    var hint = false
}

/// A form with what was typed into it and what was wrong with it.
struct PrivacyForm: Sendable {
    let prefix: String
    let fields: [PrivacyField]
    var values: [String: String] = [:]
    /// Names of fields that need attention.
    var wrong: Set<String> = []

    init(_ prefix: String, _ fields: [PrivacyField], values: [String: String] = [:]) {
        self.prefix = prefix
        self.fields = fields
        self.values = values
    }

    /// The same with what was sent.
    func filled(_ form: FormFields, wrong fault: Fault? = nil) -> PrivacyForm {
        var filled = self
        for field in fields { filled.values[field.name] = form[field.name] ?? "" }
        filled.wrong = Set(fault?.fields.map(\.path) ?? [])
        return filled
    }

    var isWrong: Bool { !wrong.isEmpty }

    func views(_ words: TrustWords) -> [View] { fields.map { view($0, words) } }

    private func view(_ field: PrivacyField, _ words: TrustWords) -> View {
        let value = values[field.name] ?? ""
        var options: [View] = []
        func option(_ choice: String, _ label: String) -> View {
            View(["value": .text(choice), "label": .text(label), "chosen": .flag(choice == value)])
        }
        var (type, longest, rows) = ("text", Privacy.longestText, 3)
        switch field.shape {
        case .line(let most): longest = most
        case .date: (type, longest) = ("date", 10)
        case .area(let count): rows = count
        case .choice(let choices, let prefix):
            options = choices.map { option($0, words.text("\(prefix).\($0)")) }
        case .people(let people): options = people.map { option($0.value, $0.label) }
        }
        let isArea = if case .area = field.shape { true } else { false }
        let isWrong = wrong.contains(field.name)
        return View([
            "id": .text("\(prefix)-\(field.name)"), "name": .text(field.name),
            "label": .text(words.text("privacy.form.\(field.name)")), "value": .text(value), "type": .text(type),
            "longest": .number(longest), "rows": .number(rows), "options": .views(options),
            "isSelect": .flag(!options.isEmpty), "isArea": .flag(isArea),
            "isLine": .flag(options.isEmpty && !isArea), "isNeeded": .flag(field.needed),
            "hint": .text(field.hint ? words.text("privacy.form.\(field.name).hint") : ""),
            "isWrong": .flag(isWrong),
            "wrong": .text(isWrong ? words.text("privacy.wrong.\(field.name)") : ""),
        ])
    }
}

extension PrivacyForm {
    private static func codes<Code: CaseIterable & RawRepresentable>(_: Code.Type) -> [String]
    where Code.RawValue == String { Code.allCases.map(\.rawValue) }

    static func request(today: String) -> PrivacyForm {
        PrivacyForm(
            "request",
            [
                PrivacyField(name: "kind", shape: .choice(codes(RequestKind.self), words: "privacy.kind")),
                PrivacyField(name: "law", shape: .choice(codes(PrivacyLaw.self), words: "privacy.law"), hint: true),
                PrivacyField(name: "received", shape: .date),
                PrivacyField(name: "channel", shape: .choice(codes(RequestChannel.self), words: "privacy.channel")),
                PrivacyField(name: "asker", shape: .choice(codes(RequestAsker.self), words: "privacy.asker")),
                PrivacyField(name: "representative", shape: .line(Privacy.longestName), needed: false, hint: true),
                PrivacyField(name: "text", shape: .area(rows: 4), hint: true),
                PrivacyField(name: "identity", shape: .area(rows: 2), hint: true),
            ],
            values: [
                "kind": RequestKind.access.rawValue, "law": PrivacyLaw.hipaa.rawValue, "received": today,
                "channel": RequestChannel.inPerson.rawValue, "asker": RequestAsker.patient.rawValue,
            ])
    }

    /// One text: a reason, a statement, a note.
    static func words(_ prefix: String, _ name: String, needed: Bool = true) -> PrivacyForm {
        PrivacyForm(prefix, [PrivacyField(name: name, shape: .area(rows: 3), needed: needed)])
    }

    static var restriction: PrivacyForm {
        PrivacyForm(
            "restriction",
            [
                PrivacyField(
                    name: "restriction", shape: .choice(codes(RestrictionKind.self), words: "privacy.restriction.kind")),
                PrivacyField(name: "whom", shape: .line(Privacy.longestName), hint: true),
                PrivacyField(name: "note", shape: .area(rows: 2), needed: false),
            ], values: ["restriction": RestrictionKind.person.rawValue])
    }

    /// Written down by hand, or given out here.
    static func disclosure(_ door: NewDisclosure.Door, today: String) -> PrivacyForm {
        var fields = [
            PrivacyField(name: "recipient", shape: .line(Privacy.longestName)),
            PrivacyField(name: "address", shape: .line(Privacy.longestName), needed: false),
            PrivacyField(
                name: "basis", shape: .choice(codes(DisclosureBasis.self), words: "privacy.basis"), hint: true),
            PrivacyField(name: "statute", shape: .line(Privacy.longestName), needed: false, hint: true),
            PrivacyField(name: "why", shape: .area(rows: 2)),
        ]
        if door == .byHand {
            fields.insert(PrivacyField(name: "on", shape: .date), at: 0)
            fields.append(PrivacyField(name: "what", shape: .area(rows: 2)))
        }
        return PrivacyForm(
            door.rawValue, fields, values: ["basis": DisclosureBasis.requiredByLaw.rawValue, "on": today])
    }
}
