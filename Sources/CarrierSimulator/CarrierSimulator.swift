import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore

/// A telephone carrier for tests and the demo: one account of a text messaging provider, both ways.
///
/// - Towards the clinic it is the provider: it takes sends (`/2010-04-01/…`), carries them, tells how they fared by
///   signed status callbacks, and posts signed webhooks for the texts that come in. It does exactly what the provider
///   publishes and no more, so a send has no idempotency key: whoever gets no answer has to reconcile.
/// - Towards tests it has a control side (`/simulator/…`): texts from handsets, faults, and all that was seen.
/// - Towards people it is a phone on a page (`/`).
///
/// It is bound to the loopback address only, keeps everything in memory, and forgets the oldest.
package struct CarrierSimulator: Sendable {
    private let configuration: SimulatorConfiguration
    private let clock: SimulatorClock

    package init(configuration: SimulatorConfiguration, clock: SimulatorClock = .system) {
        self.configuration = configuration
        self.clock = clock
    }

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled. `onReady` hears the base address
    /// (`http://127.0.0.1:N`) as soon as requests are accepted. Throws when the port cannot be bound.
    package func run(onReady: @escaping @Sendable (String) -> Void) async throws {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.clientConfiguration)
        let ledger = Ledger(configuration: configuration, clock: clock)
        let dispatcher = Dispatcher(ledger: ledger, client: client)
        let application = application(ledger, dispatcher, onReady: onReady)
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await dispatcher.run() }
                try await application.runService()
                dispatcher.stop()
                group.cancelAll()
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await client.shutdown()
        try outcome.get()
    }

    private func application(
        _ ledger: Ledger, _ dispatcher: Dispatcher, onReady: @escaping @Sendable (String) -> Void
    ) -> some ApplicationProtocol {
        let router = Router(context: SimulatorContext.self)
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ErrorAnswers())
        ProviderRoutes(ledger: ledger, dispatcher: dispatcher).add(to: router)
        ControlRoutes(ledger: ledger, dispatcher: dispatcher).add(to: router)
        PhoneRoutes(ledger: ledger, dispatcher: dispatcher).add(to: router)
        var logger = Logger(label: "carrier-simulator")
        logger.logLevel = .error
        return Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: configuration.port), backlog: 1024),
            onServerRunning: { channel in
                let base = "http://127.0.0.1:\(channel.localAddress?.port ?? configuration.port)"
                ledger.base = base
                onReady(base)
            },
            logger: logger)
    }

    private static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(5)))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        // A refused connection is an outcome to report, not to hide behind retries until the time is up.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return configuration
    }
}
