import Kernel
import Scheduling
import SchedulingAPI
import StudioAPI
import Testing
import TimeZones

/// On Monday 2 March 2026.
@Suite("What a text says of when")
struct TextTimesTests {
    /// `from..to days hours`, what is not said as `-`.
    private static func read(_ text: String, _ kind: TextAsk.Kind = .book) throws -> String {
        let today = try #require(CivilDate(iso: "2026-03-02"))
        let times = TextTimes(text, of: kind, today: today)
        let days = Weekday.allCases.filter(times.weekdays.contains).map(\.rawValue).joined(separator: ",")
        let stretch = times.from == nil && times.to == nil ? "-" : "\(times.from?.iso ?? "")..\(times.to?.iso ?? "")"
        let hours = times.hours.map(\.text).joined(separator: ",")
        return "\(stretch) \(days.isEmpty ? "-" : days) \(hours.isEmpty ? "-" : hours)"
    }

    @Test(
        "days and hours in English",
        arguments: [
            ("Could I book a check-up?", "- - -"), ("Tuesday", "- tue -"), ("tuesdays or thursdays", "- tue,thu -"),
            ("tomorrow", "2026-03-03..2026-03-03 tue -"), ("the day after tomorrow", "2026-03-04..2026-03-04 wed -"),
            ("today please", "2026-03-02..2026-03-02 mon -"), ("next week", "2026-03-09..2026-03-15 - -"),
            ("this week", "2026-03-02..2026-03-08 - -"), ("Tuesday next week", "2026-03-09..2026-03-15 tue -"),
            ("in two weeks", "2026-03-14..2026-03-20 - -"), ("in 10 days", "2026-03-12..2026-03-12 thu -"),
            ("next month", "2026-04-01..2026-04-30 - -"), ("mornings", "- - 00:00-12:00"),
            ("Thursday morning", "- thu 00:00-12:00"), ("late afternoon", "- - 15:00-17:00"),
            ("not Thursday", "- mon,tue,wed,fri,sat,sun -"), ("I can't do Mondays", "- tue,wed,thu,fri,sat,sun -"),
            ("Tuesdays don't work", "- mon,wed,thu,fri,sat,sun -"), ("not mornings", "- - 12:00-24:00"),
            ("I can't do Tuesday but Thursday is fine", "- thu -"), ("after 3", "- - 15:00-24:00"),
            ("before 10:30", "- - 00:00-10:30"), ("between 9 and 11", "- - 09:00-11:00"),
            ("at 2pm", "- - 13:30-15:00"), ("after work", "- - 17:00-24:00"), ("weekdays", "- mon,tue,wed,thu,fri -"),
            ("any weekend", "- sat,sun -"), ("March 12", "2026-03-12..2026-03-12 thu -"),
            ("the 12th of March", "2026-03-12..2026-03-12 thu -"), ("the 20th", "2026-03-20..2026-03-20 fri -"),
            ("before Friday", "..2026-03-05 - -"), ("after Wednesday", "2026-03-05.. - -"),
            ("by Friday", "..2026-03-06 - -"), ("mornings or after 4", "- - 00:00-12:00,16:00-24:00"),
            ("Tuesday afternoon after 3", "- tue 15:00-17:00"), ("Good morning, any Friday?", "- fri -"),
            ("the week of March 17", "2026-03-16..2026-03-22 - -"),
            ("tomorrow or Thursday", "- tue,thu -"), ("my grand piano is green", "- - -"),
        ])
    func english(text: String, found: String) throws {
        #expect(try Self.read(text) == found)
    }

