import Kernel
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// The referrals and authorizations on which a person can have a visit of one type.
struct VisitPapers: Equatable {
    /// The last days of those referrals; nil: no end.
    private var ends: [CivilDate?] = []
    private var authorized: [ClosedRange<CivilDate>] = []

    private static let always: (first: CivilDate, last: CivilDate) = (
        CivilDate(daysSinceEpoch: -719_162), CivilDate(daysSinceEpoch: 2_932_896)
    )

    mutating func add(until: CivilDate?, authorized days: (from: CivilDate?, to: CivilDate?)?) {
        ends.append(until)
        guard let days else { return }
        let from = days.from ?? Self.always.first
        let to = days.to ?? Self.always.last
        if from <= to { authorized.append(from...to) }
    }

    /// Of several the one that lasts longest counts.
    func tell(_ visitor: inout SlotVisitor) {
        visitor.hasReferral = !ends.isEmpty
        visitor.referralUntil = ends.contains(nil) ? nil : ends.compactMap { $0 }.max()
        visitor.hasAuthorization = !authorized.isEmpty
        visitor.authorizedDays = authorized.max { $0.upperBound < $1.upperBound }
    }

    /// By the referrals and orders that the caller may know of: open, not on hold, and of the same visit type, or of the same
    /// service line where they name no type.
    static func read(
        of patients: [ID<Patient>], for type: VisitTypeDefinition, _ caller: Caller, _ action: Permission,
        in transaction: any Transaction
    ) throws -> VisitPapers {
        let seen = Policy.seen(caller, action, patient: "r.patient", labels: "r.labels")
        let rows = try transaction.rows(
            """
            SELECT r.expires_on, r.authorization_state, r.authorized_from, r.authorized_to FROM referral r
            WHERE r.tenant = \(.tenant) AND r.patient IN \(list: patients) AND \(seen) AND r.status = 'active'
                AND r.stage IN ('received', 'accepted', 'contacting', 'scheduled') AND r.kind IN ('inbound', 'order')
                AND (r.visit_type = \(type.key)
                    OR (r.visit_type IS NULL AND (r.service_line IS NULL OR r.service_line = \(type.serviceLine))))
            """)
        var papers = VisitPapers()
        for row in rows {
            let state: String = try row["authorization_state"]
            let isGranted = state == ReferralAuthorization.granted.rawValue
            papers.add(
                until: try day(row["expires_on"]),
                authorized: isGranted ? (try day(row["authorized_from"]), try day(row["authorized_to"])) : nil)
        }
        return papers
    }

    private static func day(_ text: String?) -> CivilDate? { text.flatMap { CivilDate(iso: $0) } }
}

extension SlotVisitor {
    /// A visit that was agreed stays what it was, whether or not the patient has been here since. `agreed`: its type,
    /// which may be another one than that it is to become.
    mutating func keepsWhatWasAgreed(_ type: VisitTypeDefinition, as agreed: String) {
        if type.patients != .any { isEstablished = type.patients == .established }
        keepsItsPapers()
        keepsItsAnswers(type, as: agreed)
    }

    /// A visit that was agreed is not refused for a paper that has been used up since; nor is one of who has died since
    /// refused another time: only what is booked anew is.
    mutating func keepsItsPapers() {
        hasDied = false
        if hasReferral == false { hasReferral = nil }
        if hasAuthorization == false { hasAuthorization = nil }
    }

    /// Nor for who pays now, or for what is asked by now; another type asks anew.
    mutating func keepsItsAnswers(_ type: VisitTypeDefinition, as agreed: String) {
        guard agreed == type.key else { return }
        let accepted = type.rules.eligibility.payers
        if !accepted.isEmpty, payers?.isDisjoint(with: accepted) == true { payers = nil }
        facts = nil
    }
}
