import JSON
import Kernel
import Spine
import TimeZones
import Vault
import Web

extension Scheduling {
    /// Why a minute is not offered: of one practitioner, of anybody, or of a room, device or interpreter.
    func explainSlot(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let resource = fields.text("resource")
        let visitType = resource == nil ? fields.required("visit_type") : ""
        let practitioner = fields.text("practitioner")
        let location = fields.text("location")
        let local = fields.localTime("local_start")
        let patient = fields.id("patient", of: Patient.self)
        let need = fields.id("need", of: Need.self)
        let audience = fields.text("audience") ?? "staff"
        if audience != "staff", audience != "patient" { fields.note("audience", "staff or patient.") }
        try fields.check()
        guard let local else { throw Fault.invalid("local_start", "This is needed.") }
        let now = request.spine.clock.now()
        let texts = request.pages.catalogue
        let forPatient = audience == "patient"
        if let resource {
            let refusal = try await request.spine.ask(
                AskWhyNotThing(resource, location: location, localStart: local, now: now, desk: desk), as: caller)
            let key = refusal.map { forPatient ? "booking.told.not-available" : "booking.thing.\($0.rawValue)" }
            return Self.answer(
                forPatient ? refusal.map { _ in "not-available" } : refusal?.rawValue,
                key.map { texts.text($0, request.language) })
        }
        let refusal: SlotRefusal?
        if let practitioner, let location {
            let question = SlotFinder.Question(
                visitType: visitType, practitioner: practitioner, location: location, localStart: local)
            refusal = try await request.spine.ask(
                AskWhyNot(question, patient: patient, need: need, now: now, desk: desk), as: caller)
        } else {
            refusal = try await request.spine.ask(
                AskWhyNobody(
                    visitType: visitType, practitioners: practitioner.map { [$0] },
                    locations: location.map { [$0] }, localStart: local, patient: patient, need: need, now: now,
                    desk: desk), as: caller)
        }
        var missing: [String] = []
        if refusal == .factsMissing, let need {
            missing = try await request.spine.ask(AskMissingFacts(visitType, need: need, desk: desk), as: caller)
        }
        if forPatient {
            return Self.answer(
                refusal?.told, refusal.map { Self.told($0, missing: missing, texts, request.language) }, missing)
        }
        return Self.answer(refusal?.rawValue, refusal?.sentence(missing: missing), missing)
    }

    /// The words for the patient, with what we have to ask them.
    private static func told(
        _ refusal: SlotRefusal, missing codes: [String], _ texts: Catalogue, _ language: Language
    ) -> String {
        guard !codes.isEmpty else { return texts.text("booking.told.\(refusal.told)", language) }
        let facts = codes.map { texts.text("booking.fact.\($0)", language) }.joined(separator: ", ")
        return texts.text("booking.told.facts-missing.named", language, ["facts": facts])
    }

    private static func answer(_ code: String?, _ reason: String?, _ missing: [String] = []) -> WebResponse {
        var json = JSONWriter()
        json.beginObject()
        json.field("offered", code == nil)
        json.field("code", ifPresent: code)
        json.field("reason", ifPresent: reason)
        if !missing.isEmpty {
            json.key("missing")
            json.beginArray()
            for code in missing { json.string(code) }
            json.endArray()
        }
        json.endObject()
        return .json(json.bytes)
    }
}
