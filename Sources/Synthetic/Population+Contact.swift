/// Names, numbers, addresses and coverage of a person, given the household.
extension Population {
    struct Naming {
        let given: NameStock.Name
        let middle: String?
        let families: [String]
        let familyASCII: String
        let preferred: String?
    }

    func naming(
        position: Int, plan: HouseholdPlan, home: Home, birthYear: Int, female: Bool, index: Int
    ) -> Naming {
        var draw = SeededDraw(seed: seed, stream: .personNames, index: index)
        let isHeritage = home.origin != .en && home.language.code == "en"
        let origin = isHeritage && draw.chance(0.6) ? .en : home.origin
        let given = names.given(origin: origin, female: female, birthYear: birthYear, draw: &draw)
        let second = names.given(origin: origin, female: female, birthYear: birthYear, draw: &draw)
        let kind = draw.unit()
        let hasSecond = second.text != given.text && kind < (origin == .en ? 0.45 : origin == .es ? 0.4 : 0.1)
        let initial = origin == .en && kind >= 0.45 && kind < 0.7
        let written = home.writesAccents ? given : given.withoutAccents
        let middle =
            hasSecond
            ? (home.writesAccents ? second.text : second.unaccented)
            : initial ? String(second.unaccented.prefix(1)) : nil
        let wish = draw.unit()
        let preferred = wish < 0.22 ? given.nickname : wish < 0.25 && hasSecond ? second.text : nil
        let families = familyNames(position: position, plan: plan, home: home)
        return Naming(
            given: written, middle: middle, families: families.map { home.writesAccents ? $0.text : $0.unaccented },
            familyASCII: families[0].ascii, preferred: preferred)
    }

    private func familyNames(position: Int, plan: HouseholdPlan, home: Home) -> [NameStock.Name] {
        let (first, firstMother, second, secondMother) = home.families
        if position == 0 { return home.twoFamilyNames ? [first, firstMother] : [first] }
        if position >= plan.adults {
            return home.twoFamilyNames ? [first, plan.adults == 2 ? second : firstMother] : [first]
        }
        if home.twoFamilyNames { return [second, secondMother] }
        if home.secondTakesName { return [first] }
        return home.secondHyphenates && first.text != second.text ? [first.hyphenated(with: second)] : [second]
    }

    func phones(
        position: Int, age: Int, plan: HouseholdPlan, home: Home, draw: inout SeededDraw
    ) -> [SyntheticPerson.Phone] {
        let index = plan.first + position
        let ownRate = age >= 80 ? 0.65 : age >= 18 ? 0.9 : age >= 13 ? 0.6 : 0
        let hasOwn = draw.chance(ownRate)
        let hasWork = draw.chance(0.08) && age >= 22 && age < 67
        var phones: [SyntheticPerson.Phone] = []
        let isSharing = position > 0 && (age < 13 ? home.firstHasMobile : position == 1 && home.secondSharesMobile)
        if position == 0 ? home.firstHasMobile : isSharing || hasOwn {
            let owner = isSharing ? plan.first : index
            let isShared = isSharing || position == 0 && mobileIsShared(plan: plan, home: home)
            phones.append(.init(number: phoneNumber(of: owner, line: 0), use: .mobile, isShared: isShared))
        }
        if home.hasLandline {
            let number = phoneNumber(of: plan.first, line: 1)
            phones.append(.init(number: number, use: .home, isShared: plan.members.count > 1))
        }
        if hasWork, position > 0 || !home.hasLandline {
            phones.append(.init(number: phoneNumber(of: index, line: 1), use: .work, isShared: false))
        }
        return phones
    }

    /// Somebody is reached on the first adult's mobile: the second adult, or a child under 13.
    private func mobileIsShared(plan: HouseholdPlan, home: Home) -> Bool {
        if home.secondSharesMobile { return true }
        guard plan.children > 0 else { return false }
        let youngest = plan.childAge(plan.children - 1, seed: seed)
        let birth = SyntheticDate(daysSinceEpoch: referenceDate.daysSinceEpoch - youngest)
        return birth.years(until: referenceDate) < 13
    }

    func email(_ naming: Naming, index: Int, draw: inout SeededDraw) -> String {
        let domain = draw.unit()
        let host = domain < 0.5 ? "example.com" : domain < 0.8 ? "example.org" : "example.net"
        return "\(naming.given.ascii).\(naming.familyASCII)\(index)@\(host)"
    }

    func address(of home: Home, plan: HouseholdPlan) -> SyntheticPerson.Address {
        var bits = home.streetSeed
        func take(_ count: Int) -> Int {
            bits = SeededDraw.mix(bits)
            return Int(bits % UInt64(count))
        }
        let place = areaCode(of: plan.first).place
        let number = 10 + take(take(3) == 0 ? 9_900 : 990)
        let street = places.streets[take(places.streets.count)]
        let line = take(10) < 3 ? "\(number) \(street) Apt \(1 + take(48))" : "\(number) \(street)"
        return SyntheticPerson.Address(
            line: line, city: place.city, state: place.state,
            postalCode: place.postalCodes[take(place.postalCodes.count)], zone: place.zone)
    }

    /// From 65 years 97 % hold a federal contract of their own. Of younger households 9 % pay for themselves, 26 % are
    /// with the state and 65 % with an employer's payer; families share the contract of the first adult, or of the
    /// second when the first is 65 or older.
    func coverage(
        position: Int, age: Int, plan: HouseholdPlan, home: Home, draw: inout SeededDraw
    ) -> SyntheticPerson.Coverage? {
        let own = draw.unit()
        let choice = draw.next()
        if age >= 65 {
            guard own < 0.97 else { return nil }
            let index = plan.first + position
            return coverage(payers.federal, plan: choice, subscriber: index, place: 1)
        }
        guard home.coverage >= 0.09 else { return nil }
        var pick = SeededDraw(seed: home.plan, stream: .memberNumber, index: 0)
        let isState = home.coverage < 0.35
        let payer = isState ? payers.state : payers.employer.draw(&pick)
        let isShared = home.isCouple || position == 0 || position >= plan.adults
        let holder = plan.adultAges.0 >= 23_741 && plan.adults == 2 ? 1 : 0
        if isState || !isShared {
            return coverage(payer, plan: home.plan, subscriber: plan.first + position, place: 1)
        }
        return coverage(
            payer, plan: home.plan, subscriber: plan.first + holder, place: position == holder ? 1 : position + 2)
    }

    private func coverage(
        _ payer: Payers.Payer, plan: UInt64, subscriber: Int, place: Int
    ) -> SyntheticPerson.Coverage {
        let numbers = Permutation(count: 1_000_000_000, key: SeededDraw.mix(seed ^ DrawStream.memberNumber.rawValue))
        let contract = padded(numbers(subscriber % numbers.count), width: 9)
        return SyntheticPerson.Coverage(
            payer: payer.name, plan: payer.plans[Int(plan % UInt64(payer.plans.count))],
            memberID: "\(payer.prefix)\(contract)\(padded(place, width: 2))", subscriber: subscriber)
    }
}

extension NameStock.Name {
    var withoutAccents: NameStock.Name {
        NameStock.Name(text: unaccented, ascii: ascii, unaccented: unaccented, nickname: nickname)
    }

    func hyphenated(with other: NameStock.Name) -> NameStock.Name {
        NameStock.Name(
            text: "\(text)-\(other.text)", ascii: ascii + other.ascii, unaccented: "\(unaccented)-\(other.unaccented)",
            nickname: nil)
    }
}
