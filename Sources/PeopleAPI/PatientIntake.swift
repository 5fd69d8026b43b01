package import Kernel
package import Spine

/// What an outside source may do with the patients it brought in: keep them up to date. Implemented by the People area.
package protocol PatientIntake: PatientDirectory {
    /// Brings the record up to what its source says now.
    ///
    /// A field that somebody changed here since stays as it is, and so do contact points that did not come from this
    /// source. What the source no longer says of name, birth date, gender and address is emptied. False when nothing
    /// differed; then nothing is written.
    func update(_ patient: ID<Patient>, to person: NewPatient, context: CommandContext) throws -> Bool
    /// Adds the patient's newest coverage; the earlier ones stay behind it.
    func cover(_ patient: ID<Patient>, by coverage: NewCoverage, context: CommandContext) throws
}

/// What stands on an insurance card.
package struct NewCoverage: Sendable, Equatable {
    /// "Harbor Mutual"; "Self-pay" for people who pay for themselves.
    package var payer: String
    package var plan: String?
    package var memberID: String?
    /// `import`, `api`.
    package var source: String

    package init(payer: String, plan: String? = nil, memberID: String? = nil, source: String) {
        self.payer = payer
        self.plan = plan
        self.memberID = memberID
        self.source = source
    }
}
