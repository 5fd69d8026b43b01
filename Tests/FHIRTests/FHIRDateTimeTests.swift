import FHIR
import Testing

@Suite("FHIR dates and times") struct FHIRDateTimeTests {
    @Test(
        "points in time are microseconds of UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("1970-01-01T01:00:00+01:00", 0, 60),
            ("1969-12-31T19:00:00-05:00", 0, -300),
            ("1969-12-31T23:59:59.999999Z", -1, 0), ("2000-02-29T12:00:00+02:00", 951_818_400_000_000, 120),
            ("2021-07-10T08:15:30.25-04:00", 1_625_919_330_250_000, -240),
            ("1959-07-30T11:21:06+01:00", -328_973_934_000_000, 60),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000, 0),
            ("2020-01-01T00:00:00.1234567891Z", 1_577_836_800_123_456, 0),
            ("2020-01-01T14:00:00+14:00", 1_577_836_800_000_000, 840),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000_000, 0),
        ])
    func instants(text: String, micros: Int64, offset: Int) throws {
        let date = try #require(FHIRDateTime(parsing: text))
        #expect(date.micros == micros)
        #expect(date.sortMicros == micros)
        #expect(date.offsetMinutes == offset)
        #expect(date.precision >= .second)
        #expect(date.localDay == String(text.prefix(10)))
        #expect(date.text == text)
    }

    @Test("partial dates stay partial and sort by their first day") func partial() throws {
        let year = try #require(FHIRDateTime(parsing: "2021"))
        #expect(year.precision == .year)
        #expect(year.month == nil)
        #expect(year.micros == nil)
        #expect(year.localDay == nil)
        #expect(year.sortMicros == FHIRDateTime(parsing: "2021-01-01T00:00:00Z")?.micros)
        let month = try #require(FHIRDateTime(parsing: "1999-11"))
        #expect((month.year, month.month, month.day) == (1999, 11, nil))
        let day = try #require(FHIRDateTime(parsing: "1991-11-15"))
        #expect(day.precision == .day)
        #expect(day.localDay == "1991-11-15")
        #expect(day.offsetMinutes == nil)
    }

    @Test(
        "what FHIR does not write is no date",
        arguments: [
            "", "21", "2021-", "2021-7", "2021-13", "2021-00", "2021-02-29", "1900-02-29", "2021-04-31", "2021-01-00",
            "0000",
            "2021-07-10T", "2021-07-10T08:15Z", "2021-07-10T08:15:30", "2021-07-10T24:00:00Z", "2021-07-10T08:60:00Z",
            "2021-07-10T08:15:61Z", "2021-07-10T08:15:30.Z", "2021-07-10T08:15:30+1:00", "2021-07-10T08:15:30+14:01",
            "2021-07-10T08:15:30Zx", "2021-07-10 08:15:30Z", "2021/07/10", " 2021", "2021 ", "２０２１", "-2021",
            "2021-07-10Z",
        ])
    func refused(text: String) {
        #expect(FHIRDateTime(parsing: text) == nil)
    }

    @Test("every day from 1600 to 2400 follows the one before") func everyDay() throws {
        var expected = try #require(FHIRDateTime(parsing: "1600-01-01")).sortMicros
        var days = 0
        var wrong: [String] = []
        for year in 1600...2400 {
            for month in 1...12 {
                for day in 1...31 {
                    let pad = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
                    guard let date = FHIRDateTime(parsing: "\(year)-\(pad(month))-\(pad(day))") else { continue }
                    if date.sortMicros != expected { wrong.append(date.text) }
                    expected += 86_400_000_000
                    days += 1
                }
            }
        }
        #expect(wrong.isEmpty)
        #expect(days == 2 * 146_097 + 366)
    }
}
