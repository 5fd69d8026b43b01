/// A text that a handset sends to the clinic, checked.
struct OutgoingText {
    let handset: PhoneNumber
    let body: String
    let pictures: [MediaStore.Picture]

    /// What is wrong with a text, one by one, so that the phone page can say it in its own words.
    enum Flaw: Error {
        case number, empty, tooLong, pictureTooLarge, pictureKind

        var sentence: String {
            switch self {
            case .number: "from: a telephone number in E.164 form other than the clinic's is needed"
            case .empty: "body: a text or a picture is needed"
            case .tooLong: "body: 1600 characters at most"
            case .pictureTooLarge: "picture: 5 MB at most"
            case .pictureKind: "picture: PNG or JPEG, ten at most"
            }
        }
    }

    init(handset: PhoneNumber?, body: String, pictures: [[UInt8]], clinic: PhoneNumber) throws(Flaw) {
        guard let handset, handset != clinic else { throw .number }
        guard body.contains(where: { !$0.isWhitespace }) || !pictures.isEmpty else { throw .empty }
        guard body.unicodeScalars.count <= SendRequest.bodyLimit else { throw .tooLong }
        guard pictures.allSatisfy({ $0.count <= Media.maximumBytes }) else { throw .pictureTooLarge }
        var known: [MediaStore.Picture] = []
        for bytes in pictures {
            guard let kind = Media.Kind(sniffing: bytes), kind != .gif else { throw .pictureKind }
            known.append(MediaStore.Picture(kind: kind, bytes: bytes))
        }
        guard known.count <= SendRequest.mediaLimit else { throw .pictureKind }
        self.handset = handset
        self.body = body
        self.pictures = known
    }

    init(_ body: ControlBody, clinic: PhoneNumber) throws(Problem) {
        do throws(Flaw) {
            try self.init(
                handset: body.form["from"].flatMap { PhoneNumber(e164: $0) }, body: body.form["body"] ?? "",
                pictures: body.pictures, clinic: clinic)
        } catch {
            throw Problem(422, "The text was not sent", [error.sentence])
        }
    }

    /// Records the text and sets its webhook on its way.
    func send(_ ledger: Ledger, _ dispatcher: Dispatcher) -> Message {
        let (message, delivery) = ledger.receive(from: handset, body: body, pictures: pictures)
        if let delivery { dispatcher.deliver(delivery, of: handset) }
        return message
    }
}
