import Foundation
import HTTPTypes
package import Hummingbird
package import Kernel
import Logging
import NIOCore
package import Spine
import Store
import Vault

/// The context Hummingbird gives each request: its own core and the peer's address.
package struct ServerContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    package let remote: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remote = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}

/// Everything between the socket and a handler, in one place: tenant, identity, CSRF, limits, errors, headers, metrics.
package struct Server: HTTPResponder {
    package struct Settings: Sendable {
        /// Whether cookies carry `Secure` and the `__Host-` prefix: always, except on plain loopback.
        package var secureCookies = false
        /// The public address when a proxy stands in front: `https://access.example.org`.
        package var publicBase: String?
        /// The proxies in front: whose word of an address counts.
        package var trustedProxies: [IPAddress.Network] = []
        /// Whether we speak TLS ourselves, and whether browsers reach us over TLS at all: by us or by the proxy.
        package var speaksTLS = false
        package var isReachedOverTLS = false
        package var rateLimits = RateLimits.none
        package var grid = Grid.none

        package init() {}
    }

    package let table: RouteTable
    let spine: Spine
    let pages: Pages
    let files: StaticFiles
    let tenants: any Tenants
    let identities: any Identities
    let settings: Settings
    let cookieName: String
    let limiter: RateLimiter?
    let attempts: AttemptLog
    let problemForms: [ProblemForm]
    let problemPage: @Sendable (WebRequest, SignedIn?, Fault, Int64) throws -> WebResponse

    package init(
        table: RouteTable, spine: Spine, pages: Pages, files: StaticFiles, tenants: any Tenants,
        identities: any Identities, settings: Settings, problemForms: [ProblemForm] = [],
        problemPage: @escaping @Sendable (WebRequest, SignedIn?, Fault, Int64) throws -> WebResponse
    ) {
        self.table = table
        self.spine = spine
        self.pages = pages
        self.files = files
        self.tenants = tenants
        self.identities = identities
        self.settings = settings
        cookieName = Self.cookieName(secure: settings.secureCookies)
        limiter = settings.rateLimits.isOff ? nil : RateLimiter(settings.rateLimits)
        attempts = AttemptLog(logger: spine.logger, metrics: spine.metrics)
        self.problemForms = problemForms
        self.problemPage = problemPage
    }

    package func respond(to request: Request, context: ServerContext) async throws -> Response {
        let started = ContinuousClock.now
        let correlation = spine.ids.nextRaw()
        var passage = Passage(arrived: started)
        var response = await answer(
            request, context: context, correlation: correlation, started: started, passage: &passage)
        let label = passage.label
        SecurityHeaders.apply(to: &response, overTLS: settings.isReachedOverTLS)
        let seconds = Double((ContinuousClock.now - started).microseconds) / 1e6
        let code = response.status.code
        spine.metrics.observe("throughline_http_seconds", seconds: seconds, labels: "route=\"\(label)\"")
        spine.metrics.add("throughline_http_total", labels: "route=\"\(label)\",status=\"\(code)\"")
        if code >= 500 {
            spine.logger.error(
                "request failed",
                metadata: ["route": "\(label)", "status": "\(code)", "request": "\(Crockford.encode(correlation))"])
        }
        let whole = response.sent
        if passage.isHeld(code) { await settings.grid.hold(since: passage.arrived) }
        // HEAD is answered with the headers alone, or the next answer on the connection could not be told from its body.
        return request.method == .head ? whole.createHeadResponse() : whole
    }

    private func answer(
        _ request: Request, context: ServerContext, correlation: Int64, started: ContinuousClock.Instant,
        passage: inout Passage
    ) async -> WebResponse {
        let full = request.uri.string
        let bytes = full.utf8
        let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
        let path = String(full[..<end])
        var isAPI = problemForms.contains { $0.covers(path) } || Self.isForPrograms(path)
        let now = Self.steady(started)
        // Files cost next to nothing, and a page has many.
        let isFile = path.hasPrefix("/assets/") && !Self.wantsPage(request)
        let pass = isFile ? nil : admit(request, path: path, remote: context.remote, at: now)
        if let pass, !pass.verdict.isTaken {
            passage.label = "limited"
            return refuse(request, path, pass, isAPI: isAPI, remote: context.remote, correlation: correlation)
        }
        var response = await answer(
            request, path: path, pass: pass, now: now, context: context, correlation: correlation, isAPI: &isAPI,
            passage: &passage)
        if let pass { tell(pass, isAPI: isAPI, in: &response) }
        return response
    }

    /// Too many: told without asking anything of the store.
    private func refuse(
        _ request: Request, _ path: String, _ pass: RateLimiter.Pass, isAPI: Bool, remote: String, correlation: Int64
    ) -> WebResponse {
        var seen: (request: WebRequest, signedIn: SignedIn?)?
        if !isAPI, Self.wantsPage(request) {
            seen = (
                web(
                    request, path: path, parameters: [:], query: FormFields(), body: [], tenant: .installation,
                    remote: remote), nil
            )
        }
        note(Self.oneTooMany, request, remote: remote, route: "limited", tenant: nil, correlation: correlation)
        var response = failure(
            Self.oneTooMany, isAPI: isAPI, form: problemForms.first { $0.covers(path) }, seen: seen,
            correlation: correlation, label: "limited")
        tell(pass, isAPI: isAPI, in: &response)
        spine.metrics.add("throughline_http_limited_total", labels: "kind=\"\(pass.verdict.kind.rawValue)\"")
        return response
    }

    private func answer(
        _ request: Request, path: String, pass: RateLimiter.Pass?, now: Int64, context: ServerContext,
        correlation: Int64, isAPI: inout Bool, passage: inout Passage
    ) async -> WebResponse {
        let form = problemForms.first { $0.covers(path) }
        var seen: (request: WebRequest, signedIn: SignedIn?)?
        do {
            if path.hasPrefix("/assets/") {
                passage.label = "/assets"
                passage.isPublic = true
                return try files.answer(path, method: request.method, headers: request.headers)
            }
            let match = try table.match(request.method, path)
            switch match {
            case .none: throw Fault.notFound("page")
            case .wrongMethod(let allowed):
                let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
                var response: WebResponse
                if isAPI || !Self.wantsPage(request) {
                    let fault = Fault(
                        .unsupported, "request.method", "This address does not take \(request.method.rawValue).",
                        remedy: "Use \(list).")
                    response =
                        form?.answer(fault, .methodNotAllowed)
                        ?? Problem.response(fault, correlation: correlation, status: .methodNotAllowed)
                } else {
                    // A form's address opened again by itself: there is no page there.
                    seen = await visitor(request, path: path, remote: context.remote, correlation: correlation)
                    response = failure(
                        Fault.notFound("page"), isAPI: false, form: nil, seen: seen, correlation: correlation,
                        label: passage.label)
                    response.status = .methodNotAllowed
                }
                response.headers[.allow] = list
                return response
            case .found(let route, let parameters):
                passage.label = route.label
                passage.isPublic = route.isTenantless || route.path.hasPrefix("/hooks/")
                isAPI = route.isAPI
                let tenant = try await tenant(of: route, parameters: parameters, request: request)
                let web = try await read(
                    request, route: route, path: path, parameters: parameters, tenant: tenant, remote: context.remote)
                // Whoever sends a body slowly must not choose how close to a moment of the grid its answer comes.
                passage.arrived = .now
                seen = (web, nil)
                let count = (pass: pass, now: now)
                guard route.heavy else {
                    return try await run(route, web, correlation: correlation, count: count, seen: &seen)
                }
                var deep = seen
                defer { seen = deep }
                return try await withTaskExecutorPreference(globalConcurrentExecutor) {
                    try await run(route, web, correlation: correlation, count: count, seen: &deep)
                }
            }
        } catch {
            note(
                Problem.fault(error), request, remote: context.remote, route: passage.label,
                tenant: seen?.request.tenant, correlation: correlation)
            if seen == nil, !isAPI, Self.wantsPage(request) {
                seen = await visitor(request, path: path, remote: context.remote, correlation: correlation)
            }
            return failure(error, isAPI: isAPI, form: form, seen: seen, correlation: correlation, label: passage.label)
        }
    }

    /// Addresses that programs call: they are answered with problem details, whoever asks.
    private static func isForPrograms(_ path: String) -> Bool {
        ["/api", "/hooks", "/fhir"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private static func wantsPage(_ request: Request) -> Bool {
        request.headers[values: .accept].contains { $0.lowercased().contains("text/html") }
    }

    /// Who met an address that leads nowhere, or was refused before their request was read: enough for the page that
    /// tells them. Neither body nor query is read.
    private func visitor(
        _ request: Request, path: String, remote: String, correlation: Int64
    ) async -> (request: WebRequest, signedIn: SignedIn?) {
        // The page must come also when the tenant or the session cannot be looked up: then it is one for nobody.
        let tenant = try? await tenants.tenant(host: request.head.authority ?? "")
        let web = web(
            request, path: path, parameters: [:], query: FormFields(), body: [], tenant: tenant ?? .installation,
            remote: remote)
        guard let tenant else { return (web, nil) }
        let origin = RequestOrigin(tenant: tenant, correlation: correlation, remote: remote)
        // No session, or one that cannot be read: the page is for nobody.
        return (web, try? await signedIn(web, origin))
    }

    private func run(
        _ route: Route, _ request: WebRequest, correlation: Int64, count: (pass: RateLimiter.Pass?, now: Int64),
        seen: inout (request: WebRequest, signedIn: SignedIn?)?
    ) async throws -> WebResponse {
        let origin = RequestOrigin(
            tenant: request.tenant, correlation: correlation, remote: request.remote,
            isBackground: request.headers.contains(.live) || route.path == "/live")
        switch route.access {
        case .open(_, let handler):
            return try await handler(request)
        case .api(let permission, _, let handler):
            guard let header = request.headers[.authorization], header.prefix(7).lowercased() == "bearer ",
                let caller = try await identities.caller(bearer: String(header.dropFirst(7)), request: origin)
            else {
                limiter?.disprove(count.pass)
                throw Self.unauthenticated
            }
            limiter?.prove(count.pass, at: count.now)
            try await spine.require(permission, of: caller)
            return try await handler(request, caller)
        case .page(let permission, let handler):
            let signedIn = try await self.signedIn(request, origin, count)
            seen = (request, signedIn)
            try guardForgery(request, signedIn)
            if let detour = Self.detour(signedIn, request) { return detour }
            try await spine.require(permission, of: signedIn.caller)
            return try await handler(request, signedIn)
        case .account(let handler):
            let signedIn = try await self.signedIn(request, origin, count)
            seen = (request, signedIn)
            try guardForgery(request, signedIn)
            if let detour = Self.detour(signedIn, request) { return detour }
            return try await handler(request, signedIn)
        }
    }

    /// Leads somebody who has to go somewhere first there, unless that is where they are, or they sign out.
    private static func detour(_ signedIn: SignedIn, _ request: WebRequest) -> WebResponse? {
        guard let detour = signedIn.detour, request.path != detour, !request.path.hasPrefix(detour + "/"),
            request.path != "/session/end"
        else { return nil }
        if request.headers[.hxRequest] == "true" { return WebResponse(.noContent, headers: [.hxRedirect: detour]) }
        return .seeOther(detour)
    }

    package static let cookieName = "throughline-session"

    package static func cookieName(secure: Bool) -> String { secure ? "__Host-" + cookieName : cookieName }

    private func signedIn(
        _ request: WebRequest, _ origin: RequestOrigin, _ count: (pass: RateLimiter.Pass?, now: Int64)? = nil
    ) async throws -> SignedIn {
        guard let cookie = request.cookies[cookieName],
            let signedIn = try await identities.signedIn(cookie: cookie, request: origin)
        else {
            limiter?.disprove(count?.pass)
            throw Self.unauthenticated
        }
        if let count { limiter?.prove(count.pass, at: count.now) }
        return signedIn
    }

    private static var unauthenticated: Fault {
        Fault(.unauthenticated, "session.none", "You are not signed in.", remedy: "Sign in and try again.")
    }

    // MARK: Reading

    private func tenant(of route: Route, parameters: [String: String], request: Request) async throws -> ID<Tenant> {
        if route.isTenantless { return .installation }
        let found: ID<Tenant>?
        if let key = parameters["tenant"] {
            found = try await tenants.tenant(key: key)
        } else if let bearer = request.headers[.authorization]?.dropFirst(7), let key = APIKeyText.tenantKey(bearer) {
            found = try await tenants.tenant(key: key)
        } else {
            found = try await tenants.tenant(host: request.head.authority ?? "")
        }
        if let found { return found }
        // A key or a webhook of a tenant that is not there is refused as a wrong one of a tenant that is.
        if parameters["tenant"] != nil { throw Fault.unsigned }
        if case .api = route.access, request.headers[.authorization] != nil { throw Self.unauthenticated }
        throw Fault.notFound("tenant")
    }

    private func read(
        _ request: Request, route: Route, path: String, parameters: [String: String], tenant: ID<Tenant>, remote: String
    ) async throws -> WebRequest {
        var body: [UInt8] = []
        if request.method != .get && request.method != .head {
            do {
                let buffer = try await request.body.collect(upTo: route.largestBody)
                body = Array(buffer.readableBytesView)
            } catch is NIOTooManyBytesError {
                throw Fault(
                    .tooLarge, "request.too-large", "The request is larger than \(route.largestBody) bytes.")
            } catch {
                // The other side went away, or its framing of the body is wrong.
                throw Fault(
                    .invalid, "request.body", "The request ended before its body was whole.", remedy: "Send it again.",
                    cause: error)
            }
        }
        let full = request.uri.string
        let query =
            full.utf8.firstIndex(of: UInt8(ascii: "?")).map { mark in
                full.utf8[full.utf8.index(after: mark)...].prefix { $0 != UInt8(ascii: "#") }
            } ?? ""[...].utf8
        return web(
            request, path: path, parameters: parameters, query: try FormFields(parsing: query), body: body,
            tenant: tenant, remote: remote)
    }

    private func web(
        _ request: Request, path: String, parameters: [String: String], query: FormFields, body: [UInt8],
        tenant: ID<Tenant>, remote: String
    ) -> WebRequest {
        let cookies = Cookie.parse(request.headers[values: .cookie])
        let chosen = { (choice: Choice) in cookies[choice.cookieName(secure: settings.secureCookies)] }
        let language =
            chosen(.language).flatMap(Language.init(rawValue:))
            ?? Cookie.language(accepting: request.headers[.acceptLanguage])
        return WebRequest(
            method: request.method, path: path, headers: request.headers, parameters: parameters, query: query,
            body: body, tenant: tenant, language: language,
            theme: chosen(.theme).flatMap { ["light", "dark"].contains($0) ? $0 : nil } ?? "auto",
            base: settings.base(authority: request.head.authority),
            remote: client(request.headers, remote),
            spine: spine, pages: pages, cookies: cookies, hasSecureCookies: settings.secureCookies,
            attempts: attempts)
    }

    // MARK: Answering

    private func failure(
        _ error: any Error, isAPI: Bool, form: ProblemForm?, seen: (request: WebRequest, signedIn: SignedIn?)?,
        correlation: Int64, label: String
    ) -> WebResponse {
        let fault = Problem.fault(error)
        if fault.category == .internalError || fault.category == .unavailable {
            spine.logger.error(
                "\(fault.code)",
                metadata: [
                    "route": "\(label)", "request": "\(Crockford.encode(correlation))", "error": "\(fault)",
                    "storage": "\((fault.cause as? StoreError)?.description ?? "-")",
                ])
        }
        if let form { return form.answer(fault, nil) }
        guard !isAPI, let seen else {
            return Problem.response(Self.absent(fault, label: label), correlation: correlation)
        }
        if fault.category == .unauthenticated, seen.request.method == .get {
            if seen.request.headers[.hxRequest] == "true" {
                return WebResponse(.noContent, headers: [.hxRedirect: "/session"])
            }
            return .seeOther("/session")
        }
        do {
            return try problemPage(seen.request, seen.signedIn, fault, correlation)
        } catch {
            spine.logger.error("the problem page failed", metadata: ["error": "\(error)"])
            return Problem.response(fault, correlation: correlation)
        }
    }
}
