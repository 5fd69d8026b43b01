import Kernel
import StudioAPI
import TimeZones

extension SchedulePlan {
    static func zone(_ name: String, of location: String, _ timeZones: TimeZoneDatabase) throws -> Zone {
        do {
            return try timeZones.zone(name)
        } catch {
            throw Fault(
                .internalError, "schedule.zone", "The zone of location \(location) is not in the tz database.",
                remedy: "Correct the location's zone, or update the tz data with bin/setup.", place: location,
                cause: error)
        }
    }

    static func minutes(_ ranges: [ClockRange]) -> [Minutes] {
        ranges.map { Minutes(from: $0.from.minutes, to: $0.to.minutes) }.sorted { $0.from < $1.from }
    }

    static func week(_ hours: WeeklyHours) -> [[Minutes]] { Weekday.allCases.map { minutes(hours[$0]) } }

    static func person(_ definition: PractitionerDefinition, _ places: [String: Int]) throws -> Person {
        func place(_ key: String) throws -> Int {
            guard let index = places[key] else {
                throw Fault(
                    .internalError, "schedule.location", "Practitioner \(definition.key) works at an unknown location.",
                    remedy: "Correct the template, or publish the location.", place: definition.key)
            }
            return index
        }
        var sessions: [Session] = []
        var week = [[Int]](repeating: [], count: 7)
        for template in definition.templates {
            guard let range = template.range else { continue }  // ends before it begins: never a session
            var session = Session(
                place: try place(template.location), minutes: Minutes(from: range.from.minutes, to: range.to.minutes),
                visitTypes: Set(template.visitTypes), firstDay: template.validFrom?.civil.daysSinceEpoch ?? .min,
                lastDay: template.validTo?.civil.daysSinceEpoch ?? .max)
            session.release = template.releaseMinutes.map { Int64($0) * DayFrame.minute }
            session.overbook = max(0, template.overbook)
            if let anchor = template.anchor?.civil {
                session.everyWeeks = max(1, template.everyWeeks)
                session.week = Self.week(of: anchor.daysSinceEpoch, weekday: anchor.weekday - 1)
            }
            for weekday in Set(template.weekdays) { week[weekday.number - 1].append(sessions.count) }
            sessions.append(session)
        }
        let first = sessions.count
        for exception in definition.exceptions where exception.effect == .extra {
            guard let location = exception.location, let hours = exception.hours else { continue }  // the checker's
            sessions.append(
                Session(
                    place: try place(location), minutes: Minutes(from: hours.from.minutes, to: hours.to.minutes),
                    visitTypes: Set(exception.visitTypes), firstDay: exception.firstDay.civil.daysSinceEpoch,
                    lastDay: exception.lastDay.civil.daysSinceEpoch))
        }
        let absences = try definition.exceptions.filter { $0.effect == .away }.map {
            absence($0, try $0.location.map(place))
        }
        return Person(
            definition: definition, sessions: sessions, week: week, extras: first..<sessions.count, absences: absences,
            overbooks: sessions.contains { $0.overbook > 0 })
    }

    static func thing(_ definition: ResourceDefinition, _ places: [String: Int]) -> Thing {
        // An absence at a place that does not exist keeps nobody away.
        let absences = definition.exceptions.filter { exception in
            exception.effect == .away && (exception.location.map { places[$0] != nil } ?? true)
        }.map { absence($0, $0.location.flatMap { places[$0] }) }
        return Thing(definition: definition, week: definition.hours.map(week), absences: absences)
    }

    private static func absence(_ exception: AvailabilityException, _ place: Int?) -> Absence {
        Absence(
            place: place,
            minutes: exception.hours.map { Minutes(from: $0.from.minutes, to: $0.to.minutes) }
                ?? Minutes(from: 0, to: 1_440),
            firstDay: exception.firstDay.civil.daysSinceEpoch, lastDay: exception.lastDay.civil.daysSinceEpoch,
            allDay: exception.hours == nil)
    }

    /// What a place says of the way counts, else what the other says of the way back, else there is none.
    static func travel(_ places: [LocationDefinition]) -> [Int64] {
        if places.allSatisfy(\.travel.isEmpty) { return [] }
        var ways = [Int64](repeating: 0, count: places.count * places.count)
        for (from, place) in places.enumerated() {
            for (to, other) in places.enumerated() where from != to {
                let said =
                    place.travel.first { $0.location == other.key } ?? other.travel.first { $0.location == place.key }
                ways[from * places.count + to] = Int64(said?.minutes ?? 0) * DayFrame.minute
            }
        }
        return ways
    }
}
