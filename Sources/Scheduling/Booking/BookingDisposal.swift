import Store
import Vault
import Web

/// What the tables of visits do when somebody is disposed of: visits, notices and holds go, and the time they took is
/// free again.
enum BookingDisposal {
    static let bookingTables = [
        TableRule(
            "booking_interval", .patient(column: "patient"),
            disposal: .deleteWhere { target in
                [
                    """
                    owner IN (SELECT h.id FROM slot_hold h
                        WHERE h.tenant = \(.tenant) AND h.patient IN \(list: target.patients))
                    """,
                    // Their own time, whoever holds it. No index: this is done once in a person's life.
                    "patient IN \(list: target.patients)",
                ]
            }),
        TableRule("slot_hold", .patient(column: "patient")),
    ]

    static let appointmentTables = [
        TableRule(
            "appointment", .patient(column: "patient"), sealed: .rows(AppointmentNote.sealKind),
            disposal: .scrub { target, transaction in
                let freed = try transaction.execute(
                    """
                    DELETE FROM booking_interval WHERE tenant = \(.tenant) AND owner IN (SELECT a.id FROM appointment a
                        WHERE a.tenant = \(.tenant) AND a.patient IN \(list: target.patients))
                    """)
                let gone = try transaction.execute(
                    "DELETE FROM appointment WHERE tenant = \(.tenant) AND patient IN \(list: target.patients)")
                return freed + gone
            })
    ]

    static let noticeTables = [
        TableRule(
            "appointment_notice", .patient(column: "patient"),
            disposal: .deleteWhere { target in
                [
                    """
                    appointment IN (SELECT a.id FROM appointment a
                        WHERE a.tenant = \(.tenant) AND a.patient IN \(list: target.patients))
                    """
                ]
            })
    ]
}
