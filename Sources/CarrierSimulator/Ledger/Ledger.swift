import Foundation
import Synchronization

/// Everything the simulator knows, behind one lock: messages, pictures, opt-outs, faults, handsets, and who watches.
///
/// All decisions about one message (its faults, its identifier, whether the recipient opted out) are taken under one
/// hold of the lock, so that a fault plan's outcomes depend only on the order in which messages come in.
package final class Ledger: Sendable {
    struct State: Sendable {
        var messages: BoundedLog<Message>
        var bySid: [Sid: Int] = [:]
        var byHandset: [PhoneNumber: NumberQueue] = [:]
        var media: MediaStore
        var faults: FaultPlan
        var optedOut: Set<PhoneNumber> = []
        var handsets: [Handset]
        var webhook: String?
        var base = ""
        var counters = Counters()
        /// Messages whose webhooks or receipts are not done yet.
        var unsettled = 0
        var randomness: any RandomNumberGenerator & Sendable
        var watchers: [PhoneNumber: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextWatcher = 0
    }

    /// What happened at the provider's door, for tests to add up.
    package struct Counters: Sendable, Equatable {
        package var accepted = 0
        package var rejectedByFault = 0
        package var answersLost = 0
        package var received = 0
        /// Refused sends by the provider's error code.
        package var refused: [Int: Int] = [:]
    }

    /// More messages than this under way make the provider refuse sends with 21611.
    package static let queueLimit = 50_000

    let configuration: SimulatorConfiguration
    let clock: SimulatorClock
    let state: Mutex<State>

    package init(
        configuration: SimulatorConfiguration, clock: SimulatorClock,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.clock = clock
        state = Mutex(
            State(
                messages: BoundedLog(capacity: configuration.messageCapacity),
                media: MediaStore(capacity: configuration.mediaCapacity),
                faults: FaultPlan(settings: FaultSettings(seed: configuration.seed)),
                handsets: configuration.handsets, webhook: configuration.webhook, randomness: randomness))
    }

    /// Forgets messages, pictures, opt-outs, counters and faults; handsets and webhook go back to the configured ones.
    package func reset() {
        let watchers = state.withLock { state in
            state.messages = BoundedLog(capacity: configuration.messageCapacity)
            state.bySid = [:]
            state.byHandset = [:]
            state.media = MediaStore(capacity: configuration.mediaCapacity)
            state.faults = FaultPlan(settings: FaultSettings(seed: configuration.seed))
            state.optedOut = []
            state.handsets = configuration.handsets
            state.webhook = configuration.webhook
            state.counters = Counters()
            state.unsettled = 0
            return state.watchers.values.flatMap(\.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    // MARK: What is known

    package func message(_ sid: Sid) -> Message? {
        state.withLock { state in state.bySid[sid].flatMap { state.messages[$0] } }
    }

    package func picture(_ sid: Sid) -> MediaStore.Picture? {
        state.withLock { $0.media[sid] }
    }

    /// The newest `limit` messages of a handset, oldest first, and whether it has opted out.
    package func conversation(with handset: PhoneNumber, limit: Int) -> (messages: [Message], hasOptedOut: Bool) {
        state.withLock { state in
            let numbers = state.byHandset[handset]?.elements.suffix(limit) ?? []
            return (numbers.compactMap { state.messages[$0] }, state.optedOut.contains(handset))
        }
    }

    /// Kept messages from number `first` on, in order, at most `limit` looked at. `next` is where to go on, nil at the
    /// end.
    package func messages(from first: Int, limit: Int) -> (messages: [Message], next: Int?) {
        state.withLock { state in
            let start = max(first, state.messages.start)
            let end = min(start + limit, state.messages.end)
            guard start < end else { return ([], nil) }
            return ((start..<end).compactMap { state.messages[$0] }, end < state.messages.end ? end : nil)
        }
    }

    package var tally: (counters: Counters, struck: [FaultKind: Int], forgotten: Int, total: Int) {
        state.withLock { ($0.counters, $0.faults.struck, $0.messages.start, $0.messages.end) }
    }

    // MARK: Settings

    package var faultSettings: FaultSettings { state.withLock { $0.faults.settings } }

    package func changeFaults(_ changes: Form) throws(FaultSettings.Failure) -> FaultSettings {
        let outcome = state.withLock { state -> Result<FaultSettings, FaultSettings.Failure> in
            do throws(FaultSettings.Failure) {
                try state.faults.settings.apply(changes)
                return .success(state.faults.settings)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    package var handsets: [(handset: Handset, hasOptedOut: Bool)] {
        state.withLock { state in state.handsets.map { ($0, state.optedOut.contains($0.number)) } }
    }

    package func setHandsets(_ handsets: [Handset]) {
        state.withLock { $0.handsets = handsets }
    }

    /// Where texts to the clinic are posted.
    package var webhook: String? {
        get { state.withLock { $0.webhook } }
        set { state.withLock { $0.webhook = newValue } }
    }

    /// The simulator's own address, `http://127.0.0.1:N`, known once it accepts requests.
    package var base: String {
        get { state.withLock { $0.base } }
        set { state.withLock { $0.base = newValue } }
    }
}
