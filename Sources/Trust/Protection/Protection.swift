package import ConversationsAPI
import JSON
package import Kernel
package import PeopleAPI
package import Spine
import Store
package import Vault
import Web

// How a record is protected beyond its place: labels, consent to its disclosure, and who has a part in its care.
//
// - A label hides the whole record from everybody without its right. Whoever may label sees that it is there and what it
//   carries; which rights see through it stands in the roles.
// - Under 42 CFR Part 2 a record of a substance use disorder programme is there only while the patient's consent is on
//   record, whatever right one has; an emergency needs none (§2.51), nor does watching over the trail (§2.53). The consent
//   is a word in the consent ledger like every other; its end takes effect within the hour.
// - Who has a part in somebody's care follows from visits and needs (`CareRelations`) or is written down here. It counts
//   for those whose role asks for it.
// - Events name no label: they would tell by name what the label hides.

extension Permission {
    /// Writing down who has a part in somebody's care.
    package static let careWrite = Permission("care.write")
}

enum Protection {
    static let migration = Migration(
        "2026-11-25.trust.protection",
        [
            // Until when the consent of a patient under 42 CFR Part 2 holds.
            """
            CREATE TABLE part2_consent (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (tenant, patient))
            """,
            "CREATE INDEX part2_consent_end ON part2_consent (tenant, until)",
            // What stands for a person of the staff in other records: their practitioner.
            """
            CREATE TABLE staff_party (
                tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, party TEXT NOT NULL CHECK (party <> ''),
                PRIMARY KEY (tenant, user_id, party))
            """,
        ])

    static let tables = [
        TableRule(
            "part2_consent", .patient(column: "patient"),
            export: .notExported(reason: "the end of a consent that goes out with the consent ledger"),
            merge: .apart(reason: "each record keeps the end of its own consent")),
        TableRule(
            "staff_party", .none(reason: "who of the staff is which practitioner; nothing about a patient"),
            disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] }),
    ]

    /// Consents that have run out hide again what they had shown.
    static let expiry = Recurring("part2-consent-expiry", every: .minutes(10)) { spine, tenant in
        let now = spine.clock.now()
        _ = try await spine.database.write(tenant) { transaction in
            let over: [ID<Patient>] = try transaction.rows(
                "SELECT patient FROM part2_consent WHERE tenant = \(.tenant) AND until <= \(now) LIMIT 500"
            ).map { try $0["patient"] }
            let labels = try Policy.labels(of: over, in: transaction).get()
            for patient in over {
                try Policy.setLabels((labels[patient] ?? []).subtracting(.part2Consent), of: patient, in: transaction)
                try transaction.send(
                    "DELETE FROM part2_consent WHERE tenant = \(.tenant) AND patient = \(patient)")
            }
            return over.count
        }
        return 0
    }
}

/// Labels a record: all the labels it has from now on.
package struct LabelPatient: Command {
    package static let permission = Permission.labelWrite
    let patient: ID<Patient>
    let labels: Labels
    let directory: any PatientDirectory

    package init(_ patient: ID<Patient>, _ labels: Labels, directory: any PatientDirectory) {
        self.patient = patient
        self.labels = labels.intersection(.hiding)
        self.directory = directory
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        let (set, _) = try directory.grant(Self.permission, for: patient, access: context.access, in: transaction)
        context.concerns(.patient(patient))
        let before = try Policy.labels(of: set.members, in: transaction).get()
        var changed = false
        for member in set.members {
            let old = before[member] ?? []
            let new = labels.union(old.intersection(.part2Consent))
            guard new != old else { continue }
            try Policy.setLabels(new, of: member, in: transaction)
            context.emit(NewEvent(.patientLabelled, patient: member))
            changed = true
        }
        return changed
    }
}

