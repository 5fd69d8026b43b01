package import Kernel
import PeopleAPI
import Synthetic
import TimeZones

/// A text a generated person wrote, and the answer.
package struct GeneratedMessage: Sendable {
    package let patient: ID<Patient>
    /// The patient's key subject: what is sealed of the message is sealed under it.
    package let keySubject: ID<KeySubject>
    /// The mobile the person writes from.
    package let phone: PhoneNumber
    package let language: String
    /// reschedule, refill, newVisit, insuranceChange, billQuestion, directions, thanks, runningLate, stop.
    package let intent: String
    package let text: String
    package let at: Instant
    package let reply: String?
    package let repliedAt: Instant?
}

extension NewPatient {
    /// A generated person as they would have been registered.
    init(_ person: SyntheticPerson) {
        self.init()
        given = [person.given] + (person.middle.map { [$0] } ?? [])
        family = person.family
        preferredName = person.preferredName
        birthDate = CivilDate(daysSinceEpoch: person.birthDate.daysSinceEpoch)
        gender = person.gender.rawValue
        language = person.language
        needsInterpreter = person.needsInterpreter
        mrn = person.medicalRecordNumber
        phones = person.phones.compactMap { phone in PhoneNumber(phone.number).map { ($0, phone.use.rawValue) } }
        email = person.email
        addressLines = [person.address.line]
        city = person.address.city
        state = person.address.state
        postalCode = person.address.postalCode
        zone = person.address.zone
        contactPreference = person.contactPreference.rawValue
        coveragePayer = person.coverage?.payer ?? "Self-pay"
        coveragePlan = person.coverage?.plan
        memberID = person.coverage?.memberID
        flags = person.flags.map(\.code)
        deceased = person.deceased != nil
        source = "generated"
    }
}

extension SyntheticPerson.Flag {
    fileprivate var code: String {
        switch self {
        case .wheelchair: "wheelchair"
        case .hearingLoss: "hearing-loss"
        case .lowVision: "low-vision"
        case .fallRisk: "fall-risk"
        case .latexAllergy: "latex-allergy"
        case .needsRide: "needs-ride"
        }
    }
}
