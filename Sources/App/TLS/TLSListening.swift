import Foundation
import Kernel
import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The certificate that new connections are greeted with. It is read anew on SIGHUP and when its files change; one that
/// cannot be used is told in the log, and the last good one goes on. Connections that are open keep theirs.
final class TLSListening: Sendable {
    private struct State {
        var certificate: ServerCertificate
        /// What was last tried, good or not: nothing is tried, or told, twice.
        var tried: TLSFiles.Contents?
        var warnedAt: Instant?
    }

    /// How often the files are looked at, and how often it is told that the certificate runs out.
    private static let pause: Duration = .seconds(2)
    private static let warnEvery: Duration = .hours(24)
    private static let warnBefore: Duration = .days(14)

    private let files: TLSFiles
    private let clock: any Clock
    private let logger: Logger
    private let state: Mutex<State>

    /// Throws when there is no usable pair: a server that was to speak TLS does not start without.
    init(_ files: TLSFiles, clock: any Clock, logger: Logger) throws(Fault) {
        self.files = files
        self.clock = clock
        self.logger = logger
        let contents = try files.read()
        state = Mutex(
            State(
                certificate: try ServerCertificate(contents, files: files, at: clock.now()), tried: contents,
                warnedAt: nil))
    }

    var context: NIOSSLContext { state.withLock { $0.certificate.context } }

    /// Looks whether the files have changed and takes what they hold. `asked`: somebody wants to know what came of it.
    func look(asked: Bool) {
        let contents: TLSFiles.Contents
        do {
            contents = try files.read()
        } catch {
            // In the middle of a renewal a file may be missing for a moment: told once, looked at again.
            let isNews = state.withLock { state in
                defer { state.tried = nil }
                return state.tried != nil
            }
            if isNews || asked { refuse(error) }
            return
        }
        guard asked || state.withLock({ $0.tried != contents }) else { return }
        do {
            let certificate = try ServerCertificate(contents, files: files, at: clock.now())
            state.withLock { state in
                state.certificate = certificate
                state.tried = contents
                state.warnedAt = nil
            }
            logger.notice("the TLS certificate was read anew", metadata: ["until": "\(certificate.until.iso8601)"])
        } catch {
            state.withLock { $0.tried = contents }
            refuse(error)
        }
    }

    private func refuse(_ fault: Fault) {
        let until = state.withLock { $0.certificate.until }
        logger.error(
            "the new TLS certificate cannot be used; the last one goes on",
            metadata: ["error": "\(fault)", "until": "\(until.iso8601)"])
    }

    private func warn() {
        let now = clock.now()
        let until = state.withLock { state -> Instant? in
            guard state.certificate.until - now < Self.warnBefore,
                state.warnedAt.map({ now - $0 >= Self.warnEvery }) ?? true
            else { return nil }
            state.warnedAt = now
            return state.certificate.until
        }
        guard let until else { return }
        logger.warning("the TLS certificate runs out soon", metadata: ["until": "\(until.iso8601)"])
    }
}

extension TLSListening: Service {
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { self.look(asked: true) }
                }
                group.addTask {
                    while !Task.isCancelled {
                        self.look(asked: false)
                        self.warn()
                        // Cancelled when the server stops, which ends the loop.
                        try? await Task.sleep(for: Self.pause)
                    }
                }
            }
        }
    }
}
