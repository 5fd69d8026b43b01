import Kernel
import JSON
import Spine
import Store
import Vault

/// Fetches pictures after their message was acknowledged and keeps them sealed. Fetching twice does no harm, so nothing
/// here is ever uncertain.
struct MediaFetch {
    let delivery: SMSDelivery

    func deliver(_ item: OutboxItem, as caller: Caller) async throws -> Delivery {
        guard let provider = delivery.provider else { return .refused(reason: "not-configured") }
        let source = try await delivery.spine.read(.messageSend, as: caller) { transaction, access -> MediaSource? in
            guard let media = try MediaStore.media(item.target, in: transaction), media.state == "waiting" else {
                return nil
            }
            let grant = try delivery.messaging.grant(
                .messageSend, for: media.conversation, access: access, in: transaction)
            return try media.sealed.open(grant, of: media.conversation.owner, id: media.id, subject: media.keySubject)
        }
        guard let source else { return .accepted(reference: "") }
        switch await provider.picture(source.url, largest: Blobs.largest) {
        case .refused(let reason): return .refused(reason: reason)
        case .away(let reason): return .retry(reason: reason)
        case .bytes(let bytes):
            guard !bytes.isEmpty else { return .refused(reason: "empty") }
            guard MediaType(sniffing: bytes) != nil else { return .refused(reason: "type") }
            _ = try await delivery.spine.perform(StoreMedia(media: item.target, bytes: bytes), as: caller)
            return .accepted(reference: "")
        }
    }

    /// A picture that will never come is told; one that was stored told so itself.
    static func settle(_ item: OutboxItem, _ delivery: Delivery, final: Bool, _ context: CommandContext) throws {
        let reason: String
        switch delivery {
        case .refused(let why), .uncertain(let why): reason = why
        case .retry(let why) where final: reason = why
        case .accepted, .retry: return
        }
        guard let media = try MediaStore.media(item.target, in: context.transaction) else { return }
        context.concerns(media.conversation.owner)
        try MediaStore.refused(item.target, reason: reason, in: context.transaction)
        context.emit(
            .about(
                media.conversation, .messageMedia,
                [("message", .string(media.message.text)), ("state", "refused"), ("code", .string(reason))]))
    }
}

/// Keeps a fetched picture as a sealed attachment of its message.
struct StoreMedia: Command {
    static let permission = Permission.messageReceive

    let media: Int64
    let bytes: [UInt8]

    func run(_ context: CommandContext) throws -> Bool {
        // Locked before it is looked at again: a conversation that is being sealed anew takes its pictures along.
        guard let found = try MediaStore.media(media, in: context.transaction),
            try ThreadStore.conversation(found.conversation.id, lock: true, in: context.transaction) != nil,
            let row = try MediaStore.media(media, in: context.transaction), row.state == "waiting",
            let type = MediaType(sniffing: bytes)
        else { return false }
        context.concerns(row.conversation.owner)
        let blob: ID<Blob> = context.newID()
        try Blobs.put(
            bytes, name: nil, subject: row.keySubject, id: blob, vault: context.vault, at: context.now,
            in: context.transaction)
        try MediaStore.stored(media, blob: blob, type: type, size: bytes.count, in: context.transaction)
        context.emit(
            .about(
                row.conversation, .messageMedia, [("message", .string(row.message.text)), ("state", "stored")]))
        return true
    }
}
