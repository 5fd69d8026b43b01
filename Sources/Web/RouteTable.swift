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
        let literals: [String: Node]
        let parameter: Node?
        let routes: [Route]

        init(_ entries: [(segments: ArraySlice<Substring>, route: Route)]) {
            var literals: [String: [(ArraySlice<Substring>, Route)]] = [:]
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
                    literals[String(first), default: []].append((segments.dropFirst(), route))
                }
            }
            self.literals = literals.mapValues { Node($0.map { (segments: $0.0, route: $0.1) }) }
            parameter = parameters.isEmpty ? nil : Node(parameters.map { (segments: $0.0, route: $0.1) })
            self.routes = routes
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
        let segments = path.split(separator: "/", omittingEmptySubsequences: true)
        guard segments.count <= 12, let node = Self.find(root, segments[...]) else { return .none }
        let wanted: HTTPRequest.Method = method == .head ? .get : method
        guard let route = node.routes.first(where: { $0.method == wanted }) else {
            return .wrongMethod(allowed: node.routes.map(\.method))
        }
        var parameters: [String: String] = [:]
        for (pattern, segment) in zip(route.path.split(separator: "/"), segments) where pattern.hasPrefix("{") {
            parameters[String(pattern.dropFirst().dropLast())] = try FormFields.decode(
                segment.utf8, plusIsSpace: false)
        }
        return .found(route, parameters: parameters)
    }

    private static func find(_ node: Node, _ segments: ArraySlice<Substring>) -> Node? {
        // A literal that only leads further down is no match: `/patients/new` may still be a `{id}`.
        guard let first = segments.first else { return node.routes.isEmpty ? nil : node }
        if let next = node.literals[String(first)], let found = find(next, segments.dropFirst()) { return found }
        return node.parameter.flatMap { find($0, segments.dropFirst()) }
    }
}
