import Kernel
import Testing

@Suite("Phone numbers")
struct PhoneNumberTests {
    @Test(
        "what people type becomes one form",
        arguments: [
            ("3035550142", "+13035550142"), ("(303) 555-0142", "+13035550142"), ("303.555.0142", "+13035550142"),
            ("1 303 555 0142", "+13035550142"), ("+1 (303) 555-0142", "+13035550142"), ("+13035550142", "+13035550142"),
            ("303\u{A0}555\u{2011}0142", "+13035550142"), ("303/555/0142", "+13035550142"),
            ("001 303 555 0142", "+13035550142"),
            ("+44 20 7946 0958", "+442079460958"), ("0044 20 7946 0958", "+442079460958"),
            ("+52 55 1234 5678", "+525512345678"),
            ("+999123456789012", "+999123456789012"), (" 303 555 0142 ", "+13035550142"),
        ])
    func accepted(_ text: String, _ e164: String) {
        #expect(PhoneNumber(text)?.e164 == e164)
    }

    @Test(
        "what is no number is refused",
        arguments: [
            "", "+", "555-0142", "303555014", "303 555 0142 9", "+1 303 555 014", "+1 303 555 01422", "0035550142",
            "1035550142",
            "3030550142", "3031550142", "+0035550142", "+03035550142", "303-555-0142x3", "303 555 O142", "call me",
            "++13035550142",
            "303+5550142", "+1234567", "+1234567890123456",
            "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}\u{667}\u{668}\u{669}\u{660}",
            "303\n555\t0142", String(repeating: "1", count: 5000),
        ])
    func refused(_ text: String) {
        #expect(PhoneNumber(text) == nil)
    }

    @Test("a number reads back from every way it is shown")
    func shown() throws {
        let number = try #require(PhoneNumber("3035550142"))
        #expect(number.display == "(303) 555-0142")
        #expect(PhoneNumber(number.display) == number)
        #expect(PhoneNumber(number.e164) == number)
        #expect(number.digits == "13035550142")
        #expect(PhoneNumber("+442079460958")?.display == "+442079460958")
    }

    @Test("a number's description does not hold the number")
    func description() throws {
        let number = try #require(PhoneNumber("3035550142"))
        #expect("\(number)" == "<phone>")
        #expect(!"\([number])".contains("555"))
    }
}
