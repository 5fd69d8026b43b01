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
        for (index, exception) in exceptions.enumerated() {
            Self.check(exception, "exceptions[\(index)]", into: &findings)
        }
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
        for (earlier, other) in templates.prefix(index).enumerated() where template.clashes(with: other) {
            findings.error(path, "It overlaps templates[\(earlier)]: one person cannot be in two places.")
        }
    }

    private static func check(_ exception: AvailabilityException, _ path: String, into findings: inout Findings) {
        findings.require(
            exception.firstDay <= exception.lastDay, "\(path).lastDay", "The last day lies before the first.")
        switch exception.effect {
        case .extra:
            findings.require(exception.location != nil, "\(path).location", "Extra time needs its location.")
            findings.require(exception.hours != nil, "\(path).hours", "Extra time needs its hours.")
            findings.requireDistinct(exception.visitTypes, "\(path).visitTypes")
        case .away:
            findings.require(
                exception.visitTypes.isEmpty, "\(path).visitTypes", "An absence is for all visit types; leave them out."
            )
        }
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
