import ConversationsAPI
package import Kernel
package import Store
package import Vault

extension Messaging: NeedLookup {
    package func patient(of need: ID<Need>, in transaction: any Transaction) throws -> ID<Patient>? {
        guard let row = try NeedStore.need(need, in: transaction) else { throw Fault.notFound("need") }
        return row.patient
    }

    package func reaches(
        _ need: ID<Need>, _ caller: Caller, _ action: Permission, in transaction: any Transaction
    ) throws -> Bool {
        guard caller.seesNeeds, let row = try NeedStore.need(need, in: transaction),
            let labels = try ThreadStore.conversation(row.conversation, in: transaction)?.labels
        else { return false }
        guard let patient = row.patient else { return Policy.decide(caller, action, .item(of: nil, labels)) == .permit }
        let scope = try Policy.scopeRows(of: [patient], for: caller, in: transaction)[patient] ?? []
        return Policy.decide(caller, action, .item(of: scope, labels)) == .permit
    }

    package func facts(of need: ID<Need>, in transaction: any Transaction) throws -> Set<String> {
        try NeedStore.facts(of: need, in: transaction)
    }
}

extension Caller {
    /// Whether a need may be named at all: who may not read needs must not learn that one is there. The system and patients
    /// name those that they were asked about.
    fileprivate var seesNeeds: Bool {
        switch actor {
        case .system, .patient: true
        default: may(.needRead)
        }
    }
}
