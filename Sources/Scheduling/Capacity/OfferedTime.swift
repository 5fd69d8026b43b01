import StudioAPI
import TimeZones

/// A stretch in which somebody sees patients on one day.
package struct OfferedSession: Hashable, Sendable {
    package let practitioner: String
    package let location: String
    package let day: Int
    /// Minutes of the local day.
    package let from: Int
    package let to: Int
    package let span: TimeSpan
    /// The types it is kept for; empty: none, all may be put here.
    package let visitTypes: Set<String>
    /// When it was, or will be, opened to all; nil: never, or it always was.
    package let releasedAt: Int64?

    package var minutes: Int { Int((span.end - span.start) / DayFrame.minute) }

    package func contains(_ visit: CapacityVisit) -> Bool {
        visit.practitioner == practitioner && visit.location == location && span.start <= visit.span.start
            && visit.span.start < span.end
    }
}

extension SchedulePlan {
    /// The sessions of some days, by practitioner, day and time; of one practitioner or one place when named.
    ///
    /// `away`: when practitioners are away besides what is published, by key.
    package func offered(
        days range: Range<Int>, practitioner: String? = nil, location: String? = nil, away: [String: BusyTimes] = [:]
    ) -> [OfferedSession] {
        var found: [OfferedSession] = []
        let tables = range.map { days.table($0, of: self) }
        for (index, person) in people.enumerated() {
            if let practitioner, person.definition.key != practitioner { continue }
            let gone = away[person.definition.key] ?? BusyTimes.none
            for table in tables {
                for piece in table.pieces(of: index) {
                    let place = places[piece.place]
                    if let location, place.definition.key != location { continue }
                    let frame = table.frames[place.zoneIndex]
                    let session = person.sessions[piece.session]
                    let begins = frame.border(session.minutes.from)
                    found += frame.rest(of: piece.minutes, without: gone).map { rest in
                        OfferedSession(
                            practitioner: person.definition.key, location: place.definition.key, day: table.day,
                            from: rest.minutes.from, to: rest.minutes.to, span: rest.span,
                            visitTypes: session.visitTypes,
                            releasedAt: session.visitTypes.isEmpty ? nil : session.release.map { begins - $0 })
                    }
                }
            }
        }
        return found
    }

    /// The time that a visit takes of its practitioner: minutes with the buffers its type has now.
    package func minutesTaken(by visit: CapacityVisit) -> Int {
        let type = visitTypes[visit.visitType]
        return visit.minutes + (type?.bufferBefore ?? 0) + (type?.bufferAfter ?? 0)
    }

    /// The types that may be put into a session before it is released.
    func allowed(in session: OfferedSession) -> [String] {
        guard let person = practitioner(session.practitioner) else { return [] }
        return visitTypes.values.filter { type in
            (session.visitTypes.isEmpty || session.visitTypes.contains(type.key)) && type.mayBe(at: session.location)
                && person.mayDo(type)
        }.map(\.key)
    }
}

extension DayFrame {
    /// What is left of some minutes of the day, and when that is, without the times at which somebody is away.
    func rest(
        of minutes: SchedulePlan.Minutes, without away: BusyTimes
    ) -> [(minutes: SchedulePlan.Minutes, span: TimeSpan)] {
        let whole = border(minutes)
        var index = away.first(endingAfter: whole.start)
        guard index < away.spans.count, away.spans[index].start < whole.end else { return [(minutes, whole)] }
        var rest: [(minutes: SchedulePlan.Minutes, span: TimeSpan)] = []
        func add(_ from: Int64, _ to: Int64) {
            guard from < to else { return }
            let first = from == whole.start ? minutes.from : minute(at: from)
            let last = to == whole.end ? minutes.to : minute(at: to)
            rest.append((SchedulePlan.Minutes(from: first, to: last), TimeSpan(start: from, end: to)))
        }
        var from = whole.start
        while index < away.spans.count, away.spans[index].start < whole.end {
            add(from, away.spans[index].start)
            from = max(from, away.spans[index].end)
            index += 1
        }
        add(from, whole.end)
        return rest
    }

    private func minute(at instant: Int64) -> Int {
        isPlain ? Int((instant - start) / Self.minute) : zone.civil(at: instant).time.minutesOfDay
    }
}
