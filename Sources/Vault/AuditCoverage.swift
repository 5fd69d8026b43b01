import Kernel

/// Whether a stream's blocks are anchored as they must be.
///
/// While the program runs no block is without an anchor for longer than `AuditChain.anchorPeriod`, and a program that
/// starts anchors its first block at once. So blocks that span more than that, and of which none is anchored, tell
/// that anchors were taken away. The span is that of the blocks themselves: what a crash left without an anchor is no
/// finding, however long ago it was. When a block was linked is in no hash, so the times of its first and last record
/// count as well: no word of the database alone makes a span shorter.
struct AuditCoverage {
    private struct Run {
        let from: Int64
        var to: Int64
        var start: Instant
        var end: Instant
        let firstRecord: Int64
        var lastRecord: Int64

        init(_ block: AuditBlock) {
            (from, to) = (block.sequence, block.sequence)
            (start, end) = (block.chainedAt, block.chainedAt)
            (firstRecord, lastRecord) = (block.first, block.last)
        }

        mutating func add(_ block: AuditBlock) {
            to = block.sequence
            end = max(end, block.chainedAt)
            lastRecord = block.last
        }

        mutating func widen(_ times: [Int64: Instant]) {
            start = min(start, times[firstRecord] ?? start)
            end = max(end, times[lastRecord] ?? end)
        }
    }

    private let stream: Int64
    private let ends: (first: AuditAnchor, last: AuditAnchor)?
    /// Before the first anchor, and behind the last one.
    private var before: Run?
    private var after: Run?

    init(stream: Int64, _ ends: (first: AuditAnchor, last: AuditAnchor)?) {
        self.stream = stream
        self.ends = ends
    }

    /// Blocks in their order.
    mutating func take(_ block: AuditBlock) {
        let isBefore = ends.map { block.sequence < $0.first.sequence } ?? true
        if isBefore {
            Self.extend(&before, by: block)
        } else if let ends, block.sequence > ends.last.sequence {
            Self.extend(&after, by: block)
        }
    }

    private static func extend(_ run: inout Run?, by block: AuditBlock) {
        if run == nil { run = Run(block) } else { run?.add(block) }
    }

    /// The records whose times tell how long the blocks without an anchor span.
    var edges: [Int64] { [before, after].compactMap { $0 }.flatMap { [$0.firstRecord, $0.lastRecord] } }

    mutating func take(_ times: [Int64: Instant]) {
        before?.widen(times)
        after?.widen(times)
    }

    func findings(at now: Instant, isFileThere: Bool) -> [String] {
        let period = AuditChain.anchorPeriod
        guard ends != nil else {
            guard let before, max(now, before.end) - before.start > period else { return [] }
            let what = isFileThere ? "the anchor file has none of it" : "the anchor file is missing"
            return [
                "stream \(stream): no block is anchored; the first was linked at \(before.start.iso8601): \(what), "
                    + "and a trail that was cut could not be told"
            ]
        }
        var findings: [String] = []
        if let before, before.end - before.start > period {
            findings.append(
                "stream \(stream): the anchors begin at block \(before.to + 1); those of the blocks linked from "
                    + "\(before.start.iso8601) to \(before.end.iso8601) are missing")
        }
        if let after, after.end - after.start > period {
            findings.append(
                "stream \(stream): the anchors end before block \(after.from); those of the blocks linked from "
                    + "\(after.start.iso8601) to \(after.end.iso8601) are missing")
        }
        return findings
    }
}
