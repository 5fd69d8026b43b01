/// The one error type outside parsers: what went wrong, how to mend it, and where.
///
/// Nothing in a fault may hold patient data: faults reach logs, pages and API answers.
package struct Fault: Error, Sendable {
    /// A closed category; one table maps it to HTTP, to FHIR OperationOutcome and to a page.
    package enum Category: String, Sendable, CaseIterable {
        case invalid  // the request's content cannot be accepted: 400 or 422
        case unauthenticated  // no valid identity: 401
        case forbidden  // a valid identity without the right: 403
        case notFound  // absent, or hidden from this caller: 404
        case conflict  // another fact stands in the way: 409
        case gone  // it was there and has ended: 410
        case tooLarge  // over a stated limit: 413
        case unsupported  // media type or method: 415
        case unprocessable  // idempotency key reused with another payload: 422
        case tooMany  // throttled: 429
        case unavailable  // storage or a peer is away; trying again can help: 503
        case internalError  // our defect: 500
    }

    /// One field's problem, so that a form shows all of them together.
    package struct Field: Sendable, Equatable {
        package let path: String
        package let message: String

        package init(_ path: String, _ message: String) {
            self.path = path
            self.message = message
        }
    }

    package let category: Category
    /// Stable, dotted, lower case: `appointment.slot-taken`. Clients and string catalogues key on it.
    package let code: String
    package let message: String
    package let remedy: String?
    /// File and line of input, JSON pointer, column, row: where the cause sits.
    package let place: String?
    package let fields: [Field]
    package let cause: (any Error)?

    package init(
        _ category: Category, _ code: String, _ message: String, remedy: String? = nil, place: String? = nil,
        fields: [Field] = [], cause: (any Error)? = nil
    ) {
        self.category = category
        self.code = code
        self.message = message
        self.remedy = remedy
        self.place = place
        self.fields = fields
        self.cause = cause
    }

    package static func invalid(_ fields: [Field]) -> Fault {
        Fault(.invalid, "request.invalid", "Some fields need attention.", fields: fields)
    }

    package static func invalid(_ path: String, _ message: String) -> Fault {
        .invalid([Field(path, message)])
    }

    package static func notFound(_ what: String) -> Fault {
        Fault(.notFound, "\(what).not-found", "There is no such \(what), or you may not see it.")
    }
}

extension Fault: CustomStringConvertible {
    package var description: String {
        var text = "\(code): \(message)"
        if let place { text += " [at \(place)]" }
        for field in fields { text += " [\(field.path): \(field.message)]" }
        if let remedy { text += " \(remedy)" }
        if let cause = cause as? Fault { text += " (cause: \(cause))" }
        return text
    }
}

/// A value that must not appear in any description: secrets and patient values.
package struct Redacted<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let value: Value

    package init(_ value: Value) {
        self.value = value
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Redacted: Equatable where Value: Equatable {}
extension Redacted: Hashable where Value: Hashable {}
