import JSON
import Kernel
import Spine
import Store
import StudioAPI
import Vault

/// One account or key as a review looks at it: ids, codes and times, nothing of who somebody is.
struct AccessLine: Sendable {
    enum Kind: String, Sendable {
        case user, key
    }

    /// A sensitive right and when it was last used.
    struct Right: Sendable {
        let right: String
        let lastUsed: Instant?
        /// Whether the trail would tell.
        let isTold: Bool
    }

    let kind: Kind
    let subject: Int64
    var roles: [String] = []
    var locations: [String] = []
    var isEverywhere = false
    var rights = 0
    var sensitive: [Right] = []
    var hasSecondStep = false
    var isActive = true
    var lastSeen: Instant?
    var createdAt: Instant
    var expiresAt: Instant?
    var owner: ID<User>?

    /// What stands out, at a moment.
    func signs(at now: Instant) -> [AccessReview.Sign] {
        guard isActive else { return [] }
        var signs: [AccessReview.Sign] = []
        let long = now - AccessReview.dormancy
        if let lastSeen {
            if lastSeen < long { signs.append(.dormant) }
        } else {
            signs.append(.never)
            if createdAt < long { signs.append(.dormant) }
        }
        // Who is new has had no time to use anything.
        let unused = sensitive.contains { $0.isTold && ($0.lastUsed.map { $0 < long } ?? true) }
        if unused, createdAt < long { signs.append(.unused) }
        if kind == .key {
            if owner == nil { signs.append(.ownerless) }
            if expiresAt == nil { signs.append(.endless) }
        }
        return signs
    }

    func unused(at now: Instant) -> [Right] {
        sensitive.filter { $0.isTold && ($0.lastUsed.map { $0 < now - AccessReview.dormancy } ?? true) }
    }

    // MARK: Kept

    var facts: String {
        var object = JSONObject()
        object["roles"] = .array(roles.map { .string($0) })
        object["locations"] = .array(locations.map { .string($0) })
        object["everywhere"] = .bool(isEverywhere)
        object["rights"] = .int(Int64(rights))
        object["sensitive"] = .array(
            sensitive.map { right in
                var inner = JSONObject()
                inner["right"] = .string(right.right)
                inner["at"] = right.lastUsed.map { .int($0.microseconds) }
                inner["told"] = .bool(right.isTold)
                return .object(inner)
            })
        object["step"] = .bool(hasSecondStep)
        object["active"] = .bool(isActive)
        object["seen"] = lastSeen.map { .int($0.microseconds) }
        object["created"] = .int(createdAt.microseconds)
        object["expires"] = expiresAt.map { .int($0.microseconds) }
        object["owner"] = owner.map { .string($0.text) }
        var writer = JSONWriter()
        writer.value(.object(object))
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    init(kind: Kind, subject: Int64, createdAt: Instant) {
        self.kind = kind
        self.subject = subject
        self.createdAt = createdAt
    }

    init(kind: Kind, subject: Int64, facts: String) throws {
        let value = try JSONValue(parsing: facts)
        func texts(_ name: String) -> [String] { (value[name]?.array ?? []).compactMap(\.string) }
        func instant(_ value: JSONValue?) -> Instant? { value?.int.map(Instant.init(microseconds:)) }
        self.init(kind: kind, subject: subject, createdAt: instant(value["created"]) ?? Instant(microseconds: 0))
        roles = texts("roles")
        locations = texts("locations")
        isEverywhere = value["everywhere"]?.bool ?? false
        rights = value["rights"]?.int.map { Int($0) } ?? 0
        sensitive = (value["sensitive"]?.array ?? []).map { entry in
            Right(
                right: entry["right"]?.string ?? "", lastUsed: instant(entry["at"]),
                isTold: entry["told"]?.bool ?? false)
        }
        hasSecondStep = value["step"]?.bool ?? false
        isActive = value["active"]?.bool ?? true
        lastSeen = instant(value["seen"])
        expiresAt = instant(value["expires"])
        owner = value["owner"]?.string.flatMap { ID<User>($0) }
    }
}

extension AccessLine {
    /// Everybody and every key that may come in now.
    static func all(_ configuration: Configuration, in transaction: any Transaction) throws -> [AccessLine] {
        let uses = try RightUse.all(in: transaction)
        let stepped = try SecondStepStore.users(in: transaction)
        let seen = try UserStore.lastSeen(in: transaction)
        let owners = try KeyOwners.owners(in: transaction)
        let people = try UserStore.all(in: transaction).map { account -> AccessLine in
            var line = AccessLine(kind: .user, subject: account.id.raw, createdAt: account.createdAt)
            let used = uses["user"]?[account.id.raw] ?? [:]
            line.describe(account.roles, used, configuration)
            line.locations = account.locations ?? []
            line.hasSecondStep = stepped.contains(account.id)
            line.isActive = account.state == "active"
            line.lastSeen = [used["session.begin"], seen[account.id]].compactMap { $0 }.max()
            return line
        }
        let keys = try APIKeyStore.all(in: transaction).filter { $0.revokedAt == nil }.map { key -> AccessLine in
            var line = AccessLine(kind: .key, subject: key.id.raw, createdAt: key.createdAt)
            let used = uses["key"]?[key.id.raw] ?? [:]
            line.describe(key.roles, used, configuration)
            line.isEverywhere = true
            line.expiresAt = key.expiresAt
            line.owner = owners[key.id]
            line.lastSeen = used.values.max()
            return line
        }
        return people + keys
    }

    private mutating func describe(_ keys: [String], _ used: [String: Instant], _ configuration: Configuration) {
        roles = keys
        let known = keys.compactMap { configuration.roles[$0]?.value }
        let grants = known.reduce(into: Set<Permission>()) { $0.formUnion($1.grants) }
        rights = grants.count
        isEverywhere = known.contains { $0.locationScope == .everywhere }
        sensitive = PermissionGroups.sensitive.filter(grants.contains).map { right in
            let acts = RightUse.evidence(of: right)
            return Right(
                right: right.rawValue, lastUsed: acts?.compactMap { used[$0] }.max(), isTold: acts != nil)
        }
    }
}
