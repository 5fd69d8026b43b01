import TimeZones
import App
import Conversations
import ConversationsAPI
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

@Suite("Offers by e-mail")
struct OffersByMailTests {
    struct Offered {
        let id: ID<WaitlistOffer>
        let patient: ID<Patient>
        let state: String
        let reason: String?
        let answeredBy: String?
        let message: ID<Message>?
        /// Of the message: email or sms.
        let medium: String?
    }

    static func mail(_ settings: inout AppSettings) {
        settings.linkBase = "https://clinic.example"
        settings.mail = MailOptions(host: "127.0.0.1", port: 1, security: .none) { _ in "front@clinic.example" }
    }

    static func with(_ engine: Engine, _ body: @escaping (PageWorld) async throws -> Void) async throws {
        try await PageWorld.with(engine, settings: mail, body)
    }

    func person(
        _ given: String, email: String? = nil, prefers: String? = nil, phone: String? = nil, language: String = "en"
    ) -> NewPatient {
        var person = NewPatient()
        person.given = [given]
        person.family = "Delgado"
        person.language = language
        person.email = email
        person.contactPreference = prefers
        person.zone = "America/Denver"
        person.phones = phone.flatMap { PhoneNumber($0) }.map { [(number: $0, use: "mobile")] } ?? []
        return person
    }

    func register(_ person: NewPatient, _ world: PageWorld) async throws -> ID<Patient> {
        try await world.people.register(person)
    }

    /// So many who have an e-mail address alone, or a number alone.
    func register(_ count: Int, byMail: Bool, _ world: PageWorld) async throws -> [ID<Patient>] {
        var people: [ID<Patient>] = []
        for index in 0..<count {
            let guest =
                byMail
                ? person("Guest", email: "guest\(index)@people.example")
                : person("Guest", phone: "+1303555\(2_000 + index)")
            people.append(try await register(guest, world))
        }
        return people
    }

    func wait(_ people: [ID<Patient>], _ world: PageWorld) async throws {
        let waitlist = WaitlistDesk(world.people.desk)
        for patient in people {
            let request = WaitlistRequest(WaitlistWish(visitType: "annual-physical"))
            _ = try await world.spine.perform(
                JoinWaitlist(patient, request, waitlist: waitlist), as: world.people.caller)
        }
    }

    /// They wait, and a visit of somebody else's is called off.
    func offer(to people: [ID<Patient>], _ world: PageWorld) async throws -> [Offered] {
        let left = try await register(person("Ines", phone: "(303) 555-0187"), world)
        let visit = try await world.people.book(left, day: "2026-03-12")
        try await wait(people, world)
        _ = try await world.spine.perform(
            CancelAppointment(visit, reason: .patient, telling: false, desk: world.people.desk),
            as: world.people.caller)
        try await world.people.settle()
        return try await offers(world)
    }

    /// In the order in which they were made.
    func offers(_ world: PageWorld) async throws -> [Offered] {
        try await rows(
            """
            SELECT f.id, f.patient, f.state, f.reason, f.answered_by, f.message, c.medium FROM waitlist_offer f
            LEFT JOIN message m ON m.tenant = f.tenant AND m.id = f.message
            LEFT JOIN conversation c ON c.tenant = m.tenant AND c.id = m.conversation
            WHERE f.tenant = \(.tenant) ORDER BY f.offered_at, f.id
            """, world
        ).map { row in
            Offered(
                id: try row["id"], patient: try row["patient"], state: try row["state"], reason: try row["reason"],
                answeredBy: try row["answered_by"], message: try row["message"], medium: try row["medium"])
        }
    }

    func rows(_ sql: SQL, _ world: PageWorld) async throws -> [Row] {
        try await world.platform.installation.database.read(world.tenant) { try $0.rows(sql) }
    }

    func count(_ sql: SQL, _ world: PageWorld) async throws -> Int {
        try await world.platform.installation.database.read(world.tenant) { try $0.value(sql) } ?? 0
    }

