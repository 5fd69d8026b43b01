import JSON
import Kernel

/// An attribute of users or groups as we keep it: what `/Schemas` tells, and what a change goes by.
struct SCIMAttribute: Sendable {
    enum Kind: String, Sendable {
        case string, boolean, complex, reference
    }

    let name: String
    let kind: Kind
    let summary: String
    var isMulti = false
    var isRequired = false
    var isReadOnly = false
    var isExact = false
    var isUnique = false
    var isImmutable = false
    var parts: [SCIMAttribute] = []
    /// What a reference leads to.
    var references: [String] = []

    func part(_ name: String) -> SCIMAttribute? { parts.first { $0.name.lowercased() == name.lowercased() } }

    static let user: [SCIMAttribute] = [
        SCIMAttribute(
            name: "userName", kind: .string, summary: "The name to sign in with, as a rule an e-mail address.",
            isRequired: true, isUnique: true),
        SCIMAttribute(
            name: "name", kind: .complex, summary: "The parts of the person's name.",
            parts: [
                SCIMAttribute(name: "formatted", kind: .string, summary: "The whole name."),
                SCIMAttribute(name: "familyName", kind: .string, summary: "The family name."),
                SCIMAttribute(name: "givenName", kind: .string, summary: "The given name."),
            ]),
        SCIMAttribute(
            name: "displayName", kind: .string,
            summary: "The name that colleagues and patients see. Made of the other names when it is not given.",
            isRequired: true),
        SCIMAttribute(
            name: "active", kind: .boolean,
            summary: "Whether this person may come in. False ends sessions, keys and live streams at once.",
            isRequired: true),
        SCIMAttribute(
            name: "emails", kind: .complex, summary: "E-mail addresses; ten at most.", isMulti: true,
            parts: [
                SCIMAttribute(name: "value", kind: .string, summary: "The address."),
                SCIMAttribute(name: "type", kind: .string, summary: "What it is used for, such as work."),
                SCIMAttribute(name: "primary", kind: .boolean, summary: "Whether it is the first to be used."),
            ]),
        SCIMAttribute(
            name: "groups", kind: .complex, summary: "The roles and locations of this person.", isMulti: true,
            isReadOnly: true,
            parts: [
                SCIMAttribute(name: "value", kind: .string, summary: "The group's id.", isReadOnly: true),
                SCIMAttribute(
                    name: "$ref", kind: .reference, summary: "The group's address.", isReadOnly: true,
                    references: ["Group"]),
                SCIMAttribute(name: "display", kind: .string, summary: "The group's name.", isReadOnly: true),
                SCIMAttribute(name: "type", kind: .string, summary: "Always direct.", isReadOnly: true),
            ]),
    ]

    static let group: [SCIMAttribute] = [
        SCIMAttribute(
            name: "displayName", kind: .string, summary: "The name of the role or location, set in the console.",
            isRequired: true, isReadOnly: true),
        SCIMAttribute(
            name: "members", kind: .complex, summary: "The people who have the role or work at the location.",
            isMulti: true,
            parts: [
                SCIMAttribute(name: "value", kind: .string, summary: "The user's id.", isImmutable: true),
                SCIMAttribute(
                    name: "$ref", kind: .reference, summary: "The user's address.", isImmutable: true,
                    references: ["User"]),
                SCIMAttribute(name: "display", kind: .string, summary: "The user's name.", isReadOnly: true),
                SCIMAttribute(name: "type", kind: .string, summary: "Always User.", isImmutable: true),
            ]),
    ]

    static let externalID = SCIMAttribute(
        name: "externalId", kind: .string, summary: "What the identity provider calls it.", isExact: true)

    /// What RFC 7643 and the enterprise extension define and we do not keep: sent along by every provider, and passed
    /// over.
    static let passedOver: Set<String> = [
        "nickname", "profileurl", "title", "usertype", "preferredlanguage", "locale", "timezone", "password",
        "phonenumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509certificates", "schemas",
        "honorificprefix", "honorificsuffix", "middlename", "display",
    ]

    static func isPassedOver(_ name: String) -> Bool {
        passedOver.contains(name.lowercased()) || name.lowercased().hasPrefix("urn:")
    }

    var json: JSONValue {
        var object = JSONObject()
        object["name"] = .string(name)
        object["type"] = .string(kind.rawValue)
        object["multiValued"] = .bool(isMulti)
        object["description"] = .string(summary)
        object["required"] = .bool(isRequired)
        object["mutability"] = .string(isReadOnly ? "readOnly" : isImmutable ? "immutable" : "readWrite")
        object["returned"] = "default"
        if kind != .complex, kind != .boolean {
            object["caseExact"] = .bool(isExact || kind == .reference)
        }
        object["uniqueness"] = .string(isUnique ? "server" : "none")
        if !references.isEmpty { object["referenceTypes"] = .array(references.map { .string($0) }) }
        if !parts.isEmpty { object["subAttributes"] = .array(parts.map(\.json)) }
        return .object(object)
    }
}
