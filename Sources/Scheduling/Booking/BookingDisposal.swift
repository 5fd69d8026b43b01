import Store
import Vault
import Web

/// What the tables of visits do when somebody is disposed of: visits, notices and holds go, and the time they took is
/// free again.
enum BookingDisposal {
    // A group's own time names nobody: it is free as soon as nobody has a place in the group.
    static let bookingTables = [
        TableRule(
            "booking_interval", .patient(column: "patient"),
            export: .notExported(reason: "the time that a visit or a hold takes; it goes out with them"),
            merge: .follows,
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
        TableRule(
            "booking_interval_change", .none(reason: "of what time something changed; rows of patients write none")),
        TableRule("slot_hold", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
    ]

    static let appointmentTables = [
        TableRule(
            "appointment", .patient(column: "patient"), sealed: .rows(AppointmentNote.sealKind),
            export: .rows(.visits, opening: AppointmentNote.self), merge: .follows,
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
            "appointment_notice", .patient(column: "patient"), export: .plain(.visits), merge: .follows,
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
