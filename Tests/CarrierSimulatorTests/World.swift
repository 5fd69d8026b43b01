import CarrierSimulator
import Foundation
import Synchronization
import Testing

/// A ledger on a clock that stands still until a test moves it.
struct World {
    let account: Sid
    let clinic: PhoneNumber
    let maria: PhoneNumber
    let daniel: PhoneNumber
    let time: Time
    let ledger: Ledger

    final class Time: Sendable {
        private let seconds = Mutex(1_772_442_000.0)

        var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }

        func pass(seconds passed: Double) {
            seconds.withLock { $0 += passed }
        }
    }

    init(messageCapacity: Int = 1_000, mediaCapacity: Int = 1_000) {
        var generator = SeededGenerator(seed: 42)
        account = Sid(.account, using: &generator)
        clinic = Self.number("+13035550100")
        maria = Self.number("+13035550141")
        daniel = Self.number("+13035550172")
        let time = Time()
        self.time = time
        var configuration = SimulatorConfiguration(
            port: 0, account: account, authToken: "12345", clinicNumber: clinic)
        configuration.messageCapacity = messageCapacity
        configuration.mediaCapacity = mediaCapacity
        ledger = Ledger(
            configuration: configuration,
            clock: SimulatorClock(now: { time.now }, sleep: { _ in }, zone: .gmt), randomness: generator)
    }

    func send(
        _ body: String, to recipient: PhoneNumber? = nil, callback: String? = "http://127.0.0.1/status"
    ) throws -> Ledger.Accepted {
        try ledger.accept(
            Ledger.Send(to: recipient ?? maria, body: body, statusCallback: callback, mediaCount: 0))
    }

    static func number(_ text: String) -> PhoneNumber {
        guard let number = PhoneNumber(e164: text) else { preconditionFailure("\(text) is no number") }
        return number
    }
}
