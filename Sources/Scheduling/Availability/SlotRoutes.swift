import JSON
import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var slotRoutes: [Route] {
        [
            .get("/api/v1/slots", heavy: true, .api(.appointmentRead, SchedulingDescription.slots, findSlots)),
            .get(
                "/api/v1/slots/reason", heavy: true, .api(.appointmentRead, SchedulingDescription.reason, explainSlot)),
        ]
    }

    private static let mostSlots = 1_000

    func findSlots(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let visitType = fields.required("visit_type")
        let from = fields.date("from")
        let to = fields.date("to")
        let practitioner = fields.text("practitioner")
        let location = fields.text("location")
        let patient = fields.id("patient", of: Patient.self)
        let limit = fields.number("limit", 1...Self.mostSlots) ?? 200
        try fields.check()
        let now = request.spine.clock.now()
        let today = CivilDate(daysSinceEpoch: Int(now.seconds / 86_400))
        let first = from ?? today
        let search = SlotRequest(
            visitType: visitType, from: first, to: to ?? first.adding(days: 14),
            practitioners: practitioner.map { [$0] },
            locations: location.map { [$0] }, limit: limit)
        let slots = try await request.spine.ask(FindSlots(search, patient: patient, now: now, desk: desk), as: caller)
        let plan = try desk.plans.plan(of: caller.tenant)
        return .json(SchedulingJSON.slots(slots, plan))
    }

    func explainSlot(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let visitType = fields.required("visit_type")
        let practitioner = fields.required("practitioner")
        let location = fields.required("location")
        let local = fields.localTime("local_start")
        let patient = fields.id("patient", of: Patient.self)
        try fields.check()
        guard let local else { throw Fault.invalid("local_start", "This is needed.") }
        let question = SlotFinder.Question(
            visitType: visitType, practitioner: practitioner, location: location, localStart: local)
        let refusal = try await request.spine.ask(
            AskWhyNot(question, patient: patient, now: request.spine.clock.now(), desk: desk), as: caller)
        var json = JSONWriter()
        json.beginObject()
        json.field("offered", refusal == nil)
        json.field("code", ifPresent: refusal?.rawValue)
        json.field("reason", ifPresent: refusal?.sentence)
        json.endObject()
        return .json(json.bytes)
    }
}

/// Reads fields of a query or a JSON body and keeps all that is wrong with them, to be told together.
struct QueryFields {
    private let value: (String) -> String?
    private(set) var problems: [Fault.Field] = []

    init(_ query: FormFields) {
        value = { query.trimmed($0) }
    }

    /// Members that are strings; another type is a problem, null is as absent.
    init(_ body: JSONValue, _ known: Set<String>) {
        value = { body[$0]?.string }
        for member in body.object?.members ?? [] {
            if !known.contains(member.key) {
                problems.append(.init(member.key, "Not a known field."))
            } else if member.value.string == nil, !member.value.isNull {
                problems.append(.init(member.key, "Must be a text."))
            }
        }
    }

    mutating func text(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }

    mutating func required(_ name: String) -> String {
        guard let text = text(name) else {
            problems.append(.init(name, "This is needed."))
            return ""
        }
        return text
    }

    mutating func date(_ name: String) -> CivilDate? {
        guard let text = text(name) else { return nil }
        guard let date = CivilDate(iso: text), (1970...2200).contains(date.year) else {
            problems.append(.init(name, "A date such as 2026-11-30."))
            return nil
        }
        return date
    }

    mutating func localTime(_ name: String) -> CivilDateTime? {
        guard let text = text(name) else { return nil }
        guard let local = CivilDateTime(iso: text), (1970...2200).contains(local.date.year) else {
            problems.append(.init(name, "A local date and time such as 2026-11-30T09:40."))
            return nil
        }
        return local
    }

    mutating func number(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            problems.append(.init(name, "A number from \(range.lowerBound) to \(range.upperBound)."))
            return nil
        }
        return number
    }

    mutating func id<Subject>(_ name: String, of _: Subject.Type) -> ID<Subject>? {
        guard let text = text(name) else { return nil }
        guard let id = ID<Subject>(text) else {
            problems.append(.init(name, "An id of 13 characters."))
            return nil
        }
        return id
    }

    /// Something else that is wrong with a field.
    mutating func note(_ name: String, _ message: String) { problems.append(.init(name, message)) }

    func check() throws(Fault) {
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }
}
