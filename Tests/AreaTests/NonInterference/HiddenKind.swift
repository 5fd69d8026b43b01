import Kernel
import PeopleAPI
import Store
import Testing
import Trust
import Vault

/// One kind of thing that happens in one world and may not be told from its not happening. A new kind is one more value
/// in `all`.
struct HiddenKind: Sendable {
    let name: String
    let happen: @Sendable (inout PairStory) async throws -> Void

    static let all = [
        texts, work, visits, holds, consents, documents, merges, jams, attention, proxies, privacy, legalHolds,
        retention, referrals, labelled, waits,
    ]

    /// People; every other kind is about some of them.
    static let people = HiddenKind(name: "people") { story in
        for index in 0..<6 {
            let person = story.hiddenPerson(index)
            let id = try await story.pair.hidden { try await $0.people.register(person) }
            story.known.add(.hidden, "patient", id)
        }
    }

    static let texts = HiddenKind(name: "texts") { story in
        for index in 0..<4 {
            let phone = PairStory.phone("928", 50 + index)
            let need = try await story.pair.hidden { world in
                try await world.receive("I need to see somebody about the rash", from: phone)
            }
            let conversation = try await story.pair.hidden { try await $0.conversation(of: need) }
            story.known.add(.hidden, "need", need)
            story.known.add(.hidden, "conversation", conversation)
        }
    }

    /// Needs in the hands of people whose load callers see.
    static let work = HiddenKind(name: "work") { story in
        let phone = PairStory.phone("928", 54)
        let need = try await story.pair.hidden { try await $0.receive("Can you call me?", from: phone) }
        let user = story.staff[0]
        try await story.pair.hidden { try await $0.take(need, by: user) }
        try await story.pair.hidden { try await $0.work(need, by: user) }
        story.known.add(.hidden, "need", need)
        let other = PairStory.phone("928", 55)
        let closed = try await story.pair.hidden { try await $0.receive("I want to talk to somebody", from: other) }
        try await story.pair.hidden { world in
            let isOpen = try await !world.people.ids(
                "SELECT id FROM need WHERE tenant = \(.tenant) AND id = \(closed) AND stage <> 'closed'",
                of: Need.self
            ).isEmpty
            if isOpen { try await world.close(closed) }
        }
    }

    static let visits = HiddenKind(name: "visits") { story in
        let places = story.pair.visiblePlaces + [story.pair.hiddenPlace]
        for (index, patient) in story.hidden().prefix(3).enumerated() {
            let visit = try await story.pair.hidden { try await $0.visit(patient, at: places[index]) }
            story.known.add(.hidden, "appointment", visit)
            if index == 0, let visit { try await story.pair.hidden { try await $0.confirm(visit) } }
        }
    }

    static let holds = HiddenKind(name: "holds") { story in
        let place = story.pair.visiblePlaces[1]
        for patient in story.hidden().suffix(2) {
            story.known.add(.hidden, "hold", try await story.pair.hidden { try await $0.hold(patient, at: place) })
        }
    }

    static let waits = HiddenKind(name: "waits") { story in
        for patient in story.hidden().prefix(3) {
            story.known.add(.hidden, "entry", try await story.pair.hidden { try await $0.wait(patient) })
        }
    }

    static let consents = HiddenKind(name: "consents") { story in
        for (index, patient) in story.hidden().prefix(2).enumerated() {
            try await story.pair.hidden { try await $0.consent(patient, given: index == 0) }
        }
    }

    static let documents = HiddenKind(name: "documents") { story in
        for patient in story.hidden().prefix(2) {
            let document = try await story.pair.hidden { try await $0.shelve("Alcohol dependence", for: patient) }
            story.known.add(.hidden, "document", document)
        }
    }

    /// What carries a label of its own, which no caller of a pair sees through: about people whom they may see, and about
    /// somebody whom nobody knows.
    static let labelled = HiddenKind(name: "labelled") { story in
        let label = story.pair.hiddenKind.label
        for patient in story.patients().prefix(2) {
            let document = try await story.pair.hidden { world in
                try await world.shelve("Counselling", for: patient, labels: label)
            }
            story.known.add(.hidden, "document", document)
        }
        for index in 0..<2 {
            let phone = PairStory.phone("602", 40 + index)
            let need = try await story.pair.hidden { world in
                let need = try await world.receive("A question that nobody else is to read", from: phone)
                try await world.label(try await world.conversation(of: need), label)
                return need
            }
            let conversation = try await story.pair.hidden { try await $0.conversation(of: need) }
            story.known.add(.hidden, "need", need)
            story.known.add(.hidden, "conversation", conversation)
        }
    }

