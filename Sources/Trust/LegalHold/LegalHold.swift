package import Kernel
package import PeopleAPI
package import Spine
package import Store
package import Vault
package import Web

// Legal hold: somebody's data must be kept for a matter in law, whatever else is asked for.
//
// - A hold names a person, the matter and the reason, who placed it and when. While one lasts the person (with every
//   record linked to them) is disposed of by nobody: not by request, not by a retention schedule. A disposal that is
//   asked for is refused and says why.
// - It ends when somebody who may releases it and says why. Nothing of a hold is ever changed.
// - A hold and a disposal meet in one row per person (`legal_hold_guard`): of the two the first one wins.
// - It is on the audit trail and not in the event log: with the person it would stand on their timeline, without them it
//   would tell of holds on people out of a reader's reach.
// - The matter and the reason are about a person: they are sealed under the person's key.

extension Permission {
    package static let legalHoldManage = Permission("legal-hold.manage")
}

/// Phantom type for the id of a hold.
package enum LegalHold {}

package enum LegalHolds {
    static let matterLength = 1...200
    static let reasonLength = 3...1000
    /// A disposal that was begun and cut off before its keys went stands in the way of a hold no longer than this.
    static let claimAge = Duration.minutes(10)

    /// How many last, whoever they are on.
    package static func lasting(in transaction: any Transaction) throws -> Int {
        try LegalHoldStore.lasting(in: transaction)
    }

    package static let capability = Capability(
        "legal-hold", schema: [migration],
        tables: [
            TableRule(
                "legal_hold", .patient(column: "patient"), sealed: .rows(HoldWords.sealKind),
                export: .notExported(reason: "a matter of law; telling of it is for counsel to decide"), merge: .follows
            ),
            TableRule(
                "legal_hold_release", .patient(column: "patient"), sealed: .rows(ReleaseWords.sealKind),
                export: .notExported(reason: "a matter of law; telling of it is for counsel to decide"), merge: .follows
            ),
            TableRule(
                "legal_hold_guard", .patient(column: "patient"),
                export: .notExported(reason: "counts of legal holds"), merge: .follows),
        ],
        seals: [HoldWords.sealKind, ReleaseWords.sealKind], permissions: [.legalHoldManage])

    static let migration = Migration(
        "2026-11-23.trust.legal-hold",
        [
            """
            CREATE TABLE legal_hold (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                placed_by BIGINT NOT NULL, placed_at BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX legal_hold_patient ON legal_hold (tenant, patient)",
            // With the id of its hold.
            """
            CREATE TABLE legal_hold_release (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                released_by BIGINT NOT NULL, released_at BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX legal_hold_release_patient ON legal_hold_release (tenant, patient)",
            """
            CREATE TABLE legal_hold_guard (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, holds BIGINT NOT NULL CHECK (holds >= 0),
                disposing_at BIGINT, PRIMARY KEY (tenant, patient))
            """,
        ])
}

/// What a hold is for.
struct HoldWords: Sealable {
    static let sealKind = SealKind(460)
    let matter: String
    let reason: String

    init(matter: String, reason: String) {
        self.matter = matter
        self.reason = reason
    }

    func pack(into packer: inout Packer) {
        packer.put(1, matter)
        packer.put(2, reason)
    }

    init(unpacking fields: Unpacker) throws(Fault) {
        matter = try fields.required(1)
        reason = try fields.required(2)
    }
}

/// Why it ended.
struct ReleaseWords: Sealable {
    static let sealKind = SealKind(461)
    let note: String

    init(_ note: String) { self.note = note }
    func pack(into packer: inout Packer) { packer.put(1, note) }
    init(unpacking fields: Unpacker) throws(Fault) { note = try fields.required(1) }
}

/// Keeps a person's data from disposal.
package struct PlaceLegalHold: Command {
    package static let permission = Permission.legalHoldManage
    let patient: ID<Patient>
    let matter: String
    let reason: String
    let directory: any PatientDirectory

    package init(_ patient: ID<Patient>, matter: String, reason: String, directory: any PatientDirectory) {
        self.patient = patient
        self.matter = matter
        self.reason = reason
        self.directory = directory
    }

    package func validate() throws {
        guard LegalHolds.matterLength.contains(matter.count) else {
            throw Fault.invalid("matter", "Name the matter: a case, a claim, a letter. At most 200 characters.")
        }
        guard LegalHolds.reasonLength.contains(reason.count) else {
            throw Fault.invalid("reason", "Say in a sentence why the data must be kept.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        guard case .user(let user) = context.caller.actor else {
            throw Fault(.forbidden, "hold.person", "Only a person places a hold.")
        }
        let transaction = context.transaction
        _ = try directory.grant(Self.permission, for: patient, access: context.access, in: transaction)
        guard let plain = try directory.plain(of: [patient], in: transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        let disposing = try LegalHoldStore.raise(patient, in: transaction)
        if let disposing, disposing > context.now - LegalHolds.claimAge {
            throw Fault(.conflict, "hold.disposing", "This person’s data are being disposed of.")
        }
        let hold: ID<LegalHold> = context.newID()
        let words = HoldWords(matter: matter, reason: reason)
        let sealed = try context.vault.seal(words, id: hold.raw, subject: plain.keySubject)
        try LegalHoldStore.insert(
            HoldRow(id: hold, patient: patient, keySubject: plain.keySubject, placedBy: user, placedAt: context.now),
            sealed, in: transaction)
        context.concerns(.patient(patient))
        return hold.raw
    }
}

/// Ends a hold.
package struct ReleaseLegalHold: Command {
    package static let permission = Permission.legalHoldManage
    let hold: ID<LegalHold>
    let note: String

    package init(_ hold: ID<LegalHold>, note: String) {
        self.hold = hold
        self.note = note
    }

    package func validate() throws {
        guard LegalHolds.reasonLength.contains(note.count) else {
            throw Fault.invalid("note", "Say in a sentence why the hold ends.")
        }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        guard case .user(let user) = context.caller.actor else {
            throw Fault(.forbidden, "hold.person", "Only a person ends a hold.")
        }
        guard let row = try LegalHoldStore.find(hold, in: transaction) else { throw Fault.notFound("hold") }
        let scopes = try Policy.scopeRows(of: [row.patient], for: context.caller, in: transaction)
        _ = try context.access.grant(
            Self.permission, for: PatientSet(row.patient), scope: scopes[row.patient] ?? [])
        // Its guard is locked first: two who release at once wait for each other.
        try LegalHoldStore.lower(row.patient, in: transaction)
        guard try !LegalHoldStore.isReleased(hold, in: transaction) else {
            throw Fault(.conflict, "hold.released", "This hold has ended already.", remedy: "Reload the page.")
        }
        let sealed = try context.vault.seal(ReleaseWords(note), id: hold.raw, subject: row.keySubject)
        try LegalHoldStore.release(row, sealed, by: user, at: context.now, in: transaction)
        context.concerns(.patient(row.patient))
        return true
    }
}

/// Before a disposal: nobody places a hold from here on, and nobody has placed one.
struct ClaimDisposal: Command {
    static let permission = Permission.subjectDispose
    let patients: [ID<Patient>]

    func run(_ context: CommandContext) throws -> Bool {
        for patient in patients.sorted() {
            let holds = try LegalHoldStore.claim(patient, at: context.now, in: context.transaction)
            if holds > 0 {
                throw Fault(
                    .conflict, "disposal.held", "A legal hold keeps this person’s data.",
                    remedy: "See Legal holds in the console: the hold is released first, by who may.")
            }
            context.concerns(.patient(patient))
        }
        return true
    }
}
