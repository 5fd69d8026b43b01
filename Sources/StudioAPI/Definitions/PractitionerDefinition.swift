import TimeZones

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
    /// From so many minutes before it begins on a day, all visit types may be put there. Nil: never.
    package var releaseMinutes: Int?
    /// First and last day on which it holds; `nil` leaves that end open.
    package var validFrom: DefinitionDate?
    package var validTo: DefinitionDate?
    /// It comes back every so many weeks, counted from the week (Monday to Sunday) of `anchor`.
    package var everyWeeks: Int
    /// Any day of a week in which it holds; required when `everyWeeks` is above 1.
    package var anchor: DefinitionDate?
    /// How many more visits than one may overlap here at a time.
    package var overbook: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case location, weekdays, from, to, visitTypes, releaseMinutes, validFrom, validTo, everyWeeks, anchor, overbook
    }

    package init(
        location: String, weekdays: [Weekday], from: ClockTime, to: ClockTime, visitTypes: [String] = [],
        releaseMinutes: Int? = nil, validFrom: DefinitionDate? = nil, validTo: DefinitionDate? = nil,
        everyWeeks: Int = 1, anchor: DefinitionDate? = nil, overbook: Int = 0
    ) {
        self.location = location
        self.weekdays = weekdays
        self.from = from
        self.to = to
        self.visitTypes = visitTypes
        self.releaseMinutes = releaseMinutes
        self.validFrom = validFrom
        self.validTo = validTo
        self.everyWeeks = everyWeeks
        self.anchor = anchor
        self.overbook = overbook
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        location = try fields.required(.location)
        weekdays = try fields.required(.weekdays)
        from = try fields.required(.from)
        to = try fields.required(.to)
        visitTypes = try fields.list(.visitTypes)
        releaseMinutes = try fields.optional(.releaseMinutes)
        validFrom = try fields.optional(.validFrom)
        validTo = try fields.optional(.validTo)
        everyWeeks = try fields.optional(.everyWeeks, default: 1)
        anchor = try fields.optional(.anchor)
        overbook = try fields.optional(.overbook, default: 0)
    }

    /// `nil` when it ends before it begins, which `problems()` reports.
    package var range: ClockRange? { ClockRange(from: from, to: to) }

    package func applies(on date: DefinitionDate) -> Bool {
        weekdays.contains(Weekday(of: date.civil)) && (validFrom.map { $0 <= date } ?? true)
            && (validTo.map { date <= $0 } ?? true) && isInWeek(of: date)
    }

    /// Whether it holds in the week of that day, by `everyWeeks`.
    package func isInWeek(of date: DefinitionDate) -> Bool {
        guard everyWeeks > 1, let anchor else { return true }
        return (Self.week(date) - Self.week(anchor)).isMultiple(of: everyWeeks)
    }

    /// The number of a day's week, Monday to Sunday.
    private static func week(_ date: DefinitionDate) -> Int {
        let monday = date.civil.daysSinceEpoch - (date.civil.weekday - 1)
        return (monday + 3) / 7  // 1970-01-01 was a Thursday; days before it do not come up
    }

    package func allows(visitType: String) -> Bool { visitTypes.isEmpty || visitTypes.contains(visitType) }

    /// Whether there is a week in which both hold: their weeks meet when the anchors differ by a multiple of what both
    /// rhythms share.
    private func canMeet(_ other: AvailabilityTemplate) -> Bool {
        guard everyWeeks > 1, other.everyWeeks > 1, let anchor, let otherAnchor = other.anchor else { return true }
        var (shared, rest) = (everyWeeks, other.everyWeeks)
        while rest > 0 { (shared, rest) = (rest, shared % rest) }
        return (Self.week(anchor) - Self.week(otherAnchor)).isMultiple(of: shared)
    }

    /// Whether there can be one moment that both claim.
    func clashes(with other: AvailabilityTemplate) -> Bool {
        guard let mine = range, let theirs = other.range, mine.overlaps(theirs) else { return false }
        return meets(other)
    }

    /// Whether there can be one day on which both hold.
    func meets(_ other: AvailabilityTemplate) -> Bool {
        if Set(weekdays).isDisjoint(with: other.weekdays) { return false }
        if let end = validTo, let start = other.validFrom, end < start { return false }
        if let end = other.validTo, let start = validFrom, end < start { return false }
        return canMeet(other)
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
    /// Whether people may come who have not been here before.
    package var acceptsNew: Bool
    /// Of the patients at the day of the visit. Nil: all.
    package var ages: AgeRange?
    /// The most visits of one local day. Nil: as many as fit.
    package var dailyLimit: Int?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, name, npi, gender, languages, serviceLines, templates, exceptions, acceptsNew, ages
        case dailyLimit
    }

    package init(
        key: String, name: PractitionerName, npi: String? = nil, gender: AdministrativeGender = .unknown,
        languages: [String] = ["en"], serviceLines: [String], templates: [AvailabilityTemplate] = [],
        exceptions: [AvailabilityException] = [], acceptsNew: Bool = true, ages: AgeRange? = nil,
        dailyLimit: Int? = nil
    ) {
        self.key = key
        self.name = name
        self.npi = npi
        self.gender = gender
        self.languages = languages
        self.serviceLines = serviceLines
        self.templates = templates
        self.exceptions = exceptions
        self.acceptsNew = acceptsNew
        self.ages = ages
        self.dailyLimit = dailyLimit
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
        acceptsNew = try fields.optional(.acceptsNew, default: true)
        ages = try fields.optional(.ages)
        dailyLimit = try fields.optional(.dailyLimit)
    }
}
