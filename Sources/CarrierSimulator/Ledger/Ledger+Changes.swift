import Foundation
import Synchronization

extension Ledger {
    /// A send that passed validation.
    package struct Send: Sendable {
        package var to: PhoneNumber
        package var body: String
        package var messagingService: Sid?
        package var statusCallback: String?
        package var mediaCount: Int

        package init(
            to: PhoneNumber, body: String, messagingService: Sid? = nil, statusCallback: String? = nil,
            mediaCount: Int = 0
        ) {
            self.to = to
            self.body = body
            self.messagingService = messagingService
            self.statusCallback = statusCallback
            self.mediaCount = mediaCount
        }
    }

    /// What is to be done about an accepted send.
    package struct Accepted: Sendable {
        package let message: Message
        package let steps: [ReceiptStep]
        package let answer: Answer
    }

    /// How the request that made a send is answered.
    package enum Answer: Equatable, Sendable {
        case now
        case late(milliseconds: Int)
        case lost(FaultSettings.Loss)
    }

    /// Accepts a send and plans what becomes of it, or refuses it as the provider would.
    package func accept(_ send: Send) throws(ProviderError) -> Accepted {
        let now = clock.now()
        let outcome = state.withLock { state -> Result<Accepted, ProviderError> in
            if state.unsettled >= Self.queueLimit { return .failure(.queueFull) }
            if state.faults.strikes(.rejectSend) {
                state.counters.rejectedByFault += 1
                return .failure(.rejected(status: state.faults.settings.rejectStatus))
            }
            if state.optedOut.contains(send.to) { return .failure(.unsubscribed) }
            return .success(Self.accept(send, from: configuration.clinicNumber, at: now, in: &state))
        }
        guard case .success(let accepted) = outcome else {
            throw refusal(outcome)
        }
        return accepted
    }

    /// Counts a send that was refused, and gives it back to be thrown.
    package func refuse(_ error: ProviderError) -> ProviderError {
        state.withLock { $0.counters.refused[error.code, default: 0] += 1 }
        return error
    }

    private func refusal(_ outcome: Result<Accepted, ProviderError>) -> ProviderError {
        guard case .failure(let error) = outcome else { preconditionFailure("an accepted send is not refused") }
        return refuse(error)
    }

    private static func accept(
        _ send: Send, from sender: PhoneNumber, at now: Date, in state: inout State
    ) -> Accepted {
        var struck: [FaultKind] = []
        let answer = planAnswer(&state.faults, struck: &struck)
        var statuses: [Message.Status] = send.messagingService == nil ? [.queued] : [.accepted, .queued]
        if state.faults.strikes(.failDelivery) {
            struck.append(.failDelivery)
            let end = state.faults.settings.failStatus
            statuses += end == .failed ? [.failed] : [.sent, .undelivered]
        } else {
            statuses += [.sent, .delivered]
        }
        let steps = ReceiptStep.plan(
            statuses, wantsCallbacks: send.statusCallback != nil, faults: &state.faults, struck: &struck)
        let message = Message(
            sequence: state.messages.end, sid: state.newSid(send.mediaCount > 0 ? .mediaMessage : .message),
            direction: .outboundAPI, from: sender, to: send.to, body: send.body, media: [],
            segments: MessageSegments.count(send.body), messagingService: send.messagingService,
            statusCallback: send.statusCallback, status: statuses[0], createdAt: now, updatedAt: now, faults: struck)
        state.counters.accepted += 1
        if case .lost = answer { state.counters.answersLost += 1 }
        state.append(message)
        return Accepted(message: message, steps: steps, answer: answer)
    }

    private static func planAnswer(_ faults: inout FaultPlan, struck: inout [FaultKind]) -> Answer {
        if faults.strikes(.loseAnswer) {
            struck.append(.loseAnswer)
            return .lost(faults.settings.loss)
        }
        if faults.strikes(.delayAnswer) {
            struck.append(.delayAnswer)
            return .late(milliseconds: faults.settings.answerDelayMilliseconds)
        }
        return .now
    }

    /// Takes a text from a handset, honours STOP and START in it, and plans its webhook; no delivery when it is lost.
    package func receive(
        from handset: PhoneNumber, body: String, pictures: [MediaStore.Picture]
    ) -> (message: Message, delivery: InboundLane.Delivery?) {
        let now = clock.now()
        return state.withLock { state in
            if state.faults.settings.honoursOptOut {
                switch OptOut(body) {
                case .stop: state.optedOut.insert(handset)
                case .start: state.optedOut.remove(handset)
                case nil: break
                }
            }
            let media = pictures.map { state.store($0) }
            var struck: [FaultKind] = []
            let delivery = Self.planDelivery(sequence: state.messages.end, &state.faults, struck: &struck)
            let message = Message(
                sequence: state.messages.end, sid: state.newSid(media.isEmpty ? .message : .mediaMessage),
                direction: .inbound, from: handset, to: configuration.clinicNumber, body: body, media: media,
                segments: MessageSegments.count(body), messagingService: nil, statusCallback: nil, status: .received,
                createdAt: now, sentAt: now, updatedAt: now, faults: struck, isSettled: delivery == nil)
            state.counters.received += 1
            state.append(message)
            return (message, delivery)
        }
    }

