package import Kernel
package import PeopleAPI
package import Spine
package import Store
import StudioAPI
package import Vault
import Web

// Break-glass: opening a record that is out of one's reach, in an emergency.
//
// - Who holds the right may open a patient of another location, or a restricted record, with a reason in their own
//   words. It lasts for the hours that the practice has set (4 if it says nothing) and can be ended before.
// - It widens whom one reaches, never what one may do. All records linked to the patient are opened together.
// - Every page says so while it lasts; what is done meanwhile stands on the trail with the purpose "emergency".
// - Each one is a task for the privacy officer, who says whether it was appropriate. Nobody reviews their own. What waits
//   is counted beside the link, and told by e-mail where e-mail is configured (GlassNotices.swift).
// - To others a record out of reach answers exactly as one that is not there.
// - The reason is about a patient: it is sealed under the patient's key.

extension Permission {
    package static let breakGlassReview = Permission("break-glass.review")
}

package enum Glass {}

enum BreakGlass {
    static let standardHours = 4
    static let reasonLength = 10...500

    static let capability = Capability(
        "break-glass", schema: [migration, GlassNotices.migration],
        tables: [
            TableRule(
                "break_glass", .patient(column: "patient"), sealed: .rows(GlassReason.sealKind),
                export: .rows(.access, opening: GlassReason.self), merge: .follows),
            TableRule(
                "break_glass_scope", .patient(column: "patient"),
                export: .notExported(reason: "says again of each linked record what break_glass says"), merge: .follows),
            TableRule(
                "break_glass_review", .patient(column: "patient"), sealed: .rows(GlassNote.sealKind),
                export: .notExported(
                    reason: "whether a member of the staff acted rightly: about them, not about the patient"),
                merge: .follows),
            GlassNotices.table,
        ],
        seals: [GlassReason.sealKind, GlassNote.sealKind], permissions: [.patientBreakGlass, .breakGlassReview])

