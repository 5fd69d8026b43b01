import HTTPTypes
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

/// How long an answer takes tells no more than the answer.
@Suite("What one may not see costs no time", .serialized)
struct HiddenTimingTests {
    private static let isSlow = NonInterferenceTests.isSlow
    /// As the program is shipped.
    private static let grid = Duration.milliseconds(2)

    private static let single: [Template] = [
        .get("/api/v1/patients/<patient>"), .get("/patients/<patient>"), .get("/api/v1/patients/<patient>/timeline"),
        .get("/api/v1/needs/<need>"), .get("/inbox/<need>"), .get("/api/v1/conversations/<conversation>"),
        .get("/api/v1/appointments/<appointment>"), .get("/appointments/<appointment>"),
    ]
    private static let lists: [Template] = [
        .get("/api/v1/patients?q=Quillfeather"), .get("/api/v1/patients?q=ma"), .get("/inbox"), .get("/dashboard"),
        .get("/api/v1/patients/<patient>"), .get("/api/v1/needs?filter=closed"),
    ]

    /// The times of two questions that are asked in turn.
    private struct Times {
        var first: [Double] = []
        var second: [Double] = []

        static func median(_ times: [Double]) -> Double {
            let sorted = times.sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        }

        mutating func add(_ taken: (Double, Double)) {
            first.append(taken.0)
            second.append(taken.1)
        }

        /// How much longer the second takes, in percent of what the first takes without a grid.
        func percent(of natural: Times) -> Double {
            let whole = Self.median(natural.first)
            return whole == 0 ? 0 : (Self.median(second) - Self.median(first)) / whole * 100
        }
    }

    private func seconds(_ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let begin = clock.now
        try await body()
        return Double((clock.now - begin).microseconds) / 1e6
    }

    /// At least 10,000 questions of each kind with --slow, and then within 5 %; a few else, and then only told.
    ///
    /// The 5 % are of what the same question takes without a grid, measured beside it: of a held answer's time a mere
    /// pause would be most.
    @Test(
        "the median of absent is that of forbidden, and of one world that of the other, within 5 % over 10,000 probes",
        arguments: TestStores.engines)
    func medians(_ engine: Engine) async throws {
        try await WorldPair.with(engine, seed: 31, .both) { pair in
            var story = PairStory(pair)
            try await story.run()
            let wide = PartGenerator(pair, users: story.staff).wide()
            let free = try await Prober(pair, [wide])
            let held = try await Prober(pair, [wide], grid: Self.grid)
            var random = SeededGenerator(seed: 31)
            for template in Self.single {
                let what = "absent against forbidden, \(template.target)"
                let natural = try await single(template, free, wide, story.known, &random)
                told(what, natural, engine)
                hold(what, try await single(template, held, wide, story.known, &random), natural, engine)
            }
            for template in Self.lists {
                let what = "one world against the other, \(template.target)"
                let probe = template.filled(.visible, .visible, story.known, route: "timing", &random)
                let natural = try await list(probe, free, wide)
                told(what, natural, engine)
                hold(what, try await list(probe, held, wide), natural, engine)
            }
        }
    }

    /// The first: hidden, the second: absent.
    private func single(
        _ template: Template, _ prober: Prober, _ part: Part, _ known: Known, _ random: inout SeededGenerator
    ) async throws -> Times {
        var times = Times()
        for round in 0..<(Self.isSlow ? 5_000 / Self.single.count : 12) + 5 {
            var taken = (0.0, 0.0)
            // In turn, so that neither is always the one that finds the caches warm.
            for isHidden in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                let sight: Sight = isHidden ? .hidden : .absent
                let probe = template.filled(sight, sight, known, route: "timing", &random)
                prober.pair.tick(.milliseconds(1))
                let time = try await seconds {
                    let seen = try await probe.ask(
                        prober.servers.b, cookie: part.name, csrf: part.csrf, key: part.name)
                    #expect(seen.status == 404, "\(probe.said)")
                }
                if isHidden { taken.0 = time } else { taken.1 = time }
            }
            if round >= 5 { times.add(taken) }
        }
        return times
    }

    /// The first: the world without hidden people, the second: the one with them.
    private func list(_ probe: Probe, _ prober: Prober, _ part: Part) async throws -> Times {
        var times = Times()
        for round in 0..<(Self.isSlow ? 5_000 / Self.lists.count : 12) + 5 {
            prober.pair.tick(.milliseconds(1))
            var taken = (0.0, 0.0)
            for isA in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                let server = isA ? prober.servers.a : prober.servers.b
                let time = try await seconds {
                    _ = try await probe.ask(server, cookie: part.name, csrf: part.csrf, key: part.name)
                }
                if isA { taken.0 = time } else { taken.1 = time }
            }
            if round >= 5 { times.add(taken) }
        }
        return times
    }

    /// What the work takes by itself: told, not held to anything.
    private func told(_ what: String, _ times: Times, _ engine: Engine) {
        print("hidden timing, \(engine.rawValue): \(what): without a grid \(line(times, of: times))")
        add("hidden timing without a grid: \(what)", times.percent(of: times), times, engine)
    }

    private func hold(_ what: String, _ times: Times, _ natural: Times, _ engine: Engine) {
        let line = "\(what): on the grid \(line(times, of: natural))"
        print("hidden timing, \(engine.rawValue): \(line)")
        let step = Double(Self.grid.microseconds) / 1e6
        #expect((times.first + times.second).allSatisfy { $0 >= step }, "an answer left early: \(line)")
        guard Self.isSlow else { return }
        let percent = times.percent(of: natural)
        #expect(abs(percent) <= 5, "\(line)")
        add("hidden timing: \(what)", percent, times, engine)
    }

    private func add(_ name: String, _ percent: Double, _ times: Times, _ engine: Engine) {
        let pairs = String(times.first.count)
        Figures.add(name, (percent * 10).rounded() / 10, "%", ["engine": engine.rawValue, "pairs": pairs])
    }

    private func line(_ times: Times, of natural: Times) -> String {
        let medians = [times.first, times.second].map { Self.tenths(Times.median($0) * 1e6) }
        let step = Double(Self.grid.microseconds) / 1e6
        let late = [times.first, times.second].map { taken in taken.count { $0 >= 2 * step } }
        return "\(medians[0]) µs and \(medians[1]) µs, \(Self.tenths(times.percent(of: natural))) %, "
            + "\(late[0]) and \(late[1]) after the second line, \(times.first.count) pairs"
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
