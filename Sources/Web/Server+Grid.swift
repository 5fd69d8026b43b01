/// When answers may leave: at whole multiples of a step since their request was there.
///
/// A hidden record costs a little more work than an absent one. Work that ends between the same two moments leaves
/// together, however much of it there was. What ends on both sides of such a moment still leaves apart.
package struct Grid: Sendable {
    /// Waits so long; throws when nobody waits for the answer any more.
    package typealias Pause = @Sendable (Duration) async throws -> Void

    /// Zero: nothing is held.
    package let step: Duration
    private let pause: Pause

    package init(step: Duration, pause: @escaping Pause = Grid.sleep) {
        self.step = step
        self.pause = pause
    }

    /// Everything leaves as soon as it is made.
    package static let none = Grid(step: .zero)

    /// As exactly as the system goes, without an event loop.
    package static let sleep: Pause = { try await Task.sleep(for: $0, tolerance: .zero, clock: .continuous) }

    /// How long something that took `elapsed` is held still.
    package func rest(after elapsed: Duration) -> Duration {
        guard step > .zero else { return .zero }
        return step * max(1, Int((elapsed / step).rounded(.up))) - elapsed
    }

    /// Waits for the next moment. Nothing is held meanwhile but the connection itself.
    package func hold(since arrived: ContinuousClock.Instant) async {
        let rest = rest(after: .now - arrived)
        guard rest > .zero else { return }
        do {
            try await pause(rest)
        } catch {
            // Whoever asked is gone: what is left of the wait is nobody's.
        }
    }
}

/// What the server has learned of a request on its way through.
struct Passage {
    /// The route, as logs and metrics name it.
    var label = "none"
    /// When the whole request was there.
    var arrived: ContinuousClock.Instant
    /// Whether a good answer is the same for everybody, or goes to a provider who signed: our files, what belongs to
    /// the installation, webhooks.
    var isPublic = false

    init(arrived: ContinuousClock.Instant) { self.arrived = arrived }

    /// A refusal is held wherever it comes from.
    func isHeld(_ status: Int) -> Bool { !isPublic || status >= 400 }
}
