/// A day and a reading of the wall clock, in no particular zone: how an appointment's start is stored.
package struct CivilDateTime: Hashable, Comparable, Sendable {
    package let date: CivilDate
    package let time: CivilTime

    package init(date: CivilDate, time: CivilTime) {
        self.date = date
        self.time = time
    }

    /// Reads `2026-03-08T02:30` and `2026-03-08T02:30:15`; anything with an offset or a `Z` is refused, as that would
    /// be an instant.
    package init?(iso text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count > 11, bytes[10] == UInt8(ascii: "T"),
            let date = CivilDate(isoBytes: bytes[..<10]),
            let time = CivilTime(isoBytes: bytes[11...])
        else { return nil }
        self.init(date: date, time: time)
    }

    /// `2026-03-08T02:30`; seconds are written only when there are any.
    package var iso: String {
        let minutes = "\(date.iso)T\(time.hhmm)"
        return time.second == 0 ? minutes : "\(minutes):\(time.second.padded(to: 2))"
    }

    package static func < (left: CivilDateTime, right: CivilDateTime) -> Bool {
        (left.date, left.time) < (right.date, right.time)
    }

    /// The seconds since 1970 that a clock set to UTC would have counted at this reading.
    var secondsAsIfUTC: Int64 {
        Int64(date.daysSinceEpoch) * 86_400 + Int64(time.secondsOfDay)
    }

    init(secondsAsIfUTC seconds: Int64) {
        let days = Int(seconds).flooredQuotient(by: 86_400)
        date = CivilDate(daysSinceEpoch: days)
        time = CivilTime(checkedSecondsOfDay: Int(seconds) - days * 86_400)
    }
}
