import Kernel
import PeopleAPI
import TimeZones
import Web

/// The fields of the form in which a patient's record is changed, by their names in it. `phones`, `emails` and
/// `numbers` are lists; everything else is one text.
enum EditField: String, Sendable, CaseIterable {
    case given, family, preferred, born, sex, language, interpreter, contact, phones, emails, street, city, state,
        postal, numbers, payer, plan, member
}

/// A patient's record as the texts of a form: as it was shown, as it was sent back, as it stands now. Lists have one
/// entry a line; a phone's line begins with its use.
struct EditTexts: Sendable, Equatable {
    private var texts: [EditField: String] = [:]

    subscript(field: EditField) -> String {
        get { texts[field] ?? "" }
        set { texts[field] = newValue }
    }

    init() {}

    init(_ shown: ReadRecord.Shown) {
        let record = shown.record
        self[.given] = record.given.joined(separator: " ")
        self[.family] = record.family ?? ""
        self[.preferred] = record.preferredName ?? ""
        self[.born] = record.birthDate?.iso ?? ""
        self[.sex] = record.gender ?? ""
        self[.language] = shown.plain.language
        self[.interpreter] = record.needsInterpreter ? "yes" : ""
        self[.contact] = record.contactPreference ?? ""
        self[.phones] = shown.phones.map { "\($0.use) \($0.number)" }.joined(separator: "\n")
        self[.emails] = shown.emails.joined(separator: "\n")
        self[.street] = record.addressLines.joined(separator: "\n")
        self[.city] = record.city ?? ""
        self[.state] = record.state ?? ""
        self[.postal] = record.postalCode ?? ""
        self[.numbers] = shown.numbers.joined(separator: "\n")
        self[.payer] = shown.coverage?.payer ?? ""
        self[.plan] = shown.coverage?.plan ?? ""
        self[.member] = shown.coverage?.memberID ?? ""
        texts = texts.mapValues(Self.tidy)
    }

    /// What was typed. The phone that `first` names comes before the others.
    init(typed fields: FormFields) {
        for field in EditField.allCases { self[field] = Self.tidy(fields[field.rawValue] ?? "") }
        let uses = fields.all("use")
        var phones = zip(fields.all("phone"), uses + Array(repeating: "mobile", count: 30)).map { phone, use in
            let text = phone.trimmed
            return text.isEmpty ? "" : "\(use.filter(\.isLetter)) \(PhoneNumber(text)?.e164 ?? text)"
        }
        if let first = fields["first"].flatMap({ Int($0) }), phones.indices.contains(first) {
            phones.insert(phones.remove(at: first), at: 0)
        }
        self[.phones] = phones.filter { !$0.isEmpty }.joined(separator: "\n")
        for (field, name) in [(EditField.emails, "email"), (.numbers, "number")] {
            self[field] = fields.all(name).map(\.trimmed).filter { !$0.isEmpty }.joined(separator: "\n")
        }
    }

    /// What the form showed when it was opened: it comes back beside what was typed.
    init(shown fields: FormFields) {
        for field in EditField.allCases { self[field] = Self.tidy(fields["was-\(field.rawValue)"] ?? "") }
    }

    func lines(_ field: EditField) -> [String] {
        self[field].split(separator: "\n").map(\.trimmed).filter { !$0.isEmpty }
    }

    /// A phone's line taken apart.
    static func phone(_ line: String) -> (use: String, number: String) {
        let use = line.prefix { $0 != " " }
        return (String(use), String(line.dropFirst(use.count).trimmed))
    }

    /// A browser sends line ends as CR LF; empty lines and white space at the ends say nothing.
    private static func tidy(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map(\.trimmed).filter { !$0.isEmpty }.joined(separator: "\n")
    }
}

