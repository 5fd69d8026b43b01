import StudioAPI
import TimeZones

/// How many visits of a day there may be: of a practitioner, of a type with a practitioner, of a type at a place. What was
/// counted is kept for the search's next candidate.
struct DayLimits {
    /// By place as well: a visit of which no place is known is counted by the clock of the one that is asked for.
    private struct PersonDay: Hashable {
        let person: Int
        let place: Int
        let day: Int
    }

    /// One date in every zone of the places.
    private struct LocalDate {
        let date: CivilDate
        /// By zone.
        let frames: [DayFrame]
        /// From when to when it may be that date somewhere.
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
    private let limits: DailyLimits
    private let visitType: Int64
    /// What all have, where a place has a limit.
    private let everybody: [BookedTimes]
    private var ofType: [PersonDay: Int] = [:]
    private var ofAll: [PersonDay: Int] = [:]
    /// At every place, by day.
    private var ofPlaces: [Int: [Int]] = [:]
    private var dates: [Int: LocalDate] = [:]

    init(plan: SchedulePlan, type: VisitTypeDefinition, bookings: Bookings) {
        self.plan = plan
        limits = type.rules.limits
        visitType = StableKey.visitType(type.key)
        everybody = limits.perLocation == nil ? [] : Array(bookings.people.values)
    }

    /// Why a day is full for a candidate; nil: it is not.
    mutating func refusal(_ candidate: SlotCandidate, _ booked: BookedTimes) -> SlotRefusal? {
        let visitType = visitType
        let day = candidate.frame.date.daysSinceEpoch
        let own = PersonDay(person: candidate.person, place: candidate.place, day: day)
        if let daily = plan.people[candidate.person].definition.dailyLimit {
            let had = ofAll[own] ?? number(of: booked, candidate) { _ in true }
            ofAll[own] = had
            if had >= daily { return .practitionerLimit }
        }
        if let most = limits.perPractitioner {
            let had = ofType[own] ?? number(of: booked, candidate) { $0.visitType == visitType }
            ofType[own] = had
            if had >= most { return .typeLimit }
        }
        if let most = limits.perLocation {
            let had = ofPlaces[day] ?? numbersByPlace(candidate)
            ofPlaces[day] = had
            if had[candidate.place] >= most { return .locationLimit }
        }
        return nil
    }

    /// The visits on the candidate's local day, completed ones too, each by the clock of its own place.
    private mutating func number(
        of booked: BookedTimes, _ candidate: SlotCandidate, where isCounted: (BookedVisit) -> Bool
    ) -> Int {
        let date = date(of: candidate)
        var number = 0
        for visit in booked.meeting(date.span) + booked.done where isCounted(visit) {
            let place = visit.place.flatMap { plan.placeNumbers[$0] } ?? candidate.place
            if date.has(visit.start, inZone: plan.places[place].zoneIndex) { number += 1 }
        }
        return number
    }

    /// The same of the type's visits at each place: a search asks about many places on one day.
    private mutating func numbersByPlace(_ candidate: SlotCandidate) -> [Int] {
        let date = date(of: candidate)
        var numbers = [Int](repeating: 0, count: plan.places.count)
        for booked in everybody {
            for visits in [booked.meeting(date.span), booked.done[...]] {
                for visit in visits where visit.visitType == visitType {
                    guard let place = visit.place.flatMap({ plan.placeNumbers[$0] }),
                        date.has(visit.start, inZone: plan.places[place].zoneIndex)
                    else { continue }
                    numbers[place] += 1
                }
            }
        }
        return numbers
    }

    private mutating func date(of candidate: SlotCandidate) -> LocalDate {
        let day = candidate.frame.date.daysSinceEpoch
        if let known = dates[day] { return known }
        let date = LocalDate(candidate.frame.date, plan.days.table(day, of: plan).frames)
        dates[day] = date
        return date
    }
}
