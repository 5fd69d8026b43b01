/// A request to create a message, checked in the order in which the provider reports what is wrong.
struct SendRequest {
    let send: Ledger.Send
    let mediaURLs: [String]

    /// Longest body, in characters.
    static let bodyLimit = 1600
    static let mediaLimit = 10

    init(_ form: Form, configuration: SimulatorConfiguration) throws(ProviderError) {
        guard let to = form["To"], !to.isEmpty else { throw .toRequired }
        let service = try Self.sender(form, configuration)
        let body = form["Body"] ?? ""
        mediaURLs = form.all("MediaUrl").filter { !$0.isEmpty }
        guard !body.isEmpty || !mediaURLs.isEmpty else { throw .bodyRequired }
        guard let recipient = PhoneNumber(e164: to) else { throw .invalidTo(to) }
        guard recipient != configuration.clinicNumber else { throw .sameNumber }
        guard body.unicodeScalars.count <= Self.bodyLimit else { throw .bodyTooLong }
        guard mediaURLs.count <= Self.mediaLimit else { throw .tooManyMedia }
        guard mediaURLs.allSatisfy(SimulatorConfiguration.isWebAddress) else { throw .mediaURL }
        let callback = form["StatusCallback"].flatMap { $0.isEmpty ? nil : $0 }
        if let callback, !SimulatorConfiguration.isWebAddress(callback) { throw .statusCallback }
        send = Ledger.Send(
            to: recipient, body: body, messagingService: service, statusCallback: callback,
            mediaCount: mediaURLs.count)
    }

    /// The messaging service that sends, nil when it is the clinic's number itself.
    private static func sender(
        _ form: Form, _ configuration: SimulatorConfiguration
    ) throws(ProviderError) -> Sid? {
        if let service = form["MessagingServiceSid"], !service.isEmpty {
            guard let known = configuration.messagingService, known.description == service else {
                throw .unknownMessagingService(service)
            }
            return known
        }
        guard let from = form["From"], !from.isEmpty else { throw .fromRequired }
        guard let number = PhoneNumber(e164: from) else { throw .invalidFrom(from) }
        guard number == configuration.clinicNumber else { throw .foreignFrom(from) }
        return nil
    }
}
