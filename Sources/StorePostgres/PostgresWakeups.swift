import CPostgres
import Foundation
import Kernel
import Store
import Synchronization

/// Wakes other nodes with `NOTIFY`, on a connection apart, so that no transaction pays for it.
///
/// A wake-up says "look now" and no more: several within `interval` become one, and those sent while the server is away
/// are lost. Whoever listens must poll as well. After a reconnect every handler is called once.
package final class PostgresWakeups: Sendable {
    private struct State {
        var handlers: [String: [@Sendable () -> Void]] = [:]
        /// Channels the connection does not listen to yet.
        var unheard: Set<String> = []
        /// Channels with a wake-up that was not sent yet.
        var pending: Set<String> = []
        var stopped = false
        var isOver = false
        var ended: [CheckedContinuation<Void, Never>] = []
    }

    private let settings: PostgresConnection.Settings
    private let interval: Duration
    private let state = Mutex(State())
    /// Wakes the thread out of `poll`.
    private let bell: Bell

    /// Starts the thread. `interval` is the least time between two notifications. The schema of the options becomes part
    /// of the channels' names, so that stores in one database do not wake each other.
    package init(
        url: String, options: PostgresDatabase.Options = PostgresDatabase.Options(),
        interval: Duration = .milliseconds(5)
    ) throws {
        settings = try PostgresConnection.Settings(url: url, options: options)
        self.interval = interval
        bell = try Bell()
        let thread = Thread { [self] in
            loop()
            let ended = state.withLock { state in
                state.isOver = true
                return state.ended
            }
            for continuation in ended { continuation.resume() }
        }
        thread.name = "postgres-wakeups"
        thread.start()
    }

    /// Wakes the channel's listeners on every node, this one included. Returns at once.
    package func notify(_ channel: StaticString) {
        let isFirst = state.withLock { $0.pending.insert(name(channel)).inserted }
        if isFirst { bell.ring() }
    }

    /// Calls `handler` once the channel is listened to and after each wake-up, on no particular thread; it must return
    /// quickly.
    package func listen(_ channel: StaticString, _ handler: @escaping @Sendable () -> Void) {
        let name = name(channel)
        state.withLock { state in
            state.handlers[name, default: []].append(handler)
            state.unheard.insert(name)
        }
        bell.ring()
    }

    package func close() async {
        state.withLock { $0.stopped = true }
        bell.ring()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.ended.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    private func name(_ channel: StaticString) -> String {
        let name = (settings.schema.map { $0 + "." } ?? "") + "\(channel)"
        precondition(name.utf8.count <= 63 && !name.contains("\""), "a channel's name is at most 63 bytes, no quotes")
        return name
    }

    // MARK: The thread

    private func loop() {
        var failures = 0
        while !state.withLock({ $0.stopped }) {
            do {
                let connection = try PostgresConnection(settings)
                failures = 0
                try serve(connection)
            } catch {
                // The server is away. Polling goes on meanwhile; the bell ends the pause only for a stop.
                failures = min(failures + 1, 6)
                pause(milliseconds: Int32(Double(25 << failures) * Double.random(in: 0.5..<1.5)))
            }
        }
    }

    private func pause(milliseconds: Int32) {
        let end = ContinuousClock.now + .milliseconds(Int(milliseconds))
        while !state.withLock({ $0.stopped }) {
            let left = Self.milliseconds(from: .now, to: end)
            if left <= 0 { return }
            bell.wait(socket: nil, milliseconds: left)
        }
    }

    /// Works until the stop; throws when the connection breaks.
    private func serve(_ connection: PostgresConnection) throws {
        let known = state.withLock { state in
            state.unheard = []
            return Array(state.handlers.keys)
        }
        try listen(known, on: connection)
        var nextSend = ContinuousClock.now
        while !state.withLock({ $0.stopped }) {
            let unheard = state.withLock { state in
                defer { state.unheard = [] }
                return Array(state.unheard)
            }
            try listen(unheard, on: connection)
            let now = ContinuousClock.now
            if now >= nextSend, try send(on: connection) { nextSend = now + interval }
            call(try connection.notifications())
            let waits = state.withLock { !$0.pending.isEmpty }
            let left = waits ? max(1, Self.milliseconds(from: .now, to: nextSend)) : -1
            bell.wait(socket: connection.socket, milliseconds: left)
        }
    }

    private func listen(_ channels: [String], on connection: PostgresConnection) throws {
        guard !channels.isEmpty else { return }
        for channel in channels { connection.queue("LISTEN \"\(channel)\"") }
        try connection.finishCommands()
        // What was told while we did not listen is made good.
        call(channels)
    }

    /// Sends what is pending in one statement. Keeps it for the next connection when this one breaks.
    private func send(on connection: PostgresConnection) throws -> Bool {
        let channels = state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
        guard !channels.isEmpty else { return false }
        do {
            for channel in channels {
                _ = try connection.rows(
                    PostgresParameters.Bound("SELECT pg_notify(\(channel), '')", tenant: .installation, kept: true))
            }
        } catch {
            state.withLock { $0.pending.formUnion(channels) }
            throw error
        }
        return true
    }

    private func call(_ channels: [String]) {
        guard !channels.isEmpty else { return }
        let handlers = state.withLock { state in Set(channels).flatMap { state.handlers[$0] ?? [] } }
        for handler in handlers { handler() }
    }

    private static func milliseconds(from: ContinuousClock.Instant, to: ContinuousClock.Instant) -> Int32 {
        Int32(clamping: (from.duration(to: to).microseconds + 999) / 1000)
    }
}

/// A pipe that ends a `poll` from another thread.
private final class Bell: Sendable {
    private let reading: Int32
    private let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw Fault(
                .unavailable, "store.wakeups", "No pipe could be opened.",
                remedy: "Raise the limit of open files.")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// A full pipe rings already, so a write that is refused loses nothing.
    func ring() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }

    /// Returns after a ring, when the socket has something, or when the time is over; -1 waits for ever.
    func wait(socket: Int32?, milliseconds: Int32) {
        var sources = [pollfd(fd: reading, events: Int16(POLLIN), revents: 0)]
        if let socket { sources.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
        _ = poll(&sources, nfds_t(sources.count), milliseconds)
        var rest = [UInt8](repeating: 0, count: 256)
        while read(reading, &rest, rest.count) > 0 {}
    }
}
