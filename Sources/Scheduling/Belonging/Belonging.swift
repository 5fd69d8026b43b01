import Kernel
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

// Visits that belong to one another, once they are booked.
//
// The rules:
// - A visit type may link others, before or after it. A visit belongs to another of the same person when it is of the linked
//   type and lies as the link says, however it was booked; visits that were booked together stand in one chain.
// - A move within a chain that would break a link is refused and names the link, unless the caller says to go on.
// - What a practice has to move because somebody is away, and an earlier time that a waiting patient takes, goes on.
// - A visit that is booked as belonging to another joins its chain, and must keep to the link.

/// A link between two visits.
struct LinkBetween: Sendable, Equatable {
    /// Key of the type that names the link.
    let owner: String
    let rule: LinkedVisit

    /// For faults; pages have words of their own.
    func sentence(_ plan: SchedulePlan) -> String {
        let linked = plan.visitTypes[rule.visitType]?.names[.english] ?? rule.visitType
        let owner = plan.visitTypes[owner]?.names[.english] ?? owner
        var parts = ["\(Self.gap(rule)) \(rule.order.rawValue)"]
        if rule.sameDay { parts.append("on the same day") }
        if rule.sameLocation { parts.append("at the same place") }
        if rule.samePractitioner { parts.append("with the same practitioner") }
        return "“\(linked)” belongs to “\(owner)”: \(parts.joined(separator: ", "))."
    }

    private static func gap(_ rule: LinkedVisit) -> String {
        func said(_ minutes: Int) -> String {
            let gap = LinkGap(minutes)
            return "\(gap.count) \(gap.unit.rawValue)\(gap.count == 1 ? "" : "s")"
        }
        return rule.minGapMinutes == 0
            ? "up to \(said(rule.maxGapMinutes))" : "\(said(rule.minGapMinutes)) to \(said(rule.maxGapMinutes))"
    }
}

/// A stretch of time in the largest unit that says it exactly.
struct LinkGap: Equatable {
    enum Unit: String {
        case minute, hour, day
    }

    let unit: Unit
    let count: Int

    init(_ minutes: Int) {
        if minutes >= 1_440, minutes.isMultiple(of: 1_440) {
            (unit, count) = (.day, minutes / 1_440)
        } else if minutes >= 60, minutes.isMultiple(of: 60) {
            (unit, count) = (.hour, minutes / 60)
        } else {
            (unit, count) = (.minute, minutes)
        }
    }
}

extension OpenSlot {
    /// The time that a visit has.
    init?(_ place: Placement) {
        guard let local = CivilDateTime(iso: place.localStart) else { return nil }
        self.init(
            visitType: place.visitType, practitioner: place.practitioner, location: place.location, localStart: local,
            span: place.span)
    }
}

enum Belonging {
    /// The links between a visit at a time and other visits that would not hold.
    static func broken(_ slot: OpenSlot, _ others: [AppointmentRow], _ plan: SchedulePlan) -> [LinkBetween] {
        var broken: [LinkBetween] = []
        for other in others.compactMap({ OpenSlot($0.place) }) {
            for (owner, linked) in [(slot, other), (other, slot)] {
                let rules = rules(of: owner.visitType, to: linked.visitType, plan)
                guard let rule = rules.first, !rules.contains(where: { $0.holds(linked, owner) }) else { continue }
                let link = LinkBetween(owner: owner.visitType, rule: rule)
                if !broken.contains(link) { broken.append(link) }
            }
        }
        return broken
    }

    private static func rules(of owner: String, to linked: String, _ plan: SchedulePlan) -> [LinkedVisit] {
        (plan.visitTypes[owner]?.rules.linked ?? []).filter { $0.visitType == linked }
    }

    /// The links that a visit would break at another time, as far as the caller may see what it belongs to.
    static func broken(
        _ row: AppointmentRow, at slot: OpenSlot, _ plan: SchedulePlan, for caller: Caller,
        in transaction: any Transaction
    ) throws -> [LinkBetween] {
        broken(slot, try others(row, for: caller, in: transaction), plan)
    }

    /// The visits of the same person and chain that count.
    static func others(
        _ row: AppointmentRow, for caller: Caller, in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        guard let chain = try ChainStore.linked(row.id, in: transaction) else { return [] }
        return try AppointmentStore.chain(chain, for: caller, in: transaction).filter {
            $0.id != row.id && $0.patient == row.patient && ($0.status.holdsTime || $0.status == .fulfilled)
        }
    }

    static func fault(_ links: [LinkBetween], _ plan: SchedulePlan) -> Fault {
        Fault(
            .conflict, "slot.link-broken", links.map { $0.sentence(plan) }.joined(separator: " "),
            remedy: "Choose a time that keeps to it, or say that it is to be so anyway.")
    }

    /// Puts a visit that was just booked into the chain of the one it belongs to.
    static func join(
        _ answer: AppointmentAnswer, to anchor: AppointmentRow, of client: SchedulingDesk.Client, desk: SchedulingDesk,
        in context: CommandContext
    ) throws {
        guard client.set.members.contains(ID(raw: answer.patient)) else {
            throw Fault.invalid("joins", "A visit of another patient.")
        }
        guard anchor.status.holdsTime, let place = OpenSlot(anchor.place),
            let local = CivilDateTime(iso: answer.localStart)
        else {
            throw Fault(
                .conflict, "appointment.changed", "The visit that this one belongs to is not ahead any more.",
                remedy: "Look at it again.")
        }
        let slot = OpenSlot(
            visitType: answer.visitType, practitioner: answer.practitioner, location: answer.location,
            localStart: local, span: TimeSpan(start: answer.startsAt, end: answer.endsAt))
        let plan = try desk.plans.plan(of: context.caller.tenant)
        let rules = rules(of: place.visitType, to: slot.visitType, plan)
        guard let rule = rules.first else { throw Fault.invalid("joins", "Its type does not link this one.") }
        guard rules.contains(where: { $0.holds(slot, place) }) else {
            throw fault([LinkBetween(owner: place.visitType, rule: rule)], plan)
        }
        var chain = try ChainStore.linked(anchor.id, in: context.transaction)
        if chain == nil {
            // Of a series already: it belongs to it by its time alone.
            guard try ChainStore.chain(of: anchor.id, in: context.transaction) == nil else { return }
            let new: ID<Appointment> = context.newID()
            try ChainStore.insert(
                AppointmentAnswer(anchor), chain: new.raw, ordinal: 0, kind: "linked", in: context.transaction)
            chain = new.raw
        }
        guard let chain else { return }
        let count = try ChainStore.members(of: chain, in: context.transaction).count
        try ChainStore.insert(answer, chain: chain, ordinal: count, kind: "linked", in: context.transaction)
    }
}