/// What was typed into the form, and what is to be told beside its fields.
struct EditForm: Sendable {
    /// What the record holds, on which the change is based.
    var was: EditTexts
    var typed: EditTexts
    var version: Int
    /// Keys of the catalogue by field, and by line for lists: `phones.1`.
    var wrong: [String: String] = [:]
    /// What somebody else has set while this was being typed, beside what was typed here.
    var meanwhile: [EditField: Meanwhile] = [:]

    enum Meanwhile: Sendable, Equatable {
        /// Typed here, and set to this by somebody else.
        case both(String)
        /// Not touched here; this stood there before.
        case before(String)
    }

    init(_ shown: ReadRecord.Shown) {
        was = EditTexts(shown)
        typed = was
        version = shown.plain.version
    }

    init(_ fields: FormFields) {
        was = EditTexts(shown: fields)
        typed = EditTexts(typed: fields)
        version = fields["version"].flatMap { Int($0) } ?? 0
    }

    /// Lays the record of now beside what was typed on an older one. What was not touched here follows the record.
    mutating func bring(upTo shown: ReadRecord.Shown) {
        let now = EditTexts(shown)
        meanwhile = [:]
        for field in EditField.allCases where now[field] != was[field] && now[field] != typed[field] {
            if typed[field] == was[field] {
                meanwhile[field] = .before(was[field])
                typed[field] = now[field]
            } else {
                meanwhile[field] = .both(now[field])
            }
        }
        was = now
        version = shown.plain.version
    }

    private func changed(_ fields: EditField...) -> Bool { fields.contains { typed[$0] != was[$0] } }

    /// What is to change, or nil with every wrong field marked. A field that was not touched is not judged: records of
    /// other systems hold what nobody would type here.
    mutating func changes(today: CivilDate) -> PatientChanges? {
        wrong = [:]
        var changes = PatientChanges()
        takeNames(&changes)
        takeBirthDate(&changes, today: today)
        takeChoices(&changes)
        takeAddress(&changes)
        takeContacts(&changes)
        takeNumbers(&changes)
        takeCoverage(&changes)
        return wrong.isEmpty ? changes : nil
    }

    private mutating func refuse(_ field: EditField, _ why: String, line: Int? = nil) {
        wrong[line.map { "\(field.rawValue).\($0)" } ?? field.rawValue] = "patients.wrong.\(why)"
    }

    private func optional(_ field: EditField) -> String? { typed[field].isEmpty ? nil : typed[field] }

    private mutating func takeNames(_ changes: inout PatientChanges) {
        for field in [EditField.given, .family, .preferred] where changed(field) && !typed[field].isEmpty {
            if !PatientRules.isName(typed[field]) {
                refuse(field, "long")
            } else if field != .preferred, typed[field].contains(where: \.isNumber) {
                // At a desk a name is typed by hand: a digit in it is a slip.
                refuse(field, field.rawValue)
            }
        }
        let hadName = !was[.given].isEmpty || !was[.family].isEmpty
        if hadName, typed[.given].isEmpty, typed[.family].isEmpty { refuse(.given, "nameless") }
        if changed(.given) {
            let given = typed[.given].split(whereSeparator: \.isWhitespace).map(String.init)
            if given.count > 5 { refuse(.given, "long") }
            changes.given = .set(given)
        }
        if changed(.family) { changes.family = .set(optional(.family)) }
        if changed(.preferred) { changes.preferredName = .set(optional(.preferred)) }
    }

    private mutating func takeBirthDate(_ changes: inout PatientChanges, today: CivilDate) {
        guard changed(.born) else { return }
        guard let date = CivilDate(iso: typed[.born]) else { return refuse(.born, "born") }
        if !PatientRules.dateProblems(date, today: today).isEmpty { refuse(.born, "born-range") }
        changes.birthDate = .set(date)
    }

