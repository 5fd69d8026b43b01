/// One generated visit. Times are local to its location.
package struct SyntheticVisit: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable { case fulfilled, noshow, cancelled, booked }

    package let typeKey: String
    package let minutes: Int
    /// 0 ..< `VisitCalendar.practitioners`
    package let practitioner: Int
    /// 0 ..< `VisitCalendar.locations`
    package let location: Int
    /// Days from the calendar's `today`: negative in the past.
    package let dayOffset: Int
    package let date: SyntheticDate
    /// Place in the practitioner's day, from 0; the start follows from it.
    package let slot: Int
    /// Local minute of the day.
    package let startMinute: Int
    package let status: Status
    /// Days from booking to visit; at least `dayOffset`, so that nothing is booked in the future.
    package let leadDays: Int
    /// A reminder was sent or, for a booked visit, is planned.
    package let isReminded: Bool
    package let priorNoShows: Int
    /// The true probability of `NoShowProcess` that the visit is missed if it is not cancelled.
    package let noShowProbability: Double
}

extension Population {
    /// The person's visits on the calendar, oldest first, at most one a day; those from day 0 on are booked.
    ///
    /// A person has 0 … 6 past visits (children and the old more) and 0 … 2 future ones, none before birth or after
    /// death; fewer if the calendar is too small for all, see `VisitCalendar`.
    /// - Parameter index: below `calendar.people`.
    package func visits(of index: Int, on calendar: VisitCalendar) -> [SyntheticVisit] {
        visits(of: person(at: index), on: calendar)
    }

    /// The same for a person already at hand.
    package func visits(of person: SyntheticPerson, on calendar: VisitCalendar) -> [SyntheticVisit] {
        let index = person.index
        precondition(index < calendar.people, "the calendar was made for fewer people")
        var draw = SeededDraw(seed: seed, stream: .visits, index: index)
        let cells = self.cells(of: person, on: calendar, draw: &draw)
        let canRemind = person.contactPreference != .none
        var priorNoShows = 0
        var visits: [SyntheticVisit] = []
        visits.reserveCapacity(cells.count)
        for cell in cells {
            let date = SyntheticDate(daysSinceEpoch: calendar.today.daysSinceEpoch + cell.dayOffset)
            let slot = calendar.template(cell.practitioner)[cell.slot]
            let isPast = cell.dayOffset < 0
            let lead = NoShowProcess.leadDays(&draw) + max(0, cell.dayOffset)
            let isReminded = draw.chance(0.85) && canRemind && lead >= 2
            let probability = NoShowProcess.probability(
                leadDays: lead, priorNoShows: priorNoShows, age: person.birthDate.years(until: date),
                isReminded: isReminded, hour: slot.startMinute / 60)
            let isCancelled = draw.chance(NoShowProcess.cancellationRate)
            let isMissed = draw.chance(probability)
            let status: SyntheticVisit.Status =
                !isPast ? .booked : isCancelled ? .cancelled : isMissed ? .noshow : .fulfilled
            visits.append(
                SyntheticVisit(
                    typeKey: slot.type.key, minutes: slot.type.minutes, practitioner: cell.practitioner,
                    location: calendar.location(ofPractitioner: cell.practitioner), dayOffset: cell.dayOffset,
                    date: date,
                    slot: cell.slot, startMinute: slot.startMinute, status: status, leadDays: lead,
                    isReminded: isReminded,
                    priorNoShows: priorNoShows, noShowProbability: probability))
            if status == .noshow { priorNoShows += 1 }
        }
        return visits
    }

    private func cells(
        of person: SyntheticPerson, on calendar: VisitCalendar, draw: inout SeededDraw
    ) -> [VisitCalendar.Cell] {
        let age = person.birthDate.years(until: calendar.today)
        let rate = age < 6 ? 0.6 : age < 40 ? 0.35 : age < 65 ? 0.5 : 0.7
        var cells: [VisitCalendar.Cell] = []
        for candidate in 0..<VisitCalendar.pastCandidates {
            guard draw.chance(rate) else { continue }
            if let cell = calendar.cell(of: person.index, candidate: candidate, isPast: true, seed: seed) {
                cells.append(cell)
            }
        }
        for candidate in 0..<VisitCalendar.futureCandidates {
            let wish = draw.unit()
            guard let cell = calendar.cell(of: person.index, candidate: candidate, isPast: false, seed: seed) else {
                continue
            }
            if wish < rate * NoShowProcess.bookedShare(daysAhead: cell.dayOffset) { cells.append(cell) }
        }
        cells.sort { ($0.dayOffset, $0.slot) < ($1.dayOffset, $1.slot) }
        var last: Int?
        return cells.filter { cell in
            let date = SyntheticDate(daysSinceEpoch: calendar.today.daysSinceEpoch + cell.dayOffset)
            guard cell.dayOffset != last, date >= person.birthDate else { return false }
            if let deceased = person.deceased, date >= deceased || cell.dayOffset >= 0 { return false }
            last = cell.dayOffset
            return true
        }
    }
}
