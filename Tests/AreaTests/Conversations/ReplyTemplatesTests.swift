import Conversations
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones

@Suite("reply templates in a conversation")
struct ReplyTemplatesTests {
    private let configuration: Configuration
    private let denver: Zone

    init() throws {
        configuration = try ShippedDefinitions().shipped
        denver = try ShippedDefinitions.zones().zone("America/Denver")
    }

    private func card(isShared: Bool = false) throws -> PatientCard {
        PatientCard(
            id: ID(raw: 1), name: "Maria Delgado Ruiz", preferredName: nil, givenName: "Maria", initials: "MD",
            birthDate: nil, gender: nil, mrn: nil, language: "es", needsInterpreter: false,
            phones: [
                PatientPhone(number: try #require(PhoneNumber("+13035550142")), use: "mobile", shared: isShared)
            ], email: nil, contactPreference: nil, coverage: nil, flags: [], deceased: false, zone: nil)
    }

    /// A visit at a place whose clock is an hour behind the agent's.
    private func visit() throws -> AppointmentSummary {
        let location = try #require(configuration.locations["flagstaff"])
        let zone = try ShippedDefinitions.zones().zone(location.zone)
        let start = zone.instant(of: try #require(CivilDateTime(iso: "2026-07-07T09:40")))
        return AppointmentSummary(
            id: ID(raw: 2), patient: ID(raw: 1), need: nil, status: "booked", confirmed: false, pendingExternal: false,
            localStart: "2026-07-07T09:40", zone: location.zone, startsAt: Instant(microseconds: start),
            endsAt: Instant(microseconds: start) + .minutes(20), minutes: 20, visitType: "knee-surgery-consult",
            practitioner: try #require(configuration.practitioners.keys.sorted().first), location: "flagstaff")
    }

    private func offers(
        _ language: Language, card: PatientCard?, visit: AppointmentSummary? = nil, isShared: Bool = false
    ) -> [ReplyTemplates.Offer] {
        ReplyTemplates(
            configuration: configuration, reader: .english, zone: denver, now: TestWorld.start, card: card,
            visit: visit, isShared: isShared, agent: "Ana Torres"
        ).all(language)
    }

    private func expectWhole(_ offers: [ReplyTemplates.Offer]) {
        #expect(offers.count == configuration.replyTemplates().count)
        for offer in offers {
            #expect((offer.text == nil) == (offer.why != nil), "\(offer.key)")
            #expect(offer.text?.contains("…") != true && offer.text?.contains("{{") != true, "\(offer.key)")
        }
    }

    @Test(
        "without a visit, what would tell of one is listed with the reason and cannot be chosen",
        arguments: Language.allCases)
    func withoutVisit(language: Language) throws {
        let offers = offers(language, card: try card())
        expectWhole(offers)
        for offer in offers {
            let variables = configuration.messageTemplates[offer.key]?.variables ?? []
            #expect((offer.why == .visit) == variables.contains(where: \.isOfVisit), "\(offer.key)")
        }
        #expect(offers.contains { $0.why == .visit } && offers.contains { $0.why == nil })
    }

    @Test(
        "with a visit every template is whole, and tells its time by the clock of its place",
        arguments: Language.allCases)
    func withVisit(language: Language) throws {
        let offers = offers(language, card: try card(), visit: try visit())
        expectWhole(offers)
        #expect(offers.allSatisfy { $0.why == nil })
        let template = MessageTemplateDefinition(
            key: "when", names: LocalizedText("When", spanish: "Cuándo"), use: .reply, purpose: .reply,
            variables: [.when], body: LocalizedText("{{when}}", spanish: "{{when}}"))
        let only = Configuration(revision: 1, [(1, .messageTemplate(template))])
        let told = ReplyTemplates(
            configuration: only, reader: language, zone: denver, now: TestWorld.start, card: try card(),
            visit: try visit(), isShared: false, agent: "Ana"
        ).all(language)
        #expect(told.first?.text?.contains("9:40") == true)
    }

    @Test("to somebody nobody knows only what names nobody is offered", arguments: Language.allCases)
    func unknown(language: Language) {
        let offers = offers(language, card: nil)
        expectWhole(offers)
        #expect(offers.contains { $0.why == nil } && offers.contains { $0.why == .person })
        #expect(offers.allSatisfy { $0.text?.contains("Maria") != true })
    }

    @Test(
        "at a number that several share no template names the patient, the visit or its place",
        arguments: Language.allCases)
    func shared(language: Language) throws {
        let offers = offers(language, card: try card(isShared: true), visit: try visit(), isShared: true)
        expectWhole(offers)
        #expect(offers.contains { $0.why == nil } && offers.contains { $0.why == .shared })
        let place = try #require(configuration.locations["flagstaff"]).name
        for offer in offers {
            #expect(offer.text?.contains("Maria") != true && offer.text?.contains(place) != true, "\(offer.key)")
        }
    }

    @Test("a text with a place that nobody filled in is refused, whoever sends it", arguments: TestStores.engines)
    func unfilled(engine: Engine) async throws {
        try await ConversationsWorld.with(engine) { world in
            _ = try await world.patient("Maria", "Delgado", phone: "+13035550142")
            try await world.receive("I need to move my visit", from: "+13035550142")
            let conversation: ID<Conversation> = try #require(
                try await world.rows("SELECT id FROM conversation").first)["id"]
            func send(_ text: String, _ template: String? = nil) async -> String? {
                await faultCode {
                    _ = try await world.world.spine.perform(
                        SendReply(
                            conversation: conversation, need: nil, text: text, template: template, language: .english,
                            messaging: world.messaging),
                        as: world.agent)
                }
            }
            #expect(await send("Hi Maria, see you on {{when}}.") == "message.unfilled")
            #expect(await send("Hi Maria, see you on {{ when }}.", "reply-done") == "message.unfilled")
            #expect(await send("… is at …. Park free.", "reply-directions") == "message.unfilled")
            #expect(await send("Hello", "no-such-template") == "request.invalid")
            #expect(try await world.outbound().isEmpty)
            // People write this way; without a template there is no place that it could stand for.
            #expect(await send("Let me see… Tuesday at 9?") == nil)
            #expect(await send("All done, Maria.", "reply-done") == nil)
        }
    }
}
