package import HTTPTypes
package import JSON
package import Kernel
package import Vault

/// One door: a method and a path, who may come in, and what happens. A route without a stated access does not exist.
package struct Route: Sendable {
    package enum Access: Sendable {
        /// Anyone, with the reason why that is right. The handler gets no caller.
        case open(reason: String, @Sendable (WebRequest) async throws -> WebResponse)
        /// A signed-in person with this right, by the session cookie.
        case page(Permission, @Sendable (WebRequest, SignedIn) async throws -> WebResponse)
        /// A signed-in person, whatever their rights: their own account, the shell.
        case account(@Sendable (WebRequest, SignedIn) async throws -> WebResponse)
        /// A bearer API key with this right.
        case api(Permission, APIOperation, @Sendable (WebRequest, Caller) async throws -> WebResponse)
    }

    package let method: HTTPRequest.Method
    /// `/patients/{id}`.
    package let path: String
    package let access: Access
    /// The largest body taken, in bytes.
    package let largestBody: Int
    /// Whether an answer may take longer than a few milliseconds: then it is made beside the connections' own threads.
    package let heavy: Bool
    /// Whether it belongs to the installation and is answered whatever tenant the address names, or none.
    package let isTenantless: Bool
    /// `GET /patients/{id}`, as logs and metrics name it.
    package let label: String

    package init(
        _ method: HTTPRequest.Method, _ path: String, largestBody: Int = 256 << 10, heavy: Bool = false,
        isTenantless: Bool = false, _ access: Access
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.largestBody = largestBody
        self.heavy = heavy
        self.isTenantless = isTenantless
        label = "\(method.rawValue) \(path)"
    }

    package static func get(_ path: String, heavy: Bool = false, _ access: Access) -> Route {
        Route(.get, path, heavy: heavy, access)
    }
    /// A page or document of the installation itself: health, counts, the API's description.
    package static func tenantless(_ path: String, _ access: Access) -> Route {
        Route(.get, path, isTenantless: true, access)
    }
    package static func post(_ path: String, largestBody: Int = 256 << 10, _ access: Access) -> Route {
        Route(.post, path, largestBody: largestBody, access)
    }

    package var permission: Permission? {
        switch access {
        case .page(let permission, _), .api(let permission, _, _): permission
        case .open, .account: nil
        }
    }

    package var isAPI: Bool {
        if case .api = access { return true }
        return path.hasPrefix("/api/") || path.hasPrefix("/hooks/")
    }
}

/// A person at the console: who they are for the policy and for the shell.
package struct SignedIn: Sendable {
    package let caller: Caller
    package let user: ID<User>
    package let displayName: String
    package let initials: String
    package let csrf: String
    package let session: Int64
    /// The address this person has to go to before any other: there they set up what their roles demand.
    package let detour: String?

    package init(
        caller: Caller, user: ID<User>, displayName: String, initials: String, csrf: String, session: Int64,
        detour: String? = nil
    ) {
        self.caller = caller
        self.user = user
        self.displayName = displayName
        self.initials = initials
        self.csrf = csrf
        self.session = session
        self.detour = detour
    }

    package func may(_ permission: Permission) -> Bool { caller.permissions.contains(permission) }
}

/// Who turns cookies and keys into callers: the Trust area, by way of the composition root.
package protocol Identities: Sendable {
    /// Nil: no such session, ended, or timed out.
    func signedIn(cookie: String, request: RequestOrigin) async throws -> SignedIn?
    /// Nil: no such key, or revoked.
    func caller(bearer: String, request: RequestOrigin) async throws -> Caller?
}

package struct RequestOrigin: Sendable {
    package let tenant: ID<Tenant>
    package let correlation: Int64
    package let remote: String
    /// Whether the page asked by itself, without its person: that keeps nobody signed in.
    package let isBackground: Bool

    package init(tenant: ID<Tenant>, correlation: Int64, remote: String, isBackground: Bool = false) {
        self.tenant = tenant
        self.correlation = correlation
        self.remote = remote
        self.isBackground = isBackground
    }
}

/// Which tenant a request is for, found before any lookup: by host, by `/hooks/{tenant}/…`, or by a token's prefix.
package protocol Tenants: Sendable {
    func tenant(host: String) async throws -> ID<Tenant>?
    func tenant(key: String) async throws -> ID<Tenant>?
    /// Every tenant this process serves.
    func all() async throws -> [ID<Tenant>]
}

/// What the API's description says of one operation.
package struct APIOperation: Sendable {
    package struct Parameter: Sendable {
        package let name: String
        package let place: String
        package let summary: String
        package let required: Bool
        package let schema: JSONValue

        package init(_ name: String, in place: String, _ summary: String, required: Bool = false, schema: JSONValue) {
            self.name = name
            self.place = place
            self.summary = summary
            self.required = required
            self.schema = schema
        }
    }

    package let id: String
    package let tag: String
    package let summary: String
    package let parameters: [Parameter]
    /// JSON Schema of the body; nil: no body.
    package let body: JSONValue?
    package let status: Int
    /// JSON Schema of the answer; nil: no content.
    package let answer: JSONValue?

    package init(
        _ id: String, tag: String, _ summary: String, parameters: [Parameter] = [], body: JSONValue? = nil,
        status: Int = 200, answer: JSONValue? = nil
    ) {
        self.id = id
        self.tag = tag
        self.summary = summary
        self.parameters = parameters
        self.body = body
        self.status = status
        self.answer = answer
    }
}
