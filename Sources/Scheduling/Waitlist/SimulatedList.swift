import Foundation
import Kernel
import StudioAPI
import TimeZones

/// One run of the simulation: a queue of moments, in minutes from a Monday's midnight, at one wall clock.
struct SimulatedList {
    private struct Person {
        var candidate: WaitlistCandidate
        let practitioner: Int
        let hasLaterVisit: Bool
        var isWaiting = true
        var day = -1
        var asking = 0
    }

    private struct Opening {
        let time: OpenedTime
        let practitioner: Int
        let at: Int
        let start: Int
        let isCascade: Bool
        let leftBy: Int?
        var asked: Set<Int> = []
        var waiting = 0
        var filled = 0
        var isOver = false
        /// When those are looked for who are asked next: one timer, as in the practice.
        var nextWave = Int.max
    }

    private enum Kind {
        case cancel, wave
        case answer(person: Int, yes: Bool, by: Int)
        case silence(person: Int)
        case evening
    }

    private struct Moment {
        let at: Int
        let number: Int
        let opening: Int
        let kind: Kind
    }

    private static let types = ["usual", "prepared"]
    private static let groups = ["en", "es"]
    private static let monday = CivilDate(year: 2026, month: 3, day: 2)?.daysSinceEpoch ?? 20_514
    private static let dayStart = 8 * 60
    private static let dayEnd = 21 * 60

    private let inputs: WaitlistSimulation.Inputs
    private let matching: WaitlistMatching
    private var chance: SimulatedChance
    private var people: [Person] = []
    /// Those who want this practitioner alone, and those who would see anybody at this place, by visit type.
    private var own: [[[Int]]]
    private var flexible: [[[Int]]]
    private var openings: [Opening] = []
    private var queue = MomentQueue<Moment>()
    private var number = 0
    private var result = WaitlistSimulation.Result()
    private var heads: [String: Int] = [:]
    private var headDays: [String: Double] = [:]
    private var offers: [String: Int] = [:]
    /// Offers by day of the run, the newest last; `recent` is their sum over the days the floor looks back.
    private var daily: [String: [Int]] = [:]
    private var recent: [String: Int] = [:]
    private var evenings = 0
    private var minutesToFill: [Int] = []

    init(_ inputs: WaitlistSimulation.Inputs) {
        self.inputs = inputs
        matching = WaitlistMatching(inputs.policy)
        chance = SimulatedChance(seed: inputs.seed)
        let places =
            (inputs.practitioners + WaitlistSimulation.Inputs.perPlace - 1) / WaitlistSimulation.Inputs.perPlace
        let none = [[Int]](repeating: [], count: Self.types.count)
        own = Array(repeating: none, count: inputs.practitioners)
        flexible = Array(repeating: none, count: places)
    }

    mutating func run() -> WaitlistSimulation.Result {
        let onList = Int((Double(WaitlistSimulation.Inputs.panel) * inputs.listShare).rounded())
        for practitioner in 0..<inputs.practitioners {
            for _ in 0..<onList { join(practitioner, at: -chance.below(28 * 1_440)) }
        }
        planCancellations()
        for day in 0..<(inputs.weeks * 7) { push(day * 1_440 + 1_439, -1, .evening) }
        while let moment = queue.pop() { happen(moment) }
        finish()
        return result
    }

    // MARK: What is so at the beginning

