import Crypto
import Foundation
import Testing
import Trust
import Vault

@Suite("Passwords")
struct PasswordTests {
    @Test("length counts, composition does not")
    func length() throws {
        let problem = { try Password.problem($0, login: "ana@clinic.example", breached: .none) }
        #expect(try problem("elevenchars") == .short)
        #expect(try problem("twelve chars") == nil)
        #expect(try problem("ñandúes azul") == nil)
        #expect(try problem(String(repeating: "long ", count: 60)) == nil)
        #expect(try problem(String(repeating: "ñ", count: 300)) == .long)
        #expect(try problem("Ana@Clinic.example") == .known)
    }

    @Test("a password is kept as Argon2id with a salt of its own, and only itself, to the last letter, is right")
    func kept() async throws {
        let text = "Correct horse, battery staple " + String(repeating: "ñ", count: 60)
        let first = try await Password.hash(text)
        #expect(first.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        let second = try await Password.hash(text)
        #expect(first != second)
        #expect(try await Password.verify(text, against: first))
        for wrong in [String(text.dropLast()), text + " ", text.lowercased(), " " + text, ""] {
            #expect(try await !Password.verify(wrong, against: first))
        }
    }

    @Test(
        "a password that is little more than names of the practice, the product or oneself is refused",
        arguments: [
            "Throughline1!", "throughline2026", "riverbendhealth", "R1verbend-He@lth!", "RIVERBEND 12345",
            "Ana.Torres.26",
            "torres torres", "atorres@clinic", "Clínica clinica", "thr0ugh|1ne 2026", "ClinicClinicClinic",
            "riverbend riverbend",
        ])
    func familiar(_ password: String) throws {
        let words = FamiliarWords([
            "Throughline", "Riverbend Health", "Clínica", "Ana Torres", "atorres@clinic.example",
        ])
        #expect(try Password.problem(password, familiar: words, breached: .none) == .familiar)
        #expect(try Password.problem(password, breached: .none) == nil)
    }

    @Test(
        "a password may hold such a name when enough stands beside it, and short words are nobody's",
        arguments: [
            "riverbend has 12 ducks", "my torres grew in the attic", "ana ana ana ana", "river bending twelve",
            "a through line",
            "correct horse battery staple",
        ])
    func enoughBeside(_ password: String) throws {
        let words = FamiliarWords(["Throughline", "Riverbend Health", "Ana Torres", "Los Angeles", ""])
        #expect(try Password.problem(password, familiar: words, breached: .none) == nil)
    }

    @Test("exactly eight characters beside a name are enough, spaces do not count")
    func eightBeside() throws {
        let words = FamiliarWords(["Riverbend"])
        #expect(!words.make("riverbendxqzwvkjy"))
        #expect(words.make("riverbendxqzwvkj"))
        #expect(words.make("x q z riverbend w v k j"))
    }

    private static func hash(_ text: String) -> String {
        Hex.encode(Array(Insecure.SHA1.hash(data: Array(text.utf8)))).uppercased()
    }

    private static func withList(_ lines: [String], ending: String, _ body: (BreachedPasswords) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/breached-" + UUID().uuidString
        try Data((lines.joined(separator: ending) + ending).utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(BreachedPasswords(path: path))
    }

    @Test("every password of a sorted list is found, and no other", arguments: ["\n", "\r\n"])
    func breached(_ ending: String) throws {
        #expect(Self.hash("password") == "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8")
        let known = (0..<500).map { "breached password \($0)" }
        let lines = known.map(Self.hash).sorted().enumerated().map { "\($1):\($0 * 7919)" }
        try Self.withList(lines, ending: ending) { list throws in
            for password in known { #expect(try list.contains(password), "\(password)") }
            for number in 500..<1000 { #expect(try !list.contains("breached password \(number)")) }
            #expect(try Password.problem(known[3], breached: list) == .breached)
        }
        for count in 0...3 {
            let few = known.prefix(count).map(Self.hash).sorted().map { "\($0.lowercased()):1" }
            try Self.withList(few, ending: ending) { list throws in
                for password in known.prefix(count) { #expect(try list.contains(password)) }
                #expect(try !list.contains("something else"))
            }
        }
    }

    @Test("a list may hold hashes that are cut, but not so short that they are anybody's")
    func prefixes() throws {
        let known = ["a known password", "another known one", "and a third of them"]
        try Self.withList(known.map { "\(Self.hash($0).prefix(12)):2" }.sorted(), ending: "\n") { list throws in
            for password in known { #expect(try list.contains(password)) }
            #expect(try !list.contains("an unknown password"))
        }
        try Self.withList(known.map { "\(Self.hash($0).prefix(4)):2" }.sorted(), ending: "\n") { list throws in
            for password in known { #expect(try !list.contains(password)) }
        }
    }

    @Test("a common password is refused in whatever case, without another list and beside one")
    func common() throws {
        let known = ["qwerty123456", "iloveyou forever", "ñandú12345678"]
        let path = FileManager.default.temporaryDirectory.path + "/common-" + UUID().uuidString
        let lines = known.map { String(Self.hash($0).prefix(12)) }.sorted()
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        for other in [nil, "/nonexistent/list.txt"] {
            let common = BreachedPasswords(path: other, common: path)
            for password in known + known.map({ $0.uppercased() }) {
                #expect(try Password.problem(password, breached: common) == .breached, "\(password)")
            }
            #expect(try !common.contains("seven quiet herons wade"))
            #expect(!common.lacksCommon)
        }
        let lost = BreachedPasswords(path: nil, common: "/nonexistent/common.txt")
        #expect(lost.lacksCommon)
        #expect(try !lost.contains("qwerty123456"))
    }

    @Test("without a list nothing is refused; one that is not there is told")
    func absent() throws {
        #expect(try !BreachedPasswords.none.contains("password"))
        #expect(!BreachedPasswords.none.isMissing)
        let lost = BreachedPasswords(path: "/nonexistent/list.txt")
        #expect(lost.isMissing)
        #expect(try !lost.contains("password"))
    }
}
