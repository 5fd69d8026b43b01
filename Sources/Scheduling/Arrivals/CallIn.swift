package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
package import Vault

/// Calls a patient in who has checked in. Twice is once.
package struct CallIn: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let desk: SchedulingDesk

    package init(_ id: ID<Appointment>, desk: SchedulingDesk) {
        self.id = id
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        let (row, _) = try AppointmentChange.row(id, desk: desk, in: context)
        switch row.status {
        case .pending: throw AppointmentRefusal.awaitsAnswer.fault
        case .booked, .noshow: throw AppointmentRefusal.notArrived.fault
        case .fulfilled: throw AppointmentRefusal.completed.fault
        case .cancelled: throw AppointmentRefusal.cancelled.fault
        case .arrived: break
        }
        // Somebody who checked in before there were numbers has none yet.
        try QueueStore.enter(row, in: context.transaction)
        if try QueueStore.call(id, at: context.now, in: context.transaction) {
            context.emit(.appointment(.called, id: row.id, patient: row.patient, need: row.need, row.place))
        }
        return AppointmentAnswer(row)
    }
}
