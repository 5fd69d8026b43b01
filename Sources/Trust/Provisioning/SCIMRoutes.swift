import HTTPTypes
import JSON
import Kernel
import Spine
import StudioAPI
import Vault
import Web

/// The doors under /scim/v2.
extension Trust {
    var provisioningRoutes: [Route] {
        let base = Provisioning.base
        func route(
            _ method: HTTPRequest.Method, _ path: String, _ name: String, _ summary: String,
            _ answer: @escaping @Sendable (WebRequest, Caller) async throws -> WebResponse
        ) -> Route {
            Route(
                method, base + path, largestBody: Provisioning.largestBody,
                .api(.userProvision, APIOperation(name, tag: "scim", summary), answer))
        }
        return [
            route(.get, "/ServiceProviderConfig", "scimProvider", "What the service can do") { request, caller in
                try await scimMay(request, caller)
                return Self.scim(SCIMDiscovery.provider(request.base))
            },
            route(.get, "/ResourceTypes", "scimTypes", "The kinds of resource") { request, caller in
                try await discoveries(request, caller, SCIMDiscovery.types(request.base))
            },
            route(.get, "/ResourceTypes/{id}", "scimType", "One kind of resource") { request, caller in
                try await discovered(request, caller, SCIMDiscovery.types(request.base))
            },
            route(.get, "/Schemas", "scimSchemas", "The attributes of resources") { request, caller in
                try await discoveries(request, caller, SCIMDiscovery.schemas(request.base))
            },
            route(.get, "/Schemas/{id}", "scimSchema", "The attributes of one kind") { request, caller in
                try await discovered(request, caller, SCIMDiscovery.schemas(request.base))
            },
            route(.get, "/Users", "scimUsers", "Users, filtered and paged") { request, caller in
                try await scimUsers(request, caller, try SCIMQuery(request.query))
            },
            route(.post, "/Users/.search", "scimSearchUsers", "Users, by a search in the body") { request, caller in
                try await scimUsers(request, caller, try SCIMQuery(try scimBody(request)))
            },
            route(.post, "/Users", "scimAddUser", "A new user") { request, caller in
                try await scimAdd(request, caller)
            },
            route(.get, "/Users/{id}", "scimUser", "One user") { request, caller in
                try await scimUser(try scimUserID(request), request, caller)
            },
            route(.put, "/Users/{id}", "scimReplaceUser", "A user anew") { request, caller in
                let object = try scimObject(request)
                return try await scimChange(request, caller) { try SCIMUser.shape(object, onto: $0.shape) }
            },
            route(.patch, "/Users/{id}", "scimPatchUser", "Some attributes of a user") { request, caller in
                let operations = try SCIMOperation.all(try scimBody(request))
                let (groups, place) = (SCIMGroups.none, request.base)
                return try await scimChange(request, caller) { user in
                    var patch = SCIMPatch(user.json(groups, base: place), attributes: SCIMAttribute.user)
                    for operation in operations { try patch.apply(operation) }
                    return try SCIMUser.shape(patch.object, onto: user.shape)
                }
            },
            route(.delete, "/Users/{id}", "scimRemoveUser", "Ends all access of a user") { request, caller in
                _ = try await request.spine.perform(
                    RemoveProvisionedUser(
                        user: try scimUserID(request), ifMatch: request.headers[.ifMatch], rules: rules), as: caller)
                gatekeeper.forget()
                return WebResponse(.noContent)
            },
        ] + scimGroupRoutes(route)
    }