    private static func planDelivery(
        sequence: Int, _ faults: inout FaultPlan, struck: inout [FaultKind]
    ) -> InboundLane.Delivery? {
        func strikes(_ kind: FaultKind) -> Bool {
            guard faults.strikes(kind) else { return false }
            struck.append(kind)
            return true
        }
        if strikes(.loseInbound) { return nil }
        return InboundLane.Delivery(
            sequence: sequence, repeats: strikes(.repeatInbound), delays: strikes(.delayInbound),
            isHeldBack: strikes(.reorderInbound))
    }

    /// Records what the provider sends because a webhook's answer said so; nil when the recipient opted out.
    package func reply(to recipient: PhoneNumber, body: String) -> Accepted? {
        let now = clock.now()
        return state.withLock { state in
            guard !state.optedOut.contains(recipient) else { return nil }
            let message = Message(
                sequence: state.messages.end, sid: state.newSid(.message), direction: .outboundReply,
                from: configuration.clinicNumber, to: recipient, body: body, media: [],
                segments: MessageSegments.count(body), messagingService: nil, statusCallback: nil, status: .queued,
                createdAt: now, updatedAt: now, faults: [])
            state.append(message)
            let steps = [Message.Status.queued, .sent, .delivered].map(ReceiptStep.advance)
            return Accepted(message: message, steps: steps, answer: .now)
        }
    }

    // MARK: What becomes of a message

    package func advance(_ sid: Sid, to status: Message.Status, errorCode: Int? = nil) {
        let now = clock.now()
        change(sid) { message in
            message.status = status
            message.updatedAt = now
            if status == .sent { message.sentAt = now }
            if let errorCode { message.errorCode = errorCode }
        }
    }

    package func record(_ call: WebhookCall, for sid: Sid) {
        change(sid) { message in
            if message.webhooks.count == Message.webhookLimit { message.webhooks.removeFirst() }
            message.webhooks.append(call)
        }
    }

    package func attach(_ pictures: [MediaStore.Picture], to sid: Sid) {
        let media = state.withLock { state in pictures.map { state.store($0) } }
        change(sid) { $0.media = media }
    }

    /// Says that everything planned for a message is done.
    package func settle(_ sid: Sid) {
        change(sid) { message in message.isSettled = true }
    }

    /// Opens a settled message again, because one of its webhooks is to be called once more.
    package func unsettle(_ sid: Sid) {
        change(sid) { message in message.isSettled = false }
    }

    private func change(_ sid: Sid, _ change: (inout Message) -> Void) {
        let watchers = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            // A message may be forgotten, by its age or a reset, while its callbacks are still under way.
            guard let number = state.bySid[sid], let before = state.messages[number] else { return [] }
            _ = state.messages.update(number, change)
            if let after = state.messages[number], after.isSettled != before.isSettled {
                state.unsettled += after.isSettled ? -1 : 1
            }
            return state.watchers[before.handset].map { Array($0.values) } ?? []
        }
        for watcher in watchers { watcher.yield() }
    }
}

extension Ledger.State {
    mutating func newSid(_ kind: Sid.Kind) -> Sid {
        Sid(kind, using: &randomness)
    }

    mutating func store(_ picture: MediaStore.Picture) -> Media {
        let sid = newSid(.media)
        media.add(picture, as: sid)
        return Media(sid: sid, kind: picture.kind, byteCount: picture.bytes.count)
    }

    /// Appends a message whose sequence is the log's end, and forgets the one it displaces.
    mutating func append(_ message: Message) {
        bySid[message.sid] = message.sequence
        byHandset[message.handset, default: NumberQueue()].append(message.sequence)
        if !message.isSettled { unsettled += 1 }
        if let evicted = messages.append(message) { forget(evicted) }
        for watcher in watchers[message.handset]?.values ?? [:].values { watcher.yield() }
    }

    private mutating func forget(_ message: Message) {
        bySid[message.sid] = nil
        if !message.isSettled { unsettled -= 1 }
        for media in message.media { self.media.remove(media.sid) }
        byHandset[message.handset]?.dropFirst(ifEqual: message.sequence)
        if byHandset[message.handset]?.isEmpty == true { byHandset[message.handset] = nil }
    }
}
