import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import TimeZones
import Vault
import Web

extension Scheduling {
    var appointmentAPI: [Route] {
        typealias Description = SchedulingDescription
        return [
            .post("/api/v1/holds", .api(.appointmentWrite, Description.hold, createHold)),
            Route(.delete, "/api/v1/holds/{id}", .api(.appointmentWrite, Description.release, deleteHold)),
            .get("/api/v1/appointments", .api(.appointmentRead, Description.list, listAppointments)),
            .post("/api/v1/appointments", .api(.appointmentWrite, Description.book, createAppointment)),
            .get("/api/v1/appointments/{id}", .api(.appointmentRead, Description.read, readAppointment)),
            .post(
                "/api/v1/appointments/{id}/confirmation",
                .api(.appointmentWrite, Description.confirm) {
                    try await perform(ConfirmAppointment($0.id("id"), by: "api", desk: desk), $0, $1)
                }),
            .post(
                "/api/v1/appointments/{id}/arrival",
                .api(.appointmentWrite, Description.arrive) {
                    try await perform(ArriveAppointment($0.id("id"), desk: desk), $0, $1)
                }),
            .post(
                "/api/v1/appointments/{id}/calling",
                .api(.appointmentWrite, Description.callIn) {
                    try await perform(CallIn($0.id("id"), desk: desk), $0, $1)
                }),
            .post(
                "/api/v1/appointments/{id}/completion",
                .api(.appointmentWrite, Description.complete) {
                    try await perform(CompleteAppointment($0.id("id"), desk: desk), $0, $1)
                }),
            .post(
                "/api/v1/appointments/{id}/no-show",
                .api(.appointmentWrite, Description.miss) {
                    try await perform(MarkNoShow($0.id("id"), reason: Self.missedReason($0), desk: desk), $0, $1)
                }),
            .post("/api/v1/appointments/{id}/cancellation", .api(.appointmentWrite, Description.cancel, cancel)),
            .post("/api/v1/appointments/{id}/placement", .api(.appointmentWrite, Description.move, move)),
            .post("/api/v1/appointments/{id}/answer", .api(.appointmentWrite, Description.answerExternally, answer)),
        ]
    }

    // MARK: Holds

    func createHold(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(
            try request.json(),
            ["visitType", "practitioner", "location", "localStart", "patient", "need", "moving"])
        let question = Self.question(&fields)
        let patient = fields.id("patient", of: Patient.self)
        let need = fields.id("need", of: Need.self)
        let moving = fields.id("moving", of: Appointment.self)
        try fields.check()
        guard let question else { throw Fault.invalid("localStart", "This is needed.") }
        let hold = try await request.spine.perform(
            HoldSlot(question, patient: patient, need: need, moving: moving, desk: desk), as: caller,
            idempotency: try Self.idempotency(request))
        return .json(SchedulingJSON.hold(hold), status: .created)
    }

    func deleteHold(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        _ = try await request.spine.perform(ReleaseHold(request.id("id"), desk: desk), as: caller)
        return WebResponse(.noContent)
    }

    // MARK: Appointments

    func createAppointment(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(
            try request.json(),
            [
                "hold", "visitType", "practitioner", "location", "localStart", "patient", "need", "note", "joins",
                "proxy",
            ])
        let hold = fields.id("hold", of: SlotHold.self)
        let patient = fields.id("patient", of: Patient.self)
        let need = fields.id("need", of: Need.self)
        let note = fields.text("note")
        let joins = fields.id("joins", of: Appointment.self)
        let asker = fields.id("proxy", of: PatientProxy.self)
        let question = hold == nil ? Self.question(&fields) : nil
        if hold == nil { _ = fields.required("patient") }
        try fields.check()
        let from: BookingSource
        if let hold {
            from = .hold(hold, patient: patient)
        } else if let question, let patient {
            from = .slot(question, patient: patient)
        } else {
            throw Fault.invalid("hold", "Name a hold, or a slot and a patient.")
        }
        let answer = try await request.spine.perform(
            BookAppointment(from, need: need, note: note, joining: joins, asker: asker, desk: desk), as: caller,
            idempotency: try Self.idempotency(request))
        var response = WebResponse.json(SchedulingJSON.appointment(answer), status: .created)
        response.headers[.location] = "/api/v1/appointments/" + Crockford.encode(answer.id)
        return response
    }

    func readAppointment(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id = try request.id("id", of: Appointment.self)
        let row = try await request.spine.ask(ReadAppointment(id), as: caller)
        return .json(SchedulingJSON.appointment(AppointmentAnswer(row)))
    }

