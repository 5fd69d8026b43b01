import HTTPTypes
import App
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault
import Web

/// Two worlds that differ only in data a caller may not see give that caller the same answers, byte for byte: status,
/// headers and body, of every route, to every search, filter, order, page and cursor, and in the live feed.
///
/// A failure tells the seed, the caller, the question and the first bytes that differ. The same seed makes the same
/// worlds, callers and questions again.
@Suite("What one may not see changes no answer")
struct NonInterferenceTests {
    static let isSlow = Figures.isSlow

    struct Case: Sendable, CustomTestStringConvertible {
        let engine: Engine
        let seed: UInt64
        let hiding: Hiding

        var testDescription: String { "\(engine.rawValue), seed \(seed), hidden by \(hiding.rawValue)" }
        /// What hides single things in it.
        var label: String { WorldPair.hiddenKind(seed).code }

        static let few = [
            Case(engine: .sqlite, seed: 11, hiding: .location),
            Case(engine: .sqlite, seed: 12, hiding: .restricted),
            Case(engine: .postgres, seed: 13, hiding: .both),
        ]
        static var many: [Case] {
            TestStores.engines.flatMap { engine in
                (1...4 as ClosedRange<UInt64>).flatMap { seed in
                    Hiding.allCases.map { Case(engine: engine, seed: seed, hiding: $0) }
                }
            }
        }

        static var all: [Case] { isSlow ? many : few.filter { TestStores.engines.contains($0.engine) } }
    }

    @Test("the ordinary run hides by at least three labels, and with the slow one by every label")
    func everyLabel() {
        let few = Set(Case.few.map(\.label))
        #expect(few.count >= 3)
        #expect(few.union(Case.many.map(\.label)) == Set(WorldPair.hiddenKinds.map(\.code)))
    }

    @Test("every route is among those that are asked, and every plan has its route")
    func everyRoute() async throws {
        try await PageWorld.with(.sqlite) { world in
            #expect(
                RoutePlans.gaps(world.platform.routes) == [],
                "say in RoutePlans what these are asked, or in Declassified why they are not compared")
        }
    }

    @Test("two worlds that differ in hidden data answer alike, whoever asks whatever", arguments: Case.all)
    func same(_ one: Case) async throws {
        try await WorldPair.with(one.engine, seed: one.seed, one.hiding) { pair in
            var story = PairStory(pair)
            try await story.run()
            var generator = PartGenerator(pair, users: story.staff)
            let people = try await generator.people()
            let seer = generator.seer()
            let (widest, wide) = (generator.widest(), generator.wide())
            try await story.care()
            // Each in one pair of worlds is enough, but when there is time.
            var kept = [generator.family(story), generator.carer()].filter {
                Self.isSlow || one.engine == .sqlite && ($0.own.isEmpty == (one.hiding == .location))
            }
            if let part = generator.unconsented() { kept.append(part) }
            var others: [Part] = []
            for number in 0..<(Self.isSlow ? 1_000 : 60) { others.append(generator.next(number)) }
            let prober = try await Prober(pair, [seer, widest, wide] + kept + others)
            var run = ProbeRun(prober, story.known)
            try await run.everything(wide, absence: true)
            // Nobody's right exempts a route here: each was compared.
            #expect(Set(RoutePlans.all.keys).subtracting(prober.routes).sorted() == [])
            for part in people + kept { try await run.everything(part, onlyReading: true) }
            for part in kept { try await run.some(Self.isSlow ? 200 : 20, part) }
            try await LivePair(prober: prober, story: story, seer: seer).run(people)
            try await run.everything(widest, absence: Self.isSlow)
            for part in others { try await run.some(Self.isSlow ? 40 : 10, part) }
            print(
                "non-interference, \(one.testDescription) and \(one.label):"
                    + " \(others.count + people.count + kept.count + 2) policies,"
                    + " \(prober.asked) requests, \(prober.routes.count) routes, \(prober.problems.count) differences")
            Figures.add(
                "non-interference, \(one.testDescription)", Double(prober.problems.count), "differences",
                [
                    "label": one.label, "requests": String(prober.asked),
                    "policies": String(others.count + people.count + kept.count + 2),
                ])
            for problem in prober.problems.prefix(20) { Issue.record("\(problem)") }
            #expect(prober.problems.count == 0)
        }
    }
}
