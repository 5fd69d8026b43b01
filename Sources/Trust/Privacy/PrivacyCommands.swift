package import Kernel
package import PeopleAPI
package import Spine
import Store
package import TimeZones
package import Vault

/// What somebody who keeps the register types in.
package struct NewPrivacyRequest: Sendable {
    package var kind: RequestKind
    package var law: PrivacyLaw
    package var channel: RequestChannel
    package var asker: RequestAsker
    /// `2026-03-02`.
    package var receivedOn: CivilDate
    package var details: RequestDetails

    package init(
        kind: RequestKind, law: PrivacyLaw, channel: RequestChannel, asker: RequestAsker, receivedOn: CivilDate,
        details: RequestDetails
    ) {
        self.kind = kind
        self.law = law
        self.channel = channel
        self.asker = asker
        self.receivedOn = receivedOn
        self.details = details
    }
}

/// Checks of texts that all forms of privacy share.
enum PrivacyText {
    static func check(_ texts: [(path: String, text: String?, isNeeded: Bool, longest: Int)]) throws {
        var fields: [Fault.Field] = []
        for entry in texts {
            let text = entry.text ?? ""
            if entry.isNeeded && text.isEmpty { fields.append(Fault.Field(entry.path, "Needed.")) }
            if text.count > entry.longest {
                fields.append(Fault.Field(entry.path, "At most \(entry.longest) letters."))
            }
        }
        if !fields.isEmpty { throw Fault.invalid(fields) }
    }
}

extension CommandContext {
    /// The user who acts: the register is kept by people.
    func person() throws -> ID<User> {
        guard case .user(let user) = caller.actor else {
            throw Fault(.forbidden, "privacy.person", "Only a person does this.")
        }
        return user
    }

