import Kernel

/// "Running late 10 min", "llego 10 minutos tarde": a text that says nothing but by how much somebody is late.
///
/// Whatever else is in it, a person reads: "por la tarde" is a time of day, "más tarde" is later. Without a number it is a
/// quarter of an hour.
package enum LateWords {
    /// What is taken for "late" when no minutes are said.
    static let usual = 15
    private static let late = words("late tarde retrasado retrasada retraso atrasado atrasada")
    private static let around = words(
        """
        i im am m ill ll be will running run going to about around by a little bit min mins minute minutes sorry hi
        hello we are re maybe like please the for my appointment visit today there in and so just now of
        voy vamos llego llegare llegaremos llegamos estoy con de un poco unos como minuto minutos hola perdon disculpe
        lo siento mi cita que tengo sere
        """)

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    /// Nil: it says something else, or more than that.
    package static func minutes(_ text: String) -> Int? {
        guard text.utf8.count <= 120 else { return nil }
        // "I'm" and "I’m" are one word.
        let plain = String(text.unicodeScalars.filter { $0 != "'" && $0 != "\u{2019}" })
        var isLate = false
        var numbers: [Int] = []
        for word in PlainWords(plain).words.map(\.text) {
            if late.contains(word) {
                isLate = true
            } else if let number = number(word) {
                numbers.append(number)
            } else if !around.contains(word) {
                return nil
            }
        }
        guard isLate, numbers.count <= 1 else { return nil }
        let minutes = numbers.first ?? usual
        return (1...180).contains(minutes) ? minutes : nil
    }

    /// "10", "10min".
    private static func number(_ word: String) -> Int? {
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        let unit = word.dropFirst(digits.count)
        guard !digits.isEmpty, ["", "m", "min", "mins", "minutes", "minutos"].contains(String(unit)) else { return nil }
        return Int(digits)
    }
}
