package import Kernel
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
}
