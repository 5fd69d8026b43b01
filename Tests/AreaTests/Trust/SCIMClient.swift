import App
import HTTPTypes
import Hummingbird
import JSON
import Kernel
import Spine
import Testing
import Trust
import Vault
import Web

/// An identity provider without a socket: SCIM requests with a key.
struct SCIMClient {
    let server: Server
    let key: String

    struct Answer: Sendable {
        let status: Int
        let type: String?
        let tag: String?
        let location: String?
        let json: JSONValue

        var id: String { json["id"]?.string ?? "" }
        var scimType: String? { json["scimType"]?.string }
        var ids: [String] { (json["Resources"]?.array ?? []).compactMap { $0["id"]?.string } }
        var isError: Bool {
            type == "application/scim+json"
                && json["schemas"]?[0]?.string == "urn:ietf:params:scim:api:messages:2.0:Error"
                && json["status"]?.string == String(status)
        }
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, ifMatch: String? = nil
    ) async throws -> Answer {
        var head = HTTPRequest(
            method: method, scheme: "http", authority: "clinic.example", path: "/scim/v2" + path)
        head.headerFields[.authorization] = "Bearer " + key
        head.headerFields[.accept] = "application/scim+json"
        if let ifMatch { head.headerFields[.ifMatch] = ifMatch }
        if body != nil { head.headerFields[.contentType] = "application/scim+json" }
        let response = try await server.answer(head, Array((body ?? "").utf8))
        let answered = try await response.collected()
        return Answer(
            status: response.status.code, type: response.headers[.contentType], tag: response.headers[.eTag],
            location: response.headers[.location],
            json: answered.isEmpty ? .null : try JSONValue(parsing: answered))
    }

    func list(_ kind: String, _ filter: String) async throws -> Answer {
        try await send(.get, "/\(kind)?filter=" + FormFields.encode(filter))
    }

    func patch(_ path: String, _ operations: String) async throws -> Answer {
        try await send(
            .patch, path,
            """
            {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [\(operations)]}
            """)
    }

    func add(_ name: String, _ more: String = "") async throws -> Answer {
        try await send(
            .post, "/Users",
            """
            {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "\(name)"\(more)}
            """)
    }
}

extension PageWorld {
    /// A program with a key of this role.
    func scim(_ role: String = "provisioning") async throws -> SCIMClient {
        let text = APIKeys.text(tenantKey: "clinic")
        let spine = spine
        try await spine.run(
            "key", tenant: tenant, purpose: .systemMaintenance, permissions: [.userManage], origin: "cli"
        ) { caller in
            _ = try await spine.perform(
                AddAPIKey(name: "Provider", text: Redacted(text), roles: [role], expiresAt: nil), as: caller)
            return ((), 1)
        }
        return SCIMClient(server: server, key: text)
    }

    func scimID(_ role: String) async throws -> String { try await user(role).text }
}
