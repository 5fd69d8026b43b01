import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import TimeZones
import Vault

/// Answers of the API, written straight from what was opened.
enum PatientJSON {
    /// The summary: each field with its value, its source and since when it is known.
    static func bytes(_ summary: PatientSummary) -> [UInt8] {
        var json = JSONWriter(reserving: 2048)
        json.beginObject()
        let plain = summary.plain
        let record = summary.record
        json.field("id", plain.id.text)
        json.field("version", plain.version)
        if summary.set.members.count > 1 {
            json.field("records", summary.set.members.map(\.text))
        }
        if !summary.labels.codes.isEmpty { json.field("labels", summary.labels.codes) }
        json.key("name")
        json.beginObject()
        json.field("given", record.given)
        json.field("family", ifPresent: record.family)
        json.field("text", record.fullName)
        json.field("preferred", ifPresent: record.preferredName)
        json.endObject()
        json.field("birthDate", ifPresent: record.birthDate?.iso)
        json.field("gender", ifPresent: record.gender)
        json.field("language", plain.language)
        json.field("needsInterpreter", record.needsInterpreter)
        json.field("deceased", plain.deceased)
        json.field("zone", ifPresent: plain.zone)
        if record.addressLine != nil { address(record, &json) }
        json.field("contactPreference", ifPresent: record.contactPreference)
        json.field("flags", record.flags)
        sources(summary, &json)
        parts(summary, &json)
        json.endObject()
        return json.bytes
    }

    private static func address(_ record: PatientRecord, _ json: inout JSONWriter) {
        json.key("address")
        json.beginObject()
        json.field("lines", record.addressLines)
        json.field("city", ifPresent: record.city)
        json.field("state", ifPresent: record.state)
        json.field("postalCode", ifPresent: record.postalCode)
        json.endObject()
    }

    /// Demographic fields by name with where they came from; the parts below carry their own.
    private static func sources(_ summary: PatientSummary, _ json: inout JSONWriter) {
        json.key("sources")
        json.beginObject()
        let record = summary.record
        for field in PatientField.allCases where record.has(field, plain: summary.plain) {
            json.key(named: field.rawValue)
            json.beginObject()
            source(summary.source(of: field), &json)
            json.endObject()
        }
        json.endObject()
    }

    private static func source(_ source: FieldSource, _ json: inout JSONWriter) {
        json.field("source", source.source)
        json.field("recordedAt", source.at.iso8601)
    }

    private static func parts(_ summary: PatientSummary, _ json: inout JSONWriter) {
        // What the caller has no right to is absent: an empty list would say that there is none.
        if summary.shows(.identifierRead) {
            json.list("identifiers", summary.identifiers) { identifier, json in
                json.field("system", identifier.system)
                json.field("value", identifier.value)
                source(identifier.source, &json)
            }
        }
        if summary.shows(.contactRead) {
            json.list("contactPoints", summary.contacts) { entry, json in
                json.field("kind", entry.contact.kind)
                json.field("use", entry.contact.use)
                json.field("value", entry.contact.value)
                json.field("shared", entry.contact.shared)
                source(entry.source, &json)
            }
        }
        json.list("preferences", summary.record.preferences) { preference, json in
            json.field("kind", preference.kind)
            json.field("code", preference.code)
            json.field("note", ifPresent: preference.note)
            source(preference.source, &json)
        }
        if summary.shows(.coverageRead) {
            json.list("coverage", summary.coverage) { coverage, json in
                json.field("payer", coverage.details.payer)
                json.field("plan", ifPresent: coverage.details.plan)
                json.field("memberId", ifPresent: coverage.details.memberID)
                source(coverage.source, &json)
            }
        }
        json.list("consents", summary.consents) { consent, json in
            json.field("channel", consent.channel)
            json.field("purpose", consent.purpose)
            json.field("given", consent.given)
            source(FieldSource(source: consent.source, at: consent.recordedAt), &json)
        }
        json.list("openNeeds", summary.needs) { need, json in
            json.field("id", need.id.text)
            json.field("reason", need.reason)
            json.field("title", need.title)
            json.field("stage", need.stage)
            json.field("priority", need.priority)
            json.field("nextStep", need.nextStep)
            json.field("team", need.team)
            json.field("owner", ifPresent: need.ownerName)
            json.field("openedAt", need.openedAt.iso8601)
            json.field("dueAt", need.dueAt.iso8601)
        }
        json.key("nextVisit")
        guard let visit = summary.next else { return json.null() }
        json.beginObject()
        json.field("id", visit.id.text)
        json.field("status", visit.status)
        json.field("confirmed", visit.confirmed)
        json.field("localStart", visit.localStart)
        json.field("zone", visit.zone)
        json.field("startsAt", visit.startsAt.iso8601)
        json.field("minutes", visit.minutes)
        json.field("visitType", visit.visitType)
        json.field("practitioner", visit.practitioner)
        json.field("location", visit.location)
        json.endObject()
    }

    // MARK: Search and timeline

    static func bytes(_ result: SearchResult, next: String?) -> [UInt8] {
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.list("patients", result.hits) { hit, json in
            json.field("id", hit.id.text)
            json.field("name", hit.record.fullName)
            json.field("preferredName", ifPresent: hit.record.preferredName)
            json.field("birthDate", ifPresent: hit.record.birthDate?.iso)
            json.field("gender", ifPresent: hit.record.gender)
            json.field("mrn", ifPresent: hit.mrn)
            json.field("language", hit.stored.plain.language)
            json.field("deceased", hit.stored.plain.deceased)
            json.field("match", hit.reasons)
        }
        json.field("next", ifPresent: next)
        json.endObject()
        return json.bytes
    }

    /// `words` puts an entry into the reader's language.
    static func bytes(
        _ page: TimelinePage, next: String?, words: (TimelineEntry) -> (title: String, detail: String?)
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.list("entries", page.entries) { entry, json in
            let event = entry.event
            json.field("id", event.id.text)
            json.field("kind", event.kind.rawValue)
            let (title, detail) = words(entry)
            json.field("text", title)
            json.field("detail", ifPresent: detail)
            json.field("occurredAt", event.occurredAt.iso8601)
            json.field("recordedAt", event.recordedAt.iso8601)
            json.field("patient", ifPresent: event.patient?.text)
            json.field("need", ifPresent: event.need?.text)
            json.field("actorKind", event.actor.kind)
            json.field("actor", ifPresent: entry.actorName)
            json.field("body", event.body)
        }
        json.field("next", ifPresent: next)
        json.endObject()
        return json.bytes
    }

    static func bytes(_ version: PatientVersion) -> [UInt8] {
        var json = JSONWriter(reserving: 64)
        json.beginObject()
        json.field("id", version.patient)
        json.field("version", version.version)
        json.endObject()
        return json.bytes
    }
}

extension PatientRecord {
    /// Whether there is a value to tell the source of.
    func has(_ field: PatientField, plain: PatientPlain) -> Bool {
        switch field {
        case .name: !fullName.isEmpty
        case .preferredName: preferredName != nil
        case .birthDate: birthDate != nil
        case .gender: gender != nil
        case .language, .deceased: true
        case .needsInterpreter: needsInterpreter
        case .address: addressLine != nil
        case .zone: plain.zone != nil
        case .contactPreference: contactPreference != nil
        case .flags: !flags.isEmpty
        }
    }
}
