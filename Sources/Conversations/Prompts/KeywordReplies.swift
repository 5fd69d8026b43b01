import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// Acts on replies that are keywords: STOP, START, HELP, and answers to prompts.
struct KeywordReplies {
    let messaging: Messaging
    let book: any AppointmentBook
    let configuration: Configuration
    let conversation: ConversationRow
    /// Where it was written from.
    let number: PhoneNumber
    let message: ID<Message>
    /// What was written.
    let text: String
    let reading: InboundReading

    /// True when the message was nothing but an answer, so that no need is opened for it.
    func handle(
        _ meaning: ReplyWords.Meaning?, open: [NeedRow], context: CommandContext
    ) throws -> Bool {
        // What carriers honour comes before whatever the policy says.
        if reading.consent == ConsentReading(.optOut, .keyword, "en"), reading.isAlwaysStop {
            return try handle(.optOut, source: "keyword", open: open, context)
        }
        if try heedLateness(context) { return true }
        guard let meaning else { return try heed(reading.consent, open: open, context) }
        switch meaning.keyword {
        case .optOut: return try handle(.optOut, source: "keyword", open: open, context)
        case .optIn: return try handle(.optIn, source: "keyword", open: open, context)
        case .help: return try handle(.help, source: "keyword", open: open, context)
        case .confirm, .decline, nil: return try answerPrompt(meaning, open: open, context)
        }
    }

    /// Acts on a text that the policy's words do not know: on a word of another language and on a sentence that can mean
    /// nothing else. What is less certain is kept as a question to a person, and is a message like any other.
    private func heed(_ reading: ConsentReading?, open: [NeedRow], _ context: CommandContext) throws -> Bool {
        guard let reading else { return false }
        if reading.certainty == .suspected {
            try ConsentStore.hint(
                context.ids.nextRaw(), message: message, language: reading.language, at: context.now,
                in: context.transaction)
            return false
        }
        let source = reading.certainty == .keyword ? "keyword" : "free-text"
        return try handle(reading.wish, source: source, open: open, context)
    }

    private func handle(
        _ wish: ConsentReading.Wish, source: String, open: [NeedRow], _ context: CommandContext
    ) throws -> Bool {
        switch wish {
        case .optOut:
            try messaging.optOut(conversation, source: source, message: message, context: context) {
                try answer(.optOutConfirmation, context)
            }
            try flagMeantVisit(open, context)
        case .optIn:
            let isLifted = try messaging.optIn(
                conversation, at: number, source: source, message: message, context: context)
            if isLifted { try answer(.optInConfirmation, context) } else { try handOver(open, context) }
        case .help: try answer(.help, context)
        }
        return true
    }

    // MARK: Consent

    /// "CANCEL" is an opt-out by the carriers' rules and may have meant the visit: it is honoured as the one, and a
    /// person looks at the other.
    private func flagMeantVisit(_ open: [NeedRow], _ context: CommandContext) throws {
        guard ReplyKeywords.folded(text).hasPrefix("cancel") else { return }
        let visits = try waiting(context).map(\.visit).filter { visit in
            // Who was asked something by rules has said no to it.
            try visit.status != Self.question || !book.decline(visit.id, context: context)
        }
        if !visits.isEmpty { try flag(visits, open: open, context) }
    }

    /// A START that does not lift everything: a person asks, and the answer says so rather than that texts go again.
    private func handOver(_ open: [NeedRow], _ context: CommandContext) throws {
        if let existing = open.first {
            try messaging.patientWrote(existing, in: conversation, context: context)
        } else {
            _ = try messaging.open(
                NeedClassifier.Found(reason: .other, words: text, facts: []), in: conversation, from: message,
                step: conversation.patient == nil ? .decidePerson : nil, context: context)
        }
        try answer(.sharedNumber, context)
    }

    // MARK: Prompts

    private struct Waiting {
        let prompt: PromptStore.Prompt
        let visit: AppointmentSummary
    }

