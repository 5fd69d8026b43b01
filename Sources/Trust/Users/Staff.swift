package import Kernel
package import PeopleAPI
package import Store

/// The staff's names for other areas.
package struct Staff: StaffDirectory {
    package init() {}

    package func names(of users: [ID<User>], in transaction: any Transaction) throws -> [ID<User>: StaffName] {
        if users.isEmpty { return [:] }
        var names: [ID<User>: StaffName] = [:]
        for (id, name) in try UserStore.names(of: users, in: transaction) { names[id] = StaffName(id: id, name: name) }
        return names
    }

    package func active(in transaction: any Transaction) throws -> [StaffName] {
        try UserStore.all(in: transaction).filter { $0.state == "active" }.map {
            StaffName(id: $0.id, name: $0.displayName)
        }
    }
}
