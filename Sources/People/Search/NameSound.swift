/// How a name sounds, for names of English and Spanish as front desks hear them.
///
/// A code is a string of consonant classes after the first sound, vowels left out, repeats joined, at most six letters.
/// The rules follow Metaphone's idea (L. Philips, Computer Language 7:12, 1990) with Spanish added where the two agree on
/// ears: z and soft c are s, h is silent, j, x and soft g at the beginning are one, ñ is n. Where the languages part
/// (ll is y in Castillo and l in Miller, v is b in Vásquez and f in Steven), a name has two codes.
package enum NameSound {
    /// One or two codes of a folded word; none for words under three letters or without a sound of their own.
    package static func codes(of word: String) -> [String] {
        let letters = Array(word.utf8)
        guard letters.count >= 3, letters.allSatisfy({ (97...122).contains($0) }) else { return [] }
        let first = code(letters, spanish: false)
        let second = code(letters, spanish: true)
        return (first == second ? [first] : [first, second]).filter { $0.utf8.count >= 2 }
    }

    private static let l = UInt8(ascii: "l")
    private static let vowels = Set("aeiou".utf8)
    private static let soft = Set("eiy".utf8)

    private static func code(_ letters: [UInt8], spanish: Bool) -> String {
        var code: [UInt8] = []
        var index = silentStart(letters)
        while index < letters.count, code.count < 6 {
            let (sound, length) = Self.sound(letters, at: index, isStart: code.isEmpty, spanish: spanish)
            if let sound, code.last != sound { code.append(sound) }
            index += length
        }
        return String(decoding: code, as: UTF8.self)
    }

    /// kn, gn, pn, ps, wr: the first letter is not heard.
    private static func silentStart(_ letters: [UInt8]) -> Int {
        switch (letters[0], letters[1]) {
        case (UInt8(ascii: "k"), UInt8(ascii: "n")), (UInt8(ascii: "g"), UInt8(ascii: "n")),
            (UInt8(ascii: "p"), UInt8(ascii: "n")), (UInt8(ascii: "p"), UInt8(ascii: "s")),
            (UInt8(ascii: "w"), UInt8(ascii: "r")):
            1
        default: 0
        }
    }

    /// The class of the sound that begins here (nil: none is heard) and how many letters write it.
    private static func sound(
        _ letters: [UInt8], at index: Int, isStart: Bool, spanish: Bool
    ) -> (UInt8?, Int) {
        let letter = letters[index]
        let next = index + 1 < letters.count ? letters[index + 1] : 0
        func ascii(_ scalar: Unicode.Scalar) -> UInt8 { UInt8(ascii: scalar) }
        switch Unicode.Scalar(letter) {
        case "a", "e", "i", "o", "u": return (isStart ? ascii("A") : nil, 1)
        case "y":
            // Castiyo is heard as Castillo, but Tanya as Tania.
            let isConsonant = vowels.contains(next) && (isStart || vowels.contains(letters[index - 1]))
            return (isConsonant ? ascii("Y") : isStart ? ascii("A") : nil, 1)
        case "h": return (nil, 1)
        case "w": return (ascii("W"), next == ascii("h") ? 2 : 1)
        case "b": return (ascii("B"), 1)
        case "v": return (spanish ? ascii("B") : ascii("F"), 1)
        case "f": return (ascii("F"), 1)
        case "p": return next == ascii("h") ? (ascii("F"), 2) : (ascii("P"), 1)
        case "d", "t": return (ascii("T"), next == ascii("h") ? 2 : 1)
        case "s":
            if next == ascii("h") { return (ascii("X"), 2) }
            if next == ascii("c"), index + 2 < letters.count, letters[index + 2] == ascii("h") {
                return (ascii("S"), 3)
            }
            return (ascii("S"), 1)
        case "z": return (ascii("S"), 1)
        case "c":
            if next == ascii("h") { return (ascii("X"), 2) }
            if next == ascii("k") { return (ascii("K"), 2) }
            return (soft.contains(next) ? ascii("S") : ascii("K"), 1)
        case "k", "q": return (ascii("K"), 1)
        case "g":
            if next == ascii("h") { return (isStart ? ascii("K") : nil, 2) }
            return (soft.contains(next) ? ascii("J") : ascii("K"), 1)
        case "j": return (ascii("J"), 1)
        case "x": return (isStart ? ascii("J") : ascii("S"), 1)
        case "l": return next == l ? (spanish ? ascii("Y") : ascii("L"), 2) : (ascii("L"), 1)
        case "m": return (ascii("M"), 1)
        case "n": return (ascii("N"), 1)
        case "r": return (ascii("R"), 1)
        default: return (nil, 1)
        }
    }
}
