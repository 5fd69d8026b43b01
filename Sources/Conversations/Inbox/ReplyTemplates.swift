package import Kernel
package import PeopleAPI
package import SchedulingAPI
package import StudioAPI
package import TimeZones

/// The reply templates of a conversation: each with all its values, or why it cannot be sent here. A text with an empty
/// place in it is never offered.
package struct ReplyTemplates {
    package struct Offer: Sendable, Equatable {
        package let key: String
        package let name: String
        /// What would be sent; nil: it is not offered.
        package let text: String?
        package let why: Missing?
    }

    /// Why a template is not offered. The raw value ends the key of its words.
    package enum Missing: String, Sendable, CaseIterable {
        case visit = "needs-visit"
        case person = "needs-person"
        /// It names somebody, or their care, where several people read.
        case shared
        case value = "needs-value"
    }

    private let configuration: Configuration
    private let reader: Language
    private let zone: Zone
    private let now: Instant
    private let card: PatientCard?
    private let visit: AppointmentSummary?
    private let isShared: Bool
    private let agent: String

    /// - Parameters:
    ///   - reader: the language of whoever chooses.
    ///   - zone: by whose clock a visit is told.
    ///   - card: nil: nobody knows who writes.
    ///   - visit: the patient's next one.
    ///   - isShared: whether several patients can be reached at the number.
    ///   - agent: the display name of whoever writes.
    package init(
        configuration: Configuration, reader: Language, zone: Zone, now: Instant, card: PatientCard?,
        visit: AppointmentSummary?, isShared: Bool, agent: String
    ) {
        self.configuration = configuration
        self.reader = reader
        self.zone = zone
        self.now = now
        self.card = card
        self.visit = visit
        self.isShared = isShared || card == nil
        self.agent = agent
    }

    init(words: InboxWords, open: OpenConversation, agent: String) {
        self.init(
            configuration: words.configuration, reader: words.language, zone: words.zone, now: words.now,
            card: open.card, visit: open.visit, isShared: open.isShared, agent: agent)
    }

    /// Every template an agent may choose, in the patient's language or another.
    package func all(_ language: Language) -> [Offer] {
        let values = values(language)
        return configuration.replyTemplates().map { template in
            let name = template.names[reader]
            // To somebody unknown nothing goes that would name a person or their care.
            guard let said = template.value.words(toSharedNumber: isShared) else {
                return Offer(key: template.key, name: name, text: nil, why: card == nil ? .person : .shared)
            }
            let missing = MessageTemplateDefinition.variables(of: said).filter { values[$0.rawValue] == nil }
            if !missing.isEmpty {
                let why: Missing =
                    missing.contains(.patientName) ? .person : missing.contains(where: \.isOfVisit) ? .visit : .value
                return Offer(key: template.key, name: name, text: nil, why: why)
            }
            do {
                guard let text = try template.value.filled(language, values, toSharedNumber: isShared), !text.isEmpty
                else {
                    return Offer(key: template.key, name: name, text: nil, why: .value)
                }
                return Offer(key: template.key, name: name, text: text, why: nil)
            } catch {
                // A name that is no variable: publishing warns of it already.
                return Offer(key: template.key, name: name, text: nil, why: .value)
            }
        }
    }

    /// What is known in this conversation, by the variables' names.
    private func values(_ language: Language) -> [String: String] {
        var values = TemplateWords.practice(configuration)
        values[TemplateVariable.agent.rawValue] = String(agent.prefix { $0 != " " })
        if let card {
            values[TemplateVariable.patientName.rawValue] = card.preferredName ?? card.givenName
        }
        if let visit {
            let said = VisitWords(
                appointment: visit, configuration: configuration, language: language, zone: zone, now: now)
            // What the place or the type says nothing about is known to be nothing.
            for (name, value) in said.values { values[name] = value }
        }
        return values
    }
}
