import StudioAPI
import TimeZones

/// How many visits of a day there may be: of a practitioner, of a type with a practitioner, of a type at a place. What was
/// counted is kept for the search's next candidate.
struct DayLimits {
    private struct Day: Hashable {
        let of: Int
        let day: Int
    }

    /// One date in every zone of the places.
    private struct LocalDate {
        let date: CivilDate
        /// By zone.
        let frames: [DayFrame]
        /// What it may be anywhere.
        let span: TimeSpan

        private static let length = 1_440 * DayFrame.minute
        /// Where clocks go back soon before or after a day, by a few hours at most, its date may be shown twice.
        private static let near = 240 * DayFrame.minute

        init(_ date: CivilDate, _ frames: [DayFrame]) {
            self.date = date
            self.frames = frames
            let starts = frames.map(\.start)
            span = TimeSpan(
                start: (starts.min() ?? 0) - Self.near, end: (starts.max() ?? 0) + Self.length + Self.near)
        }

        /// Whether it is that date at a moment.
        func has(_ moment: Int64, inZone zone: Int) -> Bool {
            let since = moment - frames[zone].start
            if frames[zone].isPlain {
                if since >= 0, since < Self.length { return true }
                if since < -Self.near || since >= Self.length + Self.near { return false }
            }
            return frames[zone].zone.civil(at: moment).date == date
        }
    }

    private let plan: SchedulePlan
    private let bookings: Bookings
    private let limits: DailyLimits
    private let hasLimits: Bool
    private let visitType: Int64
    private var typeCounts: [Day: Int] = [:]
    private var dayCounts: [Day: Int] = [:]
    /// Of every place, by day.
    private var placeCounts: [Int: [Int]] = [:]
    private var dates: [Int: LocalDate] = [:]
    /// What all have, and where the last day looked at begins in it.
    private var everybody: [BookedTimes] = []
    private var hints: [Int] = []

    init(plan: SchedulePlan, type: VisitTypeDefinition, bookings: Bookings) {
        self.plan = plan
        self.bookings = bookings
        limits = type.rules.limits
        hasLimits = type.rules.limits != DailyLimits()
        visitType = StableKey.visitType(type.key)
    }

    /// Why a day is full for a candidate; nil: it is not.
    mutating func refusal(_ candidate: SlotCandidate, _ booked: BookedTimes) -> SlotRefusal? {
        let daily = plan.people[candidate.person].definition.dailyLimit
        guard hasLimits || daily != nil else { return nil }
        let visitType = visitType
        // By place as well: a visit of which no place is known is counted by the clock of the one that is asked for.
        let person = Day(
            of: candidate.person * plan.places.count + candidate.place, day: candidate.frame.date.daysSinceEpoch)
        if let daily {
            let count = dayCounts[person] ?? self.count(booked, candidate) { _ in true }
            dayCounts[person] = count
            if count >= daily { return .practitionerLimit }
        }
        if let most = limits.perPractitioner {
            let count = typeCounts[person] ?? self.count(booked, candidate) { $0.visitType == visitType }
            typeCounts[person] = count
            if count >= most { return .typeLimit }
        }
        if let most = limits.perLocation {
            let counts = placeCounts[person.day] ?? self.counts(candidate)
            placeCounts[person.day] = counts
            if counts[candidate.place] >= most { return .locationLimit }
        }
        return nil
    }

    /// The visits on the candidate's local day, completed ones too, each by the clock of its own place.
    private mutating func count(
        _ booked: BookedTimes, _ candidate: SlotCandidate, where counts: (BookedVisit) -> Bool
    ) -> Int {
        let date = date(of: candidate)
        var count = 0
        for visit in booked.meeting(date.span) + booked.done where counts(visit) {
            let place = visit.place.flatMap { plan.placeNumbers[$0] } ?? candidate.place
            if date.has(visit.start, inZone: plan.places[place].zoneIndex) { count += 1 }
        }
        return count
    }

    /// The same of the type's visits at each place: a search asks about many places on one day.
    private mutating func counts(_ candidate: SlotCandidate) -> [Int] {
        let date = date(of: candidate)
        var counts = [Int](repeating: 0, count: plan.places.count)
        if everybody.isEmpty {
            everybody = Array(bookings.people.values)
            hints = Array(repeating: -1, count: everybody.count)
        }
        for index in everybody.indices {
            for visit in everybody[index].meeting(date.span, &hints[index]) where visit.visitType == visitType {
                count(visit, date, &counts)
            }
            for visit in everybody[index].done where visit.visitType == visitType { count(visit, date, &counts) }
        }
        return counts
    }

    private func count(_ visit: BookedVisit, _ date: LocalDate, _ counts: inout [Int]) {
        guard let number = visit.place, let place = plan.placeNumbers[number],
            date.has(visit.start, inZone: plan.places[place].zoneIndex)
        else { return }
        counts[place] += 1
    }

    private mutating func date(of candidate: SlotCandidate) -> LocalDate {
        let day = candidate.frame.date.daysSinceEpoch
        if let known = dates[day] { return known }
        let date = LocalDate(candidate.frame.date, plan.days.table(day, of: plan).frames)
        dates[day] = date
        return date
    }
}
