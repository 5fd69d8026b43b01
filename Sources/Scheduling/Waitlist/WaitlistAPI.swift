import HTTPTypes
import JSON
import Kernel
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var waitlistAPI: [Route] {
        typealias Description = WaitlistDescription
        return [
            .get("/api/v1/waitlist", .api(.waitlistRead, Description.list, listEntries)),
            .post("/api/v1/waitlist", .api(.waitlistWrite, Description.join, createEntry)),
            Route(.patch, "/api/v1/waitlist/{id}", .api(.waitlistWrite, Description.change, patchEntry)),
            .post("/api/v1/waitlist/{id}/leaving", .api(.waitlistWrite, Description.leave, leaveEntry)),
            .get("/api/v1/waitlist/openings", .api(.waitlistRead, Description.openings, listOpenings)),
            .post(
                "/api/v1/waitlist/openings/{id}/offering",
                .api(.waitlistWrite, Description.offerNow) { request, caller in
                    _ = try await request.spine.perform(
                        OfferOpening(try request.id("id"), waitlist: waitlist), as: caller)
                    return WebResponse(.noContent)
                }),
            .post(
                "/api/v1/waitlist/openings/{id}/withdrawal",
                .api(.waitlistWrite, Description.withdraw) { request, caller in
                    _ = try await request.spine.perform(
                        WithdrawOpening(try request.id("id"), waitlist: waitlist), as: caller)
                    return WebResponse(.noContent)
                }),
            .post(
                "/api/v1/waitlist/offers/{id}/acceptance",
                .api(.waitlistWrite, Description.accept) { request, caller in
                    try await answer(AcceptOffer(try request.id("id"), by: "api", waitlist: waitlist), request, caller)
                }),
            .post(
                "/api/v1/waitlist/offers/{id}/refusal",
                .api(.waitlistWrite, Description.decline) { request, caller in
                    try await answer(DeclineOffer(try request.id("id"), by: "api", waitlist: waitlist), request, caller)
                }),
        ]
    }

    private func answer<C: Command>(
        _ command: C, _ request: WebRequest, _ caller: Caller
    ) async throws -> WebResponse where C.Result == OfferAnswer {
        let answer = try await request.spine.perform(command, as: caller, idempotency: try Self.idempotency(request))
        return .json(WaitlistJSON.answer(answer))
    }

    func listEntries(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let visitType = fields.text("visit_type"), priority = fields.text("priority")
        let location = fields.text("location")
        let limit = fields.number("limit", 1...200) ?? 100
        let text = fields.text("cursor")
        try fields.check()
        let vault = try await request.spine.vault(request.tenant)
        let values = try text.map { try Cursor($0, for: "waitlist-api", vault: vault).values }
        let page = try await request.spine.ask(
            ListWaitlist(
                visitType: visitType, priority: priority, location: location,
                after: values.flatMap { $0.count == 2 ? ($0[0], $0[1]) : nil }, limit: limit + 1, named: false,
                desk: desk), as: caller)
        let shown = Array(page.entries.prefix(limit))
        var next: String?
        if page.entries.count > limit, let last = shown.last {
            next = try Cursor(last.joinedAt.microseconds, last.id.raw).text(for: "waitlist-api", vault: vault)
        }
        return .json(WaitlistJSON.entries(shown, next: next))
    }

    func createEntry(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = EntryBody(try request.json(), known: EntryBody.all)
        guard let patient: ID<Patient> = body.id("patient") else { throw body.refused("patient") }
        let id = try await request.spine.perform(
            JoinWaitlist(patient, try body.request(), waitlist: waitlist), as: caller,
            idempotency: try Self.idempotency(request))
        return .json(WaitlistJSON.id(id), status: .created)
    }

    func patchEntry(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let body = EntryBody(
            try request.json(), known: EntryBody.all.subtracting(["patient", "need", "visitType", "group"]))
        let id = try await request.spine.perform(
            ChangeEntry(
                try request.id("id"), try body.request(needsType: false), version: body.number("version"),
                waitlist: waitlist), as: caller, idempotency: try Self.idempotency(request))
        return .json(WaitlistJSON.id(id))
    }

    func leaveEntry(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        _ = try await request.spine.perform(
            LeaveWaitlist(try request.id("id"), reason: .staff, waitlist: waitlist), as: caller)
        return WebResponse(.noContent)
    }

    func listOpenings(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let page = try await request.spine.ask(
            ListOpenings(now: request.spine.clock.now(), desk: desk), as: caller)
        return .json(WaitlistJSON.openings(page.openings, page.offers))
    }
}

