/// A time of the clock in words: `3`, `3:30`, `10am`, `tres y media de la tarde`.
struct ClockWord {
    /// Of the day.
    let minutes: Int
    /// How many words it takes.
    let length: Int
    /// Whether it can be nothing but a time.
    let isPlain: Bool

    /// Nil: no time begins so many words on.
    init?(_ cursor: TextCursor, offset: Int) {
        func word(_ more: Int) -> String { cursor.word(offset + more) }
        let text = word(0)
        // English has the Spanish eleven too: "at once".
        if text == "once", word(-1) != "las" { return nil }
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ":") }
        let unit = String(text.dropFirst(digits.count))
        guard ["", "am", "pm", "a", "p", "h", "hs", "hrs"].contains(unit) || digits.isEmpty else { return nil }
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
        let written = digits.isEmpty ? TextTimesWords.numbers[text] : parts.first.flatMap { Int($0) }
        guard parts.count <= 2, let hour = written, (0...24).contains(hour) else { return nil }
        var minute = 0
        if parts.count == 2 {
            guard parts[1].count == 2, let read = Int(parts[1]), read < 60 else { return nil }
            minute = read
        }
        var length = 1
        var half = digits.isEmpty ? "" : unit
        if word(length) == "y", word(length + 1) == "media" {
            minute = 30
            length += 2
        }
        if half.isEmpty, ["am", "pm", "oclock"].contains(word(length)) {
            half = word(length)
            length += 1
        } else if word(length) == "de", word(length + 1) == "la",
            let named = Self.halves[word(length + 2)]
        {
            half = named
            length += 3
        }
        guard let minutes = Self.minutes(hour, minute, half) else { return nil }
        self.minutes = minutes
        self.length = length
        isPlain = parts.count == 2 || !half.isEmpty
    }

    private static let halves = ["manana": "am", "tarde": "pm", "noche": "pm"]

    /// An hour that does not say which half of the day it is of lies in the day of a practice: from seven to six.
    private static func minutes(_ hour: Int, _ minute: Int, _ half: String) -> Int? {
        let full: Int
        switch half {
        case "pm", "p": full = hour < 12 ? hour + 12 : hour
        case "am", "a": full = hour == 12 ? 0 : hour
        default: full = (1...6).contains(hour) ? hour + 12 : hour
        }
        let minutes = full * 60 + minute
        return minutes <= 1_440 ? minutes : nil
    }
}
