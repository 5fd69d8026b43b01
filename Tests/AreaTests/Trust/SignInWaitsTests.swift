import App
import Kernel
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Waiting after wrong passwords")
struct SignInWaitsTests {
    private static let known = "administrator@clinic.example"

    private func isWrong(_ answer: Gatekeeper.SignInAnswer) -> Bool {
        if case .wrong = answer { return true }
        return false
    }

    private func wait(_ answer: Gatekeeper.SignInAnswer) -> Duration? {
        if case .wait(let wait) = answer { return wait }
        return nil
    }

    @Test("waits grow from a minute to an hour")
    func growth() {
        let waits = (1...14).map { SignInWaits.wait(after: $0, .account)?.components.seconds }
        #expect(waits == [nil, nil, nil, nil, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600])
        #expect(SignInWaits.wait(after: 29, .address) == nil)
        #expect(SignInWaits.wait(after: 30, .address) == .minutes(1))
    }

    @Test("a name waits whether somebody has it or not, with the same answers", arguments: TestStores.engines)
    func names(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            for name in [Self.known, "nobody@clinic.example"] {
                for round in 1...5 {
                    let answer = try await world.attempt(name, "wrong \(round)", from: "10.0.0.\(round)")
                    #expect(isWrong(answer), "\(name) \(round)")
                }
                #expect(wait(try await world.attempt(name, PageWorld.password, from: "10.0.1.1")) == .minutes(1))
            }
            // As a browser sees it: but for the name that was typed nothing differs.
            let pages = try await [Self.known, "nobody@clinic.example"].asyncMap { name in
                let answer = try await world.stranger.post("/session", [("login", name), ("password", "x")])
                #expect(answer.status == 429)
                return answer.html.replacing(name, with: "NAME")
            }
            #expect(pages[0] == pages[1])
            #expect(pages[0].contains("Wait 1 minute and try again."))
            world.clock.advance(by: .seconds(61))
            #expect(isWrong(try await world.attempt(Self.known, "wrong again")))
            #expect(wait(try await world.attempt(Self.known, PageWorld.password)) == .minutes(2))
            world.clock.advance(by: .seconds(121))
            _ = try await world.signIn()
            // Right: it starts anew.
            #expect(isWrong(try await world.attempt(Self.known, "wrong")))
            _ = try await world.signIn()
        }
    }

    @Test("a restart and another node know who waits", arguments: TestStores.engines)
    func nodes(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            for round in 1...5 { _ = try await world.attempt(Self.known, "wrong \(round)") }
            let other = Gatekeeper(spine: world.spine, definitions: world.platform.definitions)
            let answer = try await other.signIn(
                email: Self.known, password: PageWorld.password, request: world.origin("10.9.9.9"))
            #expect(wait(answer) == .minutes(1))
        }
    }

    @Test("attempts made at the same moment count as much as one after the other", arguments: TestStores.engines)
    func together(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let tried = try await withThrowingTaskGroup(of: Int.self) { group in
                for round in 0..<12 {
                    group.addTask {
                        let answer = try await world.attempt(Self.known, "guess \(round)", from: "10.0.0.\(round)")
                        if case .wrong = answer { return 1 }
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(tried == 5)
        }
    }

    @Test("a practice behind one address is forgiven an attempt each minute", arguments: TestStores.engines)
    func shared(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            for round in 1...60 {
                let answer = try await world.attempt("somebody\(round)@clinic.example", "x", from: "10.0.0.1")
                #expect(isWrong(answer), "\(round)")
                world.clock.advance(by: .seconds(61))
            }
        }
    }

    @Test("an address waits whatever names it tries, and others do not", arguments: TestStores.engines)
    func addresses(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            for round in 1...30 {
                #expect(isWrong(try await world.attempt("somebody\(round)@clinic.example", "x", from: "10.0.0.1")))
            }
            #expect(wait(try await world.attempt(Self.known, PageWorld.password, from: "10.0.0.1")) == .minutes(1))
            guard case .session = try await world.attempt(Self.known, PageWorld.password, from: "10.0.0.2") else {
                Issue.record("another address had to wait")
                return
            }
            world.clock.advance(by: .hours(2))
            #expect(isWrong(try await world.attempt("somebody@clinic.example", "x", from: "10.0.0.1")))
            guard case .session = try await world.attempt(Self.known, PageWorld.password, from: "10.0.0.1") else {
                Issue.record("what is long ago was not forgotten")
                return
            }
        }
    }

    @Test("the addresses of one IPv6 subscriber are one, and another's are not", arguments: TestStores.engines)
    func subscribers(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            for round in 1...30 {
                let address = "2001:db8:7:1::\(round)"
                #expect(isWrong(try await world.attempt("somebody\(round)@clinic.example", "x", from: address)))
            }
            let right = { (address: String) in
                try await world.attempt(Self.known, PageWorld.password, from: address)
            }
            for address in ["2001:db8:7:1::1", "2001:db8:7:1:ffff:ffff:ffff:ffff"] {
                #expect(wait(try await right(address)) == .minutes(1), "\(address)")
            }
            for address in ["2001:db8:7:2::1", "10.0.0.2"] {
                guard case .session = try await right(address) else {
                    Issue.record("\(address) had to wait")
                    return
                }
            }
        }
    }
}

extension Array where Element: Sendable {
    /// One after the other.
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
