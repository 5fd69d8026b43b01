import Kernel
import TimeZones
package import Web

/// What is sealed of a patient's record, as it is told to the person it is about.
extension PatientRecord: ExportedContent {
    package var exported: [ExportedField] {
        var fields: [ExportedField] = []
        func add(_ name: String, _ values: [String]) {
            if !values.isEmpty { fields.append(ExportedField(name, .texts(values))) }
        }
        func add(_ name: String, _ value: String?) {
            if let field = ExportedField(name, value) { fields.append(field) }
        }
        add("given", given)
        add("family", family)
        add("preferred_name", preferredName)
        add("birth_date", birthDate?.iso)
        add("gender", gender)
        add("address_lines", addressLines)
        add("city", city)
        add("state", state)
        add("postal_code", postalCode)
        fields.append(ExportedField("needs_interpreter", .flag(needsInterpreter)))
        add("contact_preference", contactPreference)
        add("flags", flags)
        add(
            "preferences",
            preferences.map { [$0.kind, $0.code, $0.note].compactMap { $0 }.joined(separator: ": ") })
        add(
            "field_sources",
            sources.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                "\($0.key.rawValue): \($0.value.source), \($0.value.at.iso8601)"
            })
        return fields
    }
}

extension ContactValue: ExportedContent {
    var exported: [ExportedField] { [ExportedField("value", value)].compactMap { $0 } }
}

extension IdentifierValue: ExportedContent {
    var exported: [ExportedField] { [ExportedField("value", value)].compactMap { $0 } }
}

extension CoverageDetails: ExportedContent {
    var exported: [ExportedField] {
        [ExportedField("payer_name", payer), ExportedField("plan", plan), ExportedField("member_id", memberID)]
            .compactMap { $0 }
    }
}

extension DocumentContent: ExportedContent {
    package var exported: [ExportedField] {
        [ExportedField("title", title), ExportedField("content", .json(raw))].compactMap { $0 }
    }
}
