import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault

extension TextBookingDesk {
    /// What the words can be about: visits to come for a move or a cancellation, types for a booking.
    func meant(_ served: Served, _ context: CommandContext) throws -> TextBookingMeant {
        var meant = TextBookingMeant(named: served.row.named)
        if served.row.state.kind == .book {
            meant.types = try types(served, context)
            return meant
        }
        let rows = try AppointmentStore.ahead(
            of: served.client.set.members, after: context.now, limit: 30, for: context.caller,
            in: context.transaction)
        let open = try rows.filter { try allows(served.row.state.kind, $0, context) }
        meant.visits = open.map(\.id)
        meant.hasOthers = open.count < rows.count
        meant.isLabelled = try rows.contains { try isLabelled($0, context) }
        return meant
    }

    private func isLabelled(_ row: AppointmentRow, _ context: CommandContext) throws -> Bool {
        let labels = try desk.plans.labels(of: row.place.visitType, tenant: context.caller.tenant)
        return !row.place.labels.union(labels).isEmpty
    }

    /// Whether this may be done with a visit by text now: as by its link, where its type lets texts do it too.
    func allows(_ kind: TextAsk.Kind, _ row: AppointmentRow, _ context: CommandContext) throws -> Bool {
        let plan = try desk.plans.plan(of: context.caller.tenant)
        guard let type = plan.visitTypes[row.place.visitType], type.rules.selfService.text,
            try !isLabelled(row, context)
        else { return false }
        let rules = LinkRules(row, type, at: context.now)
        switch kind {
        case .book: return false
        case .move: return rules.mayMove
        case .cancel: return rules.mayCancel
        }
    }

    /// The visit that was chosen, locked, as long as it is what it was and may be moved or called off; nil: it is not.
    func visit(_ served: Served, _ context: CommandContext) throws -> AppointmentRow? {
        guard let id = served.row.state.visit,
            let row = try AppointmentStore.find(id, locking: true, in: context.transaction),
            served.client.set.contains(row.patient), served.row.placement.map({ $0 == row.placement }) ?? true,
            try allows(served.row.state.kind, row, context)
        else { return nil }
        return row
    }

    /// Keys of the types that this patient may book by text, sorted.
    private func types(_ served: Served, _ context: CommandContext) throws -> [String] {
        let tenant = context.caller.tenant
        let plan = try desk.plans.plan(of: tenant)
        return try plan.visitTypes.values.filter { type in
            let own = type.rules.selfService
            guard own.text, own.book, try desk.plans.labels(of: type.key, tenant: tenant).isEmpty else { return false }
            let client = served.client
            let visitor = try desk.visitor(
                client.id, client.set, for: type, with: nil, plain: client.plain, need: served.row.need,
                .appointmentWrite, context.transaction, context.access)
            return visitor.refusal(type) == nil
        }.map(\.key).sorted()
    }
}
