import JSON
import Kernel

/// One operation of a PATCH (RFC 7644, 3.5.2), in the forms that providers send: `op` in any case, no path and an object
/// instead, whose names may be paths themselves.
struct SCIMOperation: Sendable {
    enum Kind: String, Sendable {
        case add, replace, remove
    }

    let kind: Kind
    let path: String?
    let value: JSONValue?

    static func all(_ body: JSONValue) throws(Fault) -> [SCIMOperation] {
        guard let object = body.object else { throw SCIMError.fault("invalidSyntax", "The body must be an object.") }
        let schemas = object.member("schemas")?.array?.compactMap(\.string) ?? []
        guard schemas.contains(where: { $0.lowercased() == Provisioning.patchSchema.lowercased() }) else {
            throw SCIMError.fault("invalidSyntax", "The schemas of a PATCH name \(Provisioning.patchSchema).")
        }
        guard let list = object.member("operations")?.array, !list.isEmpty else {
            throw SCIMError.fault("invalidSyntax", "A PATCH has operations.")
        }
        guard list.count <= Provisioning.mostOperations else {
            throw SCIMError.fault("tooMany", "A PATCH has at most \(Provisioning.mostOperations) operations.")
        }
        var operations: [SCIMOperation] = []
        for element in list {
            guard let operation = element.object, let word = operation.member("op")?.string,
                let kind = Kind(rawValue: word.lowercased())
            else { throw SCIMError.fault("invalidSyntax", "An operation is add, replace or remove.") }
            let path = operation.member("path")
            guard path?.string != nil || (path?.isNull ?? true) else {
                throw SCIMError.fault("invalidPath", "A path is a text.")
            }
            let value = operation.member("value")
            guard kind == .remove || value != nil else {
                throw SCIMError.fault("invalidValue", "To add or replace needs a value.")
            }
            operations.append(SCIMOperation(kind: kind, path: path?.string, value: value))
        }
        return operations
    }
}

/// Changes a resource in its JSON form.
struct SCIMPatch {
    let attributes: [SCIMAttribute]
    private(set) var object: JSONObject

    init(_ object: JSONObject, attributes: [SCIMAttribute]) {
        self.object = object
        self.attributes = attributes + [SCIMAttribute.externalID]
    }

    mutating func apply(_ operation: SCIMOperation) throws(Fault) {
        guard let path = operation.path, !path.isEmpty else {
            guard operation.kind != .remove else { throw SCIMError.fault("noTarget", "What to remove is not said.") }
            guard let members = operation.value?.object?.members else {
                throw SCIMError.fault("invalidValue", "Without a path the value is an object.")
            }
            for member in members {
                // What a client sends back as it read it is no change.
                if ["id", "meta", "groups", "schemas"].contains(member.key.lowercased()) { continue }
                try apply(SCIMOperation(kind: operation.kind, path: member.key, value: member.value))
            }
            return
        }
        let parsed = try SCIMPath(path)
        guard let attribute = attributes.first(where: { $0.name.lowercased() == parsed.name.name }) else {
            if ["id", "meta"].contains(parsed.name.name) { throw Self.readOnly(path) }
            if SCIMAttribute.isPassedOver(parsed.name.name) { return }
            throw SCIMPath.invalid(path)
        }
        guard !attribute.isReadOnly else { throw Self.readOnly(path) }
        if let sub = parsed.sub, attribute.part(sub) == nil {
            if SCIMAttribute.isPassedOver(sub) { return }
            throw SCIMPath.invalid(path)
        }
        if attribute.isMulti {
            try applyMulti(operation, attribute, parsed)
        } else {
            guard parsed.filter == nil else { throw SCIMPath.invalid(path) }
            try applySingle(operation, attribute, parsed.sub.flatMap { attribute.part($0)?.name })
        }
    }

    private static func readOnly(_ path: String) -> Fault {
        SCIMError.fault("mutability", "“\(path.prefix(80))” cannot be changed.")
    }

    // MARK: One value