    private func scimGroupRoutes(
        _ route: (
            HTTPRequest.Method, String, String, String,
            @escaping @Sendable (WebRequest, Caller) async throws -> WebResponse
        ) -> Route
    ) -> [Route] {
        [
            route(.get, "/Groups", "scimGroups", "Roles and locations") { request, caller in
                try await scimGroups(request, caller, try SCIMQuery(request.query))
            },
            route(.post, "/Groups/.search", "scimSearchGroups", "Groups, by a search in the body") { request, caller in
                try await scimGroups(request, caller, try SCIMQuery(try scimBody(request)))
            },
            route(.post, "/Groups", "scimAddGroup", "Refused: groups are made in the console") { request, caller in
                try await scimAddGroup(request, caller)
            },
            route(.get, "/Groups/{id}", "scimGroup", "One role or location") { request, caller in
                try await scimGroup(request, caller)
            },
            route(.put, "/Groups/{id}", "scimReplaceGroup", "The members of a group anew") { request, caller in
                let object = try scimObject(request)
                let wanted = try SCIMGroups.ids(object.member("members"))
                return try await scimRegroup(request, caller, name: object.member("displayName")?.string) { _, _ in
                    wanted
                }
            },
            route(.patch, "/Groups/{id}", "scimPatchGroup", "Some members of a group") { request, caller in
                let operations = try SCIMOperation.all(try scimBody(request))
                return try await scimRegroup(request, caller, name: nil) { group, before in
                    try SCIMGroups.members(operations, of: group, before: before)
                }
            },
            route(.delete, "/Groups/{id}", "scimRemoveGroup", "Refused: groups are kept in the console") {
                request, caller in
                _ = try await scimGroup(request, caller)
                throw Fault(.forbidden, "group.kept", "Roles and locations are kept in the console.")
            },
        ]
    }

    // MARK: Discovery

    private func discoveries(
        _ request: WebRequest, _ caller: Caller, _ all: [JSONObject]
    ) async throws -> WebResponse {
        try await scimMay(request, caller)
        if request.query["filter"] != nil {
            throw Fault(.forbidden, "scim.discovery-filter", "What the service tells of itself is not filtered.")
        }
        return Self.scim(SCIMQuery.list(all, total: all.count, start: 1))
    }

    private func discovered(
        _ request: WebRequest, _ caller: Caller, _ all: [JSONObject]
    ) async throws -> WebResponse {
        try await scimMay(request, caller)
        let wanted = request.parameters["id"]?.lowercased()
        guard let one = all.first(where: { $0["id"]?.string?.lowercased() == wanted }) else {
            throw Fault.notFound("resource")
        }
        return Self.scim(.object(one))
    }

    /// For answers that hold nobody's data: the right alone is asked for.
    private func scimMay(_ request: WebRequest, _ caller: Caller) async throws {
        _ = try await request.spine.read(.userProvision, as: caller) { _, _ in 0 }
    }

    // MARK: Bodies

    static func scim(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> WebResponse {
        var writer = JSONWriter()
        writer.value(value)
        var response = WebResponse(status, headers: headers, bytes: writer.bytes)
        response.headers[.contentType] = SCIMError.type
        return response
    }

    func scimBody(_ request: WebRequest) throws(Fault) -> JSONValue {
        let type = (request.headers[.contentType] ?? "").lowercased()
        guard type.hasPrefix("application/scim+json") || type.hasPrefix("application/json") else {
            throw Fault(
                .unsupported, "request.media-type", "The body must be SCIM.", remedy: "Send application/scim+json.")
        }
        do {
            return try JSONValue(parsing: request.body, limits: JSONLimits(depth: 16, values: 20_000))
        } catch {
            throw SCIMError.fault(
                "invalidSyntax", "The body is not valid JSON: line \(error.line), column \(error.column).")
        }
    }

    func scimObject(_ request: WebRequest) throws(Fault) -> JSONObject {
        guard let object = try scimBody(request).object else {
            throw SCIMError.fault("invalidSyntax", "The body must be an object.")
        }
        return object
    }

    func scimUserID(_ request: WebRequest) throws(Fault) -> ID<User> {
        guard let id = request.parameters["id"].flatMap({ ID<User>($0) }) else { throw Fault.notFound("user") }
        return id
    }
}
