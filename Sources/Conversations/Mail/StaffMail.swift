import ConversationsAPI
import Kernel
import Spine
import Store
import StudioAPI

/// Letters to the staff go the way of all e-mail, without a thread and without a link to stop them.
struct StaffMail: StaffPost {
    let database: any Database
    let definitions: any DefinitionReading
    /// Nil: e-mail is not configured.
    let transport: MailTransport?

    var isConfigured: Bool { transport != nil }

    func send(_ letter: StaffLetter, tenant: ID<Tenant>) async throws -> Delivery {
        guard let transport else { return .refused(reason: "not-configured") }
        guard let to = MailAddress(letter.to) else { return .refused(reason: "no-address") }
        let settings = transport.settings
        let from = try await database.read(tenant) { try settings.sender($0) }
        let practice = try definitions.configuration(of: tenant).organization?.value.name ?? from.domain
        let mail = MailMessage(
            id: ID(raw: letter.id), from: from, sender: practice, to: to, subject: letter.subject, text: letter.text,
            language: letter.language, calendar: nil, stopLink: nil, at: letter.at)
        switch await transport.send(mail) {
        case .accepted: return .accepted(reference: "")
        case .refused(let code): return .refused(reason: code)
        case .notTaken(let reason): return .retry(reason: reason)
        case .silence(let reason): return .uncertain(reason: reason)
        }
    }
}
