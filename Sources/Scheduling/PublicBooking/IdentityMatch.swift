import Foundation
package import Kernel
package import PeopleAPI
import TimeZones

// Whether somebody who says who they are is one of those we know.
//
// The proven number, the birth date and the name together: certain, when exactly one record has all three. Of the number
// with one of the others, or of name and birth date without the number, a person decides.

package enum IdentityMatch: Sendable, Equatable {
    /// Exactly one record is theirs.
    case certain(ID<Patient>)
    /// Records that may be theirs; empty: nobody is like them.
    case none(alike: [ID<Patient>])

    /// `reachable`: whoever can be reached at the proven number; `others`: found by name and birth date.
    package static func judge(
        _ person: PublicPerson, reachable: [PatientCard], others: [ID<Patient>]
    ) -> IdentityMatch {
        let name = words(person.given + " " + person.family)
        var certain: [ID<Patient>] = []
        var alike: Set<ID<Patient>> = Set(others)
        for card in reachable {
            let sameName = isSame(name, words(card.name))
            let sameDay = card.birthDate == person.birthDate
            if sameName, sameDay, !card.deceased { certain.append(card.id) }
            if sameName || sameDay { alike.insert(card.id) }
        }
        if certain.count == 1 { return .certain(certain[0]) }
        return .none(alike: alike.sorted())
    }

    /// All words of the shorter name stand in the longer: "Maria Delgado" is "María Delgado Ruiz".
    static func isSame(_ one: Set<String>, _ other: Set<String>) -> Bool {
        let (short, long) = one.count <= other.count ? (one, other) : (other, one)
        return short.count >= 2 && short.isSubset(of: long)
    }

    /// Words without case, accents and punctuation.
    static func words(_ name: String) -> Set<String> {
        let folded = name.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
        return Set(folded.split { !$0.isLetter }.map(String.init))
    }
}
