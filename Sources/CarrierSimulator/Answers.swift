import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// A JSON answer. Keys are sorted, so that the same value always gives the same text.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json; charset=utf-8"
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value)
        return Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// An error of the simulator's own control side, answered as RFC 9457 problem details.
struct Problem: Error, Encodable {
    let status: Int
    let title: String
    /// One sentence for each thing that is wrong.
    let errors: [String]

    init(_ status: Int, _ title: String, _ errors: [String] = []) {
        self.status = status
        self.title = title
        self.errors = errors
    }
}

/// Turns every error into the shape its caller expects: the provider's JSON under `/2010-04-01`, problem details
/// elsewhere; and refuses changes that a page of another site asks the browser to make.
struct ErrorAnswers: RouterMiddleware {
    typealias Context = SimulatorContext

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        do {
            if request.method == .post, let site = request.headers[.secFetchSite],
                !["same-origin", "none"].contains(site)
            {
                throw Problem(403, "A page of another site may not drive the simulator")
            }
            return try await next(request, context)
        } catch let error as ProviderError {
            var response = try Response.json(error, status: HTTPResponse.Status(code: error.status))
            if error.status == 401 { response.headers[.wwwAuthenticate] = "Basic realm=\"Twilio API\"" }
            return response
        } catch let problem as Problem {
            return try Self.answer(problem)
        } catch let error as any HTTPResponseError {
            let status = error.status.code
            guard request.uri.path.hasPrefix("/\(MessageResource.apiVersion)/") else {
                return try Self.answer(Problem(status, error.status.reasonPhrase))
            }
            let provider =
                status == 404
                ? ProviderError.notFound(request.uri.path)
                : status == 413 ? .bodyTooLong : ProviderError(20001, status: status, error.status.reasonPhrase)
            return try .json(provider, status: HTTPResponse.Status(code: provider.status))
        }
    }

    private static func answer(_ problem: Problem) throws -> Response {
        try .json(problem, status: HTTPResponse.Status(code: problem.status), type: "application/problem+json")
    }
}

extension HTTPField.Name {
    /// What a browser says about where a request comes from (W3C Fetch Metadata).
    static let secFetchSite = known("Sec-Fetch-Site")
    static let referrerPolicy = known("Referrer-Policy")

    private static func known(_ text: String) -> Self {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header name") }
        return name
    }
}

/// Headers that keep a browser from taking an answer for what it is not. A page sets its own, wider policy.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = SimulatorContext

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "same-origin"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        return response
    }
}

extension Request {
    /// The body as bytes. Throws 413 when it is larger than `limit`.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        do {
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw HTTPError(.contentTooLarge)
        }
    }

    /// The fields of the query.
    var queryForm: Form { Form(encoded: uri.query ?? "") }
}
