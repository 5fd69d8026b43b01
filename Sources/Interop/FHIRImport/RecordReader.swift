import FHIR
import JSON
import Kernel
import PeopleAPI
import Vault

/// Reads an entry into what the transaction needs. Pure but for the keys of the hashes.
struct RecordReader: Sendable {
    let keys: RecordKeys
    /// The entries of each file whose `fullUrl` is not simply their type and id.
    let aliases: [String: [String: [UInt8]]]

    func read(_ entry: FHIREntry, file: String) -> Result<PreparedRecord, RecordRefusal> {
        do {
            return .success(try prepared(entry, file: file))
        } catch let refusal as RecordRefusal {
            return .failure(refusal)
        } catch {
            return .failure(.broken("\(error)"))
        }
    }

    private func prepared(_ entry: FHIREntry, file: String) throws -> PreparedRecord {
        let type = entry.resourceType
        if let method = entry.request?.method, method != .post, method != .put {
            throw RecordRefusal.skip("asks for \(method.rawValue), which an import does not do")
        }
        if RecordTypes.wrappers.contains(type) {
            throw RecordRefusal.skip("is a \(type), which is no record of its own")
        }
        var writer = JSONWriter(reserving: entry.raw.count)
        writer.value(entry.resource)
        let raw = writer.bytes
        let content = keys.content(raw)
        let key = Self.identity(of: entry).map { keys.record(type, $0) } ?? content
        let references = ReferenceKeys(keys: keys, aliases: aliases[file] ?? [:])
        let condition = try condition(of: entry, type: type)
        var notes: [ImportNote] = []
        let body: PreparedRecord.Body
        if type == "Patient" {
            let imported = ImportedPerson(try FHIRPatient(entry.resource))
            notes = imported.notes
            var person = imported.person
            person.labels = SecurityLabels.labels(of: entry.resource["meta"])
            body = .patient(person)
        } else if RecordTypes.ofNobody.contains(type) {
            body = try Self.external(entry)
        } else {
            body = .document(try document(entry, references))
        }
        return PreparedRecord(
            place: RecordPlace(entry.place, file: file), type: type, key: key, contentHash: content, raw: raw,
            condition: condition, identifiers: try identifiers(of: entry, type: type), notes: notes, body: body)
    }

    /// What the source calls the resource: its id, else the end of its `fullUrl` or of the address it is put to.
    static func identity(of entry: FHIREntry) -> String? {
        if let id = entry.id { return id }
        for text in [entry.fullURL, entry.request?.method == .put ? entry.request?.url : nil].compactMap({ $0 }) {
            switch FHIRReference.Target(parsing: text) {
            case .uuid(let id), .literal(_, let id, _), .absolute(_, _, let id): return id
            case .uri(let text): return text
            case .conditional, .contained: continue
            }
        }
        return nil
    }

    /// The `fullUrl` under which other entries of the file name this one, unless its id says the same.
    static func alias(of entry: FHIREntry) -> String? {
        guard let url = entry.fullURL else { return nil }
        let name = ReferenceKeys.name(of: url)
        return name == entry.id ? nil : name
    }

    private func condition(of entry: FHIREntry, type: String) throws -> [UInt8]? {
        guard let query = entry.request?.ifNoneExist else { return nil }
        guard let token = query.identifier else {
            throw RecordRefusal.broken("ifNoneExist is no search for one identifier (identifier=system|value)")
        }
        return keys.identifier(type, system: token.system, value: token.value)
    }

    /// Of records that others name by identifier: each under its system and under any.
    private func identifiers(of entry: FHIREntry, type: String) throws -> [[UInt8]] {
        let isNamed = type == "Patient" || RecordTypes.ofNobody.contains(type) || entry.request?.ifNoneExist != nil
        guard isNamed, let list = entry.resource["identifier"]?.array else { return [] }
        var found: [[UInt8]] = []
        for identifier in list.prefix(100) {
            guard let value = identifier["value"]?.string else { continue }
            found.append(keys.identifier(type, system: identifier["system"]?.string ?? "", value: value))
            found.append(keys.identifier(type, system: nil, value: value))
        }
        return found
    }

    private static func external(_ entry: FHIREntry) throws -> PreparedRecord.Body {
        switch entry.resourceType {
        case "Practitioner":
            let practitioner = try FHIRPractitioner(entry.resource)
            let name = practitioner.names.first { $0.use == .official } ?? practitioner.names.first
            let parts = (name?.given ?? []) + [name?.family].compactMap { $0 }
            return .external(
                name: nil, npi: practitioner.npi.flatMap(plainNumber), title: name?.text ?? parts.joined(separator: " ")
            )
        case "Organization":
            let organization = try FHIROrganization(entry.resource)
            return .external(name: plainText(organization.name), npi: nil, title: organization.name)
        case "Location":
            let location = try FHIRLocation(entry.resource)
            return .external(name: plainText(location.name), npi: nil, title: location.name)
        default:
            let summary = try FHIRSummary(of: entry.resource)
            return .external(name: nil, npi: nil, title: summary.text)
        }
    }

    /// A national provider identifier: ten digits. Source: 45 CFR 162.406.
    private static func plainNumber(_ text: String) -> String? {
        text.utf8.count == 10 && text.utf8.allSatisfy { (48...57).contains($0) } ? text : nil
    }