/// Writes down the consent to disclosure under 42 CFR Part 2, or its end, in the consent ledger.
package struct RecordPart2Consent: Command {
    package static let permission = Permission.labelWrite
    let patient: ID<Patient>
    /// Nil: it is withdrawn.
    let until: Instant?
    let document: String?
    let directory: any PatientDirectory
    let ledger: any ConsentLedger

    package init(
        _ patient: ID<Patient>, until: Instant?, document: String?, directory: any PatientDirectory,
        ledger: any ConsentLedger
    ) {
        self.patient = patient
        self.until = until
        self.document = document
        self.directory = directory
        self.ledger = ledger
    }

    package func validate() throws {
        guard let document else {
            // 42 CFR §2.31 asks for a written consent; its end needs no paper.
            if until != nil { throw Fault.invalid("document", "Name the form that was signed.") }
            return
        }
        let isPlain = document.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " ./-_".contains($0)) }
        guard isPlain, (1...60).contains(document.count) else {
            throw Fault.invalid("document", "The name and version of a form, at most 60 letters, digits and . / - _")
        }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        let (set, _) = try directory.grant(Self.permission, for: patient, access: context.access, in: transaction)
        context.concerns(.patient(patient))
        if let until, until <= context.now { throw Fault.invalid("until", "The last day is over already.") }
        var recorder: ID<User>?
        if case .user(let user) = context.caller.actor { recorder = user }
        try ledger.record(
            ConsentSummary(
                channel: ConsentSummary.disclosure, purpose: ConsentSummary.part2, given: until != nil, source: "form",
                recordedAt: context.now, document: document, expiresAt: until, recordedBy: recorder),
            of: set.primary, context: context)
        let labels = try Policy.labels(of: set.members, in: transaction).get()
        for member in set.members {
            let old = labels[member] ?? []
            try Policy.setLabels(
                until == nil ? old.subtracting(.part2Consent) : old.union(.part2Consent), of: member, in: transaction)
            try transaction.send("DELETE FROM part2_consent WHERE tenant = \(.tenant) AND patient = \(member)")
            if let until {
                try transaction.send(
                    "INSERT INTO part2_consent (tenant, patient, until) VALUES (\(.tenant), \(member), \(until))")
            }
        }
        return true
    }
}

/// Writes down that somebody of the staff has a part in a patient's care, for so many days; none: no more.
package struct RelateToCare: Command {
    package static let permission = Permission.careWrite
    let patient: ID<Patient>
    let user: ID<User>
    let days: Int?
    let directory: any PatientDirectory

    package init(_ patient: ID<Patient>, _ user: ID<User>, days: Int?, directory: any PatientDirectory) {
        self.patient = patient
        self.user = user
        self.days = days
        self.directory = directory
    }

    package func validate() throws {
        if let days, !(1...3_650).contains(days) { throw Fault.invalid("days", "1 to 3,650 days.") }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        let (set, _) = try directory.grant(Self.permission, for: patient, access: context.access, in: transaction)
        guard try UserStore.find(user, in: transaction) != nil else { throw Fault.notFound("user") }
        context.concerns(.patient(patient))
        for member in set.members {
            try CareRelations.end(source: "hand", party: CareParty.user(user), of: member, in: transaction)
            if let days {
                try CareRelations.insert(
                    member, CareParty.user(user), source: "hand", since: context.now, until: context.now + .days(days),
                    in: transaction)
            }
            context.emit(NewEvent(.patientCareChanged, patient: member, body: ["user": .string(user.text)]))
        }
        return true
    }
}

/// Says which practitioner a person of the staff is: their visits are that person's.
package struct NameStaffPractitioner: Command {
    package static let permission = Permission.userManage
    let user: ID<User>
    /// Nil: none.
    let practitioner: String?

    package init(_ user: ID<User>, practitioner: String?) {
        self.user = user
        self.practitioner = practitioner
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        guard try UserStore.find(user, in: transaction) != nil else { throw Fault.notFound("user") }
        try transaction.send("DELETE FROM staff_party WHERE tenant = \(.tenant) AND user_id = \(user)")
        if let practitioner {
            try transaction.send(
                """
                INSERT INTO staff_party (tenant, user_id, party)
                VALUES (\(.tenant), \(user), \(CareParty.practitioner(practitioner)))
                """)
        }
        return true
    }
}

extension EventKind {
    /// Its labels were changed. No body: a label is not told by name.
    package static let patientLabelled = EventKind("patient.labelled")
    /// Somebody of the staff has a part in the patient's care, or no more. `user`
    package static let patientCareChanged = EventKind("patient.care-changed")
}
