/// The webhooks of one handset's messages, called one after the other in the order of sending, unless the reorder fault
/// holds one back.
///
/// A state machine: each input answers with what to do next. At most one webhook is held back at a time; it goes out
/// after the next one was delivered, or when its timer fires, whichever is first.
package struct InboundLane: Sendable {
    package struct Delivery: Equatable, Sendable {
        package let sequence: Int
        package var repeats = false
        package var delays = false
        package var isHeldBack = false

        package init(sequence: Int, repeats: Bool = false, delays: Bool = false, isHeldBack: Bool = false) {
            self.sequence = sequence
            self.repeats = repeats
            self.delays = delays
            self.isHeldBack = isHeldBack
        }
    }

    package enum Action: Equatable, Sendable {
        /// Call the webhook, then say `delivered`.
        case deliver(Delivery)
        /// Wait, then say `timerFired`.
        case startTimer(Delivery)
    }

    private var waiting: [Delivery] = []
    private var running: Delivery?
    private var held: Delivery?

    package init() {}

    package var isIdle: Bool { waiting.isEmpty && running == nil && held == nil }

    package mutating func arrive(_ delivery: Delivery) -> [Action] {
        guard delivery.isHeldBack, held == nil else {
            waiting.append(delivery)
            return pump()
        }
        held = delivery
        return [.startTimer(delivery)]
    }

    package mutating func delivered() -> [Action] {
        let done = running
        running = nil
        if let held, let done, done.sequence > held.sequence { release(held) }
        return pump()
    }

    package mutating func timerFired(_ delivery: Delivery) -> [Action] {
        guard held == delivery else { return [] }
        release(delivery)
        return pump()
    }

    private mutating func release(_ delivery: Delivery) {
        held = nil
        waiting.insert(delivery, at: 0)
    }

    private mutating func pump() -> [Action] {
        guard running == nil, !waiting.isEmpty else { return [] }
        let next = waiting.removeFirst()
        running = next
        return [.deliver(next)]
    }
}
