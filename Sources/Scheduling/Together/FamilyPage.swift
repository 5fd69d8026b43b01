import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    func showFamily(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await familyPage(request.query, request, signedIn)
    }

    /// Who comes, for what, and times for all of them; with what went wrong above.
    func familyPage(
        _ fields: FormFields, _ request: WebRequest, _ signedIn: SignedIn, refused: TripRefusal? = nil
    ) async throws -> WebResponse {
        let wish = FamilyWish(fields)
        let words = try words(request)
        var members: [TripMember] = []
        for person in wish.people {
            // Somebody hidden is as absent as nobody: the whole page is.
            let client = try await request.spine.ask(
                ReadBookingClient(patient: person.patient, moving: nil, desk: desk), as: signedIn.caller)
            let suited = ChooseView.types(words, client)
            let type =
                suited.first { $0.key == person.visitType } ?? suited.first { $0.key == members.first?.type.key }
                ?? suited.first { $0.patients == (client.isEstablished ? .established : .new) } ?? suited.first
            if let type {
                let asker = person.asker.flatMap { ID<PatientProxy>($0) }
                members.append(TripMember(client: client, type: type, asker: asker))
            }
        }
        if !members.isEmpty {
            members = try await request.spine.ask(
                ReadAskers(members: members, now: words.now, desk: desk), as: signedIn.caller)
        }
        var view = FamilyView(words: words, wish: wish, members: members)
        if !view.isFull, !wish.people.isEmpty {
            view.household = try await request.spine.ask(
                ReadHousehold(people: wish.people.map(\.patient), now: words.now, desk: desk), as: signedIn.caller)
        }
        if !wish.query.isEmpty, wish.query.count <= 200, !view.isFull, signedIn.may(.patientSearch) {
            let chosen = Set(members.map(\.patient) + view.household.map(\.id))
            view.found = try await search(request, signedIn, wish.query).filter { !chosen.contains($0.id) }
        }
        if wish.finds, let search = view.search {
            let people = members.map { FindTrips.Person(patient: $0.patient, visitType: $0.type.key) }
            view.times = try await request.spine.ask(
                FindTrips(
                    people, search, within: SearchHours(wish.part), together: wish.together, now: words.now, desk: desk),
                as: signedIn.caller)
        }
        view.intents = (view.times?.trips ?? []).map { _ in Crockford.encode(request.spine.ids.nextRaw()) }
        return try togetherPage(
            "family", words.text("together.family.title"), view.view, request, signedIn,
            problem: refused.map { refusal in
                let whose = members.first { $0.patient == refusal.visit?.patient }
                return words.refused(refusal, name: whose?.client.card.name, today: view.today)
            }, refused?.fault.category)
    }
}

/// Who comes together and how, as an address or a form says it.
struct FamilyWish: Sendable {
    struct Person: Sendable {
        let patient: ID<Patient>
        let visitType: String?
        /// Who asks for them, as it was said; nil: they themselves.
        let asker: String?
    }

    static let stretches = [60, 120, 180, 240, 480]

    private(set) var people: [Person]
    /// Whom somebody looks for, to add them.
    let query: String
    let together: TripTogether
    let location: String
    let part: BookingWish.Part?
    let from: CivilDate?
    let to: CivilDate?
    /// Whether times were asked for.
    let finds: Bool

    init(_ fields: FormFields) {
        let types = fields.all("type"), askers = fields.all("proxy")
        var people: [Person] = []
        for (index, text) in fields.all("person").enumerated() {
            guard let patient = ID<Patient>(text), !people.contains(where: { $0.patient == patient }) else { continue }
            let asker = askers.indices.contains(index) ? askers[index] : ""
            people.append(
                Person(
                    patient: patient, visitType: types.indices.contains(index) ? types[index] : nil,
                    asker: asker.isEmpty ? nil : asker))
        }
        if let added: ID<Patient> = fields.id("add"), !people.contains(where: { $0.patient == added }) {
            people.append(Person(patient: added, visitType: nil, asker: nil))
        }
        if let left: ID<Patient> = fields.id("remove") { people.removeAll { $0.patient == left } }
        self.people = Array(people.prefix(FindTrips.mostPeople))
        let rules = BookingWish(fields)
        let isChanging = fields["add"] != nil || fields["remove"] != nil
        query = isChanging ? "" : fields.trimmed("q") ?? ""
        finds = fields["find"] == "yes" && !isChanging
        location = rules.location ?? ""
        part = rules.part
        from = rules.from
        to = rules.to
        let within = fields["within"].flatMap { Int($0) }.flatMap { Self.stretches.contains($0) ? $0 : nil }
        together = TripTogether(withinMinutes: within ?? 180, oneAfterAnother: fields["mode"] == "one-after-another")
    }
}

/// The view of `together/family`.
struct FamilyView {
    let words: SchedulingWords
    let wish: FamilyWish
    let members: [TripMember]
    let today: CivilDate
    let from: CivilDate
    let to: CivilDate
    /// Those for whom one of the members may ask for visits today.
    var household: [PatientCard] = []
    /// Nil: nobody was looked for.
    var found: [FoundPatient]?
    /// Nil: no times were asked for.
    var times: FoundTrips?
    var intents: [String] = []

    init(words: SchedulingWords, wish: FamilyWish, members: [TripMember]) {
        self.words = words
        self.wish = wish
        self.members = members
        let zone = words.plan.zone(ofLocation: wish.location) ?? words.plan.zones.first
        today =
            zone?.civil(at: words.now.microseconds).date
            ?? CivilDate(daysSinceEpoch: Int(words.now.seconds / 86_400))
        from = max(wish.from ?? today, today)
        to = min(max(wish.to ?? from.adding(days: 14), from), from.adding(days: FindSlots.longestRange))
    }

