package import JSON

/// The element type `Reference`: a pointer to another resource, an identifier of it, or only its name.
package struct FHIRReference: Sendable, Hashable {
    /// What `Reference.reference` says.
    package enum Target: Sendable, Hashable {
        /// `Patient/23`, also `Patient/23/_history/4`: on the server it came from.
        case literal(type: String, id: String, version: String?)
        /// `https://other.example/fhir/Patient/23`.
        case absolute(url: String, type: String, id: String)
        /// `urn:uuid:…` in lower case without its prefix: the entry of this bundle with that `fullUrl`.
        case uuid(String)
        /// `Practitioner?identifier=system|value`: the one resource that the search finds.
        case conditional(type: String, FHIRSearchQuery)
        /// `#id`: a resource in `contained`. Empty for the container itself.
        case contained(id: String)
        /// Another URI, to be matched by `fullUrl`.
        case uri(String)
    }

    package let target: Target?
    /// `Reference.type`, or the type that the target names.
    package let type: String?
    package let identifier: FHIRIdentifier?
    package let display: String?
}

extension FHIRReference.Target {
    /// Never fails: what is of no known form is a URI that may be some entry's `fullUrl`.
    package init(parsing text: String) {
        let uuidPrefix = "urn:uuid:"
        if text.hasPrefix("#") {
            self = .contained(id: String(text.dropFirst()))
        } else if text.lowercased().hasPrefix(uuidPrefix) {
            self = .uuid(text.dropFirst(uuidPrefix.count).lowercased())
        } else if let conditional = Self.conditional(text) {
            self = conditional
        } else {
            self = Self.literal(text) ?? .uri(text)
        }
    }

    /// The type of resource that the reference itself names.
    package var type: String? {
        switch self {
        case .literal(let type, _, _), .absolute(_, let type, _), .conditional(let type, _): type
        case .uuid, .contained, .uri: nil
        }
    }

    private static func conditional(_ text: String) -> Self? {
        guard let mark = text.firstIndex(of: "?"), isTypeName(text[..<mark]),
            let query = FHIRSearchQuery(parsing: String(text[text.index(after: mark)...]))
        else { return nil }
        return .conditional(type: String(text[..<mark]), query)
    }

    private static func literal(_ text: String) -> Self? {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false)
        var version: String?
        if parts.count >= 4, parts[parts.count - 2] == "_history" {
            version = String(parts[parts.count - 1])
            parts.removeLast(2)
        }
        guard parts.count >= 2, isTypeName(parts[parts.count - 2]), isID(parts[parts.count - 1]) else { return nil }
        let (type, id) = (String(parts[parts.count - 2]), String(parts[parts.count - 1]))
        if parts.count == 2 { return .literal(type: type, id: id, version: version) }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else { return nil }
        return .absolute(url: text, type: type, id: id)
    }

    private static func isTypeName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
    }

    /// Letters, digits, hyphen and dot, to 64 (FHIR R4 2.24.0.1).
    private static func isID(_ text: Substring) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): true
                default: false
                }
            }
    }
}

extension FHIRReference {
    init(_ element: FHIRElement) throws(FHIRElementError) {
        let target = try element.string("reference").map { Target(parsing: $0) }
        self.target = target
        type = try element.string("type") ?? target?.type
        identifier = try element.element("identifier").map(FHIRIdentifier.init)
        display = try element.string("display")
    }

    /// The reference texts of all `Reference` elements in a resource, at any depth and in document order: to find what
    /// a resource that names no patient is about, and what a bundle needs. Only strings under `reference` count.
    package static func targets(in resource: JSONValue) -> [Target] {
        var found: [Target] = []
        collect(resource, into: &found)
        return found
    }

    private static func collect(_ value: JSONValue, into found: inout [Target]) {
        switch value {
        case .array(let elements): for element in elements { collect(element, into: &found) }
        case .object(let object):
            for member in object.members {
                if member.key == "reference", case .string(let text) = member.value {
                    found.append(Target(parsing: text))
                } else {
                    collect(member.value, into: &found)
                }
            }
        default: break
        }
    }
}