    static func plainText(_ text: String?) -> String? {
        guard let text, (1...400).contains(text.utf8.count), !text.unicodeScalars.contains(where: { $0.value < 32 })
        else {
            return nil
        }
        return text
    }
}

// What is about a patient
extension RecordReader {
    private func document(_ entry: FHIREntry, _ references: ReferenceKeys) throws -> PreparedDocument {
        let summary = try FHIRSummary(of: entry.resource)
        let code = try Self.checked(summary.code?.code, "code")
        return PreparedDocument(
            owner: try owner(entry, summary, references), code: code,
            codeSystem: code == nil ? nil : try Self.checked(summary.code?.system, "code.system"), title: summary.text,
            primaryAt: summary.dateMicros.map { Instant(microseconds: $0) },
            links: try links(entry, summary, references),
            coverage: try claim(entry),
            request: entry.resourceType == "ServiceRequest"
                ? ServiceRequestContent(
                    entry.resource, authoredAt: summary.dateMicros.map { Instant(microseconds: $0) }) : nil,
            labels: SecurityLabels.labels(of: entry.resource["meta"]))
    }

    /// Codes stand plain, so they must look like codes.
    private static func checked(_ text: String?, _ name: String) throws -> String? {
        guard let text else { return nil }
        guard text.utf8.count <= 256, !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw RecordRefusal.broken("\(name) is longer than 256 bytes or holds control characters")
        }
        return text
    }

    private func owner(_ entry: FHIREntry, _ summary: FHIRSummary, _ references: ReferenceKeys) throws -> RecordOwner {
        if let patient = summary.patient {
            if let target = patient.target, let owner = references.owner(target) { return owner }
            if let identifier = patient.identifier, let value = identifier.value {
                return .identifier(keys.identifier("Patient", system: identifier.system ?? "", value: value))
            }
            throw RecordRefusal.broken("names its patient in a way that cannot be followed")
        }
        // What names no patient belongs to the one it speaks about: a Provenance to that of its targets.
        let candidates = FHIRReference.targets(in: entry.resource).prefix(10_000).compactMap {
            references.patientKey($0)
        }
        guard !candidates.isEmpty else { throw RecordRefusal.skip("names no patient") }
        var seen: Set<[UInt8]> = []
        return .among(candidates.filter { seen.insert($0).inserted })
    }

    private func links(_ entry: FHIREntry, _ summary: FHIRSummary, _ references: ReferenceKeys) throws -> [RecordLink] {
        var links: [RecordLink] = []
        func add(_ role: String, _ reference: FHIRReference?, _ type: String) {
            guard links.count < 50, let reference, let target = references.target(reference, type: type) else { return }
            let link = RecordLink(role: role, target: target)
            if !links.contains(link) { links.append(link) }
        }
        if entry.resourceType == "Encounter" {
            let encounter = try FHIREncounter(entry.resource)
            for participant in encounter.participants { add("practitioner", participant.individual, "Practitioner") }
            for location in encounter.locations { add("location", location, "Location") }
            add("organization", encounter.serviceProvider, "Organization")
        } else if let reference = summary.codeReference, reference.type == nil || reference.type == "Medication" {
            add("medication", reference, "Medication")
        }
        return links
    }

    private func claim(_ entry: FHIREntry) throws -> CoverageClaim? {
        let stated: FHIRCoverage?
        switch entry.resourceType {
        case "Coverage": stated = try FHIRCoverage(entry.resource)
        case "ExplanationOfBenefit": stated = try FHIRCoverage.used(by: entry.resource).first
        default: return nil
        }
        guard let stated, stated.status == nil || stated.status == .active else { return nil }
        guard let payer = stated.isNone ? "Self-pay" : Self.line(stated.payerName) else { return nil }
        let plan = stated.classes.first { $0.type.hasCode("plan") }
        let coverage = NewCoverage(
            payer: payer, plan: Self.line(plan?.name ?? plan?.value), memberID: Self.line(stated.subscriberID),
            source: "import")
        let hash = keys.coverage(payer: payer, plan: coverage.plan, memberID: coverage.memberID)
        let from = stated.usedDuring?.start ?? stated.usedDuring?.end ?? stated.period?.start
        return CoverageClaim(coverage: coverage, hash: hash, from: from.map { Instant(microseconds: $0.sortMicros) })
    }

    /// One line of visible text of at most 200 letters, as a card shows it; else nil.
    private static func line(_ text: String?) -> String? {
        guard let text = plainText(text)?.trimmed, !text.isEmpty, text.count <= 200 else { return nil }
        return text
    }
}

/// Types of resources by whom they are about.
enum RecordTypes {
    /// They carry others or speak about a request.
    static let wrappers: Set<String> = ["Bundle", "OperationOutcome", "Parameters", "Binary"]
    /// They are about nobody in care: who treats, where, with what, by which rules.
    static let ofNobody: Set<String> = [
        "ActivityDefinition", "CapabilityStatement", "CodeSystem", "ConceptMap", "Endpoint", "HealthcareService",
        "InsurancePlan", "Library", "Location", "Measure", "Medication", "MedicationKnowledge", "NamingSystem",
        "Organization", "OrganizationAffiliation", "PlanDefinition", "Practitioner", "PractitionerRole",
        "Questionnaire",
        "SearchParameter", "StructureDefinition", "Substance", "ValueSet",
    ]
}
