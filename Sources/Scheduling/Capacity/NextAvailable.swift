package import Kernel
import StudioAPI
package import TimeZones

/// The next times of a visit type at a place, as a patient of whom nothing is known would be offered them.
package struct NextAvailable: Sendable, Hashable {
    package let visitType: String
    package let location: String
    /// The first three; times of one practitioner that overlap count once.
    package let times: [OpenSlot]
    /// Today at the place.
    package let today: CivilDate

    /// Days from today; nil: not within the type's horizon.
    package func days(_ number: Int) -> Int? {
        times.count < number ? nil : today.days(until: times[number - 1].localStart.date)
    }
}

extension SlotFinder {
    /// For each visit type and each place where somebody may do it. `bookings` has everybody.
    package func nextAvailable(_ bookings: Bookings, now: Instant) -> [NextAvailable] {
        plan.visitTypes.values.sorted { $0.key < $1.key }.flatMap { type in
            plan.places.indices.compactMap { place in next(type, at: place, bookings, now) }
        }
    }

    private func next(
        _ type: VisitTypeDefinition, at place: Int, _ bookings: Bookings, _ now: Instant
    ) -> NextAvailable? {
        let definition = plan.places[place].definition
        guard type.mayBe(at: definition.key),
            plan.people.contains(where: { person in
                person.definition.mayDo(type) && person.sessions.contains { $0.place == place }
            })
        else { return nil }
        let today = plan.places[place].zone.civil(at: now.microseconds).date
        let request = SlotRequest(
            visitType: type.key, from: today, to: today.adding(days: type.horizonDays), locations: [definition.key])
        var times: [OpenSlot] = []
        search(request, bookings, .unknown, now) { day in
            for slot in day where times.count < 3 {
                let overlaps = times.contains { $0.practitioner == slot.practitioner && $0.span.overlaps(slot.span) }
                if !overlaps { times.append(slot) }
            }
            return times.count < 3 ? .on : .end
        }
        return NextAvailable(visitType: type.key, location: definition.key, times: times, today: today)
    }
}

/// What was available on one day, as it was recorded then.
package struct RecordedAvailability: Sendable, Hashable {
    package let day: CivilDate
    package let visitType: String
    package let location: String
    /// Days from that day; nil: nothing within the horizon.
    package let first: Int?
    package let third: Int?

    package init(day: CivilDate, visitType: String, location: String, first: Int?, third: Int?) {
        self.day = day
        self.visitType = visitType
        self.location = location
        self.first = first
        self.third = third
    }
}
