import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import TimeZones
import Vault
import Web

extension Scheduling {
    var linkedVisitRoutes: [Route] {
        [
            .post("/api/v1/trips", .api(.appointmentWrite, SchedulingDescription.bookTrip, createTrip)),
            .post("/api/v1/series", .api(.appointmentWrite, SchedulingDescription.bookSeries, createSeries)),
            .post(
                "/api/v1/appointments/{id}/trip-cancellation",
                .api(.appointmentWrite, SchedulingDescription.cancelTrip, cancelTrip)),
        ]
    }

    /// Books the visits of a trip, all or none.
    func createTrip(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = try request.json()
        for member in body.object?.members ?? [] where !["visits", "need"].contains(member.key) {
            throw Fault.invalid(member.key, "Not a known field.")
        }
        guard let entries = body["visits"]?.array, !entries.isEmpty, entries.count <= BookLinkedVisits.most else {
            throw Fault.invalid("visits", "A list of 2 to \(BookLinkedVisits.most) visits.")
        }
        var need: ID<Need>?
        if let given = body["need"], !given.isNull {
            need = given.string.flatMap { ID<Need>($0) }
            if need == nil { throw Fault.invalid("need", "An id of 13 characters.") }
        }
        let visits = try entries.map { entry in
            var fields = QueryFields(
                entry, ["visitType", "practitioner", "location", "localStart", "patient", "proxy"])
            let question = Self.question(&fields)
            if fields.required("patient").isEmpty { try fields.check() }
            let patient = fields.id("patient", of: Patient.self)
            let asker = fields.id("proxy", of: PatientProxy.self)
            try fields.check()
            guard let question, let patient else { throw Fault.invalid("visits", "A slot and a patient each.") }
            return WantedVisit(question, patient: patient, asker: asker)
        }
        let answer = try await request.spine.perform(
            BookLinkedVisits(visits, need: need, desk: desk), as: caller,
            idempotency: try Self.idempotency(request))
        return .json(SchedulingJSON.visits(answer), status: .created)
    }

    /// Books the same visit every so many weeks or days, and says which times could not be had.
    func createSeries(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(
            try request.json(),
            [
                "visitType", "practitioner", "location", "localStart", "patient", "need", "count", "everyWeeks",
                "everyDays", "proxy",
            ])
        let question = Self.question(&fields)
        _ = fields.required("patient")
        let patient = fields.id("patient", of: Patient.self)
        let need = fields.id("need", of: Need.self)
        let asker = fields.id("proxy", of: PatientProxy.self)
        if fields.required("count").isEmpty { try fields.check() }
        let count = fields.number("count", SeriesRhythm.counts)
        let weeks = fields.number("everyWeeks", 1...SeriesRhythm.Unit.week.largest)
        let days = fields.number("everyDays", 1...SeriesRhythm.Unit.day.largest)
        if weeks != nil, days != nil { fields.note("everyDays", "Weeks or days, not both.") }
        try fields.check()
        guard let question, let patient, let count,
            let rhythm = SeriesRhythm(every: days ?? weeks ?? 1, days == nil ? .week : .day, count: count)
        else { throw Fault.invalid("localStart", "This is needed.") }
        let answer = try await request.spine.perform(
            BookSeries(
                question, patient: patient, on: rhythm.dates(from: question.localStart.date), need: need,
                asker: asker, desk: desk),
            as: caller, idempotency: try Self.idempotency(request))
        return .json(SchedulingJSON.visits(answer), status: .created)
    }

    /// Cancels all that was booked together with a visit.
    func cancelTrip(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(try request.json(), ["reason", "tell"])
        let (reason, tells) = try Self.cancellation(&fields)
        let answer = try await request.spine.perform(
            CancelLinkedVisits(request.id("id"), reason: reason, telling: tells, desk: desk), as: caller,
            idempotency: try Self.idempotency(request))
        return .json(SchedulingJSON.visits(answer))
    }
}
