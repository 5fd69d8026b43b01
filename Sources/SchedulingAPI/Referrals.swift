package import Kernel
package import Spine
package import Store
package import Vault

/// One referral, order or result that somebody has to follow to its end: FHIR ServiceRequest with its Task.
package enum Referral {}

extension Permission {
    package static let referralRead = Permission("referral.read")
    package static let referralWrite = Permission("referral.write")
}

/// A referral in one line, as other areas show it.
package struct ReferralSummary: Sendable {
    package let id: ID<Referral>
    package let patient: ID<Patient>
    /// inbound, outbound, order, result.
    package let kind: String
    /// received, accepted, contacting, scheduled, seen, reported, closed.
    package let stage: String
    /// routine, urgent, asap, stat.
    package let priority: String
    /// Key.
    package let serviceLine: String?
    /// Key.
    package let visitType: String?
    /// The clock that runs, and until when; nil: it is closed.
    package let clock: String?
    package let dueAt: Instant?
    package let outcome: String?

    package init(
        id: ID<Referral>, patient: ID<Patient>, kind: String, stage: String, priority: String, serviceLine: String?,
        visitType: String?, clock: String?, dueAt: Instant?, outcome: String?
    ) {
        self.id = id
        self.patient = patient
        self.kind = kind
        self.stage = stage
        self.priority = priority
        self.serviceLine = serviceLine
        self.visitType = visitType
        self.clock = clock
        self.dueAt = dueAt
        self.outcome = outcome
    }
}

/// What other areas may ask of referrals. Implemented by the Scheduling area.
package protocol ReferralBook: Sendable {
    /// A person's referrals, open ones first, at most `limit`. `caller` sees all of these patients; referrals that a label
    /// hides from them are not there.
    func referrals(
        of patients: PatientSet, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [ReferralSummary]
}

/// For a program without referrals.
package struct NoReferrals: ReferralBook, ReferralIntake {
    package init() {}

    package func referrals(
        of _: PatientSet, limit _: Int, for _: Caller, in _: any Transaction
    ) throws -> [ReferralSummary] { [] }

    package func receive(_: ReceivedReferral, context _: CommandContext) throws -> ReceivedReferral.Taken? { nil }
}

/// A request as another system says it is: FHIR R4 ServiceRequest, as far as we work with it.
package struct ReceivedReferral: Sendable {
    package enum Effect: String, Sendable, Codable { case recorded, updated, unchanged, closed }

    package struct Taken: Sendable, Codable, Equatable {
        package let id: Int64
        package let effect: Effect

        package init(id: ID<Referral>, effect: Effect) {
            self.id = id.raw
            self.effect = effect
        }
    }

    package var patient: ID<Patient>
    /// inbound, outbound, order, result.
    package var kind: String
    /// imaging, laboratory, procedure; of orders.
    package var category: String?
    /// ServiceRequest.status.
    package var status: String
    /// ServiceRequest.priority.
    package var priority: String
    package var code: String?
    package var codeSystem: String?
    /// What is asked for, in words; sealed.
    package var codeText: String?
    /// Why; sealed.
    package var reason: String?
    /// Sealed.
    package var requesterName: String?
    /// Sealed.
    package var performerName: String?
    /// By what it is known again: its identifier, of which only a keyed hash is kept plain.
    package var identifier: (system: String, value: String)
    package var authoredAt: Instant?
    /// The last day on which it holds: `2026-11-30`.
    package var expiresOn: String?
    /// api, import.
    package var source: String
    package var labels: Labels

    package init(
        patient: ID<Patient>, kind: String, category: String? = nil, status: String, priority: String,
        code: String? = nil, codeSystem: String? = nil, codeText: String? = nil, reason: String? = nil,
        requesterName: String? = nil, performerName: String? = nil, identifier: (system: String, value: String),
        authoredAt: Instant? = nil, expiresOn: String? = nil, source: String, labels: Labels = []
    ) {
        self.patient = patient
        self.kind = kind
        self.category = category
        self.status = status
        self.priority = priority
        self.code = code
        self.codeSystem = codeSystem
        self.codeText = codeText
        self.reason = reason
        self.requesterName = requesterName
        self.performerName = performerName
        self.identifier = identifier
        self.authoredAt = authoredAt
        self.expiresOn = expiresOn
        self.source = source
        self.labels = labels
    }
}

/// The way in for requests of other systems. Implemented by the Scheduling area.
package protocol ReferralIntake: Sendable {
    /// Records the request, or brings the one of the same identifier up to date. One that is over and was never known
    /// is no work and makes nothing: nil.
    func receive(_ referral: ReceivedReferral, context: CommandContext) throws -> ReceivedReferral.Taken?
}