    private mutating func join(_ practitioner: Int, at minute: Int) {
        let type = chance.happens(0.25) ? 1 : 0
        let group = Self.groups[chance.happens(0.3) ? 1 : 0]
        let place = practitioner / WaitlistSimulation.Inputs.perPlace
        let isFlexible = chance.happens(0.3)
        var wish = WaitlistWish(
            visitType: Self.types[type], practitioners: isFlexible ? [] : ["p\(practitioner)"],
            locations: isFlexible ? ["l\(place)"] : [])
        if chance.happens(0.3) { wish.weekdays = Set((0..<3).map { _ in 1 + chance.below(5) }) }
        let draw = chance.share()
        if draw < (group == "es" ? 0.35 : 0.2) {
            wish.toMinute = 12 * 60
        } else if draw > 0.85 {
            wish.fromMinute = 13 * 60
        }
        wish.noticeMinutes = [0, 0, 2 * 60, 24 * 60, 48 * 60][chance.below(5)]
        let urgency = chance.share()
        var candidate = WaitlistCandidate(
            entry: Int64(people.count), wish: wish, rank: urgency < 0.05 ? 0 : urgency < 0.3 ? 1 : 2, group: group,
            joinedAt: Self.instant(minute))
        candidate.needsPreparation = type == 1
        candidate.needsAuthorization = type == 1
        candidate.hasAuthorization = chance.happens(0.7)
        if isFlexible {
            flexible[place][type].append(people.count)
        } else {
            own[practitioner][type].append(people.count)
        }
        people.append(
            Person(
                candidate: candidate, practitioner: practitioner,
                hasLaterVisit: chance.happens(WaitlistSimulation.Inputs.hasLaterVisit)))
        heads[group, default: 0] += 1
    }

    /// Of the visits of the weeks and of the two that follow, those that are called off within the weeks.
    private mutating func planCancellations() {
        let end = inputs.weeks * 7 * 1_440
        for practitioner in 0..<inputs.practitioners {
            for day in 0..<(inputs.weeks * 7 + 14) where day % 7 < 5 {
                for _ in 0..<WaitlistSimulation.Inputs.visitsPerDay
                where chance.happens(WaitlistSimulation.Inputs.cancelled) {
                    let start = day * 1_440 + Self.dayStart + 20 * chance.below(27)
                    // A little more than half with a day's notice or more, up to two weeks.
                    let notice = chance.happens(0.45) ? 60 + chance.below(1_380) : 1_440 + chance.below(13 * 1_440)
                    // Patients call when they are awake.
                    let at = Self.awake(start - notice, before: start)
                    let type = chance.happens(0.25) ? 1 : 0
                    if (0..<end).contains(at) { open(practitioner, start: start, at: at, type: type, leftBy: nil) }
                }
            }
        }
    }

    private mutating func open(_ practitioner: Int, start: Int, at: Int, type: Int, leftBy: Int?) {
        let place = practitioner / WaitlistSimulation.Inputs.perPlace
        let date = CivilDate(daysSinceEpoch: Self.monday + start / 1_440)
        let time = CivilTime(hour: start % 1_440 / 60, minute: start % 60) ?? .midnight
        let opened = OpenedTime(
            practitioner: "p\(practitioner)", location: "l\(place)",
            localStart: CivilDateTime(date: date, time: time), start: Self.instant(start), template: Self.types[type],
            // The visit that is prepared for is the longer one: the usual one has room in its time.
            fitting: type == 1 ? Set(Self.types) : [Self.types[0]])
        openings.append(
            Opening(
                time: opened, practitioner: practitioner, at: at, start: start, isCascade: leftBy != nil,
                leftBy: leftBy))
        push(at, openings.count - 1, .cancel)
    }

    // MARK: What happens

    private mutating func happen(_ moment: Moment) {
        switch moment.kind {
        case .cancel:
            count(openings[moment.opening])
            wave(moment.opening, at: moment.at)
        case .wave:
            guard openings[moment.opening].nextWave == moment.at else { return }
            openings[moment.opening].nextWave = .max
            wave(moment.opening, at: moment.at)
        case .answer(let person, let yes, let by):
            answer(moment.opening, person, yes: yes, by: by, at: moment.at)
        case .silence(let person):
            people[person].asking -= 1
            openings[moment.opening].waiting -= 1
            schedule(moment.opening, at: moment.at)
        case .evening: evening()
        }
    }

    private mutating func count(_ opening: Opening) {
        if opening.isCascade {
            result.cascaded += 1
        } else {
            result.cancellations += 1
            if opening.start - opening.at >= 1_440 { result.withNotice += 1 }
        }
    }

