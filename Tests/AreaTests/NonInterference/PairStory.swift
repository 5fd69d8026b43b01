import App
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Trust
import Vault

/// How a thing that a probe names stands to the caller.
enum Sight: String, Sendable, CaseIterable {
    case visible, hidden, absent
}

/// The ids that probes name, by what they are of: `patient`, `need`, …
struct Known: Sendable {
    private(set) var ids: [Sight: [String: [String]]] = [:]

    mutating func add(_ sight: Sight, _ name: String, _ id: String) {
        ids[sight, default: [:]][name, default: []].append(id)
    }

    mutating func add<Subject>(_ sight: Sight, _ name: String, _ id: ID<Subject>?) {
        if let id { add(sight, name, id.text) }
    }

    /// One of them (a `person` is a patient beside another one); an id that nothing has where there is none.
    func pick(_ sight: Sight, _ name: String, _ random: inout SeededGenerator) -> String {
        ids[sight]?[name == "person" ? "patient" : name]?.randomElement(using: &random)
            ?? (name == "person" ? Self.nobodyElse : Self.nobody)
    }

    /// No world hands it out: its moment is years ahead.
    static let nobody = ID<Patient>.lowest(at: TestWorld.start + .days(4_000)).text
    static let nobodyElse = ID<Patient>.lowest(at: TestWorld.start + .days(4_001)).text
}

/// What happens in both worlds, and what besides happens in one of them.
struct PairStory {
    let pair: WorldPair
    var known = Known()
    private var visible: SeededGenerator
    var random: SeededGenerator
    private(set) var staff: [ID<User>] = []
    /// Those of `declare`, of both worlds.
    private(set) var declared: [ID<Patient>] = []

    init(_ pair: WorldPair) {
        self.pair = pair
        visible = SeededGenerator(seed: pair.seed &* 2 &+ 1)
        random = SeededGenerator(seed: pair.seed &* 2)
    }

    static let families = ["Delgado", "Ruiz", "Chen", "Okafor", "Begay", "Herrera"]
    static let givens = ["Maria", "Mateo", "Lin", "Ines", "Luis", "Amara", "Noah", "Zoe"]
    /// Only hidden people have this name, this birthday, this record number and this telephone number.
    static let hiddenFamily = "Quillfeather"
    static let hiddenBirthday = "1950-02-03"
    static let hiddenNumber = "H-7700"
    static let hiddenPhone = "+19285550150"
    /// Somebody hidden has it in either world, another person in each; the other number of hidden people is nobody's in A.
    static let takenNumber = "T-4100"

    mutating func run() async throws {
        try await addStaff()
        var kinds = HiddenKind.all
        kinds.shuffle(using: &random)
        // Hidden things happen before, between and after those that everybody may see.
        try await HiddenKind.people.happen(&self)
        try await showPeople()
        try await declare()
        try await kinds.removeLast().happen(&self)
        try await showTexts()
        try await kinds.removeLast().happen(&self)
        try await showVisits()
        try await kinds.removeLast().happen(&self)
        try await showPaper()
        for kind in kinds { try await kind.happen(&self) }
        try await HiddenKind.ties.happen(&self)
        try await showAbsence()
        try await showStrangers()
    }

    /// What everybody may see alone, and none of it hidden.
    mutating func runVisible() async throws {
        try await addStaff()
        try await showPeople()
        try await showTexts()
        try await showVisits()
    }

    /// Who has no other work than the care of visible people.
    static func carer(_ staff: [ID<User>]) -> ID<User> { staff[3] }

    /// Gives that one a part in the care of everybody whom callers see, written down by hand.
    func care() async throws {
        let (party, patients) = (CareParty.user(Self.carer(staff)), patients())
        let (since, until) = (TestWorld.start - .days(1), TestWorld.start + .days(1_000))
        try await pair.both("care") { world in
            try await world.platform.installation.database.write(world.tenant) { transaction in
                for patient in patients {
                    try transaction.send(
                        """
                        INSERT INTO care_relation (tenant, patient, party, source, since, until)
                        VALUES (\(.tenant), \(patient), \(party), 'hand', \(since), \(until))
                        """)
                }
            }
        }
    }

