import Kernel
package import Store
package import Vault
package import Web

extension TableRule {
    /// Does to this table's rows what its rule says; to how many.
    package func dispose(of target: DisposalTarget, in transaction: any Transaction) throws -> Int {
        switch disposal {
        case .kept: return 0
        case .scrub(_, let scrub): return try scrub(target, transaction)
        case .delete: return try owned(by: [target]).map { try delete($0, in: transaction) } ?? 0
        case .deleteWhere(let conditions):
            return try conditions(target).reduce(0) { try $0 + delete($1, in: transaction) }
        }
    }

    /// How many rows of these are there. For proof, not for work: it may read the whole table.
    package func left(of targets: [DisposalTarget], in transaction: any Transaction) throws -> Int {
        switch disposal {
        case .kept, .scrub(leavesRows: true, _): return 0
        case .delete, .deleteWhere, .scrub:
            guard let owned = owned(by: targets) else { return 0 }
            return try transaction.value(
                "SELECT COUNT(*) FROM \(SQL(stringLiteral: name)) WHERE tenant = \(.tenant) AND \(owned)") ?? 0
        }
    }

    /// Which rows are somebody's; nil when none are.
    package func rows(of target: DisposalTarget) -> SQL? {
        switch disposal {
        case .kept: return nil
        case .scrub, .delete: return owned(by: [target])
        case .deleteWhere(let conditions):
            var all: SQL = ""
            for (index, condition) in conditions(target).enumerated() {
                all = index == 0 ? "(\(condition))" : "\(all) OR (\(condition))"
            }
            return all
        }
    }

    private func delete(_ condition: SQL, in transaction: any Transaction) throws -> Int {
        try transaction.execute(
            "DELETE FROM \(SQL(stringLiteral: name)) WHERE tenant = \(.tenant) AND \(condition)")
    }

    /// Nil when the table has nobody's rows.
    private func owned(by targets: [DisposalTarget]) -> SQL? {
        switch personal {
        case .patient(let column): "\(SQL(stringLiteral: column)) IN \(list: targets.flatMap(\.patients))"
        case .keySubject(let column): "\(SQL(stringLiteral: column)) IN \(list: targets.flatMap(\.keys))"
        case .none: nil
        }
    }
}
