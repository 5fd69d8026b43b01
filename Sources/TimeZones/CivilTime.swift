/// A reading of the wall clock, 00:00:00…23:59:59, in no particular zone. Whole seconds.
///
/// There is no 24:00: an interval that ends at midnight ends at 00:00 of the next day (see `Zone.weekly`).
package struct CivilTime: Hashable, Comparable, Sendable {
    /// 0…86,399
    package let secondsOfDay: Int

    package static let midnight = CivilTime(checkedSecondsOfDay: 0)

    package init?(secondsOfDay: Int) {
        guard (0..<86_400).contains(secondsOfDay) else { return nil }
        self.secondsOfDay = secondsOfDay
    }

    package init?(hour: Int, minute: Int, second: Int = 0) {
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else { return nil }
        secondsOfDay = hour * 3_600 + minute * 60 + second
    }

    /// Reads exactly `09:40`, twenty-four hours, two digits each.
    package init?(hhmm text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 5 else { return nil }
        self.init(isoBytes: bytes[...])
    }

    init?(isoBytes bytes: ArraySlice<UInt8>) {
        guard bytes.count == 5 || bytes.count == 8 else { return nil }
        let at = bytes.startIndex
        guard bytes[at + 2] == UInt8(ascii: ":"),
            let hour = Int(digits: bytes[at..<at + 2]),
            let minute = Int(digits: bytes[at + 3..<at + 5])
        else { return nil }
        if bytes.count == 5 {
            self.init(hour: hour, minute: minute)
        } else {
            guard bytes[at + 5] == UInt8(ascii: ":"), let second = Int(digits: bytes[at + 6..<at + 8]) else {
                return nil
            }
            self.init(hour: hour, minute: minute, second: second)
        }
    }

    /// For a number already brought into 0…86,399.
    init(checkedSecondsOfDay seconds: Int) {
        secondsOfDay = seconds
    }

    package var hour: Int { secondsOfDay / 3_600 }
    package var minute: Int { secondsOfDay / 60 % 60 }
    package var second: Int { secondsOfDay % 60 }
    /// 0…1,439
    package var minutesOfDay: Int { secondsOfDay / 60 }

    /// `09:40`; seconds are left out.
    package var hhmm: String {
        "\(hour.padded(to: 2)):\(minute.padded(to: 2))"
    }

    package static func < (left: CivilTime, right: CivilTime) -> Bool {
        left.secondsOfDay < right.secondsOfDay
    }
}
