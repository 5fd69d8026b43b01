import Kernel
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("Cursors")
struct CursorTests {
    @Test("a cursor reads back for its own list and no other, and shows nothing of what it holds")
    func roundTrip() async throws {
        try await TestWorld.with(.sqlite) { world in
            let cursor = Cursor(42, -1, .max)
            let text = try cursor.text(for: "patients", vault: world.vault)
            let read = try Cursor(text, for: "patients", vault: world.vault)
            #expect(read == cursor)
            let again = try cursor.text(for: "patients", vault: world.vault)
            #expect(again != text)
            #expect(
                text.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") })
            let otherList = faultCodeNow { _ = try Cursor(text, for: "needs", vault: world.vault) }
            #expect(otherList == "cursor.invalid")
            let stranger = try await world.keys.openTenant(ID(raw: 9), creating: true)
            let otherTenant = faultCodeNow { _ = try Cursor(text, for: "patients", vault: stranger) }
            #expect(otherTenant == "cursor.invalid")
        }
    }

    @Test("what is no cursor is refused and never crashes")
    func refused() async throws {
        try await TestWorld.with(.sqlite) { world in
            var random = SeededGenerator(seed: 3)
            var texts = ["", "42", "0", "AAAA", "\u{1F600}", String(repeating: "A", count: 10_000)]
            for _ in 0..<500 {
                texts.append(
                    String(
                        (0..<Int.random(in: 1...80, using: &random)).map { _ in
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ %".randomElement(
                                using: &random) ?? "A"
                        }))
            }
            let empty = try world.vault.sealToken([], label: "cursor/patients")
            let odd = try world.vault.sealToken([1, 2, 3], label: "cursor/patients")
            for text in texts + [empty, odd] {
                let code = faultCodeNow { _ = try Cursor(text, for: "patients", vault: world.vault) }
                #expect(code == "cursor.invalid")
            }
        }
    }
}
