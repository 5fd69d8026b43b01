package import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

/// What somebody looks at.
package struct CapacityChoice: Sendable, Hashable {
    package var period: CapacityPeriod
    /// Keys; nil: all.
    package var location: String?
    package var practitioner: String?
    package var visitType: String?

    package init(
        period: CapacityPeriod = .past4, location: String? = nil, practitioner: String? = nil, visitType: String? = nil
    ) {
        self.period = period
        self.location = location
        self.practitioner = practitioner
        self.visitType = visitType
    }
}

/// Visits and sessions of the chosen weeks.
package struct ReadCapacity: Query {
    package static let permission = Permission.capacityRead

    package struct Answer: Sendable {
        package let days: Range<Int>
        package let visits: [CapacityVisit]
        package let sessions: [OfferedSession]
        package let plan: SchedulePlan
        /// There are more visits than are counted.
        package let isCut: Bool

        package var count: CapacityCount { CapacityCount(visits, sessions, plan) }
    }

    private let choice: CapacityChoice
    private let now: Instant
    private let desk: SchedulingDesk

    package init(_ choice: CapacityChoice, now: Instant, desk: SchedulingDesk) {
        self.choice = choice
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let today = try desk.today(of: access.caller.tenant, now: now)
        let days = choice.period.days(today: today)
        let places = plan.locations.map(\.key).filter { choice.location == nil || $0 == choice.location }
        let day: Int64 = 86_400_000_000
        let rows = try CapacityStore.visits(
            at: places, from: Int64(days.lowerBound - 1) * day, to: Int64(days.upperBound + 1) * day,
            plan.visitTypes, for: access.caller, in: transaction)
        var visits = rows.filter { days.contains($0.day) }
        if let practitioner = choice.practitioner { visits.removeAll { $0.practitioner != practitioner } }
        let people = choice.practitioner.map { [$0] } ?? plan.practitioners.map(\.key)
        let away = try BumpClaims.away(
            people, from: Int64(days.lowerBound - 1) * day, to: Int64(days.upperBound + 1) * day, in: transaction)
        var sessions = plan.offered(
            days: days, practitioner: choice.practitioner, location: choice.location, away: away)
        if let type = choice.visitType {
            visits.removeAll { $0.visitType != type }
            sessions.removeAll { !plan.allowed(in: $0).contains(type) }
        }
        return Answer(
            days: days, visits: visits, sessions: sessions, plan: plan, isCut: rows.count >= CapacityStore.most)
    }
}

/// Some of the visits that a figure is made of. Who came when to which kind of visit is the patient's: the reading is on
/// the trail.
package struct ListCapacityVisits: Query {
    package static let permission = Permission.capacityRead
    package static let most = 200

    /// Which of a figure's visits.
    package enum Part: String, CaseIterable, Sendable {
        case booked, kept, missed, late
    }

    package struct Answer: Sendable {
        package let visits: [CapacityVisit]
        package let total: Int
        /// What all of them, those that are not shown too, come to.
        package let attendance: Attendance
    }

    private let choice: CapacityChoice
    private let part: Part
    private let days: Range<Int>?
    private let now: Instant
    private let desk: SchedulingDesk

    /// `days`: of these of the period alone.
    package init(
        _ choice: CapacityChoice, _ part: Part, days: Range<Int>?, now: Instant, desk: SchedulingDesk
    ) {
        self.choice = choice
        self.part = part
        self.days = days
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let all = try ReadCapacity(choice, now: now, desk: desk).run(transaction, access).visits
        let found = all.filter { visit in
            guard days?.contains(visit.day) ?? true else { return false }
            return switch part {
            case .booked: visit.isBooked
            case .kept: visit.isKept
            case .missed: visit.isMissed
            case .late: visit.isCalledOffLate
            }
        }
        let shown = Array(found.prefix(Self.most))
        try access.noteLook(
            Self.permission, at: Set(try CapacityStore.patients(of: shown.map(\.id), in: transaction)), in: transaction)
        return Answer(
            visits: shown, total: found.count, attendance: found.reduce(into: Attendance()) { $0.add($1) })
    }
}

/// What can be had now, and what could be had on the days before.
package struct ReadAvailability: Query {
    package static let permission = Permission.capacityRead

    package struct Answer: Sendable {
        package let now: [NextAvailable]
        package let recorded: [RecordedAvailability]
        package let plan: SchedulePlan
    }

    private let now: Instant
    private let days: Int
    private let desk: SchedulingDesk

    /// `days`: how far back.
    package init(days: Int, now: Instant, desk: SchedulingDesk) {
        self.days = days
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let today = try desk.today(of: access.caller.tenant, now: now)
        return Answer(
            now: try desk.nextAvailable(plan, now: now, in: transaction),
            recorded: try CapacityStore.recorded(from: today.adding(days: -days), in: transaction), plan: plan)
    }
}

extension SchedulingDesk {
    /// The day it is in the organization's zone.
    func today(of tenant: ID<Tenant>, now: Instant) throws -> CivilDate {
        let name = try plans.configuration(of: tenant).organization?.value.zone ?? "Etc/UTC"
        return try plans.timeZones.zone(name).civil(at: now.microseconds).date
    }

    /// What everybody has, from a day before today to past the last horizon.
    func everything(_ plan: SchedulePlan, days: Int, now: Instant, in transaction: any Transaction) throws -> Bookings {
        let people = plan.practitioners, things = plan.resources
        let day: Int64 = 86_400_000_000
        let start = now.microseconds - 2 * day, end = now.microseconds + Int64(days + 3) * day
        let times = try TakenTimes.read(
            people.map { .practitioner($0.key) } + things.map { .thing($0.key) }, from: start, to: end, in: transaction)
        var bookings = times.bookings(plan, people: people, things: things, patient: nil, ignoring: [], at: now)
        try bookings.addDone(
            plan, Array(plan.visitTypes.values), of: people, from: start, to: end, at: now, in: transaction)
        return bookings
    }

    func nextAvailable(
        _ plan: SchedulePlan, now: Instant, in transaction: any Transaction
    ) throws -> [NextAvailable] {
        let horizon = plan.visitTypes.values.reduce(0) { max($0, $1.horizonDays) }
        let bookings = try everything(plan, days: horizon, now: now, in: transaction)
        return SlotFinder(plan).nextAvailable(bookings, now: now)
    }

    /// Records once a day how far ahead the next times are. The number of rows written.
    func recordAvailability(_ spine: Spine, _ tenant: ID<Tenant>) async throws -> Int {
        let now = spine.clock.now()
        let today = try today(of: tenant, now: now)
        let plan = try plans.plan(of: tenant)
        let rows = try await spine.database.read(tenant) { transaction -> [RecordedAvailability] in
            if try CapacityStore.isRecorded(today, in: transaction) { return [] }
            return try nextAvailable(plan, now: now, in: transaction).map { next in
                RecordedAvailability(
                    day: today, visitType: next.visitType, location: next.location, first: next.days(1),
                    third: next.days(3))
            }
        }
        if rows.isEmpty { return 0 }
        try await spine.database.write(tenant) { transaction in
            for row in rows { try CapacityStore.record(row, at: now, in: transaction) }
        }
        return rows.count
    }
}
