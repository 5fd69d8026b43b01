import TimeZones

/// Reads a calendar file as a program does that has no tz database at all: small and obvious, to hold what is written
/// against. It knows the file alone.
struct CalendarReader {
    /// A stretch of a VTIMEZONE: from when on, and how many seconds its clock is ahead of UTC. All in seconds.
    struct Observance {
        let onset: Int64
        let offset: Int64
    }

    struct Event {
        let start: Int64
        let end: Int64
        /// Nil: its times stand in UTC.
        let zone: String?
    }

    private(set) var zones: [String: [Observance]] = [:]
    private(set) var events: [Event] = []

    init(_ text: String) throws {
        var fields: [String: String] = [:]
        var observances: [Observance] = []
        var zone = ""
        for line in Self.unfolded(text) {
            switch line {
            case "BEGIN:VTIMEZONE": observances = []
            case "BEGIN:STANDARD", "BEGIN:DAYLIGHT", "BEGIN:VEVENT": fields = [:]
            case "END:STANDARD", "END:DAYLIGHT":
                // The moment is told by the clock that it ends.
                let local = try Self.local(fields["DTSTART"]), before = try Self.offset(fields["TZOFFSETFROM"])
                observances.append(
                    Observance(onset: local - before, offset: try Self.offset(fields["TZOFFSETTO"])))
            case "END:VTIMEZONE": zones[zone] = observances.sorted { $0.onset < $1.onset }
            case "END:VEVENT":
                let start = fields["DTSTART"] ?? "", end = fields["DTEND"] ?? ""
                events.append(
                    Event(
                        start: try instant(start), end: try instant(end), zone: start.hasSuffix("Z") ? nil : zone))
            default:
                guard let border = line.firstIndex(where: { $0 == ":" || $0 == ";" }) else { continue }
                let name = String(line[..<border])
                // With its parameters, where it has some.
                let rest = line[border] == ":" ? line[line.index(after: border)...] : line[border...]
                if name == "TZID" { zone = String(rest) }
                fields[name] = String(rest)
            }
        }
    }

    private static func unfolded(_ text: String) -> [String] {
        var lines: [String] = []
        for line in text.split(separator: "\r\n") {
            if line.hasPrefix(" "), let last = lines.popLast() {
                lines.append(last + line.dropFirst())
            } else {
                lines.append(String(line))
            }
        }
        return lines
    }

    /// `20261101T083000Z`, or `;TZID=America/Denver:20261101T013000`: of several such moments the first.
    private func instant(_ value: String) throws -> Int64 {
        if value.hasSuffix("Z") { return try Self.local(String(value.dropLast())) }
        guard value.hasPrefix(";TZID="), let colon = value.lastIndex(of: ":") else {
            throw Wrong(description: "no time: \(value)")
        }
        let name = String(value[..<colon].dropFirst(";TZID=".count))
        guard let observances = zones[name] else { throw Wrong(description: "no zone \(name) in the file") }
        let local = try Self.local(String(value[value.index(after: colon)...]))
        for (index, observance) in observances.enumerated() {
            let moment = local - observance.offset
            let isOver = index + 1 < observances.count && moment >= observances[index + 1].onset
            if observance.onset <= moment && !isOver { return moment }
        }
        throw Wrong(description: "no clock of \(name) shows \(value)")
    }

    /// What the clock of a zone of the file shows: seconds since 1970 on its wall.
    func wall(_ name: String, at instant: Int64) throws -> Int64 {
        guard let observance = zones[name]?.last(where: { $0.onset <= instant }) else {
            throw Wrong(description: "the file knows no offset of \(name) at \(instant)")
        }
        return instant + observance.offset
    }

    private static func local(_ text: String?) throws -> Int64 {
        let digits = Array((text ?? "").utf8).filter { $0 >= 48 && $0 <= 57 }.map { Int64($0) - 48 }
        func number(_ from: Int, _ count: Int) -> Int64 {
            digits[from..<(from + count)].reduce(0) { $0 * 10 + $1 }
        }
        guard digits.count == 14,
            let date = CivilDate(year: Int(number(0, 4)), month: Int(number(4, 2)), day: Int(number(6, 2)))
        else { throw Wrong(description: "no date and time: \(text ?? "nothing")") }
        return Int64(date.daysSinceEpoch) * 86_400 + number(8, 2) * 3_600 + number(10, 2) * 60 + number(12, 2)
    }

    /// `-0700`, `+053000`.
    private static func offset(_ text: String?) throws -> Int64 {
        let text = text ?? ""
        let digits = text.dropFirst().compactMap(\.wholeNumberValue).map(Int64.init)
        guard digits.count == 4 || digits.count == 6, let sign = text.first, sign == "+" || sign == "-" else {
            throw Wrong(description: "no offset: \(text)")
        }
        let pairs = stride(from: 0, to: digits.count, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
        let seconds = zip(pairs, [3_600, 60, 1] as [Int64]).reduce(0) { $0 + $1.0 * $1.1 }
        return sign == "-" ? -seconds : seconds
    }
}
