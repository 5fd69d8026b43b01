import Kernel
import Synchronization
import Testing
import Web

@Suite("Where we may call")
struct OutboundRulesTests {
    private static func code(_ url: String, allow: [String] = []) -> String? {
        do {
            _ = try OutboundRules(allow: allow).target(url)
            return nil
        } catch {
            return error.code
        }
    }

    /// What the rules say of a name once it was looked up.
    private static func code(_ url: String, is address: String, allow: [String] = []) throws -> String? {
        let rules = try OutboundRules(allow: allow)
        let address = try #require(IPAddress(address))
        let target = try rules.target(url)
        do {
            try rules.check([address], target)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "an https address of the public internet is called",
        arguments: [
            "https://api.twilio.com", "https://api.twilio.com/2010-04-01/Accounts?x=1", "HTTPS://API.Twilio.COM/a",
            "https://8.8.8.8/", "https://[2606:4700::1111]/", "https://api.twilio.com:443/", "https://xn--a.example/",
        ])
    func good(url: String) {
        #expect(Self.code(url) == nil)
    }

    @Test(
        "nothing else is",
        arguments: [
            ("http://api.twilio.com/", nil), ("ftp://api.twilio.com/", "outbound.scheme"),
            ("file:///etc/passwd", "outbound.scheme"), ("gopher://127.0.0.1:25/", "outbound.scheme"),
            ("//api.twilio.com/", "outbound.scheme"), ("api.twilio.com", "outbound.scheme"), ("", "outbound.form"),
            ("https://", "outbound.host"), ("https:///path", "outbound.host"),
            ("https://user@api.twilio.com/", "outbound.user"), ("https://api.twilio.com@127.0.0.1/", "outbound.user"),
            ("https://api.twilio.com:443:80/", "outbound.host"), ("https://api.twilio.com:/", "outbound.host"),
            ("https://api.twilio.com:99999/", "outbound.host"), ("https://api.twilio.com:0/", "outbound.host"),
            ("https://api.twilio.com\\@127.0.0.1/", "outbound.form"), ("https://api .twilio.com/", "outbound.form"),
            ("https://api.twilio.com/\r\nHost: x", "outbound.form"), ("https://äpi.example/", "outbound.form"),
            ("https://api%2etwilio.com/", "outbound.host"), ("https://api_x.example/", "outbound.host"),
            ("https://.example/", "outbound.host"), ("https://a..example/", "outbound.host"),
            ("https://localhost./", "outbound.host"), ("https://-a.example/", "outbound.host"),
            ("https://8.8.8.8:8443/", "outbound.port"),
        ] as [(String, String?)])
    func bad(url: String, code: String?) throws {
        if let code {
            #expect(Self.code(url) == code)
        } else {
            // Plain HTTP to a name is refused when the name is known.
            #expect(try Self.code(url, is: "8.8.8.8") == "outbound.scheme")
        }
    }

    @Test(
        "addresses that are not of the public internet are refused, in every way to write them",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.9.10", "169.254.169.254",
            "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
            "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
            "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]",
            "[fe80::1]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[64:ff9b::7f00:1]",
            "[64:ff9b:1::1]", "[100::1]", "[2001::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[3fff::1]",
        ])
    func special(host: String) {
        #expect(Self.code("https://\(host)/") == "outbound.private")
    }

    @Test(
        "a number is no host, however it is written",
        arguments: [
            "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.01", "127.0.0.1.",
            "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.0x4", "[::1%25eth0]", "[::1%eth0]", "[127.0.0.1]", "[]", "[::1",
            "::1", "0", "017700000001", "api.example.0x7f", "127.0.0.1:80.example",
        ])
    func numbers(host: String) {
        #expect(["outbound.host"].contains(Self.code("https://\(host)/")))
    }

    @Test("what lies on either side of a special network is public")
    func borders() {
        for text in [
            "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::1", "2003::1", "3ffe:ffff::1",
        ] {
            #expect(IPAddress(text)?.isPublic == true, "\(text)")
        }
    }

