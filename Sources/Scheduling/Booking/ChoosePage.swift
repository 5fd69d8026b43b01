import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    /// The times to choose from, with what went wrong above them.
    func choosePage(
        _ wish: BookingWish, _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let words = try words(request)
        let patient = try await patient(of: wish, signedIn.caller, request.spine)
        let client = try await patient.asyncMap {
            try await request.spine.ask(
                ReadBookingClient(patient: $0, moving: wish.moving, desk: self.desk), as: signedIn.caller)
        }
        var choose = ChooseView(words: words, wish: wish, client: client)
        choose.mayWait = signedIn.may(.waitlistWrite)
        if client == nil, wish.need == nil { choose.found = try await found(request, signedIn) }
        if let search = choose.search, wish.preferences.ranks {
            let best = choose.ranking(search, desk.plans.postcodes)
            choose.fit = choose.type.map { best.fit($0, words.plan, desk.plans.postcodes) }
            choose.take(
                best: try await request.spine.ask(
                    FindBestSlots(
                        best, patient: patient, need: wish.need, moving: wish.moving, now: words.now, desk: desk),
                    as: signedIn.caller))
        } else if let search = choose.search {
            let slots = try await request.spine.ask(
                FindSlots(
                    search, patient: patient, need: wish.need, moving: wish.moving, now: words.now, desk: desk),
                as: signedIn.caller)
            choose.take(slots)
        }
        if choose.search != nil { choose.reasons = try await reasons(choose, patient, request, signedIn) }
        let asked = try await asked(choose, request, signedIn)
        if wish.need != nil { choose.missing = asked?.missing ?? [] }
        let heading = wish.moving == nil ? "booking.heading" : "booking.heading.move"
        let notice = problem.map { fault in
            fault.code == "slot.link-broken"
                ? words.notice(words.text("belonging.broken"), words.text("belonging.outside"))
                : words.notice(
                    words.text("booking.taken.title"), "\(fault.message) \(words.text("booking.taken.text"))")
        }
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("booking.title"), "schedule")),
            "heading": .text(words.text(heading)), "problem": .optional(notice),
            "who": .optional(client.map { words.who($0.card) }),
            "asks": .optional(asked.flatMap { asks($0, choose, signedIn) }),
            "choose": .view(choose.view(desk.plans.postcodes)),
            "held": nil,
        ])
        return .html(
            try request.pages.render("booking/dialog", view, request.language),
            status: problem.map { Problem.status($0.category) } ?? .ok)
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async rethrows -> Value? {
        if let self { try await body(self) } else { nil }
    }
}

/// The view of `booking/choose`.
struct ChooseView {
    let words: SchedulingWords
    let wish: BookingWish
    let client: BookingClient?
    let type: VisitTypeDefinition?
    let practitioner: String
    let location: String
    let today: CivilDate
    let from: CivilDate
    let to: CivilDate
    private(set) var slots: [OpenSlot] = []
    /// What speaks for each time, when the best come first.
    private var merits: [OpenSlot: [SlotMerit]] = [:]
    /// Who and where is left by what somebody would like; nil: nothing of that is said.
    var fit: SlotFit?
    var reasons: [WhyNotTime] = []
    /// What has to be asked first.
    var missing: [String] = []
    /// Nil once it is known who the visit is for.
    var found: PatientChoice?
    /// Whether the reader may put people on the waitlist.
    var mayWait = false

    /// What a screen shows at most.
    static let mostShown = 60
    private static let mostSearched = 600

    init(words: SchedulingWords, wish: BookingWish, client: BookingClient?) {
        self.words = words
        self.wish = wish
        self.client = client
        let moved = client?.moved
        let practitioner = wish.practitioner ?? moved?.place.practitioner ?? ""
        let location = wish.location ?? moved?.place.location ?? ""
        self.practitioner = practitioner
        self.location = location
        let zone = words.plan.zone(ofLocation: location) ?? words.plan.zones.first
        today =
            zone?.civil(at: words.now.microseconds).date
            ?? CivilDate(daysSinceEpoch: Int(words.now.seconds / 86_400))
        let first = max(wish.from ?? today, today)
        let last = wish.to.map { max($0, first) } ?? first.adding(days: 14)
        from = first
        to = min(last, first.adding(days: FindSlots.longestRange))
        let suited = Self.types(words, client)
        let able = suited.filter { Self.fits($0, practitioner, location, words.plan) }
        let pointed = wish.at.map { CivilDateTime(date: first, time: $0) }
        // Whoever points at a room looks for a visit that has it.
        let having: VisitTypeDefinition? = wish.thing.flatMap(words.plan.resource).flatMap { thing in
            able.first { other in other.rules.resources.contains { thing.serves($0, at: location) } }
        }
        type =
            suited.first { $0.key == wish.visitType ?? moved?.place.visitType } ?? having
            ?? able.first { Self.begins($0, practitioner, location, at: pointed, words) }
            ?? able.first { client.map { $0.isEstablished ? .established : .new } == $0.patients } ?? able.first
            ?? suited.first
    }