    @Test(
        "days and hours in Spanish",
        arguments: [
            ("Quiero una cita", "- - -"), ("el martes", "- tue -"), ("los lunes o los jueves", "- mon,thu -"),
            ("mañana", "2026-03-03..2026-03-03 tue -"), ("pasado mañana", "2026-03-04..2026-03-04 wed -"),
            ("mañana por la mañana", "2026-03-03..2026-03-03 tue 00:00-12:00"), ("hoy", "2026-03-02..2026-03-02 mon -"),
            ("la próxima semana", "2026-03-09..2026-03-15 - -"), ("la semana que viene", "2026-03-09..2026-03-15 - -"),
            ("en dos semanas", "2026-03-14..2026-03-20 - -"), ("por la tarde", "- - 12:00-19:00"),
            ("el jueves por la mañana", "- thu 00:00-12:00"), ("después de las 3", "- - 15:00-24:00"),
            ("antes de las 11", "- - 00:00-11:00"), ("a las 10", "- - 09:30-11:00"), ("de 2 a 4", "- - 14:00-16:00"),
            ("entre las nueve y las once", "- - 09:00-11:00"), ("a partir de mañana", "2026-03-03.. - -"),
            ("no los jueves", "- mon,tue,wed,fri,sat,sun -"), ("el martes no puedo", "- mon,wed,thu,fri,sat,sun -"),
            ("no puedo el martes, puedo el jueves", "- thu -"), ("entre semana", "- mon,tue,wed,thu,fri -"),
            ("el 12 de marzo", "2026-03-12..2026-03-12 thu -"), ("buenas tardes, ¿hay algo el viernes?", "- fri -"),
        ])
    func spanish(text: String, found: String) throws {
        #expect(try Self.read(text) == found)
    }

    @Test(
        "a day that describes the visit that is meant is no wish",
        arguments: [
            ("I need to move my visit on Tuesday", "- - -"), ("I need to move my Tuesday 9:00 appointment", "- - -"),
            ("move my appointment on Tuesday to Thursday afternoon", "- thu 12:00-17:00"),
            ("Can I reschedule my visit to next week?", "2026-03-09..2026-03-15 - -"),
            ("Quiero mover mi cita del martes al jueves", "- thu -"),
            ("Necesito cambiar mi cita del martes a las 9", "- - -"),
            ("Necesito cambiar mi cita a la próxima semana", "2026-03-09..2026-03-15 - -"),
            ("can't make my appointment Thursday can we do Friday", "- fri -"),
        ])
    func visits(text: String, found: String) throws {
        #expect(try Self.read(text, .move) == found)
    }

    @Test(
        "a reply that says nothing but when is told from one that says more",
        arguments: [
            ("Friday afternoon?", true), ("do you have anything on Friday", true), ("No, Friday please", true),
            ("¿Hay algo el viernes por la tarde?", true), ("none of these, next week", true), ("Not Friday", true),
            ("Friday, and my knee hurts", false), ("2 on Friday", false), ("no friday", false),
            ("Is Dr. Chen there on Friday?", false), ("can my mother come along on Friday", false),
        ])
    func whole(text: String, isWhole: Bool) throws {
        let today = try #require(CivilDate(iso: "2026-03-02"))
        #expect(TextTimes(text, of: .book, today: today).isWhole == isWhole)
    }

    @Test("a newer word of days takes the place of all, one of hours leaves the days")
    func narrowed() throws {
        let today = try #require(CivilDate(iso: "2026-03-02"))
        func times(_ text: String) -> TextTimes { TextTimes(text, of: .book, today: today) }
        let first = times("Tuesday morning")
        #expect(first.narrowed(by: times("Thursday")).weekdays == [.thursday])
        #expect(first.narrowed(by: times("Thursday")).hours.isEmpty)
        let later = first.narrowed(by: times("after 3"))
        #expect(later.weekdays == [.tuesday] && later.hours.map(\.text) == ["15:00-24:00"])
    }

    @Test("whatever is typed is read without an end or a crash")
    func hostile() throws {
        let today = try #require(CivilDate(iso: "2026-12-31"))
        var draw = ScheduleDraw(state: 11)
        let pieces = [
            "no", "not", "after", "de", "a", "las", "25:99", "24", "31", "february", "31st", "between", "and", "martes",
            ",", "?", "mañana", "99999999999999999999", "el", "-", "my visit", "y media", "pm", "next", "week", "🙂",
        ]
        for _ in 0..<2_000 {
            let text = (0..<draw.below(14)).map { _ in draw.pick(pieces) }.joined(separator: " ")
            for kind in TextAsk.Kind.allCases {
                let times = TextTimes(text, of: kind, today: today)
                if let from = times.from, let to = times.to { #expect(from <= to, "\(text)") }
            }
        }
    }
}
