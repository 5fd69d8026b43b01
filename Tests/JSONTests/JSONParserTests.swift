import JSON
import Testing

/// The reason and place of the error that a text gives; `nil` when it is read.
private func fault(_ text: String, limits: JSONLimits = .default) -> JSONError? {
    fault(Array(text.utf8), limits: limits)
}

private func fault(_ bytes: [UInt8], limits: JSONLimits = .default) -> JSONError? {
    do {
        _ = try JSONValue(parsing: bytes, limits: limits)
        return nil
    } catch {
        return error
    }
}

@Suite("JSON parser") struct JSONParserTests {
    @Test("every kind of value is read") func kinds() throws {
        let value = try JSONValue(
            parsing: #" {"n":null,"t":true,"f":false,"i":-7,"d":0.25,"s":"é","a":[1,[]],"o":{}} "#)
        #expect(value["n"]?.isNull == true)
        #expect(value["t"]?.bool == true)
        #expect(value["f"]?.bool == false)
        #expect(value["i"]?.int == -7)
        #expect(value["d"]?.double == 0.25)
        #expect(value["s"]?.string == "é")
        #expect(value["a"] == .array([1, []]))
        #expect(value["a"]?[1]?.array?.isEmpty == true)
        #expect(value["a"]?[2] == nil)
        #expect(value["o"]?.object?.isEmpty == true)
        #expect(value["x"] == nil)
    }

    @Test("members keep their order and are equal in any order") func order() throws {
        let one = try JSONValue(parsing: #"{"b":1,"a":{"y":1,"x":2}}"#)
        let other = try JSONValue(parsing: #"{"a":{"x":2,"y":1},"b":1}"#)
        #expect(one.object?.keys == ["b", "a"])
        #expect(one == other)
        #expect(one != (try JSONValue(parsing: #"{"a":{"x":2,"y":2},"b":1}"#)))
        #expect(one.canonical == other.canonical)
        #expect(one.encode() != other.encode())
    }

    @Test("a name that appears twice is an error at its second place") func duplicates() {
        let error = fault("{\"a\":1,\n \"\\u0061\":2}")
        #expect(error?.reason == .duplicateKey)
        #expect(error?.line == 2)
        #expect(error?.column == 2)
        #expect(error?.path == "/a")
        let many = "{" + (0..<100).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(fault(many + "}") == nil)
        #expect(fault(many + ",\"k50\":0}")?.reason == .duplicateKey)
    }

    @Test("names are compared by bytes, not by canonical equivalence") func exactNames() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"]?.int == 1)
        #expect(value["e\u{301}"]?.int == 2)
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    }

    @Test(
        "a number comes back as the token it was",
        arguments: [
            "0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-0", "-0.0", "0.0", "1.0",
            "1.50", "5.00", "0.1", "0.25", "28.994522238226676", "-70.40435775167839", "0.005477761773323051",
            "0.00001",
            "1e5", "1E+400", "1e-400", "5e+20", "123456789012345678901234567890", "0.123456789012345678901234567890",
            "1234567890.12345", "100000000000000.5", "999999999999999.9", "0.0001", "0.00099", "4.9E-324", "1e-05",
        ])
    func numbers(token: String) throws {
        let value = try JSONValue(parsing: token)
        #expect(String(decoding: value.encode(), as: UTF8.self) == token)
        let expected = Double(token)
        #expect(value.double == (expected?.isFinite == true ? expected : nil))
    }

    @Test("random decimals come back as they were and as the nearest double") func randomNumbers() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<20_000 {
            let whole = UInt64.random(in: 0..<UInt64.max, using: &random) >> UInt64.random(in: 0..<64, using: &random)
            let fraction =
                UInt64.random(in: 0..<UInt64.max, using: &random) >> UInt64.random(in: 0..<64, using: &random)
            let token = "\(Bool.random(using: &random) ? "-" : "")\(whole).\(fraction)"
            let value = try JSONValue(parsing: token)
            #expect(String(decoding: value.encode(), as: UTF8.self) == token)
            #expect(value.double == Double(token))
        }
    }

    @Test(
        "what is no number of JSON is refused",
        arguments: [
            "01", "-", "+1", ".5", "1.", "1e", "1e+", "-01", "0x10", "NaN", "Infinity", "1_000", "1.e5", "--1", "1.5.5",
        ])
    func badNumbers(token: String) {
        #expect(fault(token) != nil)
    }

    @Test("escapes and surrogate pairs are resolved") func escapes() throws {
        #expect(try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00x""#).string == "\"\\/\u{8}\u{C}\n\r\té😀x")
    }

    @Test(
        "half of a surrogate pair is refused",
        arguments: [
            #""\uD83D""#, #""\uDE00""#, #""\uD83Dx""#, #""\uD83D\n""#, #""\uD83D\uD83D""#, #""\uDE00\uD83D""#,
            #""\uD83D\u""#,
        ])
    func surrogates(text: String) {
        let reason = fault(text)?.reason
        #expect(reason == .loneSurrogate || reason == .invalidEscape)
    }

    @Test(
        "bytes that are not UTF-8 are refused at the byte",
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xED, 0xA0, 0x80], [0x80],
            [0xFF],
            [0xF5, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func utf8(bytes: [UInt8]) {
        let plain = fault([0x22, 0x61] + bytes + [0x22])
        #expect(plain?.reason == .invalidUTF8)
        #expect(plain?.offset == 2)
        let afterEscape = fault([0x22, 0x5C, 0x6E] + bytes + [0x22])
        #expect(afterEscape?.reason == .invalidUTF8)
        #expect(afterEscape?.offset == 3)
    }

    @Test("NUL is refused raw, and as an escape unless asked for") func nul() throws {
        #expect(fault([0x22, 0x00, 0x22])?.reason == .controlCharacter)
        #expect(fault([0x00])?.reason == .unexpectedByte(0))
        #expect(fault(#""\u0000""#)?.reason == .nulCharacter)
        #expect(try JSONValue(parsing: #""\u0000""#, limits: JSONLimits(acceptsNUL: true)).string == "\0")
    }

    @Test("a byte order mark is refused by its name") func byteOrderMark() {
        #expect(fault([0xEF, 0xBB, 0xBF, 0x31])?.reason == .byteOrderMark)
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "[", "{", "\"", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "[1 2]", "1 2", "nul", "nulll", "tru",
            "'a'",
            "[1]]", "{\"a\":}", "//x\n1", "[,1]", "{,}", "\"\\x\"", "\"\\u12G4\"", "\"\\", "\"\\u", "\"\t\"", "\"\n\"",
            "]", ":",
        ])
    func malformed(text: String) {
        #expect(fault(text) != nil)
    }

    @Test("an error names line, column, byte and path") func place() {
        let error = fault("{\n  \"entry\": [ {}, {\"é/~\": tru } ]\n}")
        #expect(error?.reason == .unexpectedByte(0x20))
        #expect(error?.line == 2)
        #expect(error?.column == 29)
        #expect(error?.offset == 31)
        #expect(error?.path == "/entry/1/é~1~0")
        #expect(error?.description == "line 2, column 29 (byte 31) at /entry/1/é~1~0: unexpected byte 0x20")
    }

    @Test("each limit refuses by its name") func limits() {
        let bomb = String(repeating: "[", count: 1_000_000)
        #expect(fault(bomb)?.reason == .tooDeep(limit: 64))
        #expect(fault(String(repeating: "{\"a\":", count: 500_000))?.reason == .tooDeep(limit: 64))
        #expect(fault(bomb, limits: JSONLimits(depth: .max))?.reason == .tooDeep(limit: 1_000))
        let nested = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(fault(nested(64)) == nil)
        #expect(fault(nested(65))?.reason == .tooDeep(limit: 64))
        #expect(fault("[1,2,3]", limits: JSONLimits(values: 3))?.reason == .tooManyValues(limit: 3))
        #expect(fault("[1,2]", limits: JSONLimits(values: 3)) == nil)
        #expect(fault("[1,2]", limits: JSONLimits(bytes: 4))?.reason == .tooManyBytes(limit: 4))
        #expect(fault("\"abc\"", limits: JSONLimits(stringBytes: 2))?.reason == .stringTooLong(limit: 2))
        #expect(fault("\"a\\nb\"", limits: JSONLimits(stringBytes: 3))?.reason == .stringTooLong(limit: 3))
        #expect(fault("{\"abc\":1}", limits: JSONLimits(stringBytes: 2))?.reason == .stringTooLong(limit: 2))
        let digits = String(repeating: "9", count: 100_000)
        #expect(fault(digits)?.reason == .numberTooLong(limit: 1_000))
        #expect(fault("1e" + digits)?.reason == .numberTooLong(limit: 1_000))
        #expect(fault(String(repeating: "9", count: 1_000)) == nil)
    }

    @Test("an object of many thousand names is read without trouble") func wideObject() throws {
        let text = "{" + (0..<50_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try JSONValue(parsing: text).object?.count == 50_000)
    }

    @Test("a slice counts offsets from its own start") func slice() {
        let bytes = Array("xx[1,?]".utf8)
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes[2...]) }
        do {
            _ = try JSONValue(parsing: bytes[2...])
        } catch {
            #expect(error.offset == 3)
            #expect(error.path == "/1")
        }
    }
}
