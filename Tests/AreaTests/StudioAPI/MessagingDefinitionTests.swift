import Kernel
import StudioAPI
import Testing

@Suite("Contact policy and message templates")
struct MessagingDefinitionTests {
    @Test(
        "a reply that is nothing but a keyword is understood in any language, case and punctuation",
        arguments: [
            ("STOP", ReplyMeaning.optOut), (" stop. ", .optOut), ("Stop All!", .optOut), ("ALTO", .optOut),
            ("Sí", .confirm),
            ("¡SI!", .confirm), ("1", .confirm), ("C", .confirm), ("no", .decline), ("Ayuda?", .help), ("alta", .optIn),
        ])
    func keyword(text: String, meaning: ReplyMeaning) throws {
        #expect(try SmallBlueprint.policy().meaning(of: text) == meaning)
    }

    @Test(
        "a sentence is read by a person, whatever words are in it",
        arguments: ["please don't stop", "yes but later", "can I come at 1", "", "?!", "no sé"])
    func sentence(text: String) throws {
        #expect(try SmallBlueprint.policy().meaning(of: text) == nil)
    }

    @Test("a word with two meanings is an error, also across languages")
    func ambiguous() throws {
        var policy = try SmallBlueprint.policy()
        policy.keywords[.spanish]?.confirm.append("STOP")
        #expect(policy.problems().contains { $0.path == "keywords.es.confirm" && $0.sentence.contains("optOut") })
    }

    @Test("what the policy does not mention is never sent, and no rule may speak twice")
    func basis() throws {
        var policy = try SmallBlueprint.policy()
        #expect(policy.basis(for: .appointmentReminder, on: .sms) == .implied)
        #expect(policy.basis(for: .appointmentReminder, on: .email) == .never)
        policy.rules.append(.init(purposes: [.marketing], channels: [.sms, .email], basis: .implied))
        #expect(policy.problems().map(\.path) == ["rules[3]"])
    }

    @Test("outreach without any consent is refused")
    func needsConsent() throws {
        var policy = try SmallBlueprint.policy()
        policy.rules[2].basis = .notRequired
        #expect(policy.problems().map(\.path) == ["rules[2].basis"])
    }

    @Test(
        "quiet hours go over midnight; their end is already awake",
        arguments: [(1_259, false), (1_260, true), (0, true), (479, true), (480, false), (720, false)])
    func quiet(minute: Int, waits: Bool) throws {
        #expect(try SmallBlueprint.policy().quietHours.contains(minuteOfDay: minute) == waits)
    }

    @Test("an answer is one of the named purposes, and only for so long")
    func answers() throws {
        var policy = try SmallBlueprint.policy()
        #expect(policy.answersAtOnce(.reply, ago: .seconds(0)))
        #expect(policy.answersAtOnce(.reply, ago: .seconds(30 * 60)))
        #expect(!policy.answersAtOnce(.reply, ago: .seconds(30 * 60 + 1)))
        #expect(!policy.answersAtOnce(.reply, ago: nil))
        #expect(!policy.answersAtOnce(.appointmentReminder, ago: .seconds(0)))
        policy.quietHours.answerMinutes = 0
        #expect(policy.problems().map(\.path) == ["quietHours.answerMinutes"])
    }

    @Test("a template is filled in the patient's language")
    func fill() throws {
        let template = SmallBlueprint.template(.help)
        #expect(try template.filled(.spanish, ["practicePhone": "555", "patientName": "unused"]) == "Escriba: 555")
    }

    @Test("a missing value is a fault that names the variable, and half a message is never sent")
    func missingValue() throws {
        let fault = #expect(throws: Fault.self) { try SmallBlueprint.template(.help).filled(.english, [:]) }
        #expect(fault?.code == "template.value-missing")
        #expect(fault?.place?.contains("practicePhone") == true)
    }

    @Test("a value is never read as a template")
    func noSecondReading() throws {
        let template = SmallBlueprint.template(.help)
        #expect(try template.filled(.english, ["practicePhone": "{{agent}}"]) == "Text us: {{agent}}")
    }

    @Test(
        "braces that are no variable, and names that are not declared, are errors",
        arguments: [
            "{{practicePhone}} {oops", "{{practicePhone}} }}", "{{practicePhone}} {{two words}}",
            "{{practicePhone}} {{practice}}",
        ])
    func malformed(body: String) {
        var template = SmallBlueprint.template(.help)
        template.body = LocalizedText(body)
        #expect(template.problems().contains { $0.severity == .error && $0.path == "body.en" })
    }

    @Test(
        "what goes to a shared number can name neither patient nor visit",
        arguments: [TemplateUse.sharedNumber, .ambiguousReply, .optOutConfirmation, .help],
        [TemplateVariable.patientName, .visitType, .when, .practitioner, .location, .prep])
    func namesNobody(use: TemplateUse, variable: TemplateVariable) {
        var template = SmallBlueprint.template(use)
        template.variables.append(variable)
        #expect(template.problems().contains { $0.severity == .error && $0.path == "variables[1]" })
    }

