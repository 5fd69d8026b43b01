/// A language in which dates are said. The raw value is the BCP 47 code.
package enum DateLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case spanish = "es"
}

/// Dates and times as people say them: “Tue 3 Mar, 9:40 AM in Denver”, «mar 3 mar, 9:40 en Denver».
///
/// English has twelve hours, Spanish twenty-four. The year is said only when it is not the one of `today`, the day it
/// is for the reader in the same zone. Spaces are plain ones, so that a text message stays in the GSM alphabet.
package struct DateWording: Hashable, Sendable {
    package let language: DateLanguage

    package init(_ language: DateLanguage) {
        self.language = language
    }

    /// “Tue 3 Mar, 9:40 AM in Denver”; without a city, “Tue 3 Mar, 9:40 AM”.
    package func dateTime(_ local: CivilDateTime, today: CivilDate, city: String? = nil) -> String {
        "\(date(local.date, today: today)), \(time(local.time))\(place(city))"
    }

    /// “tomorrow, 9:40 AM in Denver”: as `dateTime`, with the word for yesterday, today and tomorrow.
    package func relativeDateTime(_ local: CivilDateTime, today: CivilDate, city: String? = nil) -> String {
        "\(relativeDate(local.date, today: today)), \(time(local.time))\(place(city))"
    }

    /// `relativeDateTime` of an instant, seen from another, both microseconds UTC, by the clocks of the zone.
    package func relativeDateTime(at micros: Int64, now: Int64, in zone: Zone, city: String? = nil) -> String {
        relativeDateTime(zone.civil(at: micros), today: zone.civil(at: now).date, city: city)
    }

    /// “Tue 3 Mar”, or “Tue 3 Mar 2027” in another year.
    package func date(_ date: CivilDate, today: CivilDate) -> String {
        let short = "\(weekday(date.weekday)) \(date.day) \(month(date.month))"
        return date.year == today.year ? short : "\(short) \(date.year)"
    }

    /// “today”, “tomorrow”, “yesterday”, or the `date`.
    package func relativeDate(_ date: CivilDate, today: CivilDate) -> String {
        switch (today.days(until: date), language) {
        case (0, .english): "today"
        case (0, .spanish): "hoy"
        case (1, .english): "tomorrow"
        case (1, .spanish): "mañana"
        case (-1, .english): "yesterday"
        case (-1, .spanish): "ayer"
        default: self.date(date, today: today)
        }
    }

    /// “9:40 AM”, «9:40»; seconds are left out.
    package func time(_ time: CivilTime) -> String {
        switch language {
        case .english:
            let hour = time.hour % 12 == 0 ? 12 : time.hour % 12
            return "\(hour):\(time.minute.padded(to: 2)) \(time.hour < 12 ? "AM" : "PM")"
        case .spanish:
            return "\(time.hour):\(time.minute.padded(to: 2))"
        }
    }

    private func place(_ city: String?) -> String {
        guard let city else { return "" }
        return language == .english ? " in \(city)" : " en \(city)"
    }

    private func weekday(_ number: Int) -> String {
        switch language {
        case .english: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][number - 1]
        case .spanish: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"][number - 1]
        }
    }

    private func month(_ number: Int) -> String {
        switch language {
        case .english:
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][number - 1]
        case .spanish:
            ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"][number - 1]
        }
    }
}
