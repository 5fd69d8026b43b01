extension VisitRules {
    /// What is wrong with them by themselves. `key` is the visit type's, which no link may name.
    func check(of key: String, into findings: inout Findings) {
        for (index, duration) in durations.enumerated() {
            let path = "rules.durations[\(index)]"
            findings.require(
                (5...720).contains(duration.minutes), "\(path).minutes",
                "A visit takes 5 to 720 minutes, not \(duration.minutes).")
            findings.requireDistinct(duration.practitioners, "\(path).practitioners")
            for (earlier, other) in durations.prefix(index).enumerated() where other.covers(duration) {
                findings.error(path, "It never counts: durations[\(earlier)] fits whatever it fits.")
            }
        }
        check(eligibility, into: &findings)
        for (index, need) in resources.enumerated() {
            findings.requireDistinct(need.features, "rules.resources[\(index)].features")
            for (name, value) in [("before", need.before), ("after", need.after)] {
                findings.require(
                    (0...240).contains(value), "rules.resources[\(index)].\(name)",
                    "It is 0 to 240 minutes, not \(value).")
            }
        }
        for (name, limit) in [("perPractitioner", limits.perPractitioner), ("perLocation", limits.perLocation)] {
            findings.require(
                limit.map { $0 > 0 } ?? true, "rules.limits.\(name)", "A limit of less than one allows no visit.")
        }
        for (index, link) in linked.enumerated() { check(link, "rules.linked[\(index)]", of: key, into: &findings) }
        findings.require(
            (1...200).contains(groupSize), "rules.groupSize", "A group has 1 to 200 places, not \(groupSize).")
        findings.require(
            selfService.untilMinutes >= 0, "rules.selfService.untilMinutes", "It cannot be negative.")
        findings.require(lateCancelMinutes >= 0, "rules.lateCancelMinutes", "It cannot be negative.")
        checkIn?.check("rules.checkIn", into: &findings)
    }

    private func check(_ eligibility: VisitEligibility, into findings: inout Findings) {
        findings.check(eligibility.ages, "rules.eligibility.ages")
        findings.requireDistinct(eligibility.sexes.map(\.rawValue), "rules.eligibility.sexes")
        findings.require(
            !eligibility.sexes.contains(.unknown), "rules.eligibility.sexes",
            "Somebody of whom it is not known is admitted anyway; leave “unknown” out.")
        findings.requireDistinct(eligibility.payers, "rules.eligibility.payers")
        findings.requireDistinct(eligibility.facts, "rules.eligibility.facts")
        for (index, code) in eligibility.facts.enumerated() where !VisitEligibility.factCodes.contains(code) {
            findings.error(
                "rules.eligibility.facts[\(index)]", "“\(code)” is nothing that can be written down of a need.")
        }
        guard let asking = eligibility.authorization?.payers else { return }
        findings.requireDistinct(asking, "rules.eligibility.authorization.payers")
        for (index, payer) in asking.enumerated()
        where !eligibility.payers.isEmpty && !eligibility.payers.contains(payer) {
            findings.error(
                "rules.eligibility.authorization.payers[\(index)]",
                "“\(payer)” is not among the payers with whom it may be booked.")
        }
    }

    private func check(_ link: LinkedVisit, _ path: String, of key: String, into findings: inout Findings) {
        findings.require(link.visitType != key, "\(path).visitType", "A visit cannot be linked with its own type.")
        findings.require(
            0 <= link.minGapMinutes && link.minGapMinutes <= link.maxGapMinutes, "\(path).maxGapMinutes",
            "The longest gap is shorter than the shortest.")
        findings.require(
            link.maxGapMinutes <= 525_600, "\(path).maxGapMinutes", "Linked visits lie at most a year apart.")
        findings.require(
            !link.sameDay || link.minGapMinutes < 1_440, "\(path).sameDay",
            "So long a gap never ends on the same day.")
    }
}

extension VisitDuration {
    /// Whether it fits whatever the other does.
    fileprivate func covers(_ other: VisitDuration) -> Bool {
        (practitioners.isEmpty
            || !other.practitioners.isEmpty && Set(practitioners).isSuperset(of: other.practitioners))
            && (patients == .any || patients == other.patients)
    }
}

extension Findings {
    mutating func check(_ ages: AgeRange?, _ path: String) {
        guard let ages else { return }
        for (name, years) in [("from", ages.from), ("under", ages.under)] {
            require(years.map { (0...150).contains($0) } ?? true, "\(path).\(name)", "An age is 0 to 150 years.")
        }
        if let from = ages.from, let under = ages.under {
            require(from < under, "\(path).under", "Nobody is at least \(from) and under \(under).")
        }
    }
}
