package import Kernel
package import Store

/// Who is registered, for work that goes over everybody. Implemented by the People area.
package protocol PatientRoll: Sendable {
    /// Patients registered before a moment, by id, after one of them.
    func registered(
        before moment: Instant, after patient: ID<Patient>?, limit: Int, in transaction: any Transaction
    ) throws -> [ID<Patient>]
}

/// When something last happened with a patient. Each area that knows of something tells its own.
package protocol ActivityHistory: Sendable {
    /// Patients of whom nothing is known are left out. A moment in the future: a visit to come.
    func lastActivity(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> [ID<Patient>: Instant]
    /// Of these, those with something that somebody still has to do.
    func open(of patients: [ID<Patient>], in transaction: any Transaction) throws -> Set<ID<Patient>>
}

extension ActivityHistory {
    package func open(of _: [ID<Patient>], in _: any Transaction) throws -> Set<ID<Patient>> { [] }
}

/// Conversations of people whom nobody knows. Implemented by the Conversations area.
package protocol StrangerConversations: Sendable {
    /// Those without a message since a moment and without an open need, by id, after one of them; with the moment of the
    /// last message.
    func quiet(
        since moment: Instant, after conversation: ID<Conversation>?, limit: Int, in transaction: any Transaction
    ) throws -> [(id: ID<Conversation>, lastMessageAt: Instant)]
    /// The subjects under whose keys a stranger's conversation stands. Nil: there is none of this id, or it is of
    /// somebody known.
    func keys(of conversation: ID<Conversation>, in transaction: any Transaction) throws -> [ID<KeySubject>]?
}
