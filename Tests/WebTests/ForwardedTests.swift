import HTTPTypes
import Testing
import Web

@Suite("The client behind a proxy")
struct ForwardedTests {
    private static func networks(_ texts: String...) throws -> [IPAddress.Network] {
        try texts.map { try #require(IPAddress.Network($0)) }
    }

    @Test("the last name is the proxy's; those before it are anybody's")
    func last() throws {
        let here = try Self.networks("127.0.0.0/8", "::1")
        func client(_ peer: String, _ headers: HTTPFields) -> String {
            Forwarded.client(headers, peer: peer, trusted: here)
        }
        var headers = HTTPFields()
        #expect(client("127.0.0.1", headers) == "127.0.0.1")
        headers[.forwardedFor] = "198.51.100.7"
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] { #expect(client(peer, headers) == "198.51.100.7") }
        headers[.forwardedFor] = "10.1.1.1, 203.0.113.9 , 198.51.100.8"
        #expect(client("127.0.0.1", headers) == "198.51.100.8")
        headers[values: .forwardedFor] = ["10.1.1.1", "198.51.100.9"]
        #expect(client("127.0.0.1", headers) == "198.51.100.9")
        for (written, read) in [
            ("198.51.100.7:5000", "198.51.100.7"), ("[2001:db8::7]:5000", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"), ("::ffff:198.51.100.7", "198.51.100.7"),
        ] {
            headers[.forwardedFor] = written
            #expect(client("127.0.0.1", headers) == read)
        }
        for nonsense in [" , ", "", "unknown", "_hidden", "'", "1.2.3", String(repeating: "x", count: 500)] {
            headers[.forwardedFor] = nonsense
            #expect(client("127.0.0.1", headers) == "127.0.0.1")
        }
    }

    @Test("who is no proxy of ours names nobody else")
    func stranger() throws {
        var headers = HTTPFields()
        headers[.forwardedFor] = "127.0.0.1"
        for trusted in [try Self.networks("127.0.0.0/8", "::1", "10.0.0.0/24"), []] {
            for peer in ["203.0.113.9", "10.0.1.7", "2001:db8::9", "local"] {
                #expect(Forwarded.client(headers, peer: peer, trusted: trusted) == peer)
            }
        }
        #expect(Forwarded.client(headers, peer: "127.0.0.1", trusted: []) == "127.0.0.1")
    }

    @Test("with several proxies in a row the last name that is none of them counts")
    func chain() throws {
        let trusted = try Self.networks("10.0.0.0/24", "192.0.2.1")
        func client(_ names: String) -> String {
            var headers = HTTPFields()
            headers[.forwardedFor] = names
            return Forwarded.client(headers, peer: "10.0.0.7", trusted: trusted)
        }
        #expect(client("198.51.100.1, 203.0.113.9, 192.0.2.1, 10.0.0.8") == "203.0.113.9")
        #expect(client("10.0.0.9, 203.0.113.9, 192.0.2.1") == "203.0.113.9")
        // What a proxy asked by itself, and what cannot be read: no further than what is known.
        #expect(client("192.0.2.1, 10.0.0.8") == "192.0.2.1")
        #expect(client("203.0.113.9, nonsense, 10.0.0.8") == "10.0.0.8")
    }

    @Test("links begin with what is configured or how we speak; no header counts")
    func base() {
        var settings = Server.Settings()
        #expect(settings.base(authority: "access.example.org:8080") == "http://access.example.org:8080")
        settings.speaksTLS = true
        #expect(settings.base(authority: "access.example.org") == "https://access.example.org")
        settings.publicBase = "https://public.example.org"
        #expect(settings.base(authority: "inside.example.org") == "https://public.example.org")
    }
}
