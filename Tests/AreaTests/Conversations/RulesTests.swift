import Conversations
import Kernel
import StudioAPI
import TestKit
import Testing
import TimeZones
import Web

@Suite("what a text asks for")
struct NeedClassifierTests {
    private let classifier = NeedClassifier()

    @Test("two things in one text are two needs, each with its own words")
    func twoNeeds() {
        let needs = classifier.needs(in: "need to move my knee surgery consult, also my insurance changed")
        #expect(needs.map(\.reason) == [.reschedule, .insuranceChange])
        #expect(needs.map(\.words) == ["need to move my knee surgery consult", "my insurance changed"])
    }

    @Test(
        "the common reasons are found in both languages",
        arguments: [
            ("Hi, I need to move my appointment on Monday, I have to work", NeedReason.reschedule),
            ("¿se puede mover mi cita para el jueves por la tarde? porfa", .reschedule),
            ("I'm almost out of metformin, can you send it to the pharmacy pls", .refill),
            ("ya casi se me acaba mi insulina, ¿la pueden mandar a la farmacia?", .refill),
            ("why do I owe $48.20?", .billing),
            ("me cobraron $35 por una cita que cancelé", .billing),
            ("where do I park for my visit tomorrow?", .directions),
            ("¿qué autobús llega a la clínica?", .directions),
            ("running 10 min late, sorry", .runningLate),
            ("voy 10 minutos tarde, perdón", .runningLate),
            ("Hello, could I book a time for my son, Friday after 3", .newAppointment),
            ("Hola, ¿aceptan pacientes nuevos? Es para mi mamá", .newAppointment),
            ("me cambiaron el seguro a Bluestem. ¿Lo aceptan?", .insuranceChange),
            ("I want to cancel my visit on Wednesday", .cancellation),
            ("The door of the clinic was painted blue", .other),
        ])
    func reasons(text: String, reason: NeedReason) {
        #expect(classifier.needs(in: text).first?.reason == reason)
    }

    @Test(
        "thanks and greetings alone are nobody's work",
        arguments: ["Thanks so much!", "¡Gracias!", "Ok", "hello", "grreat, see you Monday"])
    func courtesies(text: String) {
        #expect(classifier.needs(in: text).isEmpty)
    }

    @Test("days and hours become facts, also what is not possible")
    func facts() throws {
        let needs = classifier.needs(in: "Can we move my visit? Tuesday morning or Wednesday before 10, not Fridays")
        let facts = try #require(needs.first).facts
        #expect(facts.first { $0.code == .whenPossible }?.value.contains("Tuesday morning") == true)
        #expect(facts.contains { $0.code == .notPossible && $0.value.contains("Fridays") })
    }

    @Test(
        "a text of any shape is read without harm",
        arguments: ["", "   ", "\u{0301}\u{0301}", String(repeating: "a ", count: 800)])
    func shapes(text: String) {
        #expect(classifier.needs(in: text).count <= 1)
    }
}

@Suite("what a short reply means")
struct ReplyTests {
    private let words: ReplyWords

    init() throws {
        let policy = try #require(try ShippedDefinitions().shipped.consentPolicy)
        words = ReplyWords(policy.value)
    }

    @Test(
        "keywords are read without case, accents, marks and courtesy",
        arguments: [
            ("STOP", ReplyMeaning.optOut), ("stop.", .optOut), ("Stop please", .optOut), ("¡ALTO!", .optOut),
            ("Unsubscribe", .optOut), ("Sí", .confirm), ("si", .confirm), ("C", .confirm), ("1", .confirm),
            ("Yes!", .confirm),
            ("confirmo", .confirm), ("no", .decline), ("AYUDA", .help), ("start", .optIn),
        ])
    func keywords(text: String, meaning: ReplyMeaning) {
        #expect(words.meaning(of: text)?.keyword == meaning)
    }

    @Test(
        "a sentence is never a keyword",
        arguments: ["yes but later", "please don't stop the treatment", "no idea what this is about"])
    func sentences(text: String) {
        #expect(words.meaning(of: text)?.keyword == nil)
    }

    private func prompt(_ id: Int64, _ choice: Int? = nil) -> WaitingPrompt {
        WaitingPrompt(id: id, appointment: id, choice: choice)
    }

    @Test("a yes with one prompt waiting confirms it")
    func one() {
        #expect(PromptRules.answer(words.meaning(of: "C"), waiting: [prompt(4)]) == .confirm(prompt: 4))
    }

    @Test("a yes with several waiting asks which; the digit that follows chooses")
    func several() {
        #expect(PromptRules.answer(words.meaning(of: "yes"), waiting: [prompt(4), prompt(5)]) == .ask([4, 5]))
        let asked = [prompt(4, 1), prompt(5, 2)]
        #expect(PromptRules.answer(words.meaning(of: "2"), waiting: asked) == .confirm(prompt: 5))
        #expect(PromptRules.answer(words.meaning(of: "1"), waiting: asked) == .confirm(prompt: 4))
        #expect(PromptRules.answer(words.meaning(of: "7"), waiting: asked) == PromptAnswer.none)
        #expect(PromptRules.answer(words.meaning(of: "yes"), waiting: asked) == .flag([4, 5]))
    }

