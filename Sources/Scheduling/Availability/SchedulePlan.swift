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
    }

    struct Place: Sendable {
        let definition: LocationDefinition
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

        func allows(_ visitType: String) -> Bool { visitTypes.isEmpty || visitTypes.contains(visitType) }
    }

    struct Absence: Sendable {
        /// Nil: everywhere.
        let place: Int?
        let minutes: Minutes
        let firstDay: Int
        let lastDay: Int
    }

    struct Person: Sendable {
        let definition: PractitionerDefinition
        /// By ISO weekday less one.
        let week: [[Session]]
        let extras: [Session]
        let absences: [Absence]
    }

    package let visitTypes: [String: VisitTypeDefinition]
    let places: [Place]
    let people: [Person]
    let placeIndex: [String: Int]
    let personIndex: [String: Int]
    let zones: [Zone]
    /// The tz release that the zones came from.
    package let timeZoneVersion: String

    /// Throws when a zone is not in the tz database, or a template names a place that does not exist.
    package init(
        locations: [LocationDefinition], practitioners: [PractitionerDefinition], visitTypes: [VisitTypeDefinition],
        timeZones: TimeZoneDatabase
    ) throws {
        timeZoneVersion = timeZones.version
        self.visitTypes = Dictionary(visitTypes.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        var zones: [Zone] = []
        places = try locations.sorted { $0.key < $1.key }.map { definition in
            let zone = try Self.zone(definition.zone, of: definition.key, timeZones)
            let known = zones.firstIndex { $0.name == zone.name }
            if known == nil { zones.append(zone) }
            return Place(
                definition: definition, zone: zone, zoneIndex: known ?? zones.count - 1,
                week: Weekday.allCases.map { Self.minutes(definition.openingHours[$0]) },
                holidays: Dictionary(
                    definition.holidays.map { ($0.date.civil.daysSinceEpoch, Self.minutes($0.hours)) },
                    uniquingKeysWith: { first, _ in first }))
        }
        self.zones = zones
        let index = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1.definition.key, $0) })
        placeIndex = index
        people = try practitioners.sorted { $0.key < $1.key }.map { try Self.person($0, index) }
        personIndex = Dictionary(uniqueKeysWithValues: people.enumerated().map { ($1.definition.key, $0) })
    }

    package func location(_ key: String) -> LocationDefinition? { placeIndex[key].map { places[$0].definition } }
    package func zone(ofLocation key: String) -> Zone? { placeIndex[key].map { places[$0].zone } }
    package func practitioner(_ key: String) -> PractitionerDefinition? {
        personIndex[key].map { people[$0].definition }
    }
    package var locations: [LocationDefinition] { places.map(\.definition) }
    package var practitioners: [PractitionerDefinition] { people.map(\.definition) }

    /// Those who may do a visit type, by key.
    package func practitioners(for visitType: VisitTypeDefinition) -> [PractitionerDefinition] {
        people.map(\.definition).filter { $0.mayDo(visitType) }
    }

    private static func zone(_ name: String, of location: String, _ timeZones: TimeZoneDatabase) throws -> Zone {
        do {
            return try timeZones.zone(name)
        } catch {
            throw Fault(
                .internalError, "schedule.zone", "The zone of location \(location) is not in the tz database.",
                remedy: "Correct the location's zone, or update the tz data with bin/setup.", place: location,
                cause: error)
        }
    }

    private static func minutes(_ ranges: [ClockRange]) -> [Minutes] {
        ranges.map { Minutes(from: $0.from.minutes, to: $0.to.minutes) }.sorted { $0.from < $1.from }
    }

    private static func person(_ definition: PractitionerDefinition, _ places: [String: Int]) throws -> Person {
        func place(_ key: String) throws -> Int {
            guard let index = places[key] else {
                throw Fault(
                    .internalError, "schedule.location", "Practitioner \(definition.key) works at an unknown location.",
                    remedy: "Correct the template, or publish the location.", place: definition.key)
            }
            return index
        }
        var week = [[Session]](repeating: [], count: 7)
        for template in definition.templates {
            guard let range = template.range else { continue }  // ends before it begins: never a session
            let session = Session(
                place: try place(template.location), minutes: Minutes(from: range.from.minutes, to: range.to.minutes),
                visitTypes: Set(template.visitTypes), firstDay: template.validFrom?.civil.daysSinceEpoch ?? .min,
                lastDay: template.validTo?.civil.daysSinceEpoch ?? .max)
            for weekday in Set(template.weekdays) { week[weekday.number - 1].append(session) }
        }
        var extras: [Session] = []
        var absences: [Absence] = []
        for exception in definition.exceptions {
            let minutes = exception.hours.map { Minutes(from: $0.from.minutes, to: $0.to.minutes) }
            let days = (first: exception.firstDay.civil.daysSinceEpoch, last: exception.lastDay.civil.daysSinceEpoch)
            switch exception.effect {
            case .extra:
                guard let location = exception.location, let minutes else { continue }  // the checker reports it
                extras.append(
                    Session(
                        place: try place(location), minutes: minutes, visitTypes: Set(exception.visitTypes),
                        firstDay: days.first, lastDay: days.last))
            case .away:
                absences.append(
                    Absence(
                        place: try exception.location.map(place), minutes: minutes ?? Minutes(from: 0, to: 1_440),
                        firstDay: days.first, lastDay: days.last))
            }
        }
        return Person(definition: definition, week: week, extras: extras, absences: absences)
    }
}
