import Foundation
import Kernel
package import TimeZones
package import Vault
import Web

// Privacy: what patients may ask of the practice about their own record, and the register of it.
//
// - A request has a kind, the law it is made under, the day it came in, and the day by which it must be answered. That
//   day may be put off once, with a written reason. It ends fulfilled or refused, never without a word.
// - A restriction is what the practice has agreed to: to tell a payer or a person nothing, or to write elsewhere. Every
//   page of the patient says so, and a disclosure to somebody who may learn nothing is refused, unless a law demands it.
// - Each disclosure stands in a ledger. The patient's account of disclosures leaves out what the law leaves out:
//   treatment, payment, operations, what they authorised and what went to themselves. A patient's own link or export is
//   given to themselves, so it is on the audit trail but not in the ledger.
// - All of it is sealed under the patient's key and part of their record: it is exported, linked and disposed of with it.

extension Permission {
    /// Keeping the register of requests, restrictions and disclosures.
    package static let privacyManage = Permission("privacy.manage")
    /// Taking out the whole record of a patient.
    package static let recordExport = Permission("record.export")
}

package enum PrivacyRequest {}
package enum Restriction {}
package enum Disclosure {}

/// What somebody asks for.
package enum RequestKind: String, Sendable, Codable, CaseIterable {
    case access, portability, correction, restriction, accounting, erasure
}

/// The law a request is made under: it sets the time.
package enum PrivacyLaw: String, Sendable, Codable, CaseIterable {
    case hipaa, gdpr, ccpa
}

/// How a request came in.
package enum RequestChannel: String, Sendable, Codable, CaseIterable {
    case inPerson = "in-person"
    case letter, email, phone, portal, form
}

package enum RequestAsker: String, Sendable, Codable, CaseIterable {
    case patient, representative
}

package enum RequestState: String, Sendable, Codable, CaseIterable {
    case open, extended, fulfilled, refused

    package var isOpen: Bool { self == .open || self == .extended }
}

/// By when a request must be answered.
package enum RequestTime {
    /// Days or months; a month ends on the same day of the next one, or on its last.
    package enum Span: Sendable, Equatable {
        case days(Int)
        case months(Int)

        package func end(from day: CivilDate) -> CivilDate {
            switch self {
            case .days(let days): return day.adding(days: days)
            case .months(let months):
                let month = day.month - 1 + months
                let (year, rest) = (day.year + month / 12, month % 12 + 1)
                for last in [day.day, 30, 29, 28] where last <= day.day {
                    if let end = CivilDate(year: year, month: rest, day: last) { return end }
                }
                return day.adding(days: 30 * months)
            }
        }
    }

    /// The first term. HIPAA: access 30 days (45 CFR 164.524(b)(2)), amendment 60 (164.526(b)(2)), accounting 60
    /// (164.528(c)(1)); it sets none for a restriction (164.522) and knows no erasure: 30 days are our own. GDPR: one
    /// month (Article 12(3)). CCPA: 45 days (California Civil Code 1798.130(a)(2)).
    package static func first(_ kind: RequestKind, _ law: PrivacyLaw) -> Span {
        switch (law, kind) {
        case (.gdpr, _): .months(1)
        case (.ccpa, _): .days(45)
        case (.hipaa, .correction), (.hipaa, .accounting): .days(60)
        case (.hipaa, _): .days(30)
        }
    }

    /// What the one extension adds. HIPAA: 30 days (same places). GDPR: two months (Article 12(3)). CCPA: 45 days.
    package static func more(_ law: PrivacyLaw) -> Span {
        switch law {
        case .hipaa: .days(30)
        case .gdpr: .months(2)
        case .ccpa: .days(45)
        }
    }
}

/// What was agreed to.
package enum RestrictionKind: String, Sendable, Codable, CaseIterable {
    /// Nothing to this payer. Source: 45 CFR 164.522(a)(1)(vi).
    case payer
    /// Nothing to this person or organisation. Source: 45 CFR 164.522(a)(1).
    case person
    /// Write or call only at another address. Source: 45 CFR 164.522(b).
    case confidential
}

/// Why something was disclosed.
package enum DisclosureBasis: String, Sendable, Codable, CaseIterable {
    case requiredByLaw = "required-by-law"
    case publicHealth = "public-health"
    case abuse
    case oversight
    case court
    case lawEnforcement = "law-enforcement"
    case coroner
    case organDonation = "organ-donation"
    case research
    case threat
    case government
    case workersCompensation = "workers-compensation"
    case mistake
    case authorization, treatment, payment, operations

    /// Whether the patient's account names it. Source: 45 CFR 164.528(a)(1).
    package var isAccounted: Bool {
        switch self {
        case .authorization, .treatment, .payment, .operations: false
        default: true
        }
    }

    /// Whether a law may demand it whatever was agreed. Source: 45 CFR 164.522(a)(1)(v) and 164.512(a).
    package var maySetAside: Bool { self == .requiredByLaw || self == .court }
}

package enum Privacy {
    /// How far back an account of disclosures goes. Source: 45 CFR 164.528(a)(1).
    static let reach: Duration = .days(6 * 365 + 2)
    static let longestText = 4000
    static let longestName = 200

    static let capability = Capability(
        "privacy", schema: [PrivacySchema.migration], tables: PrivacySchema.tables,
        seals: [RequestDetails.sealKind, RestrictionDetails.sealKind, DisclosureDetails.sealKind],
        permissions: [.privacyManage, .recordExport])

    /// A name as it is compared: letters and digits alone, without case and accents.
    static func folded(_ name: String) -> String {
        var folded = ""
        for scalar in name.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars
        where scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            folded.unicodeScalars.append(scalar)
        }
        return folded
    }

    /// Whether a recipient is somebody to whom nothing is to be told: one name holds the other.
    static func concerns(_ restricted: String, _ recipient: String) -> Bool {
        let (one, other) = (folded(restricted), folded(recipient))
        guard one.count >= 2, other.count >= 2 else { return one == other }
        return one.contains(other) || other.contains(one)
    }
}
