extension JSONValue {
    /// Reads exactly one value. Throws `JSONError` with the place of the first fault.
    package init(parsing bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        var parser = JSONParser(bytes, limits: limits)
        self = try parser.document()
    }

    /// Reads exactly one value.
    package init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try JSONValue(parsing: buffer, limits: limits)
        }
    }

    /// Reads exactly one value; offsets in errors count from the start of the slice.
    package init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try JSONValue(parsing: buffer, limits: limits)
        }
    }

    /// Reads exactly one value.
    package init(parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(JSONError) {
        self = try bytes.withMemoryRebound(to: UInt8.self) { (buffer) throws(JSONError) in
            try JSONValue(parsing: buffer, limits: limits)
        }
    }

    /// Reads exactly one value.
    package init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONValue(parsing: Array(text.utf8), limits: limits)
    }
}

/// One pass over the bytes by recursive descent; depth is bounded by the limits.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var at = 0
    private var values = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else { throw error(.tooManyBytes(limit: limits.bytes), at: limits.bytes) }
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw error(.byteOrderMark) }
        skipSpace()
        let result = try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw error(.trailingBytes) }
        return result
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard at < bytes.count else { throw error(.unexpectedEnd) }
        values += 1
        guard values <= limits.values else { throw error(.tooManyValues(limit: limits.values)) }
        switch bytes[at] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error(.unexpectedByte(bytes[at]))
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard at < bytes.count else { throw error(.unexpectedEnd) }
            guard bytes[at] == word.utf8Start[index] else { throw error(.unexpectedByte(bytes[at])) }
            at += 1
        }
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
        at += 1
        skipSpace()
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            do {
                elements.append(try value(depth: depth))
            } catch {
                throw error.inside(String(elements.count))
            }
            skipSpace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw unexpected() }
            skipSpace()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
        at += 1
        skipSpace()
        var members: [JSONObject.Member] = []
        if take(UInt8(ascii: "}")) { return JSONObject(unique: members) }
        members.reserveCapacity(4)
        var seen: Set<ExactKey> = []
        while true {
            let start = at
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw unexpected() }
            let key = try string()
            guard isNew(key, among: members, &seen) else { throw error(.duplicateKey, at: start).inside(key) }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected() }
            skipSpace()
            do {
                members.append(.init(key: key, value: try value(depth: depth)))
            } catch {
                throw error.inside(key)
            }
            skipSpace()
            if take(UInt8(ascii: "}")) { return JSONObject(unique: members) }
            guard take(UInt8(ascii: ",")) else { throw unexpected() }
            skipSpace()
        }
    }

    /// Few names are compared one by one, many through a hash table, so a hostile object costs no square.
    private func isNew(_ key: String, among members: [JSONObject.Member], _ seen: inout Set<ExactKey>) -> Bool {
        if members.count < 24 {
            for member in members where member.key.hasSameBytes(as: key) { return false }
            return true
        }
        if seen.isEmpty { seen = Set(members.map { ExactKey($0.key) }) }
        return seen.insert(ExactKey(key)).inserted
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private func unexpected() -> JSONError {
        at < bytes.count ? error(.unexpectedByte(bytes[at])) : error(.unexpectedEnd)
    }

    func error(_ reason: JSONError.Reason, at place: Int? = nil) -> JSONError {
        let offset = place ?? at
        var line = 1
        var column = 1
        for byte in bytes[..<offset] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONError(reason: reason, offset: offset, line: line, column: column, path: "")
    }
}

extension JSONError {
    /// The same error, seen from the container: its path gets one more step in front.
    func inside(_ step: String) -> JSONError {
        var escaped = ""
        for character in step.unicodeScalars.prefix(64) {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            case _ where character.value < 0x20: escaped += " "
            default: escaped.unicodeScalars.append(character)
            }
        }
        var error = self
        error.path = "/\(escaped)\(path)"
        return error
    }
}
