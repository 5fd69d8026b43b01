import Kernel
import Vault
package import TimeZones

// Search: one box for names, phone numbers, birth dates, record numbers and e-mail addresses, over sealed data.
//
// - Every word must fit. A word may be several things ("0142": the end of a phone number, a record number); each
//   sensible reading of the whole query is looked up, at most eight of them.
// - A name word fits the beginning of any of the patient's names; whole words come first, then beginnings; when too few
//   fit, names that sound alike follow. Within each group the newest record comes first.
// - Which rows fit is decided by the index alone. Only the rows that are shown are opened, and one audit record names them.

/// What one part of a query can mean.
package enum SearchPart: Hashable, Sendable {
    /// A folded word, or the beginning of one.
    case name(String)
    /// All digits of a number with its country code.
    case phone(String)
    /// The last four or seven digits of a number.
    case phoneEnd(String)
    case birthDate(CivilDate)
    case birthYear(Int)
    case identifier(String)
    case email(String)

    /// The word that tells people why a row fits: name, phone, birth-date, identifier, email.
    /// The right to the field it looks in; nil: whoever finds patients sees it.
    var field: Permission? {
        switch self {
        case .phone, .phoneEnd, .email: .contactRead
        case .identifier: .identifierRead
        case .name, .birthDate, .birthYear: nil
        }
    }

    package var reason: String {
        switch self {
        case .name: "name"
        case .phone, .phoneEnd: "phone"
        case .birthDate, .birthYear: "birth-date"
        case .identifier: "identifier"
        case .email: "email"
        }
    }
}

/// A query as it was typed, read in every sensible way.
package struct SearchQuery: Sendable, Equatable {
    /// Each reading is a conjunction; none for a query that asks for nothing that can be looked up.
    package let readings: [[SearchPart]]

    package static let longest = 200
    static let mostReadings = 8

    /// - Parameter today: two-digit years are read as the latest year not after this day's.
    package init(_ text: String, today: CivilDate) {
        var rest = Self.tokens(text)
        var parts: [[SearchPart]] = []
        while let (alternatives, length) = Self.next(rest, today: today) {
            if !alternatives.isEmpty { parts.append(alternatives) }
            rest = rest.dropFirst(length)
        }
        readings = Self.combine(parts)
    }

    private init(readings: [[SearchPart]]) { self.readings = readings }

    /// The readings that ask only for what the caller may see: nobody finds out whose number it is by searching for it.
    func `for`(_ caller: Caller) -> SearchQuery {
        SearchQuery(
            readings: readings.filter { reading in reading.allSatisfy { $0.field.map(caller.may) ?? true } })
    }

    private static func tokens(_ text: String) -> ArraySlice<Substring> {
        let visible = text.prefix(longest)
        return visible.split { $0.isWhitespace || $0 == "," || $0 == ";" }.prefix(12)[...]
    }

    /// What the first token, with some that follow it, can mean, and how many tokens that takes. Nil: nothing is left.
    private static func next(_ tokens: ArraySlice<Substring>, today: CivilDate) -> ([SearchPart], Int)? {
        guard let first = tokens.first else { return nil }
        if let (dates, length) = SearchDates.read(tokens, today: today) {
            let isCompact = length == 1 && first.utf8.allSatisfy { (48...57).contains($0) }
            return (dates.map(SearchPart.birthDate) + (isCompact ? identifier(String(first)) : []), length)
        }
        if first.contains("@") { return ([.email(SearchTerms.normalised(email: String(first)))], 1) }
        let folded = Folding.fold(String(first))
        if ["mrn", "mrn:", "mrn#", "dob", "dob:", "born", "tel", "tel:", "#"].contains(folded) { return ([], 1) }
        if isNumberish(first) { return number(tokens, today: today) }
        let hasDigit = first.utf8.contains { (48...57).contains($0) }
        let identifier = hasDigit ? SearchTerms.normalised(identifier: String(first)) : ""
        if !identifier.isEmpty { return ([.identifier(identifier)], 1) }
        return (names(String(first)), 1)
    }

    /// A hyphenated name is several words that all must fit; they stand as one alternative of parts each.
    private static func names(_ text: String) -> [SearchPart] {
        let words = Folding.words(text)
        return words.count == 1 ? [.name(words[0])] : words.isEmpty ? [] : [.name(words.joined(separator: " "))]
    }

    private static func isNumberish(_ token: Substring) -> Bool {
        token.utf8.contains { (48...57).contains($0) }
            && token.utf8.allSatisfy { (48...57).contains($0) || "+-().#/".utf8.contains($0) }
    }

    /// Digits: a whole phone number over one or more tokens, else the end of one, a record number, a year of birth.
    private static func number(_ tokens: ArraySlice<Substring>, today: CivilDate) -> ([SearchPart], Int) {
        let run = tokens.prefix { isNumberish($0) }
        for length in stride(from: run.count, to: 0, by: -1) {
            let joined = run.prefix(length).joined(separator: " ")
            if let phone = PhoneNumber(joined) {
                var alternatives: [SearchPart] = [.phone(String(phone.digits))]
                if length == 1 { alternatives.append(contentsOf: identifier(joined)) }
                return (alternatives, length)
            }
            // "555 0142" is one local number.
            let digits = joined.utf8.filter { (48...57).contains($0) }
            if length > 1, digits.count == 7 { return ([.phoneEnd(String(decoding: digits, as: UTF8.self))], length) }
        }
        let token = String(run.first ?? "")
        let digits = String(decoding: token.utf8.filter { (48...57).contains($0) }, as: UTF8.self)
        var alternatives: [SearchPart] = digits.utf8.count == 4 || digits.utf8.count == 7 ? [.phoneEnd(digits)] : []
        alternatives.append(contentsOf: identifier(token))
        if digits.utf8.count == 4, let year = Int(digits), (today.year - 130...today.year).contains(year) {
            alternatives.append(.birthYear(year))
        }
        return (alternatives, 1)
    }

    private static func identifier(_ text: String) -> [SearchPart] {
        let normalised = SearchTerms.normalised(identifier: text)
        return normalised.isEmpty ? [] : [.identifier(normalised)]
    }

    /// The product of all alternatives, the first ones first, cut at `mostReadings`. A reading by year of birth alone is
    /// left out: it would be a list of everybody of an age.
    private static func combine(_ parts: [[SearchPart]]) -> [[SearchPart]] {
        if parts.isEmpty { return [] }
        var readings: [[SearchPart]] = [[]]
        for alternatives in parts {
            readings = readings.flatMap { reading in alternatives.map { reading + [$0] } }
            readings = Array(readings.prefix(mostReadings))
        }
        return readings.map(splitNames).filter { reading in
            reading.contains { part in
                if case .birthYear = part { return false }
                return true
            }
        }
    }

    private static func splitNames(_ reading: [SearchPart]) -> [SearchPart] {
        reading.flatMap { part -> [SearchPart] in
            guard case .name(let words) = part, words.contains(" ") else { return [part] }
            return words.split(separator: " ").map { .name(String($0)) }
        }
    }
}
