package import Kernel
package import StudioAPI
import TimeZones

// Several visits in one search: those that belong to one another, and those of people who come together.
//
// The rules:
// - Linked visits lie before or after the one that names them, with a gap between the shortest and the longest allowed,
//   on the same day, at the same place, with the same practitioner where the link says so. Links of links count too.
// - What one visit of a trip takes is taken for the others.
// - A visit before another lies as near to it as can be; one for which nobody may eat, early on a near day. Of each
//   visit but the first the 200 nearest times that fit are tried.
// - People who come together are seen within a stretch of time at one place. One after the other: no visit overlaps
//   another; otherwise they may. What a visit of theirs links keeps to its link, and to nothing else.
// - The first visit's times are tried in order, and for each the others' first times that fit; the search gives up after
//   so many tries, and says what it has. Wished days and hours are those in which everybody's own visit
//   begins; what it links keeps to the link.
// - Where it gave up, or left out times that are further away, and found nothing for a time of the first visit, it says
//   that not everything was tried.

/// One visit of a trip.
package struct TripStep: Sendable {
    package let visitType: String
    package let visitor: SlotVisitor
    /// Whose it is: steps of one person never overlap.
    package let person: Int
    /// The step it is linked to, and how; nil: it stands by itself.
    package let link: (step: Int, rule: LinkedVisit)?

    package init(
        visitType: String, visitor: SlotVisitor = .unknown, person: Int = 0,
        link: (step: Int, rule: LinkedVisit)? = nil
    ) {
        self.visitType = visitType
        self.visitor = visitor
        self.person = person
        self.link = link
    }
}

/// What a search for several visits found.
package struct FoundTrips: Sendable {
    /// A slot for each step, in the steps' order.
    package var trips: [[OpenSlot]]
    /// Whether everything was tried before a time of the first visit was passed over.
    package let isWhole: Bool

    package init(_ trips: [[OpenSlot]], isWhole: Bool = true) {
        self.trips = trips
        self.isWhole = isWhole
    }
}

/// How people who come together are seen.
package struct TripTogether: Sendable {
    /// From the first one's beginning to the last one's end.
    package let withinMinutes: Int
    /// Whether somebody goes into every room with them: then one follows the other.
    package let oneAfterAnother: Bool

    package init(withinMinutes: Int, oneAfterAnother: Bool) {
        self.withinMinutes = withinMinutes
        self.oneAfterAnother = oneAfterAnother
    }
}

extension SlotFinder {
    /// A visit type with all that is linked to it: the visit itself, then its links in order, each with its own.
    package func steps(of visitType: String, visitor: SlotVisitor = .unknown) -> [TripStep] {
        var steps = [TripStep(visitType: visitType, visitor: visitor)]
        var next = 0
        while next < steps.count, steps.count < 12 {  // a blueprint has no circles; its checker says so
            for rule in plan.visitTypes[steps[next].visitType]?.rules.linked ?? [] {
                steps.append(TripStep(visitType: rule.visitType, visitor: visitor, link: (next, rule)))
            }
            next += 1
        }
        return steps
    }

    /// The first trips that fit, in the order of their first steps' times.
    ///
    /// `taken`: what is taken, where `patient` is not used; `busy`: of each person. `request` is about the first step,
    /// `hours` about every one that is not linked.
    package func trips(
        _ steps: [TripStep], _ request: SlotRequest, within hours: SearchHours = .all, _ taken: Bookings,
        busy: [BusyTimes], together: TripTogether? = nil, now: Instant
    ) -> FoundTrips {
        guard let first = steps.first else { return FoundTrips([]) }
        var trip = Trip(finder: self, steps: steps, hours: hours, together: together, now: now, busy: busy)
        var trips: [[OpenSlot]] = []
        var isWhole = true
        var bookings = taken
        bookings.patient = busy.indices.contains(first.person) ? busy[first.person] : .none
        search(request, bookings, first.visitor, now, within: hours) { day in
            for slot in day {
                trip.hasLeftOut = false
                if let found = trip.complete([slot], taken.adding(slot, self)) {
                    trips.append(found)
                } else if trip.hasLeftOut {
                    isWhole = false
                }
                if trips.count >= request.limit || trip.tries >= Trip.mostTries { return .end }
            }
            return .on
        }
        return FoundTrips(trips, isWhole: isWhole)
    }
}

