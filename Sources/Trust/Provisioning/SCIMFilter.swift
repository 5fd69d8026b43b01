import JSON
import Kernel

/// A filter of RFC 7644, 3.4.2.2, read strictly and bounded: at most 2,000 bytes, 12 levels and 64 comparisons.
indirect enum SCIMFilter: Sendable, Equatable {
    enum Comparison: String, Sendable, CaseIterable {
        case eq, ne, co, sw, ew, gt, ge, lt, le
    }

    case compare(SCIMName, Comparison, JSONValue)
    case present(SCIMName)
    case and(SCIMFilter, SCIMFilter)
    case or(SCIMFilter, SCIMFilter)
    case not(SCIMFilter)
    /// `emails[type eq "work" and value co "@clinic.example"]`: one value for which all of it holds.
    case values(SCIMName, SCIMFilter)

    static let longest = 2_000
    static let deepest = 12
    static let most = 64

    init(_ text: String) throws(Fault) {
        var parser = SCIMFilterParser(text)
        self = try parser.parse()
    }

    /// Whether a resource, or one value of an attribute, is among those chosen.
    func matches(_ object: JSONObject) -> Bool {
        switch self {
        case .and(let left, let right): left.matches(object) && right.matches(object)
        case .or(let left, let right): left.matches(object) || right.matches(object)
        case .not(let inner): !inner.matches(object)
        case .present(let name): Self.values(name, of: object).contains { Self.isPresent($0) }
        case .values(let name, let inner):
            Self.elements(object.member(name.name)).contains { element in
                inner.matches(element.object ?? Self.wrapped(element))
            }
        case .compare(let name, let comparison, let wanted):
            Self.compare(Self.values(name, of: object), comparison, wanted, exactly: Self.isExact(name))
        }
    }

    /// One equation of an indexed attribute, which is looked up rather than gone through.
    var equation: (name: String, value: String)? {
        guard case .compare(let name, .eq, .string(let value)) = self, name.sub == nil else { return nil }
        return (name.name, value)
    }

    /// What a value must hold to be chosen, when that is only equations; nil: more than that is asked.
    var equations: [(name: String, value: JSONValue)]? {
        switch self {
        case .compare(let name, .eq, let value): name.sub == nil ? [(name.name, value)] : nil
        case .and(let left, let right): left.equations.flatMap { first in right.equations.map { first + $0 } }
        case .or, .not, .present, .values, .compare: nil
        }
    }

    // MARK: Values

    private static func wrapped(_ value: JSONValue) -> JSONObject {
        var object = JSONObject()
        object["value"] = value
        return object
    }

    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        guard let value, !value.isNull else { return [] }
        return value.array ?? [value]
    }

    private static func values(_ name: SCIMName, of object: JSONObject) -> [JSONValue] {
        elements(object.member(name.name)).flatMap { element -> [JSONValue] in
            guard let inner = element.object else { return name.sub == nil ? [element] : [] }
            if let sub = name.sub { return elements(inner.member(sub)) }
            // A complex value stands for its `value`.
            return inner.member("value").map { [$0] } ?? [element]
        }
    }

    private static func isPresent(_ value: JSONValue) -> Bool {
        if let text = value.string { return !text.isEmpty }
        if let object = value.object { return !object.isEmpty }
        return !value.isNull
    }

    /// Attributes that are compared letter by letter.
    private static func isExact(_ name: SCIMName) -> Bool {
        ["id", "externalid", "meta"].contains(name.name) || name.sub == "$ref"
    }

    // MARK: Comparing

    private static func compare(
        _ values: [JSONValue], _ comparison: Comparison, _ wanted: JSONValue, exactly: Bool
    ) -> Bool {
        if wanted.isNull {
            let isThere = values.contains { isPresent($0) }
            return comparison == .ne ? isThere : !isThere
        }
        if comparison == .ne { return !values.contains { holds($0, .eq, wanted, exactly) } }
        return values.contains { holds($0, comparison, wanted, exactly) }
    }

    private static func holds(
        _ value: JSONValue, _ comparison: Comparison, _ wanted: JSONValue, _ exactly: Bool
    ) -> Bool {
        if let truth = wanted.bool { return comparison == .eq && value.bool == truth }
        if let number = wanted.double { return value.double.map { order(comparison, $0, number) } ?? false }
        guard var left = value.string, var right = wanted.string else { return false }
        if !exactly { (left, right) = (left.lowercased(), right.lowercased()) }
        if let first = moment(left), let second = moment(right) { (left, right) = (first, second) }
        switch comparison {
        case .co: return right.isEmpty || left.contains(right)
        case .sw: return left.hasPrefix(right)
        case .ew: return left.hasSuffix(right)
        case .eq, .ne, .gt, .ge, .lt, .le: return order(comparison, left, right)
        }
    }

    private static func order<Value: Comparable>(_ comparison: Comparison, _ left: Value, _ right: Value) -> Bool {
        switch comparison {
        case .eq: left == right
        case .ne: left != right
        case .gt: left > right
        case .ge: left >= right
        case .lt: left < right
        case .le: left <= right
        case .co, .sw, .ew: false
        }
    }

    /// A time in UTC, to the second, so that fractions do not matter; nil: something else.
    private static func moment(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard (20...30).contains(bytes.count), bytes[4] == 45, bytes[7] == 45, bytes[10] == 84 || bytes[10] == 116,
            bytes.last == 90 || bytes.last == 122
        else { return nil }
        return String(decoding: bytes[..<19], as: UTF8.self).uppercased()
    }
}

