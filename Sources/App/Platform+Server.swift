import Console
import HTTPTypes
import JSON
import Kernel
import Spine
import Store
import Trust
import Vault
package import Web

/// What is served: the areas' routes and the few that belong to the program itself.
extension Platform {
    /// - Parameters:
    ///   - identities: who turns cookies and keys into callers; nil: the gatekeeper.
    ///   - more: routes beside the platform's own.
    ///   - grid: answers leave at whole multiples of it since their request; zero: as soon as they are made.
    ///   - pause: how they wait for it; nil: on their connection's loop.
    package func server(
        identities: (any Identities)? = nil, adding more: [Route] = [], grid: Duration = .zero,
        pause: Grid.Pause? = nil
    ) async throws -> Server {
        var settings = Server.Settings()
        settings.secureCookies = self.settings.hasSecureCookies
        settings.isReachedOverTLS = self.settings.isReachedOverTLS
        settings.speaksTLS = self.settings.tlsCertificate != nil
        settings.rateLimits = self.settings.rateLimits
        settings.publicBase = self.settings.publicBase
        settings.trustedProxies = self.settings.trustedProxies
        settings.grid = Grid(step: grid, pause: pause ?? LoopExecutor.pause)
        let table = try RouteTable(routes + more)
        let problems = ProblemPage(shell: areas.shell)
        return Server(
            table: table, spine: installation.spine, pages: pages,
            files: try StaticFiles(folder: assets.webFolder, vendor: assets.vendorFolder),
            tenants: installation.tenants, identities: identities ?? gatekeeper, settings: settings,
            problemForms: [Trust.provisioningProblems],
            problemPage: { try problems.answer($0, $1, $2, $3) })
    }

    package var routes: [Route] {
        let all = capabilities.flatMap(\.routes)
        let description = OpenAPI.document(all, version: Version.text)
        return all + [
            .tenantless(
                "/api/v1/openapi.json", .open(reason: "the API's description holds no data") { _ in .json(description) }
            ),
            signingKeys,
            .tenantless("/healthz", .open(reason: "liveness for the supervisor") { _ in .text("ok\n") }),
            .tenantless(
                "/readyz",
                .open(reason: "readiness for the load balancer") { [installation] _ in
                    // Ready means: the store answers and a write can be made durable.
                    _ = try await installation.database.write(.installation) { transaction in
                        _ = try Lease.take(
                            "ready", holder: 0, for: .seconds(1), now: installation.spine.clock.now(), in: transaction)
                    }
                    return .text("ready\n")
                }),
            .tenantless(
                "/metrics",
                .open(reason: "counts by route and kind, no person in them") { [installation] request in
                    guard request.remote.hasPrefix("127.") || request.remote == "::1" || request.remote == "local"
                    else {
                        throw Fault.notFound("page")
                    }
                    return WebResponse(
                        .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                        bytes: Array(installation.spine.metrics.text.utf8))
                }),
        ]
    }
}

/// The API's description, OpenAPI 3.1, made from the routes themselves.
enum OpenAPI {
    static func document(_ routes: [Route], version: String) -> [UInt8] {
        var paths: [(String, [(String, JSONValue)])] = []
        for route in routes {
            // SCIM describes itself, in its own way.
            guard case .api(let permission, let operation, _) = route.access, !route.path.hasPrefix("/scim/") else {
                continue
            }
            let entry = (
                route.method.rawValue.lowercased(), describe(operation, route: route, permission: permission.rawValue)
            )
            if let index = paths.firstIndex(where: { $0.0 == route.path }) {
                paths[index].1.append(entry)
            } else {
                paths.append((route.path, [entry]))
            }
        }
        var writer = JSONWriter(reserving: 1 << 16)
        writer.beginObject()
        writer.field("openapi", "3.1.0")
        writer.field(
            "info",
            [
                "title": "Throughline", "version": .string(version),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ])
        writer.field("security", [["key": []]])
        writer.key("paths")
        writer.beginObject()
        for (path, operations) in paths.sorted(by: { $0.0 < $1.0 }) {
            writer.key(named: path)
            writer.beginObject()
            for (method, operation) in operations {
                writer.key(named: method)
                writer.value(operation)
            }
            writer.endObject()
        }
        writer.endObject()
        writer.field("components", components)
        writer.endObject()
        return writer.bytes
    }

    private static func describe(_ operation: APIOperation, route: Route, permission: String) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("operationId", .string(operation.id)), ("tags", [.string(operation.tag)]),
            ("summary", .string(operation.summary)), ("description", .string("Needs the right `\(permission)`.")),
        ]
        var parameters = operation.parameters
        for segment in route.path.split(separator: "/") where segment.hasPrefix("{") {
            let name = String(segment.dropFirst().dropLast())
            if !parameters.contains(where: { $0.name == name }) {
                parameters.append(.init(name, in: "path", "Its id", required: true, schema: ["type": "string"]))
            }
        }
        if !parameters.isEmpty {
            members.append(
                (
                    "parameters",
                    .array(
                        parameters.map {
                            [
                                "name": .string($0.name), "in": .string($0.place), "description": .string($0.summary),
                                "required": .bool($0.required || $0.place == "path"), "schema": $0.schema,
                            ]
                        })
                ))
        }
        if let body = operation.body {
            members.append(("requestBody", ["required": true, "content": ["application/json": ["schema": body]]]))
        }
        var answers: [(String, JSONValue)] = []
        if let answer = operation.answer {
            answers.append(
                (
                    String(operation.status),
                    ["description": "Done", "content": ["application/json": ["schema": answer]]]
                ))
        } else {
            answers.append((String(operation.status), ["description": "Done"]))
        }
        answers.append(("default", ["$ref": "#/components/responses/Problem"]))
        members.append(("responses", object(answers)))
        return object(members)
    }

    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        var object = JSONObject()
        for (key, value) in members { object[key] = value }
        return .object(object)
    }

    private static let components: JSONValue = [
        "securitySchemes": ["key": ["type": "http", "scheme": "bearer", "description": "An API key"]],
        "responses": [
            "Problem": [
                "description": "What went wrong (RFC 9457)",
                "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
            ]
        ],
        "schemas": [
            "Problem": [
                "type": "object", "required": ["type", "title", "status", "code"],
                "properties": [
                    "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
                    "code": ["type": "string"], "detail": ["type": "string"], "place": ["type": "string"],
                    "instance": ["type": "string"],
                    "errors": [
                        "type": "array",
                        "items": [
                            "type": "object",
                            "properties": ["path": ["type": "string"], "message": ["type": "string"]],
                        ],
                    ],
                ],
            ]
        ],
    ]
}
