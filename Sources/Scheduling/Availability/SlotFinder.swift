package import Kernel
package import StudioAPI
import TimeZones

/// Finds the times that can be offered. Pure: the plan says what is open, the caller what is taken, and what time it is.
package struct SlotFinder: Sendable {
    package let plan: SchedulePlan

    package init(_ plan: SchedulePlan) {
        self.plan = plan
    }

    /// The days a search touches, cut to the type's horizon: nil when none is left.
    private func days(of request: SlotRequest, _ type: VisitTypeDefinition, now: Instant) -> ClosedRange<Int>? {
        // Each zone has its own today; a day either side covers them all, and each slot is checked in its own zone.
        let today = Int((now.microseconds / 1_000_000) / 86_400)
        let first = max(request.from.daysSinceEpoch, today - 1)
        let last = min(request.to.daysSinceEpoch, today + type.horizonDays + 1)
        return first <= last ? first...last : nil
    }

    /// The same when it is only known when people are busy.
    package func slots(
        for request: SlotRequest, busy: [String: BusyTimes], patient: BusyTimes = .none, now: Instant
    ) -> [OpenSlot] {
        slots(for: request, Bookings(busy, patient: patient), now: now)
    }

    /// The slots in order of local day, start and practitioner; at most `request.limit`.
    ///
    /// For a limit of the whole location `bookings` has everybody, else at least those who are asked for. An unknown
    /// visit type has no slots.
    package func slots(
        for request: SlotRequest, _ bookings: Bookings, visitor: SlotVisitor = .unknown, now: Instant
    ) -> [OpenSlot] {
        var found: [OpenSlot] = []
        search(request, bookings, visitor, now) { day in
            found += day
            return found.count < request.limit ? .on : .end
        }
        return found.count > request.limit ? Array(found.prefix(request.limit)) : found
    }

    /// Goes through the days that have slots, in order, each day's in order, as `visit` says after each. `backwards`: the
    /// last day comes first.
    func search(
        _ request: SlotRequest, _ bookings: Bookings, _ visitor: SlotVisitor, _ now: Instant, backwards: Bool = false,
        within hours: SearchHours = .all, visit: ([OpenSlot]) -> SearchGoing
    ) {
        guard let type = plan.visitTypes[request.visitType], let days = days(of: request, type, now: now),
            request.limit > 0, visitor.refusal(type) == nil
        else { return }
        let isPlace = plan.places.map { place in
            type.mayBe(at: place.definition.key)
                && (request.locations?.contains(place.definition.key) ?? true)
        }
        guard isPlace.contains(true) else { return }
        var search = Search(plan: plan, type: type, now: now, visitor: visitor, bookings: bookings, hours: hours)
        var people = plan.people.indices.compactMap { index -> SearchedPerson? in
            let definition = plan.people[index].definition
            guard definition.mayDo(type), request.practitioners?.contains(definition.key) ?? true,
                visitor.refusal(definition) == nil
            else { return nil }
            return SearchedPerson(
                index: index, booked: bookings.people[definition.key] ?? .none,
                length: SlotFinder.length(type, definition, visitor),
                hangsOnDay: visitor.dependsOnDay(type, definition))
        }
        var found: [OpenSlot] = []
        var sessions: [DaySession] = []
        for number in 0..<days.count {
            let day = backwards ? days.upperBound - number : days.lowerBound + number
            guard hours.has(day: day) else { continue }
            let table = plan.days.table(day, of: plan)
            found.removeAll(keepingCapacity: true)
            for person in people {
                let pieces = table.pieces(of: person.index)
                if pieces.isEmpty { continue }
                let definition = plan.people[person.index]
                if person.hangsOnDay,
                    visitor.refusal(type, definition.definition, on: CivilDate(daysSinceEpoch: day)) != nil
                {
                    continue
                }
                plan.sessions(
                    pieces, of: definition, visitType: type.key, now: now.microseconds, table.frames, into: &sessions
                ) { isPlace[$0] }
                for session in sessions { search.slots(person, session, table, into: &found) }
            }
            if found.isEmpty { continue }
            found.sort { ($0.span.start, $0.practitioner, $0.location) < ($1.span.start, $1.practitioner, $1.location) }
            switch visit(found) {
            case .on: break
            case .only(let keys): people.removeAll { !keys.contains(plan.people[$0.index].definition.key) }
            case .end: return
            }
            if people.isEmpty { return }
        }
    }

    /// How long the visit takes: microseconds. What a group does with all its patients does not hang on one of them.
    static func length(
        _ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition, _ visitor: SlotVisitor
    ) -> Int64 {
        let established = type.rules.groupSize > 1 ? nil : visitor.isEstablished
        return Int64(type.minutes(with: practitioner.key, established: established)) * DayFrame.minute
    }
}

