import TimeZones

extension PractitionerDefinition {
    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.requireText(name.given, "name.given")
        findings.requireText(name.family, "name.family")
        if let npi {
            findings.require(Self.isNPI(npi), "npi", "“\(npi)” is no NPI: ten digits, the last one a check digit.")
        }
        findings.require(!languages.isEmpty, "languages", "Name at least one language, such as en.")
        findings.requireDistinct(languages, "languages")
        findings.require(!serviceLines.isEmpty, "serviceLines", "Name at least one service line.")
        findings.requireDistinct(serviceLines, "serviceLines")
        for (index, template) in templates.enumerated() { check(template, at: index, into: &findings) }
        findings.check(exceptions)
        for (index, extra) in exceptions.enumerated() where extra.effect == .extra {
            check(extra, at: index, into: &findings)
        }
        findings.check(ages, "ages")
        findings.require(dailyLimit.map { $0 > 0 } ?? true, "dailyLimit", "A limit below one allows no visit.")
        return findings.problems
    }

    private func check(_ template: AvailabilityTemplate, at index: Int, into findings: inout Findings) {
        let path = "templates[\(index)]"
        findings.require(!template.weekdays.isEmpty, "\(path).weekdays", "Name at least one day.")
        findings.requireDistinct(template.weekdays.map(\.rawValue), "\(path).weekdays")
        findings.requireDistinct(template.visitTypes, "\(path).visitTypes")
        findings.require(
            template.range != nil, "\(path).to",
            "It ends at \(template.to.text), which is not after its beginning at \(template.from.text).")
        if let from = template.validFrom, let to = template.validTo {
            findings.require(from <= to, "\(path).validTo", "The last day lies before the first.")
        }
        findings.require(
            (1...52).contains(template.everyWeeks), "\(path).everyWeeks",
            "It comes back every 1 to 52 weeks, not \(template.everyWeeks).")
        findings.require(
            template.everyWeeks <= 1 || template.anchor != nil, "\(path).anchor",
            "Name a day of a week in which it holds, for it does not hold in each.")
        findings.require(
            template.releaseMinutes.map { $0 >= 0 } ?? true, "\(path).releaseMinutes", "It cannot be negative.")
        findings.require(
            template.releaseMinutes == nil || !template.visitTypes.isEmpty, "\(path).releaseMinutes",
            "It is open to all visit types already; there is nothing to release.")
        findings.require(
            (0...10).contains(template.overbook), "\(path).overbook",
            "Up to 10 more visits than one may overlap, not \(template.overbook).")
        for (earlier, other) in templates.prefix(index).enumerated() where template.clashes(with: other) {
            findings.error(path, "It overlaps templates[\(earlier)]: one person cannot be in two places.")
        }
    }

    /// An extra day on which the person is elsewhere already, or away.
    private func check(_ extra: AvailabilityException, at index: Int, into findings: inout Findings) {
        let path = "exceptions[\(index)]"
        for (other, away) in exceptions.enumerated() where away.effect == .away && extra.meets(away) {
            findings.warning(path, "It overlaps exceptions[\(other)], an absence: nothing is offered then.")
        }
        for (number, template) in templates.enumerated() where isElsewhere(extra, template) {
            findings.warning(
                path, "It overlaps templates[\(number)] at \(template.location): one person cannot be in two places.")
        }
    }

    /// Whether a block at another place claims the same moment, and no absence there leaves it out.
    private func isElsewhere(_ extra: AvailabilityException, _ template: AvailabilityTemplate) -> Bool {
        guard let place = extra.location, place != template.location, let hours = extra.hours,
            let range = template.range,
            let both = ClockRange(from: max(hours.from, range.from), to: min(hours.to, range.to))
        else { return false }
        let absences = exceptions.filter { away in
            away.effect == .away && (away.location.map { $0 == template.location } ?? true)
                && (away.hours.map { $0.contains(both) } ?? true)
        }
        var day = max(extra.firstDay, template.validFrom ?? extra.firstDay)
        // Within so many days every rhythm has come back.
        let last = min(extra.lastDay, DefinitionDate(day.civil.adding(days: 7 * 52)))
        while day <= last {
            if template.applies(on: day), !absences.contains(where: { $0.covers(day) }) { return true }
            day = DefinitionDate(day.civil.adding(days: 1))
        }
        return false
    }

    /// Ten digits whose check digit is right: Luhn over `80840` and the number. Source: CMS, "NPI check digit".
    static func isNPI(_ text: String) -> Bool {
        let digits = Array(text.utf8)
        guard digits.count == 10, digits.allSatisfy({ (48...57).contains($0) }) else { return false }
        var sum = 24  // the digits of 80840, doubled alternately
        for (index, byte) in digits.enumerated() {
            let digit = Int(byte) - 48
            let doubled = index.isMultiple(of: 2) ? digit * 2 : digit
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }
}

extension Findings {
    /// Exceptions of a practitioner or a resource.
    mutating func check(_ exceptions: [AvailabilityException]) {
        for (index, exception) in exceptions.enumerated() {
            let path = "exceptions[\(index)]"
            require(exception.firstDay <= exception.lastDay, "\(path).lastDay", "The last day lies before the first.")
            switch exception.effect {
            case .extra:
                require(exception.location != nil, "\(path).location", "Extra time needs its location.")
                require(exception.hours != nil, "\(path).hours", "Extra time needs its hours.")
                requireDistinct(exception.visitTypes, "\(path).visitTypes")
            case .away:
                require(
                    exception.visitTypes.isEmpty, "\(path).visitTypes",
                    "An absence is for all visit types; leave them out.")
            }
            for (earlier, other) in exceptions.prefix(index).enumerated() where exception.repeats(other) {
                warning(path, "It overlaps exceptions[\(earlier)].")
            }
        }
    }
}

extension AvailabilityException {
    /// Whether both say the same of some moment.
    fileprivate func repeats(_ other: AvailabilityException) -> Bool { effect == other.effect && meets(other) }

    /// Whether both say something of some moment at one place.
    fileprivate func meets(_ other: AvailabilityException) -> Bool {
        guard firstDay <= other.lastDay, other.firstDay <= lastDay else { return false }
        if let mine = location, let theirs = other.location, mine != theirs { return false }
        guard let mine = hours, let theirs = other.hours else { return true }
        return mine.overlaps(theirs)
    }
}
