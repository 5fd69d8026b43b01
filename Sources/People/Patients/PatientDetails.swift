import ConversationsAPI
import Kernel
import PeopleAPI
import Vault
import Web

extension PatientPage {
    /// Every known field with its value, where it came from and since when.
    func fields() -> [View] {
        let record = summary.record
        let plain = summary.plain
        var fields: [View] = []
        func add(_ key: String, _ value: String?, _ source: FieldSource) {
            guard let value, !value.isEmpty else { return }
            fields.append(
                View([
                    "field": .text(wording.code("patients.field", key)), "value": .text(value),
                    "source": .text(wording.code("patients.source", source.source)),
                    "since": .text(wording.plainDate(source.at)),
                ]))
        }
        add("name", record.fullName, summary.source(of: .name))
        add("preferred", record.preferredName, summary.source(of: .preferredName))
        add("born", record.birthDate.map(wording.plainDate), summary.source(of: .birthDate))
        add("sex", record.gender.map { wording.code("patients.sex", $0) }, summary.source(of: .gender))
        add("language", wording.languageName(plain.language), summary.source(of: .language))
        add(
            "interpreter", record.needsInterpreter ? wording.text("patients.yes") : nil,
            summary.source(of: .needsInterpreter))
        for identifier in summary.identifiers {
            add(identifier.system, identifier.value, identifier.source)
        }
        for (contact, source) in summary.contacts {
            add(contact.kind == "email" ? "email" : "phone-\(contact.use)", contact.display, source)
        }
        add("address", record.addressLine, summary.source(of: .address))
        add(
            "zone", plain.zone.map { wording.text("patients.zone", ["city": wording.city($0)]) },
            summary.source(of: .zone))
        for coverage in summary.coverage {
            let member = coverage.details.memberID.map { wording.text("patients.member", ["number": $0]) }
            add(
                "coverage", [coverage.details.wording, member].compactMap { $0 }.joined(separator: ", "),
                coverage.source)
        }
        add(
            "contact", record.contactPreference.map { wording.code("patients.contact", $0) },
            summary.source(of: .contactPreference))
        for preference in record.preferences {
            add(preference.kind, preference.note ?? wording.code("patients.flag", preference.code), preference.source)
        }
        for consent in summary.consents {
            let purpose =
                consent.purpose == "*"
                ? wording.text("patients.consent.all") : wording.code("patients.purpose", consent.purpose)
            let said = wording.text(
                consent.given ? "patients.consent.given" : "patients.consent.refused", ["purpose": purpose])
            add(
                "consent-\(consent.channel)", said, FieldSource(source: consent.source, at: consent.recordedAt))
        }
        if plain.deceased { add("deceased", wording.text("patients.yes"), summary.source(of: .deceased)) }
        return fields
    }
}
