package import Kernel
package import Spine
package import Store
package import Vault

/// What somebody of the staff still has to do, and handing it over when they leave. Implemented by the Conversations area.
package protocol OpenWork: Sendable {
    /// Open needs that a user owns, the one due first in front. Those of patients out of the caller's reach are not even
    /// counted; who may not read needs learns how many there are within their reach.
    func openWork(of user: ID<User>, for caller: Caller, in transaction: any Transaction) throws -> OwnedWork
    /// Hands every open need of a user over, in the caller's transaction; how many there were.
    ///
    /// All of them move, also those that the caller may not see: nothing of them is opened. Throws a fault on `to` when
    /// there is no such team or person.
    func handOver(from user: ID<User>, to receiver: WorkReceiver, context: CommandContext) throws -> Int
}

package enum WorkReceiver: Sendable, Equatable {
    /// Each need goes back to the team it is with.
    case ownTeams
    case team(String)
    case user(ID<User>)
}

package struct OwnedWork: Sendable {
    package struct Item: Sendable {
        package let need: ID<Need>
        /// A code of the reason; `inbox.reason.` with it is in the catalogue.
        package let reason: String
        package let team: String
        package let dueAt: Instant

        package init(need: ID<Need>, reason: String, team: String, dueAt: Instant) {
            self.need = need
            self.reason = reason
            self.team = team
            self.dueAt = dueAt
        }
    }

    package let total: Int
    package let items: [Item]

    package init(total: Int, items: [Item]) {
        self.total = total
        self.items = items
    }

    package static let none = OwnedWork(total: 0, items: [])
}
