import ArgumentParser
import JSON
import Kernel
import Vault

/// `throughline policy measure`: how long the policy takes to decide. Touches no data.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Measure the policy.", shouldDisplay: false, subcommands: [Measure.self])

    struct Measure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide over generated callers and resources and print how long it took, as one JSON document.")

        @Option(help: "How many decisions.")
        var count = 1_000_000

        @Option(help: "What callers and resources are generated from.")
        var seed: UInt64 = 1

        func validate() throws {
            guard (1...100_000_000).contains(count) else { throw ValidationError("--count is 1 to 100000000.") }
        }

        func run() async throws {
            _ = PolicySample.measure(min(count, 10_000), seed: seed)
            let (times, permitted) = PolicySample.measure(count, seed: seed)
            func at(_ share: Double) -> Int { Int(times[min(times.count - 1, Int(Double(times.count) * share))]) }
            var json = JSONWriter()
            json.beginObject()
            json.field("decisions", times.count)
            json.field("permitted", permitted)
            json.field("p50_ns", at(0.5))
            json.field("p99_ns", at(0.99))
            json.field("p999_ns", at(0.999))
            json.endObject()
            Output.line(String(decoding: json.bytes, as: UTF8.self))
        }
    }
}