    var isFull: Bool { members.count >= FindTrips.mostPeople }

    /// With what their visits link there are more than one act may book.
    private var isTooMuch: Bool {
        let finder = SlotFinder(words.plan)
        return members.map { finder.steps(of: $0.type.key).count }.reduce(0, +) > BookLinkedVisits.most
    }

    /// Nil: they are too few, or too many visits.
    var search: SlotRequest? {
        guard members.count > 1, !isTooMuch, let first = members.first else { return nil }
        let isPlace = words.plan.location(wish.location) != nil
        return SlotRequest(
            visitType: first.type.key, from: from, to: to, locations: isPlace ? [wish.location] : nil,
            limit: TripProposals.mostShown)
    }

    var view: View {
        let trips = times?.trips ?? []
        return View([
            "isFull": .flag(isFull), "query": .text(isFull ? "" : wish.query),
            "full": .text(words.text("together.family.full", ["n": String(FindTrips.mostPeople)])),
            "hasHousehold": .flag(!household.isEmpty), "household": .views(household.map(card)),
            "hasHits": .flag(!(found ?? []).isEmpty), "hits": .views((found ?? []).map(hit)),
            "nobody": .optional(found?.isEmpty == true ? words.text("together.family.nobody") : nil),
            "hasPeople": .flag(!members.isEmpty), "people": .views(members.enumerated().map(person)),
            "caption": .text(words.count("together.family.people", members.count)),
            "hasAskers": .flag(members.contains { !$0.client.askers.isEmpty }),
            "modes": .views(
                words.choices(
                    [
                        ("parallel", words.text("together.family.parallel")),
                        ("one-after-another", words.text("together.family.in-turn")),
                    ], chosen: wish.together.oneAfterAnother ? "one-after-another" : "parallel")),
            "stretches": .views(
                words.choices(
                    FamilyWish.stretches.map { (String($0), words.count("belonging.hours", $0 / 60)) },
                    chosen: String(wish.together.withinMinutes))),
            "locations": .views(
                words.choices(
                    [("", words.text("together.family.anywhere"))]
                        + words.configuration.sortedLocations.map { ($0.value.key, $0.value.name) },
                    chosen: wish.location)),
            "parts": .views(words.parts(chosen: wish.part)),
            "from": .text(from.iso), "to": .text(to.iso), "first": .text(today.iso),
            "advice": .optional(advice), "hasProposals": .flag(!trips.isEmpty),
            "found": .text(words.count("together.found", trips.count)), "proposals": .views(proposals(trips)),
            "none": .optional(times?.trips.isEmpty == true ? none : nil), "cut": .optional(times.flatMap(words.cut)),
        ])
    }

    /// What is missing before times can be looked for.
    private var advice: String? {
        if members.count < 2 { return words.text("together.family.too-few") }
        return isTooMuch ? words.text("together.family.too-much", ["n": String(BookLinkedVisits.most)]) : nil
    }

    private func hit(_ patient: FoundPatient) -> View {
        View([
            "id": .text(patient.id.text), "name": .text(patient.name), "initials": .text(patient.initials),
            "tone": .number(SchedulingWords.tone(patient.id.raw)), "detail": .text(patient.detail),
        ])
    }

    private func card(_ card: PatientCard) -> View {
        let born = card.birthDate.map { words.text("booking.born", ["date": words.plainDate($0)]) }
        return hit(FoundPatient(id: card.id, name: card.name, initials: card.initials, detail: born ?? ""))
    }

    private func person(_ number: Int, _ member: TripMember) -> View {
        let linked = member.type.rules.linked.map { "\(words.typeName($0.visitType)), \(words.rule($0))" }
        return View([
            "id": .text(member.patient.text), "number": .number(number + 1), "name": .text(member.client.card.name),
            "types": .views(
                words.choices(
                    ChooseView.types(words, member.client).map { ($0.key, $0.names[words.language]) },
                    chosen: member.type.key)),
            "linked": .optional(linked.isEmpty ? nil : linked.joined(separator: "; ")),
            "askers": .optional(words.askers(member.client.askers, chosen: member.asker)),
        ])
    }

    /// What the forms of the proposals carry on: the page as it is.
    private var carried: [(String, String?)] {
        members.flatMap(fields(of:)) + [
            ("mode", wish.together.oneAfterAnother ? "one-after-another" : "parallel"),
            ("within", String(wish.together.withinMinutes)), ("location", wish.location),
            ("part", wish.part?.rawValue), ("from", from.iso), ("to", to.iso), ("find", "yes"),
        ]
    }

    /// One of each of everybody: they belong together by their order.
    private func fields(of member: TripMember) -> [(String, String?)] {
        [("person", member.patient.text), ("type", member.type.key), ("proxy", member.asker?.text ?? "")]
    }

    private func proposals(_ trips: [[OpenSlot]]) -> [View] {
        TripProposals(
            words: words, members: members, trips: trips, today: today, carried: carried, intents: intents
        ).views
    }

    private var none: View {
        let pairs = carried.map { ($0, $0 == "from" ? to.adding(days: 1).iso : $0 == "to" ? nil : $1) }
        let later = pairs.compactMap { name, value in value.map { "\(name)=\(FormFields.encode($0))" } }
        return words.empty(
            "together.none", icon: "calendar", values: ["date": words.longDate(to, today: today)],
            action: ("/booking/family?" + later.joined(separator: "&"), words.text("booking.none.later")))
    }
}
