import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Carries messages on their way: moves sends towards their handsets with status callbacks, and texts towards the
/// clinic's webhook. Work runs inside `run()`; nothing outlives it.
final class Dispatcher: Sendable {
    private enum Work: Sendable {
        case send(Ledger.Accepted, mediaURLs: [String])
        case lane(PhoneNumber, InboundLane.Action)
    }

    private let ledger: Ledger
    private let account: Sid
    private let client: HTTPClient
    private let caller: WebhookCaller
    private let clock: SimulatorClock
    private let lanes = Mutex<[PhoneNumber: InboundLane]>([:])
    private let work: AsyncStream<Work>
    private let inlet: AsyncStream<Work>.Continuation

    init(ledger: Ledger, client: HTTPClient) {
        self.ledger = ledger
        self.client = client
        account = ledger.configuration.account
        clock = ledger.clock
        caller = WebhookCaller(client: client, authToken: ledger.configuration.authToken, clock: ledger.clock)
        // Bounded by `Ledger.queueLimit`, which refuses sends before work piles up.
        (work, inlet) = AsyncStream.makeStream()
    }

    /// Does the work until `stop()`, then drops what is still waiting.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await item in work {
                group.addTask { await self.perform(item) }
            }
            group.cancelAll()
        }
    }

    func stop() {
        inlet.finish()
    }

    /// Sets an accepted send on its way.
    func start(_ accepted: Ledger.Accepted, mediaURLs: [String] = []) {
        inlet.yield(.send(accepted, mediaURLs: mediaURLs))
    }

    /// Puts the webhook of a text in its handset's lane.
    func deliver(_ delivery: InboundLane.Delivery, of handset: PhoneNumber) {
        advance(handset) { $0.arrive(delivery) }
    }

    private func perform(_ item: Work) async {
        switch item {
        case .send(let accepted, let mediaURLs):
            await carry(accepted, mediaURLs: mediaURLs)
        case .lane(let handset, .deliver(let delivery)):
            await callInboundWebhook(delivery)
            advance(handset) { $0.delivered() }
        case .lane(let handset, .startTimer(let delivery)):
            await sleep(milliseconds: ledger.faultSettings.reorderMilliseconds)
            advance(handset) { $0.timerFired(delivery) }
        }
    }

    private func advance(_ handset: PhoneNumber, _ input: (inout InboundLane) -> [InboundLane.Action]) {
        let actions = lanes.withLock { lanes in
            let actions = input(&lanes[handset, default: InboundLane()])
            if lanes[handset]?.isIdle == true { lanes[handset] = nil }
            return actions
        }
        for action in actions { inlet.yield(.lane(handset, action)) }
    }

    /// Sleeps; a cancelled sleep ends early, as the simulator is stopping then.
    private func sleep(milliseconds: Int) async {
        guard milliseconds > 0 else { return }
        do {
            try await clock.sleep(.milliseconds(milliseconds))
        } catch {
            return
        }
    }
}

// MARK: From the clinic to a handset

extension Dispatcher {
    private func carry(_ accepted: Ledger.Accepted, mediaURLs: [String]) async {
        let sid = accepted.message.sid
        let settings = ledger.faultSettings
        var steps = accepted.steps
        var failureCode = settings.failErrorCode
        if !mediaURLs.isEmpty {
            if let pictures = await fetch(mediaURLs) {
                ledger.attach(pictures, to: sid)
            } else {
                steps = failedSteps(accepted)
                failureCode = 11200
            }
        }
        for step in steps {
            guard !Task.isCancelled else { return }
            switch step {
            case .advance(let status):
                await sleep(milliseconds: wait(before: status, settings))
                let isFailure = [.undelivered, .failed].contains(status)
                ledger.advance(sid, to: status, errorCode: isFailure ? failureCode : nil)
            case .callback(let status):
                await callBack(sid, status)
            }
        }
        ledger.settle(sid)
    }

    /// What happens to a message whose pictures could not be fetched.
    private func failedSteps(_ accepted: Ledger.Accepted) -> [ReceiptStep] {
        accepted.message.statusCallback == nil
            ? [.advance(.failed)] : [.advance(.failed), .callback(.failed)]
    }

    private func wait(before status: Message.Status, _ settings: FaultSettings) -> Int {
        switch status {
        case .sent, .failed: settings.sentMilliseconds
        case .delivered, .undelivered: settings.deliveredMilliseconds
        case .accepted, .queued, .received: 0
        }
    }

    private func callBack(_ sid: Sid, _ status: Message.Status) async {
        guard let message = ledger.message(sid), let url = message.statusCallback else { return }
        let webhook = Webhook.status(status, of: message, url: url, account: account)
        let token = "\(sid)-\(status.rawValue)"
        _ = await caller.call(webhook, token: token) { ledger.record($0, for: sid) }
    }

    /// The pictures at `urls`, nil when one cannot be had, is too large or is no picture.
    private func fetch(_ urls: [String]) async -> [MediaStore.Picture]? {
        var pictures: [MediaStore.Picture] = []
        for url in urls {
            do {
                let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(15))
                guard response.status == .ok else { return nil }
                let bytes = Array(buffer: try await response.body.collect(upTo: Media.maximumBytes))
                guard let kind = Media.Kind(sniffing: bytes) else { return nil }
                pictures.append(MediaStore.Picture(kind: kind, bytes: bytes))
            } catch {
                // The message's own status (`failed`, 11200) tells of it; there is no one else to tell.
                return nil
            }
        }
        return pictures
    }
}

// MARK: From a handset to the clinic

extension Dispatcher {
    private func callInboundWebhook(_ delivery: InboundLane.Delivery) async {
        guard let message = ledger.messages(from: delivery.sequence, limit: 1).messages.first,
            message.sequence == delivery.sequence, message.direction == .inbound
        else { return }  // forgotten by a reset
        defer { ledger.settle(message.sid) }
        guard let url = ledger.webhook else { return }
        if delivery.delays { await sleep(milliseconds: ledger.faultSettings.inboundDelayMilliseconds) }
        let webhook = Webhook.inbound(message, url: url, account: account, base: ledger.base)
        for repetition in 0...(delivery.repeats ? 1 : 0) {
            let outcome = await caller.call(webhook, token: message.sid.description) {
                ledger.record($0, for: message.sid)
            }
            // A repeated webhook is the provider's mistake; what its answer says is done once.
            if case .answered(let twiml) = outcome, repetition == 0 { reply(twiml, to: message) }
        }
    }

    private func reply(_ twiml: TwiML, to message: Message) {
        for reply in twiml.replies where !reply.body.isEmpty {
            let recipient = reply.to.flatMap { PhoneNumber(e164: $0) } ?? message.from
            if let accepted = ledger.reply(to: recipient, body: reply.body) { start(accepted) }
        }
    }
}
