import HTTPTypes
import JSON
import Kernel
import Spine
import Store
import StudioAPI
import Vault
import Web

/// Users and groups as they are asked for and changed.
extension Trust {
    private struct Page: Sendable {
        var users: [SCIMUser] = []
        /// How many there are in all; nil: as many as were read, the filter has the last word.
        var total: Int?
    }

    // MARK: Users

    func scimUsers(_ request: WebRequest, _ caller: Caller, _ query: SCIMQuery) async throws -> WebResponse {
        let groups = SCIMGroups(try definitions.configuration(of: request.tenant))
        let base = request.base
        let page = try await request.spine.read(.userProvision, as: caller) { transaction, access in
            let (accounts, total) = try Self.accounts(query, access.vault, in: transaction)
            let grant = try access.grant(.userProvision, forList: [], and: accounts.map { .user($0.id) })
            let details = try UserStore.details(of: accounts.map(\.id), grant: grant, in: transaction)
            return Page(
                users: accounts.compactMap { account in
                    details[account.id].map { SCIMUser(account: account, details: $0) }
                }, total: total)
        }
        var found = page.users.map { $0.json(groups, base: base) }
        if let filter = query.filter { found = found.filter(filter.matches) }
        let total = page.total ?? found.count
        if page.total == nil { found = Array(found.dropFirst(query.start - 1).prefix(query.count)) }
        return Self.scim(SCIMQuery.list(found.map(query.project), total: total, start: query.start))
    }

    /// The accounts that may match, by an index where the filter names one value of it, and how many there are when
    /// nothing is filtered.
    private static func accounts(
        _ query: SCIMQuery, _ vault: TenantVault, in transaction: any Transaction
    ) throws -> ([UserStore.Account], Int?) {
        guard let filter = query.filter else {
            let total = try ProvisioningStore.count(in: transaction)
            return (
                try ProvisioningStore.page(offset: query.start - 1, limit: query.count, in: transaction), total
            )
        }
        switch filter.equation {
        case ("username", let value)?:
            return (try ProvisioningStore.find(login: UserStore.loginHash(value, vault), in: transaction), nil)
        case ("externalid", let value)?:
            return (try ProvisioningStore.find(external: UserStore.externalHash(value, vault), in: transaction), nil)
        case ("id", let value)?:
            return (try ProvisioningStore.find(ID<User>(value).map { [$0] } ?? [], in: transaction), nil)
        default: return (try ProvisioningStore.page(offset: 0, limit: 20_000, in: transaction), nil)
        }
    }

    func scimUser(
        _ id: ID<User>, _ request: WebRequest, _ caller: Caller, status: HTTPResponse.Status = .ok
    ) async throws -> WebResponse {
        let query = try SCIMQuery(request.query)
        let user = try await request.spine.read(.userProvision, as: caller) { transaction, access -> SCIMUser in
            guard let account = try ProvisioningStore.find([id], in: transaction).first else {
                throw Fault.notFound("user")
            }
            let grant = try access.grant(.userProvision, for: .user(id))
            guard let details = try UserStore.details(of: [id], grant: grant, in: transaction)[id] else {
                throw Fault.notFound("user")
            }
            return SCIMUser(account: account, details: details)
        }
        let address = SCIMResource.address("Users", id.text, request.base)
        var headers: HTTPFields = [.eTag: user.version, .contentLocation: address]
        if status == .created { headers[.location] = address }
        if request.method == .get, let known = request.headers[.ifNoneMatch], SCIMResource.names(known, user.version) {
            return WebResponse(.notModified, headers: [.eTag: user.version])
        }
        let groups = SCIMGroups(try definitions.configuration(of: request.tenant))
        let object = query.project(user.json(groups, base: request.base))
        return Self.scim(.object(object), status: status, headers: headers)
    }

