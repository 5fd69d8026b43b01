import HTTPTypes
import JSON
import Kernel
import SchedulingAPI
import Spine
import StudioAPI
import Vault
import Web

extension Scheduling {
    var referralAPI: [Route] {
        typealias Description = ReferralDescription
        return [
            .get("/api/v1/referrals", .api(.referralRead, Description.list, listReferrals)),
            .post("/api/v1/referrals", .api(.referralWrite, Description.record, createReferral)),
            .get("/api/v1/referrals/{id}", .api(.referralRead, Description.read, readReferral)),
            .post("/api/v1/referrals/{id}/steps", .api(.referralWrite, Description.step, stepReferral)),
            .post("/api/v1/referrals/{id}/owner", .api(.referralWrite, Description.assign, assignReferral)),
            .post("/api/v1/referrals/{id}/description", .api(.referralWrite, Description.describe, describeReferral)),
            .post(
                "/api/v1/referrals/{id}/documents", largestBody: Blobs.largest,
                .api(.referralWrite, Description.file, fileReferralDocument)),
        ]
    }

    func listReferrals(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        var filter = ReferralFilter()
        filter.show = fields.code("show") ?? .open
        filter.kind = fields.code("kind")
        filter.serviceLine = fields.text("serviceLine")
        filter.owner = fields.id("owner", of: User.self)
        let limit = fields.number("limit", 1...200) ?? ListReferrals.most
        let cursor = fields.text("cursor")
        try fields.check()
        let vault = try await request.spine.vault(request.tenant)
        let name = "api/" + filter.name
        let after = try cursor.map { try Cursor($0, for: name, vault: vault) }
        let shown = try await request.spine.ask(
            ListReferrals(
                filter: filter, after: after, now: request.spine.clock.now(), limit: limit, desk: desk, staff: staff),
            as: caller)
        var json = JSONWriter(reserving: 256 + shown.rows.count * 500)
        json.beginObject()
        json.list("referrals", shown.rows) { row, json in ReferralJSON.fields(row, &json) }
        json.field("overdue", shown.overdue)
        json.field("next", ifPresent: try shown.next?.text(for: name, vault: vault))
        json.endObject()
        return .json(json.bytes)
    }

    func createReferral(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(try request.json(), ReferralInputs.newFields)
        let new = try ReferralInputs.new(&fields, source: "api", now: request.spine.clock.now())
        let answer = try await request.spine.perform(
            RecordReferral(new, desk: desk), as: caller, idempotency: try Self.idempotency(request))
        var response = WebResponse.json(ReferralJSON.answer(answer), status: .created)
        response.headers[.location] = "/api/v1/referrals/" + Crockford.encode(answer.id)
        return response
    }

    func readReferral(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let shown = try await request.spine.ask(
            ReadReferral(id: request.id("id"), desk: desk, staff: staff), as: caller)
        return .json(ReferralJSON.referral(shown, mayReadNotes: caller.may(.noteRead)))
    }

    func stepReferral(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(try request.json(), ReferralInputs.stepFields)
        let (step, version) = try ReferralInputs.step(&fields, now: request.spine.clock.now())
        return try await answer(
            StepReferral(request.id("id"), step, version: version, desk: desk), request, caller)
    }

    func assignReferral(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(try request.json(), ["owner"])
        let owner = fields.id("owner", of: User.self)
        try fields.check()
        return try await answer(
            AssignReferral(request.id("id"), to: owner, desk: desk, staff: staff), request, caller)
    }

    func describeReferral(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(try request.json(), ReferralInputs.describeFields)
        return try await answer(
            try ReferralInputs.description(request.id("id"), &fields, desk: desk), request, caller)
    }

    /// The body is the file itself.
    func fileReferralDocument(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let kind = request.query["kind"] ?? ReferralDocument.Kind.request.rawValue
        let made = try await request.spine.perform(
            FileReferralDocument(request.id("id"), kind: kind, request.body, name: nil, desk: desk), as: caller,
            idempotency: try Self.idempotency(request))
        var json = JSONWriter()
        json.beginObject()
        json.field("id", Crockford.encode(made))
        json.endObject()
        return .json(json.bytes, status: .created)
    }

