import Testing
import TimeZones

@Suite("Civil times, and dates with times")
struct CivilDateTimeTests {
    @Test("each minute of the day is written and read back")
    func minutes() {
        for minute in 0..<1_440 {
            let time = CivilTime(secondsOfDay: minute * 60)
            #expect(time.flatMap { CivilTime(hhmm: $0.hhmm) } == time)
            #expect(time == CivilTime(hour: minute / 60, minute: minute % 60))
            #expect(time?.minutesOfDay == minute)
        }
    }

    @Test(
        "a time the wall clock never shows is refused",
        arguments: ["", "24:00", "23:60", "9:40", "09:4", "0940", "09:40:00", "-1:00", "09.40", " 9:40"])
    func refusedTimes(text: String) {
        #expect(CivilTime(hhmm: text) == nil)
    }

    @Test("seconds outside the day are refused")
    func refusedSeconds() {
        #expect(CivilTime(secondsOfDay: -1) == nil)
        #expect(CivilTime(secondsOfDay: 86_400) == nil)
        #expect(CivilTime(hour: 24, minute: 0) == nil)
        #expect(CivilTime(hour: 1, minute: 0, second: 60) == nil)
    }

    @Test("ISO text is read and written, seconds only when there are any")
    func text() throws {
        #expect(try local("2026-03-08T02:30").iso == "2026-03-08T02:30")
        #expect(try local("2026-03-08T02:30:15").iso == "2026-03-08T02:30:15")
        #expect(try local("2026-03-08T02:30:00").iso == "2026-03-08T02:30")
        #expect(try local("2026-03-08T23:59:59") < local("2026-03-09T00:00"))
    }

    @Test(
        "text with an offset, a Z, a space or too little is refused",
        arguments: [
            "2026-03-08", "2026-03-08T", "2026-03-08T02", "2026-03-08T02:30Z", "2026-03-08T02:30-07:00",
            "2026-03-08 02:30", "2026-03-08T02:30:15.5", "2026-03-08T24:00", "2026-02-30T02:30", "T02:30",
        ])
    func refusedText(text: String) {
        #expect(CivilDateTime(iso: text) == nil)
    }
}
