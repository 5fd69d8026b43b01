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
            Prints one line `ready http://127.0.0.1:N` on standard output when it accepts requests. SIGTERM and SIGINT stop
            it gracefully: requests and workers end what they have begun.
            """)

    @OptionGroup var options: DataOptions

    @Option(help: ArgumentHelp("The port; 0 takes a free one.", valueName: "N"))
    var port = 8080

    func validate() throws {
        if !(0...65_535).contains(port) { throw ValidationError("--port must be 0 to 65535.") }
    }

    func run() async throws {
        let settings = try await options.settings()
        let platform = try await Platform.open(settings)
        try await platform.serve(host: settings.host, port: port) { address in
            Output.line("ready \(address)")
        }
        await platform.close()
    }
}

extension Platform {
    /// Serves until the process is told to stop. `ready` is called once, with the address.
    func serve(host: String, port: Int, ready: @escaping @Sendable (String) -> Void) async throws {
        let server = try await server()
        let background = Background(installation: installation, capabilities: capabilities, definitions: definitions)
        let shown = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        let application = Application(
            responder: server,
            server: .onLoop,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in ready("http://\(shown):\(channel.localAddress?.port ?? port)") },
            logger: installation.spine.logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: BackgroundService(background: background)),
                ],
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
            try await installation.chain.link(tenant: tenant)
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
