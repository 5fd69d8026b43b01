import Kernel
import Store
import Vault

/// Which topics somebody is told of: those of pages that their rights open. A right to nothing tells nothing.
///
/// `those(of:)` and `condition` are one rule, for a notice and for what is in the log.
struct LiveRights {
    private let patients: Bool
    private let needs: Bool
    private let days: Bool
    private let figures: Bool

    init(_ caller: Caller) {
        let may = { (rights: [Permission]) in !caller.permissions.isDisjoint(with: rights) }
        patients = may([.patientRead])
        needs = may([.needRead])
        days = may([.scheduleRead, .appointmentRead, Permission("bump.read")])
        figures = may([.dashboardRead])
    }

    func those(of topics: [String]) -> [String] {
        topics.filter { topic in
            switch topic.prefix(while: { $0 != "-" }) {
            case "patient": patients
            case "need", "conversation", "inbox": needs
            case "schedule", "appointment": days
            case "dashboard": figures
            default: false
            }
        }
    }

    /// Whether an event `e` has a topic that they are told of.
    var condition: SQL {
        // Every event changes figures.
        if figures { return "TRUE" }
        var ways: SQL = "FALSE"
        if patients { ways = ways + " OR e.patient IS NOT NULL" }
        if needs {
            ways =
                ways + " OR e.need IS NOT NULL OR e.kind LIKE 'message.%' OR e.kind LIKE 'need.%'"
                + " OR e.kind LIKE 'conversation.%'"
        }
        if days { ways = ways + " OR e.kind LIKE 'appointment.%' OR e.kind LIKE 'bump.%'" }
        return "(\(ways))"
    }
}
