#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import AsyncHTTPClient
import JSON
import Kernel
import NIOCore
import NIOHTTP1
import Web

/// The provider's API over HTTP, with what each failure says about whether a message was taken.
struct ProviderClient: Sendable {
    let http: OutboundClient
    let settings: SMSSettings

    /// How long a send may take. The provider answers within a second as a rule.
    private static let sendTimeout = TimeAmount.seconds(10)
    private static let lookTimeout = TimeAmount.seconds(8)
    private static let largestAnswer = 1 << 20

    enum Sent: Sendable, Equatable {
        case accepted(String)
        /// The provider said no; its own code.
        case refused(code: String)
        /// Certainly not taken: no connection, or told to come back later.
        case notTaken(reason: String)
        /// An answer came that says neither yes nor no: the work on this request has ended there.
        case failedThere(status: UInt)
        /// No answer: it may have been taken, or be taken yet.
        case silence(reason: String)
    }

    func send(to: PhoneNumber, text: String, statusCallback: String) async -> Sent {
        var request = HTTPClientRequest(url: settings.messagesURL)
        request.method = .POST
        request.headers.add(name: "Authorization", value: settings.basicAuthorization)
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        // A connection of its own: one kept open may be closed by the other side at the moment of use, and then nobody
        // knows whether the request was read.
        request.headers.add(name: "Connection", value: "close")
        let fields = [
            ("To", to.e164), ("From", settings.from.e164), ("Body", text), ("StatusCallback", statusCallback),
        ]
        let body = fields.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
        request.body = .bytes(ByteBuffer(string: body))
        do {
            let response = try await http.execute(request, timeout: Self.sendTimeout)
            let bytes: ByteBuffer
            do {
                bytes = try await response.body.collect(upTo: Self.largestAnswer)
            } catch {
                return .silence(reason: "answer-cut")
            }
            return Self.read(status: response.status.code, Array(bytes.readableBytesView))
        } catch {
            if OutboundClient.isRefusal(error) { return .notTaken(reason: "address-refused") }
            return Self.isBeforeSending(error) ? .notTaken(reason: "no-connection") : .silence(reason: "no-answer")
        }
    }

    static func read(status: UInt, _ bytes: [UInt8]) -> Sent {
        let answer = try? JSONValue(parsing: bytes)  // an answer that is not JSON has no id and no code
        switch status {
        case 200..<300:
            guard let sid = answer?["sid"]?.string, !sid.isEmpty else { return .silence(reason: "answer-without-id") }
            return .accepted(sid)
        case 429: return .notTaken(reason: "too-many")
        case 400..<500:
            let code = answer?["code"]?.int.map(String.init) ?? "http-\(status)"
            return .refused(code: code)
        case 502, 504: return .silence(reason: "gateway-\(status)")
        default: return .failedThere(status: status)
        }
    }

    /// Whether the failure happened before a byte of the request could have left.
    private static func isBeforeSending(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError {
            return [
                .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .invalidURL, .emptyHost,
                .emptyScheme,
                .alreadyShutdown,
            ].contains(error)
        }
        // To an address that was looked up before, the refusal comes as the system call's own error.
        if let error = error as? IOError { return [ECONNREFUSED, EADDRNOTAVAIL].contains(error.errnoCode) }
        // NIO's connection error lives in a module that is not a dependency of ours; its name is its contract.
        return String(reflecting: type(of: error)) == "NIOPosix.NIOConnectionError"
    }

    /// A message as the provider lists it.
    struct Listed: Sendable {
        let sid: String
        let body: String
        let status: String
        let createdAt: Instant
    }

    /// What the provider has for a recipient, the newest first, at most `pages` pages of 100, back to `since`.
    func messages(to: PhoneNumber, since: Instant, pages: Int = 5) async throws -> [Listed] {
        var found: [Listed] = []
        var path: String? =
            "/2010-04-01/Accounts/\(settings.accountSID)/Messages.json?To=\(FormFields.encode(to.e164))"
            + "&From=\(FormFields.encode(settings.from.e164))&PageSize=100"
        var page = 0
        while let next = path, page < pages {
            page += 1
            let answer = try await get(settings.apiBase + next)
            guard let items = answer["messages"]?.array else {
                throw Fault(.unavailable, "sms.list", "The provider's list of messages has no known shape.")
            }
            for item in items {
                guard let sid = item["sid"]?.string, let date = item["date_created"]?.string.flatMap(ProviderDate.parse)
                else { continue }
                if date < since { return found }
                found.append(
                    Listed(
                        sid: sid, body: item["body"]?.string ?? "", status: item["status"]?.string ?? "",
                        createdAt: date))
            }
            // Only a path of the same provider is followed.
            path = answer["next_page_uri"]?.string.flatMap { $0.hasPrefix("/") && !$0.hasPrefix("//") ? $0 : nil }
        }
        return found
    }

    private func get(_ url: String) async throws -> JSONValue {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Authorization", value: settings.basicAuthorization)
        request.headers.add(name: "Accept", value: "application/json")
        let response = try await http.execute(request, timeout: Self.lookTimeout)
        let bytes = try await response.body.collect(upTo: Self.largestAnswer)
        guard response.status.code == 200 else {
            throw Fault(.unavailable, "sms.list", "The provider answered \(response.status.code) to a look-up.")
        }
        return try JSONValue(parsing: Array(bytes.readableBytesView))
    }

    /// What came of fetching a picture.
    enum Picture: Sendable {
        case bytes([UInt8])
        case refused(String)
        case away(String)
    }

    /// Fetches a picture from the provider, within a size. Only the provider's own addresses are fetched, and where it
    /// sends us on (its files lie with a store of its own) the account's secret does not go along.
    func picture(_ url: String, largest: Int) async -> Picture {
        guard url.hasPrefix(settings.apiBase + "/") else { return .refused("foreign-address") }
        do {
            var target = url
            for hop in 0..<3 {
                var request = HTTPClientRequest(url: target)
                if hop == 0 { request.headers.add(name: "Authorization", value: settings.basicAuthorization) }
                let response = try await http.execute(request, timeout: .seconds(20))
                switch response.status.code {
                case 200:
                    do {
                        return .bytes(Array(try await response.body.collect(upTo: largest).readableBytesView))
                    } catch is NIOTooManyBytesError {
                        return .refused("too-large")
                    }
                case 301, 302, 303, 307, 308:
                    guard let next = response.headers.first(name: "Location"), next.hasPrefix("https://") else {
                        return .refused("redirect")
                    }
                    target = next
                case 404, 410: return hop == 0 ? .away("not-there-yet") : .refused("gone")
                case 400..<500 where response.status.code != 429: return .refused("http-\(response.status.code)")
                default: return .away("http-\(response.status.code)")
                }
            }
            return .refused("redirects")
        } catch {
            if let fault = error as? Fault, fault.category == .forbidden { return .refused("address") }
            return .away("no-connection")
        }
    }
}
