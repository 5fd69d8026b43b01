import Testing
import Trust

@Suite("CBOR of authenticators")
struct CBORTests {
    private func problem(_ bytes: [UInt8]) -> CBOR.Problem? {
        do {
            _ = try CBOR(parsing: bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("the examples of RFC 8949, appendix A, that authenticators may send")
    func examples() throws {
        let numbers: [([UInt8], Int64)] = [
            ([0x00], 0), ([0x17], 23), ([0x18, 0x18], 24), ([0x18, 0x64], 100), ([0x19, 0x03, 0xE8], 1000),
            ([0x1A, 0x00, 0x0F, 0x42, 0x40], 1_000_000), ([0x20], -1), ([0x38, 0x63], -100),
            ([0x39, 0x03, 0xE7], -1000),
            ([0x1B, 0x00, 0x00, 0x00, 0xE8, 0xD4, 0xA5, 0x10, 0x00], 1_000_000_000_000),
        ]
        for (bytes, number) in numbers { #expect(try CBOR(parsing: bytes).int == number) }
        #expect(try CBOR(parsing: [0x1B] + [UInt8](repeating: 0xFF, count: 8)) == .unsigned(.max))
        #expect(try CBOR(parsing: [0x1B] + [UInt8](repeating: 0xFF, count: 8)).int == nil)
        #expect(try CBOR(parsing: [0x3B] + [UInt8](repeating: 0xFF, count: 8)).int == nil)
        #expect(try CBOR(parsing: [0x44, 1, 2, 3, 4]).bytes == [1, 2, 3, 4])
        #expect(try CBOR(parsing: [0x62, 0xC3, 0xBC]).text == "ü")
        #expect(
            try CBOR(parsing: [0x83, 1, 0x82, 2, 3, 0xF5])
                == .array([.unsigned(1), .array([.unsigned(2), .unsigned(3)]), .bool(true)]))
        let map = try CBOR(parsing: [0xA2, 0x61, 0x61, 1, 0x20, 0xF6])
        #expect(map["a"]?.int == 1)
        #expect(map[-1] == .null)
    }

    @Test("what is not in its one form is refused")
    func strict() {
        let wrong: [(String, [UInt8], CBOR.Problem)] = [
            ("nothing", [], .short), ("a length too long", [0x44, 1, 2, 3], .short),
            ("a length of the whole world", [0x5B] + [UInt8](repeating: 0xFF, count: 8), .short),
            ("a number longer than it needs to be", [0x18, 0x17], .form),
            ("and in two bytes", [0x19, 0x00, 0xFF], .form),
            ("and in four", [0x1A, 0x00, 0x00, 0xFF, 0xFF], .form),
            ("of unknown length", [0x5F, 0x41, 1, 0xFF], .form), ("a map of unknown length", [0xBF, 0xFF], .form),
            ("tagged", [0xC0, 0x00], .form), ("a fraction", [0xF9, 0x3C, 0x00], .form), ("undefined", [0xF7], .form),
            ("not UTF-8", [0x61, 0xFF], .text), ("a key twice", [0xA2, 1, 1, 1, 2], .key),
            ("a key that is a list", [0xA1, 0x80, 1], .key), ("something after it", [0x00, 0x00], .trailing),
            ("too deep", [UInt8](repeating: 0x81, count: 7) + [0], .large),
            ("too many", [0x9B, 0, 0, 0, 1, 0, 0, 0, 0], .large),
            ("too many by and by", [0x99, 0x01, 0xF4] + [UInt8](repeating: 0x00, count: 500), .large),
        ]
        for (what, bytes, expected) in wrong { #expect(problem(bytes) == expected, "\(what)") }
    }

    @Test("garbage never does more than be refused")
    func garbage() throws {
        var random = Numbers(state: 20_261_123)
        let seed: [UInt8] = [
            0xA3, 0x63, 0x66, 0x6D, 0x74, 0x64, 0x6E, 0x6F, 0x6E, 0x65, 0x67, 0x61, 0x74, 0x74, 0x53, 0x74, 0x6D, 0x74,
            0xA0, 0x68, 0x61, 0x75, 0x74, 0x68, 0x44, 0x61, 0x74, 0x61, 0x44, 1, 2, 3, 4,
        ]
        #expect(problem(seed) == nil)
        var read = 0
        for round in 0..<200_000 {
            var bytes = seed
            if round % 2 == 0 {
                bytes = (0..<Int(random.next() % 64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            } else {
                for _ in 0...(random.next() % 3) {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                if random.next() % 4 == 0 { bytes = Array(bytes.prefix(Int(random.next() % UInt64(bytes.count)))) }
            }
            if problem(bytes) == nil { read += 1 }
        }
        #expect(read > 100)
        #expect(read < 190_000)
    }

    /// The same numbers each time. Source: SplitMix64.
    private struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
