package import Kernel
package import Store

/// Phantom type for the id of a disposal.
package enum Disposal {}

/// Whose data go: one person's records, an unknown person's conversation, a user.
package struct DisposalTarget: Sendable, Equatable {
    package let subject: DataSubject
    /// The members of the person's patient set; empty when the subject is no patient.
    package let patients: [ID<Patient>]
    /// The subjects whose keys are deleted.
    package let keys: [ID<KeySubject>]

    package init(subject: DataSubject, patients: [ID<Patient>], keys: [ID<KeySubject>]) {
        self.subject = subject
        self.patients = patients.sorted()
        self.keys = keys.sorted()
    }

    package var conversations: [ID<Conversation>] {
        if case .conversation(let id) = subject { [id] } else { [] }
    }

    package var users: [ID<User>] {
        if case .user(let id) = subject { [id] } else { [] }
    }
}

/// What a table does when somebody is disposed of. Keys and sealed values need nothing: they go with the subject's key.
package enum TableDisposal: Sendable {
    /// Rows go by the column of the table's rule. For tables with an index that begins with it.
    case delete
    /// Rows that meet a condition go; several conditions, one after another. For tables that are reached by way of
    /// others. `tenant` has been compared already.
    case deleteWhere(@Sendable (DisposalTarget) -> [SQL])
    /// Something else is done, and the number of rows it was done to is given back. Done twice it must find nothing
    /// more. `leavesRows`: rows with the person's id stay, without anything that could be known again.
    case scrub(leavesRows: Bool = false, @Sendable (DisposalTarget, any Transaction) throws -> Int)
    /// Nothing is to be done, and why.
    case kept(reason: String)
}

/// One disposal as the key store remembers it.
package struct DisposalRecord: Sendable, Equatable {
    package let id: ID<Disposal>
    package let target: DisposalTarget
    /// A code: `retention`, `request`.
    package let reason: String
    package let actor: Actor
    package let requestedAt: Instant
    /// Rows done away with, by table.
    package internal(set) var rows: [String: Int]
    /// Nil until everything is done.
    package internal(set) var certificate: DisposalCertificate?

    package init(id: ID<Disposal>, target: DisposalTarget, reason: String, actor: Actor, requestedAt: Instant) {
        self.id = id
        self.target = target
        self.reason = reason
        self.actor = actor
        self.requestedAt = requestedAt
        rows = [:]
        certificate = nil
    }

    /// The same with the certificate that ended it.
    package func certified(by certificate: DisposalCertificate) -> DisposalRecord {
        var record = self
        record.certificate = certificate
        return record
    }
}

extension TenantVault {
    /// Begins a disposal: remembers it in the key store and deletes the subjects' keys, in one transaction. From then on
    /// nothing of theirs can be read, whatever happens to the rest; what is left to do is found again by its record.
    ///
    /// A subject is disposed of once: begun again (after old data were restored), the earlier record comes back. Further
    /// keys are added to it and deleted, and its certificate is then made anew.
    package func beginDisposal(_ new: DisposalRecord) async throws -> DisposalRecord {
        let record = try await store.database.write(tenant) { try DisposalStore.begin(new, in: $0) }
        forget(record.target.keys.map(\.raw))
        return record
    }

    /// The record of a subject's disposal; nil when there has been none.
    package func disposal(of subject: DataSubject) async throws -> DisposalRecord? {
        try await store.database.read(tenant) { try DisposalStore.find(subject, in: $0) }
    }

    /// Disposals that were begun before a moment and have no certificate yet, the oldest first.
    package func unfinishedDisposals(begunBefore moment: Instant, limit: Int = 50) async throws -> [DisposalRecord] {
        try await store.database.read(tenant) {
            try DisposalStore.unfinished(before: moment, limit: limit, in: $0)
        }
    }

    /// The newest disposals with a reason.
    package func disposals(for reason: String, limit: Int) async throws -> [DisposalRecord] {
        try await store.database.read(tenant) { try DisposalStore.newest(reason, limit: limit, in: $0) }
    }

    /// Adds to what was done away with, by table.
    package func noteDisposedRows(_ rows: [String: Int], of id: ID<Disposal>) async throws {
        try await store.database.write(tenant) { try DisposalStore.note(rows, of: id, in: $0) }
    }

    /// Keeps the certificate of a disposal that is done; the first one counts, and is given back.
    package func finishDisposal(
        _ id: ID<Disposal>, _ certificate: DisposalCertificate
    ) async throws -> DisposalCertificate {
        try await store.database.write(tenant) { try DisposalStore.finish(id, certificate, in: $0) }
    }
}
