import CarrierSimulator
import Testing

@Suite("Form encoding") struct FormTests {
    @Test(
        "what is encoded is decoded again, whatever the characters",
        arguments: [
            "need to move my knee surgery consult, also my insurance changed", "sí, mañana 🎉", "a+b=c&d%e\n", "",
            "%zz%4",
            "+13035550141",
        ])
    func roundTrip(text: String) {
        let form = Form([("Body", text), (text, "x")])
        #expect(Form(encoded: form.encoded) == form)
    }

    @Test("a blank is written as plus, a plus as %2B, and the four safe marks as they are")
    func encoding() {
        #expect(Form([("To", "+1 303"), ("x", "*-._~/")]).encoded == "To=%2B1+303&x=*-._%7E%2F")
    }

    @Test("repeated names keep their values in order")
    func repeatedNames() {
        let form = Form(encoded: "MediaUrl=a&Body=b&MediaUrl=c")
        #expect(form.all("MediaUrl") == ["a", "c"])
        #expect(form["MediaUrl"] == "a")
        #expect(form["Nothing"] == nil)
    }

    @Test("empty pairs are passed over, a name alone has an empty value, a broken escape stays")
    func looseEnds() {
        let form = Form(encoded: "&&a&b=&c=%4&d=%zz&e=1=2&")
        #expect(form == Form([("a", ""), ("b", ""), ("c", "%4"), ("d", "%zz"), ("e", "1=2")]))
    }

    @Test("a comparison sign in a name survives, as in a listing by date")
    func comparison() {
        #expect(Form(encoded: "DateSent%3E=2026-03-02")["DateSent>"] == "2026-03-02")
        #expect(Form(encoded: "DateSent>=2026-03-02")["DateSent>"] == "2026-03-02")
    }

    @Test("no bytes make decoding fail")
    func anyBytes() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let form = Form(encoded: bytes)
            #expect(Form(encoded: form.encoded) == form)
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
