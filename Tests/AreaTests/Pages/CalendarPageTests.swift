import App
import Conversations
import ConversationsAPI
import Kernel
import PeopleAPI
import Scheduling
import Spine
import Store
import Testing
import TestKit
import Trust
import Vault
import Web

@Suite("Calendar links and e-mail notices")
struct CalendarPageTests {
    private static func mail(_ settings: inout AppSettings) {
        settings.linkBase = "https://clinic.example"
        settings.mail = MailOptions(host: "127.0.0.1", port: 1, security: .none) { _ in "front@clinic.example" }
    }

    private static func person(
        _ given: String, email: String?, prefers: String? = nil, phone: String? = nil
    ) -> NewPatient {
        var person = NewPatient()
        person.given = [given]
        person.family = "Delgado"
        person.email = email
        person.contactPreference = prefers
        person.zone = "America/Denver"
        person.phones = phone.flatMap { PhoneNumber($0) }.map { [(number: $0, use: "mobile")] } ?? []
        return person
    }

    private func queued(_ world: PageWorld) async throws -> [String] {
        try await world.platform.installation.database.read(world.tenant) { transaction in
            try transaction.rows(
                """
                SELECT c.medium, m.template, m.state, o.kind FROM message m
                JOIN conversation c ON c.tenant = m.tenant AND c.id = m.conversation
                JOIN outbox o ON o.tenant = m.tenant AND o.target = m.id
                WHERE m.tenant = \(.tenant) ORDER BY m.id
                """
            ).map { row in
                let medium: String = try row["medium"], template: String = try row["template"]
                let state: String = try row["state"], kind: String = try row["kind"]
                return "\(medium) \(template) \(state) \(kind)"
            }
        }
    }

