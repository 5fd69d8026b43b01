import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// Days of places as their page shows them: one query for the visits of a place, one grant for exactly the rows shown.
struct ReadSchedule: Query {
    static let permission = Permission.scheduleRead

    /// Some days of a place.
    struct Stretch: Sendable {
        let location: String
        let from: Int64
        let to: Int64

        init(_ location: String, _ zone: Zone, from: CivilDate, days: Int) {
            self.location = location
            self.from = zone.startOfDay(from)
            to = zone.startOfDay(from.adding(days: days))
        }
    }

    struct Held: Sendable {
        let practitioner: String
        let span: TimeSpan
        let until: Instant
    }

    struct Content: Sendable {
        let rows: [AppointmentRow]
        let names: [ID<Patient>: String]
        /// What each practitioner has in these hours, anywhere.
        let busy: [String: BusyTimes]
        let held: [Held]
        /// Minutes by which somebody said they will be late.
        let late: [ID<Appointment>: Int]
        /// The visits that have a room or a device, with the time they have it.
        let things: [String: [(row: AppointmentRow, span: TimeSpan)]]
    }

    let stretches: [Stretch]
    /// This one's visits alone; nil: everybody's.
    var practitioner: String?
    /// The practitioners whose columns are shown, of the visits: names and times are read for these alone.
    let shown: @Sendable ([AppointmentRow]) -> [String]
    /// The rooms and devices whose columns are shown: then names are read for the visits that have one of them.
    var things: [String] = []
    /// Whether to read what else the practitioners have in these hours.
    var withTimes = true
    /// Whether patients are named. Where visits are only counted they are not.
    var withNames = true
    let now: Instant
    /// Only so many visits that are still to come or under way; nil: all.
    var ahead: Int?
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Content {
        var rows = try rows(for: access.caller, in: transaction)
        if let ahead {
            rows = Array(rows.filter { $0.status.holdsTime && $0.place.span.end > now.microseconds }.prefix(ahead))
        }
        let practitioners = Set(shown(rows))
        let start = stretches.map(\.from).min() ?? 0, end = stretches.map(\.to).max() ?? 0
        let keys = Dictionary(
            practitioners.map { (BookableResource.practitioner($0).key, $0) }, uniquingKeysWith: { first, _ in first })
        let taken = try IntervalStore.taken(
            withTimes ? keys.keys.sorted() : [], from: start, to: end, at: now, in: transaction)
        var spans: [String: [TimeSpan]] = [:]
        var held: [Held] = []
        for interval in taken {
            guard let key = keys[interval.resource] else { continue }
            spans[key, default: []].append(interval.span)
            if let until = interval.expiresAt {
                held.append(Held(practitioner: key, span: interval.span, until: until))
            }
        }
        let inThings = try inThings(rows, from: start, to: end, in: transaction)
        let having = Set(inThings.values.flatMap { $0 }.map(\.row.id))
        let named = rows.filter {
            things.isEmpty ? practitioners.contains($0.place.practitioner) : having.contains($0.id)
        }
        return Content(
            rows: rows, names: withNames ? try names(of: named, transaction, access) : [:],
            busy: spans.mapValues(BusyTimes.init), held: held,
            late: try LatenessStore.minutes(of: named, in: transaction), things: inThings)
    }

    private func rows(for caller: Caller, in transaction: any Transaction) throws -> [AppointmentRow] {
        guard let practitioner else {
            return try stretches.flatMap { stretch in
                try AppointmentStore.day(
                    location: stretch.location, from: stretch.from, to: stretch.to, for: caller, Self.permission,
                    limit: ListDay.most, in: transaction)
            }
        }
        let start = stretches.map(\.from).min() ?? 0, end = stretches.map(\.to).max() ?? 0
        return try QueueStore.visits(
            of: practitioner, at: nil, from: start, to: end, for: caller, Self.permission, limit: ListDay.most,
            in: transaction
        ).filter { row in
            stretches.contains {
                $0.location == row.place.location && $0.from <= row.place.span.start && row.place.span.start < $0.to
            }
        }
    }

    private func names(
        of rows: [AppointmentRow], _ transaction: any Transaction, _ access: Access
    ) throws -> [ID<Patient>: String] {
        let patients = Set(rows.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        return try desk.directory.names(of: patients, grant: grant, in: transaction)
    }

    /// What a group has is its visits'.
    private func inThings(
        _ rows: [AppointmentRow], from start: Int64, to end: Int64, in transaction: any Transaction
    ) throws -> [String: [(row: AppointmentRow, span: TimeSpan)]] {
        if things.isEmpty { return [:] }
        let keys = Dictionary(
            things.map { (BookableResource.thing($0).key, $0) }, uniquingKeysWith: { first, _ in first })
        var owners: [Int64: [AppointmentRow]] = [:]
        for row in rows {
            let group = BookableResource.group(
                practitioner: row.place.practitioner, visitType: row.place.visitType, location: row.place.location,
                start: row.place.span.start)
            owners[row.id.raw, default: []].append(row)
            owners[group.key, default: []].append(row)
        }
        var found: [String: [(row: AppointmentRow, span: TimeSpan)]] = [:]
        for interval in try IntervalStore.taken(keys.keys.sorted(), from: start, to: end, at: now, in: transaction) {
            guard let key = keys[interval.resource] else { continue }
            for row in owners[interval.owner] ?? [] where row.status.holdsTime {
                found[key, default: []].append((row, interval.span))
            }
        }
        return found
    }
}
