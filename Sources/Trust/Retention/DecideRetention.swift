package import Kernel
package import Spine
import Store
package import Vault

/// A person's word about data that are due.
package struct DecideRetention: Command {
    package enum Decision: Sendable, Equatable {
        /// Asks for `subject.dispose` too.
        case dispose
        /// Not before so many years have passed.
        case keep(years: Int)
    }

    package static let permission = Permission.retentionReview
    let item: ID<RetentionItem>
    let decision: Decision

    package init(_ item: ID<RetentionItem>, _ decision: Decision) {
        self.item = item
        self.decision = decision
    }

    package func validate() throws {
        if case .keep(let years) = decision, !(1...30).contains(years) {
            throw Fault.invalid("years", "Give 1 to 30 years.")
        }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        guard case .user(let user) = context.caller.actor else {
            throw Fault(.forbidden, "retention.person", "Only a person decides.")
        }
        let rights: [Permission] = decision == .dispose ? [Self.permission, .subjectDispose] : [Self.permission]
        for right in rights { try context.access.require(right) }
        guard let row = try RetentionStore.find(item, in: transaction) else { throw Fault.notFound("retention") }
        if case .patient(let patient) = row.subject {
            let scopes = try Policy.scopeRows(of: [patient], for: context.caller, in: transaction)
            for right in rights {
                _ = try context.access.grant(right, for: PatientSet(patient), scope: scopes[patient] ?? [])
            }
        } else {
            for right in rights { _ = try context.access.grant(right, for: row.subject) }
        }
        let isOpen = [.waiting, .held, .failed, .approved].contains(row.state)
        let moved: Bool
        switch decision {
        case .dispose:
            moved =
                try isOpen
                && RetentionStore.move(row, to: .approved, by: user, at: context.now, in: transaction)
        case .keep(let years):
            let until = RetentionRule.years(years, after: context.now)
            moved =
                try isOpen
                && RetentionStore.move(row, to: .kept, until: until, by: user, at: context.now, in: transaction)
        }
        guard moved else {
            throw Fault(.conflict, "retention.decided", "This was decided already.", remedy: "Reload the page.")
        }
        context.concerns(row.subject)
        return true
    }
}
