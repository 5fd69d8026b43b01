import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Web

/// Somebody of a trip, with what they come for.
struct TripMember: Sendable {
    var client: BookingClient
    let type: VisitTypeDefinition
    /// Who asks for them; nil: they themselves.
    var asker: ID<PatientProxy>?

    var patient: ID<Patient> { client.card.id }
}

/// The views of `together/proposal`: whole trips, as the search ranks them, each with what speaks for it.
struct TripProposals {
    static let mostShown = 6

    let words: SchedulingWords
    let members: [TripMember]
    let trips: [[OpenSlot]]
    let today: CivilDate
    /// What every form carries on.
    let carried: [(String, String?)]
    /// Keys that make each form one booking, by the trips' order.
    let intents: [String]

    /// One visit of a trip: whose it is, and how its type's owner links it.
    private struct Step {
        let member: TripMember
        let rule: LinkedVisit?
    }

    /// In the order of the search: each member's visit, then what it links.
    private var steps: [Step] {
        let finder = SlotFinder(words.plan)
        return members.flatMap { member in
            finder.steps(of: member.type.key).map { Step(member: member, rule: $0.link?.rule) }
        }
    }

    var views: [View] {
        let steps = steps
        let soonest = trips.first?.first?.localStart.date
        return trips.enumerated().map { index, trip in
            let visits = zip(steps, trip).map { ($0, $1) }
            let days = soonest.flatMap { day in trip.first.map { day.days(until: $0.localStart.date) } } ?? 0
            let title = trip.first.map { words.dates.dateTime($0.localStart, today: today) } ?? ""
            return View([
                "number": .number(index + 1),
                "heading": .text(
                    words.text(
                        "together.proposal", ["n": String(index + 1), "when": SchedulingWords.capitalized(title)])),
                "reasons": .views(reasons(visits, days: days)),
                "visits": .views(visits.sorted(by: Self.isEarlier).map(visit)),
                "wanted": .views(
                    words.hidden(
                        carried + [("intent", intents[index])]
                            + visits.map { ("visit", Self.token($1, $0.member.patient)) })),
                "go": .text(words.count("together.book", trip.count)),
            ])
        }
    }

    private static func isEarlier(_ one: (Step, OpenSlot), _ other: (Step, OpenSlot)) -> Bool {
        (one.1.span.start, one.1.practitioner) < (other.1.span.start, other.1.practitioner)
    }

    private func visit(_ step: Step, _ slot: OpenSlot) -> View {
        let type = words.plan.visitTypes[slot.visitType]
        var notes = [words.count("appointment.minutes", Int((slot.span.end - slot.span.start) / DayFrame.minute))]
        if let rule = step.rule { notes.append(words.rule(rule)) }
        let isFasting = type?.rules.fasting ?? false
        return View([
            "when": .text(SchedulingWords.capitalized(words.dates.dateTime(slot.localStart, today: today))),
            "what": .text(words.typeName(slot.visitType)),
            "whose": .optional(members.count > 1 ? step.member.client.card.name : nil),
            "with": .text(words.plan.practitioner(slot.practitioner)?.name.display ?? slot.practitioner),
            "where": .text(words.plan.location(slot.location)?.name ?? slot.location),
            "note": .text(notes.joined(separator: " · ")),
            "askedFor": .optional(words.askedFor(by: step.member.asker, step.member.client.askers)),
            "fasting": .optional(isFasting ? words.text("together.fasting") : nil),
        ])
    }

    /// What speaks for the trip, or against it.
    private func reasons(_ visits: [(Step, OpenSlot)], days: Int) -> [View] {
        var reasons = [words.merit(days == 0 ? .soonest : .later(days: days))]
        if visits.contains(where: { $0.0.member.client.practitioners.contains($0.1.practitioner) }) {
            reasons.append(words.merit(.continuity))
        }
        if let language = spoken(visits) { reasons.append(words.merit(.language(language))) }
        if Set(visits.map(\.1.location)).count == 1 {
            reasons.append(words.badge(words.text("together.one-place"), "grey", "pin"))
        }
        if Set(visits.map(\.1.localStart.date)).count == 1 {
            reasons.append(words.badge(words.text("together.one-day"), "green", "calendar"))
        }
        let fasting = visits.filter { words.plan.visitTypes[$0.1.visitType]?.rules.fasting ?? false }
        if let early = fasting.map(\.1.localStart.time.minutesOfDay).max() {
            reasons.append(words.merit(.early(minute: early)))
        }
        return reasons.compactMap { $0 }
    }

