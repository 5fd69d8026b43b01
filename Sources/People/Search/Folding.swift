import Foundation

/// How names are made comparable: lower case, without accents, split into words.
///
/// "García-Márquez" gives garcia and marquez, "O’Brien" gives obrien, "Nguyễn" gives nguyen, "Straße" gives strasse.
package enum Folding {
    /// Lower case without marks; letters that are no letter plus mark are written out.
    package static func fold(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return asciiLowercased(text) }
        var folded = ""
        for scalar in text.decomposedStringWithCanonicalMapping.unicodeScalars {
            switch scalar {
            case "\u{300}"..."\u{36F}": continue
            case "ß", "ẞ": folded += "ss"
            case "æ", "Æ": folded += "ae"
            case "œ", "Œ": folded += "oe"
            case "ø", "Ø": folded += "o"
            case "đ", "Đ", "ð", "Ð": folded += "d"
            case "ł", "Ł": folded += "l"
            case "þ", "Þ": folded += "th"
            case "ı": folded += "i"
            default: folded += scalar.properties.lowercaseMapping
            }
        }
        return folded
    }

    /// The words of a name: at most eight, each at most 40 bytes. Apostrophes join, everything else that is no letter or
    /// digit parts.
    package static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for scalar in fold(text).unicodeScalars {
            switch scalar {
            case "'", "\u{2019}", "\u{2BC}", "`", ".": continue
            default:
                let isASCIIWord = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
                if isASCIIWord
                    || scalar.value >= 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                {
                    word.unicodeScalars.append(scalar)
                } else if !word.isEmpty {
                    words.append(word)
                    word = ""
                }
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.prefix(8).map { String($0.prefix(40)) }
    }

    private static func asciiLowercased(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            String(unsafeUninitializedCapacity: bytes.count) { buffer in
                for (index, byte) in bytes.enumerated() {
                    buffer[index] = (65...90).contains(byte) ? byte | 32 : byte
                }
                return bytes.count
            }
        }
    }
}