private struct Trip {
    static let mostTries = 3_000
    /// So many times of a visit are tried, the nearest ones, for each choice of those before it.
    static let mostTimes = 200

    let finder: SlotFinder
    let steps: [TripStep]
    let hours: SearchHours
    let together: TripTogether?
    let now: Instant
    let busy: [BusyTimes]
    var tries = 0
    /// Whether something was not tried that might have fitted.
    var hasLeftOut = false

    /// The first way to go on from what is chosen.
    mutating func complete(_ chosen: [OpenSlot], _ taken: Bookings) -> [OpenSlot]? {
        if chosen.count == steps.count { return chosen }
        tries += 1
        guard tries < Self.mostTries else {
            hasLeftOut = true
            return nil
        }
        let step = steps[chosen.count]
        let window = window(step, chosen)
        guard window.start < window.end else { return nil }
        var request = SlotRequest(
            visitType: step.visitType, from: Self.day(window.start).adding(days: -1),
            to: Self.day(window.end).adding(days: 1))
        var only: Set<String>?
        if together != nil, step.link == nil { only = [chosen[0].location] }
        if let link = step.link {
            let anchor = chosen[link.step]
            if link.rule.sameLocation { only = [anchor.location] }
            if link.rule.samePractitioner { request.practitioners = [anchor.practitioner] }
            if link.rule.sameDay {
                request.from = anchor.localStart.date
                request.to = anchor.localStart.date
            }
        }
        request.locations = only
        var bookings = taken
        let own = zip(steps, chosen).filter { $0.0.person == step.person }.map(\.1.span)
        let others = busy.indices.contains(step.person) ? busy[step.person].spans : []
        bookings.patient = BusyTimes(others + own)
        let nearest = nearest(step, request, bookings, in: window, to: chosen)
        for slot in nearest.prefix(Self.mostTimes) {
            if let whole = complete(chosen + [slot], taken.adding(slot, finder)) { return whole }
            if tries >= Self.mostTries { return nil }
        }
        if nearest.count > Self.mostTimes { hasLeftOut = true }
        return nil
    }

    /// The nearest times that fit, the best first, as a search for one visit weighs it: before something that is the
    /// latest; of who must not eat, the early ones of near days. One more than are tried says that there are more.
    private func nearest(
        _ step: TripStep, _ request: SlotRequest, _ bookings: Bookings, in window: TimeSpan, to chosen: [OpenSlot]
    ) -> [OpenSlot] {
        let backwards = step.link?.rule.order == .before
        let wished = step.link == nil ? hours : .all
        let fits = { (slot: OpenSlot) in
            window.start <= slot.span.start && slot.span.end <= window.end && self.fits(step, slot, chosen)
        }
        guard finder.plan.visitTypes[step.visitType]?.rules.fasting ?? false else {
            var found: [OpenSlot] = []
            finder.search(request, bookings, step.visitor, now, backwards: backwards, within: wished) { day in
                let fitting = day.filter(fits)
                found += backwards ? Array(fitting.reversed()) : fitting
                return found.count <= Self.mostTimes ? .on : .end
            }
            return found
        }
        let near = chosen[step.link?.step ?? 0].localStart.date
        var best = BestSlots(most: Self.mostTimes + 1)
        finder.search(request, bookings, step.visitor, now, backwards: backwards, within: wished) { day in
            guard let date = day.first?.localStart.date else { return .on }
            let days = abs(near.days(until: date))
            for slot in day where fits(slot) {
                let halfHours = slot.localStart.time.minutesOfDay / 30
                best.add(slot, days * SlotWish.Weights.day + halfHours * SlotWish.Weights.fastingHalfHour)
            }
            best.putInOrder()
            guard let worst = best.worst else { return .on }
            // How far away the days are that are still to come.
            let further = 1 + (backwards ? date.days(until: near) : near.days(until: date))
            return further * SlotWish.Weights.day <= worst.points ? .on : .end
        }
        return best.kept.map(\.slot)
    }

