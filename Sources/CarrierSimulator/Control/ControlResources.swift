import Foundation

/// A message as the control side shows it, with all that became of it.
struct SimulatedMessage: Encodable {
    let message: Message

    private enum CodingKeys: String, CodingKey {
        case sequence, sid, direction, from, to, body, media, segments, status, errorCode, createdAt, sentAt
        case statusCallback, faults, isSettled, reachedClinic, webhooks
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(message.sequence, forKey: .sequence)
        try container.encode(message.sid, forKey: .sid)
        try container.encode(message.direction.rawValue, forKey: .direction)
        try container.encode(message.from, forKey: .from)
        try container.encode(message.to, forKey: .to)
        try container.encode(message.body, forKey: .body)
        try container.encode(message.media.map(Picture.init), forKey: .media)
        try container.encode(message.segments, forKey: .segments)
        try container.encode(message.status.rawValue, forKey: .status)
        try container.encode(message.errorCode, forKey: .errorCode)
        try container.encode(Self.timestamp(message.createdAt), forKey: .createdAt)
        try container.encode(message.sentAt.map(Self.timestamp), forKey: .sentAt)
        try container.encode(message.statusCallback, forKey: .statusCallback)
        try container.encode(message.faults.map(\.rawValue), forKey: .faults)
        try container.encode(message.isSettled, forKey: .isSettled)
        if message.direction == .inbound { try container.encode(message.reachedClinic, forKey: .reachedClinic) }
        try container.encode(message.webhooks.map(Call.init), forKey: .webhooks)
    }

    private struct Picture: Encodable {
        let sid: Sid
        let contentType: String
        let bytes: Int

        init(_ media: Media) {
            sid = media.sid
            contentType = media.kind.rawValue
            bytes = media.byteCount
        }
    }

    private struct Call: Encodable {
        let event: String
        let url: String
        let startedAt: String
        let milliseconds: Int
        let attempt: Int
        let httpStatus: Int?
        let errorCode: Int?

        init(_ call: WebhookCall) {
            switch call.event {
            case .inbound: event = "inbound"
            case .status(let status): event = status.rawValue
            }
            url = call.url
            startedAt = SimulatedMessage.timestamp(call.startedAt)
            milliseconds = call.milliseconds
            attempt = call.attempt
            httpStatus = call.httpStatus
            errorCode = call.errorCode
        }
    }

    static func timestamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

/// What closes a listing of the control side: what was counted since the start or the last reset.
struct Tally: Encodable {
    let total: Int
    let forgotten: Int
    let accepted: Int
    let received: Int
    let rejectedByFault: Int
    let answersLost: Int
    let refused: [String: Int]
    let faults: [String: Int]

    init(_ ledger: Ledger) {
        let tally = ledger.tally
        total = tally.total
        forgotten = tally.forgotten
        accepted = tally.counters.accepted
        received = tally.counters.received
        rejectedByFault = tally.counters.rejectedByFault
        answersLost = tally.counters.answersLost
        refused = Dictionary(uniqueKeysWithValues: tally.counters.refused.map { ("\($0.key)", $0.value) })
        faults = Dictionary(uniqueKeysWithValues: tally.struck.map { ($0.key.rawValue, $0.value) })
    }
}

/// Fault settings as JSON: one object per fault, then what is no fault's own.
struct FaultSettingsResource: Encodable {
    let settings: FaultSettings

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: some StringProtocol) { stringValue = String(text) }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var root = encoder.container(keyedBy: Key.self)
        let fields = settings.fields
        let groups = Dictionary(grouping: fields.filter { $0.name.contains(".") }) { $0.name.prefix { $0 != "." } }
        for field in fields where !field.name.contains(".") {
            try Self.encode(field.value, as: Key(field.name), into: &root)
        }
        for (name, members) in groups {
            var object = root.nestedContainer(keyedBy: Key.self, forKey: Key(name))
            for member in members {
                try Self.encode(member.value, as: Key(member.name.dropFirst(name.count + 1)), into: &object)
            }
        }
    }

    private static func encode(
        _ value: FaultSettings.Value, as key: Key, into container: inout KeyedEncodingContainer<Key>
    ) throws {
        switch value {
        case .number(let number): try container.encode(number, forKey: key)
        case .text(let text): try container.encode(text, forKey: key)
        case .flag(let flag): try container.encode(flag, forKey: key)
        }
    }
}
