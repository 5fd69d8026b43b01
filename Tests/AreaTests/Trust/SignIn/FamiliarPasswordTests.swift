import Kernel
import Store
import TestKit
import Testing
import Trust
import Web

@Suite("Passwords that are refused")
struct FamiliarPasswordTests {
    /// The tenant is "Clinic", its organization "Riverbend Health", the person Ana Torres.
    private static let refused = [
        "Riverbend Health 1", "Clinic-Clinic-1", "Ana-Torres-26", "Administrator-1", "Thr0ughline2026",
    ]
    private static let taken = "seven quiet herons wade"

    @Test("one's own and the practice's names make no password, in either language", arguments: TestStores.engines)
    func change(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let visitor = try await world.signIn()
            let fields = { (new: String) in [("current", PageWorld.password), ("new", new)] }
            for password in Self.refused {
                let answer = try await visitor.post("/account/password", fields(password))
                #expect(answer.status == 422, "\(password)")
                #expect(answer.visible.contains("This is little more than your name or names of your practice."))
            }
            let spanish = try await visitor.post("/account/password", fields(Self.refused[0]), .spanish)
            #expect(spanish.visible.contains("Esto es poco más que su nombre o nombres de su consultorio."))
            #expect(try await visitor.post("/account/password", fields(Self.taken)).status == 303)
        }
    }

    @Test("nor do those that everybody thinks of, by the list that comes with the program")
    func common() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn()
            for password in ["1qaz2wsx3edc", "Qwerty123456", "PASSWORDPASSWORD", "iloveyou1234", "112233445566"] {
                let answer = try await visitor.post(
                    "/account/password", [("current", PageWorld.password), ("new", password)])
                #expect(answer.status == 422, "\(password)")
                #expect(answer.visible.contains("This password is known from a breach elsewhere. Use another one."))
            }
        }
    }

    @Test("nor behind an invitation, before anybody has signed in")
    func invitation() async throws {
        try await PageWorld.with(.sqlite) { world in
            let administrator = try await world.signIn()
            let id = try await world.user("clinician").text
            let page = try await administrator.post("/users/\(id)/invitation", [])
            let link = try #require(page.html.firstMatch(of: /id="new-invitation">([^<]+)</)).output.1
            let address = "/invitations/" + link.split(separator: "/").suffix(1).joined()
            for password in ["Clinician-Torres", "Riverbend Health 1"] {
                let answer = try await world.stranger.post(address, [("password", password), ("again", password)])
                #expect(answer.status == 422, "\(password)")
                #expect(answer.visible.contains("This is little more than your name or names of your practice."))
            }
            let answer = try await world.stranger.post(address, [("password", Self.taken), ("again", Self.taken)])
            #expect(answer.status == 303)
        }
    }
}
