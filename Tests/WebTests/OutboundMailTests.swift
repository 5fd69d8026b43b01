import Kernel
import Testing
import Web

@Suite("Mail servers")
struct OutboundMailTests {
    /// The code of the refusal; nil: it may be called.
    private func refusal(
        _ host: String, _ port: Int, plain: Bool = false, at addresses: [String] = ["9.9.9.9"], allow: [String] = []
    ) async throws -> String? {
        let found = try addresses.map { try #require(IPAddress($0)) }
        let client = OutboundClient(rules: try OutboundRules(allow: allow)) { _ in found }
        do {
            _ = try await client.mailServer(host, port: port, isPlain: plain)
        } catch let fault as Fault {
            try await client.shutdown()
            return fault.code
        }
        try await client.shutdown()
        return nil
    }

    @Test("a public server is talked to on the ports for mail alone", arguments: [25, 465, 587])
    func ports(_ port: Int) async throws {
        #expect(try await refusal("mail.provider.example", port) == nil)
        #expect(try await refusal("mail.provider.example", port + 1) == "outbound.port")
        #expect(
            try await refusal("mail.provider.example", port + 1, allow: ["mail.provider.example:\(port + 1)"]) == nil)
    }

    @Test("a name that leads to a private address is refused, whichever of its addresses it is")
    func privateAddress() async throws {
        let own = ["9.9.9.9", "10.0.0.7"]
        #expect(try await refusal("mail.provider.example", 587, at: own) == "outbound.private")
        #expect(try await refusal("mail.provider.example", 587, at: ["169.254.169.254"]) == "outbound.private")
        #expect(try await refusal("10.0.0.7", 587) == "outbound.private")
        #expect(try await refusal("mail.provider.example", 587, at: own, allow: ["10.0.0.0/8"]) == nil)
        #expect(try await refusal("mail.provider.example", 587, at: []) == "outbound.name")
    }

    @Test("without TLS only this machine is talked to, and only when it is allowed")
    func plain() async throws {
        #expect(try await refusal("127.0.0.1", 1025, plain: true) == "outbound.scheme")
        #expect(try await refusal("127.0.0.1", 1025, plain: true, allow: ["127.0.0.1:1025"]) == nil)
        #expect(try await refusal("127.0.0.1", 1026, plain: true, allow: ["127.0.0.1:1025"]) == "outbound.scheme")
        #expect(
            try await refusal("mail.provider.example", 25, plain: true, allow: ["mail.provider.example"])
                == "outbound.scheme")
    }
}
