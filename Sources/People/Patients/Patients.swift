package import Kernel

// Patients: who they are and how we know.
//
// - A patient is a person receiving or seeking care, also before there is a record number: a name or one way to reach
//   them is enough. Everything that tells who they are is sealed under the patient's own key.
// - Every field keeps where it came from and since when. A change writes a revision, so that the record can be shown as it
//   was known at any moment; a record that never changed is its own first revision.
// - Two records of one person are laid over each other by a link from record to primary. Nothing is moved, so taking the
//   link away restores both exactly.
// - A record number belongs to one patient. A phone number may belong to several: it is marked as shared.

/// Codes that a field may hold; anything else is refused at the boundary.
package enum PatientCodes {
    /// FHIR AdministrativeGender.
    package static let genders: Set<String> = ["male", "female", "other", "unknown"]
    package static let phoneUses: Set<String> = ["mobile", "home", "work"]
    package static let contactPreferences: Set<String> = ["sms", "phone", "email", "portal", "none"]
    /// What a recorded preference may be about.
    package static let preferenceKinds: Set<String> = ["channel", "hours", "interpreter", "accessibility", "transport"]
    /// A system whose numbers belong to one patient each.
    package static let mrn = "mrn"

    /// Letters, digits and dashes, at most 40: flags, preference codes, sources.
    package static func isCode(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-")
            }
    }

    /// The shape of a BCP-47 tag: `es`, `es-MX`, `zh-Hant`. Source: RFC 5646 §2.1, without its rare forms.
    package static func isLanguage(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, (2...3).contains(first.utf8.count),
            first.utf8.allSatisfy({ (97...122).contains($0) })
        else { return false }
        return parts.count <= 3
            && parts.dropFirst().allSatisfy { part in
                (2...8).contains(part.utf8.count)
                    && part.utf8.allSatisfy { ($0 | 32) >= 97 && ($0 | 32) <= 122 || (48...57).contains($0) }
            }
    }

    /// The plain code of a payer, made from its name: `harbor-mutual`; `self-pay` for people who pay for themselves.
    package static func payer(_ name: String) -> String {
        var code = ""
        for scalar in Folding.fold(name).unicodeScalars {
            let isWord = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isWord { code.unicodeScalars.append(scalar) } else if !code.isEmpty, code.last != "-" { code += "-" }
        }
        while code.last == "-" { code.removeLast() }
        return code.isEmpty ? "other" : String(code.prefix(60))
    }
}

/// The demographic fields whose source and time are kept one by one.
package enum PatientField: String, Sendable, CaseIterable {
    case name, preferredName, birthDate, gender, language, needsInterpreter, address, zone, contactPreference, flags,
        deceased
}

/// Where a field's present value came from, and since when.
package struct FieldSource: Sendable, Equatable {
    package let source: String
    package let at: Instant

    package init(source: String, at: Instant) {
        self.source = source
        self.at = at
    }
}

/// One recorded wish or need that is not demographics: "mornings after 8".
package struct Preference: Sendable, Equatable {
    package let kind: String
    package let code: String
    package let note: String?
    package let source: FieldSource

    package init(kind: String, code: String, note: String?, source: FieldSource) {
        self.kind = kind
        self.code = code
        self.note = note
        self.source = source
    }
}

extension PatientRecord {
    /// "Maria Delgado Ruiz"; empty when nobody has told a name yet.
    package var fullName: String { (given + [family].compactMap { $0 }).joined(separator: " ") }

    /// "MD": of the first given and the first family name.
    package var initials: String {
        let letters = [given.first?.first, family?.first].compactMap { $0 }
        return letters.isEmpty ? "?" : String(letters).uppercased()
    }

    package var addressLine: String? {
        let place = [city, [state, postalCode].compactMap { $0 }.joined(separator: " ")].compactMap { $0 }
        let all = (addressLines + place).filter { !$0.isEmpty }
        return all.isEmpty ? nil : all.joined(separator: ", ")
    }

    /// What is plain of the postal code: its first three digits. Source: 45 CFR 164.514(b)(2)(i)(B).
    package var region: String? {
        guard let postalCode, postalCode.utf8.count >= 5 else { return nil }
        let start = String(postalCode.prefix(3))
        return start.utf8.allSatisfy { (48...57).contains($0) } ? start : nil
    }

    /// The source of a field: its own when it was changed, else the record's.
    func source(of field: PatientField, record: FieldSource) -> FieldSource { sources[field] ?? record }
}
