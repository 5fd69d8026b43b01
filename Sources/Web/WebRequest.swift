package import HTTPTypes
package import JSON
package import Kernel
package import Spine
import Vault

/// A request as handlers see it: decoded once, its body read within the route's limit.
package struct WebRequest: Sendable {
    package let method: HTTPRequest.Method
    package let path: String
    package let headers: HTTPFields
    package let parameters: [String: String]
    package let query: FormFields
    package let body: [UInt8]
    package let tenant: ID<Tenant>
    package let language: Language
    package let theme: String
    /// The address the request came to, scheme and host, for building absolute links.
    package let base: String
    /// The peer's address.
    package let remote: String
    package let spine: Spine
    package let pages: Pages
    package let cookies: [String: String]
    /// Whether our cookies carry `Secure` and the `__Host-` prefix here.
    package let hasSecureCookies: Bool
    let attempts: AttemptLog

    /// An id from the path. An id that does not parse names nothing: not found.
    package func id<Subject>(_ name: String, of _: Subject.Type = Subject.self) throws(Fault) -> ID<Subject> {
        guard let text = parameters[name], let id = ID<Subject>(text) else { throw Fault.notFound("page") }
        return id
    }

    /// The body as form fields (`application/x-www-form-urlencoded`).
    package func form() throws(Fault) -> FormFields { try form(atMost: FormFields.largestCount) }

    /// The same for a form that may be longer than others.
    package func form(atMost fields: Int) throws(Fault) -> FormFields {
        let type = headers[.contentType] ?? ""
        guard body.isEmpty || type.lowercased().hasPrefix("application/x-www-form-urlencoded") else {
            throw Fault(
                .unsupported, "request.media-type", "The body must be a form.",
                remedy: "Send application/x-www-form-urlencoded.")
        }
        return try FormFields(parsing: body, atMost: fields)
    }

    /// The body as a JSON object.
    package func json() throws(Fault) -> JSONValue {
        let type = headers[.contentType] ?? ""
        guard type.lowercased().hasPrefix("application/json") else {
            throw Fault(
                .unsupported, "request.media-type", "The body must be JSON.", remedy: "Send application/json.")
        }
        do {
            let value = try JSONValue(parsing: body)
            guard value.object != nil else { throw Fault.invalid("", "The body must be a JSON object.") }
            return value
        } catch let error as JSONError {
            throw Fault(
                .invalid, "request.json", "The body is not valid JSON.",
                place: "line \(error.line), column \(error.column)",
                cause: error)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.invalid, "request.json", "The body is not valid JSON.")
        }
    }

    /// htmx asks for a part of a page rather than the whole.
    package var wantsFragment: Bool {
        headers[.hxRequest] == "true" && headers[.hxBoosted] != "true"
    }
}

extension HTTPField.Name {
    /// A name made of letters and dashes only; these are all constants of ours.
    private static func ours(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        return name
    }

    package static let hxRequest = ours("HX-Request")
    package static let hxBoosted = ours("HX-Boosted")
    package static let hxRedirect = ours("HX-Redirect")
    package static let hxTrigger = ours("HX-Trigger")
    package static let csrfToken = ours("X-CSRF-Token")
    package static let idempotencyKey = ours("Idempotency-Key")
    package static let live = ours("X-Live")
    package static let lastEventID = ours("Last-Event-ID")
    package static let forwardedFor = ours("X-Forwarded-For")
    package static let fetchSite = ours("Sec-Fetch-Site")
    package static let permissionsPolicy = ours("Permissions-Policy")
    package static let referrerPolicy = ours("Referrer-Policy")
    package static let clearSiteData = ours("Clear-Site-Data")
    package static let openerPolicy = ours("Cross-Origin-Opener-Policy")
    package static let rateLimit = ours("RateLimit")
    package static let rateLimitPolicy = ours("RateLimit-Policy")
    package static let resourcePolicy = ours("Cross-Origin-Resource-Policy")
}

/// What a handler answers.
package struct WebResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Server-sent events: each element is one chunk of text.
        case stream(AsyncStream<String>)
        /// A long answer made piece by piece as the other side takes it; nil is its end. An error breaks the connection,
        /// so that half a file is never taken for a whole one.
        case pieces(@Sendable () async throws -> [UInt8]?)
    }

    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: Body

    package init(_ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], bytes: [UInt8] = []) {
        self.status = status
        self.headers = headers
        body = .bytes(bytes)
    }

    package static func html(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> WebResponse {
        WebResponse(status, headers: [.contentType: "text/html; charset=utf-8"], bytes: bytes)
    }

    package static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> WebResponse {
        WebResponse(status, headers: [.contentType: "application/json"], bytes: bytes)
    }

    package static func text(_ text: String, status: HTTPResponse.Status = .ok) -> WebResponse {
        WebResponse(status, headers: [.contentType: "text/plain; charset=utf-8"], bytes: Array(text.utf8))
    }

    /// A file to keep, made piece by piece. `name` is one of ours: letters, digits, dots and dashes.
    package static func download(
        _ name: String, type: String, pieces: @escaping @Sendable () async throws -> [UInt8]?
    ) -> WebResponse {
        var response = WebResponse(
            .ok, headers: [.contentType: type, .contentDisposition: "attachment; filename=\"\(name)\""])
        response.body = .pieces(pieces)
        return response
    }

    /// 303: the answer to a POST is a page of its own. For htmx the same by its header.
    package static func seeOther(_ location: String) -> WebResponse {
        WebResponse(.seeOther, headers: [.location: location])
    }

    package static func events(_ stream: AsyncStream<String>) -> WebResponse {
        var response = WebResponse(.ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"])
        response.body = .stream(stream)
        return response
    }
}
