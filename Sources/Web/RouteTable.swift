package import HTTPTypes
package import Kernel

/// Finds the route of a method and path: a trie over segments, literal before `{parameter}`.
package struct RouteTable: Sendable {
    package enum Match: Sendable {
        case found(Route, parameters: [String: String])
        case wrongMethod(allowed: [HTTPRequest.Method])
        case none
    }

    private final class Node: Sendable {
        let literals: [Substring: Node]
        let parameter: Node?
        let routes: [(route: Route, parameters: [(index: Int, name: String)])]

        init(_ entries: [(segments: ArraySlice<Substring>, route: Route)]) {
            var literals: [Substring: [(ArraySlice<Substring>, Route)]] = [:]
            var parameters: [(ArraySlice<Substring>, Route)] = []
            var routes: [Route] = []
            for (segments, route) in entries {
                guard let first = segments.first else {
                    routes.append(route)
                    continue
                }
                if first.hasPrefix("{") {
                    parameters.append((segments.dropFirst(), route))
                } else {
                    literals[first, default: []].append((segments.dropFirst(), route))
                }
            }
            self.literals = literals.mapValues { Node($0.map { (segments: $0.0, route: $0.1) }) }
            parameter = parameters.isEmpty ? nil : Node(parameters.map { (segments: $0.0, route: $0.1) })
            self.routes = routes.map { route in
                let segments = route.path.split(separator: "/")
                return (
                    route,
                    segments.indices.filter { segments[$0].hasPrefix("{") }
                        .map { ($0, String(segments[$0].dropFirst().dropLast())) }
                )
            }
        }
    }

    package let routes: [Route]
    private let root: Node

    /// Throws when two routes share a method and path.
    package init(_ routes: [Route]) throws(Fault) {
        var seen: Set<String> = []
        for route in routes where !seen.insert("\(route.method) \(route.path)").inserted {
            throw Fault(.internalError, "route.duplicate", "Two routes are \(route.method) \(route.path).")
        }
        self.routes = routes
        root = Node(routes.map { (segments: $0.path.split(separator: "/")[...], route: $0) })
    }

    package func match(_ method: HTTPRequest.Method, _ path: String) throws(Fault) -> Match {
        let segments = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        guard segments.count <= 12, let node = Self.find(root, segments[...]) else { return .none }
        let wanted: HTTPRequest.Method = method == .head ? .get : method
        guard let found = node.routes.first(where: { $0.route.method == wanted }) else {
            return .wrongMethod(allowed: node.routes.map(\.route.method))
        }
        var parameters: [String: String] = [:]
        for (index, name) in found.parameters {
            parameters[name] = try FormFields.decode(segments[index].utf8, plusIsSpace: false)
        }
        return .found(found.route, parameters: parameters)
    }

    private static func find(_ node: Node, _ segments: ArraySlice<Substring>) -> Node? {
        // A literal that only leads further down is no match: `/patients/new` may still be a `{id}`.
        guard let first = segments.first else { return node.routes.isEmpty ? nil : node }
        if let next = node.literals[first], let found = find(next, segments.dropFirst()) { return found }
        return node.parameter.flatMap { find($0, segments.dropFirst()) }
    }
}
