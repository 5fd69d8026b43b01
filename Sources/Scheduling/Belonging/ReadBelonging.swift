import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// What a visit's page shows of the visits that it belongs with, as far as the reader may see them.
struct BelongingRead: Sendable {
    /// A link of the visit's type, with the visit that lies as it says, when there is one.
    struct Link: Sendable {
        let rule: LinkedVisit
        let visit: AppointmentRow?
    }

    let links: [Link]
    /// The visits whose types link this one, to which it lies as they say.
    let owners: [AppointmentRow]
    /// What was booked together with it, this one left out.
    let chain: [AppointmentRow]
    let broken: [LinkBetween]

    var isEmpty: Bool { links.isEmpty && owners.isEmpty && chain.isEmpty }

    /// The reader has been granted the visit itself; other people's visits of its chain are granted here.
    init(
        _ row: AppointmentRow, _ desk: SchedulingDesk, _ transaction: any Transaction, _ access: Access
    ) throws {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let near = try Self.near(row, plan, desk, transaction, access)
        let number = try ChainStore.chain(of: row.id, in: transaction)
        let chain = try number.map { try AppointmentStore.chain($0, for: access.caller, in: transaction) } ?? []
        self.chain = chain.filter { $0.id != row.id }
        let patients = Set((near + self.chain).map(\.patient)).subtracting([row.patient]).sorted()
        if !patients.isEmpty {
            let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
            _ = try access.grant(ReadAppointment.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        }
        (links, owners) = Self.pairs(row, near, plan)
        let isAhead = row.status.holdsTime
        broken =
            isAhead
            ? try OpenSlot(row.place).map {
                try Belonging.broken(row, at: $0, plan, for: access.caller, in: transaction)
            } ?? [] : []
    }

    /// The same for who has the link to the visit: its own links alone.
    static func links(
        _ row: AppointmentRow, _ desk: SchedulingDesk, _ transaction: any Transaction, _ access: Access
    ) throws -> [Link] {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        return pairs(row, try near(row, plan, desk, transaction, access), plan).links
    }

    /// The person's visits that may belong to this one, or the other way round.
    private static func near(
        _ row: AppointmentRow, _ plan: SchedulePlan, _ desk: SchedulingDesk, _ transaction: any Transaction,
        _ access: Access
    ) throws -> [AppointmentRow] {
        let type = row.place.visitType
        let own = plan.visitTypes[type]?.rules.linked ?? []
        let naming = plan.visitTypes.values.filter { $0.rules.linked.contains { $0.visitType == type } }
        let gaps = (own + naming.flatMap(\.rules.linked)).map(\.maxGapMinutes)
        guard let longest = gaps.max() else { return [] }
        // A day more: as long as the longest visit.
        let reach = Int64(longest + 1_440) * DayFrame.minute
        let set = try desk.directory.set(of: row.patient, in: transaction)
        return try AppointmentStore.near(
            set.members, types: Set(own.map(\.visitType) + naming.map(\.key)).sorted(),
            from: row.place.span.start - reach, to: row.place.span.end + reach, for: access.caller, in: transaction
        ).filter { $0.id != row.id }
    }

    private static func pairs(
        _ row: AppointmentRow, _ near: [AppointmentRow], _ plan: SchedulePlan
    ) -> (links: [Link], owners: [AppointmentRow]) {
        let rules = plan.visitTypes[row.place.visitType]?.rules.linked ?? []
        guard let slot = OpenSlot(row.place) else { return (rules.map { Link(rule: $0, visit: nil) }, []) }
        let links = rules.map { rule in
            Link(
                rule: rule,
                visit: near.first { other in
                    other.place.visitType == rule.visitType
                        && OpenSlot(other.place).map { rule.holds($0, slot) } ?? false
                })
        }
        let owners = near.filter { other in
            guard let owner = OpenSlot(other.place) else { return false }
            return plan.visitTypes[owner.visitType]?.rules.linked.contains {
                $0.visitType == slot.visitType && $0.holds(slot, owner)
            } ?? false
        }
        return (links, owners)
    }
}

/// The links between visits that a time would break, for who is about to move one.
struct AskBrokenLinks: Query {
    static let permission = Permission.appointmentRead
    let visit: ID<Appointment>
    let slots: [OpenSlot]
    let desk: SchedulingDesk

    /// By the slots' order.
    func run(_ transaction: any Transaction, _ access: Access) throws -> [[LinkBetween]] {
        let (row, _) = try ReadAppointment.open(visit, transaction, access)
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let others = try Belonging.others(row, for: access.caller, in: transaction)
        return slots.map { Belonging.broken($0, others, plan) }
    }
}
