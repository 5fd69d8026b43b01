import ConversationsAPI
package import Kernel
package import Store

extension Messaging: NeedLookup {
    package func patient(of need: ID<Need>, in transaction: any Transaction) throws -> ID<Patient>? {
        guard let row = try NeedStore.need(need, in: transaction) else { throw Fault.notFound("need") }
        return row.patient
    }
}
