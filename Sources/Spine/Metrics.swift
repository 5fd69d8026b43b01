import Synchronization

/// Counters, gauges and histograms with few labels, printed as Prometheus text. Labels are codes, never patient data.
package final class Metrics: Sendable {
    /// A class, so that counting one more changes it in place.
    private final class Histogram {
        var buckets = [Int](repeating: 0, count: Metrics.bounds.count + 1)
        var sum = 0.0
        var count = 0
    }

    private final class Counter {
        var value = 0.0
    }

    private struct State {
        var counters: [String: [String: Counter]] = [:]
        var gauges: [String: [String: Double]] = [:]
        var histograms: [String: [String: Histogram]] = [:]
        var help: [String: String] = [:]
    }

    /// Upper bounds of the latency buckets, in seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// A metric with more label combinations than this drops new ones: memory stays bounded.
    private static let largestFamily = 1000

    private let state = Mutex(State())

    package init() {}

    package func describe(_ name: String, _ help: String) {
        state.withLock { $0.help[name] = help }
    }

    package func add(_ name: String, _ amount: Double = 1, labels: String = "") {
        state.withLock { state in
            if let counter = state.counters[name]?[labels] {
                counter.value += amount
                return
            }
            guard state.counters[name, default: [:]].count < Self.largestFamily else { return }
            let counter = Counter()
            counter.value = amount
            state.counters[name, default: [:]][labels] = counter
        }
    }

    package func set(_ name: String, _ value: Double, labels: String = "") {
        state.withLock { state in
            let family = state.gauges[name, default: [:]]
            guard family[labels] != nil || family.count < Self.largestFamily else { return }
            state.gauges[name, default: [:]][labels] = value
        }
    }

    package func observe(_ name: String, seconds: Double, labels: String = "") {
        state.withLock { state in
            let histogram: Histogram
            if let known = state.histograms[name]?[labels] {
                histogram = known
            } else {
                guard state.histograms[name, default: [:]].count < Self.largestFamily else { return }
                histogram = Histogram()
                state.histograms[name, default: [:]][labels] = histogram
            }
            histogram.buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
            histogram.sum += seconds
            histogram.count += 1
        }
    }

    package func value(_ name: String, labels: String = "") -> Double? {
        state.withLock { state in
            if let counter = state.counters[name]?[labels] { return counter.value }
            return state.gauges[name]?[labels]
        }
    }

    /// Prometheus text exposition format 0.0.4.
    package var text: String {
        state.withLock { state in
            var text = ""
            func head(_ name: String, _ type: String) {
                if let help = state.help[name] { text += "# HELP \(name) \(help)\n" }
                text += "# TYPE \(name) \(type)\n"
            }
            func braces(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }
            for (name, values) in state.counters.sorted(by: { $0.key < $1.key }) {
                head(name, "counter")
                for (labels, counter) in values.sorted(by: { $0.key < $1.key }) {
                    text += "\(name)\(braces(labels)) \(counter.value)\n"
                }
            }
            for (name, values) in state.gauges.sorted(by: { $0.key < $1.key }) {
                head(name, "gauge")
                for (labels, value) in values.sorted(by: { $0.key < $1.key }) {
                    text += "\(name)\(braces(labels)) \(value)\n"
                }
            }
            for (name, values) in state.histograms.sorted(by: { $0.key < $1.key }) {
                head(name, "histogram")
                for (labels, histogram) in values.sorted(by: { $0.key < $1.key }) {
                    let prefix = labels.isEmpty ? "" : labels + ","
                    var running = 0
                    for (bound, count) in zip(Self.bounds, histogram.buckets) {
                        running += count
                        text += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(running)\n"
                    }
                    text += "\(name)_bucket{\(prefix)le=\"+Inf\"} \(histogram.count)\n"
                    text +=
                        "\(name)_sum\(braces(labels)) \(histogram.sum)\n\(name)_count\(braces(labels)) \(histogram.count)\n"
                }
            }
            return text
        }
    }
}
