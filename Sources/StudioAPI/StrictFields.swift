/// Strict decoding: a field that the type does not know is an error, so that a slip of the pen is never a silent default.
struct StrictFields<Name: CodingKey & CaseIterable> {
    private let container: KeyedDecodingContainer<Name>

    /// - Parameter envelope: whether the document's own `kind` may stand among the fields.
    init(_ decoder: any Decoder, envelope: Bool = false) throws {
        let known = Set(Name.allCases.map(\.stringValue)).union(envelope ? ["kind"] : [])
        let present = try decoder.container(keyedBy: AnyName.self).allKeys.map(\.stringValue)
        let unknown = present.filter { !known.contains($0) }.sorted()
        if !unknown.isEmpty {
            let names = unknown.map { "“\($0)”" }.joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "Unknown field \(names). Known: \(known.sorted().joined(separator: ", "))."))
        }
        container = try decoder.container(keyedBy: Name.self)
    }

    func required<Value: Decodable>(_ name: Name) throws -> Value {
        try container.decode(Value.self, forKey: name)
    }

    func optional<Value: Decodable>(_ name: Name) throws -> Value? {
        try container.decodeIfPresent(Value.self, forKey: name)
    }

    func optional<Value: Decodable>(_ name: Name, default value: Value) throws -> Value {
        try container.decodeIfPresent(Value.self, forKey: name) ?? value
    }

    func list<Value: Decodable>(_ name: Name) throws -> [Value] {
        try container.decodeIfPresent([Value].self, forKey: name) ?? []
    }
}

/// Any field name: to see what a document really has, and for maps keyed by an enum.
struct AnyName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer where Key == AnyName {
    /// Reads a map whose field names are the raw values of an enum.
    func map<Field: RawRepresentable & CaseIterable & Hashable, Value: Decodable>(
        by _: Field.Type, _: Value.Type
    ) throws -> [Field: Value] where Field.RawValue == String {
        var result: [Field: Value] = [:]
        for name in allKeys {
            guard let field = Field(rawValue: name.stringValue) else {
                let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorruptedError(
                    forKey: name, in: self, debugDescription: "Unknown field “\(name.stringValue)”. Known: \(known).")
            }
            result[field] = try decode(Value.self, forKey: name)
        }
        return result
    }
}

extension KeyedEncodingContainer where Key == AnyName {
    mutating func encode<Field: RawRepresentable & CaseIterable & Hashable, Value: Encodable>(
        map: [Field: Value]
    ) throws where Field.RawValue == String {
        for field in Field.allCases {
            if let value = map[field] { try encode(value, forKey: AnyName(field.rawValue)) }
        }
    }
}
