import AsyncHTTPClient
import Foundation
package import Kernel
import NIOCore
import NIOHTTP1
package import Web

/// The one way in which this area calls somebody else: with time and size limits, to addresses that may be called.
package struct Outbound: Sendable {
    package struct Answer: Sendable {
        package let status: Int
        package let bytes: [UInt8]
    }

    private static let longest = TimeAmount.seconds(8)
    private static let largest = 512 << 10

    private let http: OutboundClient

    package init(http: OutboundClient) {
        self.http = http
    }

    /// Asks for a URL, or posts a form to it. Redirects are not followed (the client is told so where it is made).
    /// - allowsPlainLoopback: `http` to this machine too, for development and tests.
    package func fetch(
        _ url: String, form: [(String, String)]? = nil, authorization: Redacted<String>? = nil,
        allowsPlainLoopback: Bool
    ) async throws(Fault) -> Answer {
        guard Self.isAllowed(url, allowsPlainLoopback: allowsPlainLoopback) else {
            throw Fault(.unavailable, "outbound.address", "This address may not be called.")
        }
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json")
        if let authorization { request.headers.add(name: "Authorization", value: authorization.value) }
        if let form {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            let body = form.map { "\(FormFields.encode($0.0))=\(FormFields.encode($0.1))" }.joined(separator: "&")
            request.body = .bytes(ByteBuffer(string: body))
        }
        do {
            let response = try await http.execute(request, timeout: Self.longest)
            let bytes = try await response.body.collect(upTo: Self.largest)
            return Answer(status: Int(response.status.code), bytes: Array(bytes.readableBytesView))
        } catch {
            throw Fault(
                .unavailable, "outbound.failed", "The other side gave no answer that could be read.", cause: error)
        }
    }

    /// `https`, and `http` to this machine where that is allowed; no user, password or fragment in it.
    package static func isAllowed(_ text: String, allowsPlainLoopback: Bool) -> Bool {
        guard text.utf8.count <= 2000, let url = URLComponents(string: text), let host = url.host?.lowercased(),
            !host.isEmpty, url.user == nil, url.password == nil, url.fragment == nil
        else { return false }
        switch url.scheme?.lowercased() {
        case "https": return true
        case "http": return allowsPlainLoopback && ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
        default: return false
        }
    }
}
