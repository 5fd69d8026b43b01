package import AsyncHTTPClient
import Dispatch
package import Kernel
package import NIOCore
import NIOHTTP1
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The one way out: every call to an address that an administrator can set goes through here.
///
/// Each call is checked against `OutboundRules`. A name is looked up here, all its addresses are checked, and the
/// connection goes to the address that was checked, whatever the name says a moment later (DNS rebinding); the
/// certificate is still that of the name. Redirects are not followed: who wants to go on calls again and is checked again.
package final class OutboundClient: Sendable {
    package typealias Resolver = @Sendable (_ host: String) async throws -> [IPAddress]

    /// A name with the address that was checked for it.
    private struct Pinned {
        let address: IPAddress
        let client: HTTPClient
        var checkedAt: ContinuousClock.Instant
    }

    private struct State {
        var pinned: [String: Pinned] = [:]
        /// The address at which a name was last not reached: its other addresses come first then.
        var unreached: [String: IPAddress] = [:]
        /// Clients of names that are called no more; they may still have an answer on the way.
        var retired: [(client: HTTPClient, at: ContinuousClock.Instant)] = []
    }

    /// How long a look-up holds.
    private static let holds: Duration = .seconds(30)
    private static let largest = 64
    private static let restBeforeEnd: Duration = .seconds(120)

    private let rules: OutboundRules
    private let resolve: Resolver
    /// For addresses that need no look-up.
    private let direct: HTTPClient
    private let state = Mutex(State())

    package init(rules: OutboundRules, resolve: @escaping Resolver = OutboundClient.system) {
        self.rules = rules
        self.resolve = resolve
        direct = Self.client(pin: [:])
    }

    /// What can be said of an address before its name is looked up: for settings, when they are read or saved.
    package func check(_ url: String) throws(Fault) { _ = try rules.target(url) }

    /// Throws a `Fault` with a code `outbound.…` when the address may not be called: nothing has been sent then.
    package func execute(_ request: HTTPClientRequest, timeout: TimeAmount) async throws -> HTTPClientResponse {
        let target = try rules.target(request.url)
        var request = request
        request.url = target.url
        do {
            return try await client(for: target).execute(request, timeout: timeout)
        } catch {
            letGo(target.host)
            throw error
        }
    }

    /// The address of a mail server, looked up and checked: who connects goes to it, whatever the name says a moment
    /// later. `isPlain`: without TLS. Throws a `Fault` with a code `outbound.…` when it may not be called.
    package func mailServer(_ host: String, port: Int, isPlain: Bool) async throws -> IPAddress {
        let host = host.lowercased()
        let addresses = if let address = IPAddress(host) { [address] } else { try await resolve(host) }
        try rules.check(addresses, mailHost: host, port: port, isPlain: isPlain)
        // IPv4 first, as for calls.
        return addresses.first { !$0.isSix } ?? addresses[0]
    }

    /// A document by GET, within a size.
    package func document(
        _ url: String, accept: String = "application/json", largest: Int = 1 << 20, patience: Duration = .seconds(10)
    ) async throws -> (status: UInt, bytes: [UInt8]) {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: accept)
        let response = try await execute(request, timeout: .microseconds(patience.microseconds))
        return (response.status.code, Array(try await response.body.collect(upTo: largest).readableBytesView))
    }

    /// Whether an error says that nothing was sent because the address was refused or is not known.
    package static func isRefusal(_ error: any Error) -> Bool {
        (error as? Fault)?.code.hasPrefix("outbound.") ?? false
    }

    package func shutdown() async throws {
        let clients = state.withLock { state in
            defer { state = State() }
            return state.pinned.values.map(\.client) + state.retired.map(\.client)
        }
        for client in clients + [direct] { try await client.shutdown() }
    }

    // MARK: Pinning

    private func client(for target: OutboundRules.Target) async throws -> HTTPClient {
        guard target.address == nil else { return direct }
        let now = ContinuousClock.now
        let known = state.withLock { $0.pinned[target.host] }
        if let known, now - known.checkedAt < Self.holds {
            // The port and the scheme may be others than those it was looked up for.
            try rules.check([known.address], target)
            return known.client
        }
        let addresses = try await resolve(target.host)
        try rules.check(addresses, target)
        let (client, ended) = pin(target.host, addresses, at: now)
        for client in ended {
            // Nobody waits for it; a client that does not end well is of no more use either way.
            Task { try? await client.shutdown() }
        }
        return client
    }

    /// What went wrong may have been the address: the next call looks the name up anew, and takes another one if there is.
    private func letGo(_ host: String) {
        state.withLock { state in
            guard let known = state.pinned.removeValue(forKey: host) else { return }
            state.retired.append((known.client, ContinuousClock.now))
            if state.unreached.count >= Self.largest { state.unreached.removeAll() }
            state.unreached[host] = known.address
        }
    }

    private func pin(
        _ host: String, _ addresses: [IPAddress], at now: ContinuousClock.Instant
    ) -> (client: HTTPClient, ended: [HTTPClient]) {
        state.withLock { state in
            let rested = state.retired.filter { now - $0.at >= Self.restBeforeEnd }
            state.retired.removeAll { now - $0.at >= Self.restBeforeEnd }
            let ended = rested.map(\.client)
            if let known = state.pinned[host], addresses.contains(known.address) {
                state.pinned[host]?.checkedAt = now
                return (known.client, ended)
            }
            if let known = state.pinned.removeValue(forKey: host) { state.retired.append((known.client, now)) }
            if state.pinned.count >= Self.largest,
                let oldest = state.pinned.min(by: { $0.value.checkedAt < $1.value.checkedAt })
            {
                state.pinned[oldest.key] = nil
                state.retired.append((oldest.value.client, now))
            }
            // IPv4 first: one address is tried at a time, and it is the one that works from everywhere.
            let sorted = addresses.filter { !$0.isSix } + addresses.filter(\.isSix)
            let address = sorted.first { $0 != state.unreached[host] } ?? sorted[0]
            let client = Self.client(pin: [host: address.description])
            state.pinned[host] = Pinned(address: address, client: client, checkedAt: now)
            return (client, ended)
        }
    }

    private static func client(pin: [String: String]) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(20))
        configuration.redirectConfiguration = .disallow
        configuration.dnsOverride = pin
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

