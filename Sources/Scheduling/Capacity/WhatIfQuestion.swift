import Kernel
import TimeZones
import Web

/// What somebody wants to change, from an address: fields that are left out change nothing.
struct WhatIfQuestion {
    private(set) var changes: [WhatIfChange] = []
    private(set) var problems: [Fault.Field] = []
    /// As it was written, for the form.
    let written: FormFields

    static let names = [
        "demand", "overbook", "release", "type", "minutes", "away", "week", "weeks", "practitioner", "location",
        "weekday", "from", "to",
    ]

    init(_ query: FormFields, _ plan: SchedulePlan) {
        written = query
        var fields = QueryFields(query)
        if let percent = fields.number("demand", -90...200), percent != 0 { changes.append(.demand(percent)) }
        if let more = fields.number("overbook", 0...5), more > 0 { changes.append(.overbook(more)) }
        if let hours = fields.number("release", 0...2_000) { changes.append(.release(minutes: hours * 60)) }
        let minutes = fields.number("minutes", 5...720)
        if let type = fields.text("type") {
            if plan.visitTypes[type] == nil { fields.note("type", "Not a known visit type.") }
            if let minutes {
                changes.append(.duration(visitType: type, minutes: minutes))
            } else {
                fields.note("minutes", "This is needed.")
            }
        } else if minutes != nil {
            fields.note("type", "This is needed.")
        }
        let week = fields.number("week", 1...WhatIfInputs.weeks) ?? 1
        let weeks = fields.number("weeks", 1...WhatIfInputs.weeks) ?? 1
        if let person = fields.text("away") {
            if plan.practitioner(person) == nil { fields.note("away", "Not a known practitioner.") }
            changes.append(.away(practitioner: person, firstWeek: week - 1, weeks: weeks))
        }
        session(&fields, plan)
        problems = fields.problems
    }

    private mutating func session(_ fields: inout QueryFields, _ plan: SchedulePlan) {
        let weekday = fields.number("weekday", 1...7)
        let location = fields.text("location")
        let from = Self.minute("from", &fields), to = Self.minute("to", &fields)
        guard let person = fields.text("practitioner") else { return }
        if plan.practitioner(person) == nil { fields.note("practitioner", "Not a known practitioner.") }
        guard let location, let weekday, let from, let to else {
            return fields.note("practitioner", "A session needs its location, day, beginning and end.")
        }
        if plan.location(location) == nil { fields.note("location", "Not a known location.") }
        if to <= from { fields.note("to", "The hours end after they begin.") }
        changes.append(.session(practitioner: person, location: location, weekday: weekday, from: from, to: to))
    }

    private static func minute(_ name: String, _ fields: inout QueryFields) -> Int? {
        guard let text = fields.text(name) else { return nil }
        guard let time = CivilTime(hhmm: text) else {
            fields.note(name, "A time such as 09:30.")
            return nil
        }
        return time.minutesOfDay
    }

    /// Both runs, side by side.
    static func answer(
        _ inputs: WhatIfInputs, _ changes: [WhatIfChange], _ timeZones: TimeZoneDatabase
    ) async throws -> (before: WhatIfResult, after: WhatIfResult) {
        let changed = try inputs.changed(changes, timeZones: timeZones)
        async let before = WhatIfRun.result(inputs)
        async let after = WhatIfRun.result(changed)
        return (await before, await after)
    }
}
