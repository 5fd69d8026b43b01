import CPostgres
import Kernel
import Store

/// One connection, used by one thread, always in libpq's pipeline mode: commands without an answer of interest
/// (`BEGIN`, savepoints) are queued and travel with the next statement, so a transaction of one statement takes two
/// round trips.
final class PostgresConnection {
    struct Settings: Sendable {
        let url: String
        let schema: String?
        let connectTimeout: Int
        let largestStatementCache: Int
    }

    private enum Step {
        case command
        case prepare(PostgresStatement)
        /// The rows go to the answer, if anyone wants them.
        case execute(PostgresStatement?, PostgresAnswer?)
    }

    private let handle: OpaquePointer
    private var statements: PostgresStatements
    /// Commands that wait for the next statement.
    private var waiting: [String] = []
    /// What was sent and not answered yet, in order.
    private var steps: [Step] = []
    /// How many statements were sent since the last synchronisation point: their answers cannot be taken before the next.
    private var open = 0
    private var stream: PostgresStream?
    /// Prepared statements that the server may forget as soon as no transaction is open.
    private var evicted: [String] = []
    private(set) var broken = false

    /// Connects. Throws a `StoreError` of kind `unavailable`; its message names host and database, never the password.
    init(_ settings: Settings) throws {
        let defaults = [
            ("fallback_application_name", "throughline"), ("client_encoding", "UTF8"),
            ("connect_timeout", String(settings.connectTimeout)), ("keepalives_idle", "30"),
            ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
            // Last: what the URL says wins.
            ("dbname", settings.url),
        ]
        guard let handle = Self.connect(defaults) else {
            throw StoreError(.unavailable, message: "no memory for a connection")
        }
        self.handle = handle
        statements = PostgresStatements(limit: settings.largestStatementCache)
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(handle)).split(separator: "\n").joined(separator: " ")
            throw StoreError(.unavailable, message: message)
        }
        guard PQserverVersion(handle) >= 150_000 else {
            throw StoreError(.unavailable, message: "PostgreSQL 15 or later is needed, the server is older")
        }
        guard PQenterPipelineMode(handle) == 1 else { throw PostgresErrors.lost }
        // Left to itself the server plans most of our statements anew each time, which takes longer than running them; and
        // since a plan for any limit expects a tenth of the table, it starts workers for a page of rows.
        for (name, value) in [
            ("plan_cache_mode", "force_generic_plan"), ("jit", "off"), ("max_parallel_workers_per_gather", "0"),
            ("search_path", settings.schema.map { "\"\($0)\", public" }),
        ] {
            guard let value else { continue }
            let values: [SQLValue] = [.text(name), .text(value)]
            _ = try rows(PostgresParameters.Bound(text: "SELECT set_config($1, $2, false)", values: values))
        }
    }

    deinit {
        PQfinish(handle)
    }

    static func connect(_ parameters: [(String, String)]) -> OpaquePointer? {
        var text: [CChar] = []
        var offsets: [Int] = []
        for part in parameters.flatMap({ [$0.0, $0.1] }) {
            offsets.append(text.count)
            text.append(contentsOf: part.utf8CString)
        }
        return text.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
            func every(_ first: Int) -> [UnsafePointer<CChar>?] {
                stride(from: first, to: pointers.count, by: 2).map { pointers[$0] } + [nil]
            }
            return PQconnectdbParams(every(0), every(1), 1)
        }
    }

    /// The socket, for a thread that waits for notifications.
    var socket: Int32 { PQsocket(handle) }

    /// Takes what has arrived and returns the names of the channels that were notified. Throws when the connection
    /// broke.
    func notifications() throws -> [String] {
        guard PQconsumeInput(handle) == 1 else { throw lose() }
        var channels: [String] = []
        while let notification = PQnotifies(handle) {
            channels.append(String(cString: notification.pointee.relname))
            PQfreemem(notification)
        }
        return channels
    }

    // MARK: Commands

    /// Queues a command that travels with the next statement. Its failure is thrown there.
    func queue(_ command: String) {
        waiting.append(command)
    }

    /// Takes back a queued command if it is the last one and has not been sent.
    func unqueue(_ command: String) -> Bool {
        guard waiting.last == command else { return false }
        waiting.removeLast()
        return true
    }

    func discardQueue() {
        waiting = []
    }

    /// Runs a command and returns its tag: `COMMIT`, `ROLLBACK`, …
    func command(_ text: String) throws -> String {
        queue(text)
        return try finishCommands()
    }

    /// Sends a command without waiting for its answer; `finishCommands` takes it.
    func sendCommand(_ text: String) throws {
        try settle()
        queue(text)
        try sendWaiting()
        try sync()
    }

    /// Waits for every command that is under way. Returns the last one's tag.
    @discardableResult func finishCommands() throws -> String {
        try settle()
        if !waiting.isEmpty || isWaiting {
            try sendWaiting()
            try sync()
        }
        var tag = ""
        try collect { tag = String(cString: PQcmdStatus($0)) }
        return tag
    }

    // MARK: Statements

    /// A connection sends on and on; this bounds what it and the server must remember.
    private static let mostOpen = 256

    /// Sends a statement that travels with whatever comes next; a failure is thrown there. The rows, if wanted, are in
    /// the answer then.
    func send(_ bound: PostgresParameters.Bound, to answer: PostgresAnswer? = nil) throws {
        try start(bound, answer)
        if open >= Self.mostOpen { try flush() }
    }

    /// Whether something was sent whose answer has not been taken.
    var isWaiting: Bool { open > 0 }

    /// Takes the answers of all that was sent.
    func flush() throws {
        guard isWaiting else { return }
        try sync()
        try collect { _ in }
    }

    /// All rows of a statement and how many it changed.
    func rows(_ bound: PostgresParameters.Bound) throws -> (rows: [Row], changed: Int) {
        let answer = PostgresAnswer()
        try start(bound, answer)
        try flush()
        return (answer.rows, answer.changed)
    }

    /// The rows of a statement one by one as they arrive. `body` may run statements: what has not been read by then is
    /// first taken into memory.
    func forEach(_ bound: PostgresParameters.Bound, _ body: (Row) throws -> Void) throws {
        let statement = try start(bound, nil)
        try sync()
        let stream = PostgresStream()
        try answerCommands()
        guard PQsetSingleRowMode(handle) == 1 else { throw lose() }
        self.stream = stream
        defer { if self.stream === stream { self.stream = nil } }
        do {
            while let row = try next(stream, statement) { try body(row) }
        } catch {
            // The rest of the rows must leave the connection before anything else can.
            if self.stream === stream, !broken { try drain(stream, statement, keep: false) }
            throw error
        }
    }

    @discardableResult
    func start(_ bound: PostgresParameters.Bound, _ answer: PostgresAnswer?) throws -> PostgresStatement? {
        try settle()
        let parameters = try PostgresParameters(bound.values)
        let types = bound.values.map(PostgresType.declared)
        try sendWaiting()
        var statement: PostgresStatement?
        if let fingerprint = bound.fingerprint {
            if let known = statements.find(fingerprint, types: types) {
                statement = known
            } else {
                let (made, oldest) = statements.make(fingerprint, types: types)
                if let oldest { evicted.append(oldest.name) }
                try sent(PQsendPrepare(handle, made.name, bound.text(), Int32(types.count), made.types))
                steps.append(.prepare(made))
                open += 1
                statement = made
            }
        }
        try parameters.withPointers { pointers, lengths, formats in
            let count = Int32(parameters.count)
            if let statement {
                try sent(PQsendQueryPrepared(handle, statement.name, count, pointers, lengths, formats, 1))
            } else {
                try sent(PQsendQueryParams(handle, bound.text(), count, types, pointers, lengths, formats, 1))
            }
        }
        steps.append(.execute(statement, answer))
        open += 1
        return statement
    }

    private func sendWaiting() throws {
        for command in waiting {
            try sent(PQsendQueryParams(handle, command, 0, nil, nil, nil, nil, 1))
            steps.append(.command)
            open += 1
        }
        waiting = []
    }

    private func sent(_ code: Int32) throws {
        guard code == 1 else { throw lose() }
    }

    func sync() throws {
        open = 0
        try sent(PQpipelineSync(handle))
    }

    private func lose() -> PostgresFailure {
        broken = true
        return PostgresErrors.lost
    }

    /// Forgets every prepared statement, here and at the server.
    func forgetStatements() throws {
        statements.forgetAll()
        evicted = []
        _ = try command("DEALLOCATE ALL")
    }

    /// Between transactions: lets the server forget what the cache has dropped.
    func tidy() throws {
        guard !evicted.isEmpty else { return }
        for name in evicted { queue("DEALLOCATE \(name)") }
        evicted = []
        try finishCommands()
    }

    /// How many prepared statements are kept.
    var preparedStatements: Int { statements.count }

    // MARK: Answers

    /// Takes the answers of everything sent, up to the synchronisation point; the last step's results go to `body`.
    func collect(_ body: (OpaquePointer) throws -> Void) throws {
        guard !steps.isEmpty else { return }
        var failure: (any Error)?
        for (index, step) in steps.enumerated() {
            do {
                try answer(step, index == steps.count - 1 ? body : { _ in })
            } catch {
                failure = failure ?? error
                if broken { break }
            }
        }
        steps = []
        if !broken { try endOfPipeline() }
        if let failure { throw failure }
    }

    /// Takes the answers of all steps but the last. When one failed the server skips the last, and so do we.
    private func answerCommands() throws {
        var failure: (any Error)?
        while steps.count > 1, !broken {
            do {
                try answer(steps.removeFirst()) { _ in }
            } catch {
                failure = failure ?? error
            }
        }
        guard let failure else { return }
        // Says only that the statement was skipped.
        if !broken { try? collect { _ in } }
        throw failure
    }

    /// Takes the results of one step up to its end.
    private func answer(_ step: Step, _ body: (OpaquePointer) throws -> Void) throws {
        var failure: (any Error)?
        while let result = PQgetResult(handle) {
            defer { PQclear(result) }
            do {
                try check(result)
                if case .execute(let statement, let answer?) = step {
                    try answer.take(result, Self.columns(of: result, statement))
                }
                try body(result)
            } catch {
                failure = failure ?? error
                if broken { break }
            }
        }
        if failure == nil, PQstatus(handle) == CONNECTION_BAD { failure = lose() }
        guard let failure else { return }
        if case .prepare(let statement) = step { statements.forget(statement) }
        throw failure
    }

    private func check(_ result: OpaquePointer) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: return
        case PGRES_PIPELINE_ABORTED: throw PostgresFailure(error: PostgresErrors.lost.error, consequence: .refused)
        default:
            if PQstatus(handle) == CONNECTION_BAD { broken = true }
            let failure = PostgresErrors.failure(of: result, broken: broken)
            if failure.consequence == .lost { broken = true }
            throw failure
        }
    }

    private func endOfPipeline() throws {
        guard let result = PQgetResult(handle) else { throw lose() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lose() }
    }

    // MARK: Streams

    /// Before anything else is sent, the rows that still flow are taken into memory.
    private func settle() throws {
        if broken { throw PostgresErrors.lost }
        if let stream, !stream.ended { try drain(stream, nil, keep: true) }
        if open == 0, !steps.isEmpty { try collect { _ in } }
    }

    private func next(_ stream: PostgresStream, _ statement: PostgresStatement?) throws -> Row? {
        if let row = stream.take() { return row }
        return stream.ended ? nil : try receive(stream, statement)
    }

    private func drain(_ stream: PostgresStream, _ statement: PostgresStatement?, keep: Bool) throws {
        while let row = try receive(stream, statement) {
            if keep { stream.add(row) }
        }
    }

    /// The next row from the server, or nil at the end.
    private func receive(_ stream: PostgresStream, _ statement: PostgresStatement?) throws -> Row? {
        guard let result = PQgetResult(handle) else {
            stream.ended = true
            steps = []
            if PQstatus(handle) == CONNECTION_BAD { throw lose() }
            try endOfPipeline()
            return nil
        }
        defer { PQclear(result) }
        do {
            try check(result)
            guard PQresultStatus(result) == PGRES_SINGLE_TUPLE else { return try receive(stream, statement) }
            let columns = stream.columns ?? Self.columns(of: result, statement)
            stream.columns = columns
            return try columns.row(result, 0)
        } catch {
            if broken {
                stream.ended = true
            } else if !stream.ended {
                try drain(stream, statement, keep: false)
            }
            throw error
        }
    }

    private static func columns(of result: OpaquePointer, _ statement: PostgresStatement?) -> PostgresColumns {
        if let columns = statement?.columns { return columns }
        let columns = PostgresColumns(of: result)
        statement?.columns = columns
        return columns
    }
}
