import CarrierSimulator
import Foundation
import Testing

@Suite("Identifiers, numbers and dates") struct WireTests {
    @Test("an identifier is two letters and 32 hexadecimal digits")
    func sids() {
        var generator = SeededGenerator(seed: 1)
        let made = Sid(.message, using: &generator)
        #expect(Sid(made.description, kinds: .message) == made)
        #expect(Sid(made.description, kinds: .mediaMessage, .media) == nil)
        #expect(Sid("SM" + String(repeating: "0", count: 31), kinds: .message) == nil)
        #expect(Sid("SM" + String(repeating: "g", count: 32), kinds: .message) == nil)
    }

    @Test("identifiers drawn one after the other differ")
    func distinctSids() {
        var generator = SeededGenerator(seed: 2)
        #expect(Set((0..<1000).map { _ in Sid(.message, using: &generator) }).count == 1000)
    }

    @Test(
        "E.164 is taken, anything else is not",
        arguments: [
            ("+13035550141", true), ("+34600123456", true), ("+1500", false), ("3035550141", false),
            ("+03035550141", false),
            ("+1303555014", false), ("+130355501411", false), ("+1303555O141", false), ("", false), ("+", false),
            ("+1234567890123456", false), ("+١٣٠٣٥٥٥٠١٤١", false),
        ])
    func e164(text: String, isNumber: Bool) {
        #expect((PhoneNumber(e164: text) != nil) == isNumber)
    }

    @Test(
        "a number is understood the way people type it",
        arguments: [
            "(303) 555-0141", "303.555.0141", "+1 303 555 0141", "13035550141", "303\u{A0}555\u{2011}0141",
        ])
    func typed(text: String) {
        #expect(PhoneNumber(typed: text)?.description == "+13035550141")
    }

    @Test("a number is written the way people read it")
    func written() {
        #expect(PhoneNumber(e164: "+13035550141")?.written == "(303) 555-0141")
        #expect(PhoneNumber(e164: "+34600123456")?.written == "+34600123456")
    }

    @Test(
        "segments follow the alphabet",
        arguments: [
            (String(repeating: "a", count: 160), 1), (String(repeating: "a", count: 161), 2),
            (String(repeating: "a", count: 306), 2), (String(repeating: "a", count: 307), 3),
            (String(repeating: "€", count: 80), 1), (String(repeating: "€", count: 81), 2),
            (String(repeating: "í", count: 70), 1), (String(repeating: "í", count: 71), 2),
            (String(repeating: "🎉", count: 35), 1), (String(repeating: "🎉", count: 36), 2), ("", 1),
        ])
    func segments(text: String, count: Int) {
        #expect(MessageSegments.count(text) == count)
    }

    @Test("dates are RFC 2822 in UTC")
    func mailDate() {
        #expect(MailDate.write(Date(timeIntervalSince1970: 1_692_853_305)) == "Thu, 24 Aug 2023 05:01:45 +0000")
        #expect(MailDate.write(Date(timeIntervalSince1970: 951_782_400)) == "Tue, 29 Feb 2000 00:00:00 +0000")
        #expect(MailDate.write(Date(timeIntervalSince1970: -0.5)) == "Wed, 31 Dec 1969 23:59:59 +0000")
    }

    @Test("every day from 1970 to 2100 follows the one before it")
    func civilDays() {
        let lengths: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var before = CivilDay(daysSinceEpoch: -1)
        for day in Int64(0)..<47_847 {
            let now = CivilDay(daysSinceEpoch: day)
            let isLeap = before.year % 4 == 0 && (before.year % 100 != 0 || before.year % 400 == 0)
            let length = lengths[Int(before.month) - 1] + (before.month == 2 && isLeap ? 1 : 0)
            if before.day < length {
                #expect((now.year, now.month, now.day) == (before.year, before.month, before.day + 1))
            } else {
                #expect(now.day == 1 && now.month == before.month % 12 + 1)
                #expect(now.year == before.year + (before.month == 12 ? 1 : 0))
            }
            before = now
        }
    }
}
