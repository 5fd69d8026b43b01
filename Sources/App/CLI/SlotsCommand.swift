import ArgumentParser
import JSON
import Kernel
import Scheduling
import TimeZones
import Web

/// `throughline slots measure`: how long the slot search takes. Touches no data.
struct SlotsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slots", abstract: "Measure the slot search.", shouldDisplay: false, subcommands: [Measure.self])

    struct Measure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Search a generated practice and print how long it took, as one JSON document.")

        @Option(help: "How many practitioners.")
        var practitioners = 200

        @Option(help: "How many places.")
        var sites = 40

        @Option(help: "How many days.")
        var days = 90

        @Option(help: "Which share of the time is booked, in percent.")
        var full = 80

        @Option(help: "How many searches, and as many questions.")
        var count = 3_000

        @Option(help: "What the practice is generated from.")
        var seed: UInt64 = 1

        @Option(help: "The folder with the templates and browser files; found by itself when left out.")
        var assets: String?

        func validate() throws {
            guard (1...2_000).contains(practitioners), (1...500).contains(sites), (3...365).contains(days),
                (0...100).contains(full), (1...1_000_000).contains(count)
            else { throw ValidationError("One of the numbers is out of range.") }
        }

        func run() async throws {
            let found = try Assets.find(given: assets, executable: Platform.executablePath)
            let clock = ContinuousClock()
            let world = try SlotMeasure(
                practitioners: practitioners, sites: sites, days: days, full: Double(full) / 100, seed: seed,
                timeZones: TimeZoneDatabase(folder: found.timeZoneFolder))
            var offered = 0
            func times(_ body: (Int) throws -> Void) rethrows -> [Duration] {
                for number in 0..<min(count, 200) { try body(number) }
                return try (0..<count).map { number in
                    let start = clock.now
                    try body(number)
                    return start.duration(to: clock.now)
                }.sorted()
            }
            let searches = times { offered += world.search($0) }
            let questions = try times { offered += try world.ask($0) ? 1 : 0 }
            var json = JSONWriter()
            json.beginObject()
            json.field("searches", count)
            json.field("visits", world.visits)
            json.field("bytes_per_visit", SlotMeasure.bytesPerVisit)
            json.field("offered", offered)
            let figures: [(StaticString, [Duration], Double)] = [
                ("slots_p50_ns", searches, 0.5), ("slots_p99_ns", searches, 0.99),
                ("why_not_p50_ns", questions, 0.5), ("why_not_p99_ns", questions, 0.99),
            ]
            for (name, sorted, share) in figures {
                let time = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
                let (seconds, attoseconds) = time.components
                let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
                json.field(name, Int(nanoseconds))
            }
            json.endObject()
            Output.line(String(decoding: json.bytes, as: UTF8.self))
        }
    }
}
