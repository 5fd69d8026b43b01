import Foundation
package import Kernel
package import Store

/// Checks a tenant's whole audit trail: blocks, records outside blocks, anchors, and whether anchors are missing.
///
/// Each block holds the hash of the one before it, so blocks are checked side by side on all processors, many small ones
/// together; what is in memory at a time does not grow with the trail.
package struct AuditVerification: Sendable {
    package struct Report: Sendable {
        package var streams = 0
        package var blocks = 0
        package var records = 0
        /// Records newer than their stream's last block: not yet linked.
        package var unlinked = 0
        package var anchors = 0
        /// Those of a copy of the anchor file.
        package var copied = 0
        /// Each a plain sentence with the place. Empty: the trail is whole.
        package var findings: [String] = []
    }

    private let database: any Database
    private let anchors: AuditAnchors
    private let copy: AuditAnchors?
    private let workers: Int

    /// - copy: the anchor file as it was kept elsewhere. It may be older: what it tells of must be there, and no more is
    ///   asked of it.
    package init(
        database: any Database, anchors: AuditAnchors, copy: AuditAnchors? = nil,
        workers: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        self.database = database
        self.anchors = anchors
        self.copy = copy
        self.workers = max(1, workers)
    }

    /// Blocks read at a time, and how much of them one worker takes.
    private static let page = 2048
    private static let spanRecords: Int64 = 20_000
    private static let spanBlocks = 512

    /// - now: anchors that must be there by now and are not are a finding; nil: nothing is said of those that are
    ///   missing, where only some are at hand, as in a backup.
    package func run(tenant: ID<Tenant>, at now: Instant?) async throws -> Report {
        let reading = try anchors.read()
        let own = reading.latest.filter { $0.tenant == tenant }
        let kept = try copy?.read()
        let copied = kept?.latest.filter { $0.tenant == tenant } ?? []
        let anchored = own + copied.filter { !own.contains($0) }
        let streams = try await database.read(tenant) { transaction in
            try transaction.rows(
                "SELECT DISTINCT stream FROM audit_block WHERE tenant = \(.tenant) ORDER BY stream"
            ).map { try $0["stream"] as Int64 }
        }
        let trail = try await AuditTrailReader(database, tenant: tenant)
        return try await withThrowingTaskGroup(of: AuditPart.self) { group in
            var whole = AuditPart()
            var running = 1
            group.addTask { try await trail.strangers(to: streams) }
            var hashes: [AuditPlace: [UInt8]] = [:]
            var uncovered: [String] = []
            var ends: [Int64: Int64] = [:]
            var latest: Instant?
            for stream in streams {
                var coverage = AuditCoverage(stream: stream, reading.ends(of: stream, tenant))
                let wanted = Set(anchored.filter { $0.stream == stream }.map(\.sequence))
                var walk = AuditWalk(stream: stream)
                while true {
                    let blocks = try await trail.blocks(of: stream, after: walk.sequence, limit: Self.page)
                    for block in blocks {
                        coverage.take(block)
                        latest = max(latest ?? block.chainedAt, block.chainedAt)
                    }
                    for block in blocks where wanted.contains(block.sequence) {
                        hashes[AuditPlace(stream: stream, sequence: block.sequence)] = block.hash
                    }
                    for span in walk.take(blocks, records: Self.spanRecords, blocks: Self.spanBlocks) {
                        if running >= workers, let part = try await group.next() {
                            whole.add(part)
                            running -= 1
                        }
                        running += 1
                        group.addTask { try await trail.verify(span) }
                    }
                    if let finding = walk.finding { whole.findings.append(finding) }
                    if blocks.count < Self.page || walk.finding != nil { break }
                }
                if let now {
                    coverage.take(try await trail.times(of: coverage.edges))
                    uncovered += coverage.findings(at: now, isFileThere: reading.isThere)
                }
                let (last, isBroken) = (walk.last, walk.finding != nil)
                ends[stream] = last
                if !isBroken { group.addTask { try await trail.unlinked(stream, after: last) } }
            }
            while let part = try await group.next() { whole.add(part) }
            var report = Report()
            report.streams = streams.count + whole.streams
            report.blocks = whole.blocks
            report.records = whole.records
            report.unlinked = whole.unlinked
            report.anchors = own.count
            report.copied = copied.count
            report.findings = reading.findings + (kept?.findings.map { "in the copy, " + $0 } ?? [])
            report.findings += whole.findings.sorted().map(\.sentence)
            report.findings += anchored.compactMap { $0.difference(from: hashes) } + uncovered
            if now != nil { report.findings += whole.left.compactMap { $0.finding(whenLinkedAt: latest) } }
            // Where records are changed, what is derived from them differs too.
            if whole.findings.isEmpty, let finding = whole.listed.difference(from: try await trail.listed(ends)) {
                report.findings.append(finding)
            }
            return report
        }
    }
}

