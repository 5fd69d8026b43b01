import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// A day at one place as its page shows it: one query for the visits, one grant for exactly the rows shown.
struct ReadDay: Query {
    static let permission = Permission.scheduleRead

    struct Held: Sendable {
        let practitioner: String
        let span: TimeSpan
        let until: Instant
    }

    struct Day: Sendable {
        let rows: [AppointmentRow]
        let names: [ID<Patient>: String]
        /// What each practitioner has in these hours, anywhere.
        let busy: [String: BusyTimes]
        let held: [Held]
        /// Minutes by which somebody said they will be late.
        let late: [ID<Appointment>: Int]
    }

    let location: String
    let date: CivilDate
    let zone: Zone
    /// The practitioners whose columns are shown, of the day's visits: names and times are read for these alone.
    let shown: @Sendable ([AppointmentRow]) -> [String]
    /// Whether to read what else the practitioners have in these hours.
    var withTimes = true
    let now: Instant
    /// Only so many visits that are still to come or under way; nil: the whole day.
    var ahead: Int?
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Day {
        var rows = try ListDay.rows(location, date, zone, access.caller, Self.permission, transaction)
        if let ahead {
            rows = Array(rows.filter { $0.status.holdsTime && $0.place.span.end > now.microseconds }.prefix(ahead))
        }
        let practitioners = Set(shown(rows))
        let patients = Set(rows.filter { practitioners.contains($0.place.practitioner) }.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        let names = try desk.directory.names(of: patients, grant: grant, in: transaction)
        let keys = Dictionary(
            practitioners.map { (BookableResource.practitioner($0).key, $0) }, uniquingKeysWith: { first, _ in first })
        let taken = try IntervalStore.taken(
            withTimes ? keys.keys.sorted() : [], from: zone.startOfDay(date), to: zone.startOfDay(date.adding(days: 1)),
            at: now,
            in: transaction)
        var spans: [String: [TimeSpan]] = [:]
        var held: [Held] = []
        for interval in taken {
            guard let key = keys[interval.resource] else { continue }
            spans[key, default: []].append(interval.span)
            if let until = interval.expiresAt {
                held.append(Held(practitioner: key, span: interval.span, until: until))
            }
        }
        return Day(
            rows: rows, names: names, busy: spans.mapValues(BusyTimes.init), held: held,
            late: try LatenessStore.minutes(of: rows, in: transaction))
    }
}
