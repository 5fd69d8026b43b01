package import Kernel
package import PeopleAPI
package import Spine
package import Store
package import TimeZones
package import Vault

/// A disclosure as it is written down.
package struct NewDisclosure: Sendable {
    package enum Door: String, Sendable {
        /// The product gives the record out: what was agreed is kept.
        case export
        /// It has happened elsewhere and is written down.
        case byHand = "by-hand"
    }

    package let door: Door
    package let basis: DisclosureBasis
    package let on: CivilDate
    package let details: DisclosureDetails

    package init(door: Door, basis: DisclosureBasis, on: CivilDate, details: DisclosureDetails) {
        self.door = door
        self.basis = basis
        self.on = on
        self.details = details
    }
}

/// Writes a disclosure into the ledger. Before the product gives anything out it asks here: what was agreed with the
/// patient is kept, and nothing leaves that is not in the ledger.
package struct RecordDisclosure: Command {
    package static let permission = Permission.privacyManage
    let patient: ID<Patient>
    let new: NewDisclosure
    let directory: any PatientDirectory
    /// In the practice's zone.
    let today: CivilDate

    package init(
        _ patient: ID<Patient>, _ new: NewDisclosure, today: CivilDate, directory: any PatientDirectory
    ) {
        self.patient = patient
        self.new = new
        self.today = today
        self.directory = directory
    }

    package func validate() throws {
        let details = new.details
        try PrivacyText.check([
            ("recipient", details.recipient, true, Privacy.longestName),
            ("address", details.address, false, Privacy.longestText),
            ("what", details.what, true, Privacy.longestText), ("why", details.why, true, Privacy.longestText),
            ("statute", details.law, new.basis == .requiredByLaw, Privacy.longestText),
        ])
        if Privacy.folded(details.recipient).count < 2 {
            throw Fault.invalid("recipient", "A name of two letters or more.")
        }
        if new.on > today || new.on < today.adding(days: -3650) {
            throw Fault.invalid("on", "A day that has come, within ten years.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        let user = try context.person()
        let (subject, set, grant) = try context.keySubject(of: patient, Self.permission, directory)
        if new.door == .export { try keepAgreements(set, grant, context) }
        let id: ID<Disclosure> = context.newID()
        let sealed = try context.vault.seal(new.details, id: id.raw, subject: subject)
        try PrivacyStore.insert(
            DisclosureRow(
                id: id, patient: patient, keySubject: subject, basis: new.basis, isAccounted: new.basis.isAccounted,
                door: new.door.rawValue, disclosedOn: new.on.iso, recordedBy: user, sealed: sealed),
            sealed, at: context.now, in: context.transaction)
        return id.raw
    }

    /// Refuses what the patient has been promised, unless a law or an order is named that demands it.
    private func keepAgreements(_ set: PatientSet, _ grant: Grant, _ context: CommandContext) throws {
        let isDemanded = new.basis.maySetAside && !(new.details.law ?? "").isEmpty
        if isDemanded { return }
        let agreed = try PrivacyStore.restrictions(of: set.members, in: context.transaction)
        for row in agreed where row.kind != .confidential && grant.covers(.patient(row.patient)) {
            guard Privacy.concerns(try row.open(grant).whom, new.details.recipient) else { continue }
            throw Fault(
                .conflict, "disclosure.restricted",
                "The practice has agreed to disclose nothing to this recipient.",
                remedy: "Do not disclose. When a law or a court demands it, choose that and name the law or the order.")
        }
    }
}

/// The patient's own account of disclosures, and what else stands in the ledger.
package struct ReadDisclosures: Query {
    package struct Line: Sendable {
        package let row: DisclosureRow
        package let details: DisclosureDetails
    }

    package static let permission = Permission.privacyManage
    let patient: ID<Patient>
    let from: CivilDate
    let directory: any PatientDirectory

    package init(_ patient: ID<Patient>, from: CivilDate, directory: any PatientDirectory) {
        self.patient = patient
        self.from = from
        self.directory = directory
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> [Line] {
        let (set, grant) = try directory.grant(Self.permission, for: patient, access: access, in: transaction)
        return try PrivacyStore.disclosures(of: set.members, from: from.iso, in: transaction).map {
            Line(row: $0, details: try $0.open(grant))
        }
    }
}