    /// In which the next visit lies whatever else holds.
    private func window(_ step: TripStep, _ chosen: [OpenSlot]) -> TimeSpan {
        let minute = DayFrame.minute
        if let link = step.link {
            let anchor = chosen[link.step].span
            let least = Int64(link.rule.minGapMinutes) * minute, most = Int64(link.rule.maxGapMinutes) * minute
            let longest = 24 * 60 * minute
            return link.rule.order == .before
                ? TimeSpan(start: anchor.start - most - longest, end: anchor.start - least)
                : TimeSpan(start: anchor.end + least, end: anchor.end + most + longest)
        }
        guard let together else { return TimeSpan(start: .min / 2, end: .max / 2) }
        let seen = stretch(chosen)
        let within = Int64(together.withinMinutes) * minute
        return TimeSpan(start: seen.end - within, end: seen.start + within)
    }

    /// Of the visits that stand by themselves, from the first one's beginning to the last one's end.
    private func stretch(_ chosen: [OpenSlot]) -> TimeSpan {
        let seen = zip(steps, chosen).filter { $0.0.link == nil }.map(\.1.span)
        return TimeSpan(start: seen.map(\.start).min() ?? 0, end: seen.map(\.end).max() ?? 0)
    }

    private func fits(_ step: TripStep, _ slot: OpenSlot, _ chosen: [OpenSlot]) -> Bool {
        if let link = step.link {
            if !link.rule.holds(slot, chosen[link.step]) { return false }
        } else if let together {
            // A visit may reach beyond the others on both sides.
            let seen = stretch(chosen)
            let length = max(seen.end, slot.span.end) - min(seen.start, slot.span.start)
            if length > Int64(together.withinMinutes) * DayFrame.minute { return false }
        }
        if together?.oneAfterAnother ?? false { return !chosen.contains { $0.span.overlaps(slot.span) } }
        return true
    }

    private static func day(_ instant: Int64) -> CivilDate {
        let day = max(-25_000, min(80_000, instant / 86_400_000_000))
        return CivilDate(daysSinceEpoch: Int(day))
    }
}

extension Bookings {
    /// With a slot taken.
    fileprivate func adding(_ slot: OpenSlot, _ finder: SlotFinder) -> Bookings {
        guard let type = finder.plan.visitTypes[slot.visitType] else { return self }
        var bookings = self
        let padded = SlotFinder.padded(slot.span, type)
        let had = bookings.people[slot.practitioner] ?? .none
        var visits = had.visits
        let place = StableKey.place(slot.location), visitType = StableKey.visitType(slot.visitType)
        let joined = visits.firstIndex {
            slot.joinsGroup && $0.seats != nil && $0.span == padded && $0.place == place && $0.visitType == visitType
        }
        let seats = type.rules.groupSize > 1 ? (joined.flatMap { visits[$0].seats } ?? 0) + 1 : nil
        let visit = BookedVisit(
            span: padded, start: slot.span.start, place: place, visitType: visitType, seats: seats)
        var stretches = had.stretches.spans
        if let joined {
            visits[joined] = visit
        } else {
            visits.append(visit)
            stretches.append(padded)
        }
        bookings.people[slot.practitioner] = BookedTimes(
            visits: visits, stretches: stretches, absences: had.absences, groupsAway: had.groupsAway, done: had.done)
        for use in slot.resources {
            bookings.resources[use.key] = Occupancy((bookings.resources[use.key]?.spans ?? []) + [use.span])
        }
        return bookings
    }
}
