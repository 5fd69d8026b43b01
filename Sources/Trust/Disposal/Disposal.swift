import JSON
import Kernel
package import PeopleAPI
package import Spine
import Store
package import Vault
package import Web

// Disposal: somebody's data become unreadable for ever, and what is left can be connected with nobody.
//
// 1. The disposal is written into the key store, and the keys of its subject are deleted in the same transaction. From
//    then on nothing of theirs can be read on any node, in any backup.
// 2. Hashes, search terms and plain columns go: each table says in its rule what it does. Events and figures stay, without
//    the person, and open to those alone who watch over the whole practice (`Labels.disposed`); the audit trail stays as
//    it is for its six years, and it holds ids only.
// 3. What a request under way may still have written meanwhile goes in a second round, when every node has learnt of it.
// 4. A signed certificate says who, why, by whom, when, which keys and how many rows. `audit verify` checks it and that
//    the keys are gone; `doctor` looks for rows that came back, too.
//
// A legal hold stops a disposal before the first step, never one that was begun.
// A disposal that is cut off anywhere is found by its record and finished by the background. Asked for again, after old
// data were restored, it goes through all of it once more.

extension Permission {
    package static let subjectDispose = Permission("subject.dispose")
}

extension EventKind {
    package static let subjectDisposed = EventKind("subject.disposed")
}

/// Disposes of people.
package struct SubjectDisposal: Sendable {
    private let spine: Spine
    private let tables: [TableRule]
    private let certificates: DisposalCertificates
    private let directory: any PatientDirectory
    private let strangers: (any StrangerConversations)?
    private let settling: Duration

    /// - Parameters:
    ///   - tables: every table of the program, in the order in which rows may refer to one another.
    ///   - strangers: where conversations of unknown people are; nil: none of them is disposed of.
    ///   - settling: how long after the deletion of the keys no node can write anything under them any more.
    package init(
        spine: Spine, tables: [TableRule], certificates: DisposalCertificates, directory: any PatientDirectory,
        strangers: (any StrangerConversations)? = nil,
        settling: Duration = TenantVault.longestKeyAge + .milliseconds(500)
    ) {
        self.spine = spine
        self.tables = tables
        self.certificates = certificates
        self.directory = directory
        self.strangers = strangers
        self.settling = settling
    }

    /// Disposes of a patient (with all records linked to them), of a stranger's conversation or of a user; returns when it
    /// is certified.
    ///
    /// `reason` is a code of lower-case letters, digits and dashes. Throws `disposal.unknown` when there is nobody of
    /// that id and never was, and `disposal.held` when a legal hold keeps the data.
    package func dispose(_ subject: DataSubject, reason: String, as caller: Caller) async throws -> DisposalRecord {
        guard (1...40).contains(reason.utf8.count), reason.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil else {
            throw Fault.invalid("reason", "Give a code of lower-case letters, digits and dashes.")
        }
        let vault = try await spine.vault(caller.tenant)
        let known = try await vault.disposal(of: subject)
        let found = try await spine.ask(
            FindDisposalTarget(subject: subject, directory: directory, strangers: strangers), as: caller)
        guard let target = found ?? known?.target else {
            throw Fault(.notFound, "disposal.unknown", "There is nobody with this id.")
        }
        // One that was begun once is carried through: its keys are gone.
        if known == nil { _ = try await spine.perform(ClaimDisposal(patients: target.patients), as: caller) }
        let record = try await vault.beginDisposal(
            DisposalRecord(
                id: spine.ids.next(), target: target, reason: reason, actor: caller.actor,
                requestedAt: spine.clock.now()))
        return try await finish(record, as: caller)
    }

    /// Finishes disposals that were begun a while ago and cut off; how many.
    package func finishInterrupted(as caller: Caller) async throws -> Int {
        let vault = try await spine.vault(caller.tenant)
        let records = try await vault.unfinishedDisposals(begunBefore: spine.clock.now() - .seconds(60))
        for record in records { _ = try await finish(record, as: caller) }
        return records.count
    }

    private func finish(_ begun: DisposalRecord, as caller: Caller) async throws -> DisposalRecord {
        let vault = try await spine.vault(caller.tenant)
        try await scrub(begun, vault, as: caller)
        try await Task.sleep(for: settling)
        try await scrub(begun, vault, as: caller)
        try await TermIndex.purge(caller.tenant, in: spine.database)
        guard let record = try await vault.disposal(of: begun.target.subject) else {
            throw Fault(.internalError, "disposal.lost", "A disposal that was begun is not there.")
        }
        if record.certificate != nil { return record }
        let certificate = try certificates.sign(record, tenant: caller.tenant, at: spine.clock.now())
        return record.certified(by: try await vault.finishDisposal(record.id, certificate))
    }

    private func scrub(_ record: DisposalRecord, _ vault: TenantVault, as caller: Caller) async throws {
        let rows = try await spine.perform(DisposeOfSubject(record: record, tables: tables), as: caller)
        try await vault.noteDisposedRows(rows, of: record.id)
    }
}

/// Whom a disposal of a subject concerns, and their keys. Nil: nobody of that id is there.
struct FindDisposalTarget: Query {
    static let permission = Permission.subjectDispose
    let subject: DataSubject
    let directory: any PatientDirectory
    let strangers: (any StrangerConversations)?

    func run(_ transaction: any Transaction, _ access: Access) throws -> DisposalTarget? {
        switch subject {
        case .patient(let patient):
            return try .found(patient, action: Self.permission, directory, transaction, access)
        case .user(let user):
            _ = try access.grant(.subjectDispose, for: subject)
            guard let account = try UserStore.find(user, in: transaction) else { return nil }
            return DisposalTarget(subject: subject, patients: [], keys: [account.keySubject])
        case .conversation(let conversation):
            _ = try access.grant(.subjectDispose, for: subject)
            guard let keys = try strangers?.keys(of: conversation, in: transaction) else { return nil }
            return DisposalTarget(subject: subject, patients: [], keys: keys)
        case .practitioner, .tenant:
            throw Fault(
                .unsupported, "disposal.kind",
                "Only patients, users and conversations of strangers can be disposed of.")
        }
    }
}

/// Does away with the rows of a disposal; how many of which table. Done again it finds nothing more.
struct DisposeOfSubject: Command {
    static let permission = Permission.subjectDispose
    let record: DisposalRecord
    let tables: [TableRule]

    func run(_ context: CommandContext) throws -> [String: Int] {
        let target = record.target
        try fulfilErasures(context)
        var rows: [String: Int] = [:]
        for rule in tables.reversed() {
            let count = try rule.dispose(of: target, in: context.transaction)
            if count > 0 { rows[rule.table] = count }
        }
        context.concerns(target.subject)
        if !rows.isEmpty {
            context.emit(
                NewEvent(
                    .subjectDisposed, labels: .disposed,
                    body: ["disposal": .string(record.id.text), "kind": .string(target.subject.kind)]))
        }
        return rows
    }

    /// A request for erasure is fulfilled by this, whoever disposes: before the person is taken out of the register.
    private func fulfilErasures(_ context: CommandContext) throws {
        guard tables.contains(where: { $0.table == PrivacySchema.register.description }) else { return }
        var person: ID<User>?
        if case .user(let user) = record.actor { person = user }
        try PrivacyStore.fulfilErasures(
            of: record.target.patients, at: record.requestedAt, by: person, in: context.transaction)
    }
}
