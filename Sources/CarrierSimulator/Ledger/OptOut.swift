/// The provider's own opt-out: a text that is nothing but one of these words stops, or starts again, whatever the
/// account's number sends to the handset. The text itself still goes to the webhook.
///
/// Source: Twilio documentation, "Default handling of opt-out keywords".
package enum OptOut: Sendable, Equatable {
    case stop
    case start

    package init?(_ body: String) {
        let word = body.filter { !$0.isWhitespace }.uppercased()
        switch word {
        case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT": self = .stop
        case "START", "YES", "UNSTOP": self = .start
        default: return nil
        }
    }
}
