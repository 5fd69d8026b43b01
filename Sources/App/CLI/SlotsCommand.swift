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
            let world = try practice(hasRules: false, found)
            var offered = 0
            let searches = times(count) { offered += world.search($0) }
            let questions = try times(count) { offered += try world.ask($0) ? 1 : 0 }
            var json = JSONWriter()
            json.beginObject()
            json.field("searches", count)
            json.field("visits", world.visits)
            json.field("bytes_per_visit", SlotMeasure.bytesPerVisit)
            json.field("offered", offered)
            write(searches, "slots_p50_ns", "slots_p99_ns", to: &json)
            write(questions, "why_not_p50_ns", "why_not_p99_ns", to: &json)
            json.field("index_bytes", world.indexBytes())
            json.field("long_searches", long)
            var all = 0
            let whole = times(long) { all += world.searchAll($0) }
            write(whole, "all_p50_ns", "all_p99_ns", to: &json)
            let best = times(count) { all += world.rank($0, .anybody) }
            write(best, "ranked_p50_ns", "ranked_p99_ns", to: &json)
            let known = times(count) { all += world.rank($0, .known) }
            write(known, "ranked_known_p50_ns", "ranked_known_p99_ns", to: &json)
            let never = times(long) { all += world.rank($0, .never) }
            write(never, "ranked_never_p50_ns", "ranked_never_p99_ns", to: &json)
            let nobody = try times(count) { all += try world.askNobody($0) ? 1 : 0 }
            write(nobody, "why_nobody_p50_ns", "why_nobody_p99_ns", to: &json)
            all += try measureRules(found, to: &json)
            json.field("found", all)
            json.endObject()
            Output.line(String(decoding: json.bytes, as: UTF8.self))
        }

        /// How many searches of what takes long.
        private var long: Int { max(10, count / 30) }

        private func practice(hasRules: Bool, _ found: Assets) throws -> SlotMeasure {
            try SlotMeasure(
                practitioners: practitioners, sites: sites, days: days, full: Double(full) / 100, seed: seed,
                hasRules: hasRules, timeZones: TimeZoneDatabase(folder: found.timeZoneFolder))
        }

        /// The same of visits with buffers, rooms, groups, limits of the day, kept hours and ways between places.
        private func measureRules(_ found: Assets, to json: inout JSONWriter) throws -> Int {
            let world = try practice(hasRules: true, found)
            // Each takes ten times as long as one without rules.
            let count = max(10, count / 10)
            var all = 0
            let searches = times(count) { all += world.search($0) }
            write(searches, "rules_slots_p50_ns", "rules_slots_p99_ns", to: &json)
            let whole = times(long) { all += world.searchAll($0) }
            write(whole, "rules_all_p50_ns", "rules_all_p99_ns", to: &json)
            let best = times(count) { all += world.rank($0, .anybody) }
            write(best, "rules_ranked_p50_ns", "rules_ranked_p99_ns", to: &json)
            let known = times(count) { all += world.rank($0, .known) }
            write(known, "rules_ranked_known_p50_ns", "rules_ranked_known_p99_ns", to: &json)
            let nobody = try times(count) { all += try world.askNobody($0) ? 1 : 0 }
            write(nobody, "rules_why_nobody_p50_ns", "rules_why_nobody_p99_ns", to: &json)
            json.field("rules_visits", world.visits)
            json.field("rules_index_bytes", world.indexBytes())
            return all
        }

        /// How long each took, the shortest first. Some are done before it counts.
        private func times(_ count: Int, _ body: (Int) throws -> Void) rethrows -> [Duration] {
            let clock = ContinuousClock()
            for number in 0..<max(1, min(200, count / 15)) { try body(number) }
            return try (0..<count).map { number in
                let start = clock.now
                try body(number)
                return start.duration(to: clock.now)
            }.sorted()
        }

        private func write(
            _ times: [Duration], _ middle: StaticString, _ most: StaticString, to json: inout JSONWriter
        ) {
            for (name, share) in [(middle, 0.5), (most, 0.99)] {
                let time = times[min(times.count - 1, Int(Double(times.count) * share))]
                let (seconds, attoseconds) = time.components
                let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
                json.field(name, Int(nanoseconds))
            }
        }
    }
}