    /// Somebody is away on a day on which nobody but a hidden person has a visit.
    private mutating func showAbsence() async throws {
        if let patient = hidden().first {
            let visit = try await pair.hidden { try await $0.visitOfAwayDay(patient) }
            known.add(.hidden, "appointment", visit)
        }
        known.add(.visible, "absence", try await pair.both("an absence") { try await $0.away() })
        // What is held for them takes its time in both worlds.
        known.add(.hidden, "bumped", try await pair.hidden { try await $0.bumped() })
    }

    // MARK: Both

    private mutating func addStaff() async throws {
        let hash = try await Password.hash(PageWorld.password)
        for name in ["Berta Lopez", "Carl Young", "Dana Price", "Emil Stone"] {
            let email = "\(name.prefix { $0 != " " }.lowercased())@clinic.example"
            let id = try await pair.both("a colleague") { world in
                try await world.spine.perform(
                    AddUser(
                        email: email, displayName: name, roles: ["front-desk"], locations: nil, passwordHash: hash),
                    as: world.everywhere())
            }
            staff.append(ID(raw: id))
            known.add(.visible, "user", ID<User>(raw: id))
        }
    }

    private func person(_ index: Int, _ random: inout SeededGenerator) -> NewPatient {
        var person = NewPatient()
        person.given = [Self.givens[index % Self.givens.count]]
        person.family = Self.families.randomElement(using: &random)
        person.birthDate = CivilDate(daysSinceEpoch: Int.random(in: -9_000..<12_000, using: &random))
        person.language = index % 3 == 0 ? "es" : "en"
        person.source = "console"
        person.email = "p\(index)@people.example"
        person.postalCode = "80205"
        person.state = "CO"
        return person
    }

    /// A hidden person who looks like the others but for what only hidden people have.
    mutating func hiddenPerson(_ index: Int) -> NewPatient {
        var person = person(index, &random)
        person.email = "h\(index)@people.example"
        if index % 2 == 0 {
            person.family = Self.hiddenFamily
            person.birthDate = CivilDate(iso: Self.hiddenBirthday)
        }
        person.phones = PhoneNumber(Self.phone("928", 50 + index)).map { [($0, "mobile")] } ?? []
        if index == 0 { person.mrn = Self.hiddenNumber }
        return pair.hide(person, &random)
    }

    static func phone(_ area: String, _ number: Int) -> String {
        let line = String(number % 100)
        return "+1\(area)55501" + (line.count == 1 ? "0" + line : line)
    }

    private mutating func showPeople() async throws {
        for index in 0..<9 {
            var person = person(index, &visible)
            person.phones = PhoneNumber(Self.phone("303", 10 + index)).map { [($0, "mobile")] } ?? []
            person.mrn = "V-10\(index)"
            let shown = pair.show(person, index)
            let id = try await pair.both("a patient") { try await $0.people.register(shown) }
            known.add(.visible, "patient", id)
        }
    }

    func patients() -> [ID<Patient>] { known.ids[.visible]?["patient"]?.compactMap { ID($0) } ?? [] }

    /// What callers may learn of hidden people, told by other people in each world.
    private mutating func declare() async throws {
        var (one, other) = (NewPatient(), NewPatient())
        one.given = ["Aldo"]
        other.given = ["Wilhelmina", "Rose"]
        other.family = Self.hiddenFamily
        let shared: [(number: PhoneNumber, use: String)] =
            PhoneNumber(Self.phone("303", 10)).map { [($0, "mobile")] } ?? []
        // The hidden number is somebody's in A too.
        let own: [(number: PhoneNumber, use: String)] =
            PhoneNumber(Self.hiddenPhone).map { [($0, "mobile")] } ?? []
        (one.phones, other.phones) = (shared + own, shared)
        (one.mrn, other.mrn) = (Self.takenNumber, Self.takenNumber)
        let (inA, inB) = (pair.hide(one, &random), pair.hide(other, &random))
        try await pair.apart(
            { _ = try await $0.people.register(inA) }, { _ = try await $0.people.register(inB) })
        for world in [pair.a, pair.b] {
            declared += try await world.people.ids(
                "SELECT id FROM patient WHERE tenant = \(.tenant) ORDER BY id DESC LIMIT 1", of: Patient.self)
        }
    }

