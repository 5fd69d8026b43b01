import JSON

/// What is wrong with an element, and which. Carries no value.
package struct FHIRElementError: Error, Sendable, Equatable {
    package enum Problem: Sendable, Equatable {
        case missing
        case wrongType(expected: StaticText)
        case invalid(StaticText)
        case unknownCode
        case wrongResource(expected: StaticText)
    }

    /// `Patient.name[0].period.start`.
    package let path: String
    package let problem: Problem
}

/// A text of the program, never of the input.
package struct StaticText: Sendable, Equatable, ExpressibleByStringLiteral, CustomStringConvertible {
    private let text: StaticString

    package init(stringLiteral text: StaticString) { self.text = text }

    package var description: String { text.description }

    package static func == (left: StaticText, right: StaticText) -> Bool { left.description == right.description }
}

extension FHIRElementError: CustomStringConvertible {
    package var description: String {
        switch problem {
        case .missing: "\(path) is missing"
        case .wrongType(let expected): "\(path) should be \(expected)"
        case .invalid(let rule): "\(path) is not \(rule)"
        case .unknownCode: "\(path) is a code that FHIR R4 does not have there"
        case .wrongResource(let expected): "\(path) should be a resource of type \(expected)"
        }
    }
}

/// An object of a resource with its path, to read members by their FHIR type.
///
/// Every reader gives `nil` or an empty list where the member is absent, and throws where it is of another type.
struct FHIRElement {
    /// Spelled out only when an error is made.
    indirect enum Path {
        case root(String)
        case member(Path, String)
        case index(Path, Int)

        var text: String {
            switch self {
            case .root(let name): name
            case .member(let path, let name): "\(path.text).\(name)"
            case .index(let path, let index): "\(path.text)[\(index)]"
            }
        }
    }

    let object: JSONObject
    let path: Path

    init(_ object: JSONObject, path: Path) {
        self.object = object
        self.path = path
    }

    /// The root of a resource of that type.
    init(resource: JSONValue, type: StaticText) throws(FHIRElementError) {
        guard let object = resource.object, object["resourceType"]?.string == type.description else {
            throw FHIRElementError(path: type.description, problem: .wrongResource(expected: type))
        }
        self.init(object, path: .root(type.description))
    }

    func error(_ key: String, _ problem: FHIRElementError.Problem) -> FHIRElementError {
        FHIRElementError(path: Path.member(path, key).text, problem: problem)
    }

    /// An element that must be there, read as what it is.
    func requiredOne<Value>(
        _ key: String, _ read: (FHIRElement) throws(FHIRElementError) -> Value
    ) throws(FHIRElementError) -> Value {
        try required(key, one(key, read))
    }

    func required<Value>(_ key: String, _ value: Value?) throws(FHIRElementError) -> Value {
        guard let value else { throw error(key, .missing) }
        return value
    }
}

// Primitive types
extension FHIRElement {
    func string(_ key: String) throws(FHIRElementError) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.string else { throw error(key, .wrongType(expected: "a string")) }
        guard !text.isEmpty else { throw error(key, .invalid("a text; FHIR has no empty strings")) }
        return text
    }

    func requiredString(_ key: String) throws(FHIRElementError) -> String { try required(key, string(key)) }

    /// A list of strings. `null` stands for one that has extensions only.
    func strings(_ key: String) throws(FHIRElementError) -> [String] {
        var result: [String] = []
        for value in try array(key) where !value.isNull {
            guard let text = value.string else { throw error(key, .wrongType(expected: "a list of strings")) }
            result.append(text)
        }
        return result
    }

    func bool(_ key: String) throws(FHIRElementError) -> Bool? {
        guard let value = object[key] else { return nil }
        guard let truth = value.bool else { throw error(key, .wrongType(expected: "true or false")) }
        return truth
    }

    func integer(_ key: String) throws(FHIRElementError) -> Int? {
        guard let value = object[key] else { return nil }
        guard let number = value.int, let integer = Int32(exactly: number) else {
            throw error(key, .wrongType(expected: "an integer of 32 bits"))
        }
        return Int(integer)
    }

    func decimal(_ key: String) throws(FHIRElementError) -> Double? {
        guard let value = object[key] else { return nil }
        guard let number = value.double else { throw error(key, .wrongType(expected: "a number")) }
        return number
    }

    func code<Code: RawRepresentable>(_ key: String) throws(FHIRElementError) -> Code? where Code.RawValue == String {
        guard let text = try string(key) else { return nil }
        guard let code = Code(rawValue: text) else { throw error(key, .unknownCode) }
        return code
    }

    func requiredCode<Code: RawRepresentable>(
        _ key: String
    ) throws(FHIRElementError) -> Code where Code.RawValue == String {
        try required(key, code(key))
    }

    func dateTime(_ key: String) throws(FHIRElementError) -> FHIRDateTime? {
        guard let text = try string(key) else { return nil }
        guard let date = FHIRDateTime(parsing: text) else {
            throw error(key, .invalid("a date, or a date and time with its offset"))
        }
        return date
    }

    /// The date of a choice such as `onset[x]`: `onsetDateTime`, or the start of `onsetPeriod`.
    func dateTimeOrStart(_ stem: String) throws(FHIRElementError) -> FHIRDateTime? {
        if let date = try dateTime("\(stem)DateTime") { return date }
        return try one("\(stem)Period", FHIRPeriod.init)?.start
    }

    /// A date without time.
    func date(_ key: String) throws(FHIRElementError) -> FHIRDateTime? {
        guard let date = try dateTime(key) else { return nil }
        guard date.precision <= .day else { throw error(key, .invalid("a date without time")) }
        return date
    }

    /// A point in time.
    func instant(_ key: String) throws(FHIRElementError) -> FHIRDateTime? {
        guard let date = try dateTime(key) else { return nil }
        guard date.micros != nil else { throw error(key, .invalid("a date and time with its offset")) }
        return date
    }
}

// Objects and lists
extension FHIRElement {
    private func array(_ key: String) throws(FHIRElementError) -> [JSONValue] {
        guard let value = object[key] else { return [] }
        guard let elements = value.array else { throw error(key, .wrongType(expected: "a list")) }
        return elements
    }

    func element(_ key: String) throws(FHIRElementError) -> FHIRElement? {
        guard let value = object[key] else { return nil }
        guard let object = value.object else { throw error(key, .wrongType(expected: "an object")) }
        return FHIRElement(object, path: .member(path, key))
    }

    func elements(_ key: String) throws(FHIRElementError) -> [FHIRElement] {
        var result: [FHIRElement] = []
        for (index, value) in try array(key).enumerated() {
            let place = Path.index(.member(path, key), index)
            guard let object = value.object else {
                throw FHIRElementError(path: place.text, problem: .wrongType(expected: "an object"))
            }
            result.append(FHIRElement(object, path: place))
        }
        return result
    }

    /// Each object of the list as a `Value`.
    func list<Value>(
        _ key: String, _ read: (FHIRElement) throws(FHIRElementError) -> Value
    ) throws(FHIRElementError) -> [Value] {
        var result: [Value] = []
        for element in try elements(key) { result.append(try read(element)) }
        return result
    }

    /// The object as a `Value`.
    func one<Value>(
        _ key: String, _ read: (FHIRElement) throws(FHIRElementError) -> Value
    ) throws(FHIRElementError) -> Value? {
        guard let element = try element(key) else { return nil }
        return try read(element)
    }

    /// The first extension with that URL.
    func extensionElement(_ url: String) throws(FHIRElementError) -> FHIRElement? {
        for element in try elements("extension") where element.object["url"]?.string == url { return element }
        return nil
    }
}
