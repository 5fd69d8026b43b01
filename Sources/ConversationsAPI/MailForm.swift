/// A calendar file that goes with an e-mail (RFC 5545), and what it asks of the reader's calendar (RFC 5546).
package struct CalendarFile: Sendable, Equatable {
    package enum Method: String, Sendable, CaseIterable {
        case request = "REQUEST"
        case cancel = "CANCEL"
        case publish = "PUBLISH"
    }

    package let method: Method
    package let text: String

    package init(method: Method, text: String) {
        self.method = method
        self.text = text
    }
}

/// Who writes and who is written to, as addresses.
package struct MailParties: Sendable {
    package let organizer: String
    package let attendee: String

    package init(organizer: String, attendee: String) {
        self.organizer = organizer
        self.attendee = attendee
    }
}

/// How a message may go as an e-mail.
package struct MailForm: Sendable {
    /// The invitation that goes with it; nil: none. Asked only when it goes by e-mail.
    package let calendar: (@Sendable (MailParties) throws -> CalendarFile)?
    /// Values of the template's variables that read otherwise there than in a text.
    package let values: [String: String]
    /// It is sent for its invitation: by e-mail, to an address that one person has, or not at all.
    package let isForCalendar: Bool

    package init(
        values: [String: String] = [:], isForCalendar: Bool = false,
        calendar: (@Sendable (MailParties) throws -> CalendarFile)? = nil
    ) {
        self.values = values
        self.isForCalendar = isForCalendar
        self.calendar = calendar
    }
}