/// The days and hours, by the clocks of the places, in which visits are wanted to begin.
package struct SearchHours: Sendable {
    /// Empty: all.
    private let weekdays: Set<Weekday>
    /// Empty: all.
    private let ranges: [ClockRange]

    package static let all = SearchHours()

    package init(weekdays: Set<Weekday> = [], ranges: [ClockRange] = []) {
        self.weekdays = weekdays
        self.ranges = ranges
    }

    func has(day: Int) -> Bool {
        weekdays.isEmpty || weekdays.contains(Weekday(of: CivilDate(daysSinceEpoch: day)))
    }

    func has(minute: Int) -> Bool {
        ranges.isEmpty || ranges.contains { $0.from.minutes <= minute && minute < $0.to.minutes }
    }
}

/// How a search goes on after a day.
enum SearchGoing {
    case on
    /// With these practitioners alone.
    case only(Set<String>)
    case end
}

/// Somebody whose days a search goes through. A class, as `SchedulePlan.Person` is.
private final class SearchedPerson {
    let index: Int
    let booked: BookedTimes
    let length: Int64
    let hangsOnDay: Bool

    init(index: Int, booked: BookedTimes, length: Int64, hangsOnDay: Bool) {
        self.index = index
        self.booked = booked
        self.length = length
        self.hangsOnDay = hangsOnDay
    }
}

/// One search under way.
private struct Search {
    let plan: SchedulePlan
    let type: VisitTypeDefinition
    let before: Int64
    let after: Int64
    let earliest: Int64
    let starts: SchedulePlan.Minutes
    /// Whether one visit more in the way ends it: no group to join.
    let isAlone: Bool
    /// The last day of the horizon, by zone.
    let lastDays: [Int]
    let hours: SearchHours
    private var judge: SlotJudge

    init(
        plan: SchedulePlan, type: VisitTypeDefinition, now: Instant, visitor: SlotVisitor, bookings: Bookings,
        hours: SearchHours
    ) {
        self.plan = plan
        self.hours = hours
        self.type = type
        before = Int64(type.bufferBefore) * DayFrame.minute
        after = Int64(type.bufferAfter) * DayFrame.minute
        earliest = now.microseconds + Int64(type.leadMinutes) * DayFrame.minute
        starts = SlotFinder.starts(type)
        isAlone = type.rules.groupSize <= 1
        lastDays = plan.zones.map { $0.civil(at: now.microseconds).date.daysSinceEpoch + type.horizonDays }
        judge = SlotJudge(plan: plan, type: type, visitor: visitor, bookings: bookings)
    }

    mutating func slots(
        _ person: SearchedPerson, _ session: DaySession, _ table: DayTable, into found: inout [OpenSlot]
    ) {
        let place = plan.places[session.place]
        guard table.day <= lastDays[place.zoneIndex] else { return }
        let frame = table.frames[place.zoneIndex]
        let opens = frame.border(session.minutes.from)
        let closes = frame.border(session.minutes.to)
        guard closes - opens >= person.length, closes > earliest else { return }
        let skips = isAlone && !plan.people[person.index].overbooks
        let busy = person.booked.busy
        var next = skips ? busy.first(endingAfter: opens - before) : 0
        let step = type.startEvery
        var minute = (max(session.minutes.from, starts.from) + step - 1) / step * step
        let end = min(session.minutes.to, starts.to)
        while minute < end {
            defer { minute += step }
            guard hours.has(minute: minute) else { continue }
            guard let start = frame.instant(minute), start >= max(opens, earliest) else { continue }
            if start + person.length > closes { return }
            let padded = TimeSpan(start: start - before, end: start + person.length + after)
            if skips {
                while next < busy.spans.count, busy.spans[next].end <= padded.start { next += 1 }
                if next < busy.spans.count, busy.spans[next].start < padded.end {
                    // On to the first step that begins a buffer after the end of what is in the way.
                    if frame.isPlain {
                        let free = busy.spans[next].end - padded.start
                        let minutes = Int((free + DayFrame.minute - 1) / DayFrame.minute)
                        minute += max(0, (minutes + step - 1) / step - 1) * step
                    }
                    continue
                }
            }
            let candidate = SlotCandidate(
                person: person.index, place: session.place, frame: frame, minute: minute,
                span: TimeSpan(start: start, end: start + person.length), padded: padded)
            if case .success(let slot) = judge.judge(candidate, person.booked, isFree: skips) { found.append(slot) }
        }
    }
}

extension SlotFinder {
    /// The minutes of a day at which the type's visits may begin.
    static func starts(_ type: VisitTypeDefinition) -> SchedulePlan.Minutes {
        let range = type.rules.startsWithin
        return SchedulePlan.Minutes(from: range?.from.minutes ?? 0, to: range?.to.minutes ?? 1_440)
    }
}
