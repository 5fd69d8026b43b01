package import Kernel
import StudioAPI
package import TimeZones

extension SlotFinder {
    /// Why a visit type is not offered at a minute, whoever might do it and wherever; nil: somebody can. `practitioners`,
    /// `locations`: of these alone.
    ///
    /// Of all refusals the one that is furthest down the list of rules: who is busy was nearer to it than who is away.
    /// Says the same as `whyNot` of everybody everywhere, to which a property test holds it. Throws `schedule.unknown`
    /// for a visit type that does not exist.
    package func whyNobody(
        _ visitType: String, at localStart: CivilDateTime, practitioners: Set<String>? = nil,
        locations: Set<String>? = nil, _ bookings: Bookings, visitor: SlotVisitor = .unknown, now: Instant
    ) throws(Fault) -> SlotRefusal? {
        guard let type = plan.visitTypes[visitType] else { throw Self.unknown("visit_type") }
        let date = localStart.date
        let frames = plan.days.table(date.daysSinceEpoch, of: plan).frames
        let places = plan.places.indices.filter { place in
            locations?.contains(plan.places[place].definition.key) ?? true
        }
        let strange = places.map { ofStranger(at: $0, localStart, type, frames) }
        let isSomewhere = places.contains { type.mayBe(at: plan.places[$0].definition.key) }
        var judge = SlotJudge(plan: plan, type: type, visitor: visitor, bookings: bookings)
        var nearest = SlotRefusal.practitionerNotAllowed
        func note(_ refusal: SlotRefusal) { if refusal.rank > nearest.rank { nearest = refusal } }
        var works = [Bool](repeating: false, count: plan.places.count)
        for definition in plan.practitioners(for: type) where practitioners?.contains(definition.key) ?? true {
            guard let index = plan.personIndex[definition.key], !places.isEmpty else { continue }
            if let refusal = visitor.refusal(type) ?? visitor.refusal(definition)
                ?? visitor.refusal(type, definition, on: date)
            {
                note(isSomewhere ? refusal : .locationNotAllowed)
                continue
            }
            let sessions = plan.people[index].sessions
            for session in sessions { works[session.place] = true }
            defer { for session in sessions { works[session.place] = false } }
            for (place, stranger) in zip(places, strange) {
                guard works[place], stranger != .locationNotAllowed else {
                    note(stranger)
                    continue
                }
                switch candidate(index, at: place, localStart, type, visitor, frames, now) {
                case .failure(let refusal): note(refusal)
                case .success(let candidate):
                    switch judge.judge(candidate, bookings.people[definition.key] ?? .none) {
                    case .success: return nil
                    case .failure(let refusal): note(refusal)
                    }
                }
            }
        }
        return nearest
    }

    /// What is said of somebody at a place where they never see patients.
    private func ofStranger(
        at index: Int, _ localStart: CivilDateTime, _ type: VisitTypeDefinition, _ frames: [DayFrame]
    ) -> SlotRefusal {
        let place = plan.places[index]
        let minute = localStart.time.minutesOfDay
        guard type.mayBe(at: place.definition.key) else { return .locationNotAllowed }
        guard localStart.time.second == 0 else { return .offStep }
        guard frames[place.zoneIndex].instant(minute) != nil else { return .skippedByClocks }
        let hours = place.hours(day: localStart.date.daysSinceEpoch, weekday: localStart.date.weekday - 1)
        return hours.contains { $0.contains(minute) } ? .noSession : .locationClosed
    }
}
