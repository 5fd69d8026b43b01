import JSON
import Kernel
import StudioAPI

/// A user as SCIM sees one.
struct SCIMUser: Sendable {
    let account: UserStore.Account
    let details: UserDetails

    var version: String { SCIMResource.version(String(account.version)) }

    /// The whole resource. `groups` names those there are, `base` begins the addresses.
    func json(_ groups: SCIMGroups, base: String) -> JSONObject {
        var object = JSONObject()
        object["schemas"] = [.string(Provisioning.userSchema)]
        object["id"] = .string(account.id.text)
        object["externalId"] = details.externalID.map { .string($0) }
        object["userName"] = .string(details.email)
        var name = JSONObject()
        name["formatted"] = details.formattedName.map { .string($0) }
        name["familyName"] = details.familyName.map { .string($0) }
        name["givenName"] = details.givenName.map { .string($0) }
        if !name.isEmpty { object["name"] = .object(name) }
        object["displayName"] = .string(account.displayName)
        object["active"] = .bool(account.state == "active")
        if !details.addresses.isEmpty { object["emails"] = .array(details.addresses.map(Self.email)) }
        let mine = groups.of(account)
        if !mine.isEmpty {
            object["groups"] = .array(
                mine.map { group in
                    [
                        "value": .string(group.id), "$ref": .string(SCIMResource.address("Groups", group.id, base)),
                        "display": .string(group.displayName), "type": "direct",
                    ]
                })
        }
        object["meta"] = SCIMResource.meta(
            "User", address: SCIMResource.address("Users", account.id.text, base), version: version,
            created: account.createdAt, changed: account.changedAt)
        return object
    }

    private static func email(_ address: UserDetails.Address) -> JSONValue {
        var object = JSONObject()
        object["value"] = .string(address.value)
        object["type"] = address.type.map { .string($0) }
        if address.isPrimary { object["primary"] = true }
        return .object(object)
    }

    // MARK: What a client sends

    /// What an account is to be, by a whole resource. What is left out is taken away, but access stays as it is and the
    /// name that is shown is made of the others.
    static func shape(_ object: JSONObject, onto before: AccountShape?) throws(Fault) -> AccountShape {
        guard let login = try text(object, "userName", atMost: 254) else {
            throw SCIMError.fault("invalidValue", "userName is needed.")
        }
        guard !login.contains(where: \.isWhitespace) else {
            throw SCIMError.fault("invalidValue", "userName has no spaces.")
        }
        var details = UserDetails(email: login)
        details.externalID = try text(object, "externalId", atMost: 200)
        let name = object.member("name")
        if let name, !name.isNull {
            guard let parts = name.object else { throw SCIMError.fault("invalidValue", "name is an object.") }
            details.givenName = try text(parts, "givenName", atMost: 100)
            details.familyName = try text(parts, "familyName", atMost: 100)
            details.formattedName = try text(parts, "formatted", atMost: 200)
        }
        details.addresses = try addresses(object)
        let whole = [details.givenName, details.familyName].compactMap { $0 }.joined(separator: " ")
        let named = try text(object, "displayName", atMost: 120)
        let made = details.formattedName ?? (whole.isEmpty ? login : whole)
        let active = try truth(object, "active")
        return AccountShape(
            details: details, displayName: String((named ?? made).prefix(100)), roles: before?.roles ?? [],
            locations: before?.locations, isActive: active ?? before?.isActive ?? true)
    }

    /// Nil: not there, null or empty.
    private static func text(_ object: JSONObject, _ name: String, atMost limit: Int) throws(Fault) -> String? {
        guard let value = object.member(name), !value.isNull else { return nil }
        guard let text = value.string, text.utf8.count <= limit, !text.unicodeScalars.contains(where: isControl) else {
            throw SCIMError.fault("invalidValue", "\(name) is a text of at most \(limit) bytes.")
        }
        return text.isEmpty ? nil : text
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }

    /// Some providers send truth as a text.
    private static func truth(_ object: JSONObject, _ name: String) throws(Fault) -> Bool? {
        guard let value = object.member(name), !value.isNull else { return nil }
        switch (value.bool, value.string?.lowercased()) {
        case (let truth?, _): return truth
        case (_, "true"): return true
        case (_, "false"): return false
        default: throw SCIMError.fault("invalidValue", "\(name) is true or false.")
        }
    }

    private static func addresses(_ object: JSONObject) throws(Fault) -> [UserDetails.Address] {
        guard let value = object.member("emails"), !value.isNull else { return [] }
        guard let list = value.array, list.count <= 10 else {
            throw SCIMError.fault("invalidValue", "emails is a list of at most ten.")
        }
        var addresses: [UserDetails.Address] = []
        for element in list {
            guard let one = element.object, let address = try text(one, "value", atMost: 254) else {
                throw SCIMError.fault("invalidValue", "Each of emails has a value.")
            }
            addresses.append(
                UserDetails.Address(
                    value: address, type: try text(one, "type", atMost: 40),
                    isPrimary: try truth(one, "primary") ?? false))
        }
        guard addresses.count(where: \.isPrimary) <= 1 else {
            throw SCIMError.fault("invalidValue", "Only one of emails is primary.")
        }
        return addresses
    }
}

/// What users and groups have in common on the wire.
enum SCIMResource {
    static func address(_ kind: String, _ id: String, _ base: String) -> String {
        "\(base)\(Provisioning.base)/\(kind)/\(id)"
    }

    static func version(_ text: String) -> String { "W/\"\(text)\"" }

    static func meta(
        _ kind: String, address: String, version: String?, created: Instant?, changed: Instant?
    ) -> JSONValue {
        var object = JSONObject()
        object["resourceType"] = .string(kind)
        object["created"] = created.map { .string($0.iso8601) }
        object["lastModified"] = changed.map { .string($0.iso8601) }
        object["location"] = .string(address)
        object["version"] = version.map { .string($0) }
        return .object(object)
    }

    /// Whether a header of versions names this one: `*`, or a list, weak or strong.
    static func names(_ header: String, _ version: String) -> Bool {
        header.split(separator: ",").contains { part in
            let text = part.filter { !$0.isWhitespace }
            return text == "*" || text == version || "W/" + text == version
        }
    }
}
