import JSON
import Kernel
import StudioAPI

/// The groups there are: roles and locations of the configuration, by name.
struct SCIMGroups: Sendable {
    enum Kind: String, Sendable {
        case role, location
    }

    struct Group: Sendable {
        let kind: Kind
        let key: String
        let displayName: String
        /// The definition's version.
        let definition: Int

        var id: String { "\(kind.rawValue)-\(key)" }

        func has(_ account: UserStore.Account) -> Bool {
            switch kind {
            case .role: account.roles.contains(key)
            case .location: account.locations?.contains(key) ?? false
            }
        }
    }

    let all: [Group]

    /// For changes, which leave out groups.
    static let none = SCIMGroups(all: [])

    private init(all: [Group]) { self.all = all }

    init(_ configuration: Configuration) {
        let roles = configuration.roles.sorted { $0.key < $1.key }.map { key, role in
            Group(kind: .role, key: key, displayName: "Role: \(role.value.names[.english])", definition: role.version)
        }
        let places = configuration.locations.sorted { $0.key < $1.key }.map { key, place in
            Group(kind: .location, key: key, displayName: "Location: \(place.value.name)", definition: place.version)
        }
        all = roles + places
    }

    func find(_ id: String) -> Group? { all.first { $0.id == id } }
    func of(_ account: UserStore.Account) -> [Group] { all.filter { $0.has(account) } }

    static func json(_ group: Group, members: [UserStore.Account], base: String) -> JSONObject {
        var object = JSONObject()
        object["schemas"] = [.string(Provisioning.groupSchema)]
        object["id"] = .string(group.id)
        object["displayName"] = .string(group.displayName)
        if !members.isEmpty {
            object["members"] = .array(
                members.map { member in
                    [
                        "value": .string(member.id.text),
                        "$ref": .string(SCIMResource.address("Users", member.id.text, base)),
                        "display": .string(member.displayName), "type": "User",
                    ]
                })
        }
        object["meta"] = SCIMResource.meta(
            "Group", address: SCIMResource.address("Groups", group.id, base), version: version(group, members),
            created: nil, changed: nil)
        return object
    }

    /// Another one whenever the members or the definition are others. FNV-1a over the ids: no secret, only a mark.
    static func version(_ group: Group, _ members: [UserStore.Account]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for id in members.map(\.id.raw).sorted() {
            for shift in stride(from: 0, to: 64, by: 8) {
                hash = (hash ^ (UInt64(bitPattern: id) >> UInt64(shift) & 0xFF)) &* 0x0000_0100_0000_01B3
            }
        }
        return SCIMResource.version("\(group.definition)-\(members.count)-\(String(hash, radix: 16))")
    }

    // MARK: Changing

    /// Who is to be a member after these operations.
    static func members(
        _ operations: [SCIMOperation], of group: Group, before: [ID<User>]
    ) throws(Fault) -> Set<ID<User>> {
        var members = Set(before)
        for operation in operations { try apply(operation, group, &members) }
        return members
    }

    private static func apply(
        _ operation: SCIMOperation, _ group: Group, _ members: inout Set<ID<User>>
    ) throws(Fault) {
        guard let path = operation.path, !path.isEmpty else {
            guard operation.kind != .remove, let object = operation.value?.object else {
                throw SCIMError.fault("noTarget", "What to change is not said.")
            }
            for member in object.members {
                if ["id", "schemas", "meta", "externalid"].contains(member.key.lowercased()) { continue }
                try apply(
                    SCIMOperation(kind: operation.kind, path: member.key, value: member.value), group, &members)
            }
            return
        }
        let parsed = try SCIMPath(path)
        switch parsed.name.name {
        case "members": try apply(operation, parsed, &members)
        case "displayname":
            guard operation.value?.string == group.displayName else {
                throw SCIMError.fault("mutability", "Roles and locations are named in the console.")
            }
        case "externalid": break
        default: throw SCIMPath.invalid(path)
        }
    }

    private static func apply(
        _ operation: SCIMOperation, _ path: SCIMPath, _ members: inout Set<ID<User>>
    ) throws(Fault) {
        guard path.sub == nil else { throw SCIMError.fault("mutability", "Members are added or removed as a whole.") }
        if let filter = path.filter {
            guard operation.kind == .remove else { throw SCIMPath.invalid("members[…]") }
            members = members.filter { id in
                var object = JSONObject()
                object["value"] = .string(id.text)
                object["type"] = "User"
                return !filter.matches(object)
            }
            return
        }
        let given = try ids(operation.value)
        switch operation.kind {
        case .add: members.formUnion(given)
        case .replace: members = given
        case .remove: if operation.value == nil { members = [] } else { members.subtract(given) }
        }
    }

    /// The ids of users in a list of members.
    static func ids(_ value: JSONValue?) throws(Fault) -> Set<ID<User>> {
        guard let value, !value.isNull else { return [] }
        var ids: Set<ID<User>> = []
        for element in value.array ?? [value] {
            guard let text = element.string ?? element.object?.member("value")?.string, let id = ID<User>(text) else {
                throw SCIMError.fault("invalidValue", "A member is given by the id of a user.")
            }
            ids.insert(id)
        }
        return ids
    }
}