    /// What waits at this number about visits still to come: one prompt a visit, the soonest visit first.
    private func waiting(_ context: CommandContext) throws -> [Waiting] {
        var seen: Set<ID<Appointment>> = []
        var waiting: [Waiting] = []
        for prompt in try PromptStore.waiting(at: conversation.addressHash, in: context.transaction)
        where seen.insert(prompt.appointment).inserted {
            guard let visit = try book.appointment(prompt.appointment, in: context.transaction),
                visit.startsAt > context.now, Self.waits(visit, prompt)
            else { continue }
            waiting.append(Waiting(prompt: prompt, visit: visit))
        }
        return waiting.sorted { ($0.visit.startsAt, $0.prompt.id) < ($1.visit.startsAt, $1.prompt.id) }
    }

    /// The status of what is an answer to a question and no visit.
    private static let question = "question"

    /// A question whose numbers a newer prompt has taken away: a number may still be meant for it.
    private func hasLostItsNumbers(_ context: CommandContext) throws -> Bool {
        try PromptStore.waiting(at: conversation.addressHash, in: context.transaction).contains { prompt in
            guard prompt.choice == nil else { return false }
            return try book.appointment(prompt.appointment, in: context.transaction)?.status == Self.question
        }
    }

    /// A question waits for its number alone.
    private static func waits(_ visit: AppointmentSummary, _ prompt: PromptStore.Prompt) -> Bool {
        ["booked", "pending", "proposed"].contains(visit.status)
            || (visit.status == question && prompt.choice != nil)
    }

    private func answerPrompt(
        _ meaning: ReplyWords.Meaning, open: [NeedRow], _ context: CommandContext
    ) throws -> Bool {
        // Nobody knows what such a number is meant for: a person reads it.
        if meaning.number != nil, try hasLostItsNumbers(context) { return false }
        let waiting = try waiting(context)
        let prompts = waiting.map {
            WaitingPrompt(id: $0.prompt.id, appointment: $0.visit.id.raw, choice: $0.prompt.choice)
        }
        switch PromptRules.answer(meaning, waiting: prompts) {
        case .none:
            return false
        case .confirm(let id):
            guard let chosen = waiting.first(where: { $0.prompt.id == id }) else { return false }
            try confirm(chosen, context)
        case .ask(let ids):
            try ask(waiting.filter { ids.contains($0.prompt.id) }, context)
        case .flag(let ids):
            let visits = waiting.filter { ids.contains($0.prompt.id) }
            for waiting in visits {
                try PromptStore.settle(
                    appointment: waiting.visit.id, at: conversation.addressHash, answer: "declined", now: context.now,
                    in: context.transaction)
            }
            // A no to a time that was only proposed means just that.
            let meant = try visits.filter { try !book.decline($0.visit.id, context: context) }
            if !meant.isEmpty { try flag(meant.map(\.visit), open: open, context) }
        }
        return true
    }

    private func confirm(_ chosen: Waiting, _ context: CommandContext) throws {
        try PromptStore.settle(
            appointment: chosen.visit.id, at: conversation.addressHash, answer: "confirmed", now: context.now,
            in: context.transaction)
        try PromptStore.clearNumbers(at: conversation.addressHash, in: context.transaction)
        guard try book.confirm(chosen.visit.id, by: "sms", context: context),
            let template = configuration.template(for: .confirmed)
        else { return }
        try send(template, visit: chosen.visit, context)
    }

    /// The numbered question, which names nobody.
    private func ask(_ waiting: [Waiting], _ context: CommandContext) throws {
        guard let template = configuration.template(for: .ambiguousReply) else { return }
        let language = try language(context)
        var lines: [String] = []
        for (index, item) in waiting.prefix(9).enumerated() {
            try PromptStore.number(item.prompt.id, as: index + 1, in: context.transaction)
            lines.append("\(index + 1). \(try words(item.visit, language, context).when)")
        }
        var values = TemplateWords.practice(configuration)
        values[TemplateVariable.choices.rawValue] = lines.joined(separator: "\n")
        try queue(template, text: try template.value.filled(language, values), language, keyword: false, context)
    }

