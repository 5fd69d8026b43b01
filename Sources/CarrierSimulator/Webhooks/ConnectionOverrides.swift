/// How a webhook is retried, written in the fragment of its URL as the provider documents:
/// `https://clinic.example/sms#rc=3&rp=5xx,ct,rt&ct=2000&rt=5000&tt=15000`.
///
/// The fragment is never sent and never signed. Source: Twilio documentation, "Webhooks connection overrides".
package struct ConnectionOverrides: Equatable, Sendable {
    /// What went wrong with an attempt, as far as retrying cares.
    package enum Failure: Equatable, Sendable {
        case noConnection
        case noAnswer
        case status(Int)
    }

    /// Retries after the first attempt, 0 to 5 (`rc`, 1 by default).
    package var retries = 1
    /// Time for one connection in milliseconds, 100 to 10,000 (`ct`).
    package var connectMilliseconds = 5_000
    /// Time for one answer in milliseconds, 100 to 15,000 (`rt`).
    package var readMilliseconds = 15_000
    /// Time for all attempts together in milliseconds, 100 to 15,000 (`tt`).
    package var totalMilliseconds = 15_000
    private var retriesNoConnection = true
    private var retriesNoAnswer = false
    private var retriesClientErrors = false
    private var retriesServerErrors = false

    package init() {}

    /// Splits `url` into what is called and what its fragment says. Unknown names are passed over; a value out of its
    /// range takes the nearest allowed one, as the provider does.
    package static func parse(url: String) -> (address: String, overrides: ConnectionOverrides) {
        let halves = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        var overrides = ConnectionOverrides()
        guard halves.count == 2 else { return (url, overrides) }
        let fragment = Form(encoded: String(halves[1]))
        func number(_ name: String, _ range: ClosedRange<Int>, _ standard: Int) -> Int {
            fragment[name].flatMap { Int($0) }.map { min(max($0, range.lowerBound), range.upperBound) } ?? standard
        }
        overrides.retries = number("rc", 0...5, overrides.retries)
        overrides.connectMilliseconds = number("ct", 100...10_000, overrides.connectMilliseconds)
        overrides.readMilliseconds = number("rt", 100...15_000, overrides.readMilliseconds)
        overrides.totalMilliseconds = number("tt", 100...15_000, overrides.totalMilliseconds)
        if let policies = fragment["rp"]?.split(separator: ",") {
            let all = policies.contains("all")
            overrides.retriesNoConnection = all || policies.contains("ct")
            overrides.retriesNoAnswer = all || policies.contains("rt")
            overrides.retriesClientErrors = all || policies.contains("4xx")
            overrides.retriesServerErrors = all || policies.contains("5xx")
        }
        return (String(halves[0]), overrides)
    }

    /// Whether an attempt that failed so is worth another one.
    package func retries(after failure: Failure) -> Bool {
        switch failure {
        case .noConnection: retriesNoConnection
        case .noAnswer: retriesNoAnswer
        case .status(400..<500): retriesClientErrors
        case .status(500...): retriesServerErrors
        case .status: false
        }
    }
}
