import ConversationsAPI
package import Kernel
import TimeZones

/// One e-mail, ready to go.
struct MailMessage: Sendable {
    let id: ID<Message>
    let from: MailAddress
    /// The practice, as its readers know it.
    let sender: String
    let to: MailAddress
    let subject: String
    let text: String
    let language: Language
    let calendar: CalendarFile?
    /// The page on which the reader stops e-mail; nil: the installation has no public address.
    let stopLink: String?
    /// When the message was made: the same at every attempt.
    let at: Instant

    /// The same at every attempt, so that a reader's server can tell a duplicate.
    var messageID: String { "<\(id.text.lowercased())@\(from.domain)>" }

    /// Header lines, without line ends in them. What the MIME library adds by itself is not among them.
    var headers: [String] {
        var lines = [
            "Date: \(MailHeader.date(at))", "From: \(MailHeader.words(sender)) <\(from.text)>", "To: <\(to.text)>",
            "Subject: \(MailHeader.words(subject))", "Message-ID: \(messageID)",
            "Content-Language: \(language.rawValue)", "Auto-Submitted: auto-generated",
        ]
        if let stopLink {
            lines.append("List-Unsubscribe: <\(stopLink)>")
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        }
        return lines
    }

    /// The text with the line ends that mail has, and no other control characters.
    var body: String { MailHeader.lines(text) }
}

/// What stands in headers.
package enum MailHeader {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    /// As many bytes of text as one encoded word holds: 75 characters less `=?UTF-8?B??=`, in groups of four for three.
    private static let longestWord = 45

    /// Words that somebody typed, as encoded words (RFC 2047) of plain ASCII: whatever they hold, nothing of it is
    /// seen by a mail server as a line, a header or an address.
    package static func words(_ text: String) -> String {
        let plain = text.unicodeScalars.map { isControl($0) ? " " : Character($0) }
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        for character in plain {
            let bytes = Array(String(character).utf8)
            if piece.count + bytes.count > longestWord {
                pieces.append(piece)
                piece = []
            }
            piece += bytes
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces.map { "=?UTF-8?B?\(Base64.encode($0))?=" }.joined(separator: " ")
    }

    /// `Sun, 22 Nov 2026 20:47:11 +0000` (RFC 5322 §3.3).
    package static func date(_ moment: Instant) -> String {
        let seconds = moment.seconds
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let date = CivilDate(daysSinceEpoch: Int(day))
        let rest = Int(seconds - day * 86_400)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return
            "\(days[date.weekday - 1]), \(date.day) \(months[date.month - 1]) \(date.year) "
            + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) +0000"
    }

    static func lines(_ text: String) -> String {
        let plain = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        return plain.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in String(String.UnicodeScalarView(line.unicodeScalars.filter { !isControl($0) || $0 == "\t" }))
            }
            .joined(separator: "\r\n")
    }

    /// Control characters, and the separators that some programs take for the end of a line.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
