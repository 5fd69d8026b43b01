import Synchronization

extension Ledger {
    /// A stream that gives one element after each change to a handset's conversation; changes in quick succession fall
    /// together.
    package func watch(_ handset: PhoneNumber) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextWatcher += 1
            state.watchers[handset, default: [:]][state.nextWatcher] = continuation
            return state.nextWatcher
        }
        continuation.onTermination = { [weak self] _ in self?.unwatch(handset, number) }
        return stream
    }

    private func unwatch(_ handset: PhoneNumber, _ number: Int) {
        state.withLock { state in
            state.watchers[handset]?[number] = nil
            if state.watchers[handset]?.isEmpty == true { state.watchers[handset] = nil }
        }
    }

    /// Waits until everything planned for a message is done, it is forgotten, or the task is cancelled.
    package func settled(_ sid: Sid) async -> Message? {
        guard let message = message(sid) else { return nil }
        let changes = watch(message.handset)
        if let now = self.message(sid), now.isSettled { return now }
        for await _ in changes {
            guard let now = self.message(sid) else { return nil }
            if now.isSettled { return now }
        }
        return self.message(sid)
    }
}
