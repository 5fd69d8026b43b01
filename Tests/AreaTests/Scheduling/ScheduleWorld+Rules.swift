import Kernel
import Scheduling
import StudioAPI
import TimeZones

/// The random rules of visits, things and people, and what is booked already.
extension ScheduleWorld {
    static func ages(_ draw: inout ScheduleDraw) -> AgeRange {
        let from = draw.below(60)
        return AgeRange(from: draw.chance(0.7) ? from : nil, under: draw.chance(0.5) ? from + 1 + draw.below(40) : nil)
    }

    static func visitType(_ key: String, _ locations: [String], _ draw: inout ScheduleDraw) -> VisitTypeDefinition {
        var rules = VisitRules()
        for _ in 0..<(draw.chance(0.6) ? 0 : draw.below(3)) {
            rules.durations.append(
                VisitDuration(
                    practitioners: draw.chance(0.5) ? [] : ["person-\(draw.below(3))"],
                    patients: draw.pick([.any, .new, .established]), minutes: 5 + draw.below(100)))
        }
        if draw.chance(0.4) { rules.eligibility = eligibility(&draw) }
        for _ in 0..<(draw.chance(0.5) ? 0 : 1 + draw.below(2)) {
            rules.resources.append(
                ResourceNeed(
                    type: draw.pick(ResourceType.allCases), features: draw.chance(0.6) ? [] : [draw.pick(features)],
                    before: draw.chance(0.6) ? 0 : draw.below(40), after: draw.chance(0.6) ? 0 : draw.below(40)))
        }
        if draw.chance(0.3) {
            rules.limits = DailyLimits(
                perPractitioner: draw.chance(0.5) ? nil : 1 + draw.below(4),
                perLocation: draw.chance(0.5) ? nil : 1 + draw.below(8))
        }
        if draw.chance(0.3) { rules.groupSize = 2 + draw.below(4) }
        if draw.chance(0.2) { rules.startsWithin = ranges(&draw).first }
        return VisitTypeDefinition(
            key: key, names: LocalizedText(key), minutes: 5 + draw.below(100),
            bufferBefore: draw.chance(0.5) ? 0 : draw.below(30),
            bufferAfter: draw.chance(0.5) ? 0 : draw.below(30), startEvery: draw.pick([5, 10, 15, 20, 30, 60]),
            serviceLine: "care", practitioners: draw.chance(0.7) ? [] : ["person-0"],
            locations: draw.chance(0.7) ? [] : [draw.pick(locations)], leadMinutes: draw.below(3_000),
            horizonDays: 1 + draw.below(9), patients: draw.chance(0.8) ? .any : draw.pick([.new, .established]),
            rules: rules)
    }

    private static let features = ["procedure", "ultrasound"]

    private static func eligibility(_ draw: inout ScheduleDraw) -> VisitEligibility {
        VisitEligibility(
            ages: draw.chance(0.6) ? nil : ages(&draw), sexes: draw.chance(0.8) ? [] : [draw.pick([.female, .male])],
            payers: draw.chance(0.8) ? [] : ["harbor"], referral: draw.chance(0.2),
            authorization: draw.chance(0.8)
                ? nil : AuthorizationRule(payers: draw.chance(0.5) ? [] : ["harbor"]),
            facts: draw.chance(0.8) ? [] : ["reason"])
    }

    static func visitor(from: CivilDate, _ draw: inout ScheduleDraw) -> SlotVisitor {
        func maybe<Value>(_ value: Value, _ draw: inout ScheduleDraw) -> Value? { draw.chance(0.5) ? value : nil }
        if draw.chance(0.3) { return .unknown }
        var visitor = SlotVisitor.unknown
        visitor.isEstablished = maybe(draw.chance(0.5), &draw)
        visitor.birthDate = maybe(from.adding(days: draw.below(4) - draw.below(70) * 365 - draw.below(400)), &draw)
        visitor.sex = maybe(draw.pick(AdministrativeGender.allCases), &draw)
        visitor.payers = maybe(draw.chance(0.3) ? [] : draw.chance(0.5) ? ["harbor"] : ["summit"], &draw)
        visitor.hasReferral = maybe(draw.chance(0.5), &draw)
        visitor.hasAuthorization = maybe(draw.chance(0.5), &draw)
        visitor.referralUntil = maybe(from.adding(days: draw.below(12)), &draw)
        let first = from.adding(days: draw.below(6))
        visitor.authorizedDays = maybe(first...first.adding(days: draw.below(6)), &draw)
        visitor.facts = maybe(draw.chance(0.5) ? [] : ["reason"], &draw)
        visitor.language = maybe(draw.pick(["en", "es", "nv"]), &draw)
        visitor.needsInterpreter = draw.chance(0.5)
        visitor.hasDied = draw.chance(0.03)
        return visitor
    }

    static func resource(
        _ key: String, _ places: [String], from: CivilDate, _ draw: inout ScheduleDraw
    ) -> ResourceDefinition {
        let type = draw.pick(ResourceType.allCases)
        var exceptions: [AvailabilityException] = []
        if draw.chance(0.3) {
            exceptions.append(
                AvailabilityException(
                    effect: .away, firstDay: DefinitionDate(from.adding(days: draw.below(3))),
                    lastDay: DefinitionDate(from.adding(days: 2 + draw.below(2))),
                    hours: draw.chance(0.7) ? ranges(&draw).first : nil,
                    location: draw.chance(0.5) ? nil : draw.pick(places)))
        }
        return ResourceDefinition(
            key: key, names: LocalizedText(key), type: type, locations: draw.chance(0.4) ? [] : [draw.pick(places)],
            features: features.filter { _ in draw.chance(0.5) },
            languages: type == .interpreter ? [draw.pick(["es", "nv"])] : [],
            capacity: draw.chance(0.6) ? 1 : 1 + draw.below(3), hours: draw.chance(0.7) ? nil : week(&draw),
            exceptions: exceptions)
    }

