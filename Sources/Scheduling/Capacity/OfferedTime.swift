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
    package func offered(
        days range: Range<Int>, practitioner: String? = nil, location: String? = nil
    ) -> [OfferedSession] {
        var found: [OfferedSession] = []
        let tables = range.map { days.table($0, of: self) }
        for (index, person) in people.enumerated() {
            if let practitioner, person.definition.key != practitioner { continue }
            for table in tables {
                for piece in table.pieces(of: index) {
                    let place = places[piece.place]
                    if let location, place.definition.key != location { continue }
                    let frame = table.frames[place.zoneIndex]
                    let session = person.sessions[piece.session]
                    let begins = frame.border(session.minutes.from)
                    found.append(
                        OfferedSession(
                            practitioner: person.definition.key, location: place.definition.key, day: table.day,
                            from: piece.minutes.from, to: piece.minutes.to, span: frame.border(piece.minutes),
                            visitTypes: session.visitTypes,
                            releasedAt: session.visitTypes.isEmpty ? nil : session.release.map { begins - $0 }))
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
