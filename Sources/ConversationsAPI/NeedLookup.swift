package import Kernel
package import Spine
package import Store
package import Vault

/// Who a need is about: for pages that are opened with a need alone. Implemented by the Conversations area.
package protocol NeedLookup: Sendable {
    /// Nil: nobody knows yet who wrote. Throws `notFound` when there is no such need.
    func patient(of need: ID<Need>, in transaction: any Transaction) throws -> ID<Patient>?
    /// Whether there is such a need and the caller may act for who it is about.
    func reaches(
        _ need: ID<Need>, _ caller: Caller, _ action: Permission, in transaction: any Transaction
    ) throws -> Bool
    /// The codes of what is known of a need. Nothing is opened; whether the caller may ask is theirs to look at.
    func facts(of need: ID<Need>, in transaction: any Transaction) throws -> Set<String>
    /// How an open need stands, for rules that serve it; nil: it is closed or gone. Its conversation and itself are
    /// locked, in this order, as everybody locks them: ask before anything else is locked.
    func standing(of need: ID<Need>, in transaction: any Transaction) throws -> NeedStanding?
    /// Rules asked the patient something, so that the need waits for them; its version from then on. Nil: it is closed.
    func waitsForPatient(_ need: ID<Need>, context: CommandContext) throws -> Int?
    /// Rules cannot serve it: it is a person's again, with the step it began with. Nothing happens when somebody has it.
    func needsPerson(_ need: ID<Need>, context: CommandContext) throws
    /// The patient answered what nobody acted on: whoever waits for them is at turn.
    func answered(_ need: ID<Need>, context: CommandContext) throws
    /// What was wanted is done: it is closed as completed.
    func served(_ need: ID<Need>, context: CommandContext) throws
}

/// How an open need stands, for rules that serve it.
package struct NeedStanding: Sendable, Equatable {
    /// Nil: nobody knows whose it is.
    package let patient: ID<Patient>?
    /// It goes up with every change, whoever makes it.
    package let version: Int
    /// Nobody has done anything about it.
    package let isNew: Bool
    /// Nobody has it in hand, nobody has answered it, and no visit is agreed for it.
    package let isFree: Bool
    /// What makes its conversation more sensitive than others.
    package let labels: Labels

    package init(patient: ID<Patient>?, version: Int, isNew: Bool, isFree: Bool, labels: Labels) {
        self.patient = patient
        self.version = version
        self.isNew = isNew
        self.isFree = isFree
        self.labels = labels
    }
}
