/// What the clocks of a zone do for a while: RFC 9636 calls it a local time type.
struct LocalTimeType: Hashable, Sendable {
    /// Seconds east of UTC, within `allowedOffsets`.
    let offset: Int
    let isDaylight: Bool
    /// `MST`, `PDT`, `+0530`
    let abbreviation: String

    /// −24:59:59…25:59:59, the range RFC 9636 (section 3.2, utoff) asks readers to take.
    static let allowedOffsets = -89_999...93_599
}
