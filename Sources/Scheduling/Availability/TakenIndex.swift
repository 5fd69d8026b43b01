package import Kernel
import Store
import StudioAPI
import Synchronization

// What is taken, in memory, so that a search over months and many people reads next to nothing.
//
// The rules:
// - Everything but patients' own time is kept: practitioners, rooms, devices, interpreters and groups, from some days
//   ago on. Patients' time is read from the store, a few rows.
// - The schema writes a row to `booking_interval_change` with every change of an interval, in the same transaction. A
//   search reads the rows that came since the last one, and the stretches that they name, in its own snapshot: what it
//   finds is what the store says at that moment, whichever process wrote it.
// - Completed visits have no time and are not kept. Where a limit of a day counts them a search reads those of today and
//   tomorrow from the store.
// - Only who may take a time decides by the store itself: bookings never look here.

/// What is taken in each tenant, in memory.
package final class TakenIndex: Sendable {
    private struct Known {
        var version: Version?
        var isBeingRead = false
    }

    private let known = Mutex<[ID<Tenant>: Known]>([:])

    package init() {}

    /// What the snapshot holds from a moment on. Nil: look into the store, because the transaction writes, the moment is
    /// before what is kept, or another search is reading everything for the first time.
    func version(from start: Int64, at now: Instant, in transaction: any Transaction) throws -> Version? {
        guard transaction.isSnapshot else { return nil }
        let tenant = transaction.tenant
        if let version = known.withLock({ $0[tenant]?.version }), !version.isOld(at: now) {
            guard start >= version.floor else { return nil }
            if let current = try version.current(in: transaction) {
                if current !== version { publish(current, after: version, tenant) }
                return current
            }
        }
        guard begin(tenant) else { return nil }
        defer { end(tenant) }
        let version = try Version(at: now, in: transaction)
        known.withLock { $0[tenant, default: Known()].version = version }
        return start >= version.floor ? version : nil
    }

    /// The memory that what is taken in a tenant needs at least, in bytes, and the number of stretches.
    package func size(of tenant: ID<Tenant>) -> (bytes: Int, stretches: Int) {
        guard let version = known.withLock({ $0[tenant]?.version }) else { return (0, 0) }
        return version.calendars.values.reduce((0, 0)) { ($0.0 + $1.bytes, $0.1 + $1.count) }
    }

    private func publish(_ version: Version, after last: Version, _ tenant: ID<Tenant>) {
        known.withLock { known in
            // Another search was faster: its version is as good.
            if known[tenant]?.version === last { known[tenant]?.version = version }
        }
    }

    private func begin(_ tenant: ID<Tenant>) -> Bool {
        known.withLock { known in
            if known[tenant]?.isBeingRead ?? false { return false }
            known[tenant, default: Known()].isBeingRead = true
            return true
        }
    }

    private func end(_ tenant: ID<Tenant>) {
        known.withLock { $0[tenant]?.isBeingRead = false }
    }
}

extension TakenIndex {
    /// What one snapshot held.
    final class Version: Sendable {
        static let week: Int64 = 7 * 86_400_000_000
        /// Searches of a day look at two days before it, and an interval is at most a day long.
        private static let kept = Duration.days(8)
        private static let oldest = Duration.days(30)

        /// Nothing that begins before is kept.
        private let first: Int64
        /// A range that begins here misses nothing.
        var floor: Int64 { first + IntervalStore.longest }
        /// Changes from here on may be new, but for those in `done`.
        private let next: Int64
        private let done: Set<Int64>
        fileprivate let calendars: [Int64: TakenCalendar]
        /// Whose time groups have.
        private let hosts: [Int64: Set<Int64>]

        private init(
            first: Int64, next: Int64, done: Set<Int64>, calendars: [Int64: TakenCalendar], hosts: [Int64: Set<Int64>]
        ) {
            self.first = first
            self.next = next
            self.done = done
            self.calendars = calendars
            self.hosts = hosts
        }

        /// Everything, from the store.
        convenience init(at now: Instant, in transaction: any Transaction) throws {
            let first = (now - Self.kept).microseconds / Self.week * Self.week
            let mark = try IntervalChanges.mark(in: transaction)
            let done = try Set(
                IntervalChanges.since(mark.next, in: transaction).map(\.position))
            var weeks: [Int64: [Int64: [TakenInterval]]] = [:]
            var hosts: [Int64: Set<Int64>] = [:]
            try IntervalStore.begun(from: first, in: transaction) { interval in
                weeks[interval.resource, default: [:]][interval.span.start / Self.week, default: []].append(interval)
                if interval.owner < 0 { hosts[interval.owner, default: []].insert(interval.resource) }
            }
            self.init(
                first: first, next: mark.next, done: done, calendars: weeks.mapValues(TakenCalendar.init), hosts: hosts)
        }

