package import ConversationsAPI
package import Kernel
import StudioAPI
package import Vault

// Conversations and messages.
//
// - A conversation is the thread with one person at one number or e-mail address. A patient reached at two numbers
//   has two; a number that several patients share has one for each of them and one for what nobody has assigned yet.
// - While the person is not known, everything is sealed under the conversation's own key subject. When an agent
//   decides, messages, needs, facts, notes and attachments are sealed anew under the patient's.
// - An outbound message is one row and one row of the outbox, by the schema. Its state only moves forward.

/// The text of a message and what only its reader may see.
package struct MessageContent: Sealable {
    package static let sealKind = SealKind(200)
    package let text: String
    /// The provider's name for the message.
    package var providerID: String?
    /// What goes with an e-mail.
    package let calendar: CalendarFile?

    package init(text: String, providerID: String?, calendar: CalendarFile? = nil) {
        self.text = text
        self.providerID = providerID
        self.calendar = calendar
    }

    package func pack(into packer: inout Packer) {
        packer.put(1, text)
        packer.put(2, providerID)
        packer.put(3, calendar?.method.rawValue)
        packer.put(4, calendar?.text)
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        text = try fields.required(1)
        providerID = fields.string(2)
        calendar = fields.string(3).flatMap(CalendarFile.Method.init(rawValue:)).flatMap { method in
            fields.string(4).map { CalendarFile(method: method, text: $0) }
        }
    }
}

/// Where a picture of a message lies at the provider until it was fetched.
package struct MediaSource: Sealable {
    package static let sealKind = SealKind(201)
    package let url: String
    package let declaredType: String?

    package init(url: String, declaredType: String?) {
        self.url = url
        self.declaredType = declaredType
    }

    package func pack(into packer: inout Packer) {
        packer.put(1, url)
        packer.put(2, declaredType)
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        url = try fields.required(1)
        declaredType = fields.string(2)
    }
}

/// The number or e-mail address at the other end of a conversation.
package struct ContactAddress: Sealable {
    package static let sealKind = SealKind(202)
    /// A number in E.164, or an e-mail address as it is written.
    package let number: String

    package init(_ number: PhoneNumber) { self.number = number.e164 }
    package init(_ address: MailAddress) { number = address.text }
    package func pack(into packer: inout Packer) { packer.put(1, number) }
    package init(unpacking fields: Unpacker) throws(Fault) { number = try fields.required(1) }

    package var phone: PhoneNumber? { number.contains("@") ? nil : PhoneNumber(number) }
    package var email: MailAddress? { MailAddress(number) }
    /// As people read it.
    package var display: String { phone?.display ?? number }
}

/// The plain columns of a conversation.
struct ConversationRow: Sendable {
    let id: ID<Conversation>
    let patient: ID<Patient>?
    /// known, unknown or ambiguous: whether the number belonged to one patient, to none or to several.
    let standing: Standing
    let addressHash: [UInt8]
    let lane: Int64
    let keySubject: ID<KeySubject>
    var lastInboundAt: Instant?
    /// What makes it more sensitive than others; its needs and events carry the same.
    var labels: Labels = []
    /// By what it is held: texts or e-mail.
    var channel = MessageChannel.sms

    enum Standing: String, Sendable {
        case known, unknown, ambiguous
    }

    /// The kind of outbox row by which its messages leave.
    var outboxKind: String { channel == .email ? MailOutbox.message : SMSOutbox.message }

    /// Messages that wait for an hour keep their order among themselves and do not stand in the way of an answer now.
    var heldLane: Int64 { lane ^ 1 }

    /// Whose data its rows hold: what a grant must name.
    var owner: DataSubject { patient.map(DataSubject.patient) ?? .conversation(id) }
}

/// What a number and a provider's message id look like in the database.
enum ThreadHashes {
    static func number(_ number: PhoneNumber, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(number.e164.utf8), label: "contact-number")
    }

    static func email(_ address: MailAddress, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(address.folded.utf8), label: "contact-email")
    }

    static func providerID(_ id: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(id.utf8), label: "sms-message")
    }

    /// The outbox lane of a recipient: messages to one number keep their order.
    static func lane(_ hash: [UInt8]) -> Int64 {
        Int64(bitPattern: hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}
