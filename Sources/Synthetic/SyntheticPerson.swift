/// A made-up person. Equal for equal seed, index, reference date and states; nothing in it belongs to anyone real:
/// every number has the exchange 555, every address is at `example.org`, `.com` or `.net`, and payers are invented.
package struct SyntheticPerson: Sendable, Hashable {
    /// FHIR AdministrativeGender.
    package enum Gender: String, Sendable, CaseIterable { case male, female, other, unknown }

    package enum PhoneUse: String, Sendable { case mobile, home, work }

    package struct Phone: Sendable, Hashable {
        /// E.164: `+1`, area code, `555`, four digits.
        package let number: String
        package let use: PhoneUse
        /// Somebody else of the household is reached under the same number.
        package let isShared: Bool
    }

    package struct Address: Sendable, Hashable {
        package let line: String
        package let city: String
        /// Two letters.
        package let state: String
        /// Five digits.
        package let postalCode: String
        /// IANA zone of the city.
        package let zone: String
    }

    package enum ContactPreference: String, Sendable, CaseIterable { case sms, phone, email, none }

    package enum Flag: String, Sendable, CaseIterable {
        case wheelchair, hearingLoss, lowVision, fallRisk, latexAllergy, needsRide
    }

    package struct Coverage: Sendable, Hashable {
        package let payer: String
        package let plan: String
        /// Payer prefix, nine digits of the contract, and the person's two-digit place on it.
        package let memberID: String
        /// Index of the person who holds the contract; the person's own unless the family shares one.
        package let subscriber: Int
    }

    package enum Role: String, Sendable, CaseIterable { case adult, spouse, child }

    package struct Household: Sendable, Hashable {
        /// The index of its first member; unique among households.
        package let id: Int
        package let role: Role
        /// Indices of all members, adults first. It may reach beyond the size of a population that ends inside it.
        package let members: Range<Int>
        /// Indices of the adults who answer for a child; empty for adults. Always lower than the child's own index.
        package let guardians: [Int]
    }

    package let index: Int
    package let given: String
    /// A second given name, or an initial without a dot.
    package let middle: String?
    /// One name, or the two of the Spanish style; a hyphenated name is one.
    package let familyNames: [String]
    package let preferredName: String?
    package let gender: Gender
    package let birthDate: SyntheticDate
    package let deceased: SyntheticDate?
    /// BCP 47.
    package let language: String
    package let needsInterpreter: Bool
    package let phones: [Phone]
    package let email: String?
    package let address: Address
    package let contactPreference: ContactPreference
    package let consentsToText: Bool
    /// Nine digits, the last a Luhn check digit; unique for indices below 100,000,000.
    package let medicalRecordNumber: String
    /// Nil: pays for themself.
    package let coverage: Coverage?
    package let flags: [Flag]
    package let household: Household

    package var family: String {
        familyNames.joined(separator: " ")
    }
}