// MARK: Looking names up

extension OutboundClient {
    private static let queue = DispatchQueue(label: "names", attributes: .concurrent)
    private static let patience: DispatchTimeInterval = .seconds(5)

    /// The machine's own look-up, with a limit of time.
    package static let system: Resolver = { host in
        let outcome = Once()
        return try await withCheckedThrowingContinuation { continuation in
            outcome.wait(continuation)
            queue.async { outcome.end(Result { try lookUp(host) }) }
            queue.asyncAfter(deadline: .now() + patience) { outcome.end(.failure(unknown(host))) }
        }
    }

    /// A continuation that the first outcome resumes.
    private final class Once: Sendable {
        private let waiting = Mutex<CheckedContinuation<[IPAddress], any Error>?>(nil)

        func wait(_ continuation: CheckedContinuation<[IPAddress], any Error>) {
            waiting.withLock { $0 = continuation }
        }

        func end(_ result: Result<[IPAddress], any Error>) {
            let continuation = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            continuation?.resume(with: result)
        }
    }

    private static func unknown(_ host: String) -> Fault {
        Fault(
            .unavailable, "outbound.name", "The name could not be looked up.", remedy: "Is it written right?",
            place: host)
    }

    private static func lookUp(_ host: String) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { throw unknown(host) }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = address(entry), !found.contains(address) { found.append(address) }
            next = entry.ai_next
        }
        guard !found.isEmpty else { throw unknown(host) }
        return found
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let place = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET:
            return place.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                IPAddress(four: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            return place.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { six in
                withUnsafeBytes(of: six.pointee.sin6_addr) { IPAddress(sixteen: $0) }
            }
        default: return nil
        }
    }
}
