/// # JSON
///
/// One value type, a strict parser with limits and a writer that appends straight to bytes (RFC 8259).
///
/// - A text is UTF-8 without byte order mark. Overlong forms, surrogates and anything after the value are errors.
/// - Objects keep the order of their members; a name that appears twice in one object is an error.
/// - Numbers are never changed: a token is an `Int64`, or a `Double` that prints as the same token, or is kept as text.
/// - Every error tells its place: byte, line, column and path. It never carries a value of the text.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent that fits.
    case int(Int64)
    /// A number whose shortest decimal form is the token that was read, such as `0.25`.
    case double(Double)
    /// The token of a number that neither `Int64` nor `Double` would give back: `1.50`, `1E400`, `-0`, forty digits.
    /// FHIR counts trailing zeros as precision, therefore they are kept.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// The text, if this is a string.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, if it is an integer of 64 bits. `1.0` is not an integer here.
    package var int: Int64? {
        if case .int(let number) = self { number } else { nil }
    }

    /// The number as the nearest `Double`, if this is one and it is finite.
    package var double: Double? {
        switch self {
        case .int(let number): return Double(number)
        case .double(let number): return number
        case .number(let token):
            guard let number = Double(token), number.isFinite else { return nil }
            return number
        default: return nil
        }
    }

    /// The truth value, if this is one.
    package var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The elements, if this is an array.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members, if this is an object.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// Whether this is `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The member of that name, if this is an object that has it.
    package subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element at that place, if this is an array that reaches so far.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

/// Equal as JSON: members in any order, strings by their bytes, numbers by kind and value.
extension JSONValue: Equatable {
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Members in the order written; a name that is repeated keeps its first place and takes the last value.
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in members { object[key] = value }
        self = .object(object)
    }
}

extension String {
    /// Swift calls "é" and "e" + accent equal; names of members are compared by their bytes.
    func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
    }
}
