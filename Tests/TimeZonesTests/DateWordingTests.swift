import Testing
import TimeZones

@Suite("Dates in words")
struct DateWordingTests {
    let english = DateWording(.english)
    let spanish = DateWording(.spanish)

    @Test("a date and time is said with its place, in English and in Spanish")
    func dateTime() throws {
        let (visit, today) = (try local("2026-03-03T09:40"), try day("2026-02-20"))
        #expect(english.dateTime(visit, today: today, city: "Denver") == "Tue 3 Mar, 9:40 AM in Denver")
        #expect(spanish.dateTime(visit, today: today, city: "Denver") == "mar 3 mar, 9:40 en Denver")
        #expect(english.dateTime(visit, today: today) == "Tue 3 Mar, 9:40 AM")
    }

    @Test(
        "twelve hours in English, twenty-four in Spanish",
        arguments: [
            ("00:05", "12:05 AM", "0:05"), ("09:40", "9:40 AM", "9:40"), ("11:59", "11:59 AM", "11:59"),
            ("12:00", "12:00 PM", "12:00"), ("13:30", "1:30 PM", "13:30"), ("23:59", "11:59 PM", "23:59"),
        ])
    func times(time: String, inEnglish: String, inSpanish: String) throws {
        #expect(english.time(try clock(time)) == inEnglish)
        #expect(spanish.time(try clock(time)) == inSpanish)
    }

    @Test("today, tomorrow and yesterday have words, also over the end of a year")
    func relativeDays() throws {
        let today = try day("2026-12-31")
        let days = ["2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"]
        #expect(
            try days.map { english.relativeDate(try day($0), today: today) }
                == ["yesterday", "today", "tomorrow", "Sat 2 Jan 2027"])
        #expect(
            try days.map { spanish.relativeDate(try day($0), today: today) }
                == ["ayer", "hoy", "mañana", "sáb 2 ene 2027"])
    }

    @Test("what is today is decided by the clocks of the zone")
    func zone() throws {
        let denver = try shippedDatabase().zone("America/Denver")
        let visit = try utc("2026-03-03T16:40")
        let lateEvening = try utc("2026-03-03T06:30")  // still 2 March in Denver
        let pastMidnight = try utc("2026-03-03T07:30")
        #expect(
            english.relativeDateTime(at: visit, now: lateEvening, in: denver, city: "Denver")
                == "tomorrow, 9:40 AM in Denver")
        #expect(spanish.relativeDateTime(at: visit, now: pastMidnight, in: denver) == "hoy, 9:40")
    }

    @Test("each weekday and month has its short name in both languages")
    func names() throws {
        let today = try day("2026-06-15")
        let week = try (0..<7).map { try day("2026-06-15").adding(days: $0) }
        let months = try (1...12).map { try #require(CivilDate(year: 2026, month: $0, day: 1)) }
        func words(_ wording: DateWording, _ dates: [CivilDate], _ index: Int) -> String {
            dates.map { String(wording.date($0, today: today).split(separator: " ")[index]) }.joined(separator: " ")
        }
        #expect(words(english, week, 0) == "Mon Tue Wed Thu Fri Sat Sun")
        #expect(words(spanish, week, 0) == "lun mar mié jue vie sáb dom")
        #expect(words(english, months, 2) == "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
        #expect(words(spanish, months, 2) == "ene feb mar abr may jun jul ago sep oct nov dic")
    }

    @Test("languages are found by their code")
    func codes() {
        #expect(DateLanguage(rawValue: "es") == .spanish)
        #expect(DateLanguage(rawValue: "en") == .english)
        #expect(DateLanguage(rawValue: "fr") == nil)
    }
}