    private func answer<C: Command>(
        _ command: C, _ request: WebRequest, _ caller: Caller
    ) async throws -> WebResponse where C.Result == ReferralAnswer {
        let answer = try await request.spine.perform(command, as: caller, idempotency: try Self.idempotency(request))
        return .json(ReferralJSON.answer(answer))
    }
}

/// What the API answers of referrals.
enum ReferralJSON {
    static func answer(_ answer: ReferralAnswer) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("id", Crockford.encode(answer.id))
        json.field("stage", answer.stage)
        json.field("version", answer.version)
        json.field("changed", answer.changed)
        json.endObject()
        return json.bytes
    }

    static func referral(_ shown: ReadReferral.Shown, mayReadNotes: Bool) -> [UInt8] {
        var json = JSONWriter(reserving: 2_048)
        json.beginObject()
        fields(shown.row, &json)
        let content = shown.content
        json.field("what", ifPresent: content.what)
        json.field("reason", ifPresent: content.reason)
        json.field("requesterName", ifPresent: content.requesterName)
        json.field("performerName", ifPresent: content.performerName)
        json.field("authorizationNumber", ifPresent: content.authorizationNumber)
        json.field("identifier", ifPresent: content.identifier)
        json.field("ending", ifPresent: content.ending)
        json.field("finding", ifPresent: content.finding)
        json.list("tries", shown.attempts) { entry, json in
            json.field("at", entry.attempt.at.iso8601)
            json.field("channel", entry.attempt.channel.rawValue)
            json.field("outcome", entry.attempt.outcome.rawValue)
            if mayReadNotes { json.field("note", ifPresent: entry.note) }
        }
        json.list("documents", shown.documents) { document, json in
            json.field("id", Crockford.encode(document.id))
            json.field("kind", document.kind.rawValue)
            json.field("mediaType", document.mediaType)
            json.field("size", document.size)
            json.field("addedAt", document.addedAt.iso8601)
        }
        json.endObject()
        return json.bytes
    }

    static func fields(_ row: ReferralRow, _ json: inout JSONWriter) {
        json.field("id", row.id.text)
        json.field("patient", row.patient.text)
        json.field("kind", row.kind.rawValue)
        json.field("category", ifPresent: row.category?.rawValue)
        json.field("status", row.status.rawValue)
        json.field("stage", row.stage.rawValue)
        json.field("priority", row.priority.rawValue)
        json.field("serviceLine", ifPresent: row.serviceLine)
        json.field("visitType", ifPresent: row.visitType)
        json.field("performer", ifPresent: row.performer)
        json.field("requester", ifPresent: row.requester)
        json.field("code", ifPresent: row.code)
        json.field("codeSystem", ifPresent: row.codeSystem)
        json.field("authorization", row.authorization.rawValue)
        json.field("authorizedFrom", ifPresent: row.authorizedFrom)
        json.field("authorizedTo", ifPresent: row.authorizedTo)
        json.field("expiresOn", ifPresent: row.expiresOn)
        json.field("source", row.source)
        json.field("owner", ifPresent: row.owner?.text)
        json.field("attempts", row.attempts)
        json.field("receivedAt", row.receivedAt.iso8601)
        json.field("firstContactAt", ifPresent: row.firstContactAt?.iso8601)
        json.field("appointment", ifPresent: row.hasVisit || row.seenAt != nil ? row.appointment?.text : nil)
        json.field("scheduledAt", ifPresent: row.scheduledAt?.iso8601)
        json.field("seenAt", ifPresent: row.seenAt?.iso8601)
        json.field("seenPlace", ifPresent: row.seenPlace?.rawValue)
        json.field("reportedAt", ifPresent: row.reportedAt?.iso8601)
        json.field("acknowledgedAt", ifPresent: row.acknowledgedAt?.iso8601)
        json.field("heldUntil", ifPresent: row.heldUntil)
        json.field("clock", ifPresent: row.clock?.rawValue)
        json.field("dueAt", ifPresent: row.dueAt?.iso8601)
        json.field("outcome", ifPresent: row.outcome?.rawValue)
        json.field("closedAt", ifPresent: row.closedAt?.iso8601)
        json.field("version", row.version)
    }
}