    private mutating func wave(_ index: Int, at minute: Int) {
        let opening = openings[index]
        guard !opening.isOver, minute < opening.start else { return }
        let now = Self.instant(minute)
        guard now <= matching.lastMoment(opening.time.start) else {
            openings[index].isOver = true
            return
        }
        let place = opening.practitioner / WaitlistSimulation.Inputs.perPlace
        let isQuiet = Self.isQuiet(minute)
        var candidates: [WaitlistCandidate] = []
        for type in Self.types.indices where opening.time.fitting.contains(Self.types[type]) {
            // Who was asked is excluded by the rules too; leaving them out here saves making the candidate.
            for person in own[opening.practitioner][type] + flexible[place][type]
            where !opening.asked.contains(person) {
                candidates.append(candidate(person, opening, day: minute / 1_440, isQuiet: isQuiet))
            }
        }
        var decision = matching.decide(
            opening.time, candidates, asked: opening.asked.count, waiting: opening.waiting, now: now)
        let by = Self.minute(decision.answerBy)
        let asked = decision.line.next(decision.room, tallies)
        for entry in asked { ask(Int(entry), index, by: by, at: minute) }
        if openings[index].waiting > 0 { return }
        guard decision.hasMore(asked: asked.count) else {
            openings[index].isOver = true
            return
        }
        let isHeld = isQuiet && inputs.policy.guards.quietHours
        schedule(index, at: isHeld ? Self.awake(minute, before: .max) : minute + WaitlistRules.retryMinutes)
    }

    private mutating func schedule(_ index: Int, at minute: Int) {
        guard !openings[index].isOver, minute < openings[index].nextWave else { return }
        openings[index].nextWave = minute
        push(minute, index, .wave)
    }

    private func candidate(_ person: Int, _ opening: Opening, day: Int, isQuiet: Bool) -> WaitlistCandidate {
        var candidate = people[person].candidate
        candidate.isAsked = people[person].asking > 0
        candidate.leftIt = opening.leftBy == person
        if people[person].day != day { candidate.offersToday = 0 }
        candidate.isQuiet = isQuiet
        return candidate
    }

    private mutating func ask(_ person: Int, _ index: Int, by: Int, at minute: Int) {
        let day = minute / 1_440
        if people[person].day != day { people[person].candidate.offersToday = 0 }
        people[person].day = day
        people[person].candidate.offersToday += 1
        people[person].candidate.offers += 1
        people[person].asking += 1
        openings[index].asked.insert(person)
        openings[index].waiting += 1
        result.offers += 1
        let group = people[person].candidate.group
        offers[group, default: 0] += 1
        recent[group, default: 0] += 1
        var days = daily[group] ?? [0]
        days[days.count - 1] += 1
        daily[group] = days
        let yes = chance.happens(inputs.acceptance)
        let delay = inputs.replyMedian * exp(WaitlistSimulation.Inputs.replySigma * chance.normal())
        let reads = Self.isQuiet(minute) ? Self.awake(minute, before: .max) : minute
        let at = reads + max(1, Int(delay.rounded()))
        // Of those who do not want it, three in ten say so.
        let answers = yes || chance.happens(0.3)
        if answers { push(at, index, .answer(person: person, yes: yes, by: by)) }
        if !answers || at > by { push(by, index, .silence(person: person)) }
    }

    private mutating func answer(_ index: Int, _ person: Int, yes: Bool, by: Int, at minute: Int) {
        let isInTime = minute <= by
        if isInTime {
            people[person].asking -= 1
            openings[index].waiting -= 1
        }
        guard yes else {
            if isInTime { schedule(index, at: minute) }
            return
        }
        guard isInTime else {
            result.tooLate += 1
            return
        }
        guard openings[index].filled == 0, people[person].isWaiting, minute < openings[index].start else {
            result.gone += 1
            return
        }
        fill(index, person, at: minute)
    }