    private mutating func takeChoices(_ changes: inout PatientChanges) {
        if changed(.sex) {
            changes.gender = .set(optional(.sex))
            if let sex = optional(.sex), !PatientCodes.genders.contains(sex) { refuse(.sex, "other") }
        }
        if changed(.language) {
            changes.language = .set(typed[.language])
            if !PatientCodes.isLanguage(typed[.language]) { refuse(.language, "other") }
        }
        if changed(.contact) {
            changes.contactPreference = .set(optional(.contact))
            if let way = optional(.contact), !PatientCodes.contactPreferences.contains(way) {
                refuse(.contact, "other")
            }
        }
        if changed(.interpreter) { changes.needsInterpreter = .set(typed[.interpreter] == "yes") }
    }

    private mutating func takeAddress(_ changes: inout PatientChanges) {
        for field in [EditField.street, .city, .state, .postal] where changed(field) {
            let lines = typed.lines(field)
            if lines.count > (field == .street ? 4 : 1) || !lines.allSatisfy(PatientRules.isText) {
                refuse(field, "address")
            }
        }
        if changed(.street) { changes.addressLines = .set(typed.lines(.street)) }
        if changed(.city) { changes.city = .set(optional(.city)) }
        if changed(.state) { changes.state = .set(optional(.state)) }
        if changed(.postal) { changes.postalCode = .set(optional(.postal)) }
    }

    private mutating func takeContacts(_ changes: inout PatientChanges) {
        guard changed(.phones, .emails) else { return }
        var entries: [ContactEntry] = []
        let known = Set(was.lines(.phones) + was.lines(.emails))
        for (index, line) in typed.lines(.phones).enumerated() {
            let (use, text) = EditTexts.phone(line)
            guard let number = PhoneNumber(text) else {
                refuse(.phones, "phone", line: index)
                continue
            }
            let entry = ContactEntry.phone(number, use: use)
            if !PatientCodes.phoneUses.contains(use) { refuse(.phones, "other", line: index) }
            if entries.contains(where: { $0.text == entry.text }) { refuse(.phones, "twice", line: index) }
            entries.append(entry)
        }
        for (index, text) in typed.lines(.emails).enumerated() {
            if !known.contains(text), !PatientRules.isEmail(text) { refuse(.emails, "email", line: index) }
            let folded = SearchTerms.normalised(email: text)
            if entries.contains(where: { SearchTerms.normalised(email: $0.text) == folded }) {
                refuse(.emails, "twice", line: index)
            }
            entries.append(.email(text))
        }
        if entries.count > ContactEntry.most { refuse(.phones, "many") }
        if entries.isEmpty, typed[.given].isEmpty, typed[.family].isEmpty { refuse(.phones, "unreachable") }
        changes.contacts = .set(entries)
    }

    private mutating func takeNumbers(_ changes: inout PatientChanges) {
        guard changed(.numbers) else { return }
        let numbers = typed.lines(.numbers)
        var seen: Set<String> = []
        for (index, number) in numbers.enumerated() {
            if !PatientRules.isIdentifier(number) { refuse(.numbers, "mrn", line: index) }
            if !seen.insert(SearchTerms.normalised(identifier: number)).inserted {
                refuse(.numbers, "twice", line: index)
            }
        }
        if numbers.count > 10 { refuse(.numbers, "many") }
        changes.recordNumbers = .set(numbers)
    }

    private mutating func takeCoverage(_ changes: inout PatientChanges) {
        guard changed(.payer, .plan, .member) else { return }
        guard let payer = optional(.payer) else { return refuse(.payer, "payer") }
        for field in [EditField.payer, .plan, .member] {
            if let text = optional(field), !PatientRules.isText(text) { refuse(field, "long") }
        }
        changes.coverage = NewCoverage(
            payer: payer, plan: optional(.plan), memberID: optional(.member), source: "console")
    }

    /// Somebody else has one of the record numbers: the first that this patient did not have.
    mutating func refuseTakenNumber() {
        let had = Set(was.lines(.numbers))
        refuse(.numbers, "mrn-taken", line: typed.lines(.numbers).firstIndex { !had.contains($0) })
    }
}
