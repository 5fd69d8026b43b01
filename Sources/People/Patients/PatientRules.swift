import Kernel
import PeopleAPI
import TimeZones

/// What a person's data must be like before it is stored. Everything wrong is told together.
enum PatientRules {
    static func check(_ person: NewPatient, today: CivilDate) throws(Fault) {
        let problems = problems(person) + dateProblems(person.birthDate, today: today)
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    /// Everything that can be told without knowing the day.
    static func problems(_ person: NewPatient) -> [Fault.Field] {
        var problems: [Fault.Field] = []
        func refuse(_ path: String, _ message: String, if wrong: Bool) {
            if wrong { problems.append(Fault.Field(path, message)) }
        }
        let named = !person.given.isEmpty || person.family != nil
        refuse(
            "family", "A name, a phone number or an e-mail address is needed.",
            if: !named && person.phones.isEmpty && person.email == nil)
        refuse(
            "given", "At most five given names of at most 100 letters.",
            if: person.given.count > 5 || !person.given.allSatisfy(isName))
        refuse("family", "At most 100 letters.", if: person.family.map { !isName($0) } ?? false)
        refuse("preferredName", "At most 100 letters.", if: person.preferredName.map { !isName($0) } ?? false)
        refuse(
            "gender", "One of female, male, other, unknown.",
            if: person.gender.map { !PatientCodes.genders.contains($0) } ?? false)
        refuse("language", "A language tag such as en, es or zh-Hant.", if: !PatientCodes.isLanguage(person.language))
        refuse("mrn", "Letters, digits and dashes, at most 64.", if: person.mrn.map { !isIdentifier($0) } ?? false)
        refuse("phones", "At most ten phone numbers.", if: person.phones.count > 10)
        refuse(
            "phones", "The use is mobile, home or work.",
            if: !person.phones.allSatisfy { PatientCodes.phoneUses.contains($0.use) })
        refuse("email", "An e-mail address has an @ in it.", if: person.email.map { !isEmail($0) } ?? false)
        refuse(
            "address.lines", "At most four lines of at most 200 letters.",
            if: person.addressLines.count > 4 || !person.addressLines.allSatisfy(isText))
        for (path, text) in [
            ("address.city", person.city), ("address.state", person.state), ("address.postalCode", person.postalCode),
            ("coverage.payer", person.coveragePayer), ("coverage.plan", person.coveragePlan),
            ("coverage.memberId", person.memberID),
        ] {
            refuse(path, "At most 200 letters.", if: text.map { !isText($0) } ?? false)
        }
        refuse(
            "coverage.payer", "A plan or member id needs its payer.",
            if: person.coveragePayer == nil && (person.coveragePlan ?? person.memberID) != nil)
        refuse(
            "contactPreference", "One of sms, phone, email, portal, none.",
            if: person.contactPreference.map { !PatientCodes.contactPreferences.contains($0) } ?? false)
        refuse(
            "flags", "At most 20 codes of lower-case letters, digits and dashes.",
            if: person.flags.count > 20 || !person.flags.allSatisfy(PatientCodes.isCode))
        refuse(
            "zone", "The name of a time zone such as America/Denver.",
            if: person.zone.map { $0.utf8.count > 60 || $0.isEmpty } ?? false)
        return problems
    }

    static func dateProblems(_ birthDate: CivilDate?, today: CivilDate) -> [Fault.Field] {
        guard let birthDate else { return [] }
        // The edge of the world's zones can be a day ahead of UTC.
        if birthDate > today.adding(days: 1) { return [Fault.Field("birthDate", "This date is in the future.")] }
        if birthDate.year < today.year - 130 {
            return [Fault.Field("birthDate", "This date is more than 130 years ago.")]
        }
        return []
    }

    static func problems(recordNumbers: [String]) -> [Fault.Field] {
        var problems: [Fault.Field] = []
        if recordNumbers.count > 10 { problems.append(Fault.Field("mrn", "At most ten record numbers.")) }
        for (index, number) in recordNumbers.enumerated() where !isIdentifier(number) {
            problems.append(Fault.Field("mrn[\(index)]", "Letters, digits and dashes, at most 64."))
        }
        return problems
    }

    static func problems(_ coverage: NewCoverage) -> [Fault.Field] {
        [
            ("coverage.payer", coverage.payer), ("coverage.plan", coverage.plan ?? "-"),
            ("coverage.memberId", coverage.memberID ?? "-"),
        ].filter { !isText($0.1) }.map { Fault.Field($0.0, "1 to 200 letters on one line.") }
    }

    /// Digits are not refused: records of other systems have them, and a person's name is what they say it is.
    static func isName(_ text: String) -> Bool { isText(text) && text.count <= 100 }

    /// One line of visible text.
    static func isText(_ text: String) -> Bool {
        (1...800).contains(text.utf8.count) && text.count <= 200
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count <= 64 && !SearchTerms.normalised(identifier: text).isEmpty
            && text.utf8.allSatisfy { (33...126).contains($0) || $0 == 32 }
    }

    /// One @ with something on both sides and no white space; whether it is reached is for a message to find out.
    static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && text.utf8.count <= 254 && !parts[0].isEmpty && parts[1].contains(".")
            && !parts[1].hasPrefix(".") && !parts[1].hasSuffix(".") && isText(text)
            && !text.contains(where: \.isWhitespace)
    }
}
