import ArgumentParser
import JSON
import Kernel
import Scheduling
import TimeZones
import Web

/// `throughline capacity measure`: how long a what-if takes. Touches no data.
struct CapacityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity", abstract: "Measure the what-if.", shouldDisplay: false, subcommands: [Measure.self])

    struct Measure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Play twelve weeks of a generated practice through and print how long it took, as one JSON document."
        )

        @Option(help: "How many practitioners.")
        var practitioners = 200

        @Option(help: "How many places.")
        var sites = 40

        @Option(help: "How many questions.")
        var count = 10

        @Option(help: "What the practice is generated from.")
        var seed: UInt64 = 1

        @Option(help: "The folder with the templates and browser files; found by itself when left out.")
        var assets: String?

        func validate() throws {
            guard (1...2_000).contains(practitioners), (1...500).contains(sites), (1...1_000).contains(count) else {
                throw ValidationError("One of the numbers is out of range.")
            }
        }

        func run() async throws {
            let found = try Assets.find(given: assets, executable: Platform.executablePath)
            let clock = ContinuousClock()
            let world = try WhatIfMeasure(
                practitioners: practitioners, sites: sites, seed: seed,
                timeZones: TimeZoneDatabase(folder: found.timeZoneFolder))
            var asked = 0
            var unmet = 0
            _ = try world.ask(0)
            let times = try (0..<count).map { number in
                let start = clock.now
                let (before, after) = try world.ask(number)
                asked += before.total.asked + after.total.asked
                unmet += before.total.unmet + after.total.unmet
                return start.duration(to: clock.now)
            }.sorted()
            var json = JSONWriter()
            json.beginObject()
            json.field("questions", count)
            json.field("practitioners", practitioners)
            json.field("asked_per_run", asked / (2 * count))
            json.field("unmet_per_run", unmet / (2 * count))
            let figures: [(StaticString, Double)] = [("what_if_p50_ns", 0.5), ("what_if_max_ns", 1)]
            for (name, share) in figures {
                let time = times[min(times.count - 1, Int(Double(times.count) * share))]
                let (seconds, attoseconds) = time.components
                let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
                json.field(name, Int(nanoseconds))
            }
            json.endObject()
            Output.line(String(decoding: json.bytes, as: UTF8.self))
        }
    }
}
