import Kernel
package import Vault

// Calendar feeds: a link that a calendar program follows by itself.
//
// - Somebody of the staff makes a link for the calendar of a practitioner or of a place. It is shown once and kept as a
//   keyed hash. It does not run out; its owner ends it, and it ends with the owner's account.
// - Each reading has the rights that its owner has at that moment: what they may not see is not there, and without the
//   right to share calendars there is nothing. Each reading is on the trail in the owner's name.
// - What it says of a visit is the practice's decision (`calendarFeeds`): that time is taken (unless it says
//   otherwise), the patient's initials, or the name. A calendar program keeps its copy where nobody can take it back.
// - A link that was ended, altered or never made is told like one that never was.

extension Permission {
    /// Makes and ends links by which calendar programs read.
    package static let calendarShare = Permission("calendar.share")
}

enum CalendarFeed {
    /// More than anybody reads.
    static let mostPerPerson = 20
    /// Visits that a link shows: enough to look back on a month and to plan half a year.
    static let daysBack = 30
    static let daysAhead = 180
    static let mostVisits = 5_000
    static let refreshMinutes = 15
    private static let longestToken = 100

    enum Kind: String, Sendable, CaseIterable {
        case practitioner, location
    }

    /// What a calendar is of.
    struct Source: Sendable, Hashable {
        let kind: Kind
        let key: String

        /// `practitioner:elena-alvarez`, as a form sends it.
        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), parts[1].utf8.count <= 80 else {
                return nil
            }
            self.init(kind, String(parts[1]))
        }

        init(_ kind: Kind, _ key: String) {
            self.kind = kind
            self.key = key
        }

        var text: String { "\(kind.rawValue):\(key)" }
    }

    /// A secret of 256 bits, as it stands in the address.
    static func newToken() -> String {
        var random = SystemRandomNumberGenerator()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let text = (0..<43).map { _ in letters[Int(random.next() % 64)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil: not one of ours.
    static func hash(_ token: String, _ vault: TenantVault) -> [UInt8]? {
        guard (20...longestToken).contains(token.utf8.count) else { return nil }
        return vault.keyedHash(Array(token.utf8), label: "calendar-feed")
    }
}