    private mutating func showTexts() async throws {
        let texts = [
            "Can I come in tomorrow?", "My insurance changed, what now?", "I need a refill", "Please move my visit",
            "Can somebody call me?",
        ]
        for (index, text) in texts.enumerated() {
            let phone = Self.phone("303", 11 + index)
            let need = try await pair.both("a text") { try await $0.receive(text, from: phone) }
            let conversation = try await pair.both("its conversation") { try await $0.conversation(of: need) }
            known.add(.visible, "need", need)
            known.add(.visible, "conversation", conversation)
            let user = staff[index % staff.count]
            if index == 1 { try await pair.both("taking") { try await $0.take(need, by: user) } }
            if index == 2 { try await pair.both("working") { try await $0.work(need, by: user) } }
            if index == 3 { try await pair.both("closing") { try await $0.close(need) } }
            if index < 3 {
                let message = try await pair.both("a reply") {
                    try await $0.reply("We will look at it.", to: need, by: user)
                }
                known.add(.visible, "message", message)
                if index == 0, message.raw != 0 { try await pair.both("jamming") { try await $0.jam(message) } }
            }
        }
    }

    private mutating func showVisits() async throws {
        for (index, patient) in patients().prefix(5).enumerated() {
            let place = pair.visiblePlaces[index % 2]
            let visit = try await pair.both("a visit") { try await $0.visit(patient, at: place) }
            known.add(.visible, "appointment", visit)
            guard let visit else { continue }
            // The second place may be one whose calendar the EHR owns: there a visit waits for an answer.
            if index == 0 { try await pair.both("confirming") { try await $0.confirm(visit) } }
            if index == 2 { try await pair.both("cancelling") { try await $0.cancel(visit) } }
        }
    }

    private mutating func showPaper() async throws {
        for (index, patient) in patients().prefix(4).enumerated() {
            try await pair.both("a word") { try await $0.consent(patient, given: index % 2 == 0) }
            let document = try await pair.both("a document") { try await $0.shelve("Diabetes", for: patient) }
            known.add(.visible, "document", document)
            if index > 1 { continue }
            try await showRights(patient)
            known.add(.visible, "link", try await pair.both("a link") { try await $0.share(patient) })
        }
        let user = staff[0]
        // Somebody without any place looks at a record that the callers may see: it is in their queue of reviews.
        if let patient = patients().dropFirst().first {
            known.add(.visible, "glass", try await pair.both("a glass") { try await $0.breakGlass(patient, by: user) })
        }
        let places = pair.visiblePlaces
        for (index, patient) in patients().suffix(2).enumerated() {
            known.add(.visible, "hold", try await pair.both("a hold") { try await $0.hold(patient, at: places[index]) })
        }
        for patient in patients().prefix(3) {
            known.add(.visible, "entry", try await pair.both("a wait") { try await $0.wait(patient) })
        }
        known.add(.visible, "hold", try await pair.both("a hold for nobody") { try await $0.hold(nil, at: places[0]) })
    }

    /// Who acts for somebody, what they asked for, and what must be kept of them.
    private mutating func showRights(_ patient: ID<Patient>) async throws {
        known.add(
            .visible, "proxy", try await pair.both("a proxy") { try await $0.proxy(of: patient, person: nil) })
        known.add(.visible, "request", try await pair.both("a request") { try await $0.ask(patient) })
        known.add(
            .visible, "request", try await pair.both("an erasure") { try await $0.ask(patient, for: .erasure) })
        known.add(.visible, "restriction", try await pair.both("a restriction") { try await $0.agree(patient) })
        try await pair.both("a disclosure") { try await $0.disclose(patient) }
        known.add(.visible, "legalhold", try await pair.both("a legal hold") { try await $0.keep(patient) })
        let referral = try await pair.both("a referral") { try await $0.refer(patient) }
        known.add(.visible, "referral", referral)
        try await pair.both("an attempt") { try await $0.attempt(referral) }
        known.add(.visible, "item", try await pair.both("something due") { try await $0.due(patient) })
    }

    /// More than one page of them.
    private mutating func showStrangers() async throws {
        for index in 0..<24 {
            let phone = Self.phone("720", 10 + index)
            let need = try await pair.both("a stranger's text") {
                try await $0.receive("I have a question", from: phone)
            }
            if index < 3 {
                known.add(.visible, "need", need)
                known.add(
                    .visible, "conversation",
                    try await pair.both("its conversation") { try await $0.conversation(of: need) })
            }
        }
    }
}
