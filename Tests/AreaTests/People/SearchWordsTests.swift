import People
import Testing
import TimeZones

@Suite("Words of search")
struct SearchWordsTests {
    private let today = CivilDate(year: 2026, month: 3, day: 2) ?? CivilDate(daysSinceEpoch: 0)

    private func readings(_ text: String) -> [[SearchPart]] { SearchQuery(text, today: today).readings }

    @Test(
        "accents, case, apostrophes and hyphens make no difference",
        arguments: [
            ("García-Márquez", ["garcia", "marquez"]), ("O’Brien", ["obrien"]), ("Nguyễn Đức", ["nguyen", "duc"]),
            ("Straße", ["strasse"]), ("MUÑOZ", ["munoz"]), ("", []),
        ])
    func words(_ text: String, _ words: [String]) {
        #expect(Folding.words(text) == words)
    }

    @Test(
        "names that sound alike share a code",
        arguments: [
            ("smith", "smyth"), ("gonzalez", "gonsales"), ("jimenez", "gimenez"), ("jimenez", "ximenez"),
            ("javier", "xavier"),
            ("vasquez", "basques"), ("hernandez", "ernandez"), ("catherine", "kathryn"), ("philip", "filip"),
            ("castillo", "castiyo"), ("miller", "miler"), ("schmidt", "smith"), ("steven", "stephen"),
            ("reyes", "reyez"),
        ])
    func alike(_ one: String, _ other: String) {
        #expect(!Set(NameSound.codes(of: one)).isDisjoint(with: NameSound.codes(of: other)))
    }

    @Test(
        "names that sound different have different codes",
        arguments: [
            ("smith", "sanchez"), ("maria", "martin"), ("garcia", "gomez"), ("lopez", "perez"), ("miller", "moreno"),
        ])
    func different(_ one: String, _ other: String) {
        #expect(Set(NameSound.codes(of: one)).isDisjoint(with: NameSound.codes(of: other)))
    }

    @Test("short words and other scripts have no sound code", arguments: ["li", "o", "李", "мария", "lee2"])
    func noSound(_ word: String) {
        #expect(NameSound.codes(of: word).isEmpty)
    }

    @Test(
        "a birth date is read in the forms people type",
        arguments: [
            "1961-06-14", "1961/06/14", "6/14/1961", "06/14/1961", "14.6.1961", "14/06/1961", "6-14-61", "14 jun 1961",
            "June 14 1961", "june 14, 1961", "14th June 1961", "14 de junio de 1961", "14-jun-1961", "06141961",
            "19610614",
            "14 jun 61",
        ])
    func date(_ text: String) throws {
        let date = try #require(CivilDate(iso: "1961-06-14"))
        #expect(readings(text).contains([.birthDate(date)]), "\(readings(text))")
    }

    @Test("a date that can be read both ways is looked up both ways")
    func bothOrders() throws {
        let march = try #require(CivilDate(iso: "1961-03-04")), april = try #require(CivilDate(iso: "1961-04-03"))
        #expect(readings("03/04/1961") == [[.birthDate(march)], [.birthDate(april)]])
    }

    @Test(
        "what is no day of a life is no birth date",
        arguments: ["13/32/1961", "2094-11-08", "1700-01-01", "31 feb 1961"])
    func noDate(_ text: String) {
        let hasDate = readings(text).joined().contains { part in
            if case .birthDate = part { true } else { false }
        }
        #expect(!hasDate)
    }

    @Test("phone numbers are read whole over several words, by their last seven and last four digits")
    func phones() {
        #expect(readings("(303) 555-0142") == [[.phone("13035550142")]])
        #expect(readings("303 555 0142") == [[.phone("13035550142")]])
        #expect(readings("+1 303 555 0142").contains([.phone("13035550142")]))
        #expect(readings("555-0142").contains([.phoneEnd("5550142")]))
        #expect(readings("555 0142").contains([.phoneEnd("5550142")]))
        #expect(readings("0142").contains([.phoneEnd("0142")]))
    }

    @Test("four digits may be a phone, a record number or, beside a name, a year of birth")
    func fourDigits() {
        #expect(
            readings("maria 1961") == [
                [.name("maria"), .phoneEnd("1961")], [.name("maria"), .identifier("1961")],
                [.name("maria"), .birthYear(1961)],
            ])
        #expect(!readings("1961").contains([.birthYear(1961)]))
    }

    @Test("a record number may be written with its word, dashes and leading zeros")
    func recordNumber() {
        #expect(readings("MRN 00-48213").contains([.identifier("48213")]))
        #expect(readings("A-00123").contains([.identifier("a00123")]))
    }

    @Test("an e-mail address is one word in any case")
    func email() {
        #expect(readings("Maria.Delgado@Example.org") == [[.email("maria.delgado@example.org")]])
    }

    @Test("names and a date together are one conjunction")
    func together() throws {
        let date = try #require(CivilDate(iso: "1961-06-14"))
        #expect(readings("del ma 6/14/1961").contains([.name("del"), .name("ma"), .birthDate(date)]))
    }

    @Test(
        "a query never has more readings than the limit",
        arguments: ["1961 1962 1963 1964 1965", "01/02/1961 03/04/1962 1234"])
    func bounded(_ text: String) {
        #expect(readings(text).count <= 8)
    }

    @Test("nothing that can be looked up gives no readings", arguments: ["", "   ", "!!!", "--", "mrn"])
    func nothing(_ text: String) {
        #expect(readings(text).isEmpty)
    }
}