    /// The key of a patient whom the caller may see. Throws as if there were none.
    func keySubject(
        of patient: ID<Patient>, _ permission: Permission, _ directory: any PatientDirectory
    ) throws -> (subject: ID<KeySubject>, set: PatientSet, grant: Grant) {
        let (set, grant) = try directory.grant(permission, for: patient, access: access, in: transaction)
        guard let plain = try directory.plain(of: [patient], in: transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        concerns(.patient(patient))
        return (plain.keySubject, set, grant)
    }
}

/// Writes a request into the register.
package struct RecordPrivacyRequest: Command {
    package static let permission = Permission.privacyManage
    let patient: ID<Patient>
    let new: NewPrivacyRequest
    let directory: any PatientDirectory
    /// In the practice's zone.
    let today: CivilDate

    package init(
        _ patient: ID<Patient>, _ new: NewPrivacyRequest, today: CivilDate, directory: any PatientDirectory
    ) {
        self.patient = patient
        self.new = new
        self.today = today
        self.directory = directory
    }

    package func validate() throws {
        try PrivacyText.check([
            ("text", new.details.text, true, Privacy.longestText),
            ("identity", new.details.identity, true, Privacy.longestText),
            ("representative", new.details.representative, new.asker == .representative, Privacy.longestName),
        ])
        if new.receivedOn > today || new.receivedOn < today.adding(days: -3650) {
            throw Fault.invalid("received", "A day that has come, within ten years.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        let user = try context.person()
        let (subject, _, _) = try context.keySubject(of: patient, Self.permission, directory)
        let id: ID<PrivacyRequest> = context.newID()
        let due = RequestTime.first(new.kind, new.law).end(from: new.receivedOn)
        let row = RequestRow(
            id: id, patient: patient, keySubject: subject, kind: new.kind, law: new.law, channel: new.channel,
            asker: new.asker, state: .open, receivedOn: new.receivedOn.iso, dueOn: due.iso, assigned: user,
            recordedBy: user, recordedAt: context.now, version: 1, sealed: nil)
        try PrivacyStore.insert(
            row, try context.vault.seal(new.details, id: id.raw, subject: subject), in: context.transaction)
        return id.raw
    }
}

/// What happens with a request on its way.
package enum RequestStep: Sendable {
    /// Somebody takes it on.
    case assign(ID<User>)
    /// The day is put off, once, with a reason.
    case extend(reason: String)
    /// What was asked for was done; how.
    case fulfil(note: String)
    case refuse(reason: String)
    /// What the patient says against a refusal; kept with the record.
    case disagree(statement: String)
    /// The whole record was taken out to answer it.
    case noteExport
}

/// Takes a request one step on.
package struct StepPrivacyRequest: Command {
    package static let permission = Permission.privacyManage
    let request: ID<PrivacyRequest>
    let step: RequestStep
    let directory: any PatientDirectory

    package init(_ request: ID<PrivacyRequest>, _ step: RequestStep, directory: any PatientDirectory) {
        self.request = request
        self.step = step
        self.directory = directory
    }

    package func validate() throws {
        switch step {
        case .extend(let reason), .refuse(let reason):
            try PrivacyText.check([("reason", reason, true, Privacy.longestText)])
        case .disagree(let statement): try PrivacyText.check([("statement", statement, true, Privacy.longestText)])
        case .fulfil(let note): try PrivacyText.check([("reason", note, false, Privacy.longestText)])
        case .assign, .noteExport: break
        }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        guard var row = try PrivacyStore.find(request, in: context.transaction), let patient = row.patient else {
            throw Fault.notFound("request")
        }
        let user = try context.person()
        let (subject, _, grant) = try context.keySubject(of: patient, Self.permission, directory)
        guard var details = try row.open(grant) else { throw Fault.notFound("request") }
        switch step {
        case .assign(let user):
            try Self.expect(row.state.isOpen)
            guard try UserStore.find(user, in: context.transaction)?.state == "active" else {
                throw Fault.invalid("assigned", "Choose somebody who works here.")
            }
            row.assigned = user
        case .extend(let reason):
            try Self.expect(row.state.isOpen)
            guard row.state == .open, let due = CivilDate(iso: row.dueOn) else {
                throw Fault(.conflict, "privacy.extended", "The time was extended already; the law allows it once.")
            }
            row.state = .extended
            row.dueOn = RequestTime.more(row.law).end(from: due).iso
            details.extensionReason = reason
        case .fulfil(let note):
            try Self.expect(row.state.isOpen)
            details.decision = note.isEmpty ? nil : note
            (row.state, row.closedAt, row.closedBy) = (.fulfilled, context.now, user)
        case .refuse(let reason):
            try Self.expect(row.state.isOpen)
            details.decision = reason
            (row.state, row.closedAt, row.closedBy) = (.refused, context.now, user)
        case .disagree(let statement):
            try Self.expect(row.state == .refused)
            details.disagreement = statement
        case .noteExport: row.exportedAt = context.now
        }
        let sealed = try context.vault.seal(details, id: row.id.raw, subject: subject)
        guard try PrivacyStore.update(row, sealed, in: context.transaction) else {
            throw Fault(
                .conflict, "privacy.changed", "Somebody else changed this request meanwhile.",
                remedy: "Reload the page.")
        }
        return true
    }

    private static func expect(_ holds: Bool) throws {
        guard holds else {
            throw Fault(
                .conflict, "privacy.closed", "This step does not fit the request as it stands now.",
                remedy: "Reload the page.")
        }
    }
}

/// Writes down what the practice has agreed to.
package struct AgreeRestriction: Command {
    package static let permission = Permission.privacyManage
    let patient: ID<Patient>
    let kind: RestrictionKind
    let details: RestrictionDetails
    let request: ID<PrivacyRequest>?
    let directory: any PatientDirectory

    package init(
        _ patient: ID<Patient>, _ kind: RestrictionKind, _ details: RestrictionDetails,
        request: ID<PrivacyRequest>? = nil, directory: any PatientDirectory
    ) {
        self.patient = patient
        self.kind = kind
        self.details = details
        self.request = request
        self.directory = directory
    }

    package func validate() throws {
        try PrivacyText.check([
            ("whom", details.whom, true, Privacy.longestName), ("note", details.note, false, Privacy.longestText),
        ])
        if kind != .confidential, Privacy.folded(details.whom).count < 2 {
            throw Fault.invalid("whom", "A name of two letters or more.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        let user = try context.person()
        let (subject, set, _) = try context.keySubject(of: patient, Self.permission, directory)
        if let request {
            let row = try PrivacyStore.find(request, in: context.transaction)
            guard let owner = row?.patient, set.members.contains(owner) else { throw Fault.notFound("request") }
        }
        let id: ID<Restriction> = context.newID()
        let sealed = try context.vault.seal(details, id: id.raw, subject: subject)
        try PrivacyStore.insert(
            RestrictionRow(
                id: id, patient: patient, keySubject: subject, kind: kind, agreedAt: context.now, endedAt: nil,
                sealed: sealed),
            sealed, request: request, by: user, in: context.transaction)
        return id.raw
    }
}

/// Ends a restriction; it stays in the record as one that held.
package struct EndRestriction: Command {
    package static let permission = Permission.privacyManage
    let restriction: ID<Restriction>
    let directory: any PatientDirectory

    package init(_ restriction: ID<Restriction>, directory: any PatientDirectory) {
        self.restriction = restriction
        self.directory = directory
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let user = try context.person()
        guard let row = try PrivacyStore.find(restriction, in: context.transaction) else {
            throw Fault.notFound("restriction")
        }
        _ = try context.keySubject(of: row.patient, Self.permission, directory)
        guard try PrivacyStore.end(restriction, by: user, at: context.now, in: context.transaction) else {
            throw Fault(.conflict, "restriction.ended", "This restriction has ended already.")
        }
        return true
    }
}
