import FHIR

/// Turns references of one file into keys of records or identifiers.
struct ReferenceKeys: Sendable {
    let keys: RecordKeys
    /// By `fullUrl` as `name(of:)` writes it.
    let aliases: [String: [UInt8]]

    /// How a `fullUrl` is noted: a UUID in lower case without its prefix, any other as it is.
    static func name(of fullURL: String) -> String {
        if case .uuid(let id) = FHIRReference.Target(parsing: fullURL) { return id }
        return fullURL
    }

    /// The patient that a reference to a patient names; nil when it cannot be followed.
    func owner(_ target: FHIRReference.Target) -> RecordOwner? {
        if case .conditional("Patient", let query) = target {
            guard let token = query.identifier else { return nil }
            return .identifier(keys.identifier("Patient", system: token.system, value: token.value))
        }
        return patientKey(target).map { .record($0) }
    }

    /// The key of what may be a patient; nil when it is certainly none.
    func patientKey(_ target: FHIRReference.Target) -> [UInt8]? {
        switch target {
        case .literal("Patient", let id, _): aliases["Patient/" + id] ?? keys.record("Patient", id)
        case .absolute(let url, "Patient", let id): aliases[url] ?? keys.record("Patient", id)
        case .uuid(let id): aliases[id] ?? keys.record("Patient", id)
        case .uri(let text): aliases[text]
        case .literal, .absolute, .conditional, .contained: nil
        }
    }

    /// What a reference of a known kind leads to. `type`: what it means where it does not say so itself.
    func target(_ reference: FHIRReference, type: String) -> [UInt8]? {
        let type = reference.type ?? type
        switch reference.target {
        case .literal(let named, let id, _): return keys.record(named, id)
        case .absolute(let url, let named, let id): return aliases[url] ?? keys.record(named, id)
        case .uuid(let id): return aliases[id] ?? keys.record(type, id)
        case .conditional(let named, let query):
            return query.identifier.map { keys.identifier(named, system: $0.system, value: $0.value) }
        case .uri(let text): return aliases[text]
        case .contained: return nil
        case nil:
            guard let value = reference.identifier?.value else { return nil }
            return keys.identifier(type, system: reference.identifier?.system ?? "", value: value)
        }
    }
}
