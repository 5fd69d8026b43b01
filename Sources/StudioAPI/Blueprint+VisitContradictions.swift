/// What visit types need that nobody and nothing has.
extension Blueprint {
    func visitContradictions(_ references: References) -> [DefinitionProblem] {
        visitTypes.flatMap { missingResources($0) + crossedLinks($0, references) + unusable($0, references) }
            + circularLinks(references)
    }

    /// Rooms and devices that no place has on which the visit may be.
    private func missingResources(_ visit: VisitTypeDefinition) -> [DefinitionProblem] {
        let places = locations.map(\.key).filter(visit.mayBe)
        return visit.rules.resources.enumerated().compactMap { index, need in
            let without = places.filter { place in !resources.contains { $0.serves(need, at: place) } }
            if without.isEmpty { return nil }
            let what = ([need.type.rawValue] + need.features).joined(separator: " + ")
            let path = "rules.resources[\(index)]"
            if without.count == places.count {
                return DefinitionProblem(
                    .visitType, visit.key, path, "It can never be booked: no place where it may be has \(what).")
            }
            return DefinitionProblem(
                .visitType, visit.key, path, "There is no \(what) at \(without.joined(separator: ", ")).",
                severity: .warning)
        }
    }

    /// Links whose two types can never keep to them.
    private func crossedLinks(_ visit: VisitTypeDefinition, _ references: References) -> [DefinitionProblem] {
        visit.rules.linked.enumerated().compactMap { index, link in
            guard let other = references.visitTypes[link.visitType] else { return nil }
            let path = "rules.linked[\(index)]"
            let places = Set(locations.map(\.key).filter(visit.mayBe))
            let theirs = Set(locations.map(\.key).filter(other.mayBe))
            if link.sameLocation, places.isDisjoint(with: theirs) {
                return DefinitionProblem(
                    .visitType, visit.key, "\(path).sameLocation", "No place does both it and \(other.key).")
            }
            let mine = Set(practitioners.filter { $0.mayDo(visit) }.map(\.key))
            let others = Set(practitioners.filter { $0.mayDo(other) }.map(\.key))
            if link.samePractitioner, mine.isDisjoint(with: others) {
                return DefinitionProblem(
                    .visitType, visit.key, "\(path).samePractitioner", "Nobody does both it and \(other.key).")
            }
            return nil
        }
    }

    /// A chain of links that comes back to where it began would book without end.
    private func circularLinks(_ references: References) -> [DefinitionProblem] {
        visitTypes.compactMap { visit in
            var seen: Set<String> = []
            var open = visit.rules.linked.map(\.visitType)
            while let next = open.popLast() {
                if next == visit.key {
                    return DefinitionProblem(
                        .visitType, visit.key, "rules.linked", "Its links lead back to itself.")
                }
                if seen.insert(next).inserted {
                    open += references.visitTypes[next]?.rules.linked.map(\.visitType) ?? []
                }
            }
            return nil
        }
    }

    /// Patients whom none of those takes who have room for the type. Who has none decides nothing.
    private func refused(_ visit: VisitTypeDefinition, by present: [PractitionerDefinition]) -> [DefinitionProblem] {
        if present.isEmpty { return [] }  // told by `impossible`
        var problems: [DefinitionProblem] = []
        let taking = present.filter(\.acceptsNew)
        if visit.patients == .new, taking.isEmpty {
            return [
                DefinitionProblem(
                    .visitType, visit.key, "patients",
                    "It can never be booked: it is for new patients, and nobody who does it takes any.")
            ]
        }
        if visit.isPublic, taking.isEmpty {
            problems.append(
                DefinitionProblem(
                    .visitType, visit.key, "rules.selfService.book",
                    "The public is never offered it: nobody who has time for it takes new patients.",
                    severity: .warning))
        }
        let seeing = visit.patients == .new ? taking : present
        if let ages = visit.rules.eligibility.ages,
            !seeing.contains(where: { $0.ages.map { $0.meets(ages) } ?? true })
        {
            problems.append(
                DefinitionProblem(
                    .visitType, visit.key, "rules.eligibility.ages",
                    "It can never be booked: nobody who does it sees people of that age."))
        }
        return problems
    }

    /// Conditions that no practitioner of the type leaves open.
    private func unusable(_ visit: VisitTypeDefinition, _ references: References) -> [DefinitionProblem] {
        let able = practitioners.filter { $0.mayDo(visit) }
        if able.isEmpty { return [] }  // told by `impossible`
        var problems = refused(visit, by: able.filter { $0.offersRoom(for: visit) })
        if let starts = visit.rules.startsWithin {
            let minutes = able.flatMap(\.templates).filter {
                visit.mayBe(at: $0.location) && ($0.allows(visitType: visit.key) || $0.releaseMinutes != nil)
            }
            let possible = minutes.contains { $0.from < starts.to && starts.from < $0.to }
            let extra = able.flatMap(\.exceptions).contains { $0.effect == .extra }
            if !possible && !extra {
                problems.append(
                    DefinitionProblem(
                        .visitType, visit.key, "rules.startsWithin",
                        "It can never be booked: no template of those who do it covers \(starts.text)."))
            }
        }
        let named = visit.rules.durations.enumerated()
        for (index, duration) in named {
            for (number, key) in duration.practitioners.enumerated()
            where references.practitioners[key].map({ !$0.mayDo(visit) }) ?? false {
                problems.append(
                    DefinitionProblem(
                        .visitType, visit.key, "rules.durations[\(index)].practitioners[\(number)]",
                        "\(key) does not do this visit type.", severity: .warning))
            }
        }
        return problems
    }
}

extension AgeRange {
    fileprivate func meets(_ other: AgeRange) -> Bool {
        max(from ?? 0, other.from ?? 0) < min(under ?? .max, other.under ?? .max)
    }
}