    // MARK: What is booked

    /// Stretches of eight days, one after the other.
    static func taken(from: CivilDate, _ draw: inout ScheduleDraw) -> [TimeSpan] {
        let begin = Int64(from.daysSinceEpoch - 1) * 86_400_000_000
        var spans: [TimeSpan] = []
        var at = begin
        while at < begin + 8 * 86_400_000_000 {
            let start = at + Int64(draw.below(draw.chance(0.5) ? 200 : 900)) * 60_000_000
            let end = start + Int64(1 + draw.below(90)) * 60_000_000
            spans.append(TimeSpan(start: start, end: end))
            at = end
        }
        return spans
    }

    static func visits(
        _ practitioner: String, _ locations: [LocationDefinition], _ types: [VisitTypeDefinition], from: CivilDate,
        _ database: TimeZoneDatabase, _ draw: inout ScheduleDraw
    ) throws -> [BookedVisit] {
        var visits: [BookedVisit] = []
        let homes = draw.chance(0.5) ? locations.prefix(1) : locations[...]
        for _ in 0..<(1 + draw.below(2)) {
            for span in taken(from: from, &draw) {
                let place = draw.chance(0.1) ? nil : StableKey.place(draw.pick(Array(homes)).key)
                let type = draw.chance(0.1) ? nil : StableKey.visitType(draw.pick(types).key)
                visits.append(
                    BookedVisit(
                        span: span, start: span.start, place: place, visitType: type, seats: draw.chance(0.1) ? 1 : nil)
                )
            }
            if draw.chance(0.4) { break }
        }
        // Groups that meet at a time that can be offered.
        for type in types where type.rules.groupSize > 1 {
            for _ in 0..<6 {
                let place = draw.pick(locations)
                let day = from.adding(days: draw.below(4))
                let minute = draw.below(1_440 / type.startEvery) * type.startEvery
                guard let time = CivilTime(hour: minute / 60, minute: minute % 60) else { continue }
                let start = try database.zone(place.zone).instant(of: CivilDateTime(date: day, time: time))
                let minutes = type.minutes(with: practitioner, established: nil)
                let span = TimeSpan(
                    start: start - Int64(type.bufferBefore) * 60_000_000,
                    end: start + Int64(minutes + type.bufferAfter) * 60_000_000)
                visits.removeAll { $0.span.overlaps(span) && draw.chance(0.7) }
                visits.append(
                    BookedVisit(
                        span: span, start: start, place: StableKey.place(place.key),
                        visitType: StableKey.visitType(type.key), seats: 1 + draw.below(type.rules.groupSize)))
            }
        }
        return visits
    }

    /// Completed visits: they may lie where others are by now.
    static func done(
        _ locations: [LocationDefinition], _ types: [VisitTypeDefinition], from: CivilDate, _ draw: inout ScheduleDraw
    ) -> [BookedVisit] {
        let begin = Int64(from.daysSinceEpoch - 1) * 86_400_000_000
        var visits: [BookedVisit] = []
        for _ in 0..<(1 + draw.below(8)) {
            let start = begin + Int64(draw.below(6 * 1_440)) * 60_000_000
            visits.append(
                BookedVisit(
                    span: TimeSpan(start: start, end: start + Int64(1 + draw.below(90)) * 60_000_000),
                    place: draw.chance(0.1) ? nil : StableKey.place(draw.pick(locations).key),
                    visitType: StableKey.visitType(draw.pick(types).key)))
        }
        return visits
    }

    // MARK: Absences that are recorded

    /// Somebody away, a place or a thing closed, as it is read from the store: it fills what visits leave of its time.
    static func record(
        _ practitioners: [PractitionerDefinition], _ resources: [ResourceDefinition],
        _ locations: [LocationDefinition], _ types: [VisitTypeDefinition], from: CivilDate,
        in bookings: inout Bookings, _ draw: inout ScheduleDraw
    ) {
        for practitioner in practitioners where draw.chance(0.2) {
            let visits = bookings.people[practitioner.key]?.visits ?? []
            let absence = BookedTimes.Absence(span: hours(from: from, &draw), isOfPlace: draw.chance(0.4))
            bookings.people[practitioner.key] = BookedTimes(
                visits: visits, stretches: visits.map(\.span) + [absence.span], absences: [absence])
        }
        for resource in resources where draw.chance(0.3) {
            let span = hours(from: from, &draw)
            let taken = bookings.resources[resource.key]?.spans ?? []
            bookings.resources[resource.key] = Occupancy(taken + Array(repeating: span, count: resource.capacity))
            bookings.closed[resource.key] = [span]
        }
        for practitioner in practitioners {
            for visit in bookings.people[practitioner.key]?.visits ?? [] where visit.seats != nil && draw.chance(0.15) {
                guard let type = types.first(where: { StableKey.visitType($0.key) == visit.visitType }),
                    let place = locations.first(where: { StableKey.place($0.key) == visit.place })
                else { continue }
                let group = BookableResource.group(
                    practitioner: practitioner.key, visitType: type.key, location: place.key, start: visit.start)
                bookings.groupsAway.insert(group.key)
            }
        }
    }

    /// Some hours, or some days.
    private static func hours(from: CivilDate, _ draw: inout ScheduleDraw) -> TimeSpan {
        let start = Int64(from.daysSinceEpoch - 1) * 86_400_000_000 + Int64(draw.below(4 * 1_440)) * 60_000_000
        return TimeSpan(start: start, end: start + Int64(60 + draw.below(3 * 1_440)) * 60_000_000)
    }
}
