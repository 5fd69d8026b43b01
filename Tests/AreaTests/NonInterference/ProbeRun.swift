import HTTPTypes
import Kernel
import TestKit
import Web

/// Goes through the plans with one caller after the other.
struct ProbeRun {
    let prober: Prober
    let known: Known
    var random: SeededGenerator
    private var slowDone = false

    init(_ prober: Prober, _ known: Known) {
        self.prober = prober
        self.known = known
        random = SeededGenerator(seed: prober.pair.seed &* 17 &+ 3)
    }

    private static let keys = RoutePlans.all.keys.sorted()
    private static let ways: [(Sight, Sight)] = [
        (.visible, .visible), (.hidden, .hidden), (.absent, .absent), (.visible, .hidden), (.visible, .absent),
    ]

    /// Everything there is to ask of every route. With `absence`, hidden ids beside ones that nothing has, too.
    mutating func everything(_ part: Part, absence: Bool = false, onlyReading: Bool = false) async throws {
        begin()
        for key in Self.keys where !Declassified.exempts(key, part) {
            for template in RoutePlans.all[key] ?? [] {
                if onlyReading, template.method != .get { continue }
                if template.slow, slowDone || onlyReading { continue }
                try await ask(template, key, part, absence: absence)
            }
        }
        if !onlyReading { slowDone = true }
    }

    private mutating func ask(_ template: Template, _ key: String, _ part: Part, absence: Bool) async throws {
        let names = template.names.count
        let ways = Self.ways.prefix(names == 0 ? 1 : names == 1 ? 3 : 5)
        for (first, rest) in ways {
            let probe = template.filled(first, rest, known, route: key, &random)
            if let found = try await prober.compare(probe, part) { prober.record(found, probe, part) }
            guard absence, rest == .hidden || first == .hidden, names > 0 else { continue }
            let absent = template.filled(
                first == .hidden ? .absent : first, rest == .hidden ? .absent : rest, known, route: key, &random,
                keeping: probe)
            if let found = try await prober.compareAbsence(probe, absent, part) {
                prober.record("hidden is not as absent: \(found)", probe, part)
            }
        }
    }

    /// So many questions drawn by chance.
    mutating func some(_ count: Int, _ part: Part) async throws {
        begin()
        for _ in 0..<count {
            guard let key = Self.keys.randomElement(using: &random), !Declassified.exempts(key, part),
                let template = RoutePlans.all[key]?.randomElement(using: &random), !template.slow,
                let (first, rest) = Self.ways.randomElement(using: &random)
            else { continue }
            let probe = template.filled(first, rest, known, route: key, &random)
            if let found = try await prober.compare(probe, part) { prober.record(found, probe, part) }
        }
    }

    /// Later than what is remembered for a moment of the caller before.
    private func begin() { prober.pair.tick(.seconds(3)) }
}