    @Test("a text harder than grade 6 is a warning")
    func hard() {
        var template = SmallBlueprint.template(.reply)
        template.variables = []
        template.body = LocalizedText(
            "Pharmaceutical reconciliation necessitates comprehensive documentation regarding contraindications.",
            spanish: "Traiga sus medicinas. Llegue temprano.")
        let found = template.problems()
        #expect(found.map(\.path) == ["body.en"])
        #expect(found.map(\.severity) == [.warning])
    }

    @Test("the reading grade agrees with the published formulas on counted texts")
    func grade() {
        // 6 words, 1 sentence, 6 syllables: 0.39*6 + 11.8*1 - 15.59 < 0, so 0.
        #expect(ReadingGrade.of("The cat sat on the mat.", in: .english) == 0)
        // 3 words, 1 sentence, 11 syllables: com-pre-hen-sive, doc-u-men-ta-tion, mat-tered.
        let hard = ReadingGrade.of("Comprehensive documentation mattered.", in: .english)
        #expect(abs(hard - (0.39 * 3 + 11.8 * 11 / 3 - 15.59)) < 0.01)
        // 5 words, 1 sentence, 9 syllables: la, ni-ña, co-me, so-pa, frí-a.
        let spanish = ReadingGrade.of("La niña come sopa fría.", in: .spanish)
        #expect(abs(spanish - (-0.205 * 20 + 0.049 * 180 - 3.407)) < 0.01)
    }

    private func offer(
        _ body: String, shared: String? = nil, use: TemplateUse = .waitlistOffer, channel: MessageChannel = .email
    ) -> MessageTemplateDefinition {
        var named = MessageTemplateDefinition.variables(of: LocalizedText(body))
        if let shared { named.formUnion(MessageTemplateDefinition.variables(of: LocalizedText(shared))) }
        return MessageTemplateDefinition(
            key: "offer", names: LocalizedText("Offer"), use: use, purpose: .appointmentChange, channel: channel,
            variables: TemplateVariable.allCases.filter(named.contains), body: LocalizedText(body),
            shared: shared.map { LocalizedText($0) })
    }

    @Test("an offer by e-mail has its link and says until when it holds; one by text may do without")
    func offersByMail() {
        func errors(_ template: MessageTemplateDefinition) -> [String] {
            template.problems().filter { $0.severity == .error && $0.path.hasPrefix("body") }.map(\.sentence)
        }
        #expect(errors(offer("It is free on {{when}}. {{link}} Say yes by {{until}}.")) == [])
        #expect(errors(offer("It is free on {{when}}. Say yes by {{until}}.")).contains { $0.contains("{{link}}") })
        #expect(errors(offer("It is free on {{when}}. {{link}}")).contains { $0.contains("{{until}}") })
        #expect(errors(offer("It is free on {{when}}. Say yes.", channel: .sms)) == [])
        let times = "{{choices}} {{link}}"
        #expect(errors(offer(times, use: .bumpOffer)).contains { $0.contains("{{until}}") })
        #expect(errors(offer(times, use: .bumpOffer, channel: .sms)) == [])
    }

    @Test("no link goes to an address that several share, and what only answers texts goes by no e-mail")
    func linksToSharedAddresses() {
        func template(_ channel: MessageChannel) -> MessageTemplateDefinition {
            var template = offer(
                "{{patientName}}, it is on {{when}}.", shared: "It is on {{when}}. {{link}}", use: .reminder,
                channel: channel)
            template.purpose = .appointmentReminder
            return template
        }
        #expect(template(.email).problems().contains { $0.path == "shared" && $0.sentence.contains("{{link}}") })
        #expect(!template(.sms).problems().contains { $0.path == "shared" })
        var reply = offer("We do not hold {{when}} any more.", use: .waitlistGone)
        reply.purpose = .reply
        #expect(reply.problems().contains { $0.path == "channel" })
        reply.channel = .sms
        #expect(!reply.problems().contains { $0.path == "channel" })
    }

    @Test("the shipped words go by e-mail for every use that has e-mail, and none of them asks for a reply")
    func shippedMail() throws {
        let shipped = try ShippedDefinitions().shipped
        for use in TemplateUse.allCases where use.goesByMail {
            let template = try #require(shipped.template(for: use, on: .email), "\(use.rawValue)")
            let words = [template.value.body, try #require(template.value.shared, "\(use.rawValue)")]
            for text in words.flatMap(\.texts.values) {
                #expect(text.firstMatch(of: /(?i)reply|text us|respond|escriba|STOP|ALTO/) == nil, "\(use.rawValue)")
            }
            #expect(MessageTemplateDefinition.variables(of: template.value.body).contains(.practicePhone))
        }
    }
}
