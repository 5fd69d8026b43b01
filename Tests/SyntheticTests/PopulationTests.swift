import Synthetic
import Testing

struct PopulationTests {
    let population = Population(seed: 42)

    @Test("a person is the same whoever is made before, and by another population of the same seed")
    func orderIndependence() {
        let again = Population(seed: 42)
        let forwards = (0..<3_000).map { population.person(at: $0) }
        for index in stride(from: 2_999, through: 0, by: -7) {
            #expect(again.person(at: index) == forwards[index])
        }
        #expect(population.person(at: 900_001) == again.person(at: 900_001))
    }

    @Test("tasks that share the work make the same people as one")
    func parallel() async {
        let population = population
        let parts = await withTaskGroup(of: (Int, [SyntheticPerson]).self) { group in
            for part in 0..<4 {
                group.addTask { (part, (part * 500..<(part + 1) * 500).map { population.person(at: $0) }) }
            }
            var parts: [Int: [SyntheticPerson]] = [:]
            for await (part, people) in group { parts[part] = people }
            return parts
        }
        let together = (0..<4).flatMap { parts[$0] ?? [] }
        #expect(together == (0..<2_000).map { population.person(at: $0) })
    }

    @Test("another seed makes other people")
    func seeds() {
        let other = Population(seed: 43)
        let same = (0..<1_000).filter { population.person(at: $0).given == other.person(at: $0).given }
        #expect(same.count < 60)
    }

    @Test("what seed 42 means does not change")
    func pinned() {
        let person = population.person(at: 7)
        #expect(person.medicalRecordNumber == Pinned.recordNumber)
        #expect("\(person.given) \(person.family) \(person.birthDate.iso)" == Pinned.person)
    }

    @Test("rates are as documented, at 50,000 people")
    func rates() {
        let people = (0..<50_000).map { population.person(at: $0) }
        func share(_ matches: (SyntheticPerson) -> Bool) -> Double {
            Double(people.count(where: matches)) / Double(people.count)
        }
        func age(_ person: SyntheticPerson) -> Int { person.birthDate.years(until: population.referenceDate) }
        func near(_ found: Double, _ expected: Double, _ tolerance: Double, _ what: Comment) {
            #expect(abs(found - expected) <= tolerance, "\(what): \(found) instead of \(expected)")
        }
        near(share { $0.language == "en" }, 0.70, 0.02, "en")
        near(share { $0.language == "es" }, 0.22, 0.02, "es")
        near(share { $0.gender == .female }, 0.506, 0.012, "female")
        near(share { $0.gender == .male }, 0.484, 0.012, "male")
        near(share { $0.gender == .other }, 0.006, 0.002, "other")
        near(share { $0.gender == .unknown }, 0.004, 0.002, "unknown")
        near(share { age($0) < 18 }, 0.22, 0.02, "under 18")
        near(share { age($0) >= 65 }, 0.17, 0.02, "65 and older")
        near(share { age($0) >= 85 }, 0.019, 0.007, "85 and older")
        near(share { $0.deceased != nil }, 0.01, 0.003, "deceased")
        near(share { $0.phones.isEmpty }, 0.06, 0.02, "no phone")
        near(share { $0.coverage == nil }, 0.08, 0.015, "pays for themself")
        near(share { $0.familyNames.count == 2 }, 0.22 * 0.6, 0.02, "two family names")
        near(share { $0.preferredName != nil }, 0.09, 0.04, "preferred name")
        near(share { $0.consentsToText }, 0.70, 0.06, "consents to text")
        #expect(Set(people.map(\.language)).count == 9)
        #expect(Set(people.map(\.given)).count > 500)
        #expect(people.contains { $0.family.contains("'") } && people.contains { $0.family.contains("-") })
        #expect(people.contains { $0.family.contains("ñ") })
    }