/// Reads a filter from left to right; `not` binds closest, then `and`, then `or`.
struct SCIMFilterParser {
    private let text: [UInt8]
    private var place = 0
    private var comparisons = 0

    init(_ text: String) { self.text = Array(text.utf8) }

    private func invalid(_ message: String) -> Fault {
        SCIMError.fault("invalidFilter", "The filter cannot be read at character \(place + 1): \(message)")
    }

    mutating func parse() throws(Fault) -> SCIMFilter {
        guard text.count <= SCIMFilter.longest else { throw invalid("it is too long.") }
        let filter = try either(depth: 0)
        skip()
        guard place == text.count else { throw invalid("something is left over.") }
        return filter
    }

    private mutating func either(depth: Int) throws(Fault) -> SCIMFilter {
        guard depth <= SCIMFilter.deepest else { throw invalid("it is nested too deeply.") }
        var filter = try both(depth: depth)
        while takeWord("or") { filter = .or(filter, try both(depth: depth)) }
        return filter
    }

    private mutating func both(depth: Int) throws(Fault) -> SCIMFilter {
        var filter = try single(depth: depth)
        while takeWord("and") { filter = .and(filter, try single(depth: depth)) }
        return filter
    }

    private mutating func single(depth: Int) throws(Fault) -> SCIMFilter {
        skip()
        let start = place
        if takeWord("not") {
            skip()
            if peek == UInt8(ascii: "(") { return .not(try enclosed(UInt8(ascii: ")"), depth: depth)) }
            // An attribute may be called so.
            place = start
        }
        if peek == UInt8(ascii: "(") { return try enclosed(UInt8(ascii: ")"), depth: depth) }
        let name = try attribute()
        if peek == UInt8(ascii: "[") {
            guard name.sub == nil else { throw invalid("a part of an attribute has no values to choose from.") }
            return .values(name, try enclosed(UInt8(ascii: "]"), depth: depth))
        }
        comparisons += 1
        guard comparisons <= SCIMFilter.most else { throw invalid("it has too many comparisons.") }
        if takeWord("pr") { return .present(name) }
        guard let comparison = SCIMFilter.Comparison.allCases.first(where: { takeWord($0.rawValue) }) else {
            throw invalid("a comparison such as eq is missing.")
        }
        let value = try value()
        let isOrdered = ![.eq, .ne].contains(comparison)
        if isOrdered, value.bool != nil || value.isNull { throw invalid("that value can only be equal or not.") }
        if [.co, .sw, .ew].contains(comparison), value.string == nil { throw invalid("a text is needed here.") }
        return .compare(name, comparison, value)
    }

    private mutating func enclosed(_ end: UInt8, depth: Int) throws(Fault) -> SCIMFilter {
        place += 1
        let inner = try either(depth: depth + 1)
        skip()
        guard peek == end else { throw invalid("a bracket is not closed.") }
        place += 1
        return inner
    }

    // MARK: Words

    private var peek: UInt8? { place < text.count ? text[place] : nil }

    private mutating func skip() {
        while peek == UInt8(ascii: " ") { place += 1 }
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
            || [0x24, 0x2D, 0x2E, 0x3A, 0x5F].contains(byte)
    }

    /// Takes a whole word, whatever its case.
    private mutating func takeWord(_ word: String) -> Bool {
        let start = place
        skip()
        let end = place + word.utf8.count
        let isWhole = end == text.count || (end < text.count && !Self.isNamePart(text[end]))
        if isWhole, String(decoding: text[place..<end], as: UTF8.self).lowercased() == word {
            place = end
            return true
        }
        place = start
        return false
    }

    private mutating func attribute() throws(Fault) -> SCIMName {
        let start = place
        while let byte = peek, Self.isNamePart(byte) { place += 1 }
        let word = String(decoding: text[start..<place], as: UTF8.self)
        guard let first = word.utf8.first, (65...122).contains(first) || first == 0x24, let name = SCIMName(word) else {
            throw invalid("the name of an attribute is missing.")
        }
        return name
    }

    private mutating func value() throws(Fault) -> JSONValue {
        skip()
        let start = place
        if peek == UInt8(ascii: "\"") {
            place += 1
            while let byte = peek, byte != UInt8(ascii: "\"") { place += byte == UInt8(ascii: "\\") ? 2 : 1 }
            guard place < text.count else { throw invalid("a text is not closed.") }
            place += 1
        } else {
            while let byte = peek, ![0x20, 0x28, 0x29, 0x5B, 0x5D].contains(byte) { place += 1 }
        }
        do {
            let value = try JSONValue(parsing: text[start..<place])
            guard value.array == nil, value.object == nil else { throw invalid("a single value is needed.") }
            return value
        } catch let fault as Fault {
            throw fault
        } catch {
            // True and false are also sent with capitals.
            switch String(decoding: text[start..<place], as: UTF8.self).lowercased() {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: throw invalid("that is no value; texts stand in quotation marks.")
            }
        }
    }
}
