/// Names with their frequencies. Built once (about 5 ms) and passed along.
///
/// Given names of the general stock depend on sex and on the era of birth. Every list is drawn by a flattened Zipf law
/// (`WeightedList`): Smith comes out at about 2 % of the general stock, García at about 3 % of the Hispanic one.
package struct NameStock: Sendable {
    struct Name: Sendable {
        let text: String
        /// Without marks, apostrophes and spaces, lower case: fit for an e-mail address.
        let ascii: String
        /// Without marks only: how many registration desks write it.
        let unaccented: String
        let nickname: String?
    }

    enum Origin: String, CaseIterable, Sendable { case en, es, vi, zh, ru, ar, ht, ko, tl }

    private struct Era: Sendable {
        let lastBirthYear: Int
        let names: WeightedList<Name>
    }

    private let generalMale: [Era]
    private let generalFemale: [Era]
    private let givenMale: [Origin: WeightedList<Name>]
    private let givenFemale: [Origin: WeightedList<Name>]
    private let families: [Origin: WeightedList<Name>]

    package init() {
        let short = NameStock.parseNicknames(NameStock.nicknames)
        let general = NameStock.parse(NameStock.generalGiven, nicknames: short, shift: 8)
        generalMale = NameStock.eras(of: general, sex: "m")
        generalFemale = NameStock.eras(of: general, sex: "f")
        let other = NameStock.parse(NameStock.otherGiven, nicknames: short, shift: 5)
        givenMale = NameStock.byOrigin(other, sex: "m")
        givenFemale = NameStock.byOrigin(other, sex: "f")
        families = NameStock.byOrigin(NameStock.parse(NameStock.familyNames, nicknames: [:], shift: 12), sex: nil)
    }

    func given(origin: Origin, female: Bool, birthYear: Int, draw: inout SeededDraw) -> Name {
        if let names = (female ? givenFemale : givenMale)[origin] { return names.draw(&draw) }
        let eras = female ? generalFemale : generalMale
        let era = eras.first { birthYear <= $0.lastBirthYear } ?? eras[eras.count - 1]
        return era.names.draw(&draw)
    }

    func family(origin: Origin, draw: inout SeededDraw) -> Name {
        guard let names = families[origin] else { preconditionFailure("no family names of origin \(origin)") }
        return names.draw(&draw)
    }

    // MARK: reading the lists

    private static func parse(
        _ text: String, nicknames: [String: String], shift: Double
    ) -> [(key: String, names: WeightedList<Name>)] {
        text.split(separator: "\n").map { line in
            guard let colon = line.firstIndex(of: ":") else {
                preconditionFailure("a list of names has a key: \(line)")
            }
            var seen = Set<String>()
            let names = line[line.index(after: colon)...].split(separator: ",").compactMap { part -> Name? in
                let name = String(part.drop { $0 == " " })
                guard seen.insert(name).inserted else { return nil }
                let plain = withoutMarks(name)
                let ascii = String(plain.lowercased().unicodeScalars.filter { ("a"..."z").contains($0) })
                return Name(text: name, ascii: ascii, unaccented: plain, nickname: nicknames[name])
            }
            return (String(line[..<colon]), WeightedList(ranked: names, shift: shift))
        }
    }

    private static func parseNicknames(_ text: String) -> [String: String] {
        var result: [String: String] = [:]
        for pair in text.split(whereSeparator: { $0 == "," || $0 == "\n" }) {
            let parts = pair.split(separator: "=")
            precondition(parts.count == 2, "a nickname is written name=nickname: \(pair)")
            result[String(parts[0])] = String(parts[1])
        }
        return result
    }

    private static func eras(of lists: [(key: String, names: WeightedList<Name>)], sex: String) -> [Era] {
        lists.compactMap { list in
            let parts = list.key.split(separator: " ")
            guard parts.count == 2, parts[0] == sex else { return nil }
            guard let year = Int(parts[1]) else { preconditionFailure("an era ends in a year: \(list.key)") }
            return Era(lastBirthYear: year, names: list.names)
        }
    }

    private static func byOrigin(
        _ lists: [(key: String, names: WeightedList<Name>)], sex: String?
    ) -> [Origin: WeightedList<Name>] {
        var result: [Origin: WeightedList<Name>] = [:]
        for list in lists {
            let parts = list.key.split(separator: " ").map(String.init)
            guard let origin = Origin(rawValue: parts[0]) else { preconditionFailure("unknown origin \(list.key)") }
            if sex == nil || parts.last == sex { result[origin] = list.names }
        }
        return result
    }

    private static func withoutMarks(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar {
                    case "á": "a"
                    case "é", "è", "ê": "e"
                    case "í": "i"
                    case "ó", "ö", "ø": "o"
                    case "ú", "ü": "u"
                    case "ñ": "n"
                    case "ç": "c"
                    case "Á": "A"
                    case "É": "E"
                    case "Í": "I"
                    case "Ó", "Ø": "O"
                    case "Ú": "U"
                    default: scalar
                    }
                }))
    }
}
