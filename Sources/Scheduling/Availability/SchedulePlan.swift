import Kernel
package import StudioAPI
package import TimeZones

/// The definitions that scheduling works with, compiled once for a version of them: keys to indices, texts to numbers.
package struct SchedulePlan: Sendable {
    /// A stretch of a local day in minutes after midnight, its end not included.
    struct Minutes: Hashable, Sendable {
        let from: Int
        let to: Int

        func meet(_ other: Minutes) -> Minutes? {
            let from = max(from, other.from), to = min(to, other.to)
            return from < to ? Minutes(from: from, to: to) : nil
        }

        func contains(_ minute: Int) -> Bool { from <= minute && minute < to }
    }

    struct Place: Sendable {
        let definition: LocationDefinition
        /// `StableKey.place`.
        let number: Int64
        let zone: Zone
        /// Index into `zones`; places share zones.
        let zoneIndex: Int
        /// By ISO weekday less one.
        let week: [[Minutes]]
        /// Day number to the hours of a holiday.
        let holidays: [Int: [Minutes]]

        func hours(day: Int, weekday: Int) -> [Minutes] {
            holidays.isEmpty ? week[weekday] : holidays[day] ?? week[weekday]
        }
    }

    struct Session: Sendable {
        let place: Int
        let minutes: Minutes
        /// Empty: all.
        let visitTypes: Set<String>
        let firstDay: Int
        let lastDay: Int
        /// Every so many weeks, counted from that one.
        var everyWeeks = 1
        var week = 0
        /// From so long before it begins it is open to all types: microseconds.
        var release: Int64?
        var overbook = 0

        func holds(on day: Int, weekday: Int) -> Bool {
            firstDay <= day && day <= lastDay
                && (everyWeeks <= 1 || (SchedulePlan.week(of: day, weekday: weekday) - week).isMultiple(of: everyWeeks))
        }
    }

    struct Absence: Sendable {
        /// Nil: everywhere.
        let place: Int?
        let minutes: Minutes
        let firstDay: Int
        let lastDay: Int
        /// Whether it is so whatever the clock says.
        var allDay = false
    }

    /// A class, since searches hand people around for every day and a definition holds a lot.
    final class Person: Sendable {
        let definition: PractitionerDefinition
        /// Of the templates, then of the extra days.
        let sessions: [Session]
        /// Indices into `sessions`, by ISO weekday less one.
        let week: [[Int]]
        let extras: Range<Int>
        let absences: [Absence]
        let overbooks: Bool

        init(
            definition: PractitionerDefinition, sessions: [Session], week: [[Int]], extras: Range<Int>,
            absences: [Absence], overbooks: Bool
        ) {
            self.definition = definition
            self.sessions = sessions
            self.week = week
            self.extras = extras
            self.absences = absences
            self.overbooks = overbooks
        }
    }

    /// A room, a device or an interpreter.
    struct Thing: Sendable {
        let definition: ResourceDefinition
        /// By ISO weekday less one, ascending; nil: always.
        let week: [[Minutes]]?
        let absences: [Absence]
    }

    package let visitTypes: [String: VisitTypeDefinition]
    let places: [Place]
    let people: [Person]
    /// The same in the same order, without their sessions.
    package let practitioners: [PractitionerDefinition]
    /// Those who may do a visit type, by its key.
    private let able: [String: [PractitionerDefinition]]
    /// The one that can do least comes first: fewest features, fewest languages, key.
    let things: [Thing]
    package let resources: [ResourceDefinition]
    let hasInterpreters: Bool
    let placeIndex: [String: Int]
    let personIndex: [String: Int]
    let thingIndex: [String: Int]
    /// `StableKey.place` to the index of a place.
    let placeNumbers: [Int64: Int]
    let zones: [Zone]
    /// Of places that are retired, by key: for the clock of what happened there.
    private let retiredZones: [String: Zone]
    /// Microseconds on the way from one place to another, by `from * places.count + to`. Empty: nobody needs any.
    let travel: [Int64]
    let longestTravel: Int64
    /// What sessions there are on the days that somebody has asked for.
    let days = DayTables()
    /// The tz release that the zones came from.
    package let timeZoneVersion: String

    /// Throws when a zone is not in the tz database, or a template names a place that does not exist.
    package init(
        locations: [LocationDefinition], practitioners: [PractitionerDefinition], visitTypes: [VisitTypeDefinition],
        resources: [ResourceDefinition] = [], retired: [LocationDefinition] = [], timeZones: TimeZoneDatabase
    ) throws {
        timeZoneVersion = timeZones.version
        let types = Dictionary(visitTypes.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        self.visitTypes = types
        let sorted = practitioners.sorted { $0.key < $1.key }
        self.practitioners = sorted
        able = types.mapValues { type in sorted.filter { $0.mayDo(type) } }
        var zones: [Zone] = []
        let places = try locations.sorted { $0.key < $1.key }.map { definition in
            let zone = try Self.zone(definition.zone, of: definition.key, timeZones)
            let known = zones.firstIndex { $0.name == zone.name }
            if known == nil { zones.append(zone) }
            return Place(
                definition: definition, number: StableKey.place(definition.key), zone: zone,
                zoneIndex: known ?? zones.count - 1, week: Self.week(definition.openingHours),
                holidays: Dictionary(
                    definition.holidays.map { ($0.date.civil.daysSinceEpoch, Self.minutes($0.hours)) },
                    uniquingKeysWith: { first, _ in first }))
        }
        self.places = places
        self.zones = zones
        // One that the tz database has no more shows as the organization's.
        retiredZones = Dictionary(
            try retired.compactMap { place in try timeZones.zone(ifKnown: place.zone).map { (place.key, $0) } },
            uniquingKeysWith: { first, _ in first })
        let index = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1.definition.key, $0) })
        placeIndex = index
        placeNumbers = Dictionary(places.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        people = try sorted.map { try Self.person($0, index) }
        personIndex = Dictionary(uniqueKeysWithValues: people.enumerated().map { ($1.definition.key, $0) })
        things = resources.sorted {
            ($0.features.count, $0.languages.count, $0.key) < ($1.features.count, $1.languages.count, $1.key)
        }.map { Self.thing($0, index) }
        self.resources = things.map(\.definition)
        hasInterpreters = resources.contains { $0.type == .interpreter }
        thingIndex = Dictionary(uniqueKeysWithValues: things.enumerated().map { ($1.definition.key, $0) })
        travel = Self.travel(places.map(\.definition))
        longestTravel = travel.max() ?? 0
    }

    package func location(_ key: String) -> LocationDefinition? { placeIndex[key].map { places[$0].definition } }
    /// Also of a place that is retired.
    package func zone(ofLocation key: String) -> Zone? {
        placeIndex[key].map { places[$0].zone } ?? retiredZones[key]
    }
    package func practitioner(_ key: String) -> PractitionerDefinition? {
        personIndex[key].map { people[$0].definition }
    }
    package func resource(_ key: String) -> ResourceDefinition? { thingIndex[key].map { things[$0].definition } }
    package var locations: [LocationDefinition] { places.map(\.definition) }
    /// Those who may do a visit type, by key.
    package func practitioners(for visitType: VisitTypeDefinition) -> [PractitionerDefinition] {
        able[visitType.key] ?? []
    }

    /// The rooms, devices and interpreters that visits of a type can have somewhere; of one of whose patients needs an
    /// interpreter, all interpreters too.
    package func resources(for type: VisitTypeDefinition, interpreted: Bool) -> [ResourceDefinition] {
        resources.filter { thing in
            interpreted && thing.type == .interpreter
                || type.rules.resources.contains { need in
                    thing.type == need.type && need.features.allSatisfy(thing.features.contains)
                }
        }
    }

    func way(from: Int, to: Int) -> Int64 { travel.isEmpty ? 0 : travel[from * places.count + to] }

    /// The number of a day's week, Monday to Sunday; `weekday`: ISO less one.
    static func week(of day: Int, weekday: Int) -> Int { (day - weekday + 3) / 7 }
}
