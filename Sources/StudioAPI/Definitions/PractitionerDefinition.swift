/// FHIR administrative-gender.
package enum AdministrativeGender: String, Codable, Sendable, CaseIterable {
    case female, male, other, unknown
}

/// The parts of a practitioner's name; people read `display`.
package struct PractitionerName: Codable, Sendable, Equatable {
    /// `Dr.`
    package var prefix: String?
    package var given: String
    package var family: String
    /// `MD`, `FNP-C`
    package var suffix: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case prefix, given, family, suffix
    }

    package init(prefix: String? = nil, given: String, family: String, suffix: String? = nil) {
        self.prefix = prefix
        self.given = given
        self.family = family
        self.suffix = suffix
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        prefix = try fields.optional(.prefix)
        given = try fields.required(.given)
        family = try fields.required(.family)
        suffix = try fields.optional(.suffix)
    }

    /// As patients say it: `Dr. Elena Alvarez`.
    package var display: String {
        (prefix.map { [$0] } ?? []).joined() + (prefix == nil ? "" : " ") + "\(given) \(family)"
    }

    /// As lists sort it: `Alvarez, Elena, MD`.
    package var listed: String { "\(family), \(given)" + (suffix.map { ", \($0)" } ?? "") }
}

/// A stretch that comes back on the same weekdays at one place: a practitioner's template.
package struct AvailabilityTemplate: Codable, Sendable, Equatable {
    /// Key of the location, whose zone the hours are in.
    package var location: String
    package var weekdays: [Weekday]
    package var from: ClockTime
    package var to: ClockTime
    /// Keys of the visit types that may be put here. Empty: all that the practitioner may do.
    package var visitTypes: [String]
    /// First and last day on which it holds; `nil` leaves that end open.
    package var validFrom: DefinitionDate?
    package var validTo: DefinitionDate?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case location, weekdays, from, to, visitTypes, validFrom, validTo
    }

    package init(
        location: String, weekdays: [Weekday], from: ClockTime, to: ClockTime, visitTypes: [String] = [],
        validFrom: DefinitionDate? = nil, validTo: DefinitionDate? = nil
    ) {
        self.location = location
        self.weekdays = weekdays
        self.from = from
        self.to = to
        self.visitTypes = visitTypes
        self.validFrom = validFrom
        self.validTo = validTo
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        location = try fields.required(.location)
        weekdays = try fields.required(.weekdays)
        from = try fields.required(.from)
        to = try fields.required(.to)
        visitTypes = try fields.list(.visitTypes)
        validFrom = try fields.optional(.validFrom)
        validTo = try fields.optional(.validTo)
    }

    /// `nil` when it ends before it begins, which `problems()` reports.
    package var range: ClockRange? { ClockRange(from: from, to: to) }

    package func applies(on date: DefinitionDate) -> Bool {
        weekdays.contains(Weekday(of: date.civil)) && (validFrom.map { $0 <= date } ?? true)
            && (validTo.map { date <= $0 } ?? true)
    }

    package func allows(visitType: String) -> Bool { visitTypes.isEmpty || visitTypes.contains(visitType) }

    /// Whether there can be one moment that both claim.
    func clashes(with other: AvailabilityTemplate) -> Bool {
        guard let mine = range, let theirs = other.range, mine.overlaps(theirs) else { return false }
        if Set(weekdays).isDisjoint(with: other.weekdays) { return false }
        if let end = validTo, let start = other.validFrom, end < start { return false }
        if let end = other.validTo, let start = validFrom, end < start { return false }
        return true
    }
}

/// A departure from the templates on certain days.
package struct AvailabilityException: Codable, Sendable, Equatable {
    package enum Effect: String, Codable, Sendable, CaseIterable {
        /// Not there, whatever the templates say.
        case away
        /// There as well, at the named location.
        case extra
    }

    package var effect: Effect
    /// First and last day, both included.
    package var firstDay: DefinitionDate
    package var lastDay: DefinitionDate
    /// The part of each day; `nil` with `away`: all day.
    package var hours: ClockRange?
    /// Key of the location; required with `extra`; `nil` with `away`: everywhere.
    package var location: String?
    /// With `extra`: the visit types that may be put here. Empty: all that the practitioner may do.
    package var visitTypes: [String]
    /// For staff: why.
    package var reason: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case effect, firstDay, lastDay, hours, location, visitTypes, reason
    }

    package init(
        effect: Effect, firstDay: DefinitionDate, lastDay: DefinitionDate, hours: ClockRange? = nil,
        location: String? = nil, visitTypes: [String] = [], reason: String? = nil
    ) {
        self.effect = effect
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.hours = hours
        self.location = location
        self.visitTypes = visitTypes
        self.reason = reason
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        effect = try fields.required(.effect)
        firstDay = try fields.required(.firstDay)
        lastDay = try fields.optional(.lastDay, default: firstDay)
        hours = try fields.optional(.hours)
        location = try fields.optional(.location)
        visitTypes = try fields.list(.visitTypes)
        reason = try fields.optional(.reason)
    }

    package func covers(_ date: DefinitionDate) -> Bool { firstDay <= date && date <= lastDay }
}

/// FHIR Practitioner and PractitionerRole: a person who gives care, what for, where and when.
package struct PractitionerDefinition: Definition {
    package static let kind = DefinitionKind.practitioner

    package var key: String
    package var name: PractitionerName
    /// National Provider Identifier, ten digits with their check digit (45 CFR 162.406). Samples begin with 9, which
    /// is never issued.
    package var npi: String?
    package var gender: AdministrativeGender
    /// BCP 47 tags of the languages spoken with patients.
    package var languages: [String]
    /// Keys.
    package var serviceLines: [String]
    package var templates: [AvailabilityTemplate]
    package var exceptions: [AvailabilityException]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, name, npi, gender, languages, serviceLines, templates, exceptions
    }

    package init(
        key: String, name: PractitionerName, npi: String? = nil, gender: AdministrativeGender = .unknown,
        languages: [String] = ["en"], serviceLines: [String], templates: [AvailabilityTemplate] = [],
        exceptions: [AvailabilityException] = []
    ) {
        self.key = key
        self.name = name
        self.npi = npi
        self.gender = gender
        self.languages = languages
        self.serviceLines = serviceLines
        self.templates = templates
        self.exceptions = exceptions
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        name = try fields.required(.name)
        npi = try fields.optional(.npi)
        gender = try fields.optional(.gender, default: .unknown)
        languages = try fields.required(.languages)
        serviceLines = try fields.required(.serviceLines)
        templates = try fields.list(.templates)
        exceptions = try fields.list(.exceptions)
    }
}
