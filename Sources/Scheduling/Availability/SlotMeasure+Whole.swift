import StudioAPI
import TimeZones

// What the first hundred times do not show: every day of the range, the best of them, nobody, and the memory.

extension SlotMeasure {
    /// Of which a ranked search is.
    package enum Wish: Sendable {
        case anybody
        /// Somebody who knows the patient, whose later days may be better than anybody's first.
        case known
        /// A day on which nobody works: the search goes through all days and everybody, and finds nothing.
        case never
    }

    /// All that is free on all days, of anybody and anywhere. How much it is.
    package func searchAll(_ number: Int) -> Int {
        let request = SlotRequest(
            visitType: searched[number % searched.count], from: first, to: first.adding(days: days))
        return finder.slots(for: request, bookings, now: now).count
    }

    /// The best twenty times of all days. How many there are.
    package func rank(_ number: Int, _ wanted: Wish) -> Int {
        var draw = MeasureDraw(state: UInt64(number) &* 31)
        var wish = SlotWish(
            visitType: searched[draw.below(searched.count)], from: first, to: first.adding(days: days))
        switch wanted {
        case .anybody: break
        case .known: wish.known = ["person-\(draw.below(finder.plan.people.count))"]
        case .never: wish.weekdays = [.sunday]
        }
        return finder.ranked(wish, bookings, postcodes: postcodes, now: now).count
    }

    /// Why nobody can at a minute, at any place. False: somebody can.
    ///
    /// Nine of ten minutes are none at which visits begin, so that everybody is judged.
    package func askNobody(_ number: Int) throws -> Bool {
        var draw = MeasureDraw(state: UInt64(number) &* 113)
        let minute = 480 + draw.below(540)
        let date = first.adding(days: draw.below(days))
        guard let time = CivilTime(hour: minute / 60, minute: minute % 60) else { return false }
        let start = CivilDateTime(date: date, time: time)
        return try finder.whyNobody(searched[draw.below(searched.count)], at: start, bookings, now: now) != nil
    }

    /// What a server's index keeps of all that is booked here, once everybody has been looked at: bytes at least, by
    /// the sum of `TakenIndex.size`.
    package func indexBytes() -> Int {
        let plan = finder.plan
        let people = plan.practitioners.map { person in
            indexBytes(BookableResource.practitioner(person.key).key, bookings.people[person.key]?.visits ?? [])
        }
        let things = plan.resources.map { thing in
            let spans = bookings.resources[thing.key]?.spans ?? []
            return indexBytes(BookableResource.thing(thing.key).key, spans.map { BookedVisit(span: $0) })
        }
        return people.reduce(0, +) + things.reduce(0, +)
    }

    private func indexBytes(_ resource: Int64, _ visits: [BookedVisit]) -> Int {
        // Groups are kept as any visit here: their places would be rows of their own.
        let rows = visits.enumerated().map { number, visit in
            TakenInterval(
                resource: resource, lane: 0, span: visit.span, owner: Int64(number + 1), expiresAt: nil,
                place: visit.place, visitType: visit.visitType, visitAt: visit.start, isSeat: false)
        }
        let calendar = TakenCalendar(Dictionary(grouping: rows) { $0.span.start / TakenIndex.Version.week })
        _ = calendar.taken(at: now) { TakenTimes(rows: rows, seats: []) }
        return calendar.bytes
    }
}
