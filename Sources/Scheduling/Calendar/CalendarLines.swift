import TimeZones

/// Content lines (RFC 5545 §3.1).
struct CalendarLines {
    private(set) var text = ""

    /// As many octets as a line has without its end.
    private static let longest = 75

    mutating func add(_ name: String, _ value: String) { add("\(name):\(value)") }

    /// Folds: each further line begins with a blank, which counts.
    mutating func add(_ line: String) {
        var room = Self.longest
        for scalar in line.unicodeScalars {
            let size = UTF8.width(scalar)
            if size > room {
                text += "\r\n "
                room = Self.longest - 1
            }
            text.unicodeScalars.append(scalar)
            room -= size
        }
        text += "\r\n"
    }

    /// A value of the kind TEXT (§3.3.11). Control characters but the line end are left out.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.replacing("\r\n", with: "\n").unicodeScalars {
            switch scalar {
            case "\\", ";", ",": result.append(contentsOf: ["\\", scalar])
            case "\n", "\r": result.append(contentsOf: ["\\", "n"])
            case _ where isControl(scalar): continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// A parameter's value in quotes, in which neither quotes nor line ends can stand (§3.2).
    static func parameter(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { !isControl($0) && $0 != "\"" }
        return "\"" + String(String.UnicodeScalarView(kept)) + "\""
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }

    /// `20260308T094000`
    static func local(_ moment: CivilDateTime) -> String {
        let (date, time) = (moment.date, moment.time)
        return padded(date.year, 4) + padded(date.month, 2) + padded(date.day, 2) + "T" + padded(time.hour, 2)
            + padded(time.minute, 2) + padded(time.second, 2)
    }

    static func utc(_ moment: Int64) -> String {
        let seconds = moment >= 0 ? moment / 1_000_000 : (moment - 999_999) / 1_000_000
        return local(CalendarZone.clock(seconds)) + "Z"
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
