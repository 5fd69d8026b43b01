package import HTTPTypes
import JSON
package import Kernel
import Store

/// The one table from fault categories to HTTP, and RFC 9457 problem details.
package enum Problem {
    package static func status(_ category: Fault.Category) -> HTTPResponse.Status {
        switch category {
        case .invalid: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .conflict: .conflict
        case .gone: .gone
        case .tooLarge: .contentTooLarge
        case .unsupported: .unsupportedMediaType
        case .unprocessable: .unprocessableContent
        case .tooMany: .tooManyRequests
        case .unavailable: .serviceUnavailable
        case .internalError: .internalServerError
        }
    }

    /// Any error as a fault that may leave the server: what was not foreseen keeps its text to the log.
    package static func fault(_ error: any Error) -> Fault {
        if let fault = error as? Fault { return fault }
        if let error = error as? StoreError { return error.fault }
        return Fault(
            .internalError, "server.error", "Something went wrong on our side.",
            remedy: "Try again; if it stays, tell the administrator the request's number.", cause: error)
    }

    /// `application/problem+json`. The instance is the request's correlation id. `status` where the category's is too
    /// coarse.
    package static func response(
        _ fault: Fault, correlation: Int64, status given: HTTPResponse.Status? = nil
    ) -> WebResponse {
        let status = given ?? status(fault.category)
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "urn:throughline:problem:" + fault.code)
        writer.field("title", fault.message)
        writer.field("status", status.code)
        writer.field("code", fault.code)
        if let remedy = fault.remedy { writer.field("detail", remedy) }
        if let place = fault.place, fault.category != .internalError { writer.field("place", place) }
        if !fault.fields.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for field in fault.fields {
                writer.beginObject()
                writer.field("path", field.path)
                writer.field("message", field.message)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.field("instance", "urn:throughline:request:" + Crockford.encode(correlation))
        writer.endObject()
        var response = WebResponse(status, headers: [.contentType: "application/problem+json"], bytes: writer.bytes)
        if fault.category == .unauthenticated { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}

/// How addresses under a prefix say what went wrong, where a standard prescribes a form of its own (SCIM).
package struct ProblemForm: Sendable {
    package let prefix: String
    /// The fault, and a status where the category's is too coarse.
    package let answer: @Sendable (Fault, HTTPResponse.Status?) -> WebResponse

    package init(prefix: String, answer: @escaping @Sendable (Fault, HTTPResponse.Status?) -> WebResponse) {
        self.prefix = prefix
        self.answer = answer
    }

    package func covers(_ path: String) -> Bool { path == prefix || path.hasPrefix(prefix + "/") }
}
