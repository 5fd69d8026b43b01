import JSON
import TimeZones

/// What the API answers of capacity.
enum CapacityJSON {
    static func use(_ answer: ReadCapacity.Answer) -> [UInt8] {
        let count = answer.count
        var json = JSONWriter(reserving: 4_096)
        json.beginObject()
        json.field("from", CivilDate(daysSinceEpoch: answer.days.lowerBound).iso)
        json.field("to", CivilDate(daysSinceEpoch: answer.days.upperBound - 1).iso)
        json.field("complete", !answer.isCut)
        json.key("total")
        json.beginObject()
        members(count.total, &json)
        json.endObject()
        list("weeks", .week, count, &json)
        list("practitioners", .practitioner, count, &json)
        list("locations", .location, count, &json)
        list("visitTypes", .visitType, count, &json)
        json.endObject()
        return json.bytes
    }

    private static func list(
        _ name: StaticString, _ dimension: CapacityDimension, _ count: CapacityCount, _ json: inout JSONWriter
    ) {
        let rows = (count.by[dimension] ?? [:]).sorted { $0.key < $1.key }
        json.list(name, rows) { row, json in
            let week = dimension == .week ? Int(row.key).map { CivilDate(daysSinceEpoch: $0).iso } : nil
            json.field("key", week ?? row.key)
            members(row.value, &json)
        }
    }

    private static func members(_ use: CapacityUse, _ json: inout JSONWriter) {
        json.field("offeredMinutes", use.offered)
        json.field("bookedMinutes", use.booked)
        json.field("visits", use.visits)
        if let share = use.share { json.field("used", rounded(share)) }
        proportion("missed", use.attendance.noShows, &json)
        proportion("calledOffLate", use.attendance.lateCancellations, &json)
        let reasons = use.attendance.missedReasons.sorted { $0.key < $1.key }
        json.list("missedReasons", reasons) { reason, json in
            json.field("reason", reason.key)
            json.field("count", reason.value)
        }
    }

    private static func proportion(_ name: StaticString, _ proportion: Proportion, _ json: inout JSONWriter) {
        json.key(name)
        json.beginObject()
        json.field("count", proportion.count)
        json.field("of", proportion.of)
        if let interval = proportion.interval {
            json.field("low", rounded(interval.low))
            json.field("high", rounded(interval.high))
        }
        json.endObject()
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

    static func released(_ blocks: [ReleasedBlock]) -> [UInt8] {
        var json = JSONWriter(reserving: 4_096)
        json.beginObject()
        json.list("blocks", blocks) { block, json in
            json.field("practitioner", block.practitioner)
            json.field("location", block.location)
            json.field("visitTypes", block.visitTypes)
            json.field("weekday", block.weekday)
            json.field("from", clock(block.from))
            json.field("to", clock(block.to))
            json.field("times", block.times)
            json.field("offeredMinutes", block.offered)
            json.field("bookedBefore", block.before)
            json.field("bookedAfter", block.after)
            json.field("bookedAfterByOthers", block.afterByOthers)
        }
        json.endObject()
        return json.bytes
    }

    static func clock(_ minute: Int) -> String {
        CivilTime(hour: minute / 60 % 24, minute: minute % 60)?.hhmm ?? ""
    }

    static func availability(_ answer: ReadAvailability.Answer) -> [UInt8] {
        var json = JSONWriter(reserving: 4_096)
        json.beginObject()
        json.list("now", answer.now) { next, json in
            json.field("visitType", next.visitType)
            json.field("location", next.location)
            if let days = next.days(1) { json.field("firstDays", days) }
            if let days = next.days(3) { json.field("thirdDays", days) }
            json.list("times", next.times) { slot, json in
                json.field("practitioner", slot.practitioner)
                json.field("localStart", slot.localStart.iso)
            }
        }
        json.list("recorded", answer.recorded) { row, json in
            json.field("day", row.day.iso)
            json.field("visitType", row.visitType)
            json.field("location", row.location)
            if let days = row.first { json.field("firstDays", days) }
            if let days = row.third { json.field("thirdDays", days) }
        }
        json.endObject()
        return json.bytes
    }

    static func whatIf(_ before: WhatIfResult, _ after: WhatIfResult, visits: Int) -> [UInt8] {
        var json = JSONWriter(reserving: 4_096)
        json.beginObject()
        json.field("demandFromVisits", visits)
        result("before", before, &json)
        result("after", after, &json)
        json.endObject()
        return json.bytes
    }

    private static func result(_ name: StaticString, _ result: WhatIfResult, _ json: inout JSONWriter) {
        json.key(name)
        json.beginObject()
        json.list("weeks", result.weeks) { week, json in
            json.field("offeredMinutes", week.offered)
            json.field("bookedMinutes", week.booked)
            json.field("asked", week.asked)
            json.field("unmet", week.unmet)
            if let wait = week.wait { json.field("waitDays", rounded(wait)) }
            if let days = week.thirdNext { json.field("thirdNextDays", days) }
        }
        json.list("groups", result.groups) { group, json in
            json.field("established", group.isEstablished)
            json.field("language", group.language)
            json.field("asked", group.asked)
            json.field("unmet", group.unmet)
            if let wait = group.wait { json.field("waitDays", rounded(wait)) }
        }
        json.endObject()
    }

    static func overbooking(_ inputs: Overbooking.Inputs) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        if let most = Overbooking.most(inputs) { json.field("most", most.more) }
        json.list("table", Overbooking.table(inputs)) { row, json in
            json.field("more", row.more)
            json.field("waitMinutes", rounded(row.wait))
            json.field("overtimeMinutes", rounded(row.overtime))
            json.field("seen", rounded(row.seen))
            json.field("within", row.isWithin)
        }
        json.endObject()
        return json.bytes
    }
}
