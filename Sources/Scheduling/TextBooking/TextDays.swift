import StudioAPI
import TimeZones

/// Days in words, beginning at one word of a text.
struct TextDays {
    private typealias Words = TextTimesWords

    let today: CivilDate
    let cursor: TextCursor

    /// What is said, and how many words it takes; nil: no day begins here.
    func read() -> (TimeSaid.Days, Int)? {
        relative() ?? date() ?? week() ?? month() ?? ahead() ?? weekday()
    }

    private func day(_ days: Int, _ length: Int) -> (TimeSaid.Days, Int) {
        let date = today.adding(days: days)
        return (.stretch(date, date), length)
    }

    private func word(_ offset: Int) -> String { cursor.word(offset) }

    // MARK: Near days

    private func relative() -> (TimeSaid.Days, Int)? {
        switch word(0) {
        case "day" where word(1) == "after" && word(2) == "tomorrow": return day(2, 3)
        case "pasado" where word(1) == "manana": return day(2, 2)
        case "today", "hoy": return day(0, 1)
        // The day and the part of it that follow one another: "esta tarde" is of today.
        case "this" where ["morning", "afternoon", "evening"].contains(word(1)): return day(0, 1)
        case "esta" where ["manana", "tarde", "noche"].contains(word(1)): return day(0, 1)
        case "tomorrow", "tmrw": return day(1, 1)
        case "manana" where !TextTimesWords.articles.contains(word(-1)): return day(1, 1)
        default: return nil
        }
    }

    // MARK: Dates

    private func date() -> (TimeSaid.Days, Int)? {
        if let month = Words.months[word(0)], let nth = number(word(1), suffixed: true) {
            return date(month, nth).map { ($0, 2) }
        }
        guard let nth = number(word(0), suffixed: true) else { return nil }
        let isJoined = word(1) == "de" || word(1) == "of"
        if let month = Words.months[word(isJoined ? 2 : 1)] { return date(month, nth).map { ($0, isJoined ? 3 : 2) } }
        let isNamed = word(0).last?.isLetter == true || ["dia", "el", "del", "al"].contains(word(-1))
        return isNamed ? next(nth).map { ($0, 1) } : nil
    }

    /// `12`, and `12th` where it may be one.
    private func number(_ text: String, suffixed: Bool) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = String(text.dropFirst(digits.count))
        guard digits.count <= 2, suffix.isEmpty || (suffixed && ["st", "nd", "rd", "th"].contains(suffix)),
            let nth = Int(digits), (1...31).contains(nth)
        else { return nil }
        return nth
    }

    private func date(_ month: Int, _ nth: Int) -> TimeSaid.Days? {
        let dates = [today.year, today.year + 1].compactMap { CivilDate(year: $0, month: month, day: nth) }
        return dates.first { $0 >= today }.map { .stretch($0, $0) }
    }

    /// The next day of that number.
    private func next(_ nth: Int) -> TimeSaid.Days? {
        (0..<62).map { today.adding(days: $0) }.first { $0.day == nth }.map { .stretch($0, $0) }
    }

    // MARK: Weeks and months

    private func week() -> (TimeSaid.Days, Int)? {
        switch (word(0), word(1), word(2)) {
        case ("weekend", _, _), ("weekends", _, _): return (.weekdays(Words.weekend), 1)
        case ("fin", "de", "semana"), ("fines", "de", "semana"): return (.weekdays(Words.weekend), 3)
        case ("weekday", _, _), ("weekdays", _, _): return (.weekdays(Words.workdays), 1)
        case ("entre", "semana", _): return (.weekdays(Words.workdays), 2)
        case ("week", "after", "next"): return (week(2), 3)
        case ("week", "of", _), ("semana", "del", _): return weekOfDate()
        case ("next", "week", _), ("proxima", "semana", _), ("semana", "proxima", _), ("semana", "entrante", _):
            return (week(1), 2)
        case ("semana", "que", "viene"): return (week(1), 3)
        case ("this", "week", _), ("esta", "semana", _): return (week(0), 2)
        default: return nil
        }
    }

    /// The days of the week so many weeks on that are not over.
    private func week(_ number: Int) -> TimeSaid.Days {
        let monday = today.adding(days: 1 - today.weekday + 7 * number)
        return .stretch(max(today, monday), monday.adding(days: 6))
    }

    /// "the week of March 16"
    private func weekOfDate() -> (TimeSaid.Days, Int)? {
        var later = cursor
        later.at += 2
        guard let (days, length) = TextDays(today: today, cursor: later).date(),
            case .stretch(let date, _) = days
        else { return nil }
        let monday = date.adding(days: 1 - date.weekday)
        return (.stretch(max(today, monday), monday.adding(days: 6)), length + 2)
    }

    private func month() -> (TimeSaid.Days, Int)? {
        let second = today.adding(days: 32 - today.day)
        let next = second.adding(days: 1 - second.day)
        let third = next.adding(days: 32)
        let whole = TimeSaid.Days.stretch(next, third.adding(days: -third.day))
        switch (word(0), word(1), word(2)) {
        case ("next", "month", _), ("proximo", "mes", _), ("mes", "proximo", _): return (whole, 2)
        case ("mes", "que", "viene"): return (whole, 3)
        case ("this", "month", _), ("este", "mes", _): return (.stretch(today, next.adding(days: -1)), 2)
        default: return nil
        }
    }

    /// "in two weeks", "en 10 dias"
    private func ahead() -> (TimeSaid.Days, Int)? {
        let isLead = word(0) == "in" || word(0) == "en" || word(0) == "dentro"
        guard isLead else { return nil }
        let start = word(0) == "dentro" ? 2 : 1
        let text = word(start)
        let written = text == "a" ? 1 : Words.numbers[text] ?? number(text, suffixed: false)
        guard let count = written else { return nil }
        switch word(start + 1) {
        case "day", "days", "dia", "dias": return day(count, start + 2)
        case "week", "weeks", "semana", "semanas":
            let middle = today.adding(days: 7 * count)
            return (.stretch(middle.adding(days: -2), middle.adding(days: 4)), start + 2)
        default: return nil
        }
    }

    private func weekday() -> (TimeSaid.Days, Int)? {
        if let day = Words.weekdays[word(0)] { return (.weekdays([day]), 1) }
        let isNear = ["next", "this", "proximo", "este"].contains(word(0))
        if isNear, let day = Words.weekdays[word(1)] { return (.weekdays([day]), 2) }
        return nil
    }
}
