import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Calls webhooks: signs, posts, retries as the URL's connection overrides say, and reports every attempt.
struct WebhookCaller: Sendable {
    /// How a webhook ended after its last attempt.
    enum Outcome: Sendable {
        case answered(TwiML)
        case failed
    }

    private let client: HTTPClient
    private let signature: WebhookSignature
    private let clock: SimulatorClock
    private let limit = CallLimit(64)

    /// Largest answer read from a webhook, in bytes.
    private static let answerLimit = 64 * 1024

    init(client: HTTPClient, authToken: String, clock: SimulatorClock) {
        self.client = client
        self.clock = clock
        signature = WebhookSignature(authToken: authToken)
    }

    /// Posts `webhook`; `report` hears of each attempt as it ends. `token` is the same for retries and repeats of one
    /// event, as the provider's `I-Twilio-Idempotency-Token` is.
    func call(
        _ webhook: Webhook, token: String, report: @Sendable (WebhookCall) -> Void
    ) async -> Outcome {
        let (address, overrides) = ConnectionOverrides.parse(url: webhook.url)
        let request = request(webhook, address: address, token: token)
        let start = clock.now()
        for attempt in 1...(overrides.retries + 1) {
            let startedAt = clock.now()
            let result = await limit.run { await post(request, overrides) }
            report(result.call(of: webhook.event, url: address, startedAt: startedAt, endedAt: clock.now(), attempt))
            if let twiml = result.twiml { return .answered(twiml) }
            let elapsed = clock.now().timeIntervalSince(start) * 1000
            guard let failure = result.failure, overrides.retries(after: failure), attempt <= overrides.retries,
                elapsed < Double(overrides.totalMilliseconds), await pause(before: attempt)
            else { return .failed }
        }
        return .failed
    }

    private func request(_ webhook: Webhook, address: String, token: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Twilio-Signature": signature.sign(url: address, form: webhook.form),
            "I-Twilio-Idempotency-Token": token,
        ]
        request.body = .bytes(ByteBuffer(string: webhook.form.encoded))
        return request
    }

    /// Waits 100 ms, then 200, 400 …; false when the simulator is stopping.
    private func pause(before retry: Int) async -> Bool {
        do {
            try await clock.sleep(.milliseconds(100 << (retry - 1)))
            return true
        } catch {
            return false
        }
    }

    private func post(_ request: HTTPClientRequest, _ overrides: ConnectionOverrides) async -> Attempt {
        let time = TimeAmount.milliseconds(Int64(overrides.connectMilliseconds + overrides.readMilliseconds))
        do {
            let response = try await client.execute(request, timeout: time)
            let body = try await response.body.collect(upTo: Self.answerLimit)
            let type = response.headers.first(name: "Content-Type") ?? ""
            return Attempt(status: Int(response.status.code), contentType: type, body: String(buffer: body))
        } catch is NIOTooManyBytesError {
            return Attempt(failure: .noAnswer, errorCode: 11750)
        } catch let error as HTTPClientError where Self.answerErrors.contains(error) {
            return Attempt(failure: .noAnswer, errorCode: 11200)
        } catch {
            return Attempt(failure: .noConnection, errorCode: 11205)
        }
    }

    /// Errors after the connection stood.
    private static let answerErrors: [HTTPClientError] = [
        .readTimeout, .deadlineExceeded, .remoteConnectionClosed, .cancelled, .redirectLimitReached,
        .redirectCycleDetected,
    ]
}

/// What one attempt came to.
private struct Attempt {
    var status: Int?
    var failure: ConnectionOverrides.Failure?
    var errorCode: Int?
    var twiml: TwiML?

    init(failure: ConnectionOverrides.Failure, errorCode: Int) {
        self.failure = failure
        self.errorCode = errorCode
    }

    /// Reads an answer: TwiML as XML, a plain text as one reply, nothing as nothing to do.
    init(status: Int, contentType: String, body: String) {
        self.status = status
        guard (200..<300).contains(status) else {
            failure = .status(status)
            errorCode = 11200
            return
        }
        // An answer that was taken is never asked for again, even when it cannot be read.
        twiml = TwiML()
        let type = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        guard !body.allSatisfy(\.isWhitespace) else { return }
        switch type {
        case "text/xml", "application/xml", "text/html", "":
            do throws(TwiML.Failure) {
                twiml = try TwiML(parsing: body)
            } catch {
                errorCode = 12100
            }
        case "text/plain":
            twiml = TwiML(replies: [TwiML.Reply(to: nil, body: body)])
        default:
            errorCode = 12300
        }
    }

    func call(of event: WebhookCall.Event, url: String, startedAt: Date, endedAt: Date, _ attempt: Int) -> WebhookCall {
        WebhookCall(
            event: event, url: url, startedAt: startedAt,
            milliseconds: Int(endedAt.timeIntervalSince(startedAt) * 1000), attempt: attempt, httpStatus: status,
            errorCode: errorCode)
    }
}
