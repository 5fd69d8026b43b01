package import Kernel
package import PeopleAPI
package import Spine
import Store
package import Vault
import Web

extension Permission {
    /// Seeing what stands out in the trail, and writing down who is close to whom.
    package static let snoopingReview = Permission("snooping.review")
}

/// Who of the staff is close to which patient: written down by the privacy officer, as staff have told.
enum StaffTies {
    struct Tie: Sendable {
        let user: ID<User>
        let patient: ID<Patient>
        let kind: StaffTie
    }

    /// What makes somebody a person of note.
    static let notable: Labels = [.restricted, .vip]

    static let tables = [
        TableRule(
            "staff_tie", .patient(column: "patient"),
            export: .notExported(reason: "who of the staff is close to whom: kept to watch over the staff, about them"),
            merge: .apart(reason: "noted of one record; the watch looks at every record of a person"),
            disposal: .deleteWhere { ["patient IN \(list: $0.patients)", "user_id IN \(list: $0.users)"] })
    ]

    static let migration = Migration(
        "2026-11-23.trust.staff-ties",
        [
            """
            CREATE TABLE staff_tie (
                tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, patient BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('own', 'family', 'address')), noted_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, user_id, patient))
            """,
            "CREATE INDEX staff_tie_patient ON staff_tie (tenant, patient)",
        ])

    static func all(in transaction: any Transaction) throws -> [Tie] {
        try transaction.rows(
            "SELECT user_id, patient, kind FROM staff_tie WHERE tenant = \(.tenant) ORDER BY user_id, patient"
        ).map { row in
            let kind: String = try row["kind"]
            return Tie(user: try row["user_id"], patient: try row["patient"], kind: StaffTie(rawValue: kind) ?? .family)
        }
    }

    /// The records of people of the staff and of their families, with every record of the same person; who has none is
    /// not among them.
    static func own(
        of users: [ID<User>], _ directory: (any PatientDirectory)?, in transaction: any Transaction
    ) throws -> [ID<User>: Set<ID<Patient>>] {
        let rows = try transaction.rows(
            """
            SELECT user_id, patient FROM staff_tie
            WHERE tenant = \(.tenant) AND user_id IN \(list: users) AND kind IN ('own', 'family')
            """)
        var own: [ID<User>: Set<ID<Patient>>] = [:]
        for row in rows {
            let patient: ID<Patient> = try row["patient"]
            let set = try directory?.set(of: patient, in: transaction).members
            own[try row["user_id"], default: []].formUnion(set.map(Set.init) ?? [patient])
        }
        return own
    }

    /// The detector's facts: ties, and people of note, which are records that somebody asked to be restricted or that are
    /// labelled so. The other labels say what a record tells, not whose it is: a caseload is no row of famous people.
    static func facts(_ ties: [Tie], in transaction: any Transaction) throws -> SnoopingFacts {
        var facts = SnoopingFacts()
        for tie in ties { facts.ties[tie.user, default: [:]][tie.patient] = tie.kind }
        // A row that is restricted without a label that hides was written by the release before labels.
        let noted = try transaction.rows(
            """
            SELECT DISTINCT patient FROM patient_scope
            WHERE tenant = \(.tenant) AND restricted = TRUE
                AND ((labels & \(notable.rawValue)) <> 0 OR (labels & \(Labels.hiding.rawValue)) = 0)
            """)
        facts.vips = Set(try noted.map { try $0["patient"] as ID<Patient> })
        return facts
    }
}

/// Notes that somebody of the staff is a patient, or close to one; again with another kind it replaces the first.
package struct NoteStaffTie: Command {
    package static let permission = Permission.snoopingReview
    let user: ID<User>
    let patient: ID<Patient>
    let kind: StaffTie
    let directory: any PatientDirectory

    package init(_ user: ID<User>, _ patient: ID<Patient>, _ kind: StaffTie, directory: any PatientDirectory) {
        self.user = user
        self.patient = patient
        self.kind = kind
        self.directory = directory
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        _ = try directory.grant(Self.permission, for: patient, access: context.access, in: transaction)
        guard try UserStore.find(user, in: transaction) != nil else { throw Fault.notFound("user") }
        try transaction.send(
            """
            INSERT INTO staff_tie (tenant, user_id, patient, kind, noted_at)
            VALUES (\(.tenant), \(user), \(patient), \(kind.rawValue), \(context.now))
            ON CONFLICT (tenant, user_id, patient) DO UPDATE SET kind = excluded.kind, noted_at = excluded.noted_at
            """)
        context.concerns(.patient(patient))
        return true
    }
}

package struct RemoveStaffTie: Command {
    package static let permission = Permission.snoopingReview
    let user: ID<User>
    let patient: ID<Patient>

    package init(_ user: ID<User>, _ patient: ID<Patient>) {
        self.user = user
        self.patient = patient
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let count = try context.transaction.execute(
            "DELETE FROM staff_tie WHERE tenant = \(.tenant) AND user_id = \(user) AND patient = \(patient)")
        guard count == 1 else { throw Fault.notFound("tie") }
        context.concerns(.patient(patient))
        return true
    }
}