struct AuditPlace: Hashable, Comparable, Sendable {
    let stream: Int64
    let sequence: Int64

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.stream, lhs.sequence) < (rhs.stream, rhs.sequence) }
}

struct AuditFinding: Comparable, Sendable {
    let place: AuditPlace
    let sentence: String

    static func < (lhs: Self, rhs: Self) -> Bool { lhs.place < rhs.place }
}

/// What one worker found.
struct AuditPart: Sendable {
    var streams = 0
    var blocks = 0
    var records = 0
    var unlinked = 0
    /// Whom the lists of the records name.
    var listed = ListedSubjects()
    var left: [AuditLeft] = []
    var findings: [AuditFinding] = []

    mutating func add(_ other: AuditPart) {
        streams += other.streams
        blocks += other.blocks
        records += other.records
        unlinked += other.unlinked
        listed.add(other.listed)
        left += other.left
        findings += other.findings
    }
}

/// Records of a stream that are not linked.
struct AuditLeft: Sendable {
    let stream: Int64
    let count: Int
    let oldest: Instant

    /// That they ought to be; nil: nothing was linked since that they could have been linked with.
    func finding(whenLinkedAt latest: Instant?) -> String? {
        guard let latest, latest - oldest > AuditChain.leftAfter * 3 else { return nil }
        return "stream \(stream): \(count) records, the oldest of \(oldest.iso8601), are not linked, "
            + "though the trail went on until \(latest.iso8601)"
    }
}

struct AuditBlock: Sendable {
    let sequence: Int64
    let first: Int64
    let last: Int64
    let count: Int64
    let hash: [UInt8]
    let chainedAt: Instant
}

/// Blocks that follow one another, with what stands before them.
struct AuditSpan: Sendable {
    let stream: Int64
    let previousHash: [UInt8]
    let previousLast: Int64
    let blocks: [AuditBlock]
}

/// Goes along a stream's blocks and cuts them into spans.
struct AuditWalk {
    let stream: Int64
    private(set) var sequence: Int64 = 0
    private(set) var last: Int64 = 0
    private(set) var finding: AuditFinding?
    private var hash: [UInt8] = []

    init(stream: Int64) { self.stream = stream }

    /// The spans of the next blocks; stops before a block that does not follow.
    mutating func take(_ next: [AuditBlock], records: Int64, blocks most: Int) -> [AuditSpan] {
        var spans: [AuditSpan] = []
        var blocks: [AuditBlock] = []
        var count: Int64 = 0
        var (spanHash, spanLast) = (hash, last)
        for block in next {
            guard block.sequence == sequence + 1, block.first > last, block.last >= block.first else {
                let what =
                    block.sequence == sequence + 1
                    ? "block \(block.sequence) overlaps the one before it"
                    : "a block is missing before block \(block.sequence)"
                finding = AuditFinding(
                    place: AuditPlace(stream: stream, sequence: block.sequence), sentence: "stream \(stream): \(what)")
                break
            }
            blocks.append(block)
            count += block.count
            (sequence, last, hash) = (block.sequence, block.last, block.hash)
            if count >= records || blocks.count >= most {
                spans.append(
                    AuditSpan(stream: stream, previousHash: spanHash, previousLast: spanLast, blocks: blocks))
                (blocks, count, spanHash, spanLast) = ([], 0, hash, last)
            }
        }
        if !blocks.isEmpty {
            spans.append(AuditSpan(stream: stream, previousHash: spanHash, previousLast: spanLast, blocks: blocks))
        }
        return spans
    }
}

extension AuditAnchor {
    /// What is wrong with the block that was anchored; nil: nothing.
    func difference(from hashes: [AuditPlace: [UInt8]]) -> String? {
        guard let found = hashes[AuditPlace(stream: stream, sequence: sequence)] else {
            return "stream \(stream): block \(sequence), anchored at \(at.iso8601), is missing: "
                + "the trail was cut or the database rolled back"
        }
        return found == hash
            ? nil : "stream \(stream): block \(sequence) differs from what was anchored at \(at.iso8601)"
    }
}
