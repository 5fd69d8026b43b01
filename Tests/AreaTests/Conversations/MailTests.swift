import Conversations
import Kernel
import Testing

@Suite("E-mail")
struct MailTests {
    @Test(
        "an address is taken only in the one form that can stand in a header",
        arguments: [
            "maria@people.example", "maria.delgado+clinic@people.example", "m@a.co", "O'Neil_1@sub.people.example",
        ])
    func addresses(_ text: String) { #expect(MailAddress(text)?.text == text) }

    @Test(
        "what could be read as another header, another address or another command is no address",
        arguments: [
            "", "@", "maria", "maria@", "@people.example", "maria@people", "a@b@people.example",
            "maria @people.example",
            "maria@people.example\r\nBcc: eve@evil.example", "maria@people.example\n", "maria\u{0}@people.example",
            "<maria@people.example>", "maria@people.example>", "maria@people.example,eve@evil.example",
            "\"maria\"@people.example", "maria@[127.0.0.1]", "maría@people.example", "maria@peoplé.example",
            ".maria@people.example", "ma..ria@people.example", "maria@-people.example", "maria@people..example",
            String(repeating: "a", count: 65) + "@people.example",
        ])
    func injections(_ text: String) { #expect(MailAddress(text) == nil) }

    @Test("words in a header are encoded: nothing in them can end a line or begin an address")
    func words() {
        let wild = "Clínica\r\nBcc: eve@evil.example\u{2028}<eve@evil.example>\u{0}"
        let coded = MailHeader.words(wild)
        #expect(coded.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        #expect(!coded.contains("<") && !coded.contains("Bcc") && !coded.contains("@"))
        #expect(MailHeader.words("Riverbend") == "=?UTF-8?B?Uml2ZXJiZW5k?=")
        let long = MailHeader.words(String(repeating: "ñ", count: 200))
        #expect(long.split(separator: " ").allSatisfy { $0.utf8.count <= 75 })
        #expect(MailHeader.words("") == "")
    }

    @Test("a date is written as mail has it")
    func date() {
        #expect(MailHeader.date(Instant(microseconds: 1_795_380_431_000_000)) == "Sun, 22 Nov 2026 20:47:11 +0000")
        #expect(MailHeader.date(Instant(microseconds: 0)) == "Thu, 1 Jan 1970 00:00:00 +0000")
    }

    @Test("what a server said, and how far it had come, says whether it has the message")
    func sent() {
        func sent(_ done: Bool, _ failure: String = "interrupted", named: Bool, begun: Bool, _ reply: Int) -> MailSent {
            MailSent(isDone: done, failure: failure, named: named, begun: begun, reply: reply)
        }
        #expect(sent(true, named: true, begun: true, 250) == .accepted)
        // It took the message and broke off when it should have said good-bye.
        #expect(sent(false, named: true, begun: true, 250) == .accepted)
        #expect(sent(false, named: true, begun: false, 550) == .refused(code: "smtp-550"))
        #expect(sent(false, named: true, begun: false, 451) == .notTaken(reason: "smtp-451"))
        #expect(sent(false, named: true, begun: true, 554) == .refused(code: "smtp-554"))
        #expect(sent(false, named: true, begun: true, 452) == .notTaken(reason: "smtp-452"))
        #expect(sent(false, named: true, begun: true, 0) == .silence(reason: "mail-no-answer"))
        // The answer to the word DATA is no answer to the message.
        #expect(sent(false, named: true, begun: true, 354) == .silence(reason: "mail-no-answer"))
        // A server that takes nobody's mail at present has not refused this message.
        #expect(sent(false, named: false, begun: false, 554) == .notTaken(reason: "smtp-554"))
        #expect(sent(false, "sign-in", named: false, begun: false, 535) == .notTaken(reason: "sign-in"))
        #expect(sent(false, "no-connection", named: false, begun: false, 0) == .notTaken(reason: "no-connection"))
        #expect(sent(false, "no-tls", named: false, begun: false, 250) == .notTaken(reason: "no-tls"))
    }

    @Test("settings that cannot work are refused by name")
    func settings() throws {
        func code(_ host: String, _ port: Int, user: String? = nil) -> String? {
            do throws(Fault) {
                _ = try MailSettings(
                    host: host, port: port, security: .starttls, user: user, publicBase: nil,
                    sender: { _ in throw Fault.notFound("sender") })
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code("mail.clinic.example", 587) == nil)
        #expect(code("mail.clinic.example", 0) == "config.mail.port")
        #expect(code("mail.clinic.example/x", 587) == "config.mail.host")
        #expect(code("mail.clinic.example", 587, user: "front") == "config.mail.user")
    }
}
