package import Kernel
package import Spine
package import Store
package import Vault

/// Everything one capability brings, as data. Adding one touches its folder and one line in its area.
package struct Capability: Sendable {
    package let name: String
    package let schema: [Migration]
    package let tables: [TableRule]
    package let subscribers: [Subscriber]
    package let timers: [TimerHandler]
    package let deliverers: [Deliverer]
    package let recurring: [Recurring]
    package let routes: [Route]
    package let seals: [SealKind]
    package let permissions: [Permission]

    package init(
        _ name: String, schema: [Migration] = [], tables: [TableRule] = [], subscribers: [Subscriber] = [],
        timers: [TimerHandler] = [], deliverers: [Deliverer] = [], recurring: [Recurring] = [], routes: [Route] = [],
        seals: [SealKind] = [], permissions: [Permission] = []
    ) {
        self.name = name
        self.schema = schema
        self.tables = tables
        self.subscribers = subscribers
        self.timers = timers
        self.deliverers = deliverers
        self.recurring = recurring
        self.routes = routes
        self.seals = seals
        self.permissions = permissions
    }
}

/// How a table takes part in disposal, merge, export and re-sealing. A table without a rule fails a test.
///
/// Rules stand in the order in which rows may refer to one another: disposal goes through them from the last to the first.
package struct TableRule: Sendable {
    package enum Personal: Sendable {
        /// Rows belong to the patient in this column: they follow a patient set, are exported and disposed of with it.
        case patient(column: StaticString)
        /// Rows belong to the key subject in this column (a conversation, a user).
        case keySubject(column: StaticString)
        /// Nothing of a person stands here, and why.
        case none(reason: String)
    }

    package let name: StaticString
    package let personal: Personal
    package let disposal: TableDisposal
    /// The column `sealed`, when there is one.
    package let sealed: SealedColumn?
    package let export: TableExport
    package let merge: TableMerge

    /// A table with rows of people must say how it takes part in export and merge; one without says it by its reason.
    package init(
        _ name: StaticString, _ personal: Personal, sealed: SealedRows? = nil, export: TableExport? = nil,
        merge: TableMerge? = nil, disposal: TableDisposal? = nil
    ) {
        self.name = name
        self.personal = personal
        if case .none(let reason) = personal {
            self.export = export ?? .notExported(reason: reason)
            self.merge = merge ?? .apart(reason: reason)
        } else {
            self.export = export ?? .unsaid
            self.merge = merge ?? .unsaid
        }
        self.sealed = sealed?.column(of: name)
        if let disposal {
            self.disposal = disposal
        } else if case .none(let reason) = personal {
            self.disposal = .kept(reason: reason)
        } else {
            self.disposal = .delete
        }
    }

    package var table: String { name.description }
}

/// Something that happens again and again; all of them stand on one page and in one command.
package struct Recurring: Sendable {
    package let name: String
    /// The longest wait between two runs; a commit can bring a run forward when `wakes` is true.
    package let every: Duration
    package let wakes: Bool
    /// One round for one tenant; the number of things done. More than zero: it is called again at once.
    package let run: @Sendable (Spine, ID<Tenant>) async throws -> Int

    package init(
        _ name: String, every: Duration, wakes: Bool = false,
        run: @escaping @Sendable (Spine, ID<Tenant>) async throws -> Int
    ) {
        self.name = name
        self.every = every
        self.wakes = wakes
        self.run = run
    }
}
