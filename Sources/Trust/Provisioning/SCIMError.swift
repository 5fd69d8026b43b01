import HTTPTypes
import JSON
import Kernel
import Web

/// Errors as RFC 7644, 3.12 wants them. The code of a fault of ours that ends in a `scimType` begins with `scim.`.
enum SCIMError {
    static let type = "application/scim+json"

    static func fault(_ scimType: String, _ message: String) -> Fault {
        Fault(.invalid, "scim." + scimType, message)
    }

    static var version: Fault {
        Fault(.conflict, "scim.version", "This resource was changed meanwhile.", remedy: "Read it again.")
    }

    static func status(_ fault: Fault) -> HTTPResponse.Status {
        switch fault.code {
        case "scim.version", "user.changed": .preconditionFailed
        // A form the console would show again is simply a bad request here.
        case _ where fault.category == .unprocessable: .badRequest
        default: Problem.status(fault.category)
        }
    }

    /// Source: RFC 7644, table 9.
    static func scimType(_ fault: Fault) -> String? {
        switch fault.code {
        case "user.exists", "store.conflict": "uniqueness"
        case "scim.version": nil
        case let code where code.hasPrefix("scim."): String(code.dropFirst("scim.".count))
        case _ where fault.category == .invalid: "invalidValue"
        default: nil
        }
    }

    static func response(_ fault: Fault, status given: HTTPResponse.Status? = nil) -> WebResponse {
        let status = given ?? status(fault)
        var detail = fault.message
        for field in fault.fields where field.message != detail { detail += " \(field.path): \(field.message)" }
        if let remedy = fault.remedy { detail += " " + remedy }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("schemas", [Provisioning.errorSchema])
        writer.field("status", String(status.code))
        if let type = scimType(fault) { writer.field("scimType", type) }
        writer.field("detail", detail)
        writer.endObject()
        var response = WebResponse(status, headers: [.contentType: type], bytes: writer.bytes)
        if fault.category == .unauthenticated { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}
