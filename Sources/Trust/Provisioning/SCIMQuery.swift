import JSON
import Kernel
import Web

/// What a client asks of a list or of one resource (RFC 7644, 3.4.2 and 3.9).
struct SCIMQuery: Sendable {
    var filter: SCIMFilter?
    /// From 1.
    var start = 1
    var count = 100
    /// Nil: everything.
    var attributes: [SCIMName]?
    var excluded: [SCIMName] = []

    init(_ query: FormFields) throws(Fault) {
        try self.init(
            filter: query["filter"], start: query["startIndex"], count: query["count"],
            attributes: query["attributes"]?.split(separator: ",").map(String.init),
            excluded: query["excludedAttributes"]?.split(separator: ",").map(String.init))
    }

    /// A search sent as a body (RFC 7644, 3.4.3).
    init(_ body: JSONValue) throws(Fault) {
        guard let object = body.object else { throw SCIMError.fault("invalidSyntax", "The body must be an object.") }
        func text(_ name: String) -> String? {
            object.member(name).flatMap { $0.string ?? $0.int.map { String($0) } }
        }
        func names(_ name: String) -> [String]? { object.member(name)?.array?.compactMap(\.string) }
        try self.init(
            filter: text("filter"), start: text("startIndex"), count: text("count"),
            attributes: names("attributes"), excluded: names("excludedAttributes"))
    }

    private init(
        filter: String?, start: String?, count: String?, attributes: [String]?, excluded: [String]?
    ) throws(Fault) {
        if let filter { self.filter = try SCIMFilter(filter) }
        if let start { self.start = max(1, try Self.number(start, "startIndex")) }
        if let count { self.count = min(Provisioning.largestPage, max(0, try Self.number(count, "count"))) }
        if let attributes { self.attributes = try Self.names(attributes) }
        if let excluded { self.excluded = try Self.names(excluded) }
    }

    private static func number(_ text: String, _ name: String) throws(Fault) -> Int {
        guard text.utf8.count <= 9, let number = Int(text) else {
            throw SCIMError.fault("invalidValue", "\(name) is a number.")
        }
        return number
    }

    private static func names(_ texts: [String]) throws(Fault) -> [SCIMName] {
        guard texts.count <= 50 else { throw SCIMError.fault("invalidValue", "That is too many attributes.") }
        var names: [SCIMName] = []
        for text in texts {
            let trimmed = text.filter { !$0.isWhitespace }
            guard let name = SCIMName(trimmed) else {
                throw SCIMError.fault("invalidValue", "“\(text.prefix(80))” is no attribute.")
            }
            names.append(name)
        }
        return names
    }

    /// What of a resource is answered. Its schemas and id always are.
    func project(_ object: JSONObject) -> JSONObject {
        guard attributes != nil || !excluded.isEmpty else { return object }
        var projected = JSONObject()
        for member in object.members {
            let name = member.key.lowercased()
            if name == "schemas" || name == "id" {
                projected[member.key] = member.value
            } else if let attributes {
                let wanted = attributes.filter { $0.name == name }
                if wanted.isEmpty { continue }
                let parts = Set(wanted.compactMap(\.sub))
                let isWhole = wanted.contains { $0.sub == nil }
                projected[member.key] = isWhole ? member.value : Self.part(member.value) { parts.contains($0) }
            } else {
                let unwanted = excluded.filter { $0.name == name }
                if unwanted.contains(where: { $0.sub == nil }) { continue }
                let parts = Set(unwanted.compactMap(\.sub))
                projected[member.key] = parts.isEmpty ? member.value : Self.part(member.value) { !parts.contains($0) }
            }
        }
        return projected
    }

    private static func part(_ value: JSONValue, _ keeps: (String) -> Bool) -> JSONValue {
        if let list = value.array { return .array(list.map { part($0, keeps) }) }
        guard let object = value.object else { return value }
        var kept = JSONObject()
        for member in object.members where keeps(member.key.lowercased()) { kept[member.key] = member.value }
        return .object(kept)
    }

    static func list(_ resources: [JSONObject], total: Int, start: Int) -> JSONValue {
        [
            "schemas": [.string(Provisioning.listSchema)], "totalResults": .int(Int64(total)),
            "startIndex": .int(Int64(start)), "itemsPerPage": .int(Int64(resources.count)),
            "Resources": .array(resources.map { .object($0) }),
        ]
    }
}
