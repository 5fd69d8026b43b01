package import Scheduling
package import StudioAPI
import TimeZones

/// The search for several visits written down as its rules say it: every combination of their times is tried. What can be
/// had after what is chosen already is the slow search's answer.
package struct SlowTripSearch {
    private let slow: SlowSlotFinder
    private let types: [String: VisitTypeDefinition]
    private let steps: [TripStep]
    private let busy: [BusyTimes]
    private let together: TripTogether?
    /// By visit type, while nothing of the trip is taken. What is taken makes these fewer, or one of them a place in a
    /// group, and never more.
    private let times: [String: [OpenSlot]]

    private static let minute: Int64 = 60_000_000

    /// `slow`: its days are those of the first step. `busy`: of each person.
    package init(
        _ slow: SlowSlotFinder, types: [VisitTypeDefinition], steps: [TripStep], busy: [BusyTimes],
        together: TripTogether?
    ) throws {
        self.slow = slow
        self.types = Dictionary(uniqueKeysWithValues: types.map { ($0.key, $0) })
        self.steps = steps
        self.busy = busy
        self.together = together
        let reach = steps.compactMap(\.link).reduce(1) { $0 + $1.rule.maxGapMinutes / 1_440 + 1 }
        var wide = slow
        wide.bookings.patient = .none
        wide.from = slow.from.adding(days: -reach)
        wide.to = slow.to.adding(days: reach)
        var times: [String: [OpenSlot]] = [:]
        for type in types { times[type.key] = try wide.slots(type) }
        self.times = times
    }

    /// The times of the first step with which a whole trip can be had, in their order.
    package func firsts() throws -> [OpenSlot] {
        try fitting([]).filter { try completes([$0]) }
    }

    /// Whether each visit of a trip can be had after those before it.
    package func holds(_ trip: [OpenSlot]) throws -> Bool {
        guard trip.count == steps.count else { return false }
        return try trip.indices.allSatisfy { try fitting(Array(trip[..<$0])).contains(trip[$0]) }
    }

    private func completes(_ chosen: [OpenSlot]) throws -> Bool {
        if chosen.count == steps.count { return true }
        return try fitting(chosen).contains { try completes(chosen + [$0]) }
    }

    /// The times of the next step.
    private func fitting(_ chosen: [OpenSlot]) throws -> [OpenSlot] {
        let step = steps[chosen.count]
        guard let type = types[step.visitType] else { return [] }
        var search = slow
        search.visitor = step.visitor
        search.bookings = bookings(with: chosen)
        let own = zip(steps, chosen).filter { $0.0.person == step.person }.map { $0.1.span }
        search.bookings.patient = BusyTimes(busy[step.person].spans + own)
        var found: [OpenSlot] = []
        for time in times[type.key] ?? [] {
            let day = time.localStart.date
            if chosen.isEmpty, day < slow.from || slow.to < day { continue }
            guard lies(time, step, chosen),
                let practitioner = slow.practitioners.first(where: { $0.key == time.practitioner }),
                let location = slow.locations.first(where: { $0.key == time.location })
            else { continue }
            if case .success(let slot) = try search.answer(type, practitioner, location, time.localStart) {
                found.append(slot)
            }
        }
        return found
    }

    /// Whether a time lies to what is chosen as the links and the people's wishes say.
    private func lies(_ slot: OpenSlot, _ step: TripStep, _ chosen: [OpenSlot]) -> Bool {
        if let link = step.link {
            let (anchor, rule) = (chosen[link.step], link.rule)
            let gap = rule.order == .before ? anchor.span.start - slot.span.end : slot.span.start - anchor.span.end
            if gap < Int64(rule.minGapMinutes) * Self.minute { return false }
            if gap > Int64(rule.maxGapMinutes) * Self.minute { return false }
            if rule.sameDay, slot.localStart.date != anchor.localStart.date { return false }
            if rule.sameLocation, slot.location != anchor.location { return false }
            if rule.samePractitioner, slot.practitioner != anchor.practitioner { return false }
        } else if let together, let first = chosen.first {
            if slot.location != first.location { return false }
            var (start, end) = (slot.span.start, slot.span.end)
            for (other, seen) in zip(steps, chosen) where other.link == nil {
                start = min(start, seen.span.start)
                end = max(end, seen.span.end)
            }
            if end - start > Int64(together.withinMinutes) * Self.minute { return false }
        }
        guard let together, together.oneAfterAnother else { return true }
        return !chosen.contains { $0.span.start < slot.span.end && slot.span.start < $0.span.end }
    }

    /// What is taken, with what is chosen.
    private func bookings(with chosen: [OpenSlot]) -> Bookings {
        var bookings = slow.bookings
        for slot in chosen {
            guard let type = types[slot.visitType] else { continue }
            let had = bookings.people[slot.practitioner] ?? BookedTimes.none
            let (place, key) = (StableKey.place(slot.location), StableKey.visitType(slot.visitType))
            var visits = had.visits
            var seats: Int?
            if type.rules.groupSize > 1 { seats = 1 }
            if slot.joinsGroup {
                let met = visits.firstIndex {
                    $0.seats != nil && $0.start == slot.span.start && $0.place == place && $0.visitType == key
                }
                if let met { seats = 1 + (visits.remove(at: met).seats ?? 0) }
            }
            let span = TimeSpan(
                start: slot.span.start - Int64(type.bufferBefore) * Self.minute,
                end: slot.span.end + Int64(type.bufferAfter) * Self.minute)
            visits.append(BookedVisit(span: span, start: slot.span.start, place: place, visitType: key, seats: seats))
            bookings.people[slot.practitioner] = BookedTimes(
                visits: visits, absences: had.absences, groupsAway: had.groupsAway, done: had.done)
            for use in slot.resources {
                bookings.resources[use.key] = Occupancy((bookings.resources[use.key]?.spans ?? []) + [use.span])
            }
        }
        return bookings
    }
}
