import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// Why a visit cannot be had at its time on several days, read at once; nil: it can.
struct AskSeries: Query {
    static let permission = Permission.appointmentRead
    let first: SlotFinder.Question
    /// In their order.
    let dates: [CivilDate]
    let patient: ID<Patient>
    let need: ID<Need>?
    /// One whose time counts as free.
    let holding: ID<SlotHold>?
    let now: Instant
    let desk: SchedulingDesk

    /// By the dates' order.
    func run(_ transaction: any Transaction, _ access: Access) throws -> [SlotRefusal?] {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        guard let type = plan.visitTypes[first.visitType] else { throw SlotFinder.unknown("visit_type") }
        guard let from = dates.first, let last = dates.last else { return [] }
        // What is further ahead is refused by the calendar alone, whoever has it.
        let horizon = CivilDate(daysSinceEpoch: Int(now.seconds / 86_400)).adding(days: type.horizonDays + 2)
        let reading = SlotReading(
            type: type, practitioners: [first.practitioner], from: from, to: max(from, min(last, horizon)),
            patient: patient, need: need, ignoring: Set(holding.map { [$0.raw] } ?? []))
        let (bookings, visitor) = try reading.read(desk, now, transaction, access)
        let finder = SlotFinder(plan)
        return try dates.map { date in
            let question = SlotFinder.Question(
                visitType: first.visitType, practitioner: first.practitioner, location: first.location,
                localStart: CivilDateTime(date: date, time: first.localStart.time))
            return try finder.whyNot(question, bookings, visitor: visitor, now: now)
        }
    }
}
