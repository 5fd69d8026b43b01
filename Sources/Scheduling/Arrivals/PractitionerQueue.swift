import Kernel
import PeopleAPI
import SchedulingAPI
import StudioAPI
import TimeZones
import Vault

/// One practitioner's visits of a day in the order in which they are seen, with when each will probably begin.
struct PractitionerQueue: Sendable {
    /// Those who wait, in their order.
    let order: [ID<Appointment>]
    let starts: [ID<Appointment>: ExpectedStart]

    /// - Parameters:
    ///   - rows: the visits that are known; a group that meets is one visit of all its patients.
    ///   - taken: what else the practitioner has, of which nothing is known but the time.
    init(
        _ rows: [AppointmentRow], marks: [ID<Appointment>: QueueMark], taken: [TakenInterval], history: QueueHistory,
        groups: Set<String>, now: Instant
    ) {
        // Patients of one group begin together.
        var first: [String: ID<Appointment>] = [:]
        var visits: [QueuedVisit] = []
        var together: [ID<Appointment>: [ID<Appointment>]] = [:]
        for row in rows where row.status.holdsTime || row.calledOrDone(marks) {
            let visit = QueuedVisit(
                id: row.id.raw, planned: row.place.span, arrivedAt: row.arrivedAt, calledAt: marks[row.id]?.calledAt,
                isOver: !row.status.holdsTime)
            guard visit.isWaiting, groups.contains(row.place.visitType) else {
                visits.append(visit)
                continue
            }
            let group = "\(row.place.visitType) \(row.place.span.start)"
            if let known = first[group] {
                together[known, default: []].append(row.id)
            } else {
                first[group] = row.id
                visits.append(visit)
            }
        }
        visits += Self.unknown(taken, besides: rows, now: now)
        let known = Set(rows.map(\.id))
        order = QueueForecast.order(visits).flatMap { visit -> [ID<Appointment>] in
            let id = ID<Appointment>(raw: visit.id)
            return known.contains(id) ? [id] + (together[id] ?? []) : []
        }
        var starts: [ID<Appointment>: ExpectedStart] = [:]
        for (raw, start) in QueueForecast(history, now: now).starts(of: visits) {
            let id = ID<Appointment>(raw: raw)
            guard known.contains(id) else { continue }
            for member in [id] + (together[id] ?? []) { starts[member] = start }
        }
        self.starts = starts
    }

    /// What is known of by its time alone: it goes as planned.
    private static func unknown(
        _ taken: [TakenInterval], besides rows: [AppointmentRow], now: Instant
    ) -> [QueuedVisit] {
        var spans: [Int64: TimeSpan] = [:]
        let known = Set(rows.map(\.id.raw))
        let times = rows.map(\.place.span)
        for interval in taken
        where interval.expiresAt == nil && !known.contains(interval.owner)
            && !(interval.owner < 0 && times.contains { $0.overlaps(interval.span) })
        {
            let had = spans[interval.owner] ?? interval.span
            spans[interval.owner] = TimeSpan(
                start: min(had.start, interval.span.start), end: max(had.end, interval.span.end))
        }
        return spans.map { owner, span in
            let start = Instant(microseconds: span.start)
            return QueuedVisit(
                id: owner, planned: span, arrivedAt: start, calledAt: start <= now ? start : nil,
                isOver: span.end <= now.microseconds)
        }
    }

    /// Minutes by which a visit will probably begin after its time; 0: in time.
    func late(_ row: AppointmentRow) -> Int {
        guard let start = starts[row.id] else { return 0 }
        return max(0, Int((start.median.microseconds - row.place.span.start) / 60_000_000))
    }
}

extension AppointmentRow {
    fileprivate func calledOrDone(_ marks: [ID<Appointment>: QueueMark]) -> Bool {
        marks[id]?.calledAt != nil || status == .fulfilled
    }
}

extension Configuration {
    /// The visit types to which several come at once.
    var groupTypes: Set<String> {
        Set(visitTypes.values.filter { $0.value.rules.groupSize > 1 }.map(\.key))
    }
}
