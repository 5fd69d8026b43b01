package import Foundation

/// Where the simulator takes its time from.
package struct SimulatorClock: Sendable {
    package var now: @Sendable () -> Date
    /// Returns early, by throwing, when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// The zone in which the phone page shows hours.
    package var zone: TimeZone

    package init(
        now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (Duration) async throws -> Void, zone: TimeZone
    ) {
        self.now = now
        self.sleep = sleep
        self.zone = zone
    }

    /// The machine's own clock and zone: the phone page is only reachable from the same machine.
    package static let system = SimulatorClock(
        now: { Date.now }, sleep: { try await Task.sleep(for: $0) }, zone: .current)
}
