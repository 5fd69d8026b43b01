import TimeZones

/// Visit types that read well and can still never be booked: their times lie outside the hours of the places, or are over,
/// or what belongs to them cannot be had.
extension Blueprint {
    /// Who and where a visit may be put.
    private struct Spot: Hashable {
        let practitioner: String
        let location: String
    }

    /// `today`: from which day on it must be possible; nil: days that are over count as well.
    func unbookable(_ references: References, on today: CivilDate?) -> [DefinitionProblem] {
        var spots: [String: Set<Spot>] = [:]
        for visit in visitTypes { spots[visit.key] = self.spots(of: visit, references, today) }
        return visitTypes.flatMap { visit -> [DefinitionProblem] in
            guard let own = spots[visit.key] else { return [] }
            if own.isEmpty {
                // Said as an error already where nobody has a template for it at all.
                return hasTemplate(visit)
                    ? [
                        DefinitionProblem(
                            .visitType, visit.key, "practitioners",
                            "It can never be booked: every template that would take it lies outside the hours of its "
                                + "place, is too short within them, or is over.", severity: .warning)
                    ] : []
            }
            return visit.rules.linked.enumerated().compactMap { index, link in
                guard let others = spots[link.visitType], !Self.fit(link, own, others) else { return nil }
                return DefinitionProblem(
                    .visitType, visit.key, "rules.linked[\(index)]",
                    "\(link.visitType) can never be booked as this asks: look at its times, places and practitioners.",
                    severity: .warning)
            }
        }
    }

    private func hasTemplate(_ visit: VisitTypeDefinition) -> Bool {
        practitioners.contains { $0.offersRoom(for: visit) }
    }

    private static func fit(_ link: LinkedVisit, _ own: Set<Spot>, _ others: Set<Spot>) -> Bool {
        others.contains { other in
            own.contains { spot in
                (!link.sameLocation || spot.location == other.location)
                    && (!link.samePractitioner || spot.practitioner == other.practitioner)
            }
        }
    }

    private func spots(
        of visit: VisitTypeDefinition, _ references: References, _ today: CivilDate?
    ) -> Set<Spot> {
        var spots: Set<Spot> = []
        for person in practitioners where person.mayDo(visit) {
            let least = visit.leastMinutes(with: person.key)
            func add(_ key: String, _ admits: Bool, _ range: ClockRange?, _ hours: [ClockRange]) {
                guard admits, visit.mayBe(at: key), let range else { return }
                if hours.contains(where: { visit.fits(range, within: $0, minutes: least) }) {
                    spots.insert(Spot(practitioner: person.key, location: key))
                }
            }
            for template in person.templates {
                guard let place = references.locations[template.location] else { continue }
                if let today, let last = template.validTo, last.civil < today { continue }
                add(
                    place.key, template.allows(visitType: visit.key) || template.releaseMinutes != nil, template.range,
                    template.weekdays.flatMap { place.openingHours[$0] })
            }
            for extra in person.exceptions where extra.effect == .extra {
                guard let place = extra.location.flatMap({ references.locations[$0] }) else { continue }
                if let today, extra.lastDay.civil < today { continue }
                add(
                    place.key, extra.visitTypes.isEmpty || extra.visitTypes.contains(visit.key), extra.hours,
                    Weekday.allCases.flatMap { place.openingHours[$0] } + place.holidays.flatMap(\.hours))
            }
        }
        return spots
    }
}

extension VisitTypeDefinition {
    /// Whether it can begin and end in a stretch of somebody's time within a stretch of a place's hours.
    fileprivate func fits(_ range: ClockRange, within hours: ClockRange, minutes least: Int) -> Bool {
        let from = max(range.from.minutes, hours.from.minutes, rules.startsWithin?.from.minutes ?? 0)
        let first = (from + startEvery - 1) / startEvery * startEvery
        return first + least <= min(range.to.minutes, hours.to.minutes)
            && first < rules.startsWithin?.to.minutes ?? 1_440
    }
}
