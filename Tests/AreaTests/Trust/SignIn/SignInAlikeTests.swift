import App
import Kernel
import Spine
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Signing in tells nothing about who there is")
struct SignInAlikeTests {
    @Test(
        "nobody's name, one with a passkey, one without a password and one whose access is away get the same, as slowly",
        arguments: TestStores.engines)
    func alike(_ engine: Engine) async throws {
        try await PageWorld.with(engine, settings: { $0.publicBase = SoftPasskey.base }) { world in
            let manager = try await world.signIn("clinic-manager")
            let page = try await manager.get("/account/second-step/passkeys")
            let options = try #require(page.html.firstMatch(of: /challenge&quot;:&quot;([A-Za-z0-9_-]+)&quot;/)).output
                .1
            let challenge = try #require(Base64URL.decode(String(options)))
            let added = try await manager.post(
                "/account/second-step/passkeys",
                [("name", "Key"), ("credential", try SoftPasskey().created(challenge))])
            #expect(added.status == 303)
            let clinician = try await world.user("clinician")
            let officer = try await world.user("privacy-officer")
            _ = try await world.spine.database.write(world.tenant) { transaction in
                try transaction.send(
                    "UPDATE user_account SET password = \(Password.none) WHERE tenant = \(.tenant) AND id = \(clinician)"
                )
                return try transaction.execute(
                    "UPDATE user_account SET state = 'suspended' WHERE tenant = \(.tenant) AND id = \(officer)")
            }
            let names = ["nobody", "administrator", "clinic-manager", "clinician", "privacy-officer"]
                .map { "\($0)@clinic.example" }
            var fastest: [String: Duration] = [:]
            // All of them hash a password: tens of milliseconds. Without it one would be there in one or two, each
            // time. On a busy machine the first tries of somebody may all be slow: it goes on until each had a quick one.
            var isAlike = false
            for round in 0..<40 where round < 4 || !isAlike {
                // So that no name and no address has to wait.
                world.clock.advance(by: .hours(24))
                var pages: Set<String> = []
                for name in names {
                    let start = ContinuousClock.now
                    let answer = try await world.stranger.post(
                        "/session", [("login", name), ("password", "wrong \(round)")])
                    let time = ContinuousClock.now - start
                    fastest[name] = min(time, fastest[name] ?? time)
                    #expect(answer.status == 422)
                    pages.insert(answer.html.replacing(name, with: "NAME"))
                }
                #expect(pages.count == 1)
                let times = fastest.values.sorted()
                isAlike = times[times.count - 1] < times[0] * 3
            }
            #expect(isAlike, "\(fastest)")
        }
    }
}
