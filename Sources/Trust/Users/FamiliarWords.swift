import Foundation
import Kernel
import StudioAPI

/// Words that anybody would try first who knows a person or their practice: names of the product, of the tenant, of the
/// organization and its locations, and one's own name and sign-in name, in words of four letters and more.
///
/// A password may hold them; what remains without them has to be worth something by itself. Capitals, accents and the
/// usual stand-ins for letters (`0` for `o`, `@` for `a`, …) make no difference.
/// Source: ASVS 5.0.0, 6.1.2 and 6.2.11; NIST SP 800-63B-4, 3.1.1.2.
package struct FamiliarWords: Sendable {
    /// Fewer characters than this beside the words are too few.
    package static let leastBeside = 8
    private static let shortest = 4

    /// Longest first: of a name that holds another one the whole is found.
    private let words: [[Character]]

    /// - names: as they are written, of one or more words each.
    package init(_ names: [String]) {
        let words = names.flatMap { $0.split { !$0.isLetter && !$0.isNumber } }
            .filter { $0.count >= Self.shortest }.map { Self.folded(String($0)) }
        self.words = Set(words).sorted { ($1.count, String($0)) < ($0.count, String($1)) }
    }

    package static let none = FamiliarWords([])

    /// Whether a password is little more than these words.
    package func make(_ password: String) -> Bool {
        var left: [Character?] = Self.folded(password)
        var found = false
        for word in words {
            var start = 0
            while start + word.count <= left.count {
                guard zip(left[start...], word).allSatisfy({ $0 == $1 }) else {
                    start += 1
                    continue
                }
                found = true
                for place in start..<(start + word.count) { left[place] = nil }
                start += word.count
            }
        }
        return found && left.count(where: { $0?.isWhitespace == false }) < Self.leastBeside
    }

    private static func folded(_ text: String) -> [Character] {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil).map { standsFor[$0] ?? $0 }
    }

    /// `l`, `i` and what stands for either are one letter.
    private static let standsFor: [Character: Character] = [
        "0": "o", "1": "i", "l": "i", "!": "i", "|": "i", "3": "e", "4": "a", "@": "a", "5": "s", "$": "s", "7": "t",
        "+": "t", "8": "b", "9": "g",
    ]
}

extension Trust {
    /// What is wrong with a password that somebody chose for themselves.
    func problem(
        _ password: String, of name: String, login: String, _ tenant: ID<Tenant>
    ) async throws -> Password.Problem? {
        let configuration = try definitions.configuration(of: tenant)
        let practice = try await tenants.list().first { $0.id == tenant }
        let names =
            ["Throughline", practice?.name, practice?.key, configuration.organization?.name, name, login]
            .compactMap(\.self) + configuration.locations.values.map { $0.name }
        return try Password.problem(
            password, login: login, familiar: FamiliarWords(names), breached: gatekeeper.breached)
    }
}
