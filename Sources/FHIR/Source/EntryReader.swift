import JSON

/// Parses the bytes of one entry or one resource.
struct EntryReader {
    private let limits: JSONLimits
    private let place: FHIRPlace

    init(_ limits: JSONLimits, place: FHIRPlace) {
        self.limits = limits
        self.place = place
    }

    /// Bytes that are a resource.
    func resource(_ bytes: [UInt8]) -> FHIRItem {
        item(bytes) { (value) throws(FHIRFault.Reason) in
            guard value.object != nil else { throw .notAnObject }
            return FHIREntry(place: try known(value), fullURL: nil, request: nil, resource: value, raw: bytes)
        }
    }

    /// Bytes that are an element of `Bundle.entry`.
    func bundleEntry(_ bytes: [UInt8]) -> FHIRItem {
        item(bytes) { (value) throws(FHIRFault.Reason) in
            guard let object = value.object else { throw .notAnObject }
            guard let resource = object["resource"] else { throw .noResource }
            guard resource.object != nil else { throw .notAnObject }
            let known = try known(resource)
            let element = FHIRElement(object, path: .root("entry"))
            do throws(FHIRElementError) {
                return FHIREntry(
                    place: known, fullURL: try element.string("fullUrl"),
                    request: try element.one("request", FHIRRequest.init), resource: resource, raw: bytes)
            } catch {
                throw .element(error)
            }
        }
    }

    private func item(
        _ bytes: [UInt8], read: (JSONValue) throws(FHIRFault.Reason) -> FHIREntry
    ) -> FHIRItem {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: limits)
        } catch {
            var faultPlace = Self.guess(place, from: bytes)
            faultPlace.line += error.line - 1
            faultPlace.offset += error.offset
            return .fault(FHIRFault(place: faultPlace, reason: .json(error)))
        }
        do {
            return .entry(try read(value))
        } catch {
            return .fault(FHIRFault(place: Self.guess(place, from: bytes), reason: error))
        }
    }

    /// The place with type and id of the resource. Throws if it has no type.
    private func known(_ resource: JSONValue) throws(FHIRFault.Reason) -> FHIRPlace {
        guard let type = resource["resourceType"]?.string, Self.isTypeName(type) else { throw .noResourceType }
        var known = place
        known.resourceType = type
        known.resourceID = resource["id"]?.string
        return known
    }

    /// The names of types are letters only; anything else could be text that must not get into logs.
    private static func isTypeName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
    }

    /// Type and id of a resource that cannot be parsed, from the first members of these names, for the report.
    static func guess(_ place: FHIRPlace, from bytes: [UInt8]) -> FHIRPlace {
        var guessed = place
        guard let type = text(after: "\"resourceType\"", in: bytes[...]), isTypeName(type.text) else { return place }
        guessed.resourceType = type.text
        guessed.resourceID = text(after: "\"id\"", in: bytes[type.end...])?.text
        return guessed
    }

    /// The string that follows a name and its colon.
    private static func text(after name: StaticString, in bytes: ArraySlice<UInt8>) -> (text: String, end: Int)? {
        let pattern = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var start = bytes.startIndex
        while start + pattern.count < bytes.endIndex {
            guard let quote = bytes[start...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
            guard bytes[quote...].starts(with: pattern) else {
                start = quote + 1
                continue
            }
            let value = bytes[(quote + pattern.count)...].drop { $0 == 0x20 || $0 == UInt8(ascii: ":") }
            guard value.first == UInt8(ascii: "\"") else { return nil }
            let text = value.dropFirst().prefix { $0 != UInt8(ascii: "\"") && $0 > 0x20 && $0 < 0x7F }
            guard text.count <= 64 else { return nil }
            return (String(decoding: text, as: UTF8.self), text.endIndex)
        }
        return nil
    }
}

extension FHIRRequest {
    init(_ element: FHIRElement) throws(FHIRElementError) {
        method = try element.requiredCode("method")
        url = try element.requiredString("url")
        ifMatch = try element.string("ifMatch")
        ifNoneExist = try element.string("ifNoneExist").map { (text) throws(FHIRElementError) in
            guard let query = FHIRSearchQuery(parsing: text) else {
                throw element.error("ifNoneExist", .invalid("a search query such as identifier=system|value"))
            }
            return query
        }
    }
}
