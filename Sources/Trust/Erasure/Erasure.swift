import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
package import Vault

// Erasure: what a patient asks for with a request for erasure, carried out at the console. It is the disposal of
// `Disposal.swift`, the same that `throughline dispose` runs, and ends with the same certificate.
//
// - It starts from an open request for erasure. Before, it is looked whether something stands in the way: a legal hold, the
//   retention schedule, somebody's decision to keep the records longer, a linked record out of reach of who erases. Each
//   is told with what can be done. The command line asks for the hold alone: who runs it answers for the rest.
// - Who erases types the record number in, and confirms that it is them. Nothing happens before, and nothing by looking.
// - The request is fulfilled by the disposal itself, in the transaction that takes the person out of the register, with its
//   moment and who did it. So it is never fulfilled without a disposal, and after one that was cut off never open.
// - Begun once it is carried through: the keys are gone, and nothing stops it any more.

/// What erasing needs of the program round it.
package struct Erasing: Sendable {
    /// Disposes of somebody, for a reason, as a caller; returns when it is certified.
    package typealias Dispose = @Sendable (DataSubject, String, Caller) async throws -> DisposalRecord

    let dispose: Dispose
    let sources: RetentionSources
    /// By which keys certificates are signed, now or before.
    let signers: @Sendable () throws -> [PublicSigningKey]

    /// How the disposal says why.
    static let reason = "request"

    package init(
        sources: RetentionSources, signers: @escaping @Sendable () throws -> [PublicSigningKey],
        dispose: @escaping Dispose
    ) {
        self.sources = sources
        self.signers = signers
        self.dispose = dispose
    }
}

/// What keeps a person's records from being erased now.
enum ErasureObstacle: Sendable, Equatable {
    case hold
    /// The retention schedule asks for the records until then.
    case schedule(until: Instant)
    /// Somebody decided that they are kept until then.
    case decision(until: Instant)
    /// A record linked to theirs is out of reach of who asks.
    case reach

    var code: String {
        switch self {
        case .hold: "hold"
        case .schedule: "schedule"
        case .decision: "decision"
        case .reach: "reach"
        }
    }

    var until: Instant? {
        switch self {
        case .schedule(let until), .decision(let until): until
        case .hold, .reach: nil
        }
    }
}

/// A request for erasure, before it is carried out.
struct ErasureCase: Sendable {
    let patient: ID<Patient>
    let name: String
    /// The record number; nil when there is none, or who asks may not see it.
    let recordNumber: String?
    /// How many records go together.
    let records: Int
    let obstacles: [ErasureObstacle]

    /// What who erases types in: no two people have the same.
    var word: String { recordNumber ?? patient.text }

    /// Whether somebody typed it. Capitals and spaces do not matter.
    func isConfirmed(by typed: String) -> Bool {
        func plain(_ text: String) -> String { text.uppercased().filter { !$0.isWhitespace } }
        return !plain(word).isEmpty && plain(typed) == plain(word)
    }
}

/// Looks at a request for erasure that is open, and at what stands in its way. Throws as if there were none when it is of
/// another kind, or about somebody out of reach.
struct LookAtErasure: Query {
    static let permission = Permission.privacyManage
    let request: ID<PrivacyRequest>
    let directory: any PatientDirectory
    /// Nil: no schedule is published.
    let look: RetentionLook?
    let now: Instant

    func run(_ transaction: any Transaction, _ access: Access) throws -> ErasureCase {
        guard let row = try PrivacyStore.find(request, in: transaction), row.kind == .erasure,
            let patient = row.patient
        else { throw Fault.notFound("request") }
        let (set, grant) = try directory.grant(Self.permission, for: patient, access: access, in: transaction)
        guard let card = try directory.cards(of: [patient], grant: grant, in: transaction)[patient] else {
            throw Fault.notFound("request")
        }
        return ErasureCase(
            patient: patient, name: card.name, recordNumber: card.mrn, records: set.members.count,
            obstacles: try obstacles(patient, set, transaction, access))
    }

    private func obstacles(
        _ patient: ID<Patient>, _ seen: PatientSet, _ transaction: any Transaction, _ access: Access
    ) throws -> [ErasureObstacle] {
        let whole = try directory.set(of: patient, in: transaction).members
        let scopes = try Policy.scopeRows(of: whole, for: access.caller, in: transaction)
        let isReached = whole.allSatisfy {
            Policy.decide(access.caller, .subjectDispose, .patient(scopes[$0] ?? [])) == .permit
        }
        var obstacles: [ErasureObstacle] = isReached ? [] : [.reach]
        if try !LegalHoldStore.held(seen.members, in: transaction).isEmpty { obstacles.append(.hold) }
        if let until = try RetentionStore.keptUntil(seen.members, after: now, in: transaction) {
            obstacles.append(.decision(until: until))
        }
        if let until = try look?.asks(for: seen, in: transaction) { obstacles.append(.schedule(until: until)) }
        return obstacles
    }
}
