import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// What the queues of some visits look at, read together: numbers, other times that are taken, past days.
struct QueueReading {
    let marks: [ID<Appointment>: QueueMark]
    private let queues: [String: PractitionerQueue]

    /// - Parameter rows: the visits of a day, of any number of practitioners.
    /// - Parameter everybody: past days are counted as they were, and not only as far as the caller sees their patients.
    init(
        _ rows: [AppointmentRow], from start: Int64, to end: Int64, zone: Zone, now: Instant, desk: SchedulingDesk,
        for caller: Caller, _ action: Permission, everybody: Bool = false, in transaction: any Transaction
    ) throws {
        let marks = try QueueStore.marks(of: rows.map(\.id), in: transaction)
        self.marks = marks
        let practitioners = Set(rows.map(\.place.practitioner)).sorted()
        let past = try QueueStore.past(
            of: practitioners, from: start - Int64(PastDays.days) * 86_400_000_000, to: start, for: caller, action,
            everybody: everybody, in: transaction)
        let keys = Dictionary(
            practitioners.map { (BookableResource.practitioner($0).key, $0) }, uniquingKeysWith: { first, _ in first })
        let taken = Dictionary(
            grouping: try IntervalStore.taken(keys.keys.sorted(), from: start, to: end, at: now, in: transaction),
            by: \.resource)
        let groups = try desk.plans.configuration(of: caller.tenant).groupTypes
        let byPractitioner = Dictionary(grouping: rows, by: \.place.practitioner)
        var queues: [String: PractitionerQueue] = [:]
        for (practitioner, visits) in byPractitioner {
            let mine = taken[BookableResource.practitioner(practitioner).key] ?? []
            queues[practitioner] = PractitionerQueue(
                visits, marks: marks, taken: mine, history: QueueHistory(past[practitioner] ?? []), groups: groups,
                now: now)
        }
        self.queues = queues
    }

    func start(of row: AppointmentRow) -> ExpectedStart? { queues[row.place.practitioner]?.starts[row.id] }
    func late(_ row: AppointmentRow) -> Int { queues[row.place.practitioner]?.late(row) ?? 0 }

    /// 1: the next; nil: they do not wait any more.
    func position(of row: AppointmentRow) -> Int? {
        queues[row.place.practitioner]?.order.firstIndex(of: row.id).map { $0 + 1 }
    }

    /// The delay of who is next with a practitioner, in minutes.
    func late(practitioner: String, rows: [AppointmentRow]) -> Int {
        guard let queue = queues[practitioner], let next = queue.order.first,
            let row = rows.first(where: { $0.id == next })
        else { return 0 }
        return queue.late(row)
    }
}

/// The day of a place as the people at its desk see it: one query for the visits, one grant for exactly the rows shown.
struct ReadArrivals: Query {
    static let permission = Permission.scheduleRead

    struct Board: Sendable {
        let rows: [AppointmentRow]
        let names: [ID<Patient>: String]
        let marks: [ID<Appointment>: QueueMark]
        let starts: [ID<Appointment>: ExpectedStart]
        let late: [ID<Appointment>: Int]
        let told: [ID<Appointment>: DelayTold]
        /// Minutes by which the next visit of each practitioner is late.
        let behind: [String: Int]
    }

    let location: String
    let date: CivilDate
    let zone: Zone
    let now: Instant
    /// The screen of a waiting room names nobody: no name is opened for it.
    var withNames = true
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Board {
        let caller = access.caller
        let rows = try ListDay.rows(location, date, zone, caller, Self.permission, transaction)
            .filter { $0.status != .cancelled && $0.status != .pending }
        let start = zone.startOfDay(date), end = zone.startOfDay(date.adding(days: 1))
        let reading = try QueueReading(
            rows, from: start, to: end, zone: zone, now: now, desk: desk, for: caller, Self.permission,
            in: transaction)
        var names: [ID<Patient>: String] = [:]
        if withNames {
            let patients = Set(rows.map(\.patient)).sorted()
            let scopes = try Policy.scopeRows(of: patients, for: caller, in: transaction)
            let grant = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
            names = try desk.directory.names(of: patients, grant: grant, in: transaction)
        }
        let told = try QueueStore.told(rows.map(\.id), in: transaction)
        var starts: [ID<Appointment>: ExpectedStart] = [:], late: [ID<Appointment>: Int] = [:]
        for row in rows {
            starts[row.id] = reading.start(of: row)
            late[row.id] = reading.late(row)
        }
        let behind = Dictionary(
            Set(rows.map(\.place.practitioner)).map { ($0, reading.late(practitioner: $0, rows: rows)) },
            uniquingKeysWith: max)
        return Board(
            rows: rows, names: names, marks: reading.marks, starts: starts, late: late, told: told, behind: behind)
    }
}
