extension Zone {
    /// An instant at which the wall clock jumps.
    package struct Transition: Hashable, Sendable {
        /// Microseconds UTC; the first instant of the new offset.
        package let instant: Int64
        package let offsetBefore: Int
        package let offsetAfter: Int
    }

    /// The instants in `from..<to` at which the offset changes, in order. Changes of name alone are left out.
    package func transitions(from: Int64, to: Int64) -> [Transition] {
        guard from < to else { return [] }
        let low = (from - (from == .min ? 0 : 1)).microsToSeconds
        return jumps(afterSecond: low, throughSecond: (to - 1).microsToSeconds).map { jump in
            Transition(instant: jump.second.secondsToMicros, offsetBefore: jump.before, offsetAfter: jump.after)
        }
    }

    struct Jump: Hashable {
        let second: Int64
        let before: Int
        let after: Int
    }

    /// Changes of offset after `low` and up to and including `high`, in order.
    func jumps(afterSecond low: Int64, throughSecond high: Int64) -> [Jump] {
        var found: [Jump] = []
        var index = startCount(throughSecond: low)
        while index < starts.count, starts[index] <= high {
            let before = types[index == 0 ? 0 : Int(startTypes[index - 1])].offset
            let after = types[Int(startTypes[index])].offset
            if before != after {
                found.append(Jump(second: starts[index], before: before, after: after))
            }
            index += 1
        }
        if index == starts.count, let footer {
            found += footer.jumps(afterSecond: max(low, starts.last ?? low), throughSecond: high)
        }
        return found
    }
}
