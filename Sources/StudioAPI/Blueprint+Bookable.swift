import TimeZones

/// Visit types that read well and can still never be booked: their times lie outside the hours of the places, or are
/// over, or what they need is not there then, or what belongs to them cannot be had.
extension Blueprint {
    /// Who and where a visit may be put.
    private struct Spot: Hashable {
        let practitioner: String
        let location: String
    }

    private struct Spots {
        /// Where somebody has time for it.
        var open: Set<Spot> = []
        /// Where all that it needs can be had then as well.
        var whole: Set<Spot> = []
    }

    /// `today`: from which day on it must be possible; nil: days that are over count as well.
    func unbookable(_ references: References, on today: CivilDate?) -> [DefinitionProblem] {
        var spots: [String: Spots] = [:]
        for visit in visitTypes { spots[visit.key] = self.spots(of: visit, references, today) }
        return visitTypes.flatMap { visit -> [DefinitionProblem] in
            guard let own = spots[visit.key] else { return [] }
            if own.whole.isEmpty { return never(visit, own) }
            return visit.rules.linked.enumerated().compactMap { index, link in
                guard let others = spots[link.visitType], !Self.fit(link, own.whole, others.whole) else { return nil }
                return DefinitionProblem(
                    .visitType, visit.key, "rules.linked[\(index)]",
                    "\(link.visitType) can never be booked as this asks: look at its times, places and practitioners.",
                    severity: .warning)
            }
        }
    }

    private func never(_ visit: VisitTypeDefinition, _ spots: Spots) -> [DefinitionProblem] {
        if !spots.open.isEmpty {
            // Said as an error already where no place has such a thing at all.
            if visit.rules.resources.contains(where: { !isAnywhere($0, for: visit) }) { return [] }
            return [
                DefinitionProblem(
                    .visitType, visit.key, "rules.resources",
                    "It can never be booked: when somebody could do it, what it needs is never there all at once. "
                        + "Look at the hours and the number of rooms, devices and interpreters.", severity: .warning)
            ]
        }
        // Said as an error already where nobody has a template for it at all.
        guard practitioners.contains(where: { $0.offersRoom(for: visit) }) else { return [] }
        return [
            DefinitionProblem(
                .visitType, visit.key, "practitioners",
                "It can never be booked: every template that would take it lies outside the hours of its place, is too "
                    + "short within them, is opened to it too late for its notice, or is over.", severity: .warning)
        ]
    }

    private func isAnywhere(_ need: ResourceNeed, for visit: VisitTypeDefinition) -> Bool {
        locations.contains { place in
            visit.mayBe(at: place.key) && resources.contains { $0.serves(need, at: place.key) }
        }
    }

    private static func fit(_ link: LinkedVisit, _ own: Set<Spot>, _ others: Set<Spot>) -> Bool {
        others.contains { other in
            own.contains { spot in
                (!link.sameLocation || spot.location == other.location)
                    && (!link.samePractitioner || spot.practitioner == other.practitioner)
            }
        }
    }

    private func spots(of visit: VisitTypeDefinition, _ references: References, _ today: CivilDate?) -> Spots {
        var spots = Spots()
        var things = ThingsAtHand(of: visit, among: resources)
        for person in practitioners where person.mayDo(visit) {
            let least = visit.leastMinutes(with: person.key)
            func add(_ key: String, _ range: ClockRange, from first: Int, _ hours: [(Weekday, ClockRange)]) {
                let spot = Spot(practitioner: person.key, location: key)
                guard visit.mayBe(at: key), !spots.whole.contains(spot) else { return }
                for (day, hours) in hours {
                    for start in visit.starts(in: range, within: hours, from: first, minutes: least) {
                        spots.open.insert(spot)
                        guard things.suffice(from: start, minutes: least, at: key, on: day) else { continue }
                        spots.whole.insert(spot)
                        return
                    }
                }
            }
            for template in person.templates {
                guard let place = references.locations[template.location], let range = template.range,
                    let first = template.firstStart(of: visit)
                else { continue }
                if let today, let last = template.validTo, last.civil < today { continue }
                add(
                    place.key, range, from: first,
                    template.weekdays.flatMap { day in place.openingHours[day].map { (day, $0) } })
            }
            for extra in person.exceptions where extra.effect == .extra {
                guard let place = extra.location.flatMap({ references.locations[$0] }), let range = extra.hours,
                    extra.visitTypes.isEmpty || extra.visitTypes.contains(visit.key)
                else { continue }
                if let today, extra.lastDay.civil < today { continue }
                let holidays = place.holidays.flatMap(\.hours)
                add(
                    place.key, range, from: 0,
                    Weekday.allCases.flatMap { day in (place.openingHours[day] + holidays).map { (day, $0) } })
            }
        }
        return spots
    }
}

extension AvailabilityTemplate {
    /// The first minute of its day at which a visit of a type may begin there. Where it is kept for others until some
    /// time before it begins, that is no sooner than the type's notice after that. Nil: there is none.
    fileprivate func firstStart(of visit: VisitTypeDefinition) -> Int? {
        if allows(visitType: visit.key) { return from.minutes }
        return releaseMinutes.map { from.minutes + max(0, visit.leadMinutes - $0) }
    }
}

extension VisitTypeDefinition {
    /// When it can begin so that it ends in a stretch of somebody's time within a stretch of a place's hours.
    fileprivate func starts(
        in range: ClockRange, within hours: ClockRange, from first: Int, minutes least: Int
    ) -> StrideTo<Int> {
        let step = max(1, startEvery)
        let from = max(range.from.minutes, hours.from.minutes, rules.startsWithin?.from.minutes ?? 0, first)
        let end = min(range.to.minutes, hours.to.minutes) - least
        let begin = (from + step - 1) / step * step
        return stride(from: begin, to: min(end + 1, rules.startsWithin?.to.minutes ?? 1_440), by: step)
    }
}
