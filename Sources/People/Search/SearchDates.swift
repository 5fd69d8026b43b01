package import TimeZones

/// Reads birth dates as people type them: `1961-06-14`, `6/14/1961`, `14.6.61`, `14 jun 1961`, `June 14, 1961`,
/// `14 de junio de 1961`, `06141961`, `19610614`.
package enum SearchDates {
    /// The dates that the first tokens can mean and how many tokens that takes; nil when they begin no date.
    ///
    /// Both orders of day and month count where both make a date; the year may have two digits.
    package static func read(_ tokens: ArraySlice<Substring>, today: CivilDate) -> ([CivilDate], Int)? {
        guard let first = tokens.first else { return nil }
        if let dates = inOne(first, today: today) { return (dates, 1) }
        return inWords(tokens, today: today)
    }

    private static func inOne(_ token: Substring, today: CivilDate) -> [CivilDate]? {
        let parts = token.split(omittingEmptySubsequences: false) { "-/.".contains($0) }
        if parts.count == 3 { return some(three(parts, today: today)) }
        guard parts.count == 1, token.utf8.count == 8, let number = digits(token) else { return nil }
        let yearFirst = CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        let year = number % 10_000
        let monthFirst = CivilDate(year: year, month: number / 1_000_000, day: number / 10_000 % 100)
        let dayFirst = CivilDate(year: year, month: number / 10_000 % 100, day: number / 1_000_000)
        return some(plausible([yearFirst, monthFirst, dayFirst], today: today))
    }

    private static func three(_ parts: [Substring], today: CivilDate) -> [CivilDate] {
        guard let a = digits(parts[0]), let c = digits(parts[2]) else { return [] }
        if parts[0].utf8.count == 4 {
            return plausible([digits(parts[1]).flatMap { CivilDate(year: a, month: $0, day: c) }], today: today)
        }
        let year = full(c, width: parts[2].utf8.count, today: today)
        guard let b = digits(parts[1]) else {
            return plausible(
                [month(parts[1]).flatMap { m in year.flatMap { CivilDate(year: $0, month: m, day: a) } }], today: today)
        }
        guard let year else { return [] }
        return plausible(
            [CivilDate(year: year, month: a, day: b), CivilDate(year: year, month: b, day: a)], today: today)
    }

    /// `14 jun 1961`, `14 de junio de 1961`, `jun 14 1961`.
    private static func inWords(_ tokens: ArraySlice<Substring>, today: CivilDate) -> ([CivilDate], Int)? {
        var words: [Substring] = []
        var length = 0
        for token in tokens {
            length += 1
            if token == "de" || token == "del" || token == "of" {
                if words.isEmpty { return nil }
                continue
            }
            words.append(token)
            if words.count == 3 { break }
        }
        guard words.count == 3,
            let year = digits(words[2]).flatMap({ full($0, width: words[2].utf8.count, today: today) })
        else { return nil }
        let day = day(words[0]) ?? day(words[1])
        guard let month = day == nil ? nil : month(self.day(words[0]) == nil ? words[0] : words[1]), let day else {
            return nil
        }
        return some(plausible([CivilDate(year: year, month: month, day: day)], today: today)).map { ($0, length) }
    }

    private static func day(_ token: Substring) -> Int? {
        let bare =
            token.hasSuffix("st") || token.hasSuffix("nd") || token.hasSuffix("rd") || token.hasSuffix("th")
            ? token.dropLast(2) : token
        return bare.utf8.count <= 2 ? digits(bare) : nil
    }

    private static let months = [
        "jan ene", "feb", "mar", "apr abr", "may", "jun", "jul", "aug ago", "sep set", "oct", "nov", "dec dic",
    ]
    private static let longMonths = [
        "january enero", "february febrero", "march marzo", "april abril", "may mayo", "june junio", "july julio",
        "august agosto", "september septiembre setiembre sept", "october octubre", "november noviembre",
        "december diciembre",
    ]

    private static func month(_ token: Substring) -> Int? {
        let word = Folding.fold(String(token)).filter { $0 != "." }
        for names in [months, longMonths] {
            if let index = names.firstIndex(where: { $0.split(separator: " ").contains { $0 == word } }) {
                return index + 1
            }
        }
        return nil
    }

    /// 61 is 1961 and 24 is 2024 while this year is not before 2024.
    private static func full(_ year: Int, width: Int, today: CivilDate) -> Int? {
        if width == 4 { return year }
        guard width == 2 else { return nil }
        let century = today.year - today.year % 100
        return century + year <= today.year ? century + year : century - 100 + year
    }

    private static func plausible(_ dates: [CivilDate?], today: CivilDate) -> [CivilDate] {
        var seen: Set<CivilDate> = []
        return dates.compactMap { $0 }.filter {
            $0 <= today && $0.year >= today.year - 130 && seen.insert($0).inserted
        }
    }

    private static func some(_ dates: [CivilDate]) -> [CivilDate]? { dates.isEmpty ? nil : dates }

    private static func digits(_ text: Substring) -> Int? {
        (1...8).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }
}
