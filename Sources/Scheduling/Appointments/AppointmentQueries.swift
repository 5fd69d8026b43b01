package import Kernel
import SchedulingAPI
import Spine
package import Store
package import TimeZones
package import Vault

/// One visit, for a caller who may see its patient. Absent and hidden look alike.
package struct ReadAppointment: Query {
    package static let permission = Permission.appointmentRead
    private let id: ID<Appointment>

    package init(_ id: ID<Appointment>) {
        self.id = id
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> AppointmentRow {
        try Self.open(id, transaction, access).row
    }

    /// The row with a grant for its patient. Who came when to which kind of visit is the patient's: the reading is on the
    /// trail.
    static func open(
        _ id: ID<Appointment>, _ transaction: any Transaction, _ access: Access
    ) throws -> (row: AppointmentRow, grant: Grant) {
        guard let row = try AppointmentStore.find(id, in: transaction) else {
            // As much work as for a hidden one.
            _ = try Policy.scopeRows(of: [ID(raw: 0)], for: access.caller, in: transaction)
            throw access.absent(Self.permission, "appointment")
        }
        let scope = try Policy.scopeRows(of: [row.patient], for: access.caller, in: transaction)[row.patient] ?? []
        do {
            let grant = try access.grant(
                Self.permission, for: PatientSet(row.patient), scope: scope, labels: row.place.labels)
            return (row, grant)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("appointment")
        }
    }
}

/// The visits of a local day at one place whose patients the caller may see, by start.
package struct ListDay: Query {
    package static let permission = Permission.appointmentRead
    /// More visits than a place has in a day.
    static let most = 2_000
    private let location: String
    private let date: CivilDate
    private let zone: Zone

    package init(location: String, date: CivilDate, zone: Zone) {
        self.location = location
        self.date = date
        self.zone = zone
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> [AppointmentRow] {
        let rows = try Self.rows(location, date, zone, access.caller, Self.permission, transaction)
        let patients = Set(rows.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        _ = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        return rows
    }

    static func rows(
        _ location: String, _ date: CivilDate, _ zone: Zone, _ caller: Caller, _ action: Permission,
        _ transaction: any Transaction
    ) throws -> [AppointmentRow] {
        try AppointmentStore.day(
            location: location, from: zone.startOfDay(date), to: zone.startOfDay(date.adding(days: 1)), for: caller,
            action, limit: most, in: transaction)
    }
}