    private mutating func applySingle(
        _ operation: SCIMOperation, _ attribute: SCIMAttribute, _ sub: String?
    ) throws(Fault) {
        let value = operation.value ?? .null
        if operation.kind == .remove, attribute.isRequired, sub == nil {
            throw SCIMError.fault("mutability", "“\(attribute.name)” cannot be removed.")
        }
        guard attribute.kind == .complex else {
            object.setMember(attribute.name, operation.kind == .remove || value.isNull ? nil : value)
            return
        }
        var inner = object.member(attribute.name)?.object ?? JSONObject()
        if let sub {
            inner.setMember(sub, operation.kind == .remove || value.isNull ? nil : value)
        } else if operation.kind == .remove {
            inner = JSONObject()
        } else {
            guard let members = value.object?.members else {
                throw SCIMError.fault("invalidValue", "“\(attribute.name)” is an object.")
            }
            for member in members { inner.setMember(member.key, member.value.isNull ? nil : member.value) }
        }
        object.setMember(attribute.name, inner.isEmpty ? nil : .object(inner))
    }

    // MARK: Several values

    private mutating func applyMulti(
        _ operation: SCIMOperation, _ attribute: SCIMAttribute, _ path: SCIMPath
    ) throws(Fault) {
        var elements = (object.member(attribute.name)?.array ?? []).compactMap(\.object)
        let sub = path.sub.flatMap { attribute.part($0)?.name }
        if path.filter == nil, sub == nil {
            let given = try Self.objects(operation.value, attribute)
            switch operation.kind {
            case .replace: elements = given
            case .add: for one in given { Self.insert(one, into: &elements) }
            case .remove:
                // With a value only those; else all of them.
                let values = given.compactMap { $0.member("value")?.string?.lowercased() }
                elements =
                    values.isEmpty
                    ? [] : elements.filter { !values.contains($0.member("value")?.string?.lowercased() ?? "") }
            }
        } else {
            let chosen = elements.indices.filter { path.filter?.matches(elements[$0]) ?? true }
            if operation.kind == .remove {
                for index in chosen.reversed() {
                    if let sub { elements[index].setMember(sub, nil) } else { elements.remove(at: index) }
                }
            } else {
                try Self.set(operation.value ?? .null, sub, of: chosen, in: &elements, path)
            }
        }
        elements.removeAll { $0.member("value") == nil }
        object.setMember(attribute.name, elements.isEmpty ? nil : .array(elements.map { .object($0) }))
    }

    private static func set(
        _ value: JSONValue, _ sub: String?, of chosen: [Int], in elements: inout [JSONObject], _ path: SCIMPath
    ) throws(Fault) {
        var chosen = chosen
        if chosen.isEmpty {
            // `emails[type eq "work"].value` of somebody who has none yet: it is made.
            var made = JSONObject()
            if let filter = path.filter {
                guard let equations = filter.equations else {
                    throw SCIMError.fault("noTarget", "No value is chosen by the path.")
                }
                for (name, value) in equations { made.setMember(name, value) }
            }
            elements.append(made)
            chosen = [elements.count - 1]
        }
        for index in chosen {
            if let sub {
                elements[index].setMember(sub, value.isNull ? nil : value)
            } else {
                guard let members = value.object?.members else {
                    throw SCIMError.fault("invalidValue", "An object is needed here.")
                }
                for member in members { elements[index].setMember(member.key, member.value) }
            }
        }
    }

    private static func objects(_ value: JSONValue?, _ attribute: SCIMAttribute) throws(Fault) -> [JSONObject] {
        guard let value, !value.isNull else { return [] }
        var objects: [JSONObject] = []
        for element in value.array ?? [value] {
            if let object = element.object {
                objects.append(object)
            } else if let text = element.string {
                var object = JSONObject()
                object["value"] = .string(text)
                objects.append(object)
            } else {
                throw SCIMError.fault("invalidValue", "“\(attribute.name)” has objects for values.")
            }
        }
        return objects
    }

    /// A value that is there already is not added again; a new first one takes the place of the old.
    private static func insert(_ one: JSONObject, into elements: inout [JSONObject]) {
        if one.member("primary")?.bool == true {
            for index in elements.indices { elements[index].setMember("primary", nil) }
        }
        let key = one.member("value")?.string?.lowercased()
        elements.removeAll { $0.member("value")?.string?.lowercased() == key }
        elements.append(one)
    }
}