    @Test("a name is refused for any of its addresses")
    func names() throws {
        let url = "https://rebind.example/"
        #expect(try Self.code(url, is: "8.8.8.8") == nil)
        for address in ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:10.0.0.5", "fd00::1"] {
            #expect(try Self.code(url, is: address) == "outbound.private", "\(address)")
        }
        let rules = OutboundRules()
        let both = [try #require(IPAddress("8.8.8.8")), try #require(IPAddress("127.0.0.1"))]
        #expect(throws: Fault.self) { try rules.check(both, try rules.target(url)) }
        #expect(throws: Fault.self) { try rules.check([], try rules.target(url)) }
        #expect(try Self.code("https://rebind.example:8443/", is: "8.8.8.8") == "outbound.port")
    }

    @Test("what is allowed by name is called, and no more than that")
    func allowed() throws {
        #expect(Self.code("http://127.0.0.1:8081/x", allow: ["127.0.0.1:8081"]) == nil)
        #expect(Self.code("http://127.0.0.1:8082/x", allow: ["127.0.0.1:8081"]) == "outbound.scheme")
        #expect(Self.code("http://127.0.0.1/x", allow: ["127.0.0.0/8"]) == nil)
        #expect(Self.code("http://[::1]:9000/", allow: ["[::1]:9000"]) == nil)
        // Plain HTTP goes to this machine alone.
        #expect(Self.code("http://10.1.1.1/", allow: ["10.0.0.0/8"]) == "outbound.scheme")
        #expect(Self.code("https://10.1.1.1:8443/", allow: [" 10.0.0.0/8 "]) == nil)
        #expect(Self.code("https://11.1.1.1:8443/", allow: ["10.0.0.0/8"]) == "outbound.port")
        let internalName = "https://sms.internal.example/"
        #expect(try Self.code(internalName, is: "10.2.2.2", allow: ["SMS.internal.example"]) == nil)
        #expect(try Self.code(internalName, is: "10.2.2.2", allow: ["other.internal.example"]) == "outbound.private")
        // A name never stands for the address at which clouds give out credentials.
        for address in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1"] {
            #expect(
                try Self.code(internalName, is: address, allow: ["sms.internal.example"]) == "outbound.private")
        }
    }

    @Test("a line that is neither a host nor a network is told", arguments: ["", "*", "10.0.0.0/33", "a b", "0x7f.1"])
    func lines(text: String) {
        #expect(throws: Fault.self) { _ = try OutboundRules(allow: [text]) }
    }

    @Test("an address is written back as it was checked")
    func canonical() throws {
        let rules = OutboundRules()
        #expect(try rules.target("HTTPS://API.Example.COM:443/A?b=C#d").url == "https://api.example.com/A?b=C")
        #expect(try rules.target("https://[2606:4700:0:0::1111]/x").url == "https://[2606:4700:0:0::1111]/x")
        #expect(IPAddress("2606:4700::1111")?.description == "2606:4700::1111")
        #expect(IPAddress("10.20.30.40")?.description == "10.20.30.40")
    }

    private final class Asked: Sendable {
        private let hosts = Mutex<[String]>([])

        func add(_ host: String) { hosts.withLock { $0.append(host) } }
        var all: [String] { hosts.withLock { $0 } }
    }

    @Test("nothing is sent when a name leads inside, and the name was looked up by us")
    func client() async throws {
        let asked = Asked()
        let inside = try #require(IPAddress("169.254.169.254"))
        let client = OutboundClient(rules: OutboundRules()) { host in
            asked.add(host)
            return [inside]
        }
        var refused = false
        do {
            _ = try await client.document("https://rebind.example/latest/meta-data")
        } catch {
            refused = OutboundClient.isRefusal(error)
        }
        #expect(refused)
        #expect(asked.all == ["rebind.example"])
        try await client.shutdown()
    }
}