    func listAppointments(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let date = fields.date("date")
        let location = fields.required("location")
        if date == nil { _ = fields.required("date") }
        try fields.check()
        guard let date, let zone = try desk.plans.plan(of: caller.tenant).zone(ofLocation: location) else {
            throw Fault.invalid("location", "Not a known location.")
        }
        let rows = try await request.spine.ask(ListDay(location: location, date: date, zone: zone), as: caller)
        return .json(SchedulingJSON.appointments(rows.map { AppointmentAnswer($0) }))
    }

    func cancel(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(try request.json(), ["reason", "tell", "proxy"])
        let asker = fields.id("proxy", of: PatientProxy.self)
        let (reason, tells) = try Self.cancellation(&fields)
        return try await perform(
            CancelAppointment(request.id("id"), reason: reason, telling: tells, asker: asker, desk: desk), request,
            caller)
    }

    static func cancellation(_ fields: inout QueryFields) throws -> (reason: CancellationReason, tells: Bool) {
        let reason = CancellationReason(rawValue: fields.required("reason"))
        let tell = fields.text("tell") ?? "yes"
        try fields.check()
        guard let reason else {
            throw Fault.invalid(
                "reason", "One of \(CancellationReason.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard tell == "yes" || tell == "no" else { throw Fault.invalid("tell", "One of yes, no.") }
        return (reason, tell == "yes")
    }

    /// The body may be left out.
    static func missedReason(_ request: WebRequest) throws -> MissedReason? {
        if request.body.isEmpty { return nil }
        var fields = QueryFields(try request.json(), ["reason"])
        let reason = fields.text("reason")
        try fields.check()
        return try missedReason(reason)
    }

    static func missedReason(_ text: String?) throws(Fault) -> MissedReason? {
        guard let text, !text.isEmpty else { return nil }
        guard let reason = MissedReason(rawValue: text) else {
            throw Fault.invalid("reason", "One of \(MissedReason.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return reason
    }

    func move(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(
            try request.json(), ["hold", "visitType", "practitioner", "location", "localStart", "anyway", "proxy"])
        let hold = fields.id("hold", of: SlotHold.self)
        let question = hold == nil ? Self.question(&fields) : nil
        let asker = fields.id("proxy", of: PatientProxy.self)
        let anyway = fields.text("anyway") ?? "no"
        if anyway != "yes", anyway != "no" { fields.note("anyway", "One of yes, no.") }
        try fields.check()
        let target: MoveTarget
        if let hold {
            target = .hold(hold)
        } else if let question {
            target = .slot(question)
        } else {
            throw Fault.invalid("hold", "Name a hold or a slot.")
        }
        return try await perform(
            MoveAppointment(
                request.id("id"), to: target, breakingLinks: anyway == "yes", asker: asker, desk: desk), request,
            caller)
    }

    func answer(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(try request.json(), ["answer"])
        let answer = fields.required("answer")
        try fields.check()
        guard answer == "accepted" || answer == "declined" else {
            throw Fault.invalid("answer", "One of accepted, declined.")
        }
        return try await perform(
            RecordExternalAnswer(request.id("id"), accepted: answer == "accepted", desk: desk), request, caller)
    }

    private func perform<C: Command>(
        _ command: C, _ request: WebRequest, _ caller: Caller
    ) async throws -> WebResponse where C.Result == AppointmentAnswer {
        let answer = try await request.spine.perform(command, as: caller, idempotency: try Self.idempotency(request))
        return .json(SchedulingJSON.appointment(answer))
    }

    static func question(_ fields: inout QueryFields) -> SlotFinder.Question? {
        let visitType = fields.required("visitType")
        let practitioner = fields.required("practitioner")
        let location = fields.required("location")
        if fields.required("localStart").isEmpty { return nil }
        return fields.localTime("localStart").map {
            SlotFinder.Question(visitType: visitType, practitioner: practitioner, location: location, localStart: $0)
        }
    }

    /// The caller's key with what the request asks for: path and body.
    static func idempotency(_ request: WebRequest) throws(Fault) -> (key: IdempotencyKey, payload: [UInt8])? {
        guard let text = request.headers[.idempotencyKey] else { return nil }
        guard let key = IdempotencyKey(text) else {
            throw Fault.invalid("Idempotency-Key", "1 to 200 visible ASCII characters.")
        }
        return (key, Array(request.path.utf8) + request.body)
    }
}
