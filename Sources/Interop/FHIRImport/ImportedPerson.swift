import FHIR
import Kernel
import PeopleAPI
import TimeZones

/// A FHIR Patient as a person to register. What we have no field for stays in the resource on the patient's shelf.
struct ImportedPerson: Sendable {
    let person: NewPatient
    /// What could not be read into a field, told without its value.
    let notes: [ImportNote]

    init(_ patient: FHIRPatient) {
        var person = NewPatient()
        var notes: [ImportNote] = []
        person.source = "import"
        Self.name(patient, into: &person)
        if let birth = patient.birthDate {
            person.birthDate = birth.localDay.flatMap { CivilDate(iso: $0) }
            if person.birthDate == nil { notes.append(.partialBirthDate) }
        }
        person.gender = patient.gender?.rawValue
        person.deceased = patient.isDeceased
        if let language = patient.preferredLanguage {
            if let tag = Self.tag(language) { person.language = tag } else { notes.append(.language) }
        }
        Self.telecoms(patient, into: &person, &notes)
        Self.address(patient, into: &person)
        person.mrn = patient.medicalRecordNumber?.value?.trimmed
        self.person = person
        self.notes = notes
    }

    private static func name(_ patient: FHIRPatient, into person: inout NewPatient) {
        guard let name = patient.officialName else { return }
        person.given = name.given.map(\.trimmed).filter { !$0.isEmpty }
        person.family = name.family?.trimmed
        if person.given.isEmpty && person.family == nil { person.family = name.text?.trimmed }
        if let preferred = patient.preferredName {
            person.preferredName = preferred.given.first?.trimmed ?? preferred.text?.trimmed
        }
    }

    /// Numbers and addresses in use, the preferred first. Fax, pager and web addresses reach nobody.
    private static func telecoms(_ patient: FHIRPatient, into person: inout NewPatient, _ notes: inout [ImportNote]) {
        let inUse = patient.telecoms.filter { $0.use != .old && $0.value != nil }
        let ranked = inUse.enumerated().sorted {
            ($0.element.rank ?? .max, $0.offset) < ($1.element.rank ?? .max, $1.offset)
        }
        for (_, point) in ranked {
            guard let value = point.value?.trimmed else { continue }
            switch point.system {
            case .phone, .sms, nil:
                guard let number = PhoneNumber(value) else {
                    notes.append(.phone)
                    continue
                }
                if person.phones.contains(where: { $0.number == number }) { continue }
                if person.phones.count == 10 {
                    notes.append(.manyPhones)
                } else {
                    person.phones.append((number, use(point)))
                }
            case .email:
                if person.email == nil { person.email = value }
            case .fax, .pager, .url, .other: continue
            }
        }
    }

    private static func use(_ point: FHIRContactPoint) -> String {
        switch point.use {
        case .mobile: "mobile"
        case .work: "work"
        case .home, .temp, .old, nil: point.system == .sms ? "mobile" : "home"
        }
    }

    private static func address(_ patient: FHIRPatient, into person: inout NewPatient) {
        let current = patient.addresses.filter { $0.use != .old && $0.use != .billing }
        guard let address = current.first(where: { $0.use == .home }) ?? current.first else { return }
        person.addressLines = address.line.map(\.trimmed).filter { !$0.isEmpty }
        person.city = address.city?.trimmed
        person.state = address.state?.trimmed
        person.postalCode = address.postalCode?.trimmed
        let isAmerican = address.country.map { ["US", "USA", "UNITED STATES"].contains($0.uppercased()) } ?? true
        if isAmerican, let state = person.state { person.zone = StateZones.zone(of: state) }
    }

    /// A BCP 47 tag of two or three letters with at most two subtags; nil for anything else.
    private static func tag(_ text: String) -> String? {
        var parts = text.split(whereSeparator: { $0 == "-" || $0 == "_" }).map(String.init)
        guard let first = parts.first, (2...3).contains(first.utf8.count), parts.count <= 3 else { return nil }
        parts[0] = first.lowercased()
        let isWellFormed = parts.enumerated().allSatisfy { index, part in
            (2...8).contains(part.utf8.count)
                && part.utf8.allSatisfy { (97...122).contains($0 | 32) || (index > 0 && (48...57).contains($0)) }
        }
        return isWellFormed ? parts.joined(separator: "-") : nil
    }
}

/// What was left aside though the entry was taken; counted in the report.
package enum ImportNote: String, Sendable, CaseIterable {
    case phone = "phone numbers that cannot be dialled; they stay in the record as it came in"
    case manyPhones = "phone numbers beyond ten of one patient"
    case partialBirthDate = "birth dates without a day; they stay in the record as it came in"
    case language = "languages that are no BCP 47 tag; English was taken"
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }), let end = lastIndex(where: { !$0.isWhitespace })
        else {
            return ""
        }
        return String(self[start...end])
    }
}
