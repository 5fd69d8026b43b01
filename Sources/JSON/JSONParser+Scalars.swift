extension JSONParser {
    /// Reads a string whose opening quote is at `at`.
    mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        var allBits: UInt8 = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                let text = try text(from: start, to: at, isASCII: allBits < 0x80)
                at += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw error(.controlCharacter) }
            allBits |= byte
            at += 1
        }
        throw error(.unexpectedEnd)
    }

    private func text(from start: Int, to end: Int, isASCII: Bool) throws(JSONError) -> String {
        guard end - start <= limits.stringBytes else {
            throw error(.stringTooLong(limit: limits.stringBytes), at: start)
        }
        let range = UnsafeBufferPointer(rebasing: bytes[start..<end])
        if isASCII { return String(decoding: range, as: UTF8.self) }  // the validating initialiser is slower
        guard let text = String(validating: range, as: UTF8.self) else {
            throw error(.invalidUTF8, at: start + firstFault(in: range))
        }
        return text
    }

    /// The offset of the first byte that is no part of a valid character; the bytes are known to hold one.
    private func firstFault(in range: UnsafeBufferPointer<UInt8>) -> Int {
        var decoder = UTF8()
        var source = range.makeIterator()
        var good = 0
        while case .scalarValue(let scalar) = decoder.decode(&source) { good += UTF8.width(scalar) }
        return good
    }

    /// Goes on from the first escape; what was read until there is taken as it is.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var result: [UInt8] = []
        var runStart = start
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[runStart..<at]))
                return try finish(result, from: start)
            }
            guard byte >= 0x20 else { throw error(.controlCharacter) }
            if byte == UInt8(ascii: "\\") {
                result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[runStart..<at]))
                guard at - start <= limits.stringBytes else {
                    throw error(.stringTooLong(limit: limits.stringBytes), at: start)
                }
                try escape(into: &result)
                runStart = at
            } else {
                at += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    /// Escapes give valid characters only, so a fault in the result is one of the text: it is found there.
    private mutating func finish(_ result: [UInt8], from start: Int) throws(JSONError) -> String {
        guard at - start <= limits.stringBytes else {
            throw error(.stringTooLong(limit: limits.stringBytes), at: start)
        }
        guard let text = String(validating: result, as: UTF8.self) else {
            throw error(.invalidUTF8, at: start + firstFault(in: UnsafeBufferPointer(rebasing: bytes[start..<at])))
        }
        at += 1
        return text
    }

    private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
        let start = at
        guard at + 1 < bytes.count else { throw error(.unexpectedEnd, at: bytes.count) }
        let letter = bytes[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(letter)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "u"): try unicodeEscape(into: &result, start: start)
        default: throw error(.invalidEscape, at: start)
        }
    }

    private mutating func unicodeEscape(into result: inout [UInt8], start: Int) throws(JSONError) {
        var code = try fourHexDigits()
        if code == 0, !limits.acceptsNUL { throw error(.nulCharacter, at: start) }
        if code & 0xFC00 == 0xD800 {
            guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
                throw error(.loneSurrogate, at: start)
            }
            at += 2
            let low = try fourHexDigits()
            guard low & 0xFC00 == 0xDC00 else { throw error(.loneSurrogate, at: start) }
            code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
        }
        guard let scalar = Unicode.Scalar(code) else { throw error(.loneSurrogate, at: start) }
        result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard at < bytes.count else { throw error(.unexpectedEnd) }
            let byte = bytes[at]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.invalidEscape)
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }
}

// Numbers
extension JSONParser {
    mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let whole = try digits(from: start)
        if whole > 1, bytes[at - whole] == UInt8(ascii: "0") { throw error(.invalidNumber, at: start) }
        var fraction = 0
        var isPlain = true
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            fraction = try digits(from: start)
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isPlain = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            _ = try digits(from: start)
        }
        guard at - start <= limits.numberBytes else {
            throw error(.numberTooLong(limit: limits.numberBytes), at: start)
        }
        if isPlain, let exact = plainNumber(start, whole: whole, fraction: fraction) { return exact }
        return roundTrip(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func digits(from start: Int) throws(JSONError) -> Int {
        let first = at
        while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 { at += 1 }
        guard at > first else {
            throw at < bytes.count ? error(.invalidNumber, at: start) : error(.unexpectedEnd)
        }
        return at - first
    }

    /// Numbers to 18 digits as `Int64`, decimals to 15 digits as `Double`: a `Double` gives back any 15 digits, and one
    /// division of two exact numbers is correctly rounded. `nil` where that does not hold.
    private func plainNumber(_ start: Int, whole: Int, fraction: Int) -> JSONValue? {
        let isNegative = bytes[start] == UInt8(ascii: "-")
        guard whole + fraction <= (fraction == 0 ? 18 : 15) else { return nil }
        var digits: Int64 = 0
        for byte in bytes[start..<at] where byte >= UInt8(ascii: "0") {
            digits = digits &* 10 &+ Int64(byte &- UInt8(ascii: "0"))
        }
        if fraction == 0 { return digits == 0 && isNegative ? nil : .int(isNegative ? -digits : digits) }
        let endsWithZero = bytes[at - 1] == UInt8(ascii: "0")
        var scale = 1.0
        for _ in 0..<fraction { scale *= 10 }
        let magnitude = Double(digits) / scale
        guard magnitude >= 0.0001, !endsWithZero || fraction == 1 else { return nil }
        return .double(isNegative ? -magnitude : magnitude)
    }

    private func roundTrip(_ token: String) -> JSONValue {
        if let number = Int64(token), String(number) == token { return .int(number) }
        if let number = Double(token), number.isFinite, number.description == token { return .double(number) }
        return .number(token)
    }
}
