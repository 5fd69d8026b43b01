import Testing
import TimeZones

@Suite("Civil dates")
struct CivilDateTests {
    @Test("each day from 1583 to 2600 follows the one before, in number, weekday, order and text")
    func walk() throws {
        var date = try day("1583-01-01")
        let last = try day("2600-12-31")
        let anchor = try day("2026-11-22")
        #expect(anchor.weekday == 7)
        #expect(try day("1970-01-01").daysSinceEpoch == 0)
        var wrong: [String] = []
        while date < last {
            let next = date.adding(days: 1)
            let expected = follower(of: date)
            let good =
                (next.year, next.month, next.day) == expected && next.daysSinceEpoch == date.daysSinceEpoch + 1
                && next.weekday == date.weekday % 7 + 1 && date < next && CivilDate(iso: next.iso) == next
                && next.adding(days: -1) == date
            if !good { wrong.append(date.iso) }
            date = next
        }
        #expect(wrong.isEmpty, "after \(wrong.prefix(5))")
    }

    /// The calendar as a child learns it.
    private func follower(of date: CivilDate) -> (Int, Int, Int) {
        let leap = date.year % 400 == 0 || (date.year % 4 == 0 && date.year % 100 != 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        if date.day < lengths[date.month - 1] { return (date.year, date.month, date.day + 1) }
        return date.month < 12 ? (date.year, date.month + 1, 1) : (date.year + 1, 1, 1)
    }

    @Test(
        "text that is not a day of the calendar is refused",
        arguments: [
            "", "2026", "2026-03", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00",
            "0000-01-01", "2026-1-1", "2026/01/01", "+026-01-01", "2026-01-01 ", "2026-01-0١", "20260101",
        ])
    func refusedText(text: String) {
        #expect(CivilDate(iso: text) == nil)
    }

    @Test("29 February exists in 2000 and 2028")
    func leapDays() {
        #expect(CivilDate(iso: "2000-02-29") != nil)
        #expect(CivilDate(iso: "2028-02-29")?.adding(days: 366).iso == "2029-03-01")
    }

    @Test("an age grows on the birthday, and on 1 March for someone born on a leap day")
    func age() throws {
        let born = try day("2008-02-29")
        #expect(born.wholeYears(until: try day("2026-02-28")) == 17)
        #expect(born.wholeYears(until: try day("2026-03-01")) == 18)
        #expect(born.wholeYears(until: try day("2028-02-29")) == 20)
        #expect(born.wholeYears(until: born) == 0)
        #expect(try day("2026-11-22").wholeYears(until: try day("2026-11-21")) == -1)
    }

    @Test("days between two dates are counted with their sign")
    func difference() throws {
        let first = try day("2026-02-27")
        #expect(first.days(until: try day("2026-03-02")) == 3)
        #expect(first.days(until: try day("2025-02-27")) == -365)
    }
}
