/// How many radio segments a text takes: 160 characters of the GSM 03.38 alphabet (153 each when there are several),
/// or 70 UTF-16 units (67 each) as soon as one character is outside it.
///
/// Source: 3GPP TS 23.038 (default alphabet and its extension table) and TS 23.040 (concatenation header).
package enum MessageSegments {
    /// The number of segments of `text`, at least 1.
    package static func count(_ text: String) -> Int {
        var septets = 0
        for scalar in text.unicodeScalars {
            if basic.contains(scalar) {
                septets += 1
            } else if extended.contains(scalar) {
                septets += 2
            } else {
                return segments(of: text.utf16.count, single: 70, joined: 67)
            }
        }
        return segments(of: septets, single: 160, joined: 153)
    }

    private static func segments(of length: Int, single: Int, joined: Int) -> Int {
        length <= single ? 1 : (length + joined - 1) / joined
    }

    private static let basic = Set(
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
            + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars)
    private static let extended = Set("^{}\\[~]|€\u{C}".unicodeScalars)
}
