package import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

/// Where a visit of today stands in its practitioner's queue, for its patient: how many are before them and when it will
/// probably begin. Nothing is told of anybody else but their number.
package struct QueueStanding: Query {
    package static let permission = Permission.appointmentRead

    package enum Stage: String, Sendable {
        /// Not checked in yet.
        case expected
        /// Checked in and not called in.
        case waiting
        /// Called in.
        case called
        /// Completed, missed, called off, still to be answered for, or not today.
        case none
    }

    package struct Standing: Sendable, Equatable {
        package let stage: Stage
        /// 1: the next. Nil: they do not wait.
        package let position: Int?
        /// What they are called by; nil until they have checked in.
        package let number: String?
        /// Nil: they do not wait.
        package let expected: ExpectedStart?
        package let agreed: Instant
    }

    private let id: ID<Appointment>
    private let now: Instant
    private let desk: SchedulingDesk

    package init(_ id: ID<Appointment>, now: Instant, desk: SchedulingDesk) {
        self.id = id
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Standing {
        let (row, _) = try ReadAppointment.open(id, transaction, access)
        return try Self.read(row, now: now, desk: desk, for: access.caller, in: transaction)
    }

    /// For somebody who may read the visit.
    static func read(
        _ row: AppointmentRow, now: Instant, desk: SchedulingDesk, for caller: Caller, in transaction: any Transaction
    ) throws -> Standing {
        let zone = try desk.plans.timeZones.zone(row.place.zone)
        let agreed = Instant(microseconds: row.place.span.start)
        let date = zone.civil(at: row.place.span.start).date
        guard row.status == .booked || row.status == .arrived, date == zone.civil(at: now.microseconds).date else {
            return Standing(stage: .none, position: nil, number: nil, expected: nil, agreed: agreed)
        }
        let start = zone.startOfDay(date), end = zone.startOfDay(date.adding(days: 1))
        // Whoever else is before them counts, seen or not: only how many they are is told.
        let rows = try QueueStore.visits(
            of: row.place.practitioner, at: row.place.location, from: start, to: end, for: caller,
            permission, everybody: true, limit: ListDay.most, in: transaction)
        let reading = try QueueReading(
            rows.filter { $0.status != .cancelled && $0.status != .pending }, from: start, to: end, zone: zone,
            now: now, desk: desk, for: caller, permission, everybody: true, in: transaction)
        let mark = reading.marks[row.id]
        let stage: Stage = mark?.calledAt != nil ? .called : row.status == .arrived ? .waiting : .expected
        return Standing(
            stage: stage, position: reading.position(of: row), number: mark?.number,
            expected: reading.start(of: row), agreed: agreed)
    }
}
