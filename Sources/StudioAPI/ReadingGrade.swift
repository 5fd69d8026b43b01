package import Kernel

/// How many years of school a text asks for.
package enum ReadingGrade {
    /// English: Flesch–Kincaid grade level (Kincaid et al., 1975). Spanish: Crawford (1989), made for primary school.
    /// Both count syllables by rule, so a short text is judged roughly. 0 for a text without words.
    package static func of(_ text: String, in language: Language) -> Double {
        let words = self.words(of: text)
        if words.isEmpty { return 0 }
        let sentences = Double(max(1, self.sentences(of: text)))
        let count = Double(words.count)
        let syllables = Double(words.reduce(0) { $0 + self.syllables(of: $1, in: language) })
        switch language {
        case .english: return max(0, 0.39 * count / sentences + 11.8 * syllables / count - 15.59)
        case .spanish: return max(0, -0.205 * sentences / count * 100 + 0.049 * syllables / count * 100 - 3.407)
        }
    }

    /// Words in lower case. Figures are read at a glance, so they are not counted.
    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && $0 != "'" && $0 != "’" }.map(String.init)
            .filter { $0.contains(where: \.isLetter) }
    }

    /// Stretches that end in `.`, `!`, `?`, `:` or a new line and hold a word; a dot inside a figure ends nothing.
    private static func sentences(of text: String) -> Int {
        var count = 0, hasWord = false
        var previous: Character = " "
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            let ends = character == "\n" || (".!?:".contains(character) && next.isWhitespace)
            let abbreviation = character == "." && previous == "r"  // Dr., Sr.
            if ends && !abbreviation {
                if hasWord { count += 1 }
                hasWord = false
            } else if character.isLetter {
                hasWord = true
            }
            previous = character
        }
        return count + (hasWord ? 1 : 0)
    }

    private static func syllables(of word: String, in language: Language) -> Int {
        switch language {
        case .english: englishSyllables(word)
        case .spanish: spanishSyllables(word)
        }
    }

    /// Groups of vowels, less a silent e at the end.
    private static func englishSyllables(_ word: String) -> Int {
        var groups = 0, inVowels = false
        for letter in word {
            let isVowel = "aeiouy".contains(letter)
            if isVowel && !inVowels { groups += 1 }
            inVowels = isVowel
        }
        let silent = (word.hasSuffix("e") && !word.hasSuffix("le")) || (word.hasSuffix("ed") && word.count > 3)
        if silent && groups > 1 { groups -= 1 }
        return max(1, groups)
    }

    /// Groups of vowels; two strong ones, or an accented weak one, begin a new syllable.
    private static func spanishSyllables(_ word: String) -> Int {
        var groups = 0
        var previous: Character?
        for letter in word {
            let strong = "aeoáéó".contains(letter)
            let accentedWeak = "íú".contains(letter)
            let weak = "iuü".contains(letter)
            guard strong || accentedWeak || weak else {
                previous = nil
                continue
            }
            switch previous {
            case nil: groups += 1
            case .some(let before) where accentedWeak || "íú".contains(before): groups += 1
            case .some(let before) where strong && "aeoáéó".contains(before): groups += 1
            default: break
            }
            previous = letter
        }
        return max(1, groups)
    }
}
