package import ConversationsAPI
package import Kernel
import SchedulingAPI
package import Spine
import StudioAPI
package import TimeZones
import Vault
import Web

// Booking by the public.
//
// - Offered are the visit types whose rules say so (`selfService.book`); those that ask what only a record tells are left out:
//   an answer would tell who has been here before. So are practitioners who take no new patients.
// - Steps: what, when, who, a code by text that proves the number, booked. The time is held from "when" on, for as long as
//   any hold. What is typed of the person is kept nowhere before the number is proven: it travels sealed in the form.
// - Until the code is right nothing is looked up of anybody. From then on the answer is the same page, after the same time,
//   whether a record was found or made.
// - Who is who: the proven number, the date of birth and the name together are one person, when exactly one record has all
//   three. Whatever fits less well gets a record of its own, and staff are told that the two may be one person.
// - A visit that the found record may not have (a rule, another visit at that time) is booked for a new one in the same way:
//   a refusal would tell that there is a record.
// - One live hold for each browser, some for each address; few codes for a number and an address; five tries of a code.
// - Texts about the visit are agreed to on the form, which is kept in the consent ledger with the form's version.

/// What self-service needs of other areas. Made by the composition root.
package struct SelfServiceDoors: Sendable {
    let numbers: any NumberMessaging
    let consents: any ConsentLedger
    /// Records that a text such as a name with a date of birth finds, by the search that every door uses.
    let alike: @Sendable (String, CommandContext) throws -> [ID<Patient>]
    /// Six digits.
    let code: @Sendable () -> String

    package init(
        numbers: any NumberMessaging, consents: any ConsentLedger,
        alike: @escaping @Sendable (String, CommandContext) throws -> [ID<Patient>],
        code: @escaping @Sendable () -> String = Self.randomCode
    ) {
        self.numbers = numbers
        self.consents = consents
        self.alike = alike
        self.code = code
    }

    package static let randomCode: @Sendable () -> String = {
        var random = SystemRandomNumberGenerator()
        let digits = String(UInt32.random(in: 0..<1_000_000, using: &random))
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}

enum PublicBookingRules {
    /// What was agreed to on the form; a change of its words is a new version.
    static let document = "booking-texts/1"
    static let consents: [MessagePurpose] = [.appointmentConfirmation, .appointmentReminder, .appointmentChange]

    /// How long a code may be typed.
    static let codeLifetime: Duration = .minutes(10)
    static let mostTries = 5
    /// Codes for one booking, for one number in a day, for one address in an hour.
    static let codesOfBooking = 3
    static let codesOfNumber = 6
    static let codesOfAddress = 20
    /// Live holds of an address: people behind one address are few, but a practice's own hall is one too.
    static let holdsOfAddress = 12
    /// Visits that are still ahead and were booked by one number in public.
    static let visitsOfNumber = 4
    /// An answer to who has typed the right code takes as long whatever was done.
    static let answerTime: Swift.Duration = .milliseconds(400)

    static func types(_ plan: SchedulePlan) -> [VisitTypeDefinition] {
        plan.visitTypes.values.filter { isOffered($0, plan) }
            .sorted { ($0.names[.english], $0.key) < ($1.names[.english], $1.key) }
    }

    static let tooOften = Fault(
        .tooMany, "public-booking.too-often", "There were too many tries from here.", remedy: "Call the practice.")
    static let wrongCode = Fault(.conflict, "public-booking.code", "That is not the code of the last text.")
    static let noNewPatients = Fault(
        .conflict, "public-booking.no-new-patients", "This practitioner takes no new patients in public.",
        remedy: "Call the practice.")
    static let over = Fault(.gone, "public-booking.over", "The time is not held any more.", remedy: "Choose again.")
}

/// What somebody says of themselves, proven by nothing yet.
package struct PublicPerson: Sendable, Equatable {
    let given: String
    let family: String
    let birthDate: CivilDate
    let phone: PhoneNumber
    let language: Language

    package init(given: String, family: String, birthDate: CivilDate, phone: PhoneNumber, language: Language) {
        self.given = given
        self.family = family
        self.birthDate = birthDate
        self.phone = phone
        self.language = language
    }

    /// Sealed in the form that asks for the code, for this booking and this number alone.
    func sealed(for booking: ID<PublicBooking>, vault: TenantVault) throws -> String {
        var packer = Packer()
        packer.put(1, given)
        packer.put(2, family)
        packer.put(3, birthDate.iso)
        packer.put(4, phone.e164)
        packer.put(5, language.rawValue)
        packer.put(6, booking.raw)
        return try vault.sealToken(packer.bytes, label: "public-booking/person")
    }

    static func open(_ text: String, for booking: ID<PublicBooking>, vault: TenantVault) -> PublicPerson? {
        guard text.utf8.count <= 4_000, let bytes = vault.openToken(text, label: "public-booking/person"),
            let fields = try? Unpacker(bytes),  // what cannot be read is none of ours
            fields.integer(6) == booking.raw,
            let given = fields.string(1), let family = fields.string(2),
            let birthDate = fields.string(3).flatMap({ CivilDate(iso: $0) }),
            let phone = fields.string(4).flatMap({ PhoneNumber($0) })
        else { return nil }
        return PublicPerson(
            given: given, family: family, birthDate: birthDate, phone: phone,
            language: Language(tag: fields.string(5) ?? "en"))
    }
}

/// One person's way through the booking page.
package enum PublicBooking {}
