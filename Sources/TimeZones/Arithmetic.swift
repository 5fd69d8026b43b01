extension BinaryInteger {
    /// Division that rounds towards minus infinity; the divisor is positive.
    func flooredQuotient(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// What `flooredQuotient` leaves: 0..<divisor.
    func flooredRemainder(by divisor: Self) -> Self {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension Int {
    /// Reads ASCII digits and nothing else.
    init?(digits bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty, bytes.count <= 9 else { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        self = value
    }

    /// With zeros in front up to the width.
    func padded(to width: Int) -> String {
        let digits = String(magnitude)
        let zeros = String(repeating: "0", count: Swift.max(0, width - digits.utf8.count))
        return (self < 0 ? "-" : "") + zeros + digits
    }
}

extension Int64 {
    /// Microseconds to the whole second at or before.
    var microsToSeconds: Int64 { flooredQuotient(by: 1_000_000) }

    /// Seconds to microseconds; a second beyond the years an `Int64` of microseconds reaches (±292,000) becomes the
    /// first or last one, as TZif files may name such transitions.
    var secondsToMicros: Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: 1_000_000)
        guard overflow else { return product }
        return self < 0 ? .min : .max
    }
}
