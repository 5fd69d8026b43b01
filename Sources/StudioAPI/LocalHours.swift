package import TimeZones

/// A wall-clock time of a day in steps of a minute, where 24:00 ends it. In YAML: `"08:30"`.
package struct ClockTime: Codable, Sendable, Hashable, Comparable {
    /// 0…1,440
    package let minutes: Int

    package init?(minutes: Int) {
        guard (0...1_440).contains(minutes) else { return nil }
        self.minutes = minutes
    }

    private init(known minutes: Int) { self.minutes = minutes }

    package static let tenInTheMorning = ClockTime(known: 600)

    package init?(_ text: String) {
        if text == "24:00" {
            minutes = 1_440
        } else {
            guard let time = CivilTime(hhmm: text) else { return nil }
            minutes = time.minutesOfDay
        }
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = ClockTime(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "“\(text)” is no time of day. Write two digits each, such as \"08:30\"."))
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// `08:30`
    package var text: String {
        let hour = minutes / 60, minute = minutes % 60
        return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }

    package static func < (left: ClockTime, right: ClockTime) -> Bool { left.minutes < right.minutes }
}

/// A stretch of one day, its end not included. In YAML: `"08:00-12:00"`.
package struct ClockRange: Codable, Sendable, Hashable {
    package let from: ClockTime
    package let to: ClockTime

    /// `nil` unless it ends after it begins.
    package init?(from: ClockTime, to: ClockTime) {
        guard from < to else { return nil }
        self.from = from
        self.to = to
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let from = ClockTime(parts[0].trimmed), let to = ClockTime(parts[1].trimmed) else {
            return nil
        }
        self.init(from: from, to: to)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let range = ClockRange(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "“\(text)” is no stretch of a day. Write it such as \"08:00-12:30\"."))
        }
        self = range
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var text: String { "\(from.text)-\(to.text)" }
    package var minutes: Int { to.minutes - from.minutes }

    package func contains(_ other: ClockRange) -> Bool { from <= other.from && other.to <= to }
    package func overlaps(_ other: ClockRange) -> Bool { from < other.to && other.from < to }
}

/// A day of the week, in ISO 8601 order.
package enum Weekday: String, Codable, Sendable, CaseIterable, Hashable {
    case monday = "mon"
    case tuesday = "tue"
    case wednesday = "wed"
    case thursday = "thu"
    case friday = "fri"
    case saturday = "sat"
    case sunday = "sun"

    /// ISO 8601: Monday is 1, Sunday is 7, as `CivilDate.weekday` counts.
    package var number: Int {
        switch self {
        case .monday: 1
        case .tuesday: 2
        case .wednesday: 3
        case .thursday: 4
        case .friday: 5
        case .saturday: 6
        case .sunday: 7
        }
    }

    package init(of date: CivilDate) {
        self = Weekday.allCases[date.weekday - 1]
    }
}

/// A calendar day in a definition. In YAML: `2026-12-25`.
package struct DefinitionDate: Codable, Sendable, Hashable, Comparable {
    package let civil: CivilDate

    package init(_ civil: CivilDate) {
        self.civil = civil
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let civil = CivilDate(iso: text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "“\(text)” is no day of the calendar. Write it such as 2026-12-25."))
        }
        self.civil = civil
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(civil.iso)
    }

    package static func < (left: DefinitionDate, right: DefinitionDate) -> Bool { left.civil < right.civil }
}

/// Hours by day of the week, with split shifts; a day that is not named is closed.
///
/// In YAML: `{ mon: ["08:00-12:00", "13:00-17:00"], sat: ["09:00-12:00"] }`.
package struct WeeklyHours: Codable, Sendable, Equatable {
    package let days: [Weekday: [ClockRange]]

    package init(_ days: [Weekday: [ClockRange]]) {
        self.days = days
    }

    package init(from decoder: any Decoder) throws {
        days = try decoder.container(keyedBy: AnyName.self).map(by: Weekday.self, [ClockRange].self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyName.self)
        try container.encode(map: days)
    }

    package subscript(_ day: Weekday) -> [ClockRange] { days[day] ?? [] }
}

extension Findings {
    /// Ranges of one day must stand in order and must not overlap.
    mutating func check(_ ranges: [ClockRange], _ path: String) {
        for (index, range) in ranges.enumerated().dropFirst() where range.from < ranges[index - 1].to {
            error("\(path)[\(index)]", "\(range.text) begins before \(ranges[index - 1].text) has ended.")
        }
    }

    /// Shape only: whether the tz database has the zone is known where the database is (`Blueprint.problems`).
    mutating func checkZone(_ zone: String, _ path: String) {
        let allowed = zone.utf8.allSatisfy { byte in
            (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
                || [43, 45, 47, 95].contains(byte)
        }
        require(
            allowed && !zone.isEmpty && zone.utf8.count <= 64, path,
            "“\(zone)” is no IANA time zone name; write one such as America/Denver.")
    }
}
