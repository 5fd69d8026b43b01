import Vault
import UnixSignals
import Trust
import ArgumentParser
import Foundation
import Hummingbird
import Kernel
import Logging
import NIOCore
import ServiceLifecycle
import Spine
import Web

/// `throughline serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the console, the API and the webhooks.",
        discussion: """
            Prints one line `ready http://127.0.0.1:N` (`https://` with a certificate) on standard output when it accepts
            requests. SIGTERM and SIGINT stop it gracefully: requests and workers end what they have begun. With TLS,
            SIGHUP reads the certificate anew; it is also read when its files change.
            """)

    @OptionGroup var options: DataOptions

    @OptionGroup var listening: ListeningOptions

    func run() async throws {
        var settings = try await options.settings(serving: true)
        try listening.apply(to: &settings)
        let platform = try await Platform.open(settings)
        try await platform.serve(host: settings.host, port: settings.port) { address in
            Output.line("ready \(address)")
        }
        await platform.close()
    }
}

extension Platform {
    /// Serves until the process is told to stop. `ready` is called once, with the address.
    func serve(host: String, port: Int, ready: @escaping @Sendable (String) -> Void) async throws {
        let tls = try settings.tls.map {
            try TLSListening($0, clock: installation.spine.clock, logger: installation.spine.logger)
        }
        let server = try await server(grid: settings.answerGrid)
        let background = Background(installation: installation, capabilities: capabilities, definitions: definitions)
        let shown = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        let application = Application(
            responder: server,
            server: .onLoop(tls),
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in
                ready("\(tls == nil ? "http" : "https")://\(shown):\(channel.localAddress?.port ?? port)")
            },
            logger: installation.spine.logger)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: BackgroundService(background: background)),
        ]
        if let tls { services.append(.init(service: tls)) }
        if tls != nil, let plain = settings.tlsRedirectPort {
            services.append(
                .init(
                    service: Application(
                        responder: HTTPSRedirect(base: settings.publicBase, port: port),
                        configuration: .init(address: .hostname(host, port: plain), serverName: nil),
                        logger: installation.spine.logger)))
        }
        let group = ServiceGroup(
            configuration: .init(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint], logger: installation.spine.logger))
        do {
            try await group.run()
        } catch let error as IOError {
            throw Fault(
                .unavailable, "serve.address", "The server cannot listen on \(host):\(port): \(error).",
                remedy: "Is the port taken? Choose another with --port.")
        }
        // What was committed last is linked and anchored before the process ends.
        for tenant in try await installation.tenants.all() {
            try await installation.chain.advance(tenant: tenant)
            try await installation.chain.anchor(tenant: tenant)
        }
    }
}

/// The background as a service: it ends its rounds when the group shuts down.
struct BackgroundService: Service {
    let background: Background

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await background.run()
        }
    }
}