    /// Everything that went to somebody by e-mail, as it stands in the thread.
    func letters(to patient: ID<Patient>, _ world: PageWorld) async throws -> [String] {
        let conversations = try await world.people.ids(
            "SELECT id FROM conversation WHERE tenant = \(.tenant) AND medium = 'email' AND patient = \(patient)",
            of: Conversation.self)
        var texts: [String] = []
        for conversation in conversations {
            texts += try await world.spine.ask(
                ReadThreadTexts(conversation: conversation, messaging: world.people.messaging),
                as: world.people.caller)
        }
        return texts
    }

    func path(_ letter: String, _ page: String) throws -> String {
        let parts = letter.split(separator: "https://clinic.example/\(page)/", omittingEmptySubsequences: false)
        try #require(parts.count == 2, "one link in: \(letter)")
        return "/\(page)/" + String(parts[1].prefix { !$0.isWhitespace })
    }

    /// Says what the carrier or the mail server made of a message.
    func fail(_ message: ID<Message>, _ world: PageWorld) async throws {
        let changed = try await world.spine.perform(
            RecordDeliveryReceipt(
                intent: message, providerID: "SM\(message.raw)", status: "failed", errorCode: "550",
                messaging: world.people.messaging), as: world.people.caller)
        #expect(changed)
        try await world.people.settle()
    }

    func withdrawMail(_ patient: ID<Patient>, _ world: PageWorld) async throws {
        let messaging = world.people.messaging
        let now = world.clock.now()
        _ = try await world.spine.perform(
            Work { context in
                try messaging.record(
                    ConsentSummary(channel: "email", purpose: "*", given: false, source: "verbal", recordedAt: now),
                    of: patient, context: context)
                return true
            }, as: world.people.caller)
        try await world.people.settle()
    }

    // MARK: Free times

    @Test(
        "a free time goes by e-mail to who prefers it or has no number; its link only shows, its POST takes the time",
        arguments: TestStores.engines)
    func offered(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let ana = try await register(person("Ana", email: "ana@people.example"), world)
            let bea = try await register(
                person("Bea", email: "bea@people.example", prefers: "email", phone: "(303) 555-0101", language: "es"),
                world)
            let cleo = try await register(
                person("Cleo", email: "cleo@people.example", phone: "(303) 555-0142"), world)
            let made = try await offer(to: [ana, bea, cleo], world)
            #expect(made.map(\.state) == ["offered", "offered", "offered"])
            let media = Dictionary(uniqueKeysWithValues: made.map { ($0.patient, $0.medium) })
            #expect(media == [ana: "email", bea: "email", cleo: "sms"])
            let consents = try await count(
                """
                SELECT COUNT(*) FROM outbox WHERE tenant = \(.tenant) AND kind = 'mail' AND consent LIKE 'implied:%'
                    AND purpose = 'appointment-change'
                """, world)
            #expect(consents == 2)

            let letter = try #require(try await letters(to: ana, world).first)
            let link = try path(letter, "offers")
            #expect(letter.contains("Hello Ana") && letter.contains("Thu 12 Mar, 9:00 AM"))
            #expect(letter.contains("Say yes or no by Mon 2 Mar, 9:30 AM."))
            for word in ["Delgado", "hysical", "Alvarez", "Reply", "YES"] { #expect(!letter.contains(word), "\(word)") }
            let spanish = try #require(try await letters(to: bea, world).first)
            #expect(spanish.contains("Hola, Bea") && spanish.contains("antes de"))

            let reader = world.stranger
            for _ in 0..<2 {
                #expect(try await reader.get(link).visible.contains("Do you want it?"))
                for act in ["acceptance", "refusal", "leaving"] { _ = try await reader.get("\(link)/\(act)") }
            }
            #expect(try await offers(world).map(\.state) == ["offered", "offered", "offered"])
            let yes = try await reader.post("\(link)/acceptance", [])
            #expect(yes.status == 303 && yes.location == "\(link)?said=accepted")
            try await world.platform.installation.database.write(world.tenant) { transaction in
                try transaction.send("UPDATE message SET state = 'sent' WHERE tenant = \(.tenant) AND state = 'queued'")
            }
            // Who texts is as late as the other who got e-mail.
            try await world.people.receive("YES", from: "+13035550142")
            let other = try await reader.post("\(path(spanish, "offers"))/acceptance", [])
            #expect(other.location?.hasSuffix("said=gone") == true)
            let after = try await offers(world)
            #expect(after.first { $0.patient == ana }.map { [$0.state, $0.answeredBy] } == ["accepted", "link"])
            #expect(after.count { $0.state == "accepted" } == 1 && after.count { $0.state == "gone" } == 2)
            let booked = try await rows(
                "SELECT patient FROM appointment WHERE tenant = \(.tenant) AND status = 'booked'", world)
            #expect(try booked.map { try $0["patient"] as ID<Patient> } == [ana])
        }
    }