    /// A language other than the practice's that everybody who needs it is spoken to in.
    private func spoken(_ visits: [(Step, OpenSlot)]) -> String? {
        let needing = visits.filter { !$0.0.member.client.card.language.hasPrefix("en") }
        guard let tag = needing.first?.0.member.client.card.language else { return nil }
        let speaks = needing.allSatisfy { step, slot in
            let language = step.member.client.card.language.prefix { $0 != "-" }
            return words.plan.practitioner(slot.practitioner)?.languages.contains { $0.hasPrefix(language) } ?? false
        }
        return speaks ? tag : nil
    }

    // MARK: Tokens

    /// What a form says of one visit; the rules are asked again when it comes back.
    static func token(_ slot: OpenSlot, _ patient: ID<Patient>) -> String {
        patient.text + "~" + BookingWish.token(slot)
    }

    /// `asker`: who asks for a patient; nil: the patient.
    static func visit(token: String, asker: (ID<Patient>) -> ID<PatientProxy>?) -> WantedVisit? {
        let parts = token.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let patient = ID<Patient>(parts[0]),
            let question = BookingWish.question(token: parts[1]),
            (1970...2200).contains(question.localStart.date.year)
        else { return nil }
        return WantedVisit(question, patient: patient, asker: asker(patient))
    }
}

extension Scheduling {
    /// Books a proposed trip, all of it or nothing.
    func bookTogetherFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let tokens = form.all("visit")
        let isFamily = form["person"] != nil
        let askers = try FamilyWish(form).askers()
        let own = try isFamily ? nil : Askers.asker(form)
        let visits = tokens.compactMap { token in TripProposals.visit(token: token) { askers[$0] ?? own } }
        guard visits.count == tokens.count, !visits.isEmpty else {
            throw Fault.invalid("visit", "Not a proposal of the list.")
        }
        let wish = BookingWish(form)
        do {
            let answer = try await request.spine.perform(
                BookLinkedVisits(visits, hold: form.id("hold"), need: isFamily ? nil : wish.need, desk: desk),
                as: signedIn.caller, idempotency: Self.intent(form, request))
            guard let first = answer.booked.first else { throw BookingRules.taken }
            return .seeOther("/appointments/\(Crockford.encode(first.id))/together?done=together.booked")
        } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
            let lost = BookLinkedVisits.index(of: fault).flatMap { visits.indices.contains($0) ? visits[$0] : nil }
            return isFamily
                ? try await familyPage(form, request, signedIn, refused: (fault, lost))
                : try await tripPage(form, request, signedIn, refused: (fault, lost))
        }
    }
}

extension SearchHours {
    /// Those of a part of the day; nil: all.
    init(_ part: BookingWish.Part?) {
        self.init(ranges: part.flatMap(\.hours).map { [$0] } ?? [])
    }
}

/// Why a trip was not booked, and which of its visits is in the way.
typealias TripRefusal = (fault: Fault, visit: WantedVisit?)

extension SchedulingWords {
    /// The parts of a day to choose from.
    func parts(chosen: BookingWish.Part?) -> [View] {
        choices(
            [("", text("booking.part.any"))]
                + BookingWish.Part.allCases.map { ($0.rawValue, text("booking.part.\($0.rawValue)")) },
            chosen: chosen?.rawValue ?? "")
    }

    /// What is said where a search gave up.
    func cut(_ found: FoundTrips) -> View? {
        found.isWhole ? nil : notice(text("together.cut.title"), text("together.cut.text"), tone: "blue")
    }

    /// `name`: whose the visit is, where several people come.
    func refused(_ refusal: TripRefusal, name: String? = nil, today: CivilDate) -> View {
        let why = why(refusal.fault)
        let title = text("together.refused")
        if refusal.fault.code == Askers.refusal {
            return name.map { notice(title, text("together.refused.asker", ["name": $0]), tone: "red") } ?? askerRefused
        }
        guard let visit = refusal.visit else { return notice(title, "\(why). \(text("together.refused.below"))") }
        let what = typeName(visit.question.visitType)
        let values = [
            "what": name.map { "\($0): \(what)" } ?? what,
            "when": dates.dateTime(visit.question.localStart, today: today), "why": why,
        ]
        return notice(title, "\(text("together.refused.visit", values)) \(text("together.refused.below"))")
    }
}
