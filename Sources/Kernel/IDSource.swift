import Synchronization

/// Hands out ids in time order, unique on this node.
///
/// When the clock stands still or steps back, the sequence runs on from the last id given, so ids never repeat and
/// never go backwards within one process. Nodes are told apart by their number (0…1023).
package final class IDSource: Sendable {
    /// 2020-01-01T00:00:00Z in milliseconds since 1970.
    package static let epochMilliseconds: Int64 = 1_577_836_800_000

    private let clock: any Clock
    private let node: Int64
    private let last = Mutex<Int64>(0)

    package init(clock: any Clock, node: Int) {
        precondition((0..<1024).contains(node), "a node number is 0…1023")
        self.clock = clock
        self.node = Int64(node)
    }

    package func next<Subject>(_: Subject.Type = Subject.self) -> ID<Subject> {
        ID(raw: nextRaw())
    }

    /// Every id from here on is later than this one, whatever the clock says: for a start after the clock was set back.
    package func resume(after raw: Int64) {
        if raw <= 0 { return }
        let tick = (raw >> 22) << 12 | (raw & 0xFFF)
        last.withLock { $0 = max($0, tick) }
    }

    package func nextRaw() -> Int64 {
        let now = clock.now().microseconds / 1000 - Self.epochMilliseconds
        return last.withLock { last in
            // `last` counts in units of 1/4096 ms: milliseconds and sequence together.
            let tick = max(now << 12, last + 1)
            last = tick
            return (tick >> 12) << 22 | node << 12 | (tick & 0xFFF)
        }
    }
}

extension ID {
    /// The moment an id was made, to the millisecond.
    package var madeAt: Instant {
        Instant(microseconds: (raw >> 22 + IDSource.epochMilliseconds) * 1000)
    }

    /// The smallest id that could have been made at or after `instant`: a bound for range queries by time.
    package static func lowest(at instant: Instant) -> Self {
        ID(raw: max(0, instant.microseconds / 1000 - IDSource.epochMilliseconds) << 22)
    }
}