        func isOld(at now: Instant) -> Bool { now - Self.oldest > Instant(microseconds: first) }

        /// The same with what changed since; itself when nothing did. Nil: changes may have been tidied away unseen.
        func current(in transaction: any Transaction) throws -> Version? {
            let mark = try IntervalChanges.mark(in: transaction)
            if mark.last - next > IntervalChanges.reach { return nil }
            let changes = try IntervalChanges.since(next, in: transaction)
            let new = changes.filter { !done.contains($0.position) }
            if new.isEmpty && mark.next - next < 1_000 { return self }
            var calendars = calendars
            var hosts = hosts
            var changed: [Int64: Set<Int64>] = [:]
            for change in new where change.week * Self.week >= first {
                changed[change.week, default: []].insert(change.resource)
            }
            for (week, resources) in changed {
                let rows = try IntervalStore.begun(
                    resources.sorted(), from: week * Self.week, to: (week + 1) * Self.week, in: transaction)
                let byResource = Dictionary(grouping: rows, by: \.resource)
                for resource in resources {
                    let rows = byResource[resource] ?? []
                    calendars[resource] = (calendars[resource] ?? TakenCalendar([:])).with(rows, in: week)
                    for row in rows where row.owner < 0 { hosts[row.owner, default: []].insert(resource) }
                }
            }
            // How many a group has counts with the practitioner.
            for resource in Set(changed.values.joined()) {
                for host in hosts[resource] ?? [] { calendars[host] = calendars[host]?.afresh }
            }
            return Version(
                first: first, next: mark.next, done: Set(changes.map(\.position).filter { $0 >= mark.next }),
                calendars: calendars.filter { !$0.value.isEmpty }, hosts: hosts)
        }

        /// What a search looks at. `own`: what the patient has.
        func bookings(
            _ plan: SchedulePlan, people: [PractitionerDefinition], things: [ResourceDefinition],
            own: [TakenInterval], ignoring ignored: Set<Int64>, at now: Instant
        ) -> Bookings {
            var bookings = Bookings.none
            for person in people {
                let key = BookableResource.practitioner(person.key).key
                guard let taken = taken(of: key, ignoring: ignored, at: now) else { continue }
                bookings.people[person.key] = taken.times
            }
            for thing in things {
                let key = BookableResource.thing(thing.key).key
                guard let taken = taken(of: key, ignoring: ignored, at: now) else { continue }
                bookings.resources[thing.key] = taken.times.stretches
                let closed = taken.times.absences.map(\.span)
                if !closed.isEmpty { bookings.closed[thing.key] = closed }
                bookings.groupsAway.formUnion(taken.times.groupsAway)
            }
            let spans = TakenTimes(rows: own, seats: []).standing(ignoring: ignored, at: now).rows.map(\.span)
            if !spans.isEmpty { bookings.patient = BusyTimes(spans) }
            return bookings
        }

        /// Nil: nothing at all.
        private func taken(of resource: Int64, ignoring ignored: Set<Int64>, at now: Instant) -> TakenCalendar.Taken? {
            guard let calendar = calendars[resource] else { return nil }
            let seats = { calendar.groups.flatMap { self.calendars[$0]?.rows ?? [] }.filter(\.isSeat) }
            let taken: TakenCalendar.Taken
            if !ignored.isEmpty, calendar.has(ignored) || seats().contains(where: { ignored.contains($0.owner) }) {
                taken = TakenCalendar.Taken(
                    TakenTimes(rows: calendar.rows, seats: seats()), ignoring: ignored, at: now)
            } else {
                taken = calendar.taken(at: now) { TakenTimes(rows: calendar.rows, seats: seats()) }
            }
            return taken.times.stretches.spans.isEmpty ? nil : taken
        }
    }
}

/// What one resource has, and what searches look at, made when it is first asked for.
final class TakenCalendar: Sendable {
    /// By the number of the week, since the epoch, in which they begin.
    private let weeks: [Int64: [TakenInterval]]
    /// Groups that have some of its time.
    let groups: [Int64]
    private let made = Mutex<Taken?>(nil)

    init(_ weeks: [Int64: [TakenInterval]]) {
        self.weeks = weeks
        groups = Set(weeks.values.joined().lazy.filter { $0.owner < 0 && !$0.isSeat }.map(\.owner)).sorted()
    }