    static let migration = Migration(
        "2026-11-23.trust.break-glass",
        [
            """
            CREATE TABLE break_glass (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                user_id BIGINT NOT NULL, opened_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id), CHECK (opened_at <= ends_at))
            """,
            "CREATE INDEX break_glass_patient ON break_glass (tenant, patient)",
            """
            CREATE TABLE break_glass_scope (
                tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, patient BIGINT NOT NULL, glass BIGINT NOT NULL,
                ends_at BIGINT NOT NULL, PRIMARY KEY (tenant, user_id, patient, glass))
            """,
            "CREATE INDEX break_glass_scope_patient ON break_glass_scope (tenant, patient)",
            """
            CREATE TABLE break_glass_review (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                outcome TEXT NOT NULL CHECK (outcome IN ('appropriate', 'follow-up')), reviewer BIGINT NOT NULL,
                reviewed_at BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX break_glass_review_patient ON break_glass_review (tenant, patient)",
        ])
}

/// Why somebody opened a record, in their words.
struct GlassReason: ExportedContent {
    static let sealKind = SealKind(450)
    let text: String

    var exported: [ExportedField] { [ExportedField("reason", text)].compactMap { $0 } }

    init(_ text: String) { self.text = text }
    func pack(into packer: inout Packer) { packer.put(1, text) }
    init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }
}

/// What the reviewer noted.
struct GlassNote: Sealable {
    static let sealKind = SealKind(451)
    let text: String

    init(_ text: String) { self.text = text }
    func pack(into packer: inout Packer) { packer.put(1, text) }
    init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }
}

/// Opens a record that the policy keeps from the caller.
package struct BreakTheGlass: Command {
    package static let permission = Permission.patientBreakGlass
    let patient: ID<Patient>
    let reason: String
    let hours: Int
    let directory: any PatientDirectory
    let reviewers: Set<String>

    /// - reviewers: the roles whose holders are told by e-mail.
    package init(
        _ patient: ID<Patient>, reason: String, hours: Int, directory: any PatientDirectory,
        reviewers: Set<String> = []
    ) {
        self.patient = patient
        self.reason = reason
        self.hours = hours
        self.directory = directory
        self.reviewers = reviewers
    }

    package func validate() throws {
        guard BreakGlass.reasonLength.contains(reason.count) else {
            throw Fault.invalid("reason", "Say in a sentence why you need this record now.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        guard case .user(let user) = context.caller.actor else {
            throw Fault(.forbidden, "glass.person", "Only a person opens a record in an emergency.")
        }
        // Before anything is looked up: the answer must not depend on whether the record is there.
        guard context.caller.permissions.contains(.patientRead) else {
            throw Fault(.forbidden, "permission.missing", "You may not read records.")
        }
        let transaction = context.transaction
        let set = try directory.set(of: patient, in: transaction)
        let scopes = try Policy.scopeRows(of: set.members, for: context.caller, in: transaction)
        guard let own = scopes[patient], let plain = try directory.plain(of: [patient], in: transaction)[patient] else {
            // On the trail as a denial: somebody looked for a record that is not there.
            _ = try context.access.grant(Self.permission, for: PatientSet(patient), scope: [])
            throw Fault.notFound("patient")
        }
        switch Policy.decide(context.caller, .patientRead, .patient(own)) {
        case .permit: throw Fault(.conflict, "glass.needless", "You can open this record already.")
        case .deny: break
        }
        let glass: ID<Glass> = context.newID()
        let end = context.now + .hours(hours)
        let sealed = try context.vault.seal(GlassReason(reason), id: glass.raw, subject: plain.keySubject)
        let row = GlassRow(
            id: glass, patient: patient, keySubject: plain.keySubject, user: user, openedAt: context.now, endsAt: end)
        try BreakGlassStore.insert(row, sealed, members: set.members, in: transaction)
        try GlassNotices.queue(row, to: reviewers, context: context)
        context.concerns(.patient(patient))
        return glass.raw
    }
}

/// Puts the record down before its time.
package struct EndBreakGlass: Command {
    package static let permission = Permission.patientBreakGlass
    let glass: ID<Glass>

    package init(_ glass: ID<Glass>) { self.glass = glass }

    package func run(_ context: CommandContext) throws -> Bool {
        guard let row = try BreakGlassStore.find(glass, in: context.transaction),
            context.caller.actor == .user(row.user)
        else { throw Fault.notFound("glass") }
        try BreakGlassStore.end(glass, at: context.now, in: context.transaction)
        context.concerns(.patient(row.patient))
        return true
    }
}

package enum GlassOutcome: String, Sendable, CaseIterable {
    case appropriate
    case followUp = "follow-up"
}

/// The privacy officer's word on it.
package struct ReviewBreakGlass: Command {
    package static let permission = Permission.breakGlassReview
    let glass: ID<Glass>
    let outcome: GlassOutcome
    let note: String

    package init(_ glass: ID<Glass>, outcome: GlassOutcome, note: String) {
        self.glass = glass
        self.outcome = outcome
        self.note = note
    }

    package func validate() throws {
        if note.count > 2000 { throw Fault.invalid("note", "Use at most 2,000 characters.") }
        if outcome == .followUp, note.isEmpty { throw Fault.invalid("note", "Say what is to be followed up.") }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        guard let row = try BreakGlassStore.find(glass, in: transaction) else { throw Fault.notFound("glass") }
        let scopes = try Policy.scopeRows(of: [row.patient], for: context.caller, in: transaction)
        guard Policy.decide(context.caller, Self.permission, .patient(scopes[row.patient] ?? [])) == .permit,
            case .user(let reviewer) = context.caller.actor
        else { throw Fault.notFound("glass") }
        guard reviewer != row.user else {
            throw Fault(.conflict, "glass.own", "Somebody else reviews what you opened yourself.")
        }
        guard try !BreakGlassStore.isReviewed(glass, in: transaction) else {
            throw Fault(.conflict, "glass.reviewed", "This was reviewed already.", remedy: "Reload the page.")
        }
        let sealed = try context.vault.seal(GlassNote(note), id: glass.raw, subject: row.keySubject)
        try BreakGlassStore.review(
            row, outcome: outcome, sealed, by: reviewer, at: context.now, in: transaction)
        context.concerns(.patient(row.patient))
        return true
    }
}

/// How many emergencies wait for the caller's word.
package struct CountReviews: Query {
    package static let permission = Permission.breakGlassReview

    package init() {}

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Int {
        try BreakGlassStore.waiting(for: access.caller, in: transaction)
    }
}
