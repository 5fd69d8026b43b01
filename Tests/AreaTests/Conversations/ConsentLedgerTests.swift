import Conversations
import ConversationsAPI
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

@Suite("the consent ledger")
struct ConsentLedgerTests {
    private static let phone = "+13035550142"

    private func write(
        _ said: RecordConsent.Said, of patient: ID<Patient>, _ world: ConversationsWorld
    ) async throws {
        let agent = world.agent
        let clerk = world.world.caller(
            agent.permissions.union([.consentWrite]), actor: agent.actor)
        _ = try await world.world.spine.perform(
            RecordConsent(of: patient, said: said, messaging: world.messaging), as: clerk)
    }

    private func remind(
        _ patient: ID<Patient>, _ world: ConversationsWorld, location: String? = nil
    ) async throws -> String {
        let messaging = world.messaging
        return try await world.perform { context in
            let outcome = try messaging.send(
                MessageRequest(
                    patient: patient, purpose: "appointment-reminder", template: "reminder",
                    values: ConversationsWorld.visitWords, locationZone: "America/Denver", location: location),
                context: context)
            switch outcome {
            case .queued: return "queued"
            case .held: return "held"
            case .withheld(let reason): return reason
            }
        }
    }

    @Test(
        "free text that can mean nothing else stops at once, with one confirmation, and START undoes it",
        arguments: TestStores.engines)
    func freeText(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: Self.phone, language: "es")
            _ = try await world.promptedVisit(of: maria)
            try await world.receive("por favor no me manden más mensajes", from: Self.phone)
            #expect(try await world.outbound() == ["reminder withdrawn", "opt-out-confirmation queued"])
            #expect(try await world.needs().isEmpty)
            let row = try #require(
                try await world.rows("SELECT source, state FROM contact_consent WHERE source = 'free-text'").first)
            #expect(try row["state"] == "withdrawn")
            try await world.receive("dejen de molestarme", from: Self.phone)
            try await world.receive("STOP", from: Self.phone)
            #expect(try await world.outbound().count == 2)
            #expect(try await remind(maria, world) == "opted-out")
            try await world.receive("ALTA", from: Self.phone)
            #expect(try await world.outbound().last == "opt-in-confirmation queued")
            #expect(try await remind(maria, world) == "queued")
        }
    }

    @Test(
        "a stop word of another language is honoured, and so is REVOKE", arguments: ["СТОП", "退订", "REVOKE", "OPTOUT"])
    func languages(word: String) async throws {
        try await ConversationsWorld.with(.sqlite) { world in
            _ = try await world.patient("Maria", "Delgado", phone: Self.phone)
            try await world.receive(word, from: Self.phone)
            #expect(try await world.outbound() == ["opt-out-confirmation queued"])
        }
    }

    @Test("an uncertain text is not acted on: it is work for a person, who decides once", arguments: TestStores.engines)
    func uncertain(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: Self.phone)
            try await world.receive("too many texts", from: Self.phone)
            #expect(try await world.openReasons() == ["other"])
            #expect(try await remind(maria, world) == "queued")
            let hint = try #require(
                try await world.rows(
                    """
                    SELECT h.message, m.conversation FROM consent_hint h
                    JOIN message m ON m.tenant = h.tenant AND m.id = h.message
                    """
                ).first)
            let clerk = world.world.caller(
                ConversationsWorld.agentRights.union([.consentWrite]), actor: world.agent.actor)
            let decide = DecideConsentHint(
                conversation: try hint["conversation"], message: try hint["message"], stop: true,
                messaging: world.messaging)
            _ = try await world.world.spine.perform(decide, as: clerk)
            #expect(try await world.outbound() == ["reminder withdrawn", "opt-out-confirmation queued"])
            let word = try #require(
                try await world.rows("SELECT source, recorded_by FROM contact_consent WHERE state = 'withdrawn'").first)
            #expect(try word["source"] == "free-text")
            let recorder: Int64? = try word["recorded_by"]
            #expect(recorder != nil)
            let again = await faultCode { _ = try await world.world.spine.perform(decide, as: clerk) }
            #expect(again == "consent.decided")
        }
    }

    @Test(
        "a verbal no takes back what waits, of that purpose and that person alone, in its own transaction",
        arguments: TestStores.engines)
    func withdrawal(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: Self.phone)
            let tomas = try await world.patient("Tomas", "Delgado", phone: "+13035550143")
            for patient in [maria, maria, tomas] { #expect(try await remind(patient, world) == "queued") }
            try await write(.init(given: false, channel: .sms, purpose: .marketing), of: maria, world)
            #expect(try await world.outbound().allSatisfy { $0 == "reminder queued" })
            try await write(.init(given: false, channel: .sms, purpose: .appointmentReminder), of: maria, world)
            #expect(
                try await world.outbound() == ["reminder withdrawn", "reminder withdrawn", "reminder queued"])
            let waiting = try await world.rows(
                "SELECT state FROM outbox WHERE tenant = \(.tenant) AND kind = 'sms' AND state = 'waiting'")
            #expect(waiting.count == 1)
            #expect(try await remind(maria, world) == "opted-out")
            let row = try #require(
                try await world.rows(
                    "SELECT source, recorded_by FROM contact_consent WHERE purpose = 'appointment-reminder' AND state = 'withdrawn'"
                ).first)
            #expect(try row["source"] == "verbal")
            let recorder: Int64? = try row["recorded_by"]
            #expect(recorder != nil)
        }
    }

    @Test("a yes that has run out allows nothing any more", arguments: TestStores.engines)
    func expiry(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: Self.phone)
            try await write(
                .init(
                    given: true, channel: .sms, purpose: .appointmentReminder, source: .form,
                    document: "Texting form 3", expiresAt: TestWorld.start + .hours(2)), of: maria, world)
            #expect(try await remind(maria, world) == "queued")
            let consent = try #require(try await world.rows("SELECT consent FROM outbox WHERE kind = 'sms'").first)
            let text: String = try consent["consent"]
            #expect(text.hasPrefix("given:"))
            world.world.clock.advance(by: .hours(3))
            #expect(try await remind(maria, world) == "consent-expired")
            let past = RecordConsent.Said(
                given: true, channel: .sms, purpose: .appointmentReminder, expiresAt: TestWorld.start)
            let code = await faultCode { try await write(past, of: maria, world) }
            #expect(code != nil)
        }
    }

    @Test("a no for one place leaves the others alone", arguments: TestStores.engines)
    func scope(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: Self.phone)
            #expect(try await remind(maria, world, location: "denver-northside") == "queued")
            #expect(try await remind(maria, world) == "queued")
            try await write(
                .init(given: false, channel: .sms, purpose: .appointmentReminder, location: "denver-northside"),
                of: maria, world)
            #expect(try await world.outbound() == ["reminder withdrawn", "reminder queued"])
            #expect(try await remind(maria, world, location: "denver-northside") == "opted-out")
            #expect(try await remind(maria, world) == "queued")
        }
    }

    // MARK: The number's word and the person's

    private static let no = RecordConsent.Said(given: false, channel: .sms)

    /// How texts stand, as every page shows it.
    private func standing(_ patient: ID<Patient>, _ world: ConversationsWorld) async throws -> ChannelStanding.Word? {
        let (messaging, caller) = (world.messaging, world.agent)
        let words = try await world.world.stores.main.read(world.world.tenant) { transaction in
            try messaging.consents(of: PatientSet(patient), for: caller, in: transaction).get()
        }
        return ChannelStanding.all(words).first { $0.channel == "sms" }?.word
    }

    /// Tries once to send everything that is due. Nobody is reached: what may go waits, what may not is taken back.
    private func attempt(_ world: ConversationsWorld) async throws {
        let inside = try #require(IPAddress("10.0.0.1"))
        let http = OutboundClient(rules: OutboundRules()) { _ in [inside] }
        let settings = SMSSettings(
            accountSID: "AC1", authToken: Redacted("secret"), from: try #require(PhoneNumber("+13035550100")),
            apiBase: "https://sms.example", publicBase: "https://clinic.example")
        let area = Conversations(
            spine: world.world.spine, messaging: world.messaging, book: world.book, settings: settings, http: http,
            tenantKey: { _ in "clinic" }, shell: { _, _, _, _ in View() })
        let all = area.capabilities.flatMap(\.deliverers).map { ($0.kind, $0) }
        let deliverers = Dictionary(all, uniquingKeysWith: { first, _ in first })
        let channel = world.world.caller([.messageSend, .messageReceive], actor: world.agent.actor)
        _ = try await world.world.spine.deliver(deliverers, as: channel)
        try await http.shutdown()
    }

    @Test(
        "START from somebody's own number lifts the no they said before; a no to one purpose stays",
        arguments: TestStores.engines)
    func startAfterNo(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: Self.phone)
            try await write(.init(given: false, channel: .sms, purpose: .survey), of: maria, world)
            try await write(Self.no, of: maria, world)
            #expect(try await remind(maria, world) == "opted-out")
            #expect(try await standing(maria, world) == .stopped)
            try await world.receive("START", from: Self.phone)
            #expect(try await world.outbound() == ["opt-in-confirmation queued"])
            #expect(try await remind(maria, world) == "queued")
            #expect(try await standing(maria, world) == .limited)
            // What they say afterwards counts again.
            try await write(Self.no, of: maria, world)
            #expect(try await remind(maria, world) == "opted-out")
        }
    }

    @Test("HELP, STOP and START are answered after a no, up to the carrier's door", arguments: TestStores.engines)
    func answersLeave(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            for (index, word) in ["HELP", "STOP", "START"].enumerated() {
                let phone = "+1303555015\(index)"
                let patient = try await world.patient("Maria", "Delgado\(index)", phone: phone)
                try await write(Self.no, of: patient, world)
                try await world.receive(word, from: phone)
            }
            let queued = ["help queued", "opt-out-confirmation queued", "opt-in-confirmation queued"]
            #expect(try await world.outbound() == queued)
            try await attempt(world)
            #expect(try await world.outbound() == queued)
            let tried = try await world.world.count(
                "SELECT COUNT(*) FROM outbox WHERE kind = 'sms' AND state = 'waiting' AND attempts = 1")
            #expect(tried == 3)
        }
    }

    @Test(
        "START from a number of several people leaves each one's own no, says so, and is work for a person",
        arguments: TestStores.engines)
    func startAtSharedNumber(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let sofia = try await world.patient("Sofia", "Delgado", phone: Self.phone)
            let tomas = try await world.patient("Tomas", "Delgado", phone: Self.phone)
            try await write(Self.no, of: sofia, world)
            try await world.receive("STOP", from: Self.phone)
            try await world.receive("START", from: Self.phone)
            #expect(try await world.outbound() == ["opt-out-confirmation queued", "shared-number queued"])
            #expect(try await world.openReasons() == ["other"])
            #expect(try await remind(sofia, world) == "opted-out")
            #expect(try await remind(tomas, world) == "queued")
            // Once nobody's own no stands it is what it was.
            try await write(.init(given: true, channel: .sms), of: sofia, world)
            try await world.receive("START", from: Self.phone)
            #expect(try await world.outbound().contains("opt-in-confirmation queued"))
            #expect(try await world.openReasons() == ["other"])
            #expect(try await remind(sofia, world) == "queued")
        }
    }

    @Test("what pages show is what the policy does: a no of the number or of the person", arguments: TestStores.engines)
    func shown(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            let maria = try await world.patient("Maria", "Delgado", phone: Self.phone)
            #expect(try await standing(maria, world) == .unasked)
            try await world.receive("STOP", from: Self.phone)
            #expect(try await standing(maria, world) == .stopped)
            // A yes that somebody wrote down lifts no STOP.
            try await write(.init(given: true, channel: .sms), of: maria, world)
            #expect(try await standing(maria, world) == .stopped)
            #expect(try await remind(maria, world) == "opted-out")
            try await world.receive("START", from: Self.phone)
            #expect(try await standing(maria, world) == .given)
            #expect(try await remind(maria, world) == "queued")
            try await write(Self.no, of: maria, world)
            #expect(try await standing(maria, world) == .stopped)
            #expect(try await remind(maria, world) == "opted-out")
        }
    }

    @Test("where a state's law asks for more, the stricter rule counts")
    func jurisdiction() throws {
        let policy = try #require(try ShippedDefinitions().shipped.consentPolicy)
        let zone = try ShippedDefinitions.zones().zone("America/Denver")
        // Monday 2 March 2026, 20:30 in Denver.
        let evening = TestWorld.start + .hours(12) + .minutes(30)
        var question = ContactPolicy.Question(purpose: .survey, now: evening, locationZone: zone)
        guard case .allowed(_, held: false, _, _) = ContactPolicy.decide(question, by: policy) else {
            Issue.record("a survey at half past eight waits without any such law")
            return
        }
        question.states = ["FL"]
        #expect(ContactPolicy.decide(question, by: policy) == .withheld(reason: "no-consent"))
        question.consent.purpose = .init(id: 5, given: true)
        guard case .allowed(let at, held: true, _, _) = ContactPolicy.decide(question, by: policy) else {
            Issue.record("Florida's evening was not kept")
            return
        }
        #expect(zone.civil(at: at.microseconds).iso == "2026-03-03T08:00")
        question.purpose = .appointmentReminder
        guard case .allowed(_, held: false, _, _) = ContactPolicy.decide(question, by: policy) else {
            Issue.record("a reminder is no solicitation")
            return
        }
    }
}
