import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("Tokens, texts of bytes and blind indexes")
struct TokenTests {
    @Test("a token opens for its own label and tenant; altered in any character it opens nothing")
    func tokens() async throws {
        try await TestWorld.with(.sqlite) { world in
            let token = try world.vault.sealToken([1, 2, 3], label: "cursor/a")
            #expect(world.vault.openToken(token, label: "cursor/a") == [1, 2, 3])
            #expect(world.vault.openToken(token, label: "cursor/b") == nil)
            let other = try await world.keys.openTenant(ID(raw: 5), creating: true)
            #expect(other.openToken(token, label: "cursor/a") == nil)
            for index in token.indices {
                var altered = token
                altered.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
                #expect(world.vault.openToken(altered, label: "cursor/a") == nil)
            }
            for text in ["", "A", "AAAA", "====", "\u{1F600}", String(token.dropLast()), token + "A", token + "AAAA"] {
                #expect(world.vault.openToken(text, label: "cursor/a") == nil)
            }
            let again = try world.vault.sealToken([1, 2, 3], label: "cursor/a")
            #expect(again != token)
        }
    }

    @Test("bytes of every length read back from URL-safe base 64, which has one text for each")
    func base64() {
        var random = SeededGenerator(seed: 1)
        for length in 0..<80 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text) == bytes)
            #expect(text.utf8.count == (length * 8 + 5) / 6)
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.decode("-_9") == nil)
        #expect(Base64URL.decode("-_8=") == nil)
        #expect(Base64URL.decode("+/8") == nil)
        #expect(Base64URL.decode("A") == nil)
    }

    @Test("hexadecimal text reads back, in either case, and nothing else is taken")
    func hex() {
        #expect(Hex.encode([0, 0x0F, 0xA5]) == "000fa5")
        #expect(Hex.decode("000FA5") == [0, 0x0F, 0xA5])
        for text in ["0", "0g", "0x", "\u{E9}", " 0"] { #expect(Hex.decode(text) == nil) }
    }

    @Test("a blind term is the same each time and differs by tenant, field and prefix length")
    func blindIndex() async throws {
        try await TestWorld.with(.sqlite) { world in
            let index = BlindIndex(vault: world.vault)
            let later = BlindIndex(vault: try await world.keys.openTenant(world.tenant))
            let other = BlindIndex(vault: try await world.keys.openTenant(ID(raw: 5), creating: true))
            #expect(index.term(.nameWord, "rivera") == index.term(.nameWord, "rivera"))
            #expect(index.term(.nameWord, "rivera") == later.term(.nameWord, "rivera"))
            #expect(index.term(.nameWord, "rivera") != other.term(.nameWord, "rivera"))
            let values = BlindIndex.Field.allCases.map { index.term($0, "3035550142") }
            #expect(Set(values).count == BlindIndex.Field.allCases.count)
            // The key of a prefix depends on its length: a longer one shares nothing with a shorter.
            let prefixes = (2...6).map { index.term(.namePrefix, "rivera".prefix($0)) }
            #expect(Set(prefixes).count == 5)
            #expect(index.term(.nameWord, "rivera") != index.term(.nameWord, "Rivera"))
        }
    }

    @Test("keyed hashes are the same for one label and differ between labels")
    func keyedHash() async throws {
        try await TestWorld.with(.sqlite) { world in
            #expect(world.vault.keyedHash([1], label: "a") == world.vault.keyedHash([1], label: "a"))
            #expect(world.vault.keyedHash([1], label: "a") != world.vault.keyedHash([1], label: "b"))
            #expect(world.vault.keyedHash([1], label: "a").count == 32)
        }
    }
}