    @Test("of a yes by e-mail and one by text at once exactly one has the time", arguments: TestStores.engines)
    func race(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let ana = try await register(person("Ana", email: "ana@people.example"), world)
            let cleo = try await register(person("Cleo", phone: "(303) 555-0142"), world)
            let made = try await offer(to: [ana, cleo], world)
            let link = try path(try #require(try await letters(to: ana, world).first), "offers")
            let texted = try #require(made.first { $0.patient == cleo }).id
            let waitlist = WaitlistDesk(world.people.desk)
            async let mailed = world.stranger.post("\(link)/acceptance", [])
            async let said = world.spine.perform(
                AcceptOffer(texted, by: "sms", waitlist: waitlist), as: world.people.caller)
            let byLink = try await mailed.location?.hasSuffix("said=accepted") == true
            var byText = false
            do {
                byText = try await said.outcome == .accepted
            } catch let fault as Fault where fault.category == .conflict {
                byText = false
            }
            #expect(byLink != byText)
            #expect(try await offers(world).count { $0.state == "accepted" } == 1)
            #expect(
                try await count(
                    "SELECT COUNT(*) FROM appointment WHERE tenant = \(.tenant) AND status = 'booked'", world) == 1)
        }
    }

    @Test("who wants no e-mail is offered nothing by it, not by text either, and the row says why")
    func refused() async throws {
        try await Self.with(.sqlite) { world in
            let ana = try await register(
                person("Ana", email: "ana@people.example", prefers: "email", phone: "(303) 555-0101"), world)
            try await withdrawMail(ana, world)
            let made = try await offer(to: [ana], world)
            #expect(made.map(\.state) == ["withheld"] && made.map(\.reason) == ["opted-out"])
            #expect(made.map(\.message) == [nil])
            #expect(try await letters(to: ana, world).isEmpty)
        }
    }

    @Test("to an address that several share goes nothing of a person, and no link")
    func shared() async throws {
        try await Self.with(.sqlite) { world in
            let ana = try await register(person("Ana", email: "home@people.example"), world)
            _ = try await register(person("Bruno", email: "Home@people.example"), world)
            let made = try await offer(to: [ana], world)
            #expect(made.map(\.state) == ["offered"] && made.map(\.medium) == ["email"])
            let letter = try #require(try await letters(to: ana, world).first)
            #expect(letter.contains("someone who gets e-mail here") && letter.contains("Thu 12 Mar, 9:00 AM"))
            for word in ["Ana", "Delgado", "https://", "Northside", "hysical"] { #expect(!letter.contains(word)) }
        }
    }

    // MARK: What does not arrive

    @Test(
        "an offer that does not arrive keeps no time: the next is asked at once, by e-mail as by text",
        arguments: TestStores.engines, [true, false])
    func undelivered(engine: Engine, byMail: Bool) async throws {
        try await Self.with(engine) { world in
            let people = try await register(12, byMail: byMail, world)
            let made = try await offer(to: people, world)
            #expect(made.map(\.state) == Array(repeating: "offered", count: 10))
            try await fail(try #require(made[3].message), world)
            let after = try await offers(world)
            #expect(after.count == 11 && after[10].state == "offered" && after[10].medium == made[3].medium)
            #expect(after[3].state == "withheld" && after[3].reason == "undelivered")
            #expect(after.count { $0.state == "offered" } == 10)
            // They were not written to for all that is known, and are not asked about this time again.
            world.clock.advance(by: .minutes(91))
            try await world.people.settle()
            let last = try await offers(world)
            #expect(last.count == 12 && last.count { $0.patient == made[3].patient } == 1)
            #expect(
                try await count(
                    "SELECT COUNT(*) FROM waitlist_entry WHERE tenant = \(.tenant) AND state = 'waiting'", world) == 12)
            let staff = try await world.signIn()
            let openings = try await world.people.ids(
                "SELECT id FROM waitlist_opening WHERE tenant = \(.tenant)", of: WaitlistOpening.self)
            let page = try await staff.get("/waitlist/openings/\(try #require(openings.first).text)")
            #expect(page.visible.contains("The message did not arrive."))
        }
    }

    @Test("an offer that waits to be sent is taken back with the consent, and the next is asked")
    func takenBack() async throws {
        try await Self.with(.sqlite) { world in
            let people = try await register(11, byMail: true, world)
            let made = try await offer(to: people, world)
            #expect(made.count == 10)
            try await withdrawMail(made[0].patient, world)
            let after = try await offers(world)
            #expect(after[0].state == "withheld" && after[0].reason == "opted-out")
            #expect(after.count == 11 && after[10].state == "offered")
        }
    }

    @Test("an answer that came before the message was told as failed stays", arguments: TestStores.engines)
    func answeredAndFailed(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let ana = try await register(person("Ana", email: "ana@people.example"), world)
            let made = try await offer(to: [ana], world)
            let link = try path(try #require(try await letters(to: ana, world).first), "offers")
            _ = try await world.stranger.post("\(link)/acceptance", [])
            try await fail(try #require(made.first?.message), world)
            #expect(try await offers(world).map(\.state) == ["accepted"])
        }
    }

    // MARK: Hours

    @Test("quiet hours are those of the channel that the offer takes")
    func hours() async throws {
        try await Self.with(.sqlite) { world in
            try await publish(world) { policy in
                // At eight in the morning e-mail may go, and texts may not for two more hours.
                policy.jurisdictions.append(
                    ConsentJurisdiction(
                        states: ["CO"], purposes: [.appointmentChange], channels: [.sms],
                        hours: ClockRange("10:00-20:00")))
            }
            let ana = try await register(person("Ana", email: "ana@people.example"), world)
            let cleo = try await register(person("Cleo", phone: "(303) 555-0142"), world)
            let made = try await offer(to: [cleo, ana], world)
            #expect(made.map(\.patient) == [ana] && made.map(\.medium) == ["email"])
            let opening = try #require(
                try await world.people.ids(
                    "SELECT id FROM waitlist_opening WHERE tenant = \(.tenant)", of: WaitlistOpening.self
                ).first)
            let staff = try await world.signIn()
            #expect(try await staff.get("/waitlist/openings/\(opening.text)").status == 200)
            world.clock.advance(by: .hours(2) + .minutes(31))
            try await world.people.settle()
            #expect(try await offers(world).filter { $0.state == "offered" }.map(\.patient) == [cleo])
        }
    }

    func publish(
        _ world: PageWorld, _ change: @Sendable (inout ConsentPolicyDefinition) -> Void
    ) async throws {
        try await world.publish { blueprint in
            for index in blueprint.consentPolicies.indices { change(&blueprint.consentPolicies[index]) }
        }
    }
}