    /// Whether the chosen practitioner may do it at the chosen place, as far as these are chosen.
    private static func fits(
        _ type: VisitTypeDefinition, _ practitioner: String, _ location: String, _ plan: SchedulePlan
    ) -> Bool {
        let mayDo = plan.practitioner(practitioner).map { $0.mayDo(type) } ?? true
        return mayDo && (plan.location(location) == nil || type.mayBe(at: location))
    }

    /// Whether, by the rules alone, it may begin at the time that somebody pointed at.
    private static func begins(
        _ type: VisitTypeDefinition, _ practitioner: String, _ location: String, at local: CivilDateTime?,
        _ words: SchedulingWords
    ) -> Bool {
        guard let local, words.plan.practitioner(practitioner) != nil, words.plan.location(location) != nil else {
            return false
        }
        let question = SlotFinder.Question(
            visitType: type.key, practitioner: practitioner, location: location, localStart: local)
        // It throws for unknown keys alone, and these are known.
        guard case .success? = try? SlotFinder(words.plan).place(question, now: words.now) else { return false }
        return true
    }

    /// The visit types this patient may have, by name.
    static func types(_ words: SchedulingWords, _ client: BookingClient?) -> [VisitTypeDefinition] {
        words.configuration.sortedVisitTypes(words.language).map(\.value).filter { type in
            switch type.patients {
            case .any: true
            case .new: client.map { !$0.isEstablished } ?? true
            case .established: client?.isEstablished ?? true
            }
        }
    }

    /// Nil: there is nobody to book for, or nothing to book.
    var search: SlotRequest? {
        guard client != nil, let type else { return nil }
        let known = words.plan.practitioner(practitioner) != nil
        let place = words.plan.location(location) != nil
        return SlotRequest(
            visitType: type.key, from: from, to: to, practitioners: known ? [practitioner] : nil,
            locations: place ? [location] : nil, limit: Self.mostSearched)
    }

    mutating func take(_ found: [OpenSlot]) {
        slots = found.filter { slot in wish.part?.contains(slot.localStart.time.minutesOfDay) ?? true }
    }

