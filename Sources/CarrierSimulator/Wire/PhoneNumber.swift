/// A telephone number in E.164 form: `+`, then 8 to 15 digits, the first of them not 0.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible, Encodable {
    package let description: String

    /// Nil when `text` is not E.164, or is a number of the North American plan without exactly ten digits after `+1`.
    package init?(e164 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "+"), (9...16).contains(bytes.count), bytes[1] != UInt8(ascii: "0"),
            bytes.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            bytes[1] != UInt8(ascii: "1") || bytes.count == 12
        else { return nil }
        description = String(text)
    }

    /// A number as a person types it on the phone page: blanks, dots, dashes and brackets are dropped, and ten digits
    /// are taken as North American.
    package init?(typed text: some StringProtocol) {
        let kept = String(text).filter { !" .-()\u{A0}\u{2011}".contains($0) }
        if kept.hasPrefix("+") {
            self.init(e164: kept)
        } else if kept.utf8.count == 10 {
            self.init(e164: "+1" + kept)
        } else {
            self.init(e164: "+" + kept)
        }
    }

    /// As people write it: `(303) 555-0101` in the North American plan, else the E.164 form.
    package var written: String {
        guard description.hasPrefix("+1"), description.utf8.count == 12 else { return description }
        let digits = Array(description.dropFirst(2))
        return "(\(String(digits[0...2]))) \(String(digits[3...5]))-\(String(digits[6...9]))"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
