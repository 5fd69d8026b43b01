import Kernel
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Shakes hands with a server and tells what came of it: for `doctor`, which judges what runs, not what is configured.
struct TLSProbe {
    let host: String
    let port: Int
    /// The name the certificate is to be for; nil: any.
    let name: String?

    struct Seen: Sendable {
        let version: TLSVersion
        /// The end of the server's certificate.
        let until: Instant
    }

    struct Finding: Sendable {
        /// The newest version agreed on, nil: no TLS there.
        let best: Seen?
        let takesTLS12: Bool
        /// Versions before 1.2, or ciphers without forward secrecy or authentication.
        let takesOld: Bool
        let takesWeak: Bool
        /// Whether this machine trusts the certificate (for the name, when there is one).
        let isTrusted: Bool
    }

    func look() async -> Finding {
        let best = await shake { _ in }
        guard best != nil else {
            return Finding(best: nil, takesTLS12: false, takesOld: false, takesWeak: false, isTrusted: false)
        }
        let modern = await shake {
            $0.minimumTLSVersion = .tlsv12
            $0.maximumTLSVersion = .tlsv12
            $0.cipherSuiteValues = ServerCertificate.safe
        }
        let old = await shake { $0.maximumTLSVersion = .tlsv11 }
        let weak = await shake {
            $0.minimumTLSVersion = .tlsv12
            $0.maximumTLSVersion = .tlsv12
            $0.cipherSuiteValues = Self.weak
        }
        let trusted = await shake {
            $0.certificateVerification = name == nil ? .noHostnameVerification : .fullVerification
        }
        return Finding(
            best: best, takesTLS12: modern != nil, takesOld: old != nil, takesWeak: weak != nil,
            isTrusted: trusted != nil)
    }

    private static let weak: [NIOTLSCipher] = [
        .TLS_RSA_WITH_AES_128_CBC_SHA, .TLS_RSA_WITH_AES_256_CBC_SHA, .TLS_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_RSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    ]

    private func shake(_ change: (inout TLSConfiguration) -> Void) async -> Seen? {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        change(&configuration)
        // Nil is the finding: whatever went wrong, nobody shook hands.
        return try? await shake(configuration)
    }

    private func shake(_ configuration: TLSConfiguration) async throws -> Seen? {
        let context = try NIOSSLContext(configuration: configuration)
        let name = name
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let outcome = loop.makePromise(of: Seen?.self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: name), Handshake(outcome),
                    ])
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: host, port: port).get()
        } catch {
            outcome.fail(error)
            throw error
        }
        let timeout = loop.scheduleTask(in: .seconds(5)) { outcome.fail(ChannelError.connectTimeout(.seconds(5))) }
        outcome.futureResult.whenComplete { _ in
            timeout.cancel()
            channel.close(promise: nil)
        }
        return try await outcome.futureResult.get()
    }

    private final class Handshake: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let outcome: EventLoopPromise<Seen?>

        init(_ outcome: EventLoopPromise<Seen?>) {
            self.outcome = outcome
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSUserEvent {
                let pipeline = context.channel.pipeline.syncOperations
                outcome.completeWith(
                    Result {
                        guard let version = try pipeline.nioSSL_tlsVersion(),
                            let certificate = try pipeline.nioSSL_peerCertificate()
                        else { return nil }
                        return Seen(version: version, until: Instant(seconds: Int64(certificate.notValidAfter)))
                    })
            }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            outcome.fail(error)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            outcome.fail(ChannelError.eof)
            context.fireChannelInactive()
        }
    }
}
