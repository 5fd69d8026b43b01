import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI

extension KeywordReplies {
    /// Whether the text said by how much somebody is late for a visit of theirs. Nothing is guessed at a number of several
    /// people: there a person reads it.
    func heedLateness(_ context: CommandContext) throws -> Bool {
        guard let patient = conversation.patient, let minutes = LateWords.minutes(text) else { return false }
        let set = try messaging.patients.set(of: patient, in: context.transaction)
        guard let visit = try book.late(set, minutes: minutes, context: context) else { return false }
        if let template = configuration.template(for: .confirmed) { try send(template, visit: visit, context) }
        return true
    }
}
