package import Kernel
import StudioAPI
import TimeZones

/// Finds the times that can be offered. Pure: the plan says what is open, the caller what is taken, and what time it is.
package struct SlotFinder: Sendable {
    package let plan: SchedulePlan

    package init(_ plan: SchedulePlan) {
        self.plan = plan
    }

    /// The days a search touches, cut to the type's horizon: nil when none is left.
    private func days(of request: SlotRequest, _ type: VisitTypeDefinition, now: Instant) -> ClosedRange<Int>? {
        // Each zone has its own today; a day either side covers them all, and each slot is checked in its own zone.
        let today = Int((now.microseconds / 1_000_000) / 86_400)
        let first = max(request.from.daysSinceEpoch, today - 1)
        let last = min(request.to.daysSinceEpoch, today + type.horizonDays + 1)
        return first <= last ? first...last : nil
    }

    /// The slots in order of local day, start and practitioner; at most `request.limit`.
    ///
    /// `busy` is what is taken, by practitioner key; `patient` what is taken of the patient's time. An unknown visit
    /// type has no slots.
    package func slots(
        for request: SlotRequest, busy: [String: BusyTimes], patient: BusyTimes = .none, now: Instant
    ) -> [OpenSlot] {
        guard let type = plan.visitTypes[request.visitType], let days = days(of: request, type, now: now),
            request.limit > 0
        else { return [] }
        let people = plan.people.indices.filter { index in
            let definition = plan.people[index].definition
            return definition.mayDo(type) && (request.practitioners?.contains(definition.key) ?? true)
        }
        let isPlace = plan.places.map { place in
            type.mayBe(at: place.definition.key)
                && (request.locations?.contains(place.definition.key) ?? true)
        }
        let taken = people.map { busy[plan.people[$0].definition.key] ?? .none }
        var search = Search(plan: plan, type: type, now: now, patient: patient)
        var found: [OpenSlot] = []
        var sessions: [DaySession] = []
        for day in days {
            search.begin(day)
            let before = found.count
            for (person, busy) in zip(people, taken) {
                plan.sessions(
                    of: plan.people[person], day: day, weekday: search.weekday, visitType: type.key, into: &sessions
                ) { isPlace[$0] }
                for session in sessions { search.slots(person: person, session, busy, into: &found) }
            }
            found[before...].sort {
                ($0.span.start, $0.practitioner, $0.location) < ($1.span.start, $1.practitioner, $1.location)
            }
            if found.count >= request.limit { return Array(found.prefix(request.limit)) }
        }
        return found
    }
}

extension SlotFinder {
    /// One search under way: the frames of the day it is at.
    private struct Search {
        let plan: SchedulePlan
        let type: VisitTypeDefinition
        let now: Instant
        let patient: BusyTimes
        let length: Int64
        let before: Int64
        let after: Int64
        let earliest: Int64
        /// The last day of the horizon, by zone.
        let lastDays: [Int]
        private(set) var day = 0
        private(set) var weekday = 0
        private var frames: [DayFrame?]

        init(plan: SchedulePlan, type: VisitTypeDefinition, now: Instant, patient: BusyTimes) {
            self.plan = plan
            self.type = type
            self.now = now
            self.patient = patient
            length = Int64(type.minutes) * DayFrame.minute
            before = Int64(type.bufferBefore) * DayFrame.minute
            after = Int64(type.bufferAfter) * DayFrame.minute
            earliest = now.microseconds + Int64(type.leadMinutes) * DayFrame.minute
            lastDays = plan.zones.map { $0.civil(at: now.microseconds).date.daysSinceEpoch + type.horizonDays }
            frames = Array(repeating: nil, count: plan.zones.count)
        }

        mutating func begin(_ day: Int) {
            self.day = day
            weekday = CivilDate(daysSinceEpoch: day).weekday - 1
            for index in frames.indices { frames[index] = nil }
        }

        private mutating func frame(_ zone: Int) -> DayFrame {
            if let frame = frames[zone] { return frame }
            let frame = DayFrame(zone: plan.zones[zone], date: CivilDate(daysSinceEpoch: day))
            frames[zone] = frame
            return frame
        }

        mutating func slots(person: Int, _ session: DaySession, _ busy: BusyTimes, into found: inout [OpenSlot]) {
            let place = plan.places[session.place]
            guard day <= lastDays[place.zoneIndex] else { return }
            let frame = frame(place.zoneIndex)
            let opens = frame.border(session.minutes.from)
            let closes = frame.border(session.minutes.to)
            guard closes - opens >= length, closes > earliest else { return }
            var next = busy.first(endingAfter: opens - before)
            let step = type.startEvery
            var minute = (session.minutes.from + step - 1) / step * step
            while minute < session.minutes.to {
                defer { minute += step }
                guard let start = frame.instant(minute), start >= max(opens, earliest) else { continue }
                if start + length > closes { return }
                while next < busy.spans.count, busy.spans[next].end <= start - before { next += 1 }
                if next < busy.spans.count, busy.spans[next].start < start + length + after {
                    // On to the first step that begins a buffer after the end of what is in the way.
                    let free = busy.spans[next].end + before - start
                    if frame.isPlain {
                        let minutes = Int((free + DayFrame.minute - 1) / DayFrame.minute)
                        minute += max(0, (minutes + step - 1) / step - 1) * step
                    }
                    continue
                }
                let span = TimeSpan(start: start, end: start + length)
                if patient.overlaps(span) { continue }
                found.append(
                    OpenSlot(
                        visitType: type.key, practitioner: plan.people[person].definition.key,
                        location: place.definition.key, localStart: frame.local(minute), span: span))
            }
        }
    }
}