    static let merges = HiddenKind(name: "merges") { story in
        let people = story.hidden()
        guard people.count > 5 else { return }
        try await story.pair.hidden { world in
            let linked = try await world.people.ids(
                "SELECT patient FROM patient_link WHERE tenant = \(.tenant) AND patient = \(people[4])",
                of: Patient.self)
            if linked.isEmpty { try await world.link(people[4], to: people[5]) }
        }
    }

    /// Messages that wait for a person's decision.
    static let jams = HiddenKind(name: "jams") { story in
        let phone = PairStory.phone("928", 53)
        let need = try await story.pair.hidden { try await $0.receive("Are you there?", from: phone) }
        let user = story.staff[1]
        for _ in 0..<2 {
            let message = try await story.pair.hidden { try await $0.reply("We are here.", to: need, by: user) }
            if message.raw == 0 { continue }
            try await story.pair.hidden { try await $0.jam(message) }
            story.known.add(.hidden, "message", message)
        }
    }

    /// Links to reports, and records opened in an emergency.
    static let attention = HiddenKind(name: "attention") { story in
        let user = story.staff[2]
        for patient in story.hidden().prefix(2) {
            story.known.add(.hidden, "link", try await story.pair.hidden { try await $0.share(patient) })
            story.known.add(
                .hidden, "glass", try await story.pair.hidden { try await $0.breakGlass(patient, by: user) })
        }
    }

    /// Hidden people for whom somebody acts whom callers may see, and others.
    static let proxies = HiddenKind(name: "proxies") { story in
        let persons = story.patients().prefix(2).map { Optional($0) } + [nil]
        for (ward, person) in zip(story.hidden(), persons) {
            let proxy = try await story.pair.hidden { try await $0.proxy(of: ward, person: person) }
            story.known.add(.hidden, "proxy", proxy)
        }
    }

    /// That somebody who acts for a visible person is a hidden one. After there are proxies.
    static let ties = HiddenKind(name: "ties") { story in
        let proxies = (story.known.ids[.visible]?["proxy"] ?? []).compactMap { ID<PatientProxy>($0) }
        for (proxy, person) in zip(proxies, story.hidden()) {
            try await story.pair.hidden { try await $0.tie(proxy, to: person) }
        }
    }

    static let privacy = HiddenKind(name: "privacy") { story in
        for patient in story.hidden().prefix(2) {
            let request = try await story.pair.hidden { try await $0.ask(patient) }
            story.known.add(.hidden, "request", request)
            story.known.add(
                .hidden, "request", try await story.pair.hidden { try await $0.ask(patient, for: .erasure) })
            let restriction = try await story.pair.hidden { try await $0.agree(patient) }
            story.known.add(.hidden, "restriction", restriction)
            try await story.pair.hidden { try await $0.disclose(patient) }
        }
    }

    static let legalHolds = HiddenKind(name: "legal holds") { story in
        for patient in story.hidden().suffix(2) {
            story.known.add(.hidden, "legalhold", try await story.pair.hidden { try await $0.keep(patient) })
        }
    }

    static let referrals = HiddenKind(name: "referrals") { story in
        for patient in story.hidden().prefix(3) {
            let referral = try await story.pair.hidden { try await $0.refer(patient) }
            story.known.add(.hidden, "referral", referral)
            try await story.pair.hidden { try await $0.attempt(referral) }
        }
        // One thing about somebody whom callers see.
        if let patient = story.patients().first {
            let label = story.pair.hiddenKind.label
            let referral = try await story.pair.hidden { try await $0.refer(patient, labels: label) }
            story.known.add(.hidden, "referral", referral)
        }
    }

    static let retention = HiddenKind(name: "retention") { story in
        for patient in story.hidden().prefix(3) {
            story.known.add(.hidden, "item", try await story.pair.hidden { try await $0.due(patient) })
        }
    }
}

extension PairStory {
    func hidden() -> [ID<Patient>] { known.ids[.hidden]?["patient"]?.compactMap { ID($0) } ?? [] }
}
