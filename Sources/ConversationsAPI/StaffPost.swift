package import Kernel
package import Spine

/// A letter to somebody who works here, about work that waits for them. It says nothing of a patient.
package struct StaffLetter: Sendable {
    /// Makes the Message-ID: the same at every attempt.
    package let id: Int64
    package let to: String
    package let subject: String
    package let text: String
    package let language: Language
    package let at: Instant

    package init(id: Int64, to: String, subject: String, text: String, language: Language, at: Instant) {
        self.id = id
        self.to = to
        self.subject = subject
        self.text = text
        self.language = language
        self.at = at
    }
}

/// E-mail to the staff. Implemented by the Conversations area.
package protocol StaffPost: Sendable {
    /// Whether there is a server to hand a letter to.
    var isConfigured: Bool { get }
    /// Hands one letter over, outside any transaction.
    func send(_ letter: StaffLetter, tenant: ID<Tenant>) async throws -> Delivery
}
