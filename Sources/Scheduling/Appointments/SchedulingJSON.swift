import JSON
import Kernel
import StudioAPI
import TimeZones

/// What this area's API answers.
enum SchedulingJSON {
    static func slots(_ slots: [OpenSlot], _ plan: SchedulePlan) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + slots.count * 220)
        json.beginObject()
        json.field("tzVersion", plan.timeZoneVersion)
        json.list("slots", slots) { slot, json in fields(slot, plan, &json) }
        json.endObject()
        return json.bytes
    }

    private static func fields(_ slot: OpenSlot, _ plan: SchedulePlan, _ json: inout JSONWriter) {
        json.field("visitType", slot.visitType)
        json.field("practitioner", slot.practitioner)
        json.field("location", slot.location)
        json.field("localStart", slot.localStart.iso)
        json.field("zone", ifPresent: plan.zone(ofLocation: slot.location)?.name)
        json.field("startsAt", Instant(microseconds: slot.span.start).iso8601)
        json.field("endsAt", Instant(microseconds: slot.span.end).iso8601)
        if !slot.resources.isEmpty {
            json.list("resources", slot.resources) { use, json in json.field("key", use.key) }
        }
        if slot.joinsGroup { json.field("joinsGroup", true) }
    }

    static func ranked(_ slots: [RankedSlot], _ plan: SchedulePlan) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + slots.count * 320)
        json.beginObject()
        json.field("tzVersion", plan.timeZoneVersion)
        json.list("slots", slots) { ranked, json in
            fields(ranked.slot, plan, &json)
            json.field("points", ranked.points)
            json.list("reasons", ranked.merits) { merit, json in
                json.field("code", merit.code)
                if let number = merit.number { json.field("number", number) }
            }
        }
        json.endObject()
        return json.bytes
    }

    /// `people`: whose each visit of a trip is, by their number in the question.
    static func trips(_ found: FoundTrips, people: [Int], _ plan: SchedulePlan) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + found.trips.count * 900)
        json.beginObject()
        json.field("tzVersion", plan.timeZoneVersion)
        json.field("isWhole", found.isWhole)
        json.list("trips", found.trips) { trip, json in
            json.list("visits", Array(zip(trip, people))) { visit, json in
                fields(visit.0, plan, &json)
                json.field("person", visit.1)
            }
        }
        json.endObject()
        return json.bytes
    }

    static func hold(_ hold: HoldAnswer) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("id", Crockford.encode(hold.id))
        json.field("expiresAt", Instant(microseconds: hold.expiresAt).iso8601)
        json.field("visitType", hold.visitType)
        json.field("practitioner", hold.practitioner)
        json.field("location", hold.location)
        json.field("localStart", hold.localStart)
        json.field("zone", hold.zone)
        json.field("startsAt", Instant(microseconds: hold.startsAt).iso8601)
        json.field("endsAt", Instant(microseconds: hold.endsAt).iso8601)
        json.endObject()
        return json.bytes
    }

    static func appointment(_ answer: AppointmentAnswer) -> [UInt8] {
        var json = JSONWriter(reserving: 400)
        json.beginObject()
        fields(answer, &json)
        json.endObject()
        return json.bytes
    }

    static func visits(_ answer: VisitsAnswer) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + answer.booked.count * 400)
        json.beginObject()
        json.list("appointments", answer.booked, fields)
        json.list("missed", answer.missed) { missed, json in
            json.field("localStart", missed.localStart)
            json.field("code", missed.code)
            json.field("reason", missed.reason)
        }
        json.endObject()
        return json.bytes
    }

    static func appointments(_ answers: [AppointmentAnswer]) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + answers.count * 400)
        json.beginObject()
        json.list("appointments", answers, fields)
        json.endObject()
        return json.bytes
    }

    private static func fields(_ answer: AppointmentAnswer, _ json: inout JSONWriter) {
        json.field("id", Crockford.encode(answer.id))
        json.field("patient", Crockford.encode(answer.patient))
        json.field("need", ifPresent: answer.need.map(Crockford.encode))
        json.field("status", answer.status)
        json.field("confirmed", answer.confirmed)
        json.field("pendingExternal", answer.status == AppointmentStatus.pending.rawValue)
        json.field("visitType", answer.visitType)
        json.field("practitioner", answer.practitioner)
        json.field("location", answer.location)
        json.field("localStart", answer.localStart)
        json.field("zone", answer.zone)
        json.field("startsAt", Instant(microseconds: answer.startsAt).iso8601)
        json.field("endsAt", Instant(microseconds: answer.endsAt).iso8601)
        json.field("minutes", Int((answer.endsAt - answer.startsAt) / 60_000_000))
        json.field("version", answer.version)
        json.field("cancelReason", ifPresent: answer.cancelReason)
        json.field("missedReason", ifPresent: answer.missedReason)
        json.field("timeRetaken", ifPresent: answer.retaken?.rawValue)
        if let missing = answer.missing { json.field("thingsMissing", missing.map(\.rawValue)) }
    }
}