    func scimAdd(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let shape = try SCIMUser.shape(try scimObject(request), onto: nil)
        let id = try await request.spine.perform(ProvisionUser(shape: shape, rules: rules), as: caller)
        gatekeeper.forget()
        return try await scimUser(ID(raw: id), request, caller, status: .created)
    }

    func scimChange(
        _ request: WebRequest, _ caller: Caller, _ change: @escaping @Sendable (SCIMUser) throws -> AccountShape
    ) async throws -> WebResponse {
        let id = try scimUserID(request)
        _ = try await request.spine.perform(
            ChangeProvisionedUser(user: id, ifMatch: request.headers[.ifMatch], rules: rules, change: change),
            as: caller)
        gatekeeper.forget()
        return try await scimUser(id, request, caller)
    }

    // MARK: Groups

    private func groups(_ request: WebRequest) throws -> SCIMGroups {
        SCIMGroups(try definitions.configuration(of: request.tenant))
    }

    private func wanted(_ request: WebRequest) throws -> SCIMGroups.Group {
        guard let id = request.parameters["id"], let group = try groups(request).find(id) else {
            throw Fault.notFound("group")
        }
        return group
    }

    private func everybody(_ request: WebRequest, _ caller: Caller) async throws -> [UserStore.Account] {
        try await request.spine.read(.userProvision, as: caller) { transaction, access in
            access.noteCommand("scim.groups", subject: nil)
            return try ProvisioningStore.page(offset: 0, limit: 20_000, in: transaction)
        }
    }

    func scimGroups(_ request: WebRequest, _ caller: Caller, _ query: SCIMQuery) async throws -> WebResponse {
        let everybody = try await everybody(request, caller)
        var found = try groups(request).all.map { group in
            SCIMGroups.json(group, members: everybody.filter(group.has), base: request.base)
        }
        if let filter = query.filter { found = found.filter(filter.matches) }
        let page = found.dropFirst(query.start - 1).prefix(query.count).map(query.project)
        return Self.scim(SCIMQuery.list(page, total: found.count, start: query.start))
    }

    func scimGroup(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let everybody = try await everybody(request, caller)
        let group = try wanted(request)
        let members = everybody.filter(group.has)
        let version = SCIMGroups.version(group, members)
        if request.method == .get, let known = request.headers[.ifNoneMatch], SCIMResource.names(known, version) {
            return WebResponse(.notModified, headers: [.eTag: version])
        }
        let object = SCIMGroups.json(group, members: members, base: request.base)
        return Self.scim(.object(try SCIMQuery(request.query).project(object)), headers: [.eTag: version])
    }

    func scimAddGroup(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        _ = try await everybody(request, caller)
        let name = try scimObject(request).member("displayName")?.string?.lowercased()
        if try groups(request).all.contains(where: { $0.displayName.lowercased() == name }) {
            throw Fault(.conflict, "scim.uniqueness", "There is a group of this name: find it by a filter.")
        }
        throw Fault(
            .forbidden, "group.kept", "Groups are the practice's roles and locations.",
            remedy: "Make the role in the console, then find its group by a filter.")
    }

    func scimRegroup(
        _ request: WebRequest, _ caller: Caller, name: String?,
        _ change: @escaping @Sendable (SCIMGroups.Group, [ID<User>]) throws -> Set<ID<User>>
    ) async throws -> WebResponse {
        guard caller.permissions.contains(.userProvision) else { return try await scimGroup(request, caller) }
        let group = try wanted(request)
        if let name, name != group.displayName {
            throw SCIMError.fault("mutability", "Roles and locations are named in the console.")
        }
        _ = try await request.spine.perform(
            ChangeProvisionedGroup(group: group, ifMatch: request.headers[.ifMatch], rules: rules) {
                try change(group, $0)
            }, as: caller)
        gatekeeper.forget()
        return try await scimGroup(request, caller)
    }
}

extension SCIMUser {
    var shape: AccountShape { account.shape(details) }
}
