/// One time zone of one release of the tz database: when its clocks changed and will change.
///
/// A value without identity: reading it needs no lock and does no I/O. Made by `TimeZoneDatabase.zone(_:)`.
package struct Zone: Hashable, Sendable {
    /// IANA name, `America/Denver`
    package let name: String
    /// Seconds since 1970 at which a new local time type begins; ascending.
    let starts: [Int64]
    /// For each of `starts`, the index in `types`.
    let startTypes: [UInt8]
    /// Never empty; the first is in force before the first of `starts`.
    let types: [LocalTimeType]
    /// In force after the last of `starts`; without one the last type stays for ever.
    let footer: PosixRule?

    /// Seconds to add to UTC at that instant; east is positive.
    package func offset(at micros: Int64) -> Int {
        type(atSecond: micros.microsToSeconds).offset
    }

    /// What the zone's clocks are called at that instant: `MST`, `CEST`, or `+0530` where people have no letters.
    package func abbreviation(at micros: Int64) -> String {
        type(atSecond: micros.microsToSeconds).abbreviation
    }

    /// What the wall clock shows at that instant; parts of a second are cut off.
    package func civil(at micros: Int64) -> CivilDateTime {
        let second = micros.microsToSeconds
        return CivilDateTime(secondsAsIfUTC: second + Int64(type(atSecond: second).offset))
    }

    func type(atSecond second: Int64) -> LocalTimeType {
        let begun = startCount(throughSecond: second)
        if begun == starts.count, let footer {
            return footer.type(atSecond: second)
        }
        return begun == 0 ? types[0] : types[Int(startTypes[begun - 1])]
    }

    /// How many of `starts` are at or before that second.
    func startCount(throughSecond second: Int64) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= second {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
