import Foundation

/// What a simulated provider account looks like, and where its webhooks go.
package struct SimulatorConfiguration: Sendable {
    /// 0 lets the system choose; the address that was bound is told when the simulator is ready.
    package var port: Int
    package var account: Sid
    package var authToken: String
    package var clinicNumber: PhoneNumber
    /// Shown on the phone page as the contact's name.
    package var clinicName: String
    /// A messaging service that may be used in place of `From`, nil for none.
    package var messagingService: Sid?
    /// Where texts to the clinic are posted, with connection overrides in the fragment; nil until it is set by
    /// `POST /simulator/webhook`.
    package var webhook: String?
    package var handsets: [Handset]
    package var seed: UInt64
    /// Messages kept; older ones are forgotten.
    package var messageCapacity = 100_000
    /// Bytes of pictures kept; older ones are forgotten.
    package var mediaCapacity = 256 * 1024 * 1024

    package init(
        port: Int, account: Sid, authToken: String, clinicNumber: PhoneNumber, clinicName: String = "Clinic",
        messagingService: Sid? = nil, webhook: String? = nil, handsets: [Handset] = [], seed: UInt64 = 0
    ) {
        self.port = port
        self.account = account
        self.authToken = authToken
        self.clinicNumber = clinicNumber
        self.clinicName = clinicName
        self.messagingService = messagingService
        self.webhook = webhook
        self.handsets = handsets
        self.seed = seed
    }

    /// Whether `text` is an `http` or `https` address with a host.
    package static func isWebAddress(_ text: String) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased() else { return false }
        return ["http", "https"].contains(scheme) && !(url.host ?? "").isEmpty
    }
}

/// A phone the page can be: a demo person's number, name, and what to try with it.
package struct Handset: Sendable, Equatable {
    package var number: PhoneNumber
    package var name: String
    package var hint: String

    package init(number: PhoneNumber, name: String, hint: String = "") {
        self.number = number
        self.name = name
        self.hint = hint
    }
}
