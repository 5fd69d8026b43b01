import Kernel
import Store
import StudioAPI
import TimeZones

/// A visit that is completed. Its time is free again; limits of its day count it.
struct DoneVisit: Sendable {
    let practitioner: String
    let visitType: String
    let location: String
    let span: TimeSpan
}

extension Bookings {
    /// Adds the completed visits of today and tomorrow, where visits of these types with these practitioners have a
    /// limit of a day.
    ///
    /// To be called after what is taken has been read: of a visit that is completed in between both are seen then, and
    /// never neither.
    mutating func addDone(
        _ plan: SchedulePlan, _ types: [VisitTypeDefinition], of practitioners: [PractitionerDefinition],
        from start: Int64, to end: Int64, at now: Instant, in transaction: any Transaction
    ) throws {
        guard
            types.contains(where: { $0.rules.limits != DailyLimits() })
                || practitioners.contains(where: { $0.dailyLimit != nil }),
            let near = plan.todayAndTomorrow(at: now)
        else { return }
        // No earlier day can be booked, and nobody completes a visit days before it begins.
        let from = max(start, near.start), to = min(end, near.end)
        guard from < to else { return }
        let visits = try AppointmentStore.done(
            with: practitioners.map(\.key), at: plan.locations.map(\.key), from: from, to: to, in: transaction)
        add(visits, plan)
    }

    /// A group counts once, and not at all while it stands in the practitioner's visits.
    private mutating func add(_ visits: [DoneVisit], _ plan: SchedulePlan) {
        var groups: Set<Int64> = []
        for visit in visits {
            let done = BookedVisit(
                span: visit.span, place: StableKey.place(visit.location),
                visitType: StableKey.visitType(visit.visitType))
            if let type = plan.visitTypes[visit.visitType], type.rules.groupSize > 1 {
                let group = BookableResource.group(
                    practitioner: visit.practitioner, visitType: visit.visitType, location: visit.location,
                    start: visit.span.start)
                let stands = people[visit.practitioner]?.visits.contains { other in
                    other.seats != nil && other.start == done.start && other.place == done.place
                        && other.visitType == done.visitType
                }
                guard groups.insert(group.key).inserted, stands != true else { continue }
            }
            people[visit.practitioner, default: BookedTimes.none].done.append(done)
        }
    }
}

extension BookedTimes {
    /// With the completed visits that an earlier reading of the same days has and this one did not ask for.
    func keepingDone(of earlier: BookedTimes) -> BookedTimes {
        var times = self
        if times.done.isEmpty { times.done = earlier.done }
        return times
    }
}

extension SchedulePlan {
    /// From the first moment of today to the last of tomorrow, by the clocks of all places. Nil: there are none.
    fileprivate func todayAndTomorrow(at now: Instant) -> TimeSpan? {
        let today = zones.map { $0.civil(at: now.microseconds).date }
        guard let first = today.min(), let last = today.max(),
            let start = zones.map({ $0.startOfDay(first) }).min(),
            let end = zones.map({ $0.startOfDay(last.adding(days: 2)) }).max()
        else { return nil }
        return TimeSpan(start: start, end: end)
    }
}