    mutating func take(best found: [RankedSlot]) {
        slots = found.map(\.slot)
        merits = Dictionary(found.map { ($0.slot, $0.merits) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: The view

    private func choice(_ value: String, _ label: String, _ chosen: Bool) -> View {
        View(["value": .text(value), "label": .text(label), "chosen": .flag(chosen)])
    }

    func view(_ postcodes: Postcodes) -> View {
        let able = type.map(words.plan.practitioners(for:)) ?? []
        let places = words.configuration.sortedLocations.map(\.value).filter { type?.mayBe(at: $0.key) ?? true }
        return View([
            "need": .optional(wish.need?.text), "patient": .optional(wish.patient?.text),
            "moving": .optional(wish.moving?.text), "referral": .optional(wish.referral?.text),
            "joins": .optional(wish.joins?.text), "thing": .optional(wish.thing),
            "types": .views(
                Self.types(words, client).map { other in
                    choice(
                        other.key,
                        "\(other.names[words.language]), \(words.count("appointment.minutes", other.minutes))",
                        other.key == type?.key)
                }),
            "practitioners": .views(
                [choice("", words.text("booking.anyone"), practitioner.isEmpty)]
                    + able.sorted { $0.name.family < $1.name.family }.map {
                        choice($0.key, $0.name.display, $0.key == practitioner)
                    }),
            "locations": .views(
                [choice("", words.text("booking.anywhere"), location.isEmpty)]
                    + places.map { choice($0.key, $0.name, $0.key == location) }),
            "from": .text(from.iso), "to": .text(to.iso), "first": .text(today.iso),
            "parts": .views(
                [choice("", words.text("booking.part.any"), wish.part == nil)]
                    + BookingWish.Part.allCases.map {
                        choice($0.rawValue, words.text("booking.part.\($0.rawValue)"), wish.part == $0)
                    }),
            "at": .text(wish.at?.hhmm ?? ""), "typeNote": .text(type.map(note) ?? ""),
            // What was wished for is kept when the time is gone meanwhile.
            "wanted": .views(
                wish.preferences.pairs.compactMap { name, value in
                    value.map { View(["name": .text(name), "text": .text($0)]) }
                }),
            "wishes": .view(wish.preferences.view(words, postcodes: postcodes)),
            "hasClient": .flag(client != nil),
            "nobody": .optional(client == nil ? wish.need.map(nobody) : nil), "find": .optional(found.map(find)),
            "found": .text(heading), "days": .views(days),
            "none": .optional(slots.isEmpty && client != nil ? none : nil), "waitHref": .optional(waitHref),
            "hasDoors": .flag(familyHref != nil), "tripHref": .optional(tripHref), "familyHref": .optional(familyHref),
            "hasWhy": .flag(!reasons.isEmpty), "why": .views(why),
        ])
    }

    private func note(_ type: VisitTypeDefinition) -> String {
        let buffer = type.bufferBefore + type.bufferAfter
        let minutes = words.count("appointment.minutes", type.minutes)
        return buffer == 0 ? minutes : words.text("booking.type-note", ["minutes": minutes, "buffer": String(buffer)])
    }

    private var heading: String {
        if slots.isEmpty { return words.text("booking.found.none") }
        return slots.count > Self.mostShown
            ? words.text("booking.found.many", ["shown": String(Self.mostShown)])
            : words.count("booking.found", slots.count)
    }

    private var days: [View] {
        let shown = slots.prefix(Self.mostShown)
        let pointed = wish.at.map { CivilDateTime(date: from, time: $0) }
        let best = pointed.flatMap { pointed in shown.first { $0.localStart >= pointed } } ?? shown.first
        if wish.preferences.ranks {
            if shown.isEmpty { return [] }
            return [
                View([
                    "day": .text(words.text("booking.best")), "note": "",
                    "slots": .views(shown.map { slot($0, isBest: $0 == shown.first) }),
                ])
            ]
        }
        let byDay = Dictionary(grouping: shown, by: \.localStart.date)
        return byDay.keys.sorted().map { date in
            View([
                "day": .text(SchedulingWords.capitalized(words.longDate(date, today: today))),
                "note": .text(words.distance(date, today: today)),
                "slots": .views((byDay[date] ?? []).map { slot($0, isBest: $0 == best) }),
            ])
        }
    }

    private func slot(_ slot: OpenSlot, isBest: Bool) -> View {
        var reasons = merits[slot, default: []].compactMap(words.merit)
        if merits.isEmpty, let client {
            if client.practitioners.contains(slot.practitioner) {
                reasons.append(words.badge(words.text("booking.reason.known"), "green", "person-check"))
            }
            let language = client.card.language.prefix { $0 != "-" }
            let speaks = words.plan.practitioner(slot.practitioner)?.languages ?? []
            if language != "en", speaks.contains(where: { $0.hasPrefix(language) }) {
                reasons.append(words.badge(words.languageName(String(language)), "violet", "language"))
            }
        }
        let name = words.plan.practitioner(slot.practitioner)?.name.display ?? slot.practitioner
        let day = SchedulingWords.capitalized(words.dates.date(slot.localStart.date, today: today))
        return View([
            "token": .text(BookingWish.token(slot)), "time": .text(words.dates.time(slot.localStart.time)),
            "practitioner": .text(merits.isEmpty ? name : "\(day) · \(name)"),
            "location": .text(words.plan.location(slot.location)?.name ?? slot.location), "best": .flag(isBest),
            "reasons": .views(reasons),
        ])
    }

    /// Where nothing suits: the waitlist for the same wish. A visit that is being moved is on nobody's list.
    private var waitHref: String? {
        guard mayWait, wish.moving == nil, let client, let type else { return nil }
        var pairs = [("patient", client.card.id.text), ("type", type.key)]
        if let need = wish.need { pairs.append(("need", need.text)) }
        if !practitioner.isEmpty { pairs.append(("practitioner", practitioner)) }
        if !location.isEmpty { pairs.append(("location", location)) }
        return "/waitlist/new?" + pairs.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
    }

    private var none: View {
        if type == nil {
            return words.empty(
                "booking.no-types", icon: "calendar", action: ("/schedule", words.text("booking.no-types.go")))
        }
        if wish.preferences.ranks {
            var without = wish
            without.preferences = SlotPreferences()
            return words.empty(
                "booking.none.preferences", icon: "calendar",
                action: (without.address, words.text("booking.none.preferences.go")))
        }
        let action =
            practitioner.isEmpty
            ? (wish.from(to.adding(days: 1)).address, words.text("booking.none.later"))
            : (wish.with(practitioner: "").address, words.text("booking.none.anyone"))
        return words.empty(
            "booking.none", icon: "calendar", values: ["date": words.longDate(to, today: today)], action: action)
    }

    // MARK: The patient

    /// A need of somebody unknown: whose it is, is decided where it came in.
    private func nobody(_ need: ID<Need>) -> View {
        words.empty(
            "booking.nobody", icon: "person-unknown",
            action: ("/inbox/\(need.text)", words.text("booking.nobody.go")))
    }

    /// The view of the part in which the patient is chosen: all else stays as it was chosen.
    private func find(_ choice: PatientChoice) -> View {
        let query = choice.query
        return View([
            "query": .text(query), "hasHits": .flag(!choice.patients.isEmpty),
            "kept": .views(
                wish.pairs(without: ["patient"]).map { View(["name": .text($0.name), "text": .text($0.value)]) }),
            "hits": .views(
                choice.patients.map { patient in
                    View([
                        "href": .text(wish.for(patient.id).address), "name": .text(patient.name),
                        "initials": .text(patient.initials), "tone": .number(SchedulingWords.tone(patient.id.raw)),
                        "detail": .text(patient.detail),
                    ])
                }),
            "none": .optional(
                query.isEmpty || !choice.patients.isEmpty
                    ? nil
                    : words.empty(
                        "booking.find.none", icon: "person-unknown", values: ["query": query],
                        action: ("/patients/new", words.text("booking.find.none.go")))),
        ])
    }
}
