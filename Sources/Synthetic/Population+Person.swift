extension Population {
    /// The person of this index (0 or more). About 3 µs on one core.
    package func person(at index: Int) -> SyntheticPerson {
        precondition(index >= 0, "people are counted from 0")
        let plan = HouseholdPlan(of: index, seed: seed, ages: ages)
        let home = Home(plan: plan, population: self)
        let position = index - plan.first
        let isChild = position >= plan.adults
        let ageDays = self.ageDays(position, plan: plan)
        let birthDate = SyntheticDate(daysSinceEpoch: referenceDate.daysSinceEpoch - ageDays)
        let age = birthDate.years(until: referenceDate)

        var draw = SeededDraw(seed: seed, stream: .person, index: index)
        let (gender, namedAsFemale) = self.gender(position: position, age: age, home: home, draw: &draw)
        let deceased = self.deceased(age: age, ageDays: ageDays, draw: &draw)
        let naming = self.naming(
            position: position, plan: plan, home: home, birthYear: birthDate.year, female: namedAsFemale, index: index)
        let phones = self.phones(position: position, age: age, plan: plan, home: home, draw: &draw)
        let email = age >= 18 && draw.chance(0.72) ? self.email(naming, index: index, draw: &draw) : nil
        let preference = preference(phones: phones, hasEmail: email != nil, draw: &draw)
        let canText = phones.contains { $0.use == .mobile }
        let consents = canText && draw.chance(preference == .none ? 0.2 : preference == .sms ? 0.95 : 0.7)
        let interpreter = draw.chance(home.language.code == "en" ? 0 : home.language.code == "es" ? 0.5 : 0.65)

        return SyntheticPerson(
            index: index, given: naming.given.text, middle: naming.middle, familyNames: naming.families,
            preferredName: naming.preferred, gender: gender, birthDate: birthDate, deceased: deceased,
            language: home.language.code, needsInterpreter: interpreter, phones: phones, email: email,
            address: address(of: home, plan: plan), contactPreference: preference, consentsToText: consents,
            medicalRecordNumber: recordNumber(of: index),
            coverage: coverage(position: position, age: age, plan: plan, home: home, draw: &draw),
            flags: flags(age: age, draw: &draw),
            household: SyntheticPerson.Household(
                id: plan.first, role: isChild ? .child : position == 0 ? .adult : home.isCouple ? .spouse : .adult,
                members: plan.members, guardians: isChild ? Array(plan.members.prefix(plan.adults)) : []))
    }

    /// What the members of a household have in common.
    struct Home {
        let language: Language
        let origin: NameStock.Origin
        let isCouple: Bool
        let firstIsFemale: Bool
        let sameSex: Bool
        let twoFamilyNames: Bool
        let writesAccents: Bool
        let secondTakesName: Bool
        let secondHyphenates: Bool
        /// First and second family name of the first adult, then of the second.
        let families: (NameStock.Name, NameStock.Name, NameStock.Name, NameStock.Name)
        let hasLandline: Bool
        let firstHasMobile: Bool
        let secondSharesMobile: Bool
        let streetSeed: UInt64
        let coverage: Double
        let plan: UInt64

        init(plan household: HouseholdPlan, population: Population) {
            var draw = SeededDraw(seed: population.seed, stream: .personNames, index: -1 - household.first)
            language = population.languages.draw(&draw)
            let stock = draw.unit()
            origin = language.origin == .en ? (stock < 0.1 ? .es : stock < 0.12 ? .zh : .en) : language.origin
            isCouple = household.adults == 2 && (household.sharesFamily || draw.chance(0.85))
            firstIsFemale = draw.chance(0.505)
            sameSex = draw.chance(isCouple ? 0.04 : 0.6)
            twoFamilyNames = language.origin == .es && draw.chance(0.6)
            writesAccents = language.origin == .es || draw.chance(0.4)
            let marriage = draw.unit()
            secondTakesName = isCouple && !twoFamilyNames && marriage < 0.8
            secondHyphenates = isCouple && !twoFamilyNames && marriage >= 0.94
            let stockOfNames = population.names
            families = (
                stockOfNames.family(origin: origin, draw: &draw), stockOfNames.family(origin: origin, draw: &draw),
                stockOfNames.family(origin: origin, draw: &draw), stockOfNames.family(origin: origin, draw: &draw)
            )
            let isOld = household.adultAges.0 > 23_700
            hasLandline = draw.chance(isOld ? 0.6 : 0.25)
            firstHasMobile = draw.chance(household.adultAges.0 >= 29_220 ? 0.65 : 0.9)
            secondSharesMobile = isCouple && firstHasMobile && draw.chance(0.05)
            streetSeed = draw.next()
            coverage = draw.unit()
            plan = draw.next()
        }
    }

    private func ageDays(_ position: Int, plan: HouseholdPlan) -> Int {
        switch position {
        case 0: plan.adultAges.0
        case 1 where plan.adults == 2: plan.adultAges.1
        default: plan.childAge(position - plan.adults, seed: seed)
        }
    }

    /// Women outlive men: among people alone, 62 % from 75 years are women.
    private func gender(
        position: Int, age: Int, home: Home, draw: inout SeededDraw
    ) -> (SyntheticPerson.Gender, namedAsFemale: Bool) {
        let own = draw.unit()
        let rare = draw.unit()
        let isFemale: Bool
        switch (position, age) {
        case (1, 18...): isFemale = home.firstIsFemale == home.sameSex
        case (0, ...74): isFemale = home.firstIsFemale
        case (0, _): isFemale = home.isCouple ? home.firstIsFemale : own < 0.62
        default: isFemale = own < 0.488
        }
        if rare < 0.006 { return (.other, isFemale) }
        if rare < 0.010 { return (.unknown, isFemale) }
        return (isFemale ? .female : .male, isFemale)
    }

    private func deceased(age: Int, ageDays: Int, draw: inout SeededDraw) -> SyntheticDate? {
        let rate = age < 50 ? 0.001 : age < 65 ? 0.006 : age < 80 ? 0.03 : 0.09
        let died = draw.chance(rate)
        let daysAgo = 1 + draw.below(3 * 365)
        guard died, ageDays > 1 else { return nil }
        return SyntheticDate(daysSinceEpoch: referenceDate.daysSinceEpoch - min(daysAgo, ageDays - 1))
    }

    private func preference(
        phones: [SyntheticPerson.Phone], hasEmail: Bool, draw: inout SeededDraw
    ) -> SyntheticPerson.ContactPreference {
        let wish = draw.unit()
        if wish < 0.60, phones.contains(where: { $0.use == .mobile }) { return .sms }
        if wish < 0.80, !phones.isEmpty { return .phone }
        if wish < 0.95, hasEmail { return .email }
        return wish >= 0.95 || phones.isEmpty ? .none : .phone
    }

    private func flags(age: Int, draw: inout SeededDraw) -> [SyntheticPerson.Flag] {
        guard draw.chance(age >= 75 ? 0.5 : age >= 60 ? 0.25 : 0.08) else { return [] }
        let old: [SyntheticPerson.Flag] = [.fallRisk, .hearingLoss, .wheelchair, .lowVision, .needsRide]
        let young: [SyntheticPerson.Flag] = [.latexAllergy, .needsRide, .lowVision, .hearingLoss, .wheelchair]
        let first = draw.pick(age >= 60 ? old : young)
        let second = draw.pick(age >= 60 ? old : young)
        return first == second || draw.chance(0.8) ? [first] : [first, second]
    }
}