    @Test(
        "a notice goes by e-mail to who prefers it or has no number, and to nobody else", arguments: TestStores.engines)
    func channel(_ engine: Engine) async throws {
        try await PageWorld.with(engine, settings: Self.mail) { world in
            let prefers = try await world.people.register(
                Self.person("Ana", email: "ana@people.example", prefers: "email", phone: "(303) 555-0101"))
            let numberless = try await world.people.register(Self.person("Bea", email: "bea@people.example"))
            let texts = try await world.people.register(
                Self.person("Cleo", email: "cleo@people.example", phone: "(303) 555-0102"))
            let odd = try await world.people.register(
                Self.person("Dora", email: "dora@odd,x.example", prefers: "email", phone: "(303) 555-0103"))
            for (patient, time) in [(prefers, "08:00"), (numberless, "09:00"), (texts, "10:00"), (odd, "11:00")] {
                _ = try await world.people.book(patient, time, day: "2026-03-12")
            }
            #expect(
                try await queued(world) == [
                    "email email-confirmation queued mail", "email email-confirmation queued mail",
                    "sms confirmation queued sms", "sms confirmation queued sms",
                ])
        }
    }

    @Test(
        "the link in an e-mail only shows; its POST stops what waits and all that follows",
        arguments: TestStores.engines)
    func stop(_ engine: Engine) async throws {
        try await PageWorld.with(engine, settings: Self.mail) { world in
            let ana = try await world.people.register(Self.person("Ana", email: "ana@people.example"))
            let visit = try await world.people.book(ana, "08:00", day: "2026-03-12")
            let conversation: ID<Conversation> = try #require(
                try await world.people.ids(
                    "SELECT id FROM conversation WHERE tenant = \(.tenant)", of: Conversation.self
                ).first)
            let vault = try await world.spine.vault(world.tenant)
            let token = try vault.sealToken(
                withUnsafeBytes(of: conversation.raw.bigEndian) { Array($0) }, label: "link/mail-choice")
            let reader = world.stranger
            for _ in 0..<2 {
                let page = try await reader.get("/mail/\(token)")
                #expect(page.status == 200)
                #expect(page.visible.contains("Stop e-mail from us?"))
                #expect(!page.visible.contains("Ana") && !page.visible.contains("people.example"))
            }
            #expect(try await queued(world) == ["email email-confirmation queued mail"])
            #expect(try await reader.get("/mail/AAAA").status == 404)
            _ = try await reader.post("/mail/\(token)", [])
            #expect(try await queued(world) == ["email email-confirmation withdrawn mail"])
            #expect(try await reader.get("/mail/\(token)").visible.contains("E-mail is stopped"))
            _ = try await world.spine.perform(
                CancelAppointment(visit, reason: .patient, desk: world.people.desk), as: world.people.caller)
            try await world.people.settle()
            #expect(try await queued(world).count == 1)
            _ = try await reader.post("/mail/\(token)/resumption", [])
            #expect(try await reader.get("/mail/\(token)").visible.contains("Stop e-mail from us?"))
        }
    }

    @Test("a link is shown once, is read with its owner's rights, and is nothing once it has ended")
    func feed() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            _ = try await world.people.book(maria, "09:00", day: "2026-03-12")
            let visitor = try await world.signIn("clinician")
            #expect(try await visitor.get("/schedule/feeds").visible.contains("No links yet"))
            let made = try await visitor.post("/schedule/feeds", [("source", "practitioner:elena-alvarez")])
            #expect(made.status == 200)
            let address = try #require(made.html.firstMatch(of: /\/calendar\/[A-Za-z0-9_-]{43}\.ics/)).output
            #expect(try await visitor.get("/schedule/feeds").html.contains(address) == false)
            let file = try await world.stranger.get(String(address))
            #expect(file.status == 200)
            #expect(file.html.contains("BEGIN:VEVENT"))
            #expect(file.html.contains("SUMMARY:Busy"))
            #expect(!file.html.contains("Delgado"))
            let wrong = try await visitor.post("/schedule/feeds", [("source", "practitioner:nobody")])
            #expect(wrong.status == 422)
            #expect(wrong.visible.contains("Choose a calendar from the list."))
            let id = try #require(
                try await world.people.ids("SELECT id FROM calendar_feed WHERE tenant = \(.tenant)", of: Tenant.self)
                    .first)
            // Another's link is not theirs to end.
            let other = try await world.signIn("clinic-manager")
            #expect(try await other.post("/schedule/feeds/\(id.text)/ending", []).status == 404)
            #expect(try await world.stranger.get(String(address)).status == 200)
            _ = try await visitor.post("/schedule/feeds/\(id.text)/ending", [])
            #expect(try await world.stranger.get(String(address)).status == 404)
        }
    }

    @Test(
        "a link shows a visit that was placed anew at its new moment, as a later state of the same event",
        arguments: TestStores.engines)
    func replanned(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, "10:00", day: "2026-03-12")
            // As data would have placed it by which ten o'clock was nine.
            _ = try await world.platform.installation.database.write(world.tenant) { transaction in
                try transaction.send(
                    """
                    UPDATE appointment SET local_start = '2026-03-12T09:00', tz_version = '2025b'
                    WHERE tenant = \(.tenant) AND id = \(visit)
                    """)
            }
            let visitor = try await world.signIn("clinician")
            let made = try await visitor.post("/schedule/feeds", [("source", "practitioner:elena-alvarez")])
            let address = String(try #require(made.html.firstMatch(of: /\/calendar\/[A-Za-z0-9_-]{43}\.ics/)).output)
            let before = try await world.stranger.get(address).html
            let done = try await ZoneReplanning(desk: world.people.desk).run(world.spine, world.tenant)
            #expect(done.count(.moved) == 1)
            let after = try await world.stranger.get(address).html
            let old = try #require(try CalendarReader(before).events.first)
            let new = try #require(try CalendarReader(after).events.first)
            #expect(new.start == old.start - 3_600 && new.end == old.end - 3_600)
            #expect(after.contains("DTSTART;TZID=America/Denver:20260312T090000\r\n"))
            #expect(before.contains("SEQUENCE:0\r\n") && after.contains("SEQUENCE:1\r\n"))
            let uid = "UID:\(visit.text.lowercased())-"
            #expect(before.contains(uid) && after.contains(uid))
        }
    }

    @Test(
        "one visit as a file names the practice and the hour, and neither patient nor reason",
        arguments: TestStores.engines)
    func file(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, "09:00", day: "2026-03-12")
            let people = world.people
            let area = Scheduling(
                plans: people.plans, directory: people.directory, messaging: people.messaging, staff: Staff(),
                shell: { _, _, _, _ in View() }, panel: { _, _, _ in nil }, catalogue: world.platform.pages.catalogue)
            let file = try await area.visitFile(visit, language: .spanish, spine: world.spine, as: people.caller)
            #expect(file.text.contains("DTSTART;TZID=America/Denver:20260312T090000\r\n"))
            #expect(file.text.contains("SUMMARY:Cita en "))
            #expect(!file.text.contains("Maria") && !file.text.contains("physical") && !file.text.contains("Alvarez"))
        }
    }
}
