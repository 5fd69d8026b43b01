import JSON
import Kernel
import SchedulingAPI
import TimeZones

/// What the API answers of the waitlist, and bodies of its events.
enum WaitlistJSON {
    static func object(_ pairs: [(String, String)]) -> JSONObject {
        var object = JSONObject()
        for (key, value) in pairs { object[key] = .string(value) }
        return object
    }

    static func id(_ raw: Int64) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("id", Crockford.encode(raw))
        json.endObject()
        return json.bytes
    }

    static func answer(_ answer: OfferAnswer) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("outcome", answer.outcome.rawValue)
        json.field("appointment", ifPresent: answer.appointment.map(Crockford.encode))
        json.field("reason", ifPresent: answer.reason)
        json.endObject()
        return json.bytes
    }

    static func entries(_ rows: [EntryRow], next: String?) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + rows.count * 300)
        json.beginObject()
        json.list("entries", rows) { row, json in
            json.field("id", row.id.text)
            json.field("patient", row.patient.text)
            json.field("need", ifPresent: row.need?.text)
            json.field("visitType", row.wish.visitType)
            json.field("practitioners", row.wish.practitioners.sorted())
            json.field("locations", row.wish.locations.sorted())
            json.field("weekdays", .array(row.wish.weekdays.sorted().map { .int(Int64($0)) }))
            json.field("from", ifPresent: row.wish.fromMinute == 0 ? nil : clock(row.wish.fromMinute))
            json.field("to", ifPresent: row.wish.toMinute == 1_440 ? nil : clock(row.wish.toMinute))
            json.field("earliest", ifPresent: row.wish.earliest?.iso)
            json.field("latest", ifPresent: row.wish.latest?.iso)
            json.field("noticeHours", (row.wish.noticeMinutes + 59) / 60)
            json.field("priority", row.priority)
            json.field("authorized", row.authorized)
            json.field("joinedAt", row.joinedAt.iso8601)
            json.field("version", row.version)
        }
        json.field("next", ifPresent: next)
        json.endObject()
        return json.bytes
    }

    static func openings(_ rows: [OpeningRow], _ offers: [ID<WaitlistOpening>: [OfferRow]]) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + rows.count * 400)
        json.beginObject()
        json.list("openings", rows) { row, json in
            json.field("id", row.id.text)
            json.field("visitType", row.visitType)
            json.field("practitioner", row.practitioner)
            json.field("location", row.location)
            json.field("localStart", row.localStart)
            json.field("zone", row.zone)
            json.field("startsAt", row.start.iso8601)
            json.field("cause", row.cause)
            json.field("state", row.state)
            json.field("openedAt", row.openedAt.iso8601)
            json.list("offers", offers[row.id] ?? []) { offer, json in
                json.field("id", offer.id.text)
                json.field("entry", offer.entry.text)
                json.field("patient", offer.patient.text)
                json.field("state", offer.state)
                json.field("reason", ifPresent: offer.reason)
                json.field("offeredAt", offer.offeredAt.iso8601)
                json.field("expiresAt", offer.expiresAt.iso8601)
                json.field("answeredBy", ifPresent: offer.answeredBy)
                json.field("appointment", ifPresent: offer.appointment?.text)
            }
        }
        json.endObject()
        return json.bytes
    }

    private static func clock(_ minute: Int) -> String? {
        CivilTime(hour: minute / 60 % 24, minute: minute % 60)?.hhmm
    }
}
