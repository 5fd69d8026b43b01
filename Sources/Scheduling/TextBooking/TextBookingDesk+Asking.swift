import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault

extension TextBookingDesk {
    /// A question before it is asked.
    struct Question {
        let use: TemplateUse
        var values: [TemplateVariable: String] = [:]
        var choices: [TextBookingStore.NewChoice] = []
        /// What the numbers stand for, in the choices' order; empty: the template says it itself.
        var lines: [String] = []
        /// Of the place it is about; nil: of the practice.
        var zone: String?
        /// The placement of the visit it is about.
        var placement: Int?
        let what: String
    }

    func askVisit(_ visits: [ID<Appointment>], _ served: Served, _ context: CommandContext) throws {
        var question = Question(use: .textWhich, what: "visit")
        for id in visits {
            guard let row = try AppointmentStore.find(id, in: context.transaction) else { continue }
            let words = try wording(row.place, served, context)
            question.zone = question.zone ?? row.place.zone
            question.choices.append(.init(id: context.newID(), what: .visit(id)))
            question.lines.append("\(words.when), \(words.visitType), \(words.locationName)")
        }
        try ask(question, served, context)
    }

    func askType(_ types: [String], _ served: Served, _ context: CommandContext) throws {
        let configuration = try desk.plans.configuration(of: context.caller.tenant)
        var question = Question(use: .textWhich, what: "type")
        for type in types {
            question.choices.append(.init(id: context.newID(), what: .type(type)))
            question.lines.append(configuration.known(visitType: type)?.names[language(served)] ?? type)
        }
        try ask(question, served, context)
    }

    func askCancel(_ served: Served, _ context: CommandContext) throws {
        guard let row = try visit(served, context) else { return try apply(.stopped(.changed), served, context) }
        let words = try wording(row.place, served, context)
        var question = Question(use: .textCancel, what: "cancel")
        question.values = [.when: words.when, .visitType: words.visitType]
        // In the order in which the template names them: 1 cancels, 2 finds another time.
        question.choices = [.init(id: context.newID(), what: .cancel), .init(id: context.newID(), what: .another)]
        question.zone = row.place.zone
        question.placement = row.placement
        try ask(question, served, context)
    }

    /// Asks, and has the need wait for the patient. What may not be said is a person's.
    func ask(_ question: Question, _ served: Served, _ context: CommandContext) throws {
        let transaction = context.transaction
        var values = Dictionary(uniqueKeysWithValues: question.values.map { ($0.key.rawValue, $0.value) })
        let lines = question.lines.enumerated().map { "\($0.offset + 1). \($0.element)" }
        values[TemplateVariable.choices.rawValue] = lines.joined(separator: "\n")
        let practice = try desk.plans.configuration(of: context.caller.tenant).organization?.zone
        let outcome = try desk.messaging.send(
            MessageRequest(
                patient: served.row.patient, purpose: MessagePurpose.reply.rawValue, template: question.use.rawValue,
                values: values, need: served.row.need, locationZone: question.zone ?? practice ?? "",
                choices: question.choices.map { ID(raw: $0.id.raw) }), context: context)
        let message: ID<Message>
        let leaves: Instant
        switch outcome {
        case .withheld: return try apply(.stopped(.withheld), served, context)
        case .queued(let id):
            message = id
            leaves = context.now
        case .held(let id, let until):
            message = id
            leaves = until
        }
        guard let version = try desk.messaging.waitsForPatient(served.row.need, context: context) else { return }
        let answerBy = leaves + TextBookingRules.answerWithin
        try TextBookingStore.asked(
            served.row,
            TextBookingStore.Asked(
                state: served.row.state, placement: question.placement, question: served.row.question + 1,
                message: message, needVersion: version, answerBy: answerBy), question.choices, in: transaction)
        try Timers.set(
            TextBookingRules.lapse, target: served.row.id.raw, due: answerBy, ids: context.ids, in: transaction)
        context.emit(
            Self.event(
                .textBookingAsked, served.row, [("what", question.what), ("round", String(served.row.state.round))]))
    }

    // MARK: Words

    func language(_ served: Served) -> Language { Language(tag: served.client.plain.language) }

    func wording(_ place: Placement, _ served: Served, _ context: CommandContext) throws -> VisitWording {
        VisitWording(
            place, configuration: try desk.plans.configuration(of: context.caller.tenant), language: language(served),
            zone: try desk.plans.timeZones.zone(place.zone), now: context.now)
    }
}
