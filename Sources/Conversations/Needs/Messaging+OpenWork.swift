package import ConversationsAPI
import JSON
package import Kernel
import PeopleAPI
package import Spine
package import Store
import StudioAPI
package import Vault

extension Messaging: OpenWork {
    package func openWork(
        of user: ID<User>, for caller: Caller, in transaction: any Transaction
    ) throws -> OwnedWork {
        // As far as the caller's reach goes, or the number would tell of records that they may not see.
        let right: Permission = caller.may(.needRead) ? .needRead : .userManage
        let total: Int =
            try transaction.value(
                """
                SELECT COUNT(*) FROM need n
                WHERE n.tenant = \(.tenant) AND n.owner = \(user) AND n.stage <> 'closed'
                    AND \(Policy.scope(caller, right, patient: "n.patient", labels: "n.labels", strangers: true))
                """) ?? 0
        guard total > 0, caller.may(.needRead) else { return OwnedWork(total: total, items: []) }
        let rows = try transaction.rows(
            """
            SELECT n.id, n.reason, n.team, n.due_at FROM need n
            WHERE n.tenant = \(.tenant) AND n.owner = \(user) AND n.stage <> 'closed'
                AND \(Policy.scope(caller, .needRead, patient: "n.patient", labels: "n.labels", strangers: true))
            ORDER BY n.due_at, n.id LIMIT 50
            """)
        return OwnedWork(
            total: total,
            items: try rows.map { row in
                let reason: String = try row["reason"]
                return OwnedWork.Item(
                    need: try row["id"], reason: (NeedReason(rawValue: reason) ?? .other).rawValue,
                    team: try row["team"], dueAt: try row["due_at"])
            })
    }

    package func handOver(from user: ID<User>, to receiver: WorkReceiver, context: CommandContext) throws -> Int {
        let transaction = context.transaction
        let configuration = try definitions.configuration(of: context.caller.tenant)
        if case .team(let key) = receiver, configuration.teams[key] == nil {
            throw Fault.invalid("to", "There is no such team.")
        }
        if case .user(let other) = receiver {
            let isHere = try staff.active(in: transaction).contains { $0.id == other }
            guard isHere, other != user else { throw Fault.invalid("to", "There is no such user.") }
        }
        let needs = try transaction.rows(
            """
            SELECT \(NeedStore.columns) FROM need n
            WHERE n.tenant = \(.tenant) AND n.owner = \(user) AND n.stage <> 'closed' ORDER BY n.id\(SQL.forUpdate)
            """
        ).map(NeedStore.read)
        for need in needs {
            guard let conversation = try ThreadStore.conversation(need.conversation, in: transaction) else { continue }
            var change = NeedStore.Change()
            var body: [(String, JSONValue)] = []
            switch receiver {
            case .ownTeams:
                change.owner = .nobody
                body.append(("team", .string(need.team)))
            case .team(let key):
                change.team = key
                change.owner = .nobody
                if let team = configuration.teams[key] {
                    change.dueAt = try NeedPlan.due(
                        team.value, need.priority, from: context.now, configuration, zones
                    ).first
                }
                body.append(("team", .string(key)))
            case .user(let other):
                change.owner = .user(other)
                body.append(("user", .string(other.text)))
            }
            try move(need, change, in: conversation, context: context)
            context.emit(.about(conversation, .needHandedOff, need: need.id, body))
        }
        return needs.count
    }
}
