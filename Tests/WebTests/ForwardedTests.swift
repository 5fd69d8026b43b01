import HTTPTypes
import Testing
import Web

@Suite("The client behind a proxy")
struct ForwardedTests {
    @Test("the last name is the proxy's; those before it are anybody's")
    func last() {
        var headers = HTTPFields()
        #expect(Forwarded.client(headers, peer: "127.0.0.1") == "127.0.0.1")
        headers[.forwardedFor] = "198.51.100.7"
        #expect(Forwarded.client(headers, peer: "127.0.0.1") == "198.51.100.7")
        headers[.forwardedFor] = "10.1.1.1, 203.0.113.9 , 198.51.100.8"
        #expect(Forwarded.client(headers, peer: "127.0.0.1") == "198.51.100.8")
        headers[values: .forwardedFor] = ["10.1.1.1", "198.51.100.9"]
        #expect(Forwarded.client(headers, peer: "127.0.0.1") == "198.51.100.9")
        headers[.forwardedFor] = " , "
        #expect(Forwarded.client(headers, peer: "127.0.0.1") == "127.0.0.1")
        headers[.forwardedFor] = String(repeating: "x", count: 500)
        #expect(Forwarded.client(headers, peer: "127.0.0.1") == "127.0.0.1")
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
