import JSON
import Testing

/// SplitMix64, so that a failure is the same everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A random value with every kind of number and string.
private func randomValue(_ random: inout SeededRandom, depth: Int = 0) -> JSONValue {
    let kinds = depth < 4 ? 0..<8 : 0..<6
    switch Int.random(in: kinds, using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .int(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
    case 3: return .double(Double(Int64.random(in: -1_000_000...1_000_000, using: &random)) / 1_024)
    case 4:
        return .number(["1.50", "1E400", "-0", "123456789012345678901234567890"].randomElement(using: &random) ?? "-0")
    case 5: return .string(randomText(&random))
    case 6:
        return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in randomValue(&random, depth: depth + 1) })
    default:
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0..<5, using: &random) {
            object[randomText(&random)] = randomValue(&random, depth: depth + 1)
        }
        return .object(object)
    }
}

private func randomText(_ random: inout SeededRandom) -> String {
    let alphabet: [Character] = [
        "a", "Z", "\"", "\\", "/", "\n", "\u{1F}", "é", "\u{2028}", "\u{2029}", "∂", "😀", "<", "\u{7F}",
    ]
    return String(
        (0..<Int.random(in: 0..<12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
}

@Suite("JSON under random and hostile input") struct JSONFuzzTests {
    @Test("what is written reads back equal, also in canonical form") func roundTrip() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<5_000 {
            let value = randomValue(&random)
            #expect(try JSONValue(parsing: value.encode()) == value)
            let canonical = value.canonical
            let again = try JSONValue(parsing: canonical)
            #expect(again == value)
            #expect(again.canonical == canonical)
        }
    }

    @Test("a text cut at any byte is an error at a place within it") func truncation() throws {
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\uD83D\uDE00é",true,false,null],"b":{"c":{}}}"#.utf8)
        for length in 0..<text.count {
            do {
                let value = try JSONValue(parsing: text[..<length])
                Issue.record("\(length) bytes were read as \(value)")
            } catch {
                #expect((0...length).contains(error.offset))
            }
        }
    }

    @Test("mutated texts end in a value that reads back, or in an error with a place") func mutations() throws {
        let seed: UInt64 = 7
        var random = SeededRandom(seed: seed)
        let original = Array(
            #"{"id":"7","n":[0,-1,2.50,1e9],"t":"Zoë \"x\" \uD83D\uDE00 \\","o":{"k":null,"b":[true,false,{}]}}"#.utf8)
        let pieces: [[UInt8]] = [
            [0x00], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], Array("\\uD800".utf8),
            Array("[[[[".utf8),
            Array("1e999999".utf8), Array("\"".utf8), Array("}".utf8), Array("\\".utf8), Array("-".utf8),
            Array("{\"id\":".utf8),
        ]
        for round in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + round % 7))
                case 2: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            do {
                let value = try JSONValue(parsing: bytes)
                #expect(try JSONValue(parsing: value.encode()) == value, "seed \(seed), round \(round)")
            } catch {
                #expect((0...bytes.count).contains(error.offset), "seed \(seed), round \(round)")
            }
        }
    }
}
