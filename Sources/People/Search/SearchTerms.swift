package import Kernel
import TimeZones
package import Vault

/// The blind terms under which one record is found. Made at registration, and anew when the record changes.
///
/// A name word gives one term for itself, one for each beginning of two to eight letters, and its sounds; a phone number
/// gives the whole, its last seven and its last four digits; birth date, numbers and e-mail addresses give one each.
package struct SearchTerms {
    package static let longestPrefix = 8

    private let index: BlindIndex
    private var seen: Set<Int64> = []

    package init(index: BlindIndex) {
        self.index = index
    }

    /// The terms by their own numbers, which look random: the order in which they were made would tell a thief which
    /// term is the given name and which the phone number.
    package var all: [Int64] { seen.sorted() }

    package mutating func add(_ record: PatientRecord) {
        var words: Set<String> = []
        for name in record.given + [record.family, record.preferredName].compactMap({ $0 }) {
            for word in Folding.words(name) where words.insert(word).inserted { add(nameWord: word) }
        }
        if let birthDate = record.birthDate { add(index.term(.birthDate, birthDate.iso)) }
    }

    private mutating func add(nameWord word: String) {
        add(index.term(.nameWord, word))
        let count = word.count
        if count >= 2 {
            for length in 2...min(count, Self.longestPrefix) { add(index.term(.namePrefix, word.prefix(length))) }
        }
        for sound in NameSound.codes(of: word) { add(index.term(.nameSound, sound)) }
    }

    /// The term by which other records with this number are found.
    package mutating func add(phone: PhoneNumber) -> Int64 {
        let digits = phone.digits
        let whole = index.term(.phone, digits)
        add(whole)
        add(index.term(.phoneEnd, digits.suffix(7)))
        add(index.term(.phoneEnd, digits.suffix(4)))
        return whole
    }

    package mutating func add(email: String) -> Int64 {
        let term = index.term(.email, Self.normalised(email: email))
        add(term)
        return term
    }

    package mutating func add(identifier: String) -> Int64 {
        let term = index.term(.identifier, Self.normalised(identifier: identifier))
        add(term)
        return term
    }

    package mutating func add(_ term: Int64) { seen.insert(term) }

    package static func normalised(email: String) -> String { Folding.fold(email) }

    /// Letters and digits only, lower case, without leading zeros: "00-48213" and "48213" are one number.
    package static func normalised(identifier: String) -> String {
        let kept = Folding.fold(identifier).utf8.filter { (97...122).contains($0) || (48...57).contains($0) }
        let start = kept.firstIndex { $0 != 48 } ?? kept.endIndex
        return String(decoding: kept[start...], as: UTF8.self)
    }
}
