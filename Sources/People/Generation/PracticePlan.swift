import Kernel
import SchedulingAPI
package import StudioAPI
import Synthetic
import TimeZones

/// Where generated visits go: the published practitioners with their hours, and the calendar that places visits on them.
package struct PracticePlan: Sendable {
    /// One practitioner with what they may do, the shortest first, and when they are where.
    struct Practitioner: Sendable {
        let key: String
        let types: [(key: String, minutes: Int)]
        let templates: [AvailabilityTemplate]
    }

    let practitioners: [Practitioner]
    let calendar: VisitCalendar

    /// Nil when nothing is published that a visit could be booked on.
    ///
    /// - Parameters:
    ///   - people: how many people the calendar must hold.
    ///   - asOf: microseconds UTC; visits lie before and after it.
    package init?(_ configuration: Configuration, people: Int, asOf: Int64) {
        let types = configuration.visitTypes.values.sorted { $0.key < $1.key }
        practitioners = configuration.sortedPractitioners.compactMap { published in
            let person = published.value
            let allowed = types.filter { person.mayDo($0.value) }.map { (key: $0.key, minutes: $0.value.minutes) }
                .sorted { ($0.minutes, $0.key) < ($1.minutes, $1.key) }
            if allowed.isEmpty || person.templates.isEmpty { return nil }
            return Practitioner(key: person.key, types: allowed, templates: person.templates)
        }
        let usable = Dictionary(
            practitioners.flatMap(\.types).map { ($0.key, $0.minutes) }, uniquingKeysWith: { first, _ in first }
        ).sorted { $0.key < $1.key }.filter { $0.value > 0 && $0.value <= 540 }
        if practitioners.isEmpty || usable.isEmpty { return nil }
        calendar = VisitCalendar(
            types: usable.map { .init(key: $0.key, minutes: $0.value) }, practitioners: practitioners.count,
            locations: 1,
            people: people, asOf: asOf, horizonDays: (past: 3 * 365, future: 60))
    }

    /// The visit at a real practitioner: the cell's time, a type this practitioner may do that fits into the cell, and
    /// the place of that hour. Future visits outside the practitioner's hours do not exist; past ones are remembered
    /// where the practitioner usually is.
    func recorded(_ visit: SyntheticVisit, of patient: ID<Patient>) -> RecordedVisit? {
        let practitioner = practitioners[visit.practitioner]
        let fitting = practitioner.types.filter { $0.minutes <= visit.minutes }
        guard !fitting.isEmpty else { return nil }
        let wanted = practitioner.types.first { $0.key == visit.typeKey && $0.minutes <= visit.minutes }
        let type = wanted ?? fitting[visit.slot % fitting.count]
        let weekday = Weekday.allCases[visit.date.weekday]
        let here = practitioner.templates.first {
            $0.weekdays.contains(weekday) && $0.from.minutes <= visit.startMinute
                && visit.startMinute + type.minutes <= $0.to.minutes
        }
        if here == nil && visit.dayOffset >= 0 { return nil }
        return RecordedVisit(
            patient: patient, visitType: type.key, practitioner: practitioner.key,
            location: (here ?? practitioner.templates[0]).location, localStart: Self.local(visit),
            minutes: type.minutes,
            status: visit.status.rawValue, leadDays: visit.leadDays, source: "generated")
    }

    private static func local(_ visit: SyntheticVisit) -> String {
        let hour = visit.startMinute / 60, minute = visit.startMinute % 60
        return "\(visit.date.iso)T\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }
}