    @Test("while a question with numbers waits it alone is meant, not what was sent before")
    func numbered() {
        let waiting = [prompt(4), prompt(8, 1), prompt(9, 2)]
        #expect(PromptRules.answer(words.meaning(of: "no"), waiting: waiting) == .flag([8, 9]))
        #expect(PromptRules.answer(words.meaning(of: "yes"), waiting: waiting) == .flag([8, 9]))
        #expect(PromptRules.answer(words.meaning(of: "2"), waiting: waiting) == .confirm(prompt: 9))
    }

    @Test("a no goes to a person, and nothing waits for an answer to nothing")
    func no() {
        #expect(PromptRules.answer(words.meaning(of: "no"), waiting: [prompt(4)]) == .flag([4]))
        #expect(PromptRules.answer(words.meaning(of: "C"), waiting: []) == PromptAnswer.none)
    }
}

@Suite("how far a message has come")
struct DeliveryStateTests {
    @Test("whatever order receipts come in, a state never goes back and an end stays an end")
    func forward() {
        let words = ["queued", "sending", "sent", "delivered", "undelivered", "failed", "nonsense"]
        var generator = SeededGenerator(seed: 11)
        let ranks: [DeliveryState: Int] = [
            .queued: 0, .held: 0, .uncertain: 1, .sent: 2, .delivered: 3, .failed: 3, .withdrawn: 3,
        ]
        for _ in 0..<2_000 {
            var state: DeliveryState = [.queued, .held, .uncertain].randomElement(using: &generator) ?? .queued
            for _ in 0..<6 {
                guard let report = words.randomElement(using: &generator).flatMap(DeliveryState.init(provider:)),
                    let next = state.moved(to: report)
                else { continue }
                #expect((ranks[next] ?? 0) > (ranks[state] ?? 0))
                state = next
            }
        }
        #expect(DeliveryState.delivered.moved(to: .failed) == nil)
        #expect(DeliveryState.failed.moved(to: .delivered) == nil)
        #expect(DeliveryState.uncertain.moved(to: .sent) == .sent)
    }
}

@Suite("the provider's wire format")
struct WireTests {
    @Test("a signature holds for the address and parameters it was made for, and for nothing else")
    func signature() throws {
        // Source of the example: Twilio documentation, "Webhooks security: validating requests".
        let signer = WebhookSignature(authToken: Redacted("12345"))
        let fields = [
            ("CallSid", "CA1234567890ABCDE"), ("Caller", "+12349013030"), ("Digits", "1234"), ("From", "+12349013030"),
            ("To", "+18005551212"),
        ]
        let form = FormFields(fields.map { (name: $0.0, value: $0.1) })
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2"
        #expect(signer.sign(url: url, form: form) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
        #expect(signer.isValid("0/KCTR6DLpKmkAf8muzZqo1nDgQ=", url: url, form: form))
        #expect(!signer.isValid("0/KCTR6DLpKmkAf8muzZqo1nDgQ=", url: url + "3", form: form))
        let changed = FormFields(fields.reversed().map { (name: $0.0, value: $0.1 + ($0.0 == "Digits" ? "5" : "")) })
        #expect(!signer.isValid("0/KCTR6DLpKmkAf8muzZqo1nDgQ=", url: url, form: changed))
        for garbage in ["", "====", "0/KCTR6DLpKmkAf8muzZqo1nDgQ", "%%%%", String(repeating: "A", count: 5000)] {
            #expect(!signer.isValid(garbage, url: url, form: form))
        }
    }
}

@Suite("when a need is due")
struct ServiceClockTests {
    private let zones: TimeZoneDatabase
    private let place: LocationDefinition
    private let level: ServiceLevelDefinition

    init() throws {
        zones = try ShippedDefinitions.zones()
        let shipped = try ShippedDefinitions().shipped
        place = try #require(shipped.locations["denver-northside"]).value
        level = try #require(shipped.serviceLevels["standard"]).value
    }

    private func due(_ local: String, _ minutes: Int) throws -> String {
        let zone = try zones.zone(place.zone)
        let start = Instant(microseconds: zone.instant(of: try #require(CivilDateTime(iso: local))))
        let due = ServiceClock.due(from: start, minutes: minutes, level: level, location: place, zone: zone)
        return zone.civil(at: due.microseconds).iso
    }

    @Test("a text on Sunday night is due within Monday's opening hours")
    func overnight() throws {
        let opens = try #require(place.openingHours[.monday].first).from.text
        let due = try due("2026-03-01T21:42", 60)
        #expect(due.hasPrefix("2026-03-02T"))
        #expect(due > "2026-03-02T\(opens)")
    }

    @Test("minutes of running time are counted exactly, across closing and the change of clocks")
    func exact() throws {
        let zone = try zones.zone(place.zone)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<60 {
            let minute = Int64.random(in: 0..<(60 * 24 * 60), using: &generator)
            let start = Instant(seconds: 1_772_000_000 + minute * 60)
            let wanted = Int.random(in: 1...900, using: &generator)
            let due = ServiceClock.due(from: start, minutes: wanted, level: level, location: place, zone: zone)
            var counted = 0
            var at = start
            while at < due {
                let local = zone.civil(at: at.microseconds)
                let hours = place.hours(on: DefinitionDate(local.date))
                if hours.contains(where: {
                    $0.from.minutes <= local.time.minutesOfDay && local.time.minutesOfDay < $0.to.minutes
                }) {
                    counted += 1
                }
                at = at + .minutes(1)
            }
            #expect(counted == wanted, "start \(start.iso8601), \(wanted) minutes")
        }
    }
}
