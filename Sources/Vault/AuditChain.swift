package import Crypto
import Foundation
package import Kernel
package import Store
import Synchronization

/// Links committed audit records into one hash chain per tenant and stream, and anchors its head outside the database.
///
/// A block covers the records of one stream between two ids; its hash is SHA-256 over the hash before it and every
/// field of every record in order. Changing, removing, adding or reordering any record of a block breaks it; cutting
/// blocks off the end is found by the last anchor, a signed line in the key folder written at least every 60 s.
package final class AuditChain: Sendable {
    private let database: any Database
    private let log: AuditLog
    private let clock: any Clock
    private let anchors: AuditAnchors
    /// What this process anchored.
    private let anchored = Mutex<[ID<Tenant>: Anchored]>([:])

    private struct Anchored {
        var at: Instant
        /// The newest block of each stream.
        var heads: [Int64: Int64] = [:]
    }

    package init(database: any Database, log: AuditLog, clock: any Clock, anchors: AuditAnchors) {
        self.database = database
        self.log = log
        self.clock = clock
        self.anchors = anchors
    }

    /// How long blocks may go without an anchor while the program runs.
    package static let anchorPeriod: Duration = .seconds(60)
    private static let anchorEvery: Duration = .seconds(20)

    /// A stream to which nothing was added for so long has no process that would link it.
    package static let leftAfter: Duration = .minutes(5)

    private static let largestBlock = 10_000

    /// Chains what has been committed since the last call; the number of records linked.
    @discardableResult
    package func link(tenant: ID<Tenant>) async throws -> Int {
        try await link(tenant, anchoring: false)
    }

    /// Links what no process links any more: the records of a command that was killed, or of a server whose number is
    /// not used again. The number of records linked.
    ///
    /// Every node may do this: a block that another has written meanwhile stays as it is.
    @discardableResult
    package func linkLeft(tenant: ID<Tenant>) async throws -> Int {
        let now = clock.now()
        let own = log.stream
        let left = try await database.read(tenant) { transaction -> [(stream: Int64, newest: Int64)] in
            let searched: Int64? = try transaction.value(
                "SELECT through FROM audit_search WHERE tenant = \(.tenant)")
            return try transaction.rows(
                """
                SELECT stream, MAX(id) AS newest, MAX(recorded_at) AS at FROM audit_record
                WHERE tenant = \(.tenant) AND id > \(searched ?? 0) AND stream <> \(own) GROUP BY stream
                """
            ).compactMap { row in
                let (stream, newest, at): (Int64, Int64, Instant) = (
                    try row["stream"], try row["newest"], try row["at"]
                )
                guard now - at > Self.leftAfter else { return nil }
                return try Self.head(stream: stream, in: transaction)?.last ?? 0 < newest
                    ? (stream: stream, newest: newest) : nil
            }
        }
        var linked = 0
        for (stream, newest) in left {
            while true {
                let count = try await block(of: stream, below: newest + 1, tenant: tenant)
                linked += count
                if count < Self.largestBlock { break }
            }
        }
        // What is younger is looked at again.
        let through = ID<AuditRecord>.lowest(at: now - Self.leftAfter * 2).raw
        try await database.write(tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO audit_search (tenant, through) VALUES (\(.tenant), \(through))
                ON CONFLICT (tenant) DO UPDATE SET through = excluded.through
                """)
        }
        return linked
    }

    /// Links, and anchors the first block of this process at once: a server that is killed soon leaves an anchor too,
    /// and so does one that has much to link.
    package func advance(tenant: ID<Tenant>) async throws {
        _ = try await link(tenant, anchoring: true)
    }

    private func link(_ tenant: ID<Tenant>, anchoring: Bool) async throws -> Int {
        var linked = 0
        while true {
            let bound = log.chainable(tenant: tenant)
            let now = clock.now()
            let count = try await block(of: log.stream, below: bound, tenant: tenant)
            linked += count
            if anchoring, count > 0, isAnchorDue(tenant, at: now) { try await anchor(tenant: tenant) }
            if count < Self.largestBlock { return linked }
        }
    }

    /// Links a stream's next records with ids below a bound; how many.
    private func block(of stream: Int64, below bound: Int64, tenant: ID<Tenant>) async throws -> Int {
        let now = clock.now()
        // Two blocks with one number in the stream of this process are a fault that must be heard of.
        let otherwise: SQL = stream == log.stream ? "" : " ON CONFLICT (tenant, stream, sequence) DO NOTHING"
        return try await database.write(tenant) { transaction -> Int in
            let head = try Self.head(stream: stream, in: transaction)
            let block = BlockHasher(previous: head?.hash ?? [])
            try transaction.forEachRaw(
                """
                SELECT \(Self.columns) FROM audit_record
                WHERE tenant = \(.tenant) AND stream = \(stream) AND id > \(head?.last ?? 0) AND id < \(bound)
                ORDER BY id LIMIT \(Self.largestBlock)
                """
            ) { block.add($0) }
            guard block.count > 0 else { return 0 }
            try transaction.send(
                """
                INSERT INTO audit_block (tenant, stream, sequence, first_id, last_id, count, hash, chained_at)
                VALUES (\(.tenant), \(stream), \((head?.sequence ?? 0) + 1), \(block.first), \(block.last),
                    \(block.count), \(block.finish()), \(now))\(otherwise)
                """)
            return block.count
        }
    }

    /// Writes the head of this process's stream to the anchor file, signed, and those of other nodes that went on: each
    /// node has a key folder of its own, and the file in it is to tell of the whole trail.
    ///
    /// - anew: also those of other nodes that are anchored as they are, because another key signs now.
    package func anchor(tenant: ID<Tenant>, anew: Bool = false) async throws {
        let now = clock.now()
        let heads = try await database.read(tenant) { transaction in
            try Self.streams(in: transaction).compactMap { stream in
                try Self.head(stream: stream, in: transaction).map { head in
                    AuditAnchor(tenant: tenant, stream: stream, sequence: head.sequence, hash: head.hash, at: now)
                }
            }
        }
        let known = anchored.withLock { $0[tenant]?.heads ?? [:] }
        for head in heads where anew || head.stream == log.stream || known[head.stream] != head.sequence {
            try anchors.append(head)
            anchored.withLock { $0[tenant, default: Anchored(at: now)].heads[head.stream] = head.sequence }
        }
        anchored.withLock { $0[tenant]?.at = now }
    }

    /// Also when the clock was set back.
    private func isAnchorDue(_ tenant: ID<Tenant>, at now: Instant) -> Bool {
        anchored.withLock { anchored in
            guard let last = anchored[tenant], last.heads[log.stream] != nil else { return true }
            return now < last.at || now - last.at >= Self.anchorEvery
        }
    }

    /// Each found by itself along the key: a trail has few streams and many blocks.
    private static func streams(in transaction: any Transaction) throws -> [Int64] {
        var streams: [Int64] = []
        while let next: Int64 = try transaction.value(
            """
            SELECT stream FROM audit_block WHERE tenant = \(.tenant) AND stream > \(streams.last ?? -1)
            ORDER BY stream LIMIT 1
            """)
        {
            streams.append(next)
        }
        return streams
    }

    struct Head: Sendable {
        let sequence: Int64
        let last: Int64
        let hash: [UInt8]
    }

    static func head(stream: Int64, in transaction: any Transaction) throws -> Head? {
        try transaction.row(
            """
            SELECT sequence, last_id, hash FROM audit_block WHERE tenant = \(.tenant) AND stream = \(stream)
            ORDER BY sequence DESC LIMIT 1
            """
        ).map { Head(sequence: try $0["sequence"], last: try $0["last_id"], hash: try $0["hash"]) }
    }

    /// Those of a store from before records had an address, as an older backup holds it.
    static let columnsOfOld: SQL = """
        id, recorded_at, actor_kind, actor, action, purpose, outcome, reason, subject_kind, subject, subjects,
        correlation, origin
        """
    /// The address comes last: it is hashed only where there is one (`BlockHasher`).
    static let columns: SQL = "\(columnsOfOld), remote"
}

/// A chain's head at a moment, as it stands outside the database.
package struct AuditAnchor: Sendable, Equatable {
    package let tenant: ID<Tenant>
    package let stream: Int64
    package let sequence: Int64
    package let hash: [UInt8]
    package let at: Instant

    package init(tenant: ID<Tenant>, stream: Int64, sequence: Int64, hash: [UInt8], at: Instant) {
        self.tenant = tenant
        self.stream = stream
        self.sequence = sequence
        self.hash = hash
        self.at = at
    }

    /// What is signed: every field, separated by spaces.
    var statement: String { "anchor \(tenant.text) \(stream) \(sequence) \(Hex.encode(hash)) \(at.microseconds)" }
}

/// The anchor file: one signed line each, only ever appended to. Behind the signature stands the key's id, unless it is
/// the first key that the installation had.
package final class AuditAnchors: Sendable {
    private let path: String
    private let key: SigningKey
    private let lock = Mutex<Void>(())

    package init(path: String, key: SigningKey) {
        self.path = path
        self.key = key
    }

    package convenience init(path: String, key: Curve25519.Signing.PrivateKey) {
        self.init(path: path, key: SigningKey(key: key))
    }

    package func append(_ anchor: AuditAnchor) throws {
        let ring = try key.ring()
        let signature = try ring.sign(Array(anchor.statement.utf8))
        let name = ring.name.map { " " + $0 } ?? ""
        let line = anchor.statement + " " + Hex.encode(signature) + name + "\n"
        try lock.withLock { _ in
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            }
            guard let file = FileHandle(forUpdatingAtPath: path) else {
                throw Fault(.unavailable, "audit.anchor", "The anchor file cannot be written.", place: path)
            }
            defer { try? file.close() }  // everything was synchronised before; a failing close loses nothing
            try Self.dropTornLine(file)
            try file.write(contentsOf: Array(line.utf8))
            try file.synchronize()
        }
    }

    /// Puts the file at its end, without the half line that a crash may have left there: glued to it, the next line
    /// would be lost.
    private static func dropTornLine(_ file: FileHandle) throws {
        let end = try file.seekToEnd()
        let start = end > 4096 ? end - 4096 : 0
        try file.seek(toOffset: start)
        let tail = try file.readToEnd() ?? Data()
        guard let last = tail.last, last != UInt8(ascii: "\n") else { return }
        let whole = tail.lastIndex(of: UInt8(ascii: "\n")).map {
            UInt64(tail.distance(from: tail.startIndex, to: $0)) + 1
        }
        try file.truncate(atOffset: start + (whole ?? 0))
    }

    /// What the anchor file says.
    package struct Reading: Sendable {
        /// False: there is no such file, or it cannot be read.
        package fileprivate(set) var isThere = false
        /// The anchor of the newest block of each tenant and stream, for each key that signed some.
        package var latest: [AuditAnchor] { byStream.values.flatMap { Array($0.newest.values) } }
        /// A line that does not parse, whose signature is wrong or whose key is unknown is a finding.
        package fileprivate(set) var findings: [String] = []
        fileprivate var byStream: [String: Ends] = [:]

        /// The oldest and the newest block of a stream that is anchored; nil: none is.
        func ends(of stream: Int64, _ tenant: ID<Tenant>) -> (first: AuditAnchor, last: AuditAnchor)? {
            byStream[AuditAnchors.name(tenant, stream)].map { ($0.first, $0.last) }
        }

        fileprivate mutating func add(_ anchor: AuditAnchor, signer: Int) {
            let name = AuditAnchors.name(anchor.tenant, anchor.stream)
            if byStream[name] == nil { byStream[name] = Ends(anchor, signer: signer) }
            byStream[name]?.add(anchor, signer: signer)
        }
    }

    /// What a stream's anchors come to. A key that was replaced may be in wrong hands: its anchors hide none of a newer
    /// key's, and none of a newer key's is missing because they go further.
    fileprivate struct Ends: Sendable {
        var first: AuditAnchor
        /// By the newest of the keys.
        var last: AuditAnchor
        /// By each key, told by its place among all.
        var newest: [Int: AuditAnchor] = [:]
        private var signer: Int

        init(_ anchor: AuditAnchor, signer: Int) {
            (first, last) = (anchor, anchor)
            self.signer = signer
        }

        mutating func add(_ anchor: AuditAnchor, signer: Int) {
            if anchor.sequence < first.sequence { first = anchor }
            if anchor.sequence >= newest[signer]?.sequence ?? 0 { newest[signer] = anchor }
            if (signer, anchor.sequence) >= (self.signer, last.sequence) { (self.signer, last) = (signer, anchor) }
        }
    }

    fileprivate static func name(_ tenant: ID<Tenant>, _ stream: Int64) -> String { "\(tenant.text) \(stream)" }

    package func read() throws -> Reading {
        var reading = Reading()
        guard let data = FileManager.default.contents(atPath: path) else { return reading }
        reading.isThere = true
        let ring = try key.ring()
        var isListLost = false
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
        for (index, line) in lines.enumerated() {
            guard let found = Line(line) else {
                // A crash can leave half a last line; it proves nothing and costs nothing.
                if index < lines.count - 1 || data.last == UInt8(ascii: "\n") {
                    reading.findings.append("anchor file line \(index + 1) cannot be read")
                }
                continue
            }
            let statement = Array(found.anchor.statement.utf8)
            guard let signer = ring.place(of: found.signature, over: statement, named: found.key) else {
                reading.findings.append("anchor file line \(index + 1) \(found.problem(under: ring))")
                continue
            }
            if ring.earlier.indices.contains(signer), found.anchor.at > ring.earlier[signer].until + .days(1) {
                reading.findings.append("anchor file line \(index + 1) is signed by a key that was replaced before")
            }
            // The first key is never named.
            if found.key != nil, signer == 0 { isListLost = true }
            reading.add(found.anchor, signer: signer)
        }
        if isListLost {
            reading.findings.insert(
                "the list of earlier signing keys is missing: the anchor file names a later one than the first", at: 0)
        }
        return reading
    }

    /// A line of the file, its signature not yet checked.
    private struct Line {
        let anchor: AuditAnchor
        let signature: [UInt8]
        /// The name of the key that signed; nil: none is named.
        let key: String?

        init?(_ line: Substring) {
            let words = line.split(separator: " ")
            guard words.count == 7 || words.count == 8, words[0] == "anchor", let tenant = ID<Tenant>(words[1]),
                let stream = Int64(words[2]),
                let sequence = Int64(words[3]), let hash = Hex.decode(String(words[4])), let at = Int64(words[5]),
                let signature = Hex.decode(String(words[6]))
            else { return nil }
            let name = words.count == 8 ? String(words[7]) : nil
            if let name, !PublicSigningKey.isID(name) { return nil }
            key = name
            self.signature = signature
            anchor = AuditAnchor(
                tenant: tenant, stream: stream, sequence: sequence, hash: hash, at: Instant(microseconds: at))
        }

        func problem(under ring: SigningRing) -> String {
            guard let key, !ring.knows(key) else { return "has a wrong signature" }
            return "is signed by the key \(key), which is not in the key folder"
        }
    }
}
