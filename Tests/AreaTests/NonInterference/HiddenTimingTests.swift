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

        /// How much longer the second takes, as a part of the first.
        var difference: Double {
            let first = Self.median(first)
            return first == 0 ? 0 : (Self.median(second) - first) / first
        }
    }

    private func seconds(_ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let begin = clock.now
        try await body()
        return Double((clock.now - begin).microseconds) / 1e6
    }

    /// At least 10,000 questions with --slow, and then within 5 %; a few else, and then only told.
    @Test(
        "the median of absent is that of forbidden, and of one world that of the other, within 5 % over 10,000 probes")
    func medians() async throws {
        try await WorldPair.with(.sqlite, seed: 31, .both) { pair in
            var story = PairStory(pair)
            try await story.run()
            let generator = PartGenerator(pair, users: story.staff)
            let wide = generator.wide()
            let prober = try await Prober(pair, [wide])
            var random = SeededGenerator(seed: 31)
            let rounds = Self.isSlow ? 5_000 / Self.single.count : 12
            for template in Self.single {
                var times = Times()
                for round in 0..<rounds + 5 {
                    var pairOfTimes = (0.0, 0.0)
                    // In turn, so that neither is always the one that finds the caches warm.
                    for isHidden in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                        let sight: Sight = isHidden ? .hidden : .absent
                        let probe = template.filled(sight, sight, story.known, route: "timing", &random)
                        pair.tick(.milliseconds(1))
                        let taken = try await seconds {
                            let seen = try await probe.ask(
                                prober.servers.b, cookie: wide.name, csrf: wide.csrf, key: wide.name)
                            #expect(seen.status == 404, "\(probe.said)")
                        }
                        if isHidden { pairOfTimes.0 = taken } else { pairOfTimes.1 = taken }
                    }
                    if round < 5 { continue }
                    times.first.append(pairOfTimes.0)
                    times.second.append(pairOfTimes.1)
                }
                tell("absent against forbidden, \(template.target)", times)
            }
            for template in Self.lists {
                var times = Times()
                let probe = template.filled(.visible, .visible, story.known, route: "timing", &random)
                for round in 0..<(Self.isSlow ? 5_000 / Self.lists.count : 12) + 5 {
                    pair.tick(.milliseconds(1))
                    var taken = (0.0, 0.0)
                    for isA in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                        let server = isA ? prober.servers.a : prober.servers.b
                        let time = try await seconds {
                            _ = try await probe.ask(server, cookie: wide.name, csrf: wide.csrf, key: wide.name)
                        }
                        if isA { taken.0 = time } else { taken.1 = time }
                    }
                    if round < 5 { continue }
                    times.first.append(taken.0)
                    times.second.append(taken.1)
                }
                tell("one world against the other, \(template.target)", times)
            }
        }
    }

    private func tell(_ what: String, _ times: Times) {
        let (first, second) = (Times.median(times.first) * 1e6, Times.median(times.second) * 1e6)
        let percent = times.difference * 100
        let line =
            "\(what): \(Int(first)) µs and \(Int(second)) µs, \(Self.tenths(percent)) %, \(times.first.count) pairs"
        print("hidden timing: \(line)")
        guard Self.isSlow else { return }
        #expect(abs(percent) <= 5, "\(line)")
        figure("hidden timing: \(what)", Self.tenths(percent), pairs: times.first.count)
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    /// One line for docs/results/slow.md.
    private func figure(_ name: String, _ value: String, pairs: Int) {
        guard let place = ProcessInfo.processInfo.environment["THROUGHLINE_FIGURES"],
            let file = FileHandle(forWritingAtPath: place)
        else { return }
        file.seekToEndOfFile()
        file.write(
            Data(
                "{\"name\":\"\(name)\",\"value\":\(value),\"unit\":\"%\",\"pairs\":\(pairs),\"engine\":\"sqlite\"}\n"
                    .utf8))
        file.closeFile()
    }
}