/// The members of a body that says what somebody wants.
struct EntryBody {
    static let all: Set<String> = [
        "patient", "need", "visitType", "practitioners", "locations", "weekdays", "from", "to", "earliest", "latest",
        "noticeHours", "priority", "authorized", "group", "version",
    ]
    private let body: JSONValue
    private let unknown: [Fault.Field]

    init(_ body: JSONValue, known: Set<String>) {
        self.body = body
        unknown = (body.object?.members ?? []).filter { !known.contains($0.key) }.map {
            .init($0.key, "Not a known field.")
        }
    }

    func id<Subject>(_ name: String) -> ID<Subject>? { body[name]?.string.flatMap { ID<Subject>($0) } }
    func number(_ name: String) -> Int? { body[name]?.int.map { Int($0) } }
    func refused(_ name: String) -> Fault { Fault.invalid(unknown + [.init(name, "An id of 13 characters.")]) }

    func request(needsType: Bool = true) throws -> WaitlistRequest {
        var fields = unknown
        func given(_ name: String) -> JSONValue? { body[name].flatMap { $0.isNull ? nil : $0 } }
        func text(_ name: String) -> String? {
            guard let value = given(name) else { return nil }
            if value.string == nil { fields.append(.init(name, "Must be a text.")) }
            return value.string
        }
        func list(_ name: String) -> [JSONValue] {
            guard let value = given(name) else { return [] }
            if value.array == nil { fields.append(.init(name, "Must be a list.")) }
            return value.array ?? []
        }
        func minute(_ name: String, _ otherwise: Int) -> Int {
            guard let written = text(name) else { return otherwise }
            guard let time = CivilTime(hhmm: written) else {
                fields.append(.init(name, "A time such as 09:30."))
                return otherwise
            }
            return time.minutesOfDay
        }
        func date(_ name: String) -> CivilDate? {
            guard let written = text(name) else { return nil }
            guard let date = CivilDate(iso: written), (1970...2200).contains(date.year) else {
                fields.append(.init(name, "A date such as 2026-11-30."))
                return nil
            }
            return date
        }
        let visitType = text("visitType")
        if needsType, visitType == nil { fields.append(.init("visitType", "This is needed.")) }
        let weekdays = list("weekdays").map { $0.int.flatMap { Int(exactly: $0) } ?? 0 }
        let notice = given("noticeHours")
        if let notice, notice.int == nil { fields.append(.init("noticeHours", "A number of hours.")) }
        let authorized = given("authorized")
        if let authorized, authorized.bool == nil { fields.append(.init("authorized", "True or false.")) }
        let need = text("need")
        if let need, ID<Need>(need) == nil { fields.append(.init("need", "An id of 13 characters.")) }
        let wish = WaitlistWish(
            visitType: visitType ?? "", practitioners: Set(list("practitioners").map { $0.string ?? "" }),
            locations: Set(list("locations").map { $0.string ?? "" }), weekdays: Set(weekdays),
            fromMinute: minute("from", 0), toMinute: minute("to", 1_440), earliest: date("earliest"),
            latest: date("latest"), noticeMinutes: Int(min(max(notice?.int ?? 0, -1), 10_000)) * 60)
        let priority = text("priority"), group = text("group")
        if !fields.isEmpty { throw Fault.invalid(fields) }
        return WaitlistRequest(
            wish, priority: priority, authorized: authorized?.bool ?? false, group: group,
            need: need.flatMap { ID<Need>($0) })
    }
}
