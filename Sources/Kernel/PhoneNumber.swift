/// A telephone number in E.164 form: `+13035550142`.
///
/// Source: ITU-T E.164 (at most 15 digits). Numbers without a country code are read as North American (NANP): ten
/// digits, area code and exchange not beginning with 0 or 1.
package struct PhoneNumber: Hashable, Sendable {
    package let e164: String

    /// Accepts what people type: spaces, dots, dashes, brackets, a leading `+`, `00` or `1`. Nil when it is no number.
    package init?(_ text: some StringProtocol) {
        var digits: [UInt8] = []
        var international = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "0"..."9": digits.append(UInt8(scalar.value))
            case "+":
                if !digits.isEmpty || international { return nil }
                international = true
            case " ", "-", ".", "(", ")", "/", "\u{A0}", "\u{2011}", "\u{2013}": continue
            default: return nil
            }
            if digits.count > 17 { return nil }
        }
        let zero = UInt8(ascii: "0"), one = UInt8(ascii: "1")
        if !international, digits.count > 10, digits.starts(with: [zero, zero]) {
            digits.removeFirst(2)
            international = true
        }
        if !international {
            if digits.count == 11, digits[0] == one { digits.removeFirst() }
            guard digits.count == 10 else { return nil }
            digits.insert(one, at: 0)
        }
        guard (8...15).contains(digits.count), digits[0] != zero else { return nil }
        if digits[0] == one {
            guard digits.count == 11, digits[1] > one, digits[4] > one else { return nil }
        }
        e164 = "+" + String(decoding: digits, as: UTF8.self)
    }

    /// Digits only, with the country code.
    package var digits: Substring { e164.dropFirst() }

    /// As people in North America read it, `(303) 555-0142`; others as E.164.
    package var display: String {
        let digits = Array(self.digits)
        guard digits.count == 11, digits[0] == "1" else { return e164 }
        return "(\(String(digits[1...3]))) \(String(digits[4...6]))-\(String(digits[7...10]))"
    }
}

extension PhoneNumber: CustomStringConvertible {
    package var description: String { "<phone>" }
}