    @Test("each person is whole and consistent")
    func consistency() {
        for index in 0..<50_000 {
            let person = population.person(at: index)
            let age = person.birthDate.years(until: population.referenceDate)
            #expect(age >= 0 && age <= 101)
            #expect(SyntheticDate(daysSinceEpoch: person.birthDate.daysSinceEpoch) == person.birthDate)
            if let deceased = person.deceased { #expect(deceased >= person.birthDate) }
            for phone in person.phones {
                #expect(phone.number.count == 12 && phone.number.hasPrefix("+1"))
                #expect(phone.number.dropFirst(5).hasPrefix("555"))
            }
            if let email = person.email {
                #expect(["example.org", "example.com", "example.net"].contains { email.hasSuffix("@" + $0) })
                #expect(email.utf8.allSatisfy { $0 < 128 && $0 != 32 } && age >= 18)
            }
            #expect(person.address.postalCode.count == 5 && person.address.state.count == 2)
            #expect(person.contactPreference != .email || person.email != nil)
            let hasMobile = person.phones.contains { $0.use == .mobile }
            #expect(hasMobile || (person.contactPreference != .sms && !person.consentsToText))
            #expect(luhn(person.medicalRecordNumber))
        }
    }

    @Test("families hold together: children have a guardian of fitting age, the same home and a family name")
    func families() {
        var children = 0
        for index in 0..<20_000 {
            let person = population.person(at: index)
            #expect(
                person.household.members.contains(index) && person.household.id == person.household.members.lowerBound)
            #expect(person.household.guardians.isEmpty == (person.household.role != .child))
            guard person.household.role == .child else { continue }
            children += 1
            #expect(person.birthDate.years(until: population.referenceDate) < 18)
            let guardians = person.household.guardians.map { population.person(at: $0) }
            #expect(guardians.allSatisfy { $0.index < index && $0.address == person.address })
            #expect(guardians.allSatisfy { $0.household.members == person.household.members })
            #expect(guardians.contains { $0.familyNames.first == person.familyNames.first })
            let gap = guardians.map { $0.birthDate.years(until: person.birthDate) }.min() ?? 0
            #expect(gap >= 17 && gap <= 62, "a parent \(gap) years older at \(index)")
            if let coverage = person.coverage, coverage.subscriber != index {
                #expect(guardians.contains { $0.index == coverage.subscriber && $0.coverage?.payer == coverage.payer })
            }
        }
        #expect(children > 3_000)
    }

    @Test("a phone is shared inside a household only, and then says so, at 1,000,000 people")
    func phones() {
        #expect(population.uniqueNumbers >= 1_000_000)
        var owner: [String: (household: Int, people: Int, saidShared: Int)] = [:]
        owner.reserveCapacity(1_400_000)
        var strangers = 0
        for index in 0..<1_000_000 {
            let person = population.person(at: index)
            for phone in person.phones {
                var entry = owner[phone.number] ?? (person.household.id, 0, 0)
                if entry.household != person.household.id { strangers += 1 }
                entry.people += 1
                entry.saidShared += phone.isShared ? 1 : 0
                owner[phone.number] = entry
            }
        }
        #expect(strangers == 0)
        let wrong = owner.values.count { $0.people > 1 ? $0.saidShared != $0.people : $0.saidShared != 0 }
        #expect(wrong == 0, "numbers whose sharing is told wrongly")
        let shared = owner.values.count { $0.people > 1 }
        #expect(Double(shared) / Double(owner.count) > 0.1)
    }

    @Test("record numbers and member numbers are unique at 1,000,000 people")
    func uniqueness() {
        var records = Set<String>(minimumCapacity: 1_000_000)
        var members = Set<String>(minimumCapacity: 1_000_000)
        var covered = 0
        for index in 0..<1_000_000 {
            let person = population.person(at: index)
            records.insert(person.medicalRecordNumber)
            guard let coverage = person.coverage else { continue }
            covered += 1
            members.insert(coverage.memberID)
        }
        #expect(records.count == 1_000_000)
        #expect(members.count == covered)
    }

    @Test("a population of some states lives in them alone")
    func states() {
        let texas = Population(seed: 1, states: ["TX"])
        #expect((0..<500).allSatisfy { texas.person(at: $0).address.state == "TX" })
        #expect(texas.uniqueNumbers < population.uniqueNumbers)
    }

    private func luhn(_ digits: String) -> Bool {
        var sum = 0
        for (place, byte) in digits.utf8.reversed().enumerated() {
            let digit = Int(byte) - 48
            let doubled = place % 2 == 1 ? digit * 2 : digit
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0 && digits.utf8.count == 9
    }
}
