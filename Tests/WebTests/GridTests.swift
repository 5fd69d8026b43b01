import Synchronization
import Testing
import Web

@Suite("Answers leave on a grid of time")
struct GridTests {
    @Test("what is left of a step is waited for, and never less than the first step")
    func rest() {
        let grid = Grid(step: .milliseconds(2))
        let expected: [(Duration, Duration)] = [
            (.zero, .milliseconds(2)), (.microseconds(470), .microseconds(1530)),
            (.microseconds(500), .microseconds(1500)), (.milliseconds(2), .zero),
            (.nanoseconds(2_000_001), .nanoseconds(1_999_999)), (.microseconds(5300), .microseconds(700)),
            (.seconds(1), .zero),
        ]
        for (elapsed, rest) in expected { #expect(grid.rest(after: elapsed) == rest, "\(elapsed)") }
    }

    @Test("a quick and a slower piece of work leave together")
    func together() async throws {
        let grid = Grid(step: .milliseconds(300))
        for work in [Duration.zero, .milliseconds(60)] {
            let began = ContinuousClock.now
            if work > .zero { try await Task.sleep(for: work) }
            await grid.hold(since: began)
            let taken = ContinuousClock.now - began
            // How much later depends on what else the machine does.
            #expect(taken >= .milliseconds(300), "\(work): \(taken)")
        }
    }

    @Test("the pause is what was left when it began")
    func pause() async {
        let asked = Mutex<[Duration]>([])
        let grid = Grid(step: .seconds(86_400)) { rest in asked.withLock { $0.append(rest) } }
        let began = ContinuousClock.now - .seconds(600)
        await grid.hold(since: began)
        let least = Duration.seconds(86_400) - (ContinuousClock.now - began)
        let rests = asked.withLock { $0 }
        #expect(rests.count == 1)
        #expect(rests.allSatisfy { $0 <= .seconds(85_800) && $0 >= least }, "\(rests)")
    }

    @Test("without a step nothing waits")
    func none() async {
        let waited = Mutex(0)
        let grid = Grid(step: .zero) { _ in waited.withLock { $0 += 1 } }
        await grid.hold(since: .now)
        #expect(waited.withLock { $0 } == 0)
        #expect(Grid.none.rest(after: .microseconds(3)) == .zero)
    }

    @Test("who is cancelled does not wait on", .timeLimit(.minutes(30)))
    func cancelled() async {
        let held = Task { await Grid(step: .seconds(86_400)).hold(since: .now) }
        held.cancel()
        await held.value
    }
}
