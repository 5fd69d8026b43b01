import HTTPTypes
import Hummingbird
import JSON
import Testing
import Web

/// A program with a key that asks the API, through the server.
struct KeyedProgram {
    struct Answered: Equatable {
        let status: Int
        let text: String

        var json: JSONValue { get throws { try JSONValue(parsing: Array(text.utf8)) } }
    }

    private let server: Server
    private let key: String
    /// Where it runs; nil: on no network.
    var peer: String?

    /// With a key of a role for these of its rights.
    static func with(
        _ rights: [String], of role: String = "clinic-manager", in world: PageWorld
    ) async throws -> KeyedProgram {
        let administrator = try await world.signIn()
        let made = try await administrator.post(
            "/keys", [("name", "Program"), ("role", role)] + rights.map { ("permission", $0) })
        #expect(made.status == 200)
        let secret = try #require(made.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1
        return KeyedProgram(server: world.server, key: String(secret))
    }

    func get(_ path: String) async throws -> Answered { try await ask(.get, path, "") }

    func post(_ path: String, _ body: String = "") async throws -> Answered { try await ask(.post, path, body) }

    private func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> Answered {
        var head = HTTPRequest(method: method, scheme: "http", authority: "clinic.example", path: path)
        head.headerFields[.authorization] = "Bearer " + key
        if !body.isEmpty { head.headerFields[.contentType] = "application/json" }
        let response = try await server.answer(head, Array(body.utf8), from: peer)
        return Answered(
            status: response.status.code, text: String(decoding: try await response.collected(), as: UTF8.self))
    }
}
