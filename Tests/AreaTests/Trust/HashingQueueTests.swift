import Dispatch
import Kernel
import Synchronization
import Testing
import Trust

@Suite("Hashing a few passwords at once")
struct HashingQueueTests {
    private final class Counts: Sendable {
        private let numbers = Mutex((begun: 0, running: 0, most: 0))
        private let met = DispatchSemaphore(value: 0)

        /// The first waits for the second, so that the two are there together.
        func begin() {
            let begun = numbers.withLock { numbers in
                numbers.begun += 1
                numbers.running += 1
                numbers.most = max(numbers.most, numbers.running)
                return numbers.begun
            }
            if begun == 1 { _ = met.wait(timeout: .now() + 30) }
            if begun == 2 { met.signal() }
        }
        func end() { numbers.withLock { $0.running -= 1 } }
        var most: Int { numbers.withLock { $0.most } }
        var running: Int { numbers.withLock { $0.running } }
    }

    @Test("never more than two are worked on, and all are done")
    func bounded() async throws {
        let queue = HashingQueue()
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try await queue.run {
                        counts.begin()
                        for _ in 0..<10_000 { _ = counts.running }
                        counts.end()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(counts.most == 2)
        #expect(counts.running == 0)
    }

    @Test("who finds too many waiting, or waits too long, is told to come again, and the others go on")
    func busy() async throws {
        let queue = HashingQueue(atOnce: 1, longest: 1, patience: .milliseconds(50))
        let gate = DispatchSemaphore(value: 0)
        let (begun, tell) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await queue.run {
                tell.yield()
                gate.wait()
                return 1
            }
        }
        for await _ in begun { break }
        let second = Task { try await queue.run { 2 } }
        var codes: [String] = []
        do { _ = try await second.value } catch let fault as Fault { codes.append(fault.code) }
        let third = Task { try await queue.run { 3 } }
        let fourth = Task { try await queue.run { 4 } }
        for task in [third, fourth] {
            do { _ = try await task.value } catch let fault as Fault { codes.append(fault.code) }
        }
        #expect(codes == ["password.busy", "password.busy", "password.busy"])
        gate.signal()
        #expect(try await first.value == 1)
        #expect(try await queue.run { 5 } == 5)
    }

    @Test("what fails leaves its place")
    func failure() async throws {
        let queue = HashingQueue(atOnce: 1)
        for _ in 0..<3 {
            await #expect(throws: Fault.self) { try await queue.run { throw Fault.notFound("hash") } }
        }
        #expect(try await queue.run { true })
    }
}
