package import Kernel
package import SchedulingAPI
package import StudioAPI
package import Vault
package import Web

/// Whether a payer has to agree beforehand, and did.
package enum ReferralAuthorization: String, Sendable, CaseIterable, Codable {
    case notNeeded = "not-needed"
    case needed, granted, denied
}

/// The policy by which a referral's clocks run.
package struct ReferralPolicyVersion: Sendable, Equatable {
    package let key: String
    package let version: Int

    package init(key: String, version: Int) {
        self.key = key
        self.version = version
    }
}

/// A referral as it stands in its row.
package struct ReferralRow: Sendable {
    package let id: ID<Referral>
    package let patient: ID<Patient>
    let keySubject: ID<KeySubject>
    package let kind: ReferralKind
    package let category: OrderCategory?
    package var status: ReferralStatus = .active
    package var stage: ReferralStage = .received
    package var priority: NeedPriority = .routine
    /// Keys of definitions.
    package var serviceLine: String?
    package var visitType: String?
    /// Of our practitioners.
    package var performer: String?
    package var requester: String?
    package var code: String?
    package var codeSystem: String?
    package var authorization: ReferralAuthorization = .notNeeded
    /// `2026-11-30`.
    package var authorizedFrom: String?
    package var authorizedTo: String?
    /// The last day on which it holds.
    package var expiresOn: String?
    package let source: String
    /// A keyed hash of the requester's identifier: knows it again.
    var sourceHash: [UInt8]?
    package var owner: ID<User>?
    package var attempts = 0
    package var vain = 0
    /// As many attempts in vain as allow to give it up.
    package var enough = 3
    /// Nil: the policy that is built in.
    package var policy: ReferralPolicyVersion?
    package let receivedAt: Instant
    package var acceptedAt: Instant?
    package var firstContactAt: Instant?
    /// When its visit was lost; the clock to book begins anew.
    package var returnedAt: Instant?
    /// The visit that is, or last was, booked for it.
    package var appointment: ID<Appointment>?
    /// A time that is held for it meanwhile.
    var hold: Int64?
    package var scheduledAt: Instant?
    package var seenAt: Instant?
    package var seenPlace: SeenPlace?
    package var reportedAt: Instant?
    package var acknowledgedAt: Instant?
    /// While it is on hold: the day on which it is looked at again.
    package var heldUntil: String?
    package var clock: ReferralClock?
    package var dueAt: Instant?
    /// When it was told that the moment has passed.
    package var overdueAt: Instant?
    package var outcome: ReferralOutcome?
    package var closedAt: Instant?
    package var version = 1
    package var labels: Labels = []
    var sealed: Sealed<ReferralContent>?

    package init(
        id: ID<Referral>, patient: ID<Patient>, keySubject: ID<KeySubject>, kind: ReferralKind,
        category: OrderCategory? = nil, source: String, receivedAt: Instant
    ) {
        self.id = id
        self.patient = patient
        self.keySubject = keySubject
        self.kind = kind
        self.category = category
        self.source = source
        self.receivedAt = receivedAt
    }

    /// Whether a visit of ours is booked for it now.
    package var hasVisit: Bool { stage == .scheduled && appointment != nil }

    package var state: ReferralState {
        ReferralState(
            kind: kind, status: status, stage: stage, vain: vain, enough: enough, hasVisit: hasVisit,
            isAcknowledged: acknowledgedAt != nil, outcome: outcome)
    }

    func open(_ grant: Grant) throws -> ReferralContent {
        guard let sealed else { return ReferralContent() }
        return try sealed.open(grant, of: .patient(patient), id: id.raw, subject: keySubject)
    }

    package var summary: ReferralSummary {
        ReferralSummary(
            id: id, patient: patient, kind: kind.rawValue, stage: stage.rawValue, priority: priority.rawValue,
            serviceLine: serviceLine, visitType: visitType, clock: clock?.rawValue, dueAt: dueAt,
            outcome: outcome?.rawValue)
    }
}

/// What is sealed of a referral.
package struct ReferralContent: ExportedContent, Equatable {
    package static let sealKind = SealKind(301)
    static let longestName = 200
    static let longestText = 4_000

    /// Outside the practice.
    package var requesterName: String?
    package var performerName: String?
    /// What is asked for, in words.
    package var what: String?
    package var reason: String?
    package var authorizationNumber: String?
    /// `system|value`.
    package var identifier: String?
    /// What was written when it was declined, held or closed.
    package var ending: String?
    /// What somebody wrote who looked at the report.
    package var finding: String?

    package init() {}

    package func pack(into packer: inout Packer) {
        packer.put(1, requesterName)
        packer.put(2, performerName)
        packer.put(3, what)
        packer.put(4, reason)
        packer.put(5, authorizationNumber)
        packer.put(6, identifier)
        packer.put(7, ending)
        packer.put(8, finding)
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        requesterName = fields.string(1)
        performerName = fields.string(2)
        what = fields.string(3)
        reason = fields.string(4)
        authorizationNumber = fields.string(5)
        identifier = fields.string(6)
        ending = fields.string(7)
        finding = fields.string(8)
    }

    package var exported: [ExportedField] {
        [
            ExportedField("requester", requesterName), ExportedField("performer", performerName),
            ExportedField("what", what), ExportedField("reason", reason),
            ExportedField("authorization_number", authorizationNumber), ExportedField("identifier", identifier),
            ExportedField("ending", ending), ExportedField("finding", finding),
        ].compactMap { $0 }
    }
}

/// One try to reach the patient.
struct ReferralAttempt: Sendable {
    let id: Int64
    let referral: ID<Referral>
    let at: Instant
    let by: Actor
    let channel: ContactChannel
    let outcome: ContactOutcome
    let keySubject: ID<KeySubject>?
    let note: Sealed<ReferralAttemptNote>?
}

/// What was written about a try.
struct ReferralAttemptNote: ExportedContent {
    static let sealKind = SealKind(302)
    static let longest = 1_000
    let text: String

    init(_ text: String) { self.text = text }
    func pack(into packer: inout Packer) { packer.put(1, text) }
    init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }

    var exported: [ExportedField] { [ExportedField("note", text)].compactMap { $0 } }
}

/// A paper that came with a referral, or back to it.
struct ReferralDocument: Sendable {
    enum Kind: String, Sendable, CaseIterable, Codable { case request, report }

    let id: Int64
    let referral: ID<Referral>
    let blob: ID<Blob>
    let kind: Kind
    let mediaType: String
    let size: Int
    let addedAt: Instant
    let addedBy: Actor
}