    private mutating func fill(_ index: Int, _ person: Int, at minute: Int) {
        openings[index].filled += 1
        openings[index].isOver = true
        let opening = openings[index]
        if opening.isCascade {
            result.cascadedFilled += 1
        } else if opening.start - opening.at >= 1_440 {
            result.filledWithNotice += 1
            minutesToFill.append(minute - opening.at)
        } else {
            result.filledShort += 1
        }
        leave(person)
        let practitioner = people[person].practitioner
        if people[person].hasLaterVisit {
            let later = opening.start / 1_440 + 3 + chance.below(25)
            let day = later % 7 < 5 ? later : later + 2
            if minute < inputs.weeks * 7 * 1_440 {
                let type = people[person].candidate.wish.visitType == Self.types[1] ? 1 : 0
                let start = day * 1_440 + Self.dayStart + 20 * chance.below(27)
                open(practitioner, start: start, at: minute, type: type, leftBy: person)
            }
        }
        join(practitioner, at: minute)
    }

    private mutating func leave(_ person: Int) {
        people[person].isWaiting = false
        let wish = people[person].candidate.wish
        let practitioner = people[person].practitioner
        let type = wish.visitType == Self.types[1] ? 1 : 0
        if wish.practitioners.isEmpty {
            flexible[practitioner / WaitlistSimulation.Inputs.perPlace][type].removeAll { $0 == person }
        } else {
            own[practitioner][type].removeAll { $0 == person }
        }
        heads[people[person].candidate.group, default: 0] -= 1
    }

    // MARK: Figures

    private var tallies: [String: GroupTally] {
        heads.reduce(into: [:]) { $0[$1.key] = GroupTally(heads: $1.value, offers: recent[$1.key] ?? 0) }
    }

    private mutating func evening() {
        evenings += 1
        let rates = tallies.values.map(\.rate)
        let gap = (rates.max() ?? 0) - (rates.min() ?? 0)
        result.lastGap = gap
        if evenings >= WaitlistRules.fairnessDays { result.widestGap = max(result.widestGap, gap) }
        for group in Self.groups {
            headDays[group, default: 0] += Double(heads[group] ?? 0)
            var days = daily[group] ?? [0]
            days.append(0)
            if days.count > WaitlistRules.fairnessDays { recent[group, default: 0] -= days.removeFirst() }
            daily[group] = days
        }
    }

    private mutating func finish() {
        result.doubleAccepts = openings.count { $0.filled > 1 }
        minutesToFill.sort()
        result.medianMinutesToFill = minutesToFill.isEmpty ? 0 : minutesToFill[minutesToFill.count / 2]
        result.groups = Self.groups.map { group in
            WaitlistSimulation.GroupResult(
                group: group, heads: (headDays[group] ?? 0) / Double(max(1, evenings)), offers: offers[group] ?? 0)
        }
    }

    // MARK: Time

    private mutating func push(_ at: Int, _ opening: Int, _ kind: Kind) {
        number += 1
        queue.push(Moment(at: at, number: number, opening: opening, kind: kind), (at, number))
    }

    private static func isQuiet(_ minute: Int) -> Bool {
        let ofDay = ((minute % 1_440) + 1_440) % 1_440
        return ofDay < dayStart || ofDay >= dayEnd
    }

    /// The moment itself, or the next morning when it is night; the evening before when that would be too late.
    private static func awake(_ minute: Int, before limit: Int) -> Int {
        guard isQuiet(minute) else { return minute }
        let ofDay = ((minute % 1_440) + 1_440) % 1_440
        let morning = minute - ofDay + dayStart + (ofDay >= dayEnd ? 1_440 : 0)
        return morning < limit ? morning : morning - 1_440 + (dayEnd - dayStart) - 60
    }

    private static func instant(_ minute: Int) -> Instant {
        Instant(seconds: Int64(monday) * 86_400 + Int64(minute) * 60)
    }

    private static func minute(_ instant: Instant) -> Int {
        Int((instant.seconds - Int64(monday) * 86_400) / 60)
    }
}
