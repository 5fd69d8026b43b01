import Spine
import Testing

@Suite("Metrics")
struct MetricsTests {
    @Test("counters, gauges and histograms are written as Prometheus reads them")
    func text() {
        let metrics = Metrics()
        metrics.describe("sent_total", "Messages sent.")
        metrics.add("sent_total", labels: "kind=\"sms\"")
        metrics.add("sent_total", 2, labels: "kind=\"sms\"")
        metrics.set("waiting", 7)
        metrics.observe("wait_seconds", seconds: 0.003, labels: "route=\"/\"")
        metrics.observe("wait_seconds", seconds: 0.005, labels: "route=\"/\"")
        metrics.observe("wait_seconds", seconds: 99, labels: "route=\"/\"")
        let lines = metrics.text.split(separator: "\n").map(String.init)
        #expect(
            lines.prefix(3) == [
                "# HELP sent_total Messages sent.", "# TYPE sent_total counter", "sent_total{kind=\"sms\"} 3.0",
            ])
        #expect(lines.contains("# TYPE waiting gauge"))
        #expect(lines.contains("waiting 7.0"))
        #expect(lines.contains("wait_seconds_bucket{route=\"/\",le=\"0.0025\"} 0"))
        #expect(lines.contains("wait_seconds_bucket{route=\"/\",le=\"0.005\"} 2"))
        #expect(lines.contains("wait_seconds_bucket{route=\"/\",le=\"10.0\"} 2"))
        #expect(lines.contains("wait_seconds_bucket{route=\"/\",le=\"+Inf\"} 3"))
        #expect(lines.contains("wait_seconds_count{route=\"/\"} 3"))
        #expect(metrics.text.hasSuffix("\n"))
    }

    @Test("a metric keeps at most 1,000 label combinations, and goes on counting those it has")
    func bound() {
        let metrics = Metrics()
        for number in 0..<1500 {
            metrics.add("a_total", labels: "n=\"\(number)\"")
            metrics.set("b", 1, labels: "n=\"\(number)\"")
            metrics.observe("c", seconds: 1, labels: "n=\"\(number)\"")
        }
        metrics.add("a_total", labels: "n=\"3\"")
        metrics.set("b", 9, labels: "n=\"3\"")
        metrics.observe("c", seconds: 1, labels: "n=\"3\"")
        #expect(metrics.value("a_total", labels: "n=\"3\"") == 2)
        #expect(metrics.value("b", labels: "n=\"3\"") == 9)
        #expect(metrics.value("a_total", labels: "n=\"1400\"") == nil)
        let lines = metrics.text.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("a_total{") }.count == 1000)
        #expect(lines.filter { $0.hasPrefix("b{") }.count == 1000)
        #expect(lines.filter { $0.hasPrefix("c_count{") }.count == 1000)
        #expect(lines.contains("c_count{n=\"3\"} 2"))
    }

    @Test("64 tasks lose no count")
    func tasks() async {
        let metrics = Metrics()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 { group.addTask { for _ in 0..<100 { metrics.add("a_total") } } }
        }
        #expect(metrics.value("a_total") == 6400)
    }
}