    /// Somebody must ask what was meant: a need with the visit's place and hour as facts, never a silent cancellation.
    private func flag(
        _ visits: [AppointmentSummary], open: [NeedRow], _ context: CommandContext
    ) throws {
        let language = try language(context)
        var facts: [FoundFact] = [FoundFact(code: .asked, value: text)]
        for visit in visits {
            let words = try words(visit, language, context)
            // On a shared number the visit is somebody's: its kind and place stay out of an unassigned thread.
            let value =
                conversation.patient == nil ? words.when : "\(words.when), \(words.visitType), \(words.location)"
            facts.append(FoundFact(code: .visit, value: value))
        }
        if let existing = open.first(where: { $0.reason == .cancellation }) {
            try messaging.record(
                facts, on: existing.id, subject: conversation.keySubject, message: message, context: context)
            return try messaging.patientWrote(existing, in: conversation, context: context)
        }
        _ = try messaging.open(
            NeedClassifier.Found(reason: .cancellation, words: text, facts: facts), in: conversation, from: message,
            context: context)
    }

    // MARK: Answers by the system

    /// To a number of several people: heard, a person will look. It names nobody.
    func acknowledgeSharedNumber(_ context: CommandContext) throws {
        guard conversation.standing == .ambiguous else { return }
        try answer(.sharedNumber, keyword: false, context)
    }

    private func answer(_ use: TemplateUse, keyword: Bool = true, _ context: CommandContext) throws {
        guard let template = configuration.template(for: use) else { return }
        let language = try language(context)
        let text = try template.value.filled(language, TemplateWords.practice(configuration))
        try queue(template, text: text, language, keyword: keyword, context)
    }

    func send(
        _ template: Published<MessageTemplateDefinition>, visit: AppointmentSummary, _ context: CommandContext
    ) throws {
        let language = try language(context)
        var values = TemplateWords.practice(configuration)
        for (name, value) in try words(visit, language, context).values { values[name] = value }
        if template.variables.contains(.patientName), let patient = conversation.patient {
            let (_, grant) = try messaging.patients.grant(
                .messageReceive, for: patient, access: context.access, in: context.transaction)
            let card = try messaging.patients.cards(of: [patient], grant: grant, in: context.transaction)[patient]
            values[TemplateVariable.patientName.rawValue] = card.map { $0.preferredName ?? $0.givenName } ?? ""
        }
        // Who holds a shared number is not known: what names a person or the care stays out.
        guard
            let text = try template.value.filled(language, values, toSharedNumber: conversation.patient == nil)
        else { return }
        try queue(template, text: text, language, keyword: false, context)
    }

    private func queue(
        _ template: Published<MessageTemplateDefinition>, text: String, _ language: Language, keyword: Bool,
        _ context: CommandContext
    ) throws {
        // What the policy withholds is not sent: its answer is the decision, and nothing waits for this message.
        _ = try messaging.queue(
            Messaging.Draft(
                conversation: conversation, purpose: template.value.purpose, text: text, template: template.key,
                language: language.rawValue, sender: ("system", nil),
                locationZone: try messaging.homeZone(configuration),
                answersKeyword: keyword),
            context: context)
    }

    private func words(
        _ visit: AppointmentSummary, _ language: Language, _ context: CommandContext
    ) throws -> VisitWords {
        VisitWords(
            appointment: visit, configuration: configuration, language: language,
            zone: try messaging.zones.zone(visit.zone), now: context.now)
    }

    /// The patient's language; of somebody nobody knows, the one they wrote in.
    private func language(_ context: CommandContext) throws -> Language {
        guard let patient = conversation.patient,
            let plain = try messaging.patients.plain(of: [patient], in: context.transaction)[patient]
        else { return LanguageGuess.language(of: text) }
        return Language(tag: plain.language)
    }
}
