import Kernel
import StudioAPI
import TimeZones
import Web

/// Which part of the schedule somebody looks at, as its address says it: `/schedule?date=…&location=…&view=week&by=room`.
struct ScheduleAsk: Sendable {
    enum Span: String, Sendable, CaseIterable { case day, week }
    /// What the columns are, or whose days they are.
    enum By: String, Sendable, CaseIterable { case practitioner, room, location }

    var span = Span.day
    var by = By.practitioner
    var date: CivilDate
    /// The place, also where the columns are of several.
    var location: String
    /// Of a week: whose it is.
    var practitioner: String?
    var room: String?

    init(date: CivilDate, location: String) {
        self.date = date
        self.location = location
    }

    init(_ query: FormFields, date: CivilDate, location: String) {
        self.init(date: date, location: location)
        span = query["view"].flatMap(Span.init(rawValue:)) ?? .day
        by = query["by"].flatMap(By.init(rawValue:)) ?? .practitioner
        practitioner = query.trimmed("practitioner")
        room = query.trimmed("room")
    }

    static func date(_ query: FormFields) -> CivilDate? {
        query["date"].flatMap(CivilDate.init(iso:)).flatMap { (1970...2200).contains($0.year) ? $0 : nil }
    }

    var monday: CivilDate { date.adding(days: 1 - date.weekday) }
    var days: Int { span == .week ? 7 : 1 }
    var first: CivilDate { span == .week ? monday : date }

    /// What in the address goes beside the date.
    var pairs: [(name: String, value: String)] {
        var pairs = [("location", location)]
        if span != .day { pairs.append(("view", span.rawValue)) }
        if by != .practitioner { pairs.append(("by", by.rawValue)) }
        if span == .week, by == .practitioner, let practitioner { pairs.append(("practitioner", practitioner)) }
        if span == .week, by == .room, let room { pairs.append(("room", room)) }
        return pairs
    }

    var address: String {
        "/schedule?date=\(date.iso)" + pairs.map { "&\($0.name)=\(FormFields.encode($0.value))" }.joined()
    }

    func on(_ date: CivilDate) -> ScheduleAsk {
        var ask = self
        ask.date = date
        return ask
    }

    func with(_ span: Span, _ by: By) -> ScheduleAsk {
        var ask = self
        ask.span = span
        ask.by = by
        return ask
    }
}
