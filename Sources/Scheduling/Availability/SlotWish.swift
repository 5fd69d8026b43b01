package import Kernel
package import StudioAPI
package import TimeZones

// Choosing among the times that can be offered.
//
// The rules:
// - What is said of days, hours, people, places, sex, accessibility and distance keeps other times away.
// - Among the rest each point of `SlotWish.Weights` that a time has speaks for or against it; the lowest sum comes first,
//   then the earliest, then by key. The same question has the same answer.
// - Each time says what moved it, with the number: who chooses another sees what that costs.

/// What somebody would like.
package struct SlotWish: Sendable {
    package var visitType: String
    /// First and last local day.
    package var from: CivilDate
    package var to: CivilDate
    /// Empty: any.
    package var weekdays: Set<Weekday>
    /// In which the visit begins. Empty: any.
    package var hours: [ClockRange]
    package var practitioners: Set<String>?
    package var locations: Set<String>?
    package var sex: AdministrativeGender?
    /// What the place must have, all of it.
    package var accessibility: Set<Accessibility>
    package var near: GeoPoint?
    /// No further than that; of places of which no centre is known none is near.
    package var radius: Double?
    /// Spoken by the practitioner, if it can be.
    package var language: String?
    /// Keys of those who know the patient.
    package var known: Set<String>
    package var limit: Int
    /// Key of the place that a visit has now; any other weighs something. No merit tells of it.
    package var place: String?
    /// Days on which another time is chosen already: they come after all others. No merit tells of it.
    package var besides: Set<CivilDate> = []

    package init(
        visitType: String, from: CivilDate, to: CivilDate, weekdays: Set<Weekday> = [], hours: [ClockRange] = [],
        practitioners: Set<String>? = nil, locations: Set<String>? = nil, sex: AdministrativeGender? = nil,
        accessibility: Set<Accessibility> = [], near: GeoPoint? = nil, radius: Double? = nil,
        language: String? = nil, known: Set<String> = [], limit: Int = 20
    ) {
        self.visitType = visitType
        self.from = from
        self.to = to
        self.weekdays = weekdays
        self.hours = hours
        self.practitioners = practitioners
        self.locations = locations
        self.sex = sex
        self.accessibility = accessibility
        self.near = near
        self.radius = radius
        self.language = language
        self.known = known
        self.limit = limit
    }

    /// What a point is worth; a day of waiting is ten.
    enum Weights {
        static let day = 10
        static let continuity = -50
        static let language = -40
        static let kilometre = 1
        /// For each half hour that somebody who must not eat waits after midnight.
        static let fastingHalfHour = 2
        static let otherPlace = 15
        /// More than all else together.
        static let dayChosen = 100_000
    }
}

/// What speaks for or against a time. The raw value ends the text's key.
package enum SlotMerit: Hashable, Sendable {
    /// Nothing comes sooner.
    case soonest
    /// So many days after the soonest.
    case later(days: Int)
    case continuity
    case language(String)
    case near(kilometres: Int)
    case early(minute: Int)

    package var code: String {
        switch self {
        case .soonest: "soonest"
        case .later: "later"
        case .continuity: "continuity"
        case .language: "language"
        case .near: "near"
        case .early: "early"
        }
    }

    /// Days, kilometres or the minute of the day.
    package var number: Int? {
        switch self {
        case .soonest, .continuity, .language: nil
        case .later(let days): days
        case .near(let kilometres): kilometres
        case .early(let minute): minute
        }
    }
}

package struct RankedSlot: Hashable, Sendable {
    package let slot: OpenSlot
    /// The lowest is the best.
    package let points: Int
    package let merits: [SlotMerit]
}

/// Whom and which places a wish leaves.
struct SlotFit: Sendable {
    /// Those who do the visit.
    let people: [PractitionerDefinition]
    /// Keys of those where it may be.
    let places: Set<String>
    /// To those whose centre is known, by key.
    let kilometres: [String: Int]
}

extension SlotWish {
    func fit(_ type: VisitTypeDefinition, _ plan: SchedulePlan, _ postcodes: Postcodes) -> SlotFit {
        var kilometres: [String: Int] = [:]
        var places: Set<String> = []
        for place in plan.locations where type.mayBe(at: place.key) && locations?.contains(place.key) ?? true {
            guard accessibility.isSubset(of: place.accessibility) else { continue }
            if let near {
                let distance = postcodes.centre(of: place).map { near.kilometres(to: $0) }
                if let radius, distance.map({ $0 > radius }) ?? true { continue }
                if let distance { kilometres[place.key] = Int(distance.rounded()) }
            }
            places.insert(place.key)
        }
        let people = plan.practitioners(for: type).filter { person in
            (practitioners?.contains(person.key) ?? true) && (sex.map { person.gender == $0 } ?? true)
        }
        return SlotFit(people: people, places: places, kilometres: kilometres)
    }
}

extension SlotFinder {
    /// The best times, best first. The search ends with the day after which none can be better than those it has.
    package func ranked(
        _ wish: SlotWish, _ bookings: Bookings, visitor: SlotVisitor = .unknown, postcodes: Postcodes, now: Instant
    ) -> [RankedSlot] {
        guard wish.limit > 0, let type = plan.visitTypes[wish.visitType] else { return [] }
        let fit = wish.fit(type, plan, postcodes)
        let (people, places) = (fit.people, fit.places)
        if places.isEmpty || people.isEmpty { return [] }
        let scale = SlotScale(wish, type, people, places: places, kilometres: fit.kilometres)
        var ranking = SlotRanking(scale, zones: plan.zones, limit: wish.limit)
        let request = SlotRequest(
            visitType: wish.visitType, from: wish.from, to: wish.to, practitioners: Set(people.map(\.key)),
            locations: places)
        let keys = people.map(\.key)
        let hours = SearchHours(weekdays: wish.weekdays, ranges: wish.hours)
        search(request, bookings, visitor, now, within: hours) { day in
            ranking.add(day)
            return ranking.hopeful(keys).map(SearchGoing.only) ?? .on
        }
        return ranking.best()
    }
}