    var isEmpty: Bool { weeks.isEmpty }
    var count: Int { weeks.values.reduce(0) { $0 + $1.count } }
    var rows: [TakenInterval] { weeks.keys.sorted().flatMap { weeks[$0] ?? [] } }
    /// The same, with nothing made yet.
    var afresh: TakenCalendar { TakenCalendar(weeks) }

    /// The rows, and what was made of them.
    var bytes: Int {
        let made = made.withLock { $0 }
        return count * MemoryLayout<TakenInterval>.stride + (made?.times.bytes ?? 0)
    }

    func with(_ rows: [TakenInterval], in week: Int64) -> TakenCalendar {
        var weeks = weeks
        weeks[week] = rows.isEmpty ? nil : rows
        return TakenCalendar(weeks)
    }

    func has(_ owners: Set<Int64>) -> Bool {
        weeks.values.contains { rows in rows.contains { owners.contains($0.owner) } }
    }

    /// What counts at a moment. Holds run out and groups empty by themselves: until the next that does it stays as it is.
    func taken(at now: Instant, _ times: () -> TakenTimes) -> Taken {
        if let made = made.withLock({ $0 }), made.holds(at: now) { return made }
        let taken = Taken(times(), ignoring: [], at: now)
        made.withLock { $0 = taken }
        return taken
    }

    /// What searches look at, and when.
    struct Taken: Sendable {
        let times: BookedTimes
        private let from: Instant?
        private let until: Instant?

        init(_ rows: TakenTimes, ignoring ignored: Set<Int64>, at now: Instant) {
            let (standing, places) = rows.standing(ignoring: ignored, at: now)
            times = TakenTimes.times(standing, places)
            let ends = (rows.rows + rows.seats).compactMap(\.expiresAt)
            from = ends.filter { $0 <= now }.max()
            until = ends.filter { $0 > now }.min()
        }

        func holds(at now: Instant) -> Bool { (from.map { $0 <= now } ?? true) && (until.map { now < $0 } ?? true) }
    }
}

extension BookedTimes {
    fileprivate var bytes: Int {
        (visits.count + done.count) * MemoryLayout<BookedVisit>.stride
            + (stretches.spans.count + busy.spans.count) * MemoryLayout<TimeSpan>.stride
            + absences.count * MemoryLayout<Absence>.stride
    }
}

/// Which intervals changed, as the schema writes it down.
enum IntervalChanges {
    /// How far behind a version may be; rows are kept for longer.
    static let reach: Int64 = 300_000
    private static let kept: Int64 = 400_000

    struct Change: Sendable {
        let position: Int64
        let resource: Int64
        let week: Int64
    }

    /// `next`: what this snapshot does not see yet stands there or after. `last`: where the newest changes stand.
    ///
    /// One writer counts its changes; where several write at once, a change stands under its transaction's number.
    static func mark(in transaction: any Transaction) throws -> (next: Int64, last: Int64) {
        if transaction.engine.commitsInInsertionOrder {
            let newest = try transaction.value(newest, as: Int64?.self) ?? nil
            return ((newest ?? 0) + 1, (newest ?? 0) + 1)
        }
        guard let row = try transaction.row("SELECT \(SQL.lowestNumber), \(SQL.nextNumber)") else { return (0, 0) }
        return (try row.value(at: 0), try row.value(at: 1))
    }

    private static let newest: SQL = """
        SELECT max(position) FROM booking_interval_change WHERE tenant = \(.tenant)
        """

    static func since(_ position: Int64, in transaction: any Transaction) throws -> [Change] {
        // What a restored store brought along from another server may stand after all transactions of this one.
        let end: SQL = transaction.engine.commitsInInsertionOrder ? "" : " AND c.position < \(SQL.nextNumber)"
        return try transaction.rows(
            """
            SELECT c.position, c.resource, c.week FROM booking_interval_change c
            WHERE c.tenant = \(.tenant) AND c.position >= \(position)\(end)
            """
        ).map { Change(position: try $0.value(at: 0), resource: try $0.value(at: 1), week: try $0.value(at: 2)) }
    }

    /// Tidies away what every version has seen or does without. The number of rows.
    static func tidy(in transaction: any Transaction) throws -> Int {
        let newest: SQL = transaction.engine.commitsInInsertionOrder ? "(\(newest))" : SQL.ownNumber
        return try transaction.execute(
            """
            DELETE FROM booking_interval_change WHERE tenant = \(.tenant)
                AND (position < \(newest) - \(kept) OR position > \(newest))
            """)
    }
}
