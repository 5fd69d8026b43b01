import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones

/// What a form or a JSON body says of a referral, by the same names.
enum ReferralInputs {
    static let newFields: Set<String> = [
        "patient", "kind", "category", "draft", "priority", "serviceLine", "visitType", "performer", "requester",
        "performerName", "requesterName", "what", "reason", "code", "codeSystem", "authorization",
        "authorizationNumber", "authorizedFrom", "authorizedTo", "expiresOn", "identifier", "identifierSystem",
        "receivedOn",
    ]
    static let stepFields: Set<String> = [
        "step", "reason", "channel", "outcome", "note", "place", "on", "finding", "until", "version",
    ]
    static let describeFields: Set<String> = [
        "priority", "authorization", "authorizationNumber", "authorizedFrom", "authorizedTo", "expiresOn",
    ]

    /// A new referral; throws all that is wrong together.
    static func new(_ fields: inout QueryFields, source: String, now: Instant) throws -> NewReferral {
        let patient = fields.required("patient").isEmpty ? nil : fields.id("patient", of: Patient.self)
        let kind: ReferralKind? = fields.code("kind", isNeeded: true)
        let category: OrderCategory? = fields.code("category")
        let priority: NeedPriority = fields.code("priority") ?? .routine
        let authorization: ReferralAuthorization = fields.code("authorization") ?? .notNeeded
        let received = fields.date("receivedOn")
        let days = (fields.date("authorizedFrom"), fields.date("authorizedTo"), fields.date("expiresOn"))
        let draft = fields.text("draft")
        let (identifier, system) = (fields.text("identifier"), fields.text("identifierSystem"))
        try fields.check()
        guard let patient, let kind else { throw Fault.invalid("patient", "This is needed.") }
        var new = NewReferral(patient: patient, kind: kind, source: source)
        // A form has the field also where it means nothing.
        new.category = kind == .order ? category : nil
        new.isDraft = draft == "yes" || draft == "1"
        new.priority = priority
        new.serviceLine = fields.text("serviceLine")
        new.visitType = fields.text("visitType")
        new.performer = fields.text("performer")
        new.requester = fields.text("requester")
        new.code = fields.text("code")
        new.codeSystem = fields.text("codeSystem")
        new.content.performerName = fields.text("performerName")
        new.content.requesterName = fields.text("requesterName")
        new.content.what = fields.text("what")
        new.content.reason = fields.text("reason")
        new.content.authorizationNumber = fields.text("authorizationNumber")
        new.authorization = authorization
        new.authorizedFrom = days.0?.iso
        new.authorizedTo = days.1?.iso
        new.expiresOn = days.2?.iso
        new.identifier = identifier.map { (system ?? source, $0) }
        new.receivedAt = received.map { moment($0, now) }
        return new
    }

    /// The middle of a day somebody named, but no later than now.
    static func moment(_ day: CivilDate, _ now: Instant) -> Instant {
        min(now, Instant(microseconds: Int64(day.daysSinceEpoch) * 86_400_000_000 + 43_200_000_000))
    }

    static func step(_ fields: inout QueryFields, now: Instant) throws -> (step: ReferralStep, version: Int?) {
        let name = fields.required("step")
        let version = fields.number("version", 1...Int.max)
        let on = fields.date("on")
        let step: ReferralStep?
        switch name {
        case "activate": step = .activate
        case "accept": step = .accept
        case "decline": step = .decline(reason: fields.required("reason"))
        case "attempt":
            let channel: ContactChannel? = fields.code("channel", isNeeded: true)
            let outcome: ContactOutcome? = fields.code("outcome", isNeeded: true)
            let note = fields.text("note")
            step = channel.flatMap { channel in outcome.map { .attempt(channel, $0, note: note) } }
        case "elsewhere":
            step = .scheduledElsewhere(
                on.map { Instant(microseconds: Int64($0.daysSinceEpoch) * 86_400_000_000 + 43_200_000_000) })
        case "seen":
            let place: SeenPlace = fields.code("place") ?? .asReferred
            step = .seen(place, on: on.map { moment($0, now) })
        case "report", "report-sent": step = .report(on: on.map { moment($0, now) })
        case "acknowledge": step = .acknowledge(finding: fields.text("finding"))
        case "hold": step = .hold(until: fields.required("until"), reason: fields.text("reason"))
        case "resume": step = .resume
        case "complete": step = .close(.completed, note: fields.text("note"))
        case "close":
            let outcome: ReferralOutcome? = fields.code("outcome", isNeeded: true)
            let note = fields.text("note")
            step = outcome.map { .close($0, note: note) }
        case "reopen": step = .reopen
        default: step = nil
        }
        try fields.check()
        guard let step else {
            throw Fault.invalid(
                "step",
                "One of activate, accept, decline, attempt, elsewhere, seen, report, acknowledge, hold, resume, complete, close, reopen."
            )
        }
        return (step, version)
    }

    static func description(
        _ id: ID<Referral>, _ fields: inout QueryFields, desk: SchedulingDesk
    ) throws -> DescribeReferral {
        var command = DescribeReferral(id, desk: desk)
        command.priority = fields.code("priority")
        command.authorization = fields.code("authorization")
        command.authorizationNumber = fields.text("authorizationNumber")
        command.authorizedFrom = fields.date("authorizedFrom")?.iso
        command.authorizedTo = fields.date("authorizedTo")?.iso
        command.expiresOn = fields.date("expiresOn")?.iso
        try fields.check()
        return command
    }
}

extension QueryFields {
    mutating func code<Code: RawRepresentable & CaseIterable>(_ name: String, isNeeded: Bool = false) -> Code?
    where Code.RawValue == String {
        guard let text = isNeeded ? Optional(required(name)) : text(name), !text.isEmpty else { return nil }
        if let code = Code(rawValue: text) { return code }
        note(name, "One of \(Code.allCases.map(\.rawValue).joined(separator: ", ")).")
        return nil
    }
}
