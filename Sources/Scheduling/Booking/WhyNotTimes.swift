import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// Why a time is not offered in the dialog.
enum WhyNotTime: Sendable {
    /// Of the visit that is looked for.
    case visit(CivilDateTime, SlotRefusal)
    /// Of the room or the device with this name that somebody pointed at.
    case thing(CivilDateTime, name: String, ThingRefusal)
    /// Of every time: nothing fits what somebody would like.
    case unfit(Unfit)

    /// What there is none of. The raw value ends the text's key.
    enum Unfit: String, Sendable {
        case practitioner = "no-such-practitioner"
        case place = "no-such-place"
        case day = "no-such-day"
    }
}

extension Scheduling {
    /// More days than this are not asked about.
    private static let mostReasons = 7

    /// Why the time that somebody pointed at is not offered, and why days of the range have none: of one practitioner
    /// at one place, else of everybody who might do it and fits what somebody would like.
    func reasons(
        _ choose: ChooseView, _ patient: ID<Patient>?, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> [WhyNotTime] {
        var reasons: [WhyNotTime] = []
        if let (thing, local) = choose.pointedThing {
            let refusal = try await request.spine.ask(
                AskWhyNotThing(
                    thing.key, location: choose.location, localStart: local, now: choose.words.now, desk: desk),
                as: signedIn.caller)
            if let refusal { reasons.append(.thing(local, name: thing.names[choose.words.language], refusal)) }
        }
        if let unfit = choose.unfit { return reasons + [.unfit(unfit)] }
        for local in choose.unoffered.prefix(Self.mostReasons) {
            let refusal = try await refusal(at: local, choose, patient, request, signedIn)
            if let refusal { reasons.append(.visit(local, refusal)) }
        }
        return reasons
    }

    private func refusal(
        at local: CivilDateTime, _ choose: ChooseView, _ patient: ID<Patient>?, _ request: WebRequest,
        _ signedIn: SignedIn
    ) async throws -> SlotRefusal? {
        guard let type = choose.type else { return nil }
        let (wish, now) = (choose.wish, choose.words.now)
        if let practitioner = choose.onePractitioner, let location = choose.onePlace {
            let question = SlotFinder.Question(
                visitType: type.key, practitioner: practitioner.key, location: location.key, localStart: local)
            return try await request.spine.ask(
                AskWhyNot(question, patient: patient, need: wish.need, moving: wish.moving, now: now, desk: desk),
                as: signedIn.caller)
        }
        return try await request.spine.ask(
            AskWhyNobody(
                visitType: type.key, practitioners: choose.askedPractitioners, locations: choose.askedPlaces,
                localStart: local, patient: patient, need: wish.need, moving: wish.moving, now: now, desk: desk),
            as: signedIn.caller)
    }
}

extension ChooseView {
    /// Nil: it may be anyone.
    var onePractitioner: PractitionerDefinition? { words.plan.practitioner(practitioner) }

    /// Nil: it may be anywhere.
    var onePlace: LocationDefinition? { words.plan.location(location) }

    /// Keys of those who are asked about; nil: anyone.
    var askedPractitioners: Set<String>? {
        if let fit { return Set(fit.people.map(\.key)) }
        return onePractitioner.map { [$0.key] }
    }

    /// Keys of the places that are asked about; nil: all.
    var askedPlaces: Set<String>? {
        if let fit { return fit.places }
        return onePlace.map { [$0.key] }
    }

    /// What there is none of that somebody would like; nil: there is some of all.
    var unfit: WhyNotTime.Unfit? {
        guard let fit else { return nil }
        if fit.people.isEmpty { return .practitioner }
        if fit.places.isEmpty { return .place }
        return searched(wished: true).isEmpty ? .day : nil
    }

    /// The days of the range, or those of them that are wished for.
    private func searched(wished: Bool) -> [CivilDate] {
        let weekdays = wished ? wish.preferences.weekdays : []
        return (from.daysSinceEpoch...to.daysSinceEpoch).map(CivilDate.init(daysSinceEpoch:)).filter {
            weekdays.isEmpty || weekdays.contains(Weekday(of: $0))
        }
    }

    /// The room or the device that somebody pointed at, and when.
    var pointedThing: (thing: ResourceDefinition, local: CivilDateTime)? {
        guard let thing = wish.thing.flatMap(words.plan.resource), let at = wish.at, onePlace != nil else { return nil }
        return (thing, CivilDateTime(date: from, time: at))
    }

    /// What is asked of times that are not offered: the time that somebody pointed at, and one of each day without any.
    /// Where it may be anyone or anywhere, or where only the best are looked for, days are asked about only when there is
    /// no time at all.
    var unoffered: [CivilDateTime] {
        guard type != nil else { return [] }
        let full = Set(slots.map(\.localStart.date))
        let pointed = wish.at.map { CivilDateTime(date: from, time: $0) }
        let isOffered = pointed == nil || slots.contains { $0.localStart == pointed }
        let isOne = fit == nil && onePractitioner != nil && onePlace != nil
        let asked = slots.isEmpty || isOne ? Set(searched(wished: true)).subtracting(full) : []
        return searched(wished: false).filter { asked.contains($0) || ($0 == from && !isOffered) }
            .compactMap { time(on: $0) }
    }

    /// A time of that day to ask about: the one somebody pointed at, else the first of the part of the day at which anybody
    /// who might do it works, else the first of the hours of the place.
    private func time(on date: CivilDate) -> CivilDateTime? {
        guard let type else { return nil }
        if let at = wish.at { return CivilDateTime(date: date, time: at) }
        let keys = askedPlaces
        let places = words.plan.locations.filter { keys?.contains($0.key) ?? type.mayBe(at: $0.key) }
        let people = fit?.people ?? onePractitioner.map { [$0] } ?? words.plan.practitioners(for: type)
        let earliest = wish.part?.hours?.from.minutes ?? 0
        let latest = wish.part?.hours?.to.minutes ?? 1_440
        let works = people.flatMap { person -> [Int] in
            places.filter { place in person.templates.contains { $0.location == place.key } }.flatMap { place in
                words.plan.openMinutes(of: person.key, at: place.key, on: date).filter { open in
                    max(open.lowerBound, earliest) < min(open.upperBound, latest)
                }.map { max($0.lowerBound, earliest) }
            }
        }.min()
        let opens = places.compactMap { $0.hours(on: DefinitionDate(date)).first?.from.minutes }.min()
        let step = type.startEvery
        let minute = ((works ?? max(opens ?? 540, earliest)) + step - 1) / step * step
        return CivilTime(hour: minute / 60 % 24, minute: minute % 60).map { CivilDateTime(date: date, time: $0) }
    }

    /// The lines that say why, each with its day or its time.
    var why: [View] {
        reasons.map { reason in
            switch reason {
            case .unfit(let unfit):
                View(["when": nil, "reason": .text(words.text("booking.refusal.\(unfit.rawValue)"))])
            case .visit(let local, let refusal): line(local, words.refusal(refusal, missing: missing))
            case .thing(let local, let name, let refusal):
                line(
                    local,
                    words.text(
                        "booking.why.thing",
                        ["thing": name, "reason": words.text("booking.thing.\(refusal.rawValue)")]))
            }
        }
    }

    private func line(_ local: CivilDateTime, _ reason: String) -> View {
        View([
            "when": .text(
                wish.at == nil
                    ? words.dates.date(local.date, today: today) : words.dates.dateTime(local, today: today)),
            "reason": .text(reason),
        ])
    }
}
